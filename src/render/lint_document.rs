//! A review as the document that Atlas's lint makes, for scripts that read that one.

use serde::Serialize;

use super::env::{Env, Subject};
use crate::{
    finding::{Finding, Level},
    report::{Report, SqlFile},
    text::file_name,
};

/// The report as a document; Atlas has a report for each analyzer of each file.
pub fn lint_document<'a>(subject: &Subject<'a>, report: &'a Report) -> impl Serialize + use<'a> {
    let files: Vec<FileOut<'_>> = report.files.iter().map(|file| of_file(report, file)).collect();
    let found = format!("Found {} new migration files", files.len());
    let mut steps = vec![
        Step::new("Migration Integrity Check", "The files are those that were hashed".to_owned(), None),
        Step::new("Detect New Migration Files", found, None),
    ];
    if let Some(dev) = &report.origin.dev_database {
        let broken = report.broken.as_ref().map(|broken| broken.message.clone());
        steps.push(Step::new("Replay Migration Files", format!("Loaded the files on {dev}"), broken));
    }
    steps.extend(files.iter().map(|file| {
        let count: usize = file.reports.iter().map(|report| report.diagnostics.len()).sum();
        let text = match count {
            0 => "no diagnostics found".to_owned(),
            1 => "1 reports were found in analysis".to_owned(),
            count => format!("{count} reports were found in analysis"),
        };
        Step { name: format!("Analyze {}", file.name), text, error: file.error.clone() }
    }));
    Document { env: subject.env(), steps, files }
}

fn of_file<'a>(report: &'a Report, file: &'a SqlFile) -> FileOut<'a> {
    let findings: Vec<&Finding> =
        report.standing().iter().filter(|finding| finding.place.path == file.path()).collect();
    let mut analyzers: Vec<&str> = findings.iter().map(|finding| finding.rule.analyzer).collect();
    analyzers.sort_unstable();
    analyzers.dedup();
    let reports = analyzers.into_iter().map(|analyzer| ReportOut {
        text: title(analyzer),
        diagnostics: findings
            .iter()
            .filter(|finding| finding.rule.analyzer == analyzer)
            .map(|finding| diagnostic(finding))
            .collect(),
    });
    let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
    FileOut {
        name: file_name(file.path()),
        text: file.texts().collect::<Vec<_>>().join("\n"),
        reports: reports.collect(),
        error: (errors > 0).then(|| format!("{errors} findings of level error")),
    }
}

/// The title of a report, in Atlas's words where it has the analyzer.
fn title(analyzer: &str) -> String {
    let what = match analyzer {
        "destructive" => "destructive changes",
        "data_depend" => "data dependent changes",
        "incompatible" => "backward incompatible changes",
        "condrop" => "constraint deletion",
        other => return format!("{other} changes detected"),
    };
    format!("{what} detected")
}

fn diagnostic(finding: &Finding) -> Diagnostic<'_> {
    Diagnostic {
        pos: finding.place.span.start,
        text: finding.headline.to_string(),
        code: finding.rule.code,
        suggested_fixes: finding.fix.iter().map(|fix| SuggestedFix { message: &fix.message }).collect(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    env: Env<'a>,
    steps: Vec<Step>,
    files: Vec<FileOut<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Step {
    name: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Step {
    fn new(name: &str, text: String, error: Option<String>) -> Self {
        Self { name: name.to_owned(), text, error }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FileOut<'a> {
    name: &'a str,
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reports: Vec<ReportOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReportOut<'a> {
    text: String,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Diagnostic<'a> {
    pos: usize,
    text: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggested_fixes: Vec<SuggestedFix<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SuggestedFix<'a> {
    message: &'a str,
}

//! A report as JSON, version 1: fields are added within a version, never renamed or removed.

use serde::{Serialize, Serializer};

use crate::{
    finding::{Finding, Level, Place, Silenced, Silencer},
    render::pretty,
    report::{AppliedFile, ApplyLog, Kind, ObjectRow, Report, SqlFile},
};

/// The version of the format.
const VERSION: u32 = 1;

/// The reports of a run as one JSON document that ends in a line break; described in `docs/reference/json.md`.
pub fn json(reports: &[&Report]) -> String {
    pretty(&Document {
        version: VERSION,
        reports: reports.iter().map(|report| ReportOut::of(report)).collect(),
    })
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    reports: Vec<ReportOut<'a>>,
}

#[derive(Serialize)]
struct ReportOut<'a> {
    project: &'a str,
    kind: &'static str,
    verdict: VerdictOut,
    summary: Vec<String>,
    counts: Counts,
    objects: Each<'a, ObjectRow, ObjectOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<BrokenOut<'a>>,
    findings: Each<'a, Finding, FindingOut<'a>>,
    silenced: Each<'a, Silenced, SilencedOut<'a>>,
    files: Vec<FileOut<'a>>,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<AppliedOut<'a>>,
    origin: OriginOut<'a>,
}

#[derive(Serialize)]
struct VerdictOut {
    risk: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Counts {
    error: usize,
    warning: usize,
    info: usize,
    silenced: usize,
}

#[derive(Serialize)]
struct ObjectOut<'a> {
    risk: &'static str,
    object: &'a str,
    change: String,
    meanwhile: String,
    work: String,
}

#[derive(Serialize)]
struct BrokenOut<'a> {
    place: PlaceOut<'a>,
    statement: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct FindingOut<'a> {
    code: &'static str,
    name: &'static str,
    analyzer: &'static str,
    level: String,
    evidence: String,
    place: PlaceOut<'a>,
    statement: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    headline: String,
    seen: String,
    instead: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixOut<'a>>,
}

/// Lines and columns count from 1, columns in characters; bytes are a half-open range.
#[derive(Serialize)]
struct PlaceOut<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    byte_start: usize,
    byte_end: usize,
}

#[derive(Serialize)]
struct FixOut<'a> {
    message: &'a str,
    byte_start: usize,
    byte_end: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct SilencedOut<'a> {
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    directive_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    finding: FindingOut<'a>,
}

#[derive(Serialize)]
struct FileOut<'a> {
    path: &'a str,
    statements: Statements<'a>,
}

struct Statements<'a>(&'a SqlFile);

impl Serialize for Statements<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.texts())
    }
}

/// A list whose items take their form one by one, as they are written.
struct Each<'a, T, Out>(&'a [T], fn(&'a T) -> Out);

impl<T, Out: Serialize> Serialize for Each<'_, T, Out> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

#[derive(Serialize)]
struct AppliedOut<'a> {
    target: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    pending: usize,
    millis: u64,
    files: Vec<AppliedFileOut<'a>>,
}

#[derive(Serialize)]
struct AppliedFileOut<'a> {
    path: &'a str,
    version: &'a str,
    description: &'a str,
    total: usize,
    millis: u64,
    statements: Vec<RanOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureOut<'a>>,
}

#[derive(Serialize)]
struct RanOut<'a> {
    sql: &'a str,
    millis: u64,
}

#[derive(Serialize)]
struct FailureOut<'a> {
    line: usize,
    statement: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct OriginOut<'a> {
    server: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'a str>,
    head: Option<&'a str>,
    base: Option<&'a str>,
    base_branch: Option<&'a str>,
    plan: Option<&'a str>,
    dev_database: Option<&'a str>,
    trust: String,
    log_url: Option<&'a str>,
    run: Option<u64>,
}

impl<'a> ReportOut<'a> {
    fn of(report: &'a Report) -> Self {
        let findings = &report.findings;
        let origin = &report.origin;
        Self {
            project: &report.project,
            kind: match report.kind {
                Kind::Review => "review",
                Kind::Apply => "apply",
            },
            verdict: VerdictOut { risk: report.verdict.risk.name(), text: report.verdict.text.to_string() },
            summary: report.summary.iter().map(ToString::to_string).collect(),
            counts: Counts {
                error: findings.count(Level::Error),
                warning: findings.count(Level::Warning),
                info: findings.count(Level::Info),
                silenced: findings.silenced.len(),
            },
            objects: Each(&report.objects, object),
            broken: report.broken.as_ref().map(|broken| BrokenOut {
                place: place(&broken.place),
                statement: &broken.statement,
                message: &broken.message,
            }),
            findings: Each(&findings.findings, finding),
            silenced: Each(&findings.silenced, silenced),
            files: report
                .files
                .iter()
                .map(|file| FileOut { path: file.path(), statements: Statements(file) })
                .collect(),
            notes: report.notes.iter().map(ToString::to_string).collect(),
            applied: report.applied.as_ref().map(applied),
            origin: OriginOut {
                server: &origin.server,
                format: origin.format.as_deref(),
                head: origin.head.as_deref(),
                base: origin.base.as_deref(),
                base_branch: origin.base_branch.as_deref(),
                plan: origin.plan.as_deref(),
                dev_database: origin.dev_database.as_deref(),
                trust: origin.trust.to_string(),
                log_url: origin.log_url.as_deref(),
                run: origin.run,
            },
        }
    }
}

fn object(row: &ObjectRow) -> ObjectOut<'_> {
    ObjectOut {
        risk: row.risk.name(),
        object: &row.object,
        change: row.change.to_string(),
        meanwhile: row.meanwhile.to_string(),
        work: row.work.to_string(),
    }
}

fn finding(finding: &Finding) -> FindingOut<'_> {
    FindingOut {
        code: finding.rule.code,
        name: finding.rule.name,
        analyzer: finding.rule.analyzer,
        level: finding.level.to_string(),
        evidence: finding.evidence.to_string(),
        place: place(&finding.place),
        statement: &finding.statement,
        object: finding.object.as_deref(),
        headline: finding.headline.to_string(),
        seen: finding.seen.to_string(),
        instead: finding.instead.to_string(),
        fix: finding.fix.as_ref().map(|fix| FixOut {
            message: &fix.message,
            byte_start: fix.span.start,
            byte_end: fix.span.end,
            text: &fix.text,
        }),
    }
}

fn place(place: &Place) -> PlaceOut<'_> {
    PlaceOut {
        path: &place.path,
        line: place.start.line,
        column: place.start.column,
        end_line: place.end.line,
        end_column: place.end.column,
        byte_start: place.span.start,
        byte_end: place.span.end,
    }
}

fn silenced(silenced: &Silenced) -> SilencedOut<'_> {
    let (by, directive_line) = match silenced.by {
        Silencer::Directive { line } => ("directive", Some(line)),
        Silencer::Check { line } => ("check", Some(line)),
        Silencer::Revert => ("revert", None),
        Silencer::Baseline => ("baseline", None),
    };
    SilencedOut {
        by,
        directive_line,
        reason: silenced.reason.as_deref(),
        finding: finding(&silenced.finding),
    }
}

fn applied(log: &ApplyLog) -> AppliedOut<'_> {
    AppliedOut {
        target: &log.target,
        from: log.from.as_deref(),
        to: log.to.as_deref(),
        pending: log.pending,
        millis: log.millis,
        files: log.files.iter().map(applied_file).collect(),
    }
}

fn applied_file(file: &AppliedFile) -> AppliedFileOut<'_> {
    AppliedFileOut {
        path: &file.path,
        version: &file.version,
        description: &file.description,
        total: file.total,
        millis: file.millis,
        statements: file.statements.iter().map(|(sql, millis)| RanOut { sql, millis: *millis }).collect(),
        failure: file.failure.as_ref().map(|failure| FailureOut {
            line: failure.line,
            statement: &failure.statement,
            message: &failure.message,
        }),
    }
}

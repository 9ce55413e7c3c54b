//! A report as SARIF 2.1.0, for code scanning.
//!
//! Rules carry what GitHub's ingestion wants of them: short and full descriptions and help.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    finding::{Finding, Level, RuleId, Silencer},
    render::{
        escape::{one_line, url_path},
        pretty,
    },
    report::Report,
    schema::Fingerprint,
};

/// GitHub takes so many results of one run.
const MOST_RESULTS: usize = 25_000;

/// What the documentation says about a rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleDoc<'a> {
    /// The rule.
    pub id: RuleId,
    /// What it finds, as one sentence.
    pub summary: &'a str,
    /// Its page, in Markdown.
    pub help_markdown: &'a str,
    /// The level that it has where nothing else is configured.
    pub level: Level,
}

/// The findings of each report, silenced ones among them, as one SARIF log that ends in a line break.
///
/// Each report is a run of a category of its own, by its project.
pub fn sarif(reports: &[&Report], rules: &[RuleDoc<'_>]) -> String {
    pretty(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: reports.iter().map(|report| run(report, rules)).collect(),
    })
}

fn run<'a>(report: &Report, rules: &[RuleDoc<'a>]) -> Run<'a> {
    let index: BTreeMap<&str, usize> =
        rules.iter().enumerate().map(|(at, rule)| (rule.id.code, at)).collect();
    let mut repeats = BTreeMap::new();
    let findings = &report.findings;
    let standing = findings.findings.iter().map(|finding| (finding, None));
    let silenced = findings.silenced.iter().map(|silenced| {
        let suppression = Suppression {
            kind: match silenced.by {
                Silencer::Directive { .. } | Silencer::Check { .. } => "inSource",
                Silencer::Baseline | Silencer::Revert => "external",
            },
            justification: silenced.reason.as_deref().map(one_line),
        };
        (&silenced.finding, Some(suppression))
    });
    let results = standing
        .chain(silenced)
        .take(MOST_RESULTS)
        .map(|(finding, suppression)| result(finding, suppression, &index, &mut repeats))
        .collect();
    Run {
        tool: Tool {
            driver: Driver {
                name: "Plinth",
                semantic_version: env!("CARGO_PKG_VERSION"),
                rules: rules.iter().map(rule).collect(),
            },
        },
        column_kind: "unicodeCodePoints",
        automation_details: AutomationDetails { id: format!("plinth/{}/", url_path(&report.project)) },
        results,
    }
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'static str,
    automation_details: AutomationDetails,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct AutomationDetails {
    id: String,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'static str,
    name: &'static str,
    short_description: Text<'a>,
    full_description: Text<'a>,
    help: Help<'a>,
    default_configuration: Configuration,
    properties: Value,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Help<'a> {
    text: &'a str,
    markdown: &'a str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<[Suppression; 1]>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
}

fn rule<'a>(rule: &RuleDoc<'a>) -> Rule<'a> {
    Rule {
        id: rule.id.code,
        name: rule.id.name,
        short_description: Text { text: rule.summary },
        full_description: Text { text: rule.summary },
        help: Help { text: rule.summary, markdown: rule.help_markdown },
        default_configuration: Configuration { level: level(rule.level) },
        properties: json!({ "tags": [rule.id.analyzer] }),
    }
}

fn result<'a>(
    finding: &'a Finding,
    suppression: Option<Suppression>,
    index: &BTreeMap<&str, usize>,
    repeats: &mut BTreeMap<(&'a str, &'a str, &'a str, Option<&'a str>), usize>,
) -> SarifResult {
    let place = &finding.place;
    let repeat = repeats
        .entry((finding.rule.code, &place.path, &finding.statement, finding.object.as_deref()))
        .or_default();
    *repeat += 1;
    let identity = format!(
        "{}\0{}\0{}\0{}\0{repeat}",
        finding.rule.code,
        place.path,
        finding.statement,
        finding.object.as_deref().unwrap_or_default()
    );
    SarifResult {
        rule_id: finding.rule.code,
        rule_index: index.get(finding.rule.code).copied(),
        level: level(finding.level),
        message: Message { text: message(finding) },
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: url_path(&place.path), uri_base_id: "%SRCROOT%" },
                region: Region {
                    start_line: place.start.line,
                    start_column: place.start.column,
                    end_line: place.end.line,
                    // The place names the last character, SARIF the one after it.
                    end_column: place.end.column + 1,
                },
            },
        }],
        partial_fingerprints: [("plinthFinding/v1", Fingerprint::of(identity).hex())].into(),
        suppressions: suppression.map(|suppression| [suppression]),
    }
}

/// Headline, what was seen and what to do, as sentences; `](` would begin a link, so it is split.
fn message(finding: &Finding) -> String {
    let mut text = finding.headline.to_string();
    for (lead, words) in [(". ", &finding.seen), (". Instead: ", &finding.instead)] {
        if !words.is_empty() {
            text = text.trim_end_matches('.').to_owned();
            text.push_str(lead);
            text.push_str(&words.to_string());
        }
    }
    one_line(&text).replace("](", "]\u{200b}(")
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Info => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

//! A way down as it is gone, in the words of Atlas, and its result as a document.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    apply::{counted, later, statement},
    escape::lines,
};
use crate::{
    report::{AppliedFile, ApplyLog, CheckLog},
    review::duration,
};

/// What is to be reverted.
#[derive(Debug)]
pub struct Way<'a> {
    /// The version before.
    pub current: Option<&'a str>,
    /// The version after; none where nothing stays applied.
    pub target: Option<&'a str>,
    /// What runs, in order.
    pub steps: Vec<Step<'a>>,
}

/// Statements that run together.
#[derive(Debug)]
pub struct Step<'a> {
    /// The versions that they revert, for people.
    pub label: &'a str,
    /// The statements.
    pub statements: Vec<&'a str>,
    /// The migrations that they revert, newest first.
    pub reverted: Vec<Named<'a>>,
}

/// A migration.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Named<'a> {
    /// The name of its file.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// What its name says besides.
    pub description: &'a str,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing ran, on request.
    Planned,
    /// It ran.
    Applied,
    /// It was refused, or failed, with this message.
    Aborted(String),
}

/// The line before the first statement.
pub fn header(way: &Way<'_>) -> String {
    let Some(current) = way.current.filter(|_| !way.steps.is_empty()) else {
        return "No migrations to revert".to_owned();
    };
    let target = way.target.map_or_else(|| "an empty history".to_owned(), versions);
    let (current, count) = (versions(current), migrations(way));
    format!("Migrating down from {current} to {target} ({count} migrations in total):\n")
}

fn migrations(way: &Way<'_>) -> usize {
    way.steps.iter().map(|step| step.reverted.len()).sum()
}

/// The line before the statements that revert these versions.
pub fn begins(label: &str) -> String {
    format!("  -- reverting {}", versions(label))
}

fn versions(label: &str) -> String {
    let noun = if label.contains(", ") { "versions" } else { "version" };
    format!("{noun} {}", lines(label))
}

/// What to say about a file that changed rows and has no way down of its own.
pub fn keeps_rows(version: &str) -> String {
    let version = lines(version);
    format!("  -- version {version} changed rows: a computed way down leaves those as they are\n")
}

/// The lines of the checks before versions are reverted.
pub fn checks(check: &CheckLog) -> String {
    let mut out = format!("  -- checks before reverting {}\n", versions(&check.name));
    for (sql, objection) in &check.statements {
        out.push_str(&statement(sql));
        out.push('\n');
        if let Some(objection) = objection {
            out.push_str(&format!("    {}\n", lines(objection)));
        }
    }
    if !check.failed {
        out.push_str("  -- ok\n");
    }
    out
}

/// What a dry run would do.
pub fn rehearsed(way: &Way<'_>) -> String {
    let step = |step: &Step<'_>| {
        let statements = step.statements.iter().map(|sql| statement(sql) + "\n");
        begins(step.label) + "\n" + &statements.collect::<String>()
    };
    way.steps.iter().map(step).collect::<Vec<_>>().join("\n")
}

/// The lines after the last statement.
pub fn totals(way: &Way<'_>, log: &ApplyLog, checks: &[CheckLog], dry: bool) -> String {
    let done = || way.steps.iter().zip(&log.files);
    let reverted: usize =
        done().filter(|(_, file)| file.is_kept()).map(|(step, _)| step.reverted.len()).sum();
    let failed = log.files.iter().filter(|file| file.failure.is_some()).count();
    let ran: usize = log.files.iter().map(|file| file.statements.len()).sum();
    let planned = way.steps.iter().map(|step| step.statements.len()).sum();
    let made = || checks.iter().flat_map(|check| &check.statements);
    let broken = made().filter(|(_, objection)| objection.is_some()).count();
    let parts = [
        (if dry { migrations(way) } else { reverted }, failed, "migration"),
        (made().count() - broken, broken, "check"),
        (if dry { planned } else { ran }, failed, "sql statement"),
    ];
    let mut lines = vec!["  -------------------------".to_owned(), format!("  -- {}", duration(log.millis))];
    lines.extend(parts.into_iter().filter_map(|(ok, failed, what)| counted(ok, failed, what)));
    lines.join("\n")
}

/// The result as a document, in the fields of Atlas.
pub fn document<'a>(
    way: &Way<'a>,
    log: &'a ApplyLog,
    checks: &'a [CheckLog],
    state: State,
) -> impl Serialize + use<'a> {
    let reverted = way.steps.iter().zip(&log.files).flat_map(|(step, file)| reverted(step, file));
    let check = |check: &'a CheckLog| Check {
        version: &check.name,
        stmts: check.statements.iter().map(|(stmt, error)| Stmt { stmt, error: error.as_deref() }).collect(),
    };
    Document {
        planned: way.steps.iter().flat_map(|step| step.reverted.clone()).collect(),
        checks: checks.iter().map(check).collect(),
        reverted: reverted.collect(),
        current: log.from.as_deref().unwrap_or_default(),
        target: way.target.unwrap_or_default(),
        total: migrations(way),
        start: log.started_at,
        end: later(log.started_at, log.millis),
        status: match state {
            State::Planned => "PENDING_USER",
            State::Applied => "APPLIED",
            State::Aborted(_) => "ABORTED",
        },
        error: match state {
            State::Aborted(message) => Some(message),
            State::Planned | State::Applied => None,
        },
    }
}

/// The entries of one step: what ran stands on its first migration, the newest.
fn reverted<'a>(step: &Step<'a>, file: &'a AppliedFile) -> Vec<Reverted<'a>> {
    let entry = |(at, named): (usize, &Named<'a>)| Reverted {
        file: *named,
        start: file.started_at,
        end: later(file.started_at, file.millis),
        skipped: file.skipped,
        applied: match at {
            0 => file.statements.iter().map(|(sql, _)| sql.as_str()).collect(),
            _ => Vec::new(),
        },
        scope: if step.reverted.len() == 1 { "version" } else { "versions" },
        error: file
            .failure
            .as_ref()
            .filter(|_| at == 0)
            .map(|failure| Failed { stmt: &failure.statement, text: &failure.message }),
    };
    step.reverted.iter().enumerate().map(entry).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    planned: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<Check<'a>>,
    reverted: Vec<Reverted<'a>>,
    current: &'a str,
    target: &'a str,
    total: usize,
    start: Timestamp,
    end: Timestamp,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Check<'a> {
    version: &'a str,
    stmts: Vec<Stmt<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Stmt<'a> {
    stmt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reverted<'a> {
    #[serde(flatten)]
    file: Named<'a>,
    start: Timestamp,
    end: Timestamp,
    skipped: usize,
    applied: Vec<&'a str>,
    scope: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failed<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed<'a> {
    stmt: &'a str,
    text: &'a str,
}

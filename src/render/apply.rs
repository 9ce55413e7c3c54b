//! An apply as it happens, in the words of Atlas, and its result as a document.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{
    env::{Env, Subject},
    escape::lines,
};
use crate::{
    report::{AppliedFile, ApplyLog, CheckLog},
    review::duration,
    text::file_name,
};

/// The line before the first file.
pub fn header(to: &str, from: Option<&str>, files: usize) -> String {
    let from = from.map(|version| format!(" from {version}")).unwrap_or_default();
    format!("Migrating to version {to}{from} ({files} migrations in total):\n")
}

/// The line before a file.
pub fn begins(version: &str) -> String {
    format!("  -- migrating version {version}")
}

/// The lines of the checks of a file.
pub fn checks(version: &str, checks: &[CheckLog]) -> String {
    let mut out = format!("  -- checks before migrating version {version}\n");
    for (sql, objection) in checks.iter().flat_map(|check| &check.statements) {
        out.push_str(&statement(sql));
        out.push('\n');
        if let Some(objection) = objection {
            out.push_str(&format!("    {}\n", lines(objection)));
        }
    }
    if checks.iter().all(|check| !check.failed) {
        out.push_str("  -- ok\n");
    }
    out
}

/// A statement; its further lines are indented under the first.
pub fn statement(sql: &str) -> String {
    format!("    -> {}", lines(sql).replace('\n', "\n       "))
}

/// The line after a file: how long it took, or why it stopped.
pub fn ended(file: &AppliedFile) -> String {
    match &file.failure {
        None if file.is_kept() => format!("  -- ok ({})\n", duration(file.millis)),
        None => String::new(),
        Some(failure) => {
            format!(
                "{}\n    {}\n",
                statement(&failure.statement),
                lines(&failure.message).replace('\n', "\n    ")
            )
        }
    }
}

/// What a dry run would do.
pub fn rehearsed(log: &ApplyLog) -> String {
    log.files
        .iter()
        .flat_map(|file| {
            let statements = file.statements.iter().map(|(sql, _)| statement(sql));
            std::iter::once(begins(&file.version)).chain(statements).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>()
        .join("\n")
        + "\n"
}

/// The lines after the last file.
pub fn totals(log: &ApplyLog) -> String {
    let failed = log.files.iter().filter(|file| file.failure.is_some()).count();
    let kept = log.files.iter().filter(|file| file.is_kept()).count();
    let undone = log.files.len() - failed - kept;
    let is_check = |file: &AppliedFile| file.checks.iter().any(|check| check.failed);
    let refused = log.files.iter().filter(|file| file.failure.is_some() && !is_check(file)).count();
    let ran: usize = log.files.iter().map(|file| file.statements.len()).sum();
    let made = || log.files.iter().flat_map(|file| &file.checks).flat_map(|check| &check.statements);
    let broken = made().filter(|(_, objection)| objection.is_some()).count();
    let parts = [
        (kept, failed, "migration"),
        (made().count() - broken, broken, "check"),
        (ran, refused, "sql statement"),
    ];
    let mut lines = vec!["  -------------------------".to_owned(), format!("  -- {}", duration(log.millis))];
    lines.extend(parts.into_iter().filter_map(|(ok, failed, what)| counted(ok, failed, what)));
    if undone > 0 {
        lines.push(format!("  -- {undone} rolled back with the one that failed"));
    }
    lines.join("\n")
}

pub(super) fn counted(ok: usize, failed: usize, what: &str) -> Option<String> {
    let of = |number: usize| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    match (ok, failed) {
        (0, 0) => None,
        (ok, 0) => Some(format!("  -- {}", of(ok))),
        (0, failed) => Some(format!("  -- {} with errors", of(failed))),
        (ok, failed) => Some(format!("  -- {} ok, {failed} with errors", of(ok))),
    }
}

/// The result as a document, in the fields of Atlas.
pub fn document<'a>(
    subject: &Subject<'a>,
    log: &'a ApplyLog,
    error: Option<String>,
) -> impl Serialize + use<'a> {
    let pending = log.files.iter().map(named).collect();
    let message = match (log.files.len(), &log.to) {
        (0, _) => "No migration files to execute".to_owned(),
        (_, to) => format!(
            "Migrated to version {} from {} ({} migrations in total)",
            to.as_deref().unwrap_or_default(),
            log.from.as_deref().unwrap_or_default(),
            log.pending
        ),
    };
    Document {
        env: subject.env(),
        pending,
        applied: log.files.iter().map(file).collect(),
        current: log.from.as_deref().unwrap_or_default(),
        target: log.to.as_deref().unwrap_or_default(),
        start: log.started_at,
        end: later(log.started_at, log.millis),
        message: error.is_none().then_some(message),
        error,
    }
}

fn named(file: &AppliedFile) -> Named<'_> {
    Named { name: file_name(&file.path), version: &file.version, description: &file.description }
}

fn file(file: &AppliedFile) -> FileOut<'_> {
    let error = file.failure.as_ref();
    FileOut {
        file: named(file),
        start: file.started_at,
        end: later(file.started_at, file.millis),
        skipped: file.skipped,
        checks: file.checks.iter().map(check).collect(),
        applied: file.statements.iter().map(|(sql, _)| sql.as_str()).collect(),
        error: error.map(|failure| ErrorOut { stmt: &failure.statement, text: &failure.message }),
    }
}

fn check(check: &CheckLog) -> CheckOut<'_> {
    let stmts = check.statements.iter();
    CheckOut {
        name: &check.name,
        stmts: stmts.map(|(stmt, error)| StmtOut { stmt, error: error.as_deref() }).collect(),
        error: check.failed.then_some("the check does not hold"),
    }
}

pub(super) fn later(start: Timestamp, millis: u64) -> Timestamp {
    start + SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(flatten)]
    env: Env<'a>,
    pending: Vec<Named<'a>>,
    applied: Vec<FileOut<'a>>,
    current: &'a str,
    target: &'a str,
    start: Timestamp,
    end: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Named<'a> {
    name: &'a str,
    version: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FileOut<'a> {
    #[serde(flatten)]
    file: Named<'a>,
    start: Timestamp,
    end: Timestamp,
    skipped: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<CheckOut<'a>>,
    applied: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorOut<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CheckOut<'a> {
    name: &'a str,
    stmts: Vec<StmtOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StmtOut<'a> {
    stmt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorOut<'a> {
    stmt: &'a str,
    text: &'a str,
}

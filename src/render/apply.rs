//! An apply as it happens, in the words of Atlas, and its result as JSON.

use serde::Serialize;

use crate::{
    render::{escape::lines, pretty},
    report::{AppliedFile, ApplyLog},
    review::duration,
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

/// A statement that ran; its further lines are indented under the first.
pub fn statement(sql: &str) -> String {
    format!("    -> {}", lines(sql).replace('\n', "\n       "))
}

/// The line after a file.
pub fn ended(millis: u64) -> String {
    format!("  -- ok ({})\n", duration(millis))
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
}

/// The lines after the last file.
pub fn totals(log: &ApplyLog) -> String {
    let failed = log.files.iter().filter(|file| file.failure.is_some()).count();
    let ok = log.files.len() - failed;
    let statements: usize = log.files.iter().map(|file| file.statements.len()).sum();
    let mut lines = vec![
        "  -------------------------".to_owned(),
        format!("  -- {}", duration(log.millis)),
        format!("  -- {}", counted(ok, "migration")),
    ];
    if failed > 0 {
        lines.push(format!("  -- {}", counted(failed, "migration") + " with errors"));
    }
    lines.push(format!("  -- {}", counted(statements, "sql statement")));
    lines.join("\n")
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The result as one JSON document, in the fields of Atlas that are known here.
pub fn json(log: &ApplyLog) -> String {
    let document = Document {
        url: &log.target,
        current: log.from.as_deref().unwrap_or_default(),
        target: log.to.as_deref().unwrap_or_default(),
        applied: log.files.iter().map(file).collect(),
    };
    pretty(&document)
}

fn file(file: &AppliedFile) -> FileOut<'_> {
    FileOut {
        name: file.path.rsplit('/').next().unwrap_or_default(),
        version: &file.version,
        description: &file.description,
        applied: file.statements.iter().map(|(sql, _)| sql.as_str()).collect(),
        error: file
            .failure
            .as_ref()
            .map(|failure| ErrorOut { stmt: &failure.statement, text: &failure.message }),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(rename = "URL")]
    url: &'a str,
    current: &'a str,
    target: &'a str,
    applied: Vec<FileOut<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FileOut<'a> {
    name: &'a str,
    version: &'a str,
    description: &'a str,
    applied: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorOut<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorOut<'a> {
    stmt: &'a str,
    text: &'a str,
}

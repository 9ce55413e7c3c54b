//! Where a target stands, as text in the words of Atlas and as a document in its fields.

use serde::Serialize;

use super::{
    env::{Env, Subject},
    escape::one_line,
};

/// What there is to say about a folder and a target.
pub struct Status<'a> {
    /// The target and the folder.
    pub subject: Subject<'a>,
    /// The files of the folder.
    pub available: Vec<Available<'a>>,
    /// The version that the database has; none before the first migration.
    pub current: Option<&'a str>,
    /// The rows of the revisions table, in the order of their versions.
    pub applied: Vec<Applied<'a>>,
    /// The files that are still to run, in order.
    pub pending: Vec<Available<'a>>,
    /// Those of `pending` that sort before the last applied one.
    pub out_of_order: Vec<Available<'a>>,
    /// Files that no run takes up: they sort before the first applied one.
    pub skipped: Vec<Available<'a>>,
    /// Applied files that are no longer what ran.
    pub edited: Vec<Available<'a>>,
}

/// A file of the folder.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Available<'a> {
    /// The file name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The rest of its name.
    pub description: &'a str,
}

/// A row of the revisions table.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Applied<'a> {
    /// The version.
    pub version: &'a str,
    /// The rest of the file's name.
    pub description: &'a str,
    /// How the row came about, in Atlas's words.
    pub r#type: &'static str,
    /// Statements that ran.
    pub applied: u64,
    /// Statements of the file.
    pub total: u64,
    /// When it ran, as the database has it.
    pub executed_at: &'a str,
    /// How long it took, in nanoseconds.
    pub execution_time: i64,
    /// Why it failed.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub error: &'a str,
    /// The statement that failed.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub error_stmt: &'a str,
    /// What ran it.
    pub operator_version: &'a str,
    /// Whether the rest of its file is still to run.
    #[serde(skip)]
    pub is_partial: bool,
}

impl<'a> Status<'a> {
    /// `OK` or `PENDING`.
    pub fn word(&self) -> &'static str {
        if self.pending.is_empty() { "OK" } else { "PENDING" }
    }

    /// The status as text.
    pub fn text(&self) -> String {
        let partial = self.partial();
        let note = |text: &dyn Fn(&Applied<'_>) -> String| partial.map(text).unwrap_or_default();
        let order = match (self.out_of_order.len(), self.pending.len()) {
            (0, _) => String::new(),
            (out, all) if out == all => " (out of order)".to_owned(),
            (out, _) => format!(" ({out} out of order)"),
        };
        let mut text = format!(
            "Migration Status: {}\n  -- Current Version: {}{}\n  -- Next Version:    {}{}\n  -- Executed Files:  {}{}\n  \
             -- Pending Files:   {}{order}\n",
            self.word(),
            self.current(),
            note(&|row| format!(" ({} statements applied)", row.applied)),
            self.next(),
            note(&|row| format!(" ({} statements left)", row.total.saturating_sub(row.applied))),
            self.applied.len(),
            note(&|_| " (last one partially)".to_owned()),
            self.pending.len(),
        );
        for (files, what) in [(&self.skipped, "Skipped Files:  "), (&self.edited, "Edited Files:   ")] {
            if !files.is_empty() {
                let names: Vec<String> = files.iter().take(10).map(|file| one_line(file.name)).collect();
                let more = if files.len() > names.len() { ", …" } else { "" };
                text.push_str(&format!("  -- {what} {} ({}{more})\n", files.len(), names.join(", ")));
            }
        }
        if let Some(row) = partial.filter(|row| !row.error.is_empty()) {
            text.push_str(&format!(
                "\nLast migration attempt had errors:\n  -- SQL:   {}\n  -- ERROR: {}\n",
                one_line(row.error_stmt),
                one_line(row.error)
            ));
        }
        text
    }

    /// The status as a document.
    pub fn document(&self) -> impl Serialize + use<'a> {
        let partial = self.partial();
        Document {
            env: self.subject.env(),
            available: self.available.clone(),
            out_of_order: self.out_of_order.clone(),
            pending: self.pending.clone(),
            applied: self.applied.clone(),
            skipped: self.skipped.clone(),
            edited: self.edited.clone(),
            current: self.current(),
            next: self.next(),
            count: partial.map_or(0, |row| row.applied),
            total: partial.map_or(0, |row| row.total),
            status: self.word(),
            error: partial.map_or("", |row| row.error),
            sql: partial.map_or("", |row| row.error_stmt),
        }
    }

    fn partial(&self) -> Option<&Applied<'a>> {
        self.applied.iter().find(|row| row.is_partial)
    }

    fn current(&self) -> &'a str {
        self.current.unwrap_or("No migration applied yet")
    }

    fn next(&self) -> &'a str {
        match self.pending.first() {
            None => "Already at latest version",
            // Which one runs next depends on the order that the next run chooses.
            Some(_) if !self.out_of_order.is_empty() => "UNKNOWN",
            Some(next) => next.version,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(flatten)]
    env: Env<'a>,
    available: Vec<Available<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    out_of_order: Vec<Available<'a>>,
    pending: Vec<Available<'a>>,
    applied: Vec<Applied<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<Available<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edited: Vec<Available<'a>>,
    current: &'a str,
    next: &'a str,
    count: u64,
    total: u64,
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    error: &'a str,
    #[serde(rename = "SQL", skip_serializing_if = "str::is_empty")]
    sql: &'a str,
}

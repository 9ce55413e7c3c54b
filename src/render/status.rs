//! Where a target stands, as text in the words of Atlas and as JSON in its fields.

use serde::Serialize;

use crate::render::pretty;

/// What there is to say about a folder and a target.
pub struct Status<'a> {
    /// The target, without secrets.
    pub target: &'a str,
    /// The path of the folder.
    pub directory: &'a str,
    /// The files of the folder.
    pub available: Vec<Available<'a>>,
    /// The rows of the revisions table, in the order of their versions.
    pub applied: Vec<Applied<'a>>,
    /// The files that are still to run.
    pub pending: Vec<Available<'a>>,
    /// How many of `pending` sort before the last applied one.
    pub out_of_order: usize,
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
}

impl Status<'_> {
    /// `OK` or `PENDING`.
    pub fn word(&self) -> &'static str {
        if self.pending.is_empty() { "OK" } else { "PENDING" }
    }

    /// The status as text.
    pub fn text(&self) -> String {
        let order = match self.out_of_order {
            0 => String::new(),
            files => format!(" ({files} out of order)"),
        };
        format!(
            "Migration Status: {}\n  -- Current Version: {}\n  -- Next Version:    {}\n  -- Executed Files:  {}\n  \
             -- Pending Files:   {}{order}\n",
            self.word(),
            self.current(),
            self.next(),
            self.applied.len(),
            self.pending.len(),
        )
    }

    /// The status as one JSON document that ends in a line break.
    pub fn json(&self) -> String {
        let document = Document {
            url: self.target,
            dir: self.directory,
            available: &self.available,
            pending: &self.pending,
            applied: &self.applied,
            current: self.current(),
            next: self.next(),
            status: self.word(),
        };
        pretty(&document)
    }

    fn current(&self) -> &str {
        self.applied.last().map_or("No migration applied yet", |last| last.version)
    }

    fn next(&self) -> &str {
        self.pending.first().map_or("Already at latest version", |next| next.version)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(rename = "URL")]
    url: &'a str,
    dir: &'a str,
    available: &'a [Available<'a>],
    pending: &'a [Available<'a>],
    applied: &'a [Applied<'a>],
    current: &'a str,
    next: &'a str,
    status: &'static str,
}

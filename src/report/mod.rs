//! The neutral document of one run: what every output says, before any of them says it.

use jiff::Timestamp;

use crate::{
    finding::{Finding, FindingSet, Place},
    prose::Prose,
    text::{Source, Span},
    trust::Trust,
};

/// Everything that there is to say about one run over one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The stable key of the project: the path of its migration folder, relative to the repository.
    pub project: String,
    /// What kind of run it was.
    pub kind: Kind,
    /// The decision, in the words of consequences.
    pub verdict: Verdict,
    /// One line of facts under the headline.
    pub summary: Vec<Prose>,
    /// What changes, worst first.
    pub objects: Vec<ObjectRow>,
    /// The findings, and those that were silenced.
    pub findings: FindingSet,
    /// The new statement that the dev database refused; nothing after it was tried.
    pub broken: Option<Broken>,
    /// The SQL in the order in which it will run, or has run.
    pub files: Vec<SqlFile>,
    /// The schema after the change, as a Mermaid diagram; worked out by the review.
    pub diagram: Option<String>,
    /// What else the reader must know: limits of the run, refusals, degraded outputs.
    pub notes: Vec<Prose>,
    /// What was executed, if anything was.
    pub applied: Option<ApplyLog>,
    /// Where all this comes from.
    pub origin: Origin,
}

/// What kind of run a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A change was reviewed.
    Review,
    /// A change was applied, or should have been.
    Apply,
}

/// How bad it is, for a reader who sees only this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Nothing would be noticed.
    Green,
    /// Somebody should decide.
    Yellow,
    /// It should not happen like this.
    Red,
}

impl Risk {
    /// Its colour as a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// The headline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its colour.
    pub risk: Risk,
    /// Its words, without a final period.
    pub text: Prose,
}

/// One changed object in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRow {
    /// How bad its change is.
    pub risk: Risk,
    /// The object, as the schema spells it.
    pub object: String,
    /// What changes.
    pub change: Prose,
    /// What others notice while it runs.
    pub meanwhile: Prose,
    /// What kind of work the server does.
    pub work: Prose,
}

/// A new statement that the dev database refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where it is.
    pub place: Place,
    /// The statement.
    pub statement: String,
    /// The database's own message.
    pub message: String,
}

/// The statements of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFile {
    /// The file: its path relative to the repository, and a text that holds the statements.
    pub source: Source,
    /// The bytes of the statements in it.
    pub statements: Vec<Span>,
}

impl SqlFile {
    /// The file as far as these statements of it are known.
    pub fn of<'a>(path: &str, statements: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = String::new();
        let mut spans = Vec::new();
        for statement in statements {
            let start = text.len();
            text.push_str(statement);
            spans.push(Span::new(start, text.len()));
        }
        Self { source: Source::new(path, text), statements: spans }
    }

    /// The path of the file, relative to the repository.
    pub fn path(&self) -> &str {
        self.source.path()
    }

    /// The statements as they stand in the file.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.statements.iter().map(|span| self.source.slice(*span))
    }
}

/// What an apply did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyLog {
    /// What was changed, as its users know it, without secrets.
    pub target: String,
    /// The version before; none on an empty history.
    pub from: Option<String>,
    /// The version after.
    pub to: Option<String>,
    /// The files in the order in which they ran.
    pub files: Vec<AppliedFile>,
    /// The files that were pending when it began.
    pub pending: usize,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// What an apply did with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedFile {
    /// The path of the file, relative to the repository.
    pub path: String,
    /// Its version.
    pub version: String,
    /// The rest of its name.
    pub description: String,
    /// The checks that were made before it.
    pub checks: Vec<CheckLog>,
    /// How many of its statements an earlier run had done.
    pub skipped: usize,
    /// The statements that ran, each with its time in milliseconds.
    pub statements: Vec<(String, u64)>,
    /// How many statements the file has.
    pub total: usize,
    /// What became of it.
    pub fate: Fate,
    /// The statement at which it failed, if one did.
    pub failure: Option<Failure>,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

impl AppliedFile {
    /// Whether all of it stays.
    pub fn is_kept(&self) -> bool {
        self.fate == Fate::Kept
    }

    /// How much of it ran, for people: `3 statements`, `1 of 3 ran, then rolled back`.
    pub fn extent(&self) -> String {
        let done = self.skipped + self.statements.len();
        match (self.fate, self.total) {
            (Fate::Kept, 1) => "1 statement".to_owned(),
            (Fate::Kept, total) => format!("{total} statements"),
            (Fate::Partial, total) => format!("{done} of {total} ran and stay"),
            (Fate::RolledBack, total) => format!("{done} of {total} ran, then rolled back"),
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// All of it stays.
    Kept,
    /// Its first statements stay.
    Partial,
    /// Nothing of it stays.
    RolledBack,
}

/// What a check before a file said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckLog {
    /// Its name.
    pub name: String,
    /// The queries that ran, each with why it does not hold, if it does not.
    pub statements: Vec<(String, Option<String>)>,
    /// Whether it does not hold as a whole.
    pub failed: bool,
}

/// A statement that failed on the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line of the statement in its file, from 1.
    pub line: usize,
    /// The statement.
    pub statement: String,
    /// The database's own message, its literals redacted where the reader is not local.
    pub message: String,
}

/// Where a report comes from, for its footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The server whose rules were applied, for example `SQLite`.
    pub server: String,
    /// The tool in whose format the migrations are; none for Atlas's own.
    pub format: Option<String>,
    /// The commit that was read; none outside a repository.
    pub head: Option<String>,
    /// The commit that it was compared with.
    pub base: Option<String>,
    /// The branch that it was compared with.
    pub base_branch: Option<String>,
    /// The hash of the plan, whole: `sha256:` and 64 hexadecimal digits.
    pub plan: Option<String>,
    /// The dev database, for example `in-memory SQLite 3.51.3`; none if nothing ran.
    pub dev_database: Option<String>,
    /// The trust in the code that was read.
    pub trust: Trust,
    /// The run's log.
    pub log_url: Option<String>,
    /// The number of the run, by which a newer one is told from an older one.
    pub run: Option<u64>,
    /// The base of links to files at `head`, for example `https://github.com/o/r/blob/<sha>/`.
    pub blob_url: Option<String>,
    /// The base of links to the pages of rules, to which the code is added; none where there are no pages.
    pub rules_url: Option<String>,
    /// The command that shows the same on a laptop.
    pub reproduce: String,
}

impl Report {
    /// The findings that stand, worst first.
    pub fn standing(&self) -> &[Finding] {
        &self.findings.findings
    }
}

//! One migration, whichever tool's folder it stands in.

use crate::{
    error::Result,
    sql::{self, Script, Statement, Syntax},
    text::{Source, Span},
};

use super::{directives::FileDirectives, sum::digest};

/// One migration: the statements that go up, and what its folder says about running them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its name, unique in the folder: the file name, with its sub-folder where it has one.
    pub name: String,
    /// The version, unique in the folder.
    pub version: String,
    /// What the name says besides the version; may be empty.
    pub description: String,
    /// What kind of file it is.
    pub role: Role,
    /// The text, which has exactly the bytes of the file.
    pub source: Source,
    /// What the comments at the top of the file say.
    pub directives: FileDirectives,
    /// How it wants to run; none where it does not say.
    pub mode: Option<TxMode>,
    /// The parts of the text that go up, in order.
    pub up: Vec<Part>,
    /// How it is undone; none where the folder does not say.
    pub down: Option<Down>,
    /// What must hold before it runs, in order.
    pub checks: Vec<Check>,
}

/// What kind of file a migration is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Role {
    /// One step in the history.
    #[default]
    Versioned,
    /// The whole state at its version: an empty database starts at the last of them, others pass it over.
    Checkpoint {
        /// The name that people gave it; may be empty.
        tag: String,
    },
    /// It runs after all others, and again whenever its text changes.
    Repeatable,
}

impl Role {
    /// Whether it is the whole state at its version.
    pub const fn is_checkpoint(&self) -> bool {
        matches!(self, Self::Checkpoint { .. })
    }
}

/// How statements are put into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TxMode {
    /// Each file is one transaction.
    #[default]
    File,
    /// All files are one transaction.
    All,
    /// Each statement stands for itself.
    None,
}

/// A part of a text, and how it is cut into statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its bytes in the text.
    pub span: Span,
    /// How it is cut.
    pub cut: Cut,
}

/// How a part of a text is cut into statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// At `;`.
    Default,
    /// At a delimiter of its own, which is not part of the statements.
    At(String),
    /// Not at all: it is one statement.
    Whole,
}

/// How a migration is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Down {
    /// The text that holds it: that of the migration, or of a file beside it.
    pub source: Source,
    /// The parts of the text, in order.
    pub parts: Vec<Part>,
    /// How it wants to run; none where it does not say.
    pub mode: Option<TxMode>,
}

/// Queries of which all, or one, must answer with one true value before a migration runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name in the file: `checks.sql`, `checks/destructive.sql`.
    pub name: String,
    /// Its bytes in the text of the migration.
    pub span: Span,
    /// Whether one true answer is enough.
    pub one_of: bool,
    /// The codes of the findings that it is the answer to.
    pub codes: Vec<String>,
}

impl Migration {
    /// The statements that go up and the comments outside of them.
    pub fn script(&self, syntax: &Syntax) -> Result<Script> {
        script(&self.source, &self.up, *syntax)
    }

    /// The SHA-256 of what goes up, in hexadecimal digits: it changes with every byte of these parts.
    pub fn digest(&self) -> String {
        digest(self.up.iter().map(|part| self.source.slice(part.span)))
    }
}

impl Down {
    /// The text that goes down.
    pub fn text(&self) -> String {
        let parts = self.parts.iter().map(|part| self.source.slice(part.span).trim());
        parts.collect::<Vec<_>>().join("\n")
    }

    /// The statements that go down.
    pub fn script(&self, syntax: &Syntax) -> Result<Script> {
        script(&self.source, &self.parts, *syntax)
    }
}

impl Check {
    /// The queries; `source` is the text of the migration.
    pub fn script(&self, source: &Source, syntax: &Syntax) -> Result<Script> {
        script(source, &[Part { span: self.span, cut: Cut::Default }], *syntax)
    }
}

impl Part {
    /// The whole text, cut as the comments at its top say.
    pub fn all(source: &Source, directives: &FileDirectives) -> Self {
        Self { span: Span::new(0, source.text().len()), cut: directives.cut() }
    }
}

fn script(source: &Source, parts: &[Part], syntax: Syntax) -> Result<Script> {
    let mut all = Script::default();
    for part in parts {
        let found = cut(source, part, syntax)?;
        all.statements.extend(found.statements);
        all.loose.extend(found.loose);
    }
    Ok(all)
}

fn cut(source: &Source, part: &Part, syntax: Syntax) -> Result<Script> {
    let text = source.slice(part.span);
    let delimiter = match &part.cut {
        Cut::Default => None,
        Cut::At(delimiter) => Some(delimiter.as_str()),
        Cut::Whole => return Ok(whole(part.span, text)),
    };
    let found = sql::script(text, &syntax, delimiter);
    let mut script = found.map_err(|error| error.moved(part.span.start).into_error(source))?;
    if part.span.start > 0 {
        script.shift(part.span.start);
    }
    Ok(script)
}

fn whole(span: Span, text: &str) -> Script {
    let start = span.start + text.len() - text.trim_start().len();
    let span = Span::new(start, start + text.trim().len());
    let statement = (span.start < span.end).then(|| Statement { span, comments: Vec::new() });
    Script { statements: statement.into_iter().collect(), loose: Vec::new() }
}

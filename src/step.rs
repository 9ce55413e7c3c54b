//! One statement of a new file: what its text says, what it did, and what happened when it ran.
//!
//! The tracer fills it in, a dialect sees several as the one change that they are, the rules read it.

use crate::{change::Change, finding::Evidence, migrations::directives::Nolint, sql::Facts, text::Span};

/// One statement and what it did.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its bytes in the file.
    pub span: Span,
    /// The comments directly above it.
    pub comments: Vec<Span>,
    /// The `atlas:nolint` directives directly above it.
    pub nolints: Vec<Nolint>,
    /// What its text says.
    pub facts: Facts,
    /// What it did to the schema, folded; several statements' change stands on one of them.
    pub changes: Vec<Change>,
    /// What `changes` stand on: `Syntax` where they were only read off the text.
    pub evidence: Evidence,
    /// What happened when it ran on the dev database.
    pub outcome: Outcome,
    /// What happened when it ran with rows in the tables that it touches.
    pub seeded: Seeded,
    /// The statements, by index in the file, that a folded change was made of; empty elsewhere.
    pub folded: Vec<usize>,
}

/// What happened when a statement ran on the dev database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did not run, because no dev database was asked for or an earlier statement failed.
    NotRun,
    /// It ran.
    Ran,
    /// The server refused it, with this message.
    Failed(String),
}

/// What happened when a statement ran with rows in its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seeded {
    /// Nothing to learn: no existing table is touched, or rows could not be made.
    NotTried,
    /// It ran with rows as it ran without.
    Passed,
    /// It ran on empty tables and failed with rows: the server's message, and the table that had them.
    Failed {
        /// The server's message.
        message: String,
        /// The tables that had rows.
        tables: Vec<String>,
    },
    /// It ran, and rows of other tables were gone after it: table, rows before, rows after.
    LostRows {
        /// The table that lost rows.
        table: String,
        /// How many it had.
        before: u64,
        /// How many it has.
        after: u64,
    },
}

//! Statements in the order in which they will run, each with its way back.

use crate::schema::Fingerprint;

/// An ordered list of statements that turns one state into another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The statements in order.
    pub statements: Vec<Statement>,
}

/// One planned statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL, without a final delimiter.
    pub sql: String,
    /// What it is for, as a comment line above it, for example `create "users" table`.
    pub comment: String,
    /// The statements that undo it, in order; empty where nothing can.
    pub reverse: Vec<String>,
}

impl Plan {
    /// The statements that undo the plan, in order.
    pub fn reverse(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().rev().flat_map(|statement| statement.reverse.iter().map(String::as_str))
    }

    /// The hash of the plan: of the states before and after, and of every statement in order.
    pub fn fingerprint(&self, before: &Fingerprint, after: &Fingerprint) -> Fingerprint {
        fingerprint(before, after, self.statements.iter().map(|statement| statement.sql.as_str()))
    }
}

/// The hash of a plan: of the states before and after, and of every statement in order.
pub fn fingerprint<'a>(
    before: &Fingerprint,
    after: &Fingerprint,
    statements: impl Iterator<Item = &'a str>,
) -> Fingerprint {
    let mut text = format!("before {before}\nafter {after}\n");
    for sql in statements {
        text.push_str(&format!("statement {}:{sql}\n", sql.len()));
    }
    Fingerprint::of(text)
}

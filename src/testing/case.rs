//! What a test file asks for, as values.

use crate::{
    hcl::{Name, Text},
    sql::{self, Syntax},
    text::Source,
};

use super::Expected;

/// The tests of one file.
#[derive(Debug)]
pub struct TestFile {
    /// The file.
    pub source: Source,
    /// Its tests, in order.
    pub cases: Vec<Case>,
}

/// One test, which starts on an empty database.
#[derive(Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The line that it starts on, from 1.
    pub line: usize,
    /// Whether it is left out.
    pub skip: bool,
    /// What to do, in order, up to the first failure.
    pub commands: Vec<Command>,
    /// What to run at the end in any case, in the order of the file.
    pub cleanups: Vec<Statements>,
}

/// One command of a test.
#[derive(Debug)]
pub struct Command {
    /// The line that it starts on, from 1.
    pub line: usize,
    /// What to do.
    pub act: Act,
}

/// What a command does.
#[derive(Debug)]
pub enum Act {
    /// Run the migrations that are missing, up to this version and with it.
    Migrate(Name),
    /// Run statements, and compare the rows of the last one.
    Exec(Statements, Option<Expected>),
    /// Ask a question whose answer must be true; say this where it is not.
    Assert(Statements, Option<String>),
    /// Run statements of which one must fail.
    Catch(Catch),
    /// Say something.
    Log(String),
}

/// Statements of which one must fail.
#[derive(Debug)]
pub struct Catch {
    /// The statements.
    pub sql: Statements,
    /// What the message of the failure must contain, or match as a regular expression.
    pub error: Option<String>,
}

/// The statements of one text of SQL; at least one.
#[derive(Debug, Clone)]
pub struct Statements {
    /// All but the last.
    pub before: Vec<Statement>,
    /// The last one.
    pub last: Statement,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its text.
    pub sql: String,
    /// The line that it starts on, from 1.
    pub line: usize,
}

impl Statements {
    /// Cuts a text apart; none where it has no statement.
    ///
    /// A text that cannot be cut, because a quote is not closed, is one statement: the database says so.
    pub fn of(text: &Text, syntax: &Syntax) -> Option<Self> {
        let found = sql::split(&text.text, syntax, None);
        let mut statements: Vec<Statement> = match found {
            Ok(found) => found
                .iter()
                .map(|statement| Statement {
                    sql: text.text.get(statement.span.range()).unwrap_or_default().to_owned(),
                    line: text.line_of(statement.span.start),
                })
                .collect(),
            Err(_) => vec![Statement { sql: text.text.clone(), line: text.line_of(0) }],
        };
        let last = statements.pop()?;
        Some(Self { before: statements, last })
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &Statement> {
        self.before.iter().chain([&self.last])
    }
}

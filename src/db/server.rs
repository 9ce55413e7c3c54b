//! What differs between servers when migrations are run on them, behind one trait.

use jiff::Timestamp;

use super::{DbError, Session, sqlite::Sqlite};
use crate::{dialect::DialectId, error::Error, pending::Pending, sql::Facts};

/// How a kind of server runs the statements of a migration.
pub trait Server: Sync {
    /// Opens the transaction that the statements of one file run in.
    fn begin<'a>(&self, session: &'a mut dyn Session) -> Pending<'a, Result<Begun, DbError>>;

    /// Checks what only shows at the end of a file, without ending the transaction.
    fn check<'a>(&self, session: &'a mut dyn Session, begun: &'a Begun) -> Pending<'a, Result<(), DbError>>;

    /// Keeps what the file did, and restores the settings from before it.
    fn commit<'a>(&self, session: &'a mut dyn Session, begun: &'a Begun) -> Pending<'a, Result<(), DbError>>;

    /// Forgets what the file did, and restores the settings from before it.
    fn rollback<'a>(&self, session: &'a mut dyn Session, begun: &'a Begun) -> Pending<'a, ()>;

    /// The statement that opens a transaction for one statement and its bookkeeping.
    fn begin_short(&self) -> &'static str;

    /// How a statement that stands for itself is written down.
    fn bookkeeping(&self, facts: &Facts) -> Bookkeeping;

    /// Whether a statement sets what holds for its connection only, so that a run that goes on behind it has to set
    /// it again; `within` says that it stands in a transaction of its file.
    fn sets_connection(&self, facts: &Facts, within: bool) -> bool;

    /// The query whose first row names the first object that is not Plinth's own, as `table t`.
    fn first_object(&self) -> &'static str;

    /// The query whose first row names the first object of any kind.
    fn any_object(&self) -> &'static str;

    /// The query whose answer changes with every change of any definition.
    fn definitions_mark(&self) -> &'static str;

    /// The query with one row for each column of a table, its name; none where there is no such table.
    fn columns_of(&self, table: &str) -> String;

    /// The columns of the revisions table with their definitions, in the order in which Atlas creates them.
    fn revision_columns(&self) -> &'static [(&'static str, &'static str)];

    /// The statement that creates the revisions table as Atlas creates it, if there is none.
    fn create_revisions(&self) -> String;

    /// The statement that creates the table of Plinth's own history, if there is none.
    fn create_history(&self) -> &'static str;

    /// The value of a column as text.
    fn as_text(&self, column: &str) -> String;

    /// A text as a literal.
    fn literal(&self, text: &str) -> String;

    /// A moment as the literal that Atlas would write.
    fn moment(&self, at: Timestamp) -> String;

    /// A JSON text as the literal that Atlas would write.
    fn json(&self, text: &str) -> String;

    /// Whether it is worth trying again because another connection was in the way.
    fn is_busy(&self, error: &DbError) -> bool;

    /// The message of a refusal without what may come from a row: literals, and words that a trigger made up.
    fn discreet(&self, error: &DbError) -> String;

    /// A refusal that is about the connection rather than a statement, with what to do.
    fn error(&self, name: &str, error: &DbError) -> Error;
}

/// How a statement that stands for itself is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bookkeeping {
    /// In one transaction with it: it ran if, and only if, the row says so.
    Shared,
    /// Before and after it: no transaction can hold it, and running it a second time changes nothing.
    Repeated,
}

/// What to restore after the transaction of a file.
#[derive(Debug, Clone, Default)]
pub struct Begun {
    /// Whether foreign keys were enforced before it.
    pub(super) enforced: bool,
    /// The rows that referred to nothing before it; none where that could not be found out.
    pub(super) dangling: Option<super::Rows>,
}

/// How servers of this dialect run migrations.
pub fn server(dialect: DialectId) -> &'static dyn Server {
    match dialect {
        DialectId::Sqlite => &Sqlite,
    }
}

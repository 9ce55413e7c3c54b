//! Connections to databases: the requests that the rest of Plinth makes, and who answers them.
//!
//! The only user of `sqlx`; the SQLite guard is `unsafe`.

mod adopt;
mod apply;
mod discreet;
mod down;
mod fitness;
mod history;
mod lock;
mod pending;
mod recorded;
mod revisions;
mod server;
mod set;
mod sqlite;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use adopt::{Adopted, applied_by_tool};
pub use apply::{Applied, Clock, Event, Run, Watch, apply, dry_run, revert};
pub use discreet::Discreet;
pub use down::{Cut, Loss, Reversal, Reverted, Until, WayDown, check, cut, losses};
pub use fitness::{Unfit, unfit};
pub use history::{HISTORY_TABLE, Remembered, Undertaking, remembered};
pub use lock::{EXECUTE_LOCK, Lock, Waiting};
pub use pending::{
    File, Files, FirstRun, Guard, Options, Order, Resume, Todo, edited, pending, refuse_edited,
};
pub use recorded::{Progress, Recorded};
pub use revisions::{REVISIONS_TABLE, Revision, RevisionType, ensure, read_all, write};
pub use server::{Begun, Bookkeeping, Server, server};
pub use set::{Setting, set, settings};
pub use sqlite::{
    Place as SqlitePlace, Session as SqliteSession, Url as SqliteUrl, open_guarded, version as sqlite_version,
};

use crate::{
    dialect::{Dialect, DialectId, Scope},
    error::{Error, Result},
    pending::Pending,
    schema::Realm,
    secret::Secret,
};

/// Something to ask of a database.
///
/// The same values travel over the pipe to a dev database in a child process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Run one statement.
    Execute(String),
    /// Run these statements in order, up to the first failure.
    Batch(Vec<String>),
    /// Run one query for its rows.
    Query(String),
    /// Run these queries in order, for their rows.
    Queries(Vec<String>),
    /// Run one query for its rows, before which the names of its columns stand as a row of their own.
    Table(String),
}

/// What a database answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// It was done; so many rows were changed.
    Done {
        /// Rows inserted, updated or deleted, as far as the server says.
        changed: u64,
    },
    /// The rows of each query: values as text, none for NULL.
    Rows(Vec<Rows>),
}

/// The rows of one query: values as text, none for NULL.
pub type Rows = Vec<Vec<Option<String>>>;

/// A database's refusal.
///
/// `message` is the server's own and may quote data: it is shown whole on a local terminal only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbError {
    /// The server's code, for example `1555` or `23505`.
    pub code: Option<String>,
    /// The server's message.
    pub message: String,
    /// In a [`Request::Batch`] or [`Request::Queries`], the statement that failed, from 0.
    pub statement: usize,
    /// Whether the connection is gone, so that nothing is known about the statement.
    pub lost: bool,
}

impl DbError {
    /// A refusal that has no code of the server.
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: None, message: message.into(), statement: 0, lost: false }
    }

    /// The connection is gone, for this reason.
    pub fn lost(message: impl Into<String>) -> Self {
        Self { lost: true, ..Self::new(message) }
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DbError {}

/// Whoever answers requests: a driver's connection, or a child process.
pub trait Session: Send {
    /// Answers one request; one at a time.
    fn call(&mut self, request: Request) -> Pending<'_, Result<Reply, DbError>>;

    /// Ends the session and waits until the server has let go of it; dropping it ends it some time later.
    fn close<'a>(self: Box<Self>) -> Pending<'a, ()>
    where
        Self: 'a;
}

/// Runs one statement for its effect.
pub async fn execute(session: &mut dyn Session, sql: impl Into<String>) -> Result<(), DbError> {
    session.call(Request::Execute(sql.into())).await.map(|_| ())
}

/// Runs one query for its rows.
pub async fn query(session: &mut dyn Session, sql: impl Into<String>) -> Result<Rows, DbError> {
    match session.call(Request::Query(sql.into())).await? {
        Reply::Rows(mut answers) if answers.len() == 1 => Ok(answers.remove(0)),
        _ => Err(unexpected()),
    }
}

/// Runs queries for their rows; the answers stand in the order of the queries.
pub async fn queries(session: &mut dyn Session, sql: Vec<String>) -> Result<Vec<Rows>, DbError> {
    let asked = sql.len();
    match session.call(Request::Queries(sql)).await? {
        Reply::Rows(answers) if answers.len() == asked => Ok(answers),
        _ => Err(unexpected()),
    }
}

/// Reads the state of a database, or of some of its objects.
pub async fn inspect(session: &mut dyn Session, dialect: &dyn Dialect, scope: Scope<'_>) -> Result<Realm> {
    let catalog = dialect.catalog(scope).into_iter().map(|query| query.sql).collect();
    let rows = queries(session, catalog).await.map_err(|error| {
        Error::outside(format!("the schema of the {} database could not be read", dialect.title()))
            .because(error)
    })?;
    dialect.read_catalog(&rows)
}

fn unexpected() -> DbError {
    DbError::lost("the answer does not fit the question")
}

/// An open connection to a database that the caller named.
pub struct Target {
    /// What kind of server it is.
    pub dialect: DialectId,
    /// The URL without its password, for people.
    pub name: String,
    /// The path that Atlas names its lock file by; none for a database that no other process sees.
    pub lock_path: Option<String>,
    /// The connection.
    pub session: Box<dyn Session>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("dialect", &self.dialect)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What a caller wants of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To look at a database that exists; it is opened so that nothing can change.
    Read,
    /// To change a database that exists.
    Change,
    /// To change a database, and to create its file where there is none.
    Write,
}

/// Connects to the database of a URL.
///
/// Errors never contain the password of the URL.
pub async fn connect(url: &Secret, access: Access) -> Result<Target> {
    let scheme = scheme(url)?;
    match DialectId::of_scheme(&scheme) {
        Some(DialectId::Sqlite) => sqlite::connect(url, access).await,
        None => Err(unknown_scheme(&scheme)),
    }
}

/// The dialect that a database URL leads to.
pub fn dialect_of(url: &Secret) -> Result<DialectId> {
    let scheme = scheme(url)?;
    DialectId::of_scheme(&scheme).ok_or_else(|| unknown_scheme(&scheme))
}

fn scheme(url: &Secret) -> Result<String> {
    let name = url.expose().split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if name.is_empty() || !name.bytes().all(is_scheme) || !name.as_bytes()[0].is_ascii_alphabetic() {
        // The text is not shown: without a scheme it may be nothing but a password.
        return Err(Error::usage("the database URL does not begin with a scheme")
            .hint("write for example `sqlite://app.db`"));
    }
    Ok(name.to_ascii_lowercase())
}

fn unknown_scheme(scheme: &str) -> Error {
    let known: Vec<String> = DialectId::ALL
        .into_iter()
        .map(|id| format!("`{}://` ({})", id.ops().schemes()[0], id.ops().title()))
        .collect();
    Error::usage(format!("databases with the URL scheme `{scheme}` are not supported"))
        .hint(format!("supported: {}", known.join(", ")))
}

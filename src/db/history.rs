//! The table of Plinth's own history: what a revisions row has no place for.

use jiff::Timestamp;

use super::{DbError, Server, Session, execute};
use crate::trust::Trust;

/// The name of the table.
pub const HISTORY_TABLE: &str = "plinth_history";

/// What is remembered of one applied file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// The version of the file.
    pub version: &'a str,
    /// Its path, relative to the repository.
    pub path: &'a str,
    /// Its whole text.
    pub text: &'a str,
    /// Its hash in `atlas.sum`.
    pub hash: &'a str,
    /// How many statements ran.
    pub statements: usize,
    /// When the first statement began.
    pub started_at: Timestamp,
    /// When the last statement ended.
    pub finished_at: Timestamp,
}

/// On whose behalf files are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undertaking {
    /// The fingerprint of the reviewed plan.
    pub plan: Option<String>,
    /// The pull request that brought the files.
    pub pull_request: Option<u64>,
    /// Who started the run.
    pub actor: Option<String>,
    /// The trust in the code that was read.
    pub trust: Trust,
    /// The program and its version, for example `Plinth 0.1.0`.
    pub operator: String,
}

/// Creates the table where there is none.
pub(super) async fn ensure(session: &mut dyn Session, server: &dyn Server) -> Result<(), DbError> {
    execute(session, server.create_history()).await
}

/// Writes a row.
pub(super) async fn write(
    session: &mut dyn Session,
    server: &dyn Server,
    record: &Record<'_>,
    undertaking: &Undertaking,
) -> Result<(), DbError> {
    let text = |value: &str| server.literal(value);
    let optional = |value: Option<&str>| value.map_or_else(|| "NULL".to_owned(), text);
    let columns = [
        ("version", text(record.version)),
        ("path", text(record.path)),
        ("text", text(record.text)),
        ("hash", text(record.hash)),
        ("plan", optional(undertaking.plan.as_deref())),
        (
            "pull_request",
            undertaking.pull_request.map_or_else(|| "NULL".to_owned(), |number| number.to_string()),
        ),
        ("actor", optional(undertaking.actor.as_deref())),
        ("trust", text(&undertaking.trust.to_string())),
        ("statements", record.statements.to_string()),
        ("started_at", server.moment(record.started_at)),
        ("finished_at", server.moment(record.finished_at)),
        ("operator_version", text(&undertaking.operator)),
    ];
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
    execute(
        session,
        format!("INSERT INTO {HISTORY_TABLE} ({}) VALUES ({})", names.join(", "), values.join(", ")),
    )
    .await
}

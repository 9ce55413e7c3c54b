//! The table of Plinth's own history: what a revisions row has no place for.

use jiff::Timestamp;

use super::{DbError, File, Progress, Recorded, Server, Session, execute, query};
use crate::trust::Trust;

/// The name of the table.
pub const HISTORY_TABLE: &str = "plinth_history";

/// What stands in the column `action` of a row about a way down; `apply` stands in all others.
const REVERT: &str = "revert";

/// A file that ran, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Its version.
    pub version: String,
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The statements that undo it, as its folder had them.
    pub down: Option<String>,
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

/// Writes the row of a file that begins, or that is finished already.
pub(super) async fn begin(
    session: &mut dyn Session,
    server: &dyn Server,
    file: &File,
    undertaking: &Undertaking,
    now: Timestamp,
    finished: Option<Timestamp>,
) -> Result<(), DbError> {
    let text = |value: &str| server.literal(value);
    let optional = |value: Option<&str>| value.map_or_else(|| "NULL".to_owned(), text);
    let done = if finished.is_some() { file.statements.len() } else { 0 };
    let number = undertaking.pull_request.map_or_else(|| "NULL".to_owned(), |number| number.to_string());
    let columns = [
        ("version", text(&file.version)),
        ("path", text(file.source.path())),
        ("text", text(file.source.text())),
        ("down", optional(file.down.as_deref())),
        ("digest", text(&file.digest)),
        ("hash", text(file.hash.strip_prefix("h1:").unwrap_or(&file.hash))),
        ("plan", optional(undertaking.plan.as_deref())),
        ("pull_request", number),
        ("actor", optional(undertaking.actor.as_deref())),
        ("trust", text(&undertaking.trust.to_string())),
        ("statements", file.statements.len().to_string()),
        ("done", done.to_string()),
        ("started_at", server.moment(now)),
        ("finished_at", finished.map_or_else(|| "NULL".to_owned(), |at| server.moment(at))),
        ("operator_version", text(&undertaking.operator)),
    ];
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
    let insert = format!("INSERT INTO {HISTORY_TABLE} ({}) VALUES ({})", names.join(", "), values.join(", "));
    execute(session, insert).await
}

/// Brings the row of a file up to date that begins again: what follows the statements that ran may be another text.
pub(super) async fn renew(
    session: &mut dyn Session,
    server: &dyn Server,
    file: &File,
) -> Result<(), DbError> {
    let text = |value: &str| server.literal(value);
    let update = format!(
        "UPDATE {HISTORY_TABLE} SET path = {}, text = {}, down = {}, digest = {}, hash = {}, statements = {} \
         WHERE id = (SELECT max(id) FROM {HISTORY_TABLE} WHERE version = {})",
        text(file.source.path()),
        text(file.source.text()),
        file.down.as_deref().map_or_else(|| "NULL".to_owned(), text),
        text(&file.digest),
        text(file.hash.strip_prefix("h1:").unwrap_or(&file.hash)),
        file.statements.len(),
        text(&file.version),
    );
    execute(session, update).await
}

/// Writes how far the file has come that began last; with a moment, that it is finished.
pub(super) async fn advance(
    session: &mut dyn Session,
    server: &dyn Server,
    version: &str,
    progress: &Progress,
    finished: Option<Timestamp>,
) -> Result<(), DbError> {
    let null = || "NULL".to_owned();
    let update = format!(
        "UPDATE {HISTORY_TABLE} SET done = {}, done_hash = {}, intent = {}, finished_at = {} WHERE id = \
         (SELECT max(id) FROM {HISTORY_TABLE} WHERE version = {})",
        progress.done,
        progress.hash.as_deref().map_or_else(null, |hash| server.literal(hash)),
        progress.intent.map_or_else(null, |at| at.to_string()),
        finished.map_or_else(null, |at| server.moment(at)),
        server.literal(version),
    );
    execute(session, update).await
}

/// Writes the row of a way down that begins, for one of the versions that it reverts.
pub(super) async fn begin_reversal(
    session: &mut dyn Session,
    server: &dyn Server,
    version: &str,
    file: &File,
    undertaking: &Undertaking,
    now: Timestamp,
) -> Result<(), DbError> {
    let file = File { version: version.to_owned(), down: None, ..file.clone() };
    begin(session, server, &file, undertaking, now, None).await?;
    let update = format!(
        "UPDATE {HISTORY_TABLE} SET action = '{REVERT}' WHERE id = (SELECT max(id) FROM {HISTORY_TABLE} WHERE version = {})",
        server.literal(version)
    );
    execute(session, update).await
}

/// What ran last by version, and how far unfinished files came; nothing where there is no table.
pub(super) async fn read(session: &mut dyn Session, server: &dyn Server) -> Result<Recorded, DbError> {
    let mut recorded = Recorded::default();
    if query(session, server.columns_of(HISTORY_TABLE)).await?.is_empty() {
        return Ok(recorded);
    }
    let select = format!(
        "SELECT version, action, digest, done, done_hash, intent, finished_at IS NULL FROM {HISTORY_TABLE} ORDER BY id"
    );
    for row in query(session, select).await? {
        let mut cells = row.into_iter();
        let mut cell = || cells.next().flatten();
        let (Some(version), Some(action), Some(digest)) = (cell(), cell(), cell()) else { continue };
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let progress = Progress { done: number(cell()).unwrap_or(0), hash: cell(), intent: number(cell()) };
        let is_open = cell().as_deref() == Some("1");
        match (action == REVERT, is_open) {
            (true, _) => {
                recorded.unfinished.remove(&version);
                recorded.digests.remove(&version);
            }
            (false, true) => {
                recorded.unfinished.insert(version, progress);
            }
            (false, false) => {
                recorded.unfinished.remove(&version);
                recorded.digests.insert(version, digest);
            }
        }
    }
    Ok(recorded)
}

/// The files that ran last, by version, as they were; none where there is no table.
pub async fn remembered(session: &mut dyn Session, server: &dyn Server) -> Result<Vec<Remembered>, DbError> {
    if query(session, server.columns_of(HISTORY_TABLE)).await?.is_empty() {
        return Ok(Vec::new());
    }
    let select = format!(
        "SELECT version, path, text, down FROM {HISTORY_TABLE} WHERE id IN \
         (SELECT max(id) FROM {HISTORY_TABLE} WHERE action <> '{REVERT}' GROUP BY version) ORDER BY id"
    );
    let rows = query(session, select).await?;
    let read = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter();
        let mut cell = || cells.next().flatten();
        Some(Remembered { version: cell()?, path: cell()?, text: cell()?, down: cell() })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

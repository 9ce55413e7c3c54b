//! Opening SQLite databases: a target by its URL, and the guarded one in memory.

use std::time::Duration;

use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    Session, guard,
    server::Sqlite,
    session::db_error,
    url::{Mode, Place, Url},
};
use crate::{
    db::{self, Access, DbError, Server, Target},
    dialect::DialectId,
    error::{Error, Result},
    files,
    secret::Secret,
};

/// How long a statement waits for another writer, where the URL does not say.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The most memory that a guarded database may use, in bytes.
const HEAP: u64 = 256 << 20;

/// The version of the library, for example `3.51.3`.
pub fn version() -> String {
    libsqlite3_sys::SQLITE_VERSION.to_string_lossy().into_owned()
}

/// Connects to the database of a `sqlite://` URL.
pub(crate) async fn connect(url: &Secret, access: Access) -> Result<Target> {
    let url = Url::parse(url.expose())?;
    let name = url.name();
    if access != Access::Read && url.mode == Mode::ReadOnly {
        return Err(Error::usage(format!("`{name}` is to be changed, but its URL has `mode=ro`"))
            .hint("leave `mode` out, or write `mode=rwc`"));
    }
    let creates = access == Access::Write && url.mode != Mode::ReadWrite;
    if let Place::File(path) = &url.place
        && !creates
        && files::kind(path).is_none()
    {
        return Err(Error::outside(format!("there is no database at `{path}`")).hint(
            "paths after `sqlite://` are relative to the working directory; absolute ones have three slashes",
        ));
    }
    let mut session = Session { connection: open(&url, access, creates).await?, refusals: None };
    // The file is not looked at before the first question.
    db::query(&mut session, "SELECT count(*) FROM sqlite_schema")
        .await
        .map_err(|error| Sqlite.error(&name, &error))?;
    Ok(Target {
        dialect: DialectId::Sqlite,
        lock_path: match &url.place {
            Place::File(path) => Some(clean(path)),
            Place::Memory => None,
        },
        name,
        session: Box::new(session),
    })
}

/// Opens an empty database in memory, with the guard around it.
///
/// Foreign keys are not enforced, as they are not while migrations are applied.
pub async fn open_guarded() -> Result<Session, DbError> {
    let options = SqliteConnectOptions::new().foreign_keys(false).disable_statement_logging();
    let connection = options.connect().await.map_err(|error| db_error(&error))?;
    let mut session = Session { connection, refusals: None };
    // Nothing may need a file later: sorting happens in memory, or fails.
    for setting in [format!("PRAGMA hard_heap_limit = {HEAP}"), "PRAGMA temp_store = memory".into()] {
        db::execute(&mut session, setting).await?;
    }
    session.refusals = Some(guard::harden(&mut session.connection).await?);
    Ok(session)
}

async fn open(url: &Url, access: Access, creates: bool) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .disable_statement_logging()
        .foreign_keys(url.foreign_keys)
        .busy_timeout(
            url.busy_timeout.map_or(BUSY_TIMEOUT, |wait| Duration::from_millis(wait.min(3_600_000))),
        )
        .create_if_missing(creates)
        .read_only(access == Access::Read && url.place != Place::Memory);
    let options = match &url.place {
        Place::File(path) => options.filename(path),
        Place::Memory => options.in_memory(true),
    };
    options.connect().await.map_err(|error| Sqlite.error(&url.name(), &db_error(&error)))
}

/// The path without `.`, `..` and doubled slashes, as Go's `filepath.Join` gives it.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            ("..", None) if path.starts_with('/') => {}
            _ => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, expected) in [
            ("a.db", "a.db"),
            ("./d//a.db", "d/a.db"),
            ("/srv/../a.db", "/a.db"),
            ("../x/./a.db", "../x/a.db"),
            ("/../a.db", "/a.db"),
        ] {
            assert_eq!(clean(path), expected);
        }
    }
}

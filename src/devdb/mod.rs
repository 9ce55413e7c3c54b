//! Ephemeral databases to replay migrations in.
//!
//! SQLite runs in memory, in a child of this very program: the SQL of a pull request is hostile, and
//! what contains it is the process around it (see [`sandbox`]), not trust in the library.

mod child;
mod descriptors;
mod frame;
mod replay;
pub mod sandbox;

use std::{path::PathBuf, time::Duration};

use tokio::time::Instant;

pub use replay::{BaseFile, PORTION, replay};

use crate::{
    db::{self, Access, Server, Session, SqlitePlace, SqliteUrl},
    dialect::DialectId,
    error::{Error, Result},
    files,
    secret::Secret,
};

/// How long a dev database may live unless told otherwise.
pub const LIFETIME: Duration = Duration::from_mins(1);

/// What kind of dev database is wanted.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The dialect.
    pub dialect: DialectId,
    /// The `dev-url` of the caller; none for the built-in dev database of the dialect.
    pub url: Option<Secret>,
    /// The path of this program, to start the child from.
    pub executable: PathBuf,
    /// How long the dev database may live, all statements and the time between them together.
    pub lifetime: Duration,
}

/// A source of empty databases, all gone when it and they are dropped.
#[derive(Debug)]
pub struct DevDb {
    /// What it is, for people: `in-memory SQLite 3.51.3`.
    pub title: String,
    /// Its dialect.
    pub dialect: DialectId,
    executable: PathBuf,
    lifetime: Duration,
    deadline: Instant,
}

/// Prepares a dev database.
///
/// A `sqlite://` URL leads to the database in memory as well, whatever file it names: that file must
/// be empty or absent, as for Atlas, and is neither used nor made.
pub async fn start(spec: Spec) -> Result<DevDb> {
    if let Some(url) = &spec.url {
        admit(url, spec.dialect).await?;
    }
    Ok(DevDb {
        title: match spec.dialect {
            DialectId::Sqlite => format!("in-memory SQLite {}", db::sqlite_version()),
        },
        dialect: spec.dialect,
        executable: spec.executable,
        deadline: Instant::now() + spec.lifetime,
        lifetime: spec.lifetime,
    })
}

impl DevDb {
    /// Starts a new empty database.
    pub async fn database(&mut self) -> Result<Box<dyn Session>> {
        let child = child::start(&self.executable, self.lifetime, self.deadline).await?;
        Ok(Box::new(child))
    }

    /// How its server runs migrations.
    pub fn server(&self) -> &'static dyn Server {
        db::server(self.dialect)
    }
}

async fn admit(url: &Secret, dialect: DialectId) -> Result<()> {
    let scheme = url.expose().split_once("://").map_or("", |(scheme, _)| scheme);
    if matches!(scheme, "docker" | "ephemeral") || scheme.starts_with("docker+") {
        return Err(Error::usage(format!(
            "dev databases with the URL scheme `{scheme}` are not supported yet"
        ))
        .hint("leave `dev-url` out: the built-in dev database needs no server"));
    }
    let named = db::dialect_of(url)?;
    if named != dialect {
        return Err(Error::usage(format!(
            "the dev database is {}, the database is {}",
            named.ops().title(),
            dialect.ops().title()
        )));
    }
    let parsed = SqliteUrl::parse(url.expose())?;
    match &parsed.place {
        SqlitePlace::File(path) if files::kind(path).is_some() => must_be_empty(url).await,
        SqlitePlace::File(_) | SqlitePlace::Memory => Ok(()),
    }
}

async fn must_be_empty(url: &Secret) -> Result<()> {
    let mut target = db::connect(url, Access::Read).await?;
    let server = db::server(target.dialect);
    // Unlike a target's, its tables of applied migrations count: they say that it is somebody's database.
    let found = db::query(target.session.as_mut(), server.any_object())
        .await
        .map_err(|error| server.error(&target.name, &error))?;
    let Some(Some(object)) = found.first().and_then(|row| row.first()) else { return Ok(()) };
    Err(Error::refused(format!("the dev database `{}` is not clean: found {object}", target.name))
        .hint("a dev database is for scratch work: never name a database that holds data")
        .hint("leave `dev-url` out: the built-in dev database needs no server"))
}

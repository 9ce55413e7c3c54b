//! What applying needs, for `migrate apply` and for `ci`: the target under its lock, and what is pending on it.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use super::{Audience, Context, inputs};
use crate::{
    db::{
        self, Access, Discreet, Event, File, Files, Guard, Lock, Options, Recorded, Target, Todo,
        Undertaking, Waiting, WayDown,
    },
    dialect::{Dialect, DialectId},
    error::{Error, Result},
    migrations::{Check, Directory, Down, Migration},
    render::Subject,
    report::{ApplyLog, CheckLog},
    secret::Secret,
    trust::Feature,
};

/// A target, with what is recorded on it; the lock is held as long as this lives.
pub(super) struct Opened {
    pub target: Target,
    pub recorded: Recorded,
    _lock: Option<Lock>,
}

/// The files of a folder as the target takes them, with their entries of the checksum file.
pub(super) fn files(directory: &Directory, dialect: &dyn Dialect) -> Result<Vec<File>> {
    let sum = directory.sum();
    let hashes: BTreeMap<String, &str> =
        sum.entries.iter().map(|entry| (directory.path_of(&entry.name), entry.hash.as_str())).collect();
    directory
        .migrations
        .iter()
        .map(|migration| {
            let script = migration.script(dialect.syntax())?;
            Ok(File {
                version: migration.version.clone(),
                description: migration.description.clone(),
                role: migration.role.clone(),
                source: migration.source.clone(),
                statements: script.statements.iter().map(|statement| statement.span).collect(),
                mode: migration.mode,
                guards: guards(migration, dialect)?,
                digest: migration.digest(),
                down: migration.down.as_ref().map(Down::text),
                hash: hashes.get(migration.source.path()).copied().unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

fn guards(migration: &Migration, dialect: &dyn Dialect) -> Result<Vec<Guard>> {
    let guard = |check: &Check| {
        let script = check.script(&migration.source, dialect.syntax())?;
        let queries = script.statements.iter().map(|statement| statement.span).collect();
        Ok(Guard { name: check.name.clone(), queries, one_of: check.one_of })
    };
    migration.checks.iter().map(guard).collect()
}

/// Connects to look at the target: nothing is locked or written.
pub(super) async fn look(cx: &Context, url: &Secret, directory: &Directory) -> Result<Opened> {
    refuse_schema(cx)?;
    cx.trigger.trust.require(Feature::ConnectToUrl)?;
    let target = db::connect(url, Access::Read).await?;
    Opened::read(target, directory, None).await
}

/// Connects to change the target, under the lock that Atlas takes too.
pub(super) async fn open(
    cx: &Context,
    url: &Secret,
    directory: &Directory,
    access: Access,
) -> Result<Opened> {
    refuse_schema(cx)?;
    cx.trigger.trust.require(Feature::Apply)?;
    let target = db::connect(url, access).await?;
    let waiting =
        Waiting { folder: &cx.temporary, timeout: cx.inputs.need(&inputs::LOCK_TIMEOUT)?, clock: &cx.clock };
    let name = cx.inputs.need(&inputs::LOCK_NAME)?;
    let lock = Lock::take(&target, &name, &waiting).await?;
    Opened::read(target, directory, Some(lock)).await
}

impl Opened {
    async fn read(mut target: Target, directory: &Directory, lock: Option<Lock>) -> Result<Self> {
        let server = db::server(target.dialect);
        let session = target.session.as_mut();
        let recorded = Recorded::read(session, server).await;
        let mut recorded = recorded.map_err(|error| server.error(&target.name, &error))?;
        if recorded.revisions.is_empty() {
            let (format, migrations) = (directory.format, &directory.migrations);
            recorded.adopted = db::applied_by_tool(session, server, format, migrations).await?;
        }
        Ok(Self { target, recorded, _lock: lock })
    }

    /// Reads what is recorded once more, after it was changed.
    pub(super) async fn read_again(&mut self) -> Result<()> {
        let server = db::server(self.target.dialect);
        let recorded = Recorded::read(self.target.session.as_mut(), server).await;
        self.recorded = recorded.map_err(|error| server.error(&self.target.name, &error))?;
        Ok(())
    }

    /// What is pending.
    pub(super) fn pending<'a>(&self, files: Files<'a>, options: &Options<'_>) -> Result<Todo<'a>> {
        db::pending(files, &self.recorded, options)
    }

    /// What a document about the target begins with.
    pub(super) fn subject<'a>(&'a self, directory: &'a Directory) -> Subject<'a> {
        let dialect = self.target.dialect.ops();
        Subject {
            driver: dialect.driver(),
            target: &self.target.name,
            schema: dialect.default_schema(),
            directory: &directory.path,
        }
    }

    /// Writes down what a person says about the history.
    pub(super) async fn set(
        &mut self,
        cx: &Context,
        settings: &[db::Setting<'_>],
        undertaking: &Undertaking,
    ) -> Result<()> {
        let server = db::server(self.target.dialect);
        let session = self.target.session.as_mut();
        let set = db::set(session, server, settings, &undertaking.operator, (cx.clock)()).await;
        set.map_err(|error| server.error(&self.target.name, &error))
    }

    /// Runs what is pending; a failure comes with the log of what was done before it.
    pub(super) async fn run(
        &mut self,
        cx: &Context,
        todo: &Todo<'_>,
        undertaking: &Undertaking,
        watch: db::Watch<'_>,
    ) -> Result<(ApplyLog, Option<Error>)> {
        let run = running(cx, &self.target.name, self.target.dialect, undertaking);
        let server = db::server(self.target.dialect);
        let session = self.target.session.as_mut();
        let watch = &mut noting(cx, watch);
        let applied = if cx.audience == Audience::Log {
            db::apply(&mut Discreet::new(session, server), todo, run, watch).await?
        } else {
            db::apply(session, todo, run, watch).await?
        };
        Ok((applied.log, applied.failure))
    }

    /// Closes the connection, and gives the lock back.
    ///
    /// Closing writes: what a database has in a write-ahead log comes out of it. Left to the end of the process,
    /// it would be cut short, and happen behind the lock.
    pub(super) async fn close(self) {
        self.target.session.close().await;
    }

    /// Goes a way down; a failure comes with the log of what was done before it.
    pub(super) async fn revert(
        &mut self,
        cx: &Context,
        way: &WayDown,
        undertaking: &Undertaking,
        watch: db::Watch<'_>,
    ) -> Result<(ApplyLog, Option<Error>)> {
        let run = running(cx, &self.target.name, self.target.dialect, undertaking);
        let server = db::server(self.target.dialect);
        let session = self.target.session.as_mut();
        let watch = &mut noting(cx, watch);
        let reverted = if cx.audience == Audience::Log {
            db::revert(&mut Discreet::new(session, server), way, run, watch).await?
        } else {
            db::revert(session, way, run, watch).await?
        };
        Ok((reverted.log, reverted.failure))
    }

    /// Asks whether what a way down drops is empty.
    pub(super) async fn check(&mut self, cx: &Context, way: &WayDown) -> (Vec<CheckLog>, Option<Error>) {
        let session = self.target.session.as_mut();
        if cx.audience == Audience::Log {
            db::check(&mut Discreet::new(session, db::server(self.target.dialect)), way).await
        } else {
            db::check(session, way).await
        }
    }
}

fn running<'a>(
    cx: &'a Context,
    name: &'a str,
    dialect: DialectId,
    undertaking: &'a Undertaking,
) -> db::Run<'a> {
    db::Run { server: db::server(dialect), dialect: dialect.ops(), name, clock: &cx.clock, undertaking }
}

/// Remembers that the target is another from here on, for whoever has to end the run in the middle.
fn noting<'a>(cx: &'a Context, watch: db::Watch<'a>) -> impl FnMut(Event<'_>) + Send + 'a {
    move |event: Event<'_>| {
        if matches!(event, Event::Committed) {
            cx.committed.store(true, Ordering::Relaxed);
        }
        watch(event);
    }
}

/// On whose behalf this run changes a target.
pub(super) fn undertaking(cx: &Context, plan: Option<String>, pull_request: Option<u64>) -> Undertaking {
    Undertaking {
        plan,
        pull_request,
        actor: cx.trigger.actor.clone(),
        trust: cx.trigger.trust,
        operator: format!("Plinth v{}", env!("CARGO_PKG_VERSION")),
    }
}

/// Refuses a schema of the revisions table that the database cannot have.
pub(super) fn refuse_schema(cx: &Context) -> Result<()> {
    match cx.inputs.get(&inputs::REVISIONS_SCHEMA)?.as_deref() {
        None | Some("main") => Ok(()),
        Some(other) => Err(Error::usage(format!("there is no schema `{other}` for the revisions table"))
            .hint("SQLite has only `main`")),
    }
}

//! What applying needs, for `migrate apply` and for `ci`: the target under its lock, and what is pending on it.

use std::sync::atomic::Ordering;

use super::{Audience, Context, inputs};
use crate::{
    db::{
        self, Access, Discreet, File, Lock, Options, Progress, Revision, Target, Todo, Undertaking, Waiting,
    },
    dialect::Dialect,
    error::{Error, Result},
    migrations::Directory,
    report::ApplyLog,
    secret::Secret,
    trust::Feature,
};

/// A target, with what is recorded on it; the lock is held as long as this lives.
pub(super) struct Opened {
    pub target: Target,
    pub revisions: Vec<Revision>,
    found: Option<String>,
    _lock: Option<Lock>,
}

/// The files of a folder as the target takes them, with their entries of the checksum file.
pub(super) fn files(directory: &Directory, dialect: &dyn Dialect) -> Result<Vec<File>> {
    let sum = directory.sum();
    directory
        .migrations
        .iter()
        .map(|migration| {
            let script = migration.script(dialect.syntax())?;
            Ok(File {
                version: migration.version.clone(),
                description: migration.description.clone(),
                source: migration.source.clone(),
                statements: script.statements.iter().map(|statement| statement.span).collect(),
                hash: sum.hash(&migration.name).unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

/// Connects to look at the target: nothing is locked or written.
pub(super) async fn look(cx: &Context, url: &Secret) -> Result<Opened> {
    refuse_schema(cx)?;
    cx.trigger.trust.require(Feature::ConnectToUrl)?;
    let target = db::connect(url, Access::Read).await?;
    Opened::read(target, None).await
}

/// Connects to change the target, under the lock that Atlas takes too.
pub(super) async fn open(cx: &Context, url: &Secret) -> Result<Opened> {
    refuse_schema(cx)?;
    cx.trigger.trust.require(Feature::Apply)?;
    let target = db::connect(url, Access::Write).await?;
    let waiting =
        Waiting { folder: &cx.temporary, timeout: cx.inputs.need(&inputs::LOCK_TIMEOUT)?, clock: &cx.clock };
    let lock = Lock::take(&target, db::EXECUTE_LOCK, &waiting).await?;
    Opened::read(target, Some(lock)).await
}

impl Opened {
    async fn read(mut target: Target, lock: Option<Lock>) -> Result<Self> {
        let server = db::server(target.dialect);
        let session = target.session.as_mut();
        let read = async {
            let revisions = db::read_all(session, server).await?;
            let found = db::query(session, server.first_object()).await?;
            Ok((revisions, found))
        };
        let (revisions, found) = read.await.map_err(|error| server.error(&target.name, &error))?;
        let found = found.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        Ok(Self { target, revisions, found, _lock: lock })
    }

    /// What is pending.
    pub(super) fn pending<'a>(&self, files: &'a [File], options: &Options<'_>) -> Result<Todo<'a>> {
        db::pending(files, &self.revisions, self.found.as_deref(), options)
    }

    /// Runs what is pending; a failure comes with the log of what was done before it.
    pub(super) async fn run(
        &mut self,
        cx: &Context,
        todo: &Todo<'_>,
        undertaking: &Undertaking,
        watch: &mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Result<(ApplyLog, Option<Error>)> {
        let server = db::server(self.target.dialect);
        let run = db::Run {
            server,
            dialect: self.target.dialect.ops(),
            name: &self.target.name,
            clock: &cx.clock,
            undertaking,
        };
        let session = self.target.session.as_mut();
        let watch = &mut |progress: Progress<'_>| {
            if let Progress::Ended(file) = progress
                && file.failure.is_none()
            {
                cx.committed.store(true, Ordering::Relaxed);
            }
            watch(progress);
        };
        let applied = if cx.audience == Audience::Log {
            db::apply(&mut Discreet::new(session, server), todo, run, watch).await?
        } else {
            db::apply(session, todo, run, watch).await?
        };
        Ok((applied.log, applied.failure))
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

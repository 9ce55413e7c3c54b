//! Running pending files on a target, with their bookkeeping in the same transactions.

mod alone;
mod guards;
mod revert;
mod together;
mod words;

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;

pub(super) use guards::objection;
pub use revert::revert;

use super::{
    Begun, DbError, File, Progress, Resume, Revision, RevisionType, Server, Session, Todo, Undertaking,
    history, query, revisions,
};
use crate::{
    dialect::Dialect,
    error::{Error, Kind, Result},
    migrations::{Role, TxMode},
    report::{AppliedFile, ApplyLog, CheckLog, Fate},
};

/// Tells the time; only the edge of the program reads the real clock.
pub type Clock<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);

/// How often a transaction is tried where another connection is in the way, each time after the
/// connection's own patience.
const TRIES: usize = 5;

/// What a run needs besides the connection and the files.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// How the server runs statements.
    pub server: &'a dyn Server,
    /// How the server's statements are read.
    pub dialect: &'a dyn Dialect,
    /// The database for people, see [`super::Target::name`].
    pub name: &'a str,
    /// The clock.
    pub clock: Clock<'a>,
    /// On whose behalf.
    pub undertaking: &'a Undertaking,
}

/// What happens while files run, for whoever watches.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A file begins.
    Begins(&'a File),
    /// The checks of a file were made, with what they said.
    Checked(&'a File, &'a [CheckLog]),
    /// A statement was run.
    Ran {
        /// The statement.
        statement: &'a str,
        /// How long it took, in milliseconds.
        millis: u64,
    },
    /// A file is at its end, or failed for the reason in it.
    Ended(&'a AppliedFile),
    /// Something was committed: from here on the target is another.
    Committed,
}

/// Who watches a run.
pub type Watch<'a> = &'a mut (dyn FnMut(Event<'_>) + Send);

/// What was done, and why it stopped where it did not do everything.
#[derive(Debug)]
pub struct Applied {
    /// What was done.
    pub log: ApplyLog,
    /// Why it stopped: [`Kind::Partial`] where the target is no longer as before.
    pub failure: Option<Error>,
}

/// Says what [`apply`] would run, without any connection.
pub fn dry_run(todo: &Todo<'_>, dialect: &dyn Dialect, target: &str, now: Timestamp) -> Result<ApplyLog> {
    words::refuse_unfit(todo, dialect)?;
    let mut log = begin_log(todo, target, now);
    for (at, file) in todo.files.iter().enumerate() {
        let skipped = todo.resume.filter(|_| at == 0).map_or(0, |resume| resume.done);
        let statements = file.texts().skip(skipped).map(|sql| (sql.to_owned(), 0)).collect();
        log.files.push(AppliedFile { skipped, statements, fate: Fate::Kept, ..blank(file, now) });
    }
    log.to = todo.files.last().map(|file| file.version.clone()).or(log.to);
    Ok(log)
}

/// Runs the files in order, in the transactions that they and the run ask for, up to the first failure.
///
/// An error is returned where nothing was even begun; later failures come with the log.
pub async fn apply(
    session: &mut dyn Session,
    todo: &Todo<'_>,
    run: Run<'_>,
    watch: Watch<'_>,
) -> Result<Applied> {
    words::refuse_unfit(todo, run.dialect)?;
    let started = (run.clock)();
    let mut runner = Runner { session, run, watch, changed: false, ensured: false };
    if !todo.baseline.is_empty() {
        runner.baseline(&todo.baseline).await?;
    }
    let mut log = begin_log(todo, run.name, started);
    let outcome = match todo.mode {
        TxMode::All => runner.all(todo, &mut log).await,
        TxMode::File | TxMode::None => runner.each(todo, &mut log).await,
    };
    log.millis = millis(started, (run.clock)());
    let changed = runner.changed;
    let failure = outcome.err();
    let failure = failure.map(|error| if changed { error.kind_is(Kind::Partial) } else { error });
    Ok(Applied { log, failure })
}

struct Runner<'s, 'r> {
    session: &'s mut dyn Session,
    run: Run<'r>,
    watch: Watch<'s>,
    /// Whether something was committed.
    changed: bool,
    /// Whether the tables of the bookkeeping are there.
    ensured: bool,
}

impl Runner<'_, '_> {
    /// Runs each file for itself.
    async fn each(&mut self, todo: &Todo<'_>, log: &mut ApplyLog) -> Result<()> {
        for (at, file) in todo.files.iter().enumerate() {
            let resume = todo.resume.filter(|_| at == 0);
            (self.watch)(Event::Begins(file));
            let mut entry = blank(file, (self.run.clock)());
            entry.skipped = resume.map_or(0, |resume| resume.done);
            let outcome = match file.mode.unwrap_or(todo.mode) {
                TxMode::None => self.alone(file, resume, &mut entry).await,
                TxMode::File | TxMode::All => self.together(file, resume, &mut entry).await,
            };
            entry.millis = millis(entry.started_at, (self.run.clock)());
            (self.watch)(Event::Ended(&entry));
            log.files.push(entry);
            outcome?;
            if file.role != Role::Repeatable {
                log.to = Some(file.version.clone());
            }
        }
        Ok(())
    }

    /// Writes that the database has these files already.
    async fn baseline(&mut self, files: &[&File]) -> Result<()> {
        let begun = self.begin().await?;
        let now = (self.run.clock)();
        let mut written = self.write_baseline(files, now).await;
        if written.is_ok() {
            written = self.commit(&begun).await;
        }
        if let Err(error) = written {
            self.run.server.rollback(self.session, &begun).await;
            return Err(self.outside(&error));
        }
        Ok(())
    }

    async fn write_baseline(&mut self, files: &[&File], now: Timestamp) -> Result<(), DbError> {
        revisions::ensure(self.session, self.run.server).await?;
        history::ensure(self.session, self.run.server).await?;
        for file in files {
            let revision = Revision { kind: RevisionType::BASELINE, total: 0, ..self.revision(file) };
            revisions::write(self.session, self.run.server, &revision, now).await?;
            if file.role == Role::Repeatable {
                // Its text decides whether it runs again.
                self.enter_history(file, None, now).await?;
                let progress = Progress { done: file.statements.len(), ..Progress::default() };
                let (server, version) = (self.run.server, &file.version);
                history::advance(self.session, server, version, &progress, Some(now)).await?;
            }
        }
        Ok(())
    }

    /// Makes the tables and sees that nobody was faster: the transaction keeps everybody else out.
    async fn claim(&mut self, file: &File, resume: Option<Resume>) -> Result<()> {
        let run = self.run;
        let fail = |error: DbError| run.server.error(run.name, &error);
        // Once a run: what a rolled back transaction takes with it ends the run, too.
        if !self.ensured {
            revisions::ensure(self.session, run.server).await.map_err(fail)?;
            history::ensure(self.session, run.server).await.map_err(fail)?;
            self.ensured = true;
        }
        let found = self.applied(file).await.map_err(fail)?;
        let expected = resume.map(|resume| resume.done.to_string());
        if found == expected || file.role == Role::Repeatable {
            return Ok(());
        }
        Err(Error::outside(format!("another run applied `{}` in the meantime", file.source.path()))
            .hint("start the run again: it takes up what is left"))
    }

    /// How many statements of a file ran, as its row says; none where it has no row.
    async fn applied(&mut self, file: &File) -> Result<Option<String>, DbError> {
        let select = format!(
            "SELECT applied FROM {} WHERE version = {}",
            revisions::REVISIONS_TABLE,
            self.run.server.literal(&file.version)
        );
        let rows = query(self.session, select).await?;
        Ok(rows.into_iter().next().map(|row| row.into_iter().next().flatten().unwrap_or_default()))
    }

    /// The row of a file, as it is before its first statement.
    fn revision(&self, file: &File) -> Revision {
        Revision {
            version: file.version.clone(),
            description: file.description.clone(),
            kind: RevisionType::EXECUTED,
            total: file.statements.len() as u64,
            hash: file.hash.strip_prefix("h1:").unwrap_or(&file.hash).to_owned(),
            operator: self.run.undertaking.operator.clone(),
            ..Revision::default()
        }
    }

    /// Writes that a file is done.
    async fn record(
        &mut self,
        file: &File,
        resume: Option<Resume>,
        started: Timestamp,
    ) -> Result<(), DbError> {
        let now = (self.run.clock)();
        let revision = Revision {
            applied: file.statements.len() as u64,
            execution_time: i64::try_from(now.duration_since(started).as_nanos()).unwrap_or(i64::MAX),
            ..self.revision(file)
        };
        revisions::write(self.session, self.run.server, &revision, started).await?;
        if resume.is_none_or(|resume| !resume.recorded) {
            let run = self.run;
            return history::begin(self.session, run.server, file, run.undertaking, started, Some(now)).await;
        }
        self.enter_history(file, resume, started).await?;
        let progress = Progress { done: file.statements.len(), ..Progress::default() };
        history::advance(self.session, self.run.server, &file.version, &progress, Some(now)).await
    }

    /// Writes into the history that a file begins, or begins again.
    async fn enter_history(
        &mut self,
        file: &File,
        resume: Option<Resume>,
        started: Timestamp,
    ) -> Result<(), DbError> {
        let run = self.run;
        if resume.is_some_and(|resume| resume.recorded) {
            return history::renew(self.session, run.server, file).await;
        }
        history::begin(self.session, run.server, file, run.undertaking, started, None).await
    }

    /// Opens the transaction of a file, however often another connection is in the way.
    async fn begin(&mut self) -> Result<Begun> {
        let mut delays = delays();
        loop {
            match self.run.server.begin(self.session).await {
                Err(error) if self.run.server.is_busy(&error) => match delays.next() {
                    Some(delay) => tokio::time::sleep(delay).await,
                    None => return Err(self.outside(&error)),
                },
                outcome => return outcome.map_err(|error| self.outside(&error)),
            }
        }
    }

    async fn commit(&mut self, begun: &Begun) -> Result<(), DbError> {
        let mut delays = delays();
        loop {
            match self.run.server.commit(self.session, begun).await {
                Err(error) if self.run.server.is_busy(&error) => match delays.next() {
                    Some(delay) => tokio::time::sleep(delay).await,
                    None => return Err(error),
                },
                Ok(()) => {
                    self.committed();
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn committed(&mut self) {
        self.changed = true;
        (self.watch)(Event::Committed);
    }

    /// The failure as one of the database rather than of a statement.
    fn outside(&self, error: &DbError) -> Error {
        self.run.server.error(self.run.name, error)
    }
}

fn delays() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(2))
        .with_max_times(TRIES)
        .with_jitter()
        .build()
}

fn begin_log(todo: &Todo<'_>, target: &str, now: Timestamp) -> ApplyLog {
    let baseline = todo.baseline.last().map(|file| file.version.clone());
    ApplyLog {
        target: target.to_owned(),
        from: todo.current.clone(),
        to: baseline.or_else(|| todo.current.clone()),
        files: Vec::new(),
        pending: todo.files.len(),
        started_at: now,
        millis: 0,
    }
}

fn blank(file: &File, now: Timestamp) -> AppliedFile {
    AppliedFile {
        path: file.source.path().to_owned(),
        version: file.version.clone(),
        description: file.description.clone(),
        checks: Vec::new(),
        skipped: 0,
        statements: Vec::new(),
        total: file.statements.len(),
        fate: Fate::RolledBack,
        failure: None,
        started_at: now,
        millis: 0,
    }
}

fn millis(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}

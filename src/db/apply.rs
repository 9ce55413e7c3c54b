//! Running pending files on a target: one transaction a file, with its bookkeeping inside it.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;

use super::{
    Begun, DbError, File, Record, Revision, RevisionType, Server, Session, Todo, Undertaking, execute,
    history, query, revisions, unfit,
};
use crate::{
    dialect::Dialect,
    error::{Error, Kind, Result},
    report::{AppliedFile, ApplyLog, Failure},
    text::Span,
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
pub enum Progress<'a> {
    /// A file begins.
    Begins(&'a File),
    /// A statement was run.
    Ran {
        /// The statement.
        statement: &'a str,
        /// How long it took, in milliseconds.
        millis: u64,
    },
    /// A file is committed, or rolled back for the reason in it.
    Ended(&'a AppliedFile),
}

/// What was done, and why it stopped where it did not do everything.
#[derive(Debug)]
pub struct Applied {
    /// What was done.
    pub log: ApplyLog,
    /// Why it stopped: [`Kind::Outside`] where the target is as before, [`Kind::Partial`] where some
    /// files were committed.
    pub failure: Option<Error>,
}

/// Says what [`apply`] would run, without any connection.
pub fn dry_run(todo: &Todo<'_>, dialect: &dyn Dialect, target: &str) -> Result<ApplyLog> {
    refuse_unsupported(todo, dialect)?;
    let files: Vec<AppliedFile> = todo
        .files
        .iter()
        .map(|file| AppliedFile {
            statements: file.statements.iter().map(|span| (file.source.slice(*span).to_owned(), 0)).collect(),
            ..blank(file)
        })
        .collect();
    let to = files.last().map(|file| file.version.clone());
    let base = todo.baseline.map(|file| file.version.clone());
    Ok(ApplyLog {
        target: target.to_owned(),
        from: todo.current.clone(),
        to: to.or(base).or_else(|| todo.current.clone()),
        pending: files.len(),
        files,
        millis: 0,
    })
}

/// Runs the files in order, each in a transaction with its bookkeeping, up to the first failure.
///
/// An error is returned where nothing was even begun; later failures come with the log.
pub async fn apply(
    session: &mut dyn Session,
    todo: &Todo<'_>,
    run: Run<'_>,
    watch: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Applied> {
    refuse_unsupported(todo, run.dialect)?;
    let started = (run.clock)();
    let mut runner = Runner { session, run };
    if let Some(baseline) = todo.baseline {
        runner.baseline(baseline).await?;
    }
    let start = todo.baseline.map(|file| file.version.clone()).or_else(|| todo.current.clone());
    let mut log = ApplyLog {
        target: run.name.to_owned(),
        from: todo.current.clone(),
        to: start,
        files: Vec::new(),
        pending: todo.files.len(),
        millis: 0,
    };
    let mut failure = None;
    for file in &todo.files {
        watch(Progress::Begins(file));
        let mut entry = blank(file);
        let outcome = runner.file(file, &mut entry, watch).await;
        watch(Progress::Ended(&entry));
        log.files.push(entry);
        match outcome {
            Ok(()) => log.to = Some(file.version.clone()),
            Err(error) => {
                let changed = log.files.len() > 1 || todo.baseline.is_some();
                failure = Some(if changed { error.kind_is(Kind::Partial) } else { error });
                break;
            }
        }
    }
    log.millis = millis(started, (run.clock)());
    Ok(Applied { log, failure })
}

/// Refuses, before anything runs, what cannot be kept whole in one transaction.
fn refuse_unsupported(todo: &Todo<'_>, dialect: &dyn Dialect) -> Result<()> {
    for file in &todo.files {
        for span in &file.statements {
            let sql = file.source.slice(*span);
            if let Some(unfit) = unfit(dialect, &dialect.classify(sql), sql) {
                let line = file.source.position(span.start).line;
                let why = unfit.why();
                return Err(Error::usage(format!("line {line} of `{}` {why}", file.source.path()))
                    .at(&file.source, *span, why)
                    .hint(unfit.hint()));
            }
        }
    }
    Ok(())
}

struct Runner<'s, 'r> {
    session: &'s mut dyn Session,
    run: Run<'r>,
}

impl Runner<'_, '_> {
    async fn baseline(&mut self, file: &File) -> Result<()> {
        let begun = self.begin().await?;
        let now = (self.run.clock)();
        let revision = Revision { kind: RevisionType::BASELINE, ..self.revision(file) };
        let mut written = revisions::ensure(self.session, self.run.server).await;
        if written.is_ok() {
            written = revisions::write(self.session, self.run.server, &revision, now).await;
        }
        if written.is_ok() {
            written = self.commit(&begun).await;
        }
        if let Err(error) = written {
            self.run.server.rollback(self.session, &begun).await;
            return Err(self.run.server.error(self.run.name, &error));
        }
        Ok(())
    }

    async fn file(
        &mut self,
        file: &File,
        entry: &mut AppliedFile,
        watch: &mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Result<()> {
        let started = (self.run.clock)();
        let begun = self.begin().await?;
        let mut outcome = self.inside(file, &begun, entry, started, watch).await;
        if outcome.is_ok()
            && let Err(error) = self.commit(&begun).await
        {
            outcome = Err(self.uncommitted(file, &error));
        }
        if outcome.is_err() {
            self.run.server.rollback(self.session, &begun).await;
        }
        entry.millis = millis(started, (self.run.clock)());
        outcome
    }

    /// Everything between BEGIN and COMMIT.
    async fn inside(
        &mut self,
        file: &File,
        begun: &Begun,
        entry: &mut AppliedFile,
        started: Timestamp,
        watch: &mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Result<()> {
        self.claim(file).await?;
        for span in &file.statements {
            let statement = file.source.slice(*span);
            let before = (self.run.clock)();
            let ran = execute(self.session, statement).await;
            let millis = millis(before, (self.run.clock)());
            if let Err(error) = ran {
                entry.failure = Some(failure(file, *span, &error));
                return Err(refused(file, *span, error));
            }
            watch(Progress::Ran { statement, millis });
            entry.statements.push((statement.to_owned(), millis));
        }
        if let Err(error) = self.run.server.check(self.session, begun).await {
            let span = file.statements.last().copied().unwrap_or_default();
            entry.failure = Some(failure(file, span, &error));
            return Err(refused(file, span, error));
        }
        self.record(file, started).await.map_err(|error| self.run.server.error(self.run.name, &error))
    }

    /// Makes the tables and sees that nobody was faster: the transaction keeps everybody else out.
    async fn claim(&mut self, file: &File) -> Result<()> {
        let run = self.run;
        let fail = |error: DbError| run.server.error(run.name, &error);
        revisions::ensure(self.session, run.server).await.map_err(fail)?;
        history::ensure(self.session, run.server).await.map_err(fail)?;
        let sql = format!(
            "SELECT 1 FROM {} WHERE version = {}",
            revisions::REVISIONS_TABLE,
            run.server.literal(&file.version)
        );
        if query(self.session, sql).await.map_err(fail)?.is_empty() {
            return Ok(());
        }
        Err(Error::outside(format!("another run applied `{}` in the meantime", file.source.path()))
            .hint("start the run again: it takes up what is left"))
    }

    async fn record(&mut self, file: &File, started: Timestamp) -> Result<(), DbError> {
        let now = (self.run.clock)();
        let total = file.statements.len() as u64;
        let revision = Revision {
            applied: total,
            total,
            execution_time: i64::try_from(now.duration_since(started).as_nanos()).unwrap_or(i64::MAX),
            ..self.revision(file)
        };
        revisions::write(self.session, self.run.server, &revision, started).await?;
        let record = Record {
            version: &file.version,
            path: file.source.path(),
            text: file.source.text(),
            hash: bare(&file.hash),
            statements: file.statements.len(),
            started_at: started,
            finished_at: now,
        };
        history::write(self.session, self.run.server, &record, self.run.undertaking).await
    }

    fn revision(&self, file: &File) -> Revision {
        Revision {
            version: file.version.clone(),
            description: file.description.clone(),
            kind: RevisionType::EXECUTED,
            hash: bare(&file.hash).to_owned(),
            operator: self.run.undertaking.operator.clone(),
            ..Revision::default()
        }
    }

    async fn begin(&mut self) -> Result<Begun> {
        let mut delays = delays();
        loop {
            match self.run.server.begin(self.session).await {
                Ok(begun) => return Ok(begun),
                Err(error) if self.run.server.is_busy(&error) => match delays.next() {
                    Some(delay) => tokio::time::sleep(delay).await,
                    None => return Err(self.run.server.error(self.run.name, &error)),
                },
                Err(error) => return Err(self.run.server.error(self.run.name, &error)),
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
                outcome => return outcome,
            }
        }
    }

    fn uncommitted(&self, file: &File, error: &DbError) -> Error {
        let path = file.source.path();
        if error.lost {
            return Error::new(
                Kind::Partial,
                format!("the connection broke while `{path}` was being committed"),
            )
            .because(error.clone())
            .hint("`plinth migrate status` says whether it was committed");
        }
        let error = self.run.server.error(self.run.name, error);
        Error::outside(format!("`{path}` could not be committed, nothing of it was kept")).because(error)
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

fn refused(file: &File, span: Span, error: DbError) -> Error {
    let at = file.source.position(span.start);
    Error::outside(format!(
        "`{}` failed at line {}, column {}: nothing of the file was kept",
        file.source.path(),
        at.line,
        at.column
    ))
    .at(&file.source, span, "refused by the database")
    .because(error)
}

fn failure(file: &File, span: Span, error: &DbError) -> Failure {
    Failure {
        line: file.source.position(span.start).line,
        statement: file.source.slice(span).to_owned(),
        message: error.message.clone(),
    }
}

fn blank(file: &File) -> AppliedFile {
    AppliedFile {
        path: file.source.path().to_owned(),
        version: file.version.clone(),
        description: file.description.clone(),
        statements: Vec::new(),
        total: file.statements.len(),
        failure: None,
        millis: 0,
    }
}

/// The hash as Atlas writes it into the table, without the mark of its kind.
fn bare(hash: &str) -> &str {
    hash.strip_prefix("h1:").unwrap_or(hash)
}

fn millis(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}

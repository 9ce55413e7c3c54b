//! A file whose statements stand for themselves: each with its bookkeeping in one transaction, where the server
//! can, so that a run that was killed goes on at the right one.

use jiff::Timestamp;

use super::{Event, Runner, millis, words};
use crate::{
    db::{Bookkeeping, DbError, File, Progress, Resume, Revision, execute, history, revisions},
    error::Result,
    migrations::partial_hashes,
    report::{AppliedFile, Fate},
    sql::{Facts, Kind, Transaction},
};

/// So many hashes are written into a revisions row; each row is written as often as the file has statements.
///
/// Behind that the row holds none, and the history alone proves what ran: Atlas stops there instead of going on.
const MOST_HASHES: usize = 1_000;

/// How far a file is.
struct Position<'a> {
    file: &'a File,
    /// The running hash after each statement.
    hashes: Vec<String>,
    /// How many statements ran, and are committed or in the file's own open transaction.
    done: usize,
    /// How many of them are committed.
    kept: usize,
    /// Whether the file has begun a transaction of its own.
    open: bool,
    started: Timestamp,
}

impl Runner<'_, '_> {
    /// Runs one file statement by statement.
    pub(super) async fn alone(
        &mut self,
        file: &File,
        resume: Option<Resume>,
        entry: &mut AppliedFile,
    ) -> Result<()> {
        let done = resume.map_or(0, |resume| resume.done);
        let hashes = partial_hashes(file.texts());
        let started = entry.started_at;
        let mut position = Position { file, hashes, done, kept: done, open: false, started };
        self.enter(&position, resume, entry).await?;
        self.restore_settings(file, done).await?;
        let outcome = self.rest(&mut position, entry).await;
        if outcome.is_err() {
            entry.fate = if position.kept > 0 { Fate::Partial } else { Fate::RolledBack };
        } else {
            entry.fate = Fate::Kept;
        }
        outcome
    }

    /// Claims the file, and writes its row before anything of it runs.
    async fn enter(
        &mut self,
        position: &Position<'_>,
        resume: Option<Resume>,
        entry: &mut AppliedFile,
    ) -> Result<()> {
        self.open_short().await?;
        let entered = async {
            self.claim(position.file, resume).await?;
            if position.done == 0 {
                self.guards(position.file, entry).await?;
            }
            let written = async {
                self.enter_history(position.file, resume, position.started).await?;
                self.advance(position, None).await
            };
            written.await.map_err(|error| self.outside(&error))?;
            execute(self.session, "COMMIT").await.map_err(|error| self.outside(&error))
        }
        .await;
        if entered.is_err() {
            execute(self.session, "ROLLBACK").await.ok();
        } else if position.is_whole() {
            self.committed();
        }
        entered
    }

    async fn rest(&mut self, position: &mut Position<'_>, entry: &mut AppliedFile) -> Result<()> {
        while position.done < position.file.statements.len() {
            let (at, file) = (position.done, position.file);
            let statement = file.statement(at);
            let before = (self.run.clock)();
            if let Err(error) = self.one(position, &self.run.dialect.classify(statement)).await {
                self.give_up(position, at, &error).await;
                entry.failure = Some(words::failure(file, at, &error));
                return Err(words::stopped(file, at, position.kept, error));
            }
            let millis = millis(before, (self.run.clock)());
            (self.watch)(Event::Ran { statement, millis });
            entry.statements.push((statement.to_owned(), millis));
        }
        if position.open {
            let error = DbError::new("the transaction that the file begins has no end in it");
            let last = position.file.statements.len().saturating_sub(1);
            self.give_up(position, last, &error).await;
            entry.failure = Some(words::failure(position.file, last, &error));
            return Err(words::stopped(position.file, last, position.kept, error));
        }
        Ok(())
    }

    /// Runs the next statement, with its bookkeeping in the same transaction where that is possible.
    async fn one(&mut self, position: &mut Position<'_>, facts: &Facts) -> Result<(), DbError> {
        let statement = position.file.statement(position.done).to_owned();
        match (&facts.kind, position.open) {
            (Kind::Transaction(Transaction::Begin), false) => {
                self.busy_execute(&statement).await?;
                position.open = true;
                self.still_ours(position).await?;
                position.done += 1;
                self.advance(position, None).await
            }
            (Kind::Transaction(Transaction::Commit), true) => {
                // Before it: the row is committed with what it is about, or with nothing.
                position.done += 1;
                self.advance(position, None).await?;
                self.busy_execute(&statement).await?;
                position.open = false;
                position.kept = position.done;
                self.committed();
                Ok(())
            }
            (Kind::Transaction(Transaction::Rollback), true) => {
                execute(self.session, statement).await?;
                position.open = false;
                position.done += 1;
                self.note(position, None).await?;
                position.kept = position.done;
                Ok(())
            }
            (Kind::Transaction(_), false) => Err(DbError::new(
                "a statement that ends a transaction, or a savepoint, without a BEGIN above it",
            )),
            (_, true) => {
                execute(self.session, statement).await?;
                position.done += 1;
                self.advance(position, None).await
            }
            (_, false) if self.run.server.bookkeeping(facts) == Bookkeeping::Shared => {
                self.shared(position, &statement).await
            }
            (_, false) => self.unshared(position, &statement).await,
        }
    }

    /// One statement and its bookkeeping in one transaction.
    async fn shared(&mut self, position: &mut Position<'_>, statement: &str) -> Result<(), DbError> {
        self.busy_execute(self.run.server.begin_short()).await?;
        let outcome = async {
            self.still_ours(position).await?;
            execute(self.session, statement).await?;
            position.done += 1;
            self.advance(position, None).await?;
            self.busy_execute("COMMIT").await
        }
        .await;
        if outcome.is_err() {
            position.done = position.kept;
            execute(self.session, "ROLLBACK").await.ok();
            return outcome;
        }
        position.kept = position.done;
        self.committed();
        Ok(())
    }

    /// A statement that no transaction can hold: what is about to happen is written down before it.
    async fn unshared(&mut self, position: &mut Position<'_>, statement: &str) -> Result<(), DbError> {
        self.note(position, Some(position.done)).await?;
        self.busy_execute(statement).await?;
        position.done += 1;
        self.note(position, None).await?;
        position.kept = position.done;
        self.committed();
        Ok(())
    }

    /// Sets again what earlier statements of the file set for the connection that they ran on.
    async fn restore_settings(&mut self, file: &File, done: usize) -> Result<()> {
        let mut within = false;
        for at in 0..done {
            let facts = self.run.dialect.classify(file.statement(at));
            match facts.kind {
                Kind::Transaction(Transaction::Begin) => within = true,
                Kind::Transaction(Transaction::Commit | Transaction::Rollback) => within = false,
                _ => {}
            }
            if self.run.server.sets_connection(&facts, within) {
                let set = execute(self.session, file.statement(at)).await;
                set.map_err(|error| words::stopped(file, at, done, error))?;
            }
        }
        Ok(())
    }

    /// Writes down how far the file is, in a transaction of its own.
    async fn note(&mut self, position: &Position<'_>, intent: Option<usize>) -> Result<(), DbError> {
        self.busy_execute(self.run.server.begin_short()).await?;
        let noted = async {
            self.still_ours(position).await?;
            self.advance(position, intent).await?;
            self.busy_execute("COMMIT").await
        }
        .await;
        if noted.is_err() {
            execute(self.session, "ROLLBACK").await.ok();
        }
        noted
    }

    /// Writes down how far the file is, in the transaction that is open.
    ///
    /// With its last statement the file is finished: between the two a run could be killed, and the next one
    /// would see nothing left to do.
    async fn advance(&mut self, position: &Position<'_>, intent: Option<usize>) -> Result<(), DbError> {
        let revision = self.row(position);
        revisions::write(self.session, self.run.server, &revision, position.started).await?;
        let (run, progress) = (self.run, position.progress(intent));
        let finished = position.is_whole().then(|| (run.clock)());
        history::advance(self.session, run.server, &position.file.version, &progress, finished).await
    }

    fn row(&self, position: &Position<'_>) -> Revision {
        let hashes = &position.hashes[..position.done];
        let now = (self.run.clock)();
        Revision {
            applied: position.done as u64,
            partial_hashes: if position.is_whole() || hashes.len() > MOST_HASHES {
                Vec::new()
            } else {
                hashes.to_vec()
            },
            execution_time: i64::try_from(now.duration_since(position.started).as_nanos())
                .unwrap_or(i64::MAX),
            ..self.revision(position.file)
        }
    }

    /// Rolls back what the file left open, and writes down why it stopped.
    async fn give_up(&mut self, position: &mut Position<'_>, at: usize, error: &DbError) {
        if position.open {
            execute(self.session, "ROLLBACK").await.ok();
            position.open = false;
        }
        position.done = position.kept;
        let revision = Revision {
            error: Some(error.message.clone()),
            error_statement: Some(position.file.statement(at).to_owned()),
            ..self.row(position)
        };
        // The failure itself is what is reported; the row says the same where it can be written.
        if self.busy_execute(self.run.server.begin_short()).await.is_err() {
            return;
        }
        let written = async {
            self.still_ours(position).await?;
            revisions::write(self.session, self.run.server, &revision, position.started).await
        };
        let end = if written.await.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.busy_execute(end).await.ok();
    }

    /// Refuses to go on where another run did, which shares no lock with this one, in the transaction that is open.
    async fn still_ours(&mut self, position: &Position<'_>) -> Result<(), DbError> {
        let applied = self.applied(position.file).await?;
        if applied.is_some_and(|applied| applied == position.kept.to_string()) {
            return Ok(());
        }
        Err(DbError::new("another run goes on with this file"))
    }

    /// Opens a short transaction, however often another connection is in the way.
    pub(super) async fn open_short(&mut self) -> Result<()> {
        self.busy_execute(self.run.server.begin_short()).await.map_err(|error| self.outside(&error))
    }

    /// Runs a statement again while another connection is in the way, some times.
    pub(super) async fn busy_execute(&mut self, sql: &str) -> Result<(), DbError> {
        let mut delays = super::delays();
        loop {
            match execute(self.session, sql).await {
                Err(error) if self.run.server.is_busy(&error) => match delays.next() {
                    Some(delay) => tokio::time::sleep(delay).await,
                    None => return Err(error),
                },
                outcome => return outcome,
            }
        }
    }
}

impl Position<'_> {
    /// Whether every statement ran.
    fn is_whole(&self) -> bool {
        self.done == self.file.statements.len()
    }

    fn progress(&self, intent: Option<usize>) -> Progress {
        let hash = self.done.checked_sub(1).and_then(|last| self.hashes.get(last)).cloned();
        Progress { done: self.done, hash, intent }
    }
}

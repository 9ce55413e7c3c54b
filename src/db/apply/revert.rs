//! Reverting applied files: each way down is one transaction with its bookkeeping, unless it wants its statements to
//! stand for themselves.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Applied, Event, Run, Runner, Watch, blank, millis, words};
use crate::{
    db::{
        Begun, Bookkeeping, DbError, Progress, REVISIONS_TABLE, Reversal, Session, WayDown, down, execute,
        history, revisions,
    },
    error::{Error, Kind, Result},
    migrations::{TxMode, partial_hashes},
    report::{AppliedFile, ApplyLog, Fate},
    sql,
};

/// Goes the way down, up to the first failure.
///
/// An error is returned where nothing was even begun; later failures come with the log.
pub async fn revert(
    session: &mut dyn Session,
    way: &WayDown,
    run: Run<'_>,
    watch: Watch<'_>,
) -> Result<Applied> {
    for reversal in &way.reversals {
        refuse_unfit(reversal, run)?;
    }
    let started = (run.clock)();
    let mut log = ApplyLog {
        target: run.name.to_owned(),
        from: way.current.clone(),
        to: way.current.clone(),
        files: Vec::new(),
        pending: way.len(),
        started_at: started,
        millis: 0,
    };
    let mut runner = Runner { session, run, watch, changed: false };
    let outcome = runner.each_back(way, &mut log).await;
    log.millis = millis(started, (run.clock)());
    let changed = runner.changed;
    let failure = outcome.err();
    let failure = failure.map(|error| if changed { error.kind_is(Kind::Partial) } else { error });
    Ok(Applied { log, failure })
}

/// Refuses what its transactions cannot hold, and what cannot be written down where each statement stands for itself.
fn refuse_unfit(reversal: &Reversal, run: Run<'_>) -> Result<()> {
    let mode = reversal.file.mode.unwrap_or_default();
    for span in &reversal.file.statements {
        let text = reversal.file.source.slice(*span);
        let facts = run.dialect.classify(text);
        if let Some(unfit) = crate::db::unfit(run.dialect, &facts, text, mode) {
            return Err(words::cannot(&reversal.file, *span, unfit, mode));
        }
        if matches!(facts.kind, sql::Kind::Transaction(_)) {
            let line = reversal.file.source.position(span.start).line;
            let path = reversal.file.source.path();
            let why = "controls a transaction, so that how far the way down came cannot be written down";
            return Err(Error::usage(format!("line {line} of `{path}` {why}"))
                .at(&reversal.file.source, *span, why)
                .hint("take `-- atlas:txmode none` and the statement out: a way down is one transaction"));
        }
    }
    Ok(())
}

impl Runner<'_, '_> {
    async fn each_back(&mut self, way: &WayDown, log: &mut ApplyLog) -> Result<()> {
        let mut expected: BTreeSet<&str> = way.versions.iter().map(String::as_str).collect();
        for reversal in &way.reversals {
            (self.watch)(Event::Begins(&reversal.file));
            let mut entry = blank(&reversal.file, (self.run.clock)());
            entry.skipped = reversal.done;
            let outcome = match reversal.file.mode {
                Some(TxMode::None) => self.back_alone(reversal, &expected, &mut entry).await,
                _ => self.back(reversal, &expected, &mut entry).await,
            };
            entry.millis = millis(entry.started_at, (self.run.clock)());
            (self.watch)(Event::Ended(&entry));
            log.files.push(entry);
            outcome?;
            log.to.clone_from(&reversal.to);
            for reverted in &reversal.reverted {
                expected.remove(reverted.version.as_str());
            }
        }
        Ok(())
    }

    /// The way down as one transaction.
    async fn back(
        &mut self,
        reversal: &Reversal,
        expected: &BTreeSet<&str>,
        entry: &mut AppliedFile,
    ) -> Result<()> {
        let begun = self.begin().await?;
        let mut outcome = self.back_inside(reversal, expected, &begun, entry).await;
        if outcome.is_ok()
            && let Err(error) = self.commit(&begun).await
        {
            outcome = Err(words::uncommitted(reversal.file.source.path(), &error, self.run));
        }
        if outcome.is_err() {
            entry.fate = Fate::RolledBack;
            self.run.server.rollback(self.session, &begun).await;
        }
        outcome
    }

    async fn back_inside(
        &mut self,
        reversal: &Reversal,
        expected: &BTreeSet<&str>,
        begun: &Begun,
        entry: &mut AppliedFile,
    ) -> Result<()> {
        let file = &reversal.file;
        self.claim_back(reversal, expected).await?;
        for at in 0..file.statements.len() {
            let before = (self.run.clock)();
            if let Err(error) = execute(self.session, file.statement(at)).await {
                entry.failure = Some(words::failure(file, at, &error));
                return Err(words::refused(file, at, TxMode::File, error));
            }
            self.ran(reversal, at, before, entry);
        }
        if let Err(error) = self.run.server.check(self.session, begun).await {
            let last = file.statements.len().saturating_sub(1);
            entry.failure = Some(words::failure(file, last, &error));
            return Err(words::refused(file, last, TxMode::File, error));
        }
        let recorded = async {
            self.begin_reversal(reversal, entry.started_at).await?;
            self.end_reversal(reversal).await
        };
        recorded.await.map_err(|error| self.outside(&error))
    }

    /// The way down statement by statement: the row goes with the last of them, and says until then what is up.
    async fn back_alone(
        &mut self,
        reversal: &Reversal,
        expected: &BTreeSet<&str>,
        entry: &mut AppliedFile,
    ) -> Result<()> {
        let file = &reversal.file;
        self.open_short().await?;
        let mut entered = self.claim_back(reversal, expected).await;
        if entered.is_ok() && reversal.done == 0 {
            let begun = self.begin_reversal(reversal, entry.started_at).await;
            entered = begun.map_err(|error| self.outside(&error));
        }
        if let Err(error) = self.end_short(entered).await {
            entry.fate = Fate::RolledBack;
            return Err(error);
        }
        for at in reversal.done..file.statements.len() {
            let before = (self.run.clock)();
            if let Err(error) = self.one_back(reversal, at).await {
                entry.fate = if at > 0 { Fate::Partial } else { Fate::RolledBack };
                entry.failure = Some(words::failure(file, at, &error));
                return Err(words::stopped(file, at, at, error));
            }
            self.ran(reversal, at, before, entry);
        }
        self.open_short().await?;
        let ended = self.end_reversal(reversal).await;
        let ended = ended.map_err(|error| self.outside(&error));
        self.end_short(ended).await?;
        self.committed();
        Ok(())
    }

    /// One statement that stands for itself, with how far that is.
    async fn one_back(&mut self, reversal: &Reversal, at: usize) -> Result<(), DbError> {
        let statement = reversal.file.statement(at).to_owned();
        let facts = self.run.dialect.classify(&statement);
        let shared = self.run.server.bookkeeping(&facts) == Bookkeeping::Shared;
        if !shared {
            self.busy_execute(&statement).await?;
        }
        self.busy_execute(self.run.server.begin_short()).await?;
        let outcome = async {
            if shared {
                execute(self.session, &statement).await?;
            }
            self.advance_back(reversal, at + 1).await?;
            self.busy_execute("COMMIT").await
        }
        .await;
        match outcome {
            Ok(()) => self.committed(),
            Err(_) => drop(execute(self.session, "ROLLBACK").await),
        }
        outcome
    }

    fn ran(&mut self, reversal: &Reversal, at: usize, before: Timestamp, entry: &mut AppliedFile) {
        let statement = reversal.file.statement(at);
        let millis = millis(before, (self.run.clock)());
        (self.watch)(Event::Ran { statement, millis });
        entry.statements.push((statement.to_owned(), millis));
    }

    /// Keeps a short transaction, or forgets it.
    async fn end_short(&mut self, outcome: Result<()>) -> Result<()> {
        let ended = match outcome {
            Ok(()) => execute(self.session, "COMMIT").await.map_err(|error| self.outside(&error)),
            Err(error) => Err(error),
        };
        if ended.is_err() {
            execute(self.session, "ROLLBACK").await.ok();
        }
        ended
    }

    /// Sees that nobody applied or reverted anything meanwhile, and that what is dropped is still empty.
    async fn claim_back(&mut self, reversal: &Reversal, expected: &BTreeSet<&str>) -> Result<()> {
        let fail = |error: DbError| self.run.server.error(self.run.name, &error);
        history::ensure(self.session, self.run.server).await.map_err(fail)?;
        let rows = revisions::read_all(self.session, self.run.server).await.map_err(fail)?;
        let found: BTreeSet<&str> = rows.iter().map(|row| row.version.as_str()).collect();
        if found != *expected {
            return Err(Error::outside("another run applied or reverted migrations in the meantime")
                .hint("look at `plinth migrate status`, then start again"));
        }
        if reversal.done > 0 {
            return Ok(());
        }
        for loss in reversal.losses.iter().filter(|loss| loss.then.is_some()) {
            if let Some(why) = down::ask(self.session, loss.then.as_deref()).await {
                return Err(down::refused(reversal, loss, &why, "nothing of it was reverted"));
            }
        }
        Ok(())
    }

    /// Writes into the history that a way down begins.
    async fn begin_reversal(&mut self, reversal: &Reversal, started: Timestamp) -> Result<(), DbError> {
        let run = self.run;
        for reverted in &reversal.reverted {
            let version = &reverted.version;
            let undertaking = run.undertaking;
            history::begin_reversal(self.session, run.server, version, &reversal.file, undertaking, started)
                .await?;
        }
        if reversal.file.mode == Some(TxMode::None) { self.advance_back(reversal, 0).await } else { Ok(()) }
    }

    /// Writes down how far a way down has come; the row says that its version is neither here nor there.
    async fn advance_back(&mut self, reversal: &Reversal, done: usize) -> Result<(), DbError> {
        let total = reversal.file.statements.len();
        let error = format!("reverted in part: {done} of the {total} statements of its way down ran");
        let hash = partial_hashes(reversal.file.texts().take(done)).pop();
        let progress = Progress { done, hash, intent: None };
        for reverted in &reversal.reverted {
            let version = self.run.server.literal(&reverted.version);
            let text = self.run.server.literal(&error);
            let update = format!("UPDATE {REVISIONS_TABLE} SET error = {text} WHERE version = {version}");
            execute(self.session, update).await?;
            history::advance(self.session, self.run.server, &reverted.version, &progress, None).await?;
        }
        Ok(())
    }

    /// Takes the rows away, and writes into the history that the way down is at its end.
    async fn end_reversal(&mut self, reversal: &Reversal) -> Result<(), DbError> {
        let now = (self.run.clock)();
        let progress = Progress { done: reversal.file.statements.len(), ..Progress::default() };
        for reverted in &reversal.reverted {
            let version = self.run.server.literal(&reverted.version);
            let delete = format!("DELETE FROM {REVISIONS_TABLE} WHERE version = {version}");
            execute(self.session, delete).await?;
            history::advance(self.session, self.run.server, &reverted.version, &progress, Some(now)).await?;
        }
        Ok(())
    }
}

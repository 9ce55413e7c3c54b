//! Reverting applied files: each way down is one transaction with its bookkeeping.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Applied, Event, Run, Runner, Watch, blank, millis, words};
use crate::{
    db::{
        Begun, DbError, Progress, REVISIONS_TABLE, Reversal, Session, WayDown, down, execute, history,
        revisions,
    },
    error::{Error, Kind, Result},
    migrations::TxMode,
    report::{AppliedFile, ApplyLog, Fate},
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
    let mut runner = Runner { session, run, watch, changed: false, ensured: false };
    let outcome = runner.each_back(way, &mut log).await;
    log.millis = millis(started, (run.clock)());
    let changed = runner.changed;
    let failure = outcome.err();
    let failure = failure.map(|error| if changed { error.kind_is(Kind::Partial) } else { error });
    Ok(Applied { log, failure })
}

/// Refuses what the transaction of a way down cannot hold.
fn refuse_unfit(reversal: &Reversal, run: Run<'_>) -> Result<()> {
    let source = &reversal.file.source;
    for span in &reversal.file.statements {
        let text = source.slice(*span);
        let facts = run.dialect.classify(text);
        let Some(unfit) = crate::db::unfit(run.dialect, &facts, text, TxMode::File) else { continue };
        let (line, why) = (source.position(span.start).line, unfit.why());
        return Err(Error::usage(format!("line {line} of `{}` {why}", source.path()))
            .at(source, *span, why)
            .hint("take the statement out: a way down is one transaction, whatever its file says, so that it is whole or not at all"));
    }
    Ok(())
}

impl Runner<'_, '_> {
    async fn each_back(&mut self, way: &WayDown, log: &mut ApplyLog) -> Result<()> {
        let mut expected: BTreeSet<&str> = way.versions.iter().map(String::as_str).collect();
        for reversal in &way.reversals {
            (self.watch)(Event::Begins(&reversal.file));
            let mut entry = blank(&reversal.file, (self.run.clock)());
            let outcome = self.back(reversal, &expected, &mut entry).await;
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
        if outcome.is_ok() {
            entry.fate = Fate::Kept;
        } else {
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

    fn ran(&mut self, reversal: &Reversal, at: usize, before: Timestamp, entry: &mut AppliedFile) {
        let statement = reversal.file.statement(at);
        let millis = millis(before, (self.run.clock)());
        (self.watch)(Event::Ran { statement, millis });
        entry.statements.push((statement.to_owned(), millis));
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

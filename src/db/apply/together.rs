//! Files as transactions: one each, or one over all of them.

use super::{Event, Runner, blank, millis, words};
use crate::{
    db::{Begun, File, Resume, Todo, execute},
    error::Result,
    migrations::{Role, TxMode},
    report::{AppliedFile, ApplyLog, Fate},
};

impl Runner<'_, '_> {
    /// Runs one file in a transaction with its bookkeeping.
    pub(super) async fn together(
        &mut self,
        file: &File,
        resume: Option<Resume>,
        entry: &mut AppliedFile,
    ) -> Result<()> {
        let begun = self.begin().await?;
        let mut outcome = self.inside(file, resume, TxMode::File, &begun, entry).await;
        if outcome.is_ok()
            && let Err(error) = self.commit(&begun).await
        {
            outcome = Err(words::uncommitted(file.source.path(), &error, self.run));
        }
        if outcome.is_ok() {
            entry.fate = Fate::Kept;
        } else {
            self.run.server.rollback(self.session, &begun).await;
        }
        outcome
    }

    /// Runs all files in one transaction.
    pub(super) async fn all(&mut self, todo: &Todo<'_>, log: &mut ApplyLog) -> Result<()> {
        if todo.files.is_empty() {
            return Ok(());
        }
        let begun = self.begin().await?;
        let mut outcome = self.all_inside(todo, &begun, log).await;
        if outcome.is_ok()
            && let Err(error) = self.commit(&begun).await
        {
            outcome = Err(words::uncommitted("the files", &error, self.run));
        }
        match outcome {
            Ok(()) => {
                let last = todo.files.iter().rfind(|file| file.role != Role::Repeatable);
                log.to = last.map(|file| file.version.clone()).or(log.to.take());
                Ok(())
            }
            Err(error) => {
                for entry in &mut log.files {
                    entry.fate = Fate::RolledBack;
                }
                self.run.server.rollback(self.session, &begun).await;
                Err(error)
            }
        }
    }

    async fn all_inside(&mut self, todo: &Todo<'_>, begun: &Begun, log: &mut ApplyLog) -> Result<()> {
        for (at, file) in todo.files.iter().enumerate() {
            (self.watch)(Event::Begins(file));
            let mut entry = blank(file, (self.run.clock)());
            let resume = todo.resume.filter(|_| at == 0);
            entry.skipped = resume.map_or(0, |resume| resume.done);
            let outcome = self.inside(file, resume, TxMode::All, begun, &mut entry).await;
            if outcome.is_ok() {
                entry.fate = Fate::Kept;
            }
            entry.millis = millis(entry.started_at, (self.run.clock)());
            (self.watch)(Event::Ended(&entry));
            log.files.push(entry);
            outcome?;
        }
        Ok(())
    }

    /// Everything of a file between BEGIN and COMMIT.
    async fn inside(
        &mut self,
        file: &File,
        resume: Option<Resume>,
        mode: TxMode,
        begun: &Begun,
        entry: &mut AppliedFile,
    ) -> Result<()> {
        self.claim(file, resume).await?;
        if entry.skipped == 0 {
            self.guards(file, entry).await?;
        }
        for at in entry.skipped..file.statements.len() {
            let statement = file.statement(at);
            let before = (self.run.clock)();
            let ran = execute(self.session, statement).await;
            let millis = millis(before, (self.run.clock)());
            if let Err(error) = ran {
                entry.failure = Some(words::failure(file, at, &error));
                return Err(words::refused(file, at, mode, error));
            }
            (self.watch)(Event::Ran { statement, millis });
            entry.statements.push((statement.to_owned(), millis));
        }
        if let Err(error) = self.run.server.check(self.session, begun).await {
            let last = file.statements.len().saturating_sub(1);
            entry.failure = Some(words::failure(file, last, &error));
            return Err(words::refused(file, last, mode, error));
        }
        self.record(file, resume, entry.started_at).await.map_err(|error| self.outside(&error))
    }
}

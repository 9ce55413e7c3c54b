//! Runs one test of migrations on a dev database of its own.

use std::time::Duration;

use crate::{
    db::{self, DbError, Reply, Request, Rows, Session},
    devdb::{self, BaseFile, DevDb},
    error::{Error, Kind, Result},
    testing::{self, Act, Case, Catch, Command, Expected, Message, Outcome, Statement, Statements, Verdict},
};

/// The migrations that a test can go to, in order.
#[derive(Debug)]
pub struct Migrations {
    /// Their versions.
    pub versions: Vec<String>,
    /// Their statements, at the same places.
    pub files: Vec<BaseFile>,
}

/// Runs the test.
///
/// Fails only where no database starts: whatever goes wrong on it is how the test ended.
pub async fn run(path: &str, case: &Case, migrations: &Migrations, dev: &mut DevDb) -> Result<Outcome> {
    let mut outcome = Outcome {
        name: case.name.clone(),
        path: path.to_owned(),
        line: case.line,
        verdict: Verdict::Skipped,
        said: Vec::new(),
        failures: Vec::new(),
        took: Duration::ZERO,
    };
    if case.skip {
        return Ok(outcome);
    }
    let session = dev.database().await?;
    let mut trial =
        Trial { session, dev, migrations, done: 0, said: &mut outcome.said, untouched: true, lost: false };
    for command in &case.commands {
        if let Err(failure) = trial.command(command).await {
            outcome.failures.push(failure);
            break;
        }
    }
    for cleanup in case.cleanups.iter().rev() {
        // Nothing is left to clean up where the database is gone, and that was said.
        if !trial.lost
            && let Err(failure) = trial.all(cleanup).await
        {
            outcome.failures.push(Message::new(failure.line, format!("cleanup: {}", failure.text)));
        }
    }
    trial.session.close().await;
    outcome.verdict = if outcome.failures.is_empty() { Verdict::Passed } else { Verdict::Failed };
    Ok(outcome)
}

struct Trial<'a> {
    session: Box<dyn Session>,
    dev: &'a DevDb,
    migrations: &'a Migrations,
    /// How many of the migrations ran.
    done: usize,
    said: &'a mut Vec<Message>,
    /// Whether nothing but migrations ran.
    untouched: bool,
    /// Whether the database is gone.
    lost: bool,
}

impl Trial<'_> {
    async fn command(&mut self, command: &Command) -> Result<(), Message> {
        let at = |text: String| Message::new(command.line, text);
        self.untouched &= matches!(command.act, Act::Migrate(_) | Act::Log(_));
        match &command.act {
            Act::Migrate(to) => self.migrate(&to.text).await.map_err(at),
            Act::Exec(sql, None) => self.all(sql).await,
            Act::Exec(sql, Some(expected)) => self.compare(sql, expected).await,
            Act::Assert(sql, message) => self.assert(sql, message.as_deref()).await,
            Act::Catch(catch) => self.catch(catch).await.map_err(at),
            Act::Log(message) => {
                self.said.push(at(message.clone()));
                Ok(())
            }
        }
    }

    /// Runs what is missing up to the version, each file as it would be applied.
    async fn migrate(&mut self, to: &str) -> Result<(), String> {
        let upto = self.migrations.versions.iter().position(|version| version == to).map_or(0, |at| at + 1);
        let missing = self.migrations.files.get(self.done..upto).unwrap_or_default();
        // To look for rows that refer to nothing after each file takes long in a long history, and there are no
        // rows but those of the migrations. If something does fail, it shows file by file.
        let together = self.untouched && missing.iter().all(|file| !file.alone);
        if together && self.files(missing).await.is_ok() {
            self.done = upto;
            return Ok(());
        }
        for file in missing {
            self.files(std::slice::from_ref(file)).await?;
            self.done += 1;
        }
        Ok(())
    }

    /// Runs files in one transaction, or one that keeps itself out of it.
    async fn files(&mut self, files: &[BaseFile]) -> Result<(), String> {
        let Some(last) = files.last() else { return Ok(()) };
        if last.alone {
            let ran = devdb::replay(self.session.as_mut(), self.dev.dialect.ops(), files).await;
            return ran.map_err(|error| {
                self.lost |= error.kind() == Kind::Outside;
                said(&error)
            });
        }
        let path = last.source.path();
        let server = self.dev.server();
        let begun = match server.begin(self.session.as_mut()).await {
            Ok(begun) => begun,
            Err(error) => return Err(self.refused(path, &error)),
        };
        let ended = match devdb::replay(self.session.as_mut(), self.dev.dialect.ops(), files).await {
            Err(error) => {
                self.lost |= error.kind() == Kind::Outside;
                Err(said(&error))
            }
            Ok(()) => match server.check(self.session.as_mut(), &begun).await {
                Ok(()) => server.commit(self.session.as_mut(), &begun).await,
                Err(error) => Err(error),
            }
            .map_err(|error| self.refused(path, &error)),
        };
        if ended.is_err() {
            server.rollback(self.session.as_mut(), &begun).await;
        }
        ended
    }

    async fn all(&mut self, sql: &Statements) -> Result<(), Message> {
        for statement in sql.all() {
            self.execute(statement).await?;
        }
        Ok(())
    }

    async fn compare(&mut self, sql: &Statements, expected: &Expected) -> Result<(), Message> {
        for statement in &sql.before {
            self.execute(statement).await?;
        }
        let table = self.rows(&sql.last, Request::Table).await?;
        expected.objection(&table).map_or(Ok(()), |text| Err(Message::new(sql.last.line, text)))
    }

    async fn assert(&mut self, sql: &Statements, message: Option<&str>) -> Result<(), Message> {
        for statement in &sql.before {
            self.execute(statement).await?;
        }
        let rows = self.rows(&sql.last, Request::Query).await?;
        testing::held(&rows).map_err(|reason| {
            let text = message.map_or_else(|| reason.clone(), |message| format!("{message}: {reason}"));
            Message::new(sql.last.line, text)
        })
    }

    async fn catch(&mut self, catch: &Catch) -> Result<(), String> {
        for statement in catch.sql.all() {
            let Err(error) = self.session.call(Request::Query(statement.sql.clone())).await else { continue };
            return match &catch.error {
                _ if error.lost => Err(self.refused_by(&error)),
                Some(expected) if !testing::caught(expected, &error.message) => {
                    Err(format!("the failure is another one\nexpected:\n  {expected}\nfound:\n  {error}"))
                }
                _ => Ok(()),
            };
        }
        Err("nothing failed, a failure was expected".to_owned())
    }

    async fn execute(&mut self, statement: &Statement) -> Result<(), Message> {
        let done = db::execute(self.session.as_mut(), statement.sql.as_str()).await;
        done.map_err(|error| Message::new(statement.line, self.refused_by(&error)))
    }

    async fn rows(&mut self, statement: &Statement, ask: fn(String) -> Request) -> Result<Rows, Message> {
        let answer = self.session.call(ask(statement.sql.clone())).await.and_then(|reply| match reply {
            Reply::Rows(mut answers) if answers.len() == 1 => Ok(answers.remove(0)),
            _ => Err(DbError::lost("the answer does not fit the question")),
        });
        answer.map_err(|error| Message::new(statement.line, self.refused_by(&error)))
    }

    fn refused(&mut self, path: &str, error: &DbError) -> String {
        format!("{path}: {}", self.refused_by(error))
    }

    fn refused_by(&mut self, error: &DbError) -> String {
        self.lost |= error.lost;
        error.message.clone()
    }
}

/// The message and the causes of an error in one line.
fn said(error: &Error) -> String {
    [error.message().to_owned()].into_iter().chain(error.causes()).collect::<Vec<_>>().join(": ")
}

//! Runs new migrations on a dev database and writes down what each statement did.
//!
//! The base is replayed once and inspected once. The new files then run inside one transaction that is
//! rolled back, statement by statement; after each, only the objects that it may have touched are looked
//! at. Then they run again with rows in the tables that they touch.

mod checkpoint;
mod live;
mod seeded;

use std::collections::BTreeSet;

use checkpoint::Checkpoints;
use live::Live;

use crate::{
    db::{self, DbError, Server, Session},
    devdb::{self, BaseFile, DevDb},
    dialect::{Dialect, Scope, Touched},
    diff,
    error::Result,
    finding::Evidence,
    lint::ReviewedFile,
    migrations::TxMode,
    schema::Realm,
    sql::{Alter, Facts, Kind},
    step::{Outcome, Step},
};

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// At the schema before and after each statement.
    State,
    /// At what happens to rows, too.
    Observed,
}

/// What the new files did.
#[derive(Debug, Clone)]
pub struct Traced {
    /// The state before the first new file.
    pub before: Realm,
    /// The state after the last new statement that ran.
    pub after: Realm,
    /// The new files, their steps with changes, outcome and evidence.
    pub files: Vec<ReviewedFile>,
}

/// Runs the new files on a new dev database after the files of the base.
///
/// The steps of `files` hold what their text says; the rest is filled in here. A new statement that
/// fails is an outcome; a base file that fails is an error.
pub async fn trace(
    dialect: &dyn Dialect,
    dev: &mut DevDb,
    base: &[BaseFile],
    mut files: Vec<ReviewedFile>,
    depth: Depth,
) -> Result<Traced> {
    let checkpoints = checkpoint::replay_all(dialect, dev, &files).await?;
    let mut session = dev.database().await?;
    devdb::replay(session.as_mut(), dialect, base).await?;
    let before = db::inspect(session.as_mut(), dialect, Scope::All).await?;
    let mut tracer = Tracer {
        dialect,
        server: dev.server(),
        session: session.as_mut(),
        live: Live::new(dialect, before.clone()),
    };
    tracer.run(&mut files, checkpoints).await?;
    let after = tracer.live.into_realm();
    if depth >= Depth::Observed {
        seeded::run(dialect, dev.server(), session.as_mut(), &before, &mut files).await;
    }
    for file in &mut files {
        dialect.fold(&mut file.steps);
    }
    Ok(Traced { before, after, files })
}

/// Whether the files go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Stop,
}

struct Tracer<'a> {
    dialect: &'a dyn Dialect,
    server: &'a dyn Server,
    session: &'a mut dyn Session,
    live: Live<'a>,
}

impl Tracer<'_> {
    async fn run(&mut self, files: &mut [ReviewedFile], mut checkpoints: Checkpoints) -> Result<()> {
        let begun = match self.server.begin(self.session).await {
            Ok(begun) => begun,
            Err(error) => return Err(self.server.error("dev database", &error)),
        };
        for (at, file) in files.iter_mut().enumerate() {
            if let (Some(checkpoint), Some(ended)) = (&mut file.checkpoint, checkpoints.remove(&at)) {
                checkpoint.replayed = Some(ended.compared_with(self.dialect, self.live.realm()));
            }
            let mut flow = self.file(file).await?;
            if flow == Flow::On
                && let Err(error) = self.server.check(self.session, &begun).await
            {
                fail_at_end(self.dialect, file, error.message);
                flow = Flow::Stop;
            }
            if flow == Flow::Stop {
                break;
            }
        }
        self.server.rollback(self.session, &begun).await;
        Ok(())
    }

    /// Runs the statements of one file; those that change no definition together.
    async fn file(&mut self, file: &mut ReviewedFile) -> Result<Flow> {
        let mut at = 0;
        while at < file.steps.len() {
            let is_quiet =
                |step: &&Step| self.touched(&step.facts) == Touched::Nothing && !is_unfit(&step.facts);
            let quiet = fitting(file.steps[at..].iter().take_while(is_quiet));
            let flow = if quiet > 0 {
                run_together(self.session, file, at, quiet).await
            } else {
                self.alone(file, at).await?
            };
            if flow == Flow::Stop {
                return Ok(Flow::Stop);
            }
            at += quiet.max(1);
        }
        Ok(Flow::On)
    }

    async fn alone(&mut self, file: &mut ReviewedFile, at: usize) -> Result<Flow> {
        if is_passed_over(file, &file.steps[at]) {
            return Ok(Flow::On);
        }
        let (source, mode) = (file.source.clone(), file.mode);
        let step = &mut file.steps[at];
        if let Some(unfit) = db::unfit(self.dialect, &step.facts, source.slice(step.span), mode) {
            step.outcome = Outcome::Failed(format!("the statement {}", unfit.why()));
            return Ok(Flow::Stop);
        }
        let touched = self.touched(&step.facts);
        let mark = if touched == Touched::Everything { self.mark().await } else { None };
        if let Err(error) = db::execute(self.session, source.slice(step.span)).await {
            step.outcome = Outcome::Failed(error.message);
            return Ok(Flow::Stop);
        }
        step.outcome = Outcome::Ran;
        step.evidence = Evidence::State;
        match touched {
            Touched::Nothing => {}
            Touched::Objects(names) => self.look(step, &names).await?,
            Touched::Everything if mark.is_some() && mark == self.mark().await => {}
            Touched::Everything => self.look_at_everything(step).await?,
        }
        Ok(Flow::On)
    }

    async fn look(&mut self, step: &mut Step, names: &[String]) -> Result<()> {
        let after = db::inspect(self.session, self.dialect, Scope::Objects(names)).await?;
        let before = self.live.take(names);
        step.changes = diff::diff(self.dialect, &before, &after);
        self.live.put(after);
        Ok(())
    }

    async fn look_at_everything(&mut self, step: &mut Step) -> Result<()> {
        let after = db::inspect(self.session, self.dialect, Scope::All).await?;
        step.changes = diff::diff(self.dialect, self.live.realm(), &after);
        self.live = Live::new(self.dialect, after);
        Ok(())
    }

    async fn mark(&mut self) -> Option<db::Rows> {
        db::query(self.session, self.server.definitions_mark()).await.ok()
    }

    /// What the dialect says, made narrower by what is known of the state.
    fn touched(&self, facts: &Facts) -> Touched {
        let owner = match &facts.kind {
            Kind::DropIndex { index } => self.live.owner_of_index(index),
            Kind::DropTrigger { trigger } => self.live.owner_of_trigger(trigger),
            _ => None,
        };
        owner.map_or_else(|| self.dialect.touched(facts), |owner| Touched::Objects(vec![owner.to_owned()]))
    }
}

/// Puts what the check at the end of a file found on the statement that it is about, else on the last one.
fn fail_at_end(dialect: &dyn Dialect, file: &mut ReviewedFile, message: String) {
    let about = last_about(dialect, &file.steps, &message, |_| true);
    let message = if about.is_some() { message } else { format!("at the end of the file: {message}") };
    let at = about.or(file.steps.len().checked_sub(1));
    if let Some(step) = at.and_then(|at| file.steps.get_mut(at)) {
        step.outcome = Outcome::Failed(message);
    }
}

/// The last statement that defines or writes a table whose name the message quotes.
fn last_about(
    dialect: &dyn Dialect,
    steps: &[Step],
    message: &str,
    may_be: impl Fn(&Facts) -> bool,
) -> Option<usize> {
    let quoted = |mark: char| message.split(mark).skip(1).step_by(2);
    let quoted: BTreeSet<String> =
        quoted('`').chain(quoted('"')).map(|name| dialect.name_key(name)).collect();
    let is_quoted = |name: &String| quoted.contains(&dialect.name_key(name));
    steps.iter().rposition(|step| {
        let is_about = match &step.facts.kind {
            Kind::AlterTable { table, action: Alter::RenameTable { to } } => {
                is_quoted(table) || is_quoted(to)
            }
            Kind::CreateTable { table, .. }
            | Kind::AlterTable { table, .. }
            | Kind::DropTable { table, .. }
            | Kind::Insert { table }
            | Kind::Update { table, .. }
            | Kind::Delete { table, .. } => is_quoted(table),
            _ => false,
        };
        is_about && may_be(&step.facts)
    })
}

/// Whether the statement has to be looked at before it runs, see [`db::unfit`].
const fn is_unfit(facts: &Facts) -> bool {
    matches!(facts.kind, Kind::Transaction(_) | Kind::Vacuum | Kind::Opaque)
}

/// Whether a file without a transaction may have the statement, and the one transaction of a trace may not.
fn is_passed_over(file: &ReviewedFile, step: &Step) -> bool {
    file.mode == TxMode::None && matches!(step.facts.kind, Kind::Transaction(_) | Kind::Vacuum)
}

/// How many of the statements travel in one request.
fn fitting<'s>(steps: impl Iterator<Item = &'s Step>) -> usize {
    let mut bytes = 0;
    let fits = |step: &&Step| {
        let before = bytes;
        bytes += step.span.end - step.span.start;
        before < devdb::PORTION
    };
    steps.take_while(fits).count()
}

/// Runs consecutive statements in one request.
async fn run_together(session: &mut dyn Session, file: &mut ReviewedFile, at: usize, count: usize) -> Flow {
    let failure = batch(session, file, at, count).await.err();
    let ran = failure.as_ref().map_or(count, |error| error.statement);
    for step in &mut file.steps[at..at + ran] {
        step.outcome = Outcome::Ran;
        step.evidence = Evidence::State;
    }
    let Some(error) = failure else { return Flow::On };
    if let Some(step) = file.steps.get_mut(at + ran) {
        step.outcome = Outcome::Failed(error.message);
    }
    Flow::Stop
}

/// Runs consecutive statements in one request; the error counts from the first of them.
async fn batch(
    session: &mut dyn Session,
    file: &ReviewedFile,
    at: usize,
    count: usize,
) -> Result<(), DbError> {
    let steps = &file.steps[at..at + count];
    let statements = steps.iter().map(|step| file.text(step).to_owned()).collect();
    session.call(db::Request::Batch(statements)).await.map(|_| ())
}

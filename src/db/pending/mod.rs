//! Which files of a folder a database still needs.

mod edited;
mod resume;

use std::collections::BTreeSet;

pub use edited::refuse as refuse_edited;
pub use resume::Resume;

use super::{Adopted, Recorded, Revision, RevisionType};
use crate::{
    error::{Error, Result},
    migrations::{Format, Role, TxMode},
    text::{Source, Span},
};

/// One migration, as far as running it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its version.
    pub version: String,
    /// What its name says besides.
    pub description: String,
    /// What kind of file it is.
    pub role: Role,
    /// Its path and its text.
    pub source: Source,
    /// Its statements, in order.
    pub statements: Vec<Span>,
    /// How it wants to run; none where it does not say.
    pub mode: Option<TxMode>,
    /// What must hold before it runs, in order.
    pub guards: Vec<Guard>,
    /// Its hash in `atlas.sum`, with or without `h1:`; empty where that does not hold it.
    pub hash: String,
    /// The digest of the statements that go up, see [`crate::migrations::Migration::digest`].
    pub digest: String,
    /// The statements that undo it, as its folder has them.
    pub down: Option<String>,
}

/// Queries that must answer with true before a file runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Its name in the file.
    pub name: String,
    /// The queries, in order.
    pub queries: Vec<Span>,
    /// Whether one true answer is enough.
    pub one_of: bool,
}

/// The files of one folder in the order in which they run.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// Whose format the folder has, which decides about the order of versions.
    pub format: &'static dyn Format,
    /// The files.
    pub files: &'a [File],
}

/// What to do, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options<'a> {
    /// What to do on a database that has no history.
    pub first_run: FirstRun<'a>,
    /// What to do with files that sort before the last applied one.
    pub order: Order,
    /// The greatest number of files to run.
    pub limit: Option<usize>,
    /// The version after which to stop.
    pub to: Option<&'a str>,
    /// How files that do not say it themselves are put into transactions.
    pub mode: TxMode,
    /// The versions of applied files that may differ from what ran.
    pub may_be_edited: &'a [String],
}

/// What to do on a database that has no history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstRun<'a> {
    /// It must be empty.
    #[default]
    Clean,
    /// It is in the state after the file of this version: run those after it.
    Baseline(&'a str),
    /// It may have objects: run all files.
    AllowDirty,
}

/// What to do with files that sort before the last applied one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// They are an error.
    #[default]
    Linear,
    /// They are left out.
    LinearSkip,
    /// They run first.
    NonLinear,
}

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Todo<'a> {
    /// The version that the database has.
    pub current: Option<String>,
    /// The files that the database is declared to have, before anything runs, in order.
    pub baseline: Vec<&'a File>,
    /// The files to run, in order.
    pub files: Vec<&'a File>,
    /// Where to go on in the first of `files`, which an earlier run began.
    pub resume: Option<Resume>,
    /// How many of `files` sort before the last applied one.
    pub out_of_order: usize,
    /// Files that were never applied and will not be: they sort before the first applied one, or before
    /// the last in an order that skips these.
    pub skipped: Vec<&'a File>,
    /// How files that do not say it themselves are put into transactions.
    pub mode: TxMode,
}

/// The applied files that are no longer what ran, as far as anything proves it.
pub fn edited<'a>(files: Files<'a>, recorded: &Recorded) -> Vec<&'a File> {
    edited::find(files, recorded).into_iter().map(|(file, _)| file).collect()
}

/// Works out what is to be done.
///
/// Refuses a database with objects and no history, files out of order, and applied files that were edited,
/// unless the options allow them; and a file applied in part whose statements are no longer those that ran.
pub fn pending<'a>(files: Files<'a>, recorded: &Recorded, options: &Options<'_>) -> Result<Todo<'a>> {
    let last = options.to.map(|to| position(files, to, "to stop at")).transpose()?;
    let upto = &files.files[..last.map_or(files.files.len(), |at| at + 1)];
    let upto = Files { files: upto, ..files };
    let mut todo = if let Some(adopted) = recorded.adopts(options.first_run) {
        adopt(files, upto, recorded, adopted, options.order)?
    } else if recorded.revisions.is_empty() {
        first_run(upto, recorded.found.as_deref(), options.first_run)?
    } else {
        edited::refuse(files, recorded, options.may_be_edited)?;
        after(upto, recorded, options.order)?
    };
    todo.mode = options.mode;
    todo.files.truncate(options.limit.unwrap_or(usize::MAX));
    todo.out_of_order = todo.out_of_order.min(todo.files.len());
    one_mode(&todo)?;
    Ok(todo)
}

fn position(files: Files<'_>, version: &str, what: &str) -> Result<usize> {
    files.files.iter().position(|file| file.version == version).ok_or_else(|| {
        Error::usage(format!("there is no migration of the version `{version}`, {what}"))
            .hint("`plinth migrate ls` names the versions of the folder")
    })
}

fn first_run<'a>(files: Files<'a>, found: Option<&str>, first_run: FirstRun<'_>) -> Result<Todo<'a>> {
    let all = files.files;
    match (first_run, found) {
        (FirstRun::Baseline(version), _) => {
            let at = position(files, version, "the baseline")?;
            let later = all[at + 1..].iter().filter(|file| !is_checkpoint(file)).collect();
            Ok(Todo { baseline: vec![&all[at]], files: later, ..Todo::default() })
        }
        (FirstRun::Clean, Some(found)) => Err(Error::refused(format!(
            "the database has no history of migrations and is not empty: found {found}"
        ))
        .hint("if it already has what some files do, name the last of these with `--baseline <version>`")
        .hint("if it has nothing to do with these files, add `--allow-dirty`")),
        (FirstRun::Clean, None) | (FirstRun::AllowDirty, _) => {
            let start = all.iter().rposition(is_checkpoint).unwrap_or(0);
            Ok(Todo { files: all[start..].iter().collect(), ..Todo::default() })
        }
    }
}

/// What another tool ran counts as done.
fn adopt<'a>(
    files: Files<'a>,
    upto: Files<'a>,
    recorded: &Recorded,
    adopted: &Adopted,
    order: Order,
) -> Result<Todo<'a>> {
    let has = |file: &&File| adopted.versions.contains(&file.version);
    let baseline: Vec<&File> = files.files.iter().filter(has).collect();
    let row = |file: &&File| Revision {
        kind: RevisionType::BASELINE,
        version: file.version.clone(),
        ..Revision::default()
    };
    let digests = baseline.iter().map(|file| (file.version.clone(), file.digest.clone())).collect();
    let revisions = baseline.iter().map(row).collect();
    let todo = after(upto, &Recorded { revisions, digests, ..recorded.clone() }, order)?;
    Ok(Todo { current: None, baseline, ..todo })
}

fn after<'a>(files: Files<'a>, recorded: &Recorded, order: Order) -> Result<Todo<'a>> {
    let compare = |one: &str, other: &str| files.format.compare(one, other);
    let (repeatable, versioned): (Vec<&File>, Vec<&File>) =
        files.files.iter().partition(|file| file.role == Role::Repeatable);
    let is_repeatable = |version: &str| {
        files.format.is_repeatable(version) || repeatable.iter().any(|file| file.version == version)
    };
    let done: BTreeSet<&str> = recorded.revisions.iter().map(|revision| revision.version.as_str()).collect();
    let mut ends = done.iter().copied().filter(|version| !is_repeatable(version));
    let first = ends.clone().min_by(|one, other| compare(one, other));
    let last = ends.by_ref().max_by(|one, other| compare(one, other));
    let mut missing: Vec<&File> =
        versioned.into_iter().filter(|file| !done.contains(file.version.as_str())).collect();
    missing.retain(|file| !is_checkpoint(file));
    let before = |file: &&File, end: Option<&str>| end.is_some_and(|end| compare(&file.version, end).is_lt());
    let ordered = files.format.is_ordered();
    let (mut skipped, missing): (Vec<&File>, Vec<&File>) =
        missing.into_iter().partition(|file| ordered && before(file, first));
    if first.is_some_and(|first| begins_later(files, recorded, first)) {
        // The database has what they do.
        skipped.clear();
    }
    let (between, mut next): (Vec<&File>, Vec<&File>) =
        missing.into_iter().partition(|file| ordered && before(file, last));
    let mut out_of_order = 0;
    match (order, last) {
        (Order::Linear, Some(last)) if !between.is_empty() => return Err(unordered(&between, last)),
        (Order::Linear, _) => {}
        (Order::LinearSkip, _) => skipped.extend(between),
        (Order::NonLinear, _) => {
            out_of_order = between.len();
            next.splice(0..0, between);
        }
    }
    let resumed = resume::find(files, &recorded.revisions, recorded)?;
    let is_resumed = |file: &File| resumed.as_ref().is_some_and(|(other, _)| *other == file);
    let again = |file: &&File| edited::runs_again(file, recorded) && !is_resumed(file);
    next.extend(repeatable.into_iter().filter(again));
    if let Some((file, _)) = &resumed {
        next.insert(0, file);
    }
    let current = last.map(str::to_owned);
    let resume = resumed.map(|(_, resume)| resume);
    Ok(Todo { current, files: next, resume, out_of_order, skipped, ..Todo::default() })
}

/// Whether a history begins with a file that stands for all before it: a baseline, or a checkpoint.
fn begins_later(files: Files<'_>, recorded: &Recorded, first: &str) -> bool {
    let row = recorded.revisions.iter().find(|row| row.version == first);
    row.is_some_and(|row| row.kind.is(RevisionType::BASELINE))
        || files.files.iter().any(|file| file.version == first && is_checkpoint(file))
}

fn unordered(files: &[&File], last: &str) -> Error {
    let shown: Vec<String> = files.iter().take(10).map(|file| format!("`{}`", file.source.path())).collect();
    let more = files.len().saturating_sub(shown.len());
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    Error::refused(format!("{}{tail} sorted before `{last}`, which was applied already", shown.join(", ")))
        .hint("give the new files a version after the last applied one: `plinth migrate rebase <version>`")
        .hint("or choose how to go on with `--exec-order linear-skip` or `--exec-order non-linear`")
}

/// In one transaction over all files no file can have a mode of its own.
fn one_mode(todo: &Todo<'_>) -> Result<()> {
    let own = todo.files.iter().find(|file| file.mode.is_some());
    let Some(file) = own.filter(|_| todo.mode == TxMode::All) else { return Ok(()) };
    Err(Error::usage(format!(
        "`{}` says how it wants to run, and `--tx-mode all` puts all files into one transaction",
        file.source.path()
    ))
    .hint("run with `--tx-mode file`, or take the directive out of the file"))
}

fn is_checkpoint(file: &File) -> bool {
    matches!(file.role, Role::Checkpoint { .. })
}

impl File {
    /// The text of a statement.
    pub(super) fn statement(&self, at: usize) -> &str {
        self.statements.get(at).map_or("", |span| self.source.slice(*span))
    }

    /// The texts of its statements, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().map(|span| self.source.slice(*span))
    }
}

impl Revision {
    /// Whether its file ran to the end here, so that its text must be the one that ran.
    fn ran_whole(&self) -> bool {
        self.kind == RevisionType::EXECUTED && !self.is_partial()
    }
}

#[cfg(test)]
mod tests;

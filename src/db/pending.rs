//! Which files of a folder a database still needs.

use std::collections::BTreeSet;

use super::{REVISIONS_TABLE, Revision};
use crate::{
    error::{Error, Result},
    text::{Source, Span},
};

/// One migration file, as far as running it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its version; files run in the order of the bytes of their versions.
    pub version: String,
    /// The rest of its name.
    pub description: String,
    /// Its path and its text.
    pub source: Source,
    /// Its statements, in order.
    pub statements: Vec<Span>,
    /// Its hash in `atlas.sum`, with or without `h1:`.
    pub hash: String,
}

/// What to do, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options<'a> {
    /// What to do on a database that has no history.
    pub first_run: FirstRun<'a>,
    /// What to do with files that sort before the last applied one.
    pub order: Order,
    /// The greatest number of files to run.
    pub limit: Option<usize>,
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
    /// The file whose state the database is declared to be in, before anything runs.
    pub baseline: Option<&'a File>,
    /// The files to run, in order.
    pub files: Vec<&'a File>,
    /// Files that were never applied and will not be: they sort before the first applied one, or before
    /// the last in an order that skips these.
    pub skipped: Vec<&'a File>,
}

/// Works out what is to be done; `found` is the first object of a database, see
/// [`super::Server::first_object`].
pub fn pending<'a>(
    files: &'a [File],
    revisions: &[Revision],
    found: Option<&str>,
    options: &Options<'_>,
) -> Result<Todo<'a>> {
    let mut files: Vec<&File> = files.iter().collect();
    files.sort_by(|a, b| a.version.cmp(&b.version));
    let mut todo = match revisions {
        [] => first_run(&files, found, options)?,
        [first, .., last] | [first @ last] => {
            no_partial(&files, revisions)?;
            after(&files, revisions, &first.version, &last.version, options.order)?
        }
    };
    todo.files.truncate(options.limit.unwrap_or(usize::MAX));
    Ok(todo)
}

fn first_run<'a>(files: &[&'a File], found: Option<&str>, options: &Options<'_>) -> Result<Todo<'a>> {
    match (options.first_run, found) {
        (FirstRun::Baseline(version), _) => {
            let at = files.iter().position(|file| file.version == version).ok_or_else(|| {
                Error::usage(format!("there is no migration of the version `{version}`, the baseline"))
                    .hint("the baseline is the version of the last file that the database already has")
            })?;
            Ok(Todo { baseline: Some(files[at]), files: files[at + 1..].to_vec(), ..Todo::default() })
        }
        (FirstRun::Clean, Some(found)) => Err(Error::refused(format!(
            "the database has no history of migrations and is not empty: found {found}"
        ))
        .hint("if it already has what some files do, name the last of these with `--baseline <version>`")
        .hint("if it has nothing to do with these files, add `--allow-dirty`")),
        (FirstRun::Clean, None) | (FirstRun::AllowDirty, _) => {
            Ok(Todo { files: files.to_vec(), ..Todo::default() })
        }
    }
}

fn no_partial(files: &[&File], revisions: &[Revision]) -> Result<()> {
    let Some(partial) = revisions.iter().find(|revision| revision.is_partial()) else { return Ok(()) };
    let name = files
        .iter()
        .find(|file| file.version == partial.version)
        .map_or(partial.version.as_str(), |file| file.source.path());
    let mut error = Error::refused(format!(
        "`{name}` was applied in part by `{}`: {} of {} statements",
        partial.operator, partial.applied, partial.total
    ))
    .hint("going on in the middle of a file is not supported yet")
    .hint(format!(
        "repair the database by hand, then set `applied` to `total` and clear `error` in its row of `{REVISIONS_TABLE}`"
    ));
    if let Some(cause) = &partial.error {
        error = error.because(cause.clone());
    }
    Err(error)
}

fn after<'a>(
    files: &[&'a File],
    revisions: &[Revision],
    first: &str,
    last: &str,
    order: Order,
) -> Result<Todo<'a>> {
    let done: BTreeSet<&str> = revisions.iter().map(|revision| revision.version.as_str()).collect();
    let missing = || files.iter().copied().filter(|file| !done.contains(file.version.as_str()));
    let mut skipped: Vec<&File> = missing().filter(|file| file.version.as_str() < first).collect();
    let between: Vec<&File> =
        missing().filter(|file| (first..last).contains(&file.version.as_str())).collect();
    let mut next: Vec<&File> = missing().filter(|file| file.version.as_str() > last).collect();
    match order {
        Order::Linear if !between.is_empty() => return Err(out_of_order(&between, last)),
        Order::Linear => {}
        Order::LinearSkip => skipped.extend(between),
        Order::NonLinear => {
            next.splice(0..0, between);
        }
    }
    Ok(Todo { current: Some(last.to_owned()), baseline: None, files: next, skipped })
}

fn out_of_order(files: &[&File], last: &str) -> Error {
    let shown: Vec<String> = files.iter().take(10).map(|file| format!("`{}`", file.source.path())).collect();
    let more = files.len().saturating_sub(shown.len());
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    Error::refused(format!("{}{tail} sorted before `{last}`, which was applied already", shown.join(", ")))
        .hint("give the new files a version after the last applied one, then run `plinth migrate hash`")
        .hint("or choose how to go on with `--exec-order linear-skip` or `--exec-order non-linear`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::RevisionType;

    fn files(versions: &[&str]) -> Vec<File> {
        versions
            .iter()
            .map(|version| File {
                version: (*version).into(),
                description: String::new(),
                source: Source::new(format!("{version}.sql"), ""),
                statements: Vec::new(),
                hash: String::new(),
            })
            .collect()
    }

    fn rows(versions: &[&str]) -> Vec<Revision> {
        let row = |version: &&str| Revision {
            version: (*version).into(),
            kind: RevisionType::EXECUTED,
            ..Revision::default()
        };
        versions.iter().map(row).collect()
    }

    fn names<'a>(files: &[&'a File]) -> Vec<&'a str> {
        files.iter().map(|file| file.version.as_str()).collect()
    }

    fn options(first_run: FirstRun<'_>, order: Order) -> Options<'_> {
        Options { first_run, order, limit: None }
    }

    #[test]
    fn an_empty_database_gets_all_files_up_to_the_limit() {
        let files = files(&["1", "2", "3"]);
        let options = Options { limit: Some(2), ..options(FirstRun::Clean, Order::Linear) };
        assert_eq!(names(&pending(&files, &[], None, &options).unwrap().files), ["1", "2"]);
    }

    #[test]
    fn a_database_with_objects_and_no_history_needs_a_decision() {
        let files = files(&["1", "2", "3"]);
        let clean = options(FirstRun::Clean, Order::Linear);
        let error = pending(&files, &[], Some("table t"), &clean).unwrap_err();
        assert!(error.message().contains("found table t"), "{error}");
        let dirty = options(FirstRun::AllowDirty, Order::Linear);
        assert_eq!(pending(&files, &[], Some("table t"), &dirty).unwrap().files.len(), 3);
        let baseline = options(FirstRun::Baseline("2"), Order::Linear);
        let todo = pending(&files, &[], Some("table t"), &baseline).unwrap();
        assert_eq!((names(&todo.files), todo.baseline.unwrap().version.as_str()), (vec!["3"], "2"));
        let wrong = options(FirstRun::Baseline("9"), Order::Linear);
        assert!(pending(&files, &[], None, &wrong).unwrap_err().message().contains("`9`"));
    }

    #[test]
    fn files_out_of_order_are_refused_skipped_or_run_first() {
        let files = files(&["0", "1", "2", "3", "4"]);
        let rows = rows(&["1", "3"]);
        let error = pending(&files, &rows, None, &options(FirstRun::Clean, Order::Linear)).unwrap_err();
        assert!(error.message().starts_with("`2.sql` sorted before `3`"), "{error}");
        let skip = pending(&files, &rows, None, &options(FirstRun::Clean, Order::LinearSkip)).unwrap();
        assert_eq!((names(&skip.files), names(&skip.skipped)), (vec!["4"], vec!["0", "2"]));
        let mixed = pending(&files, &rows, None, &options(FirstRun::Clean, Order::NonLinear)).unwrap();
        assert_eq!((names(&mixed.files), names(&mixed.skipped)), (vec!["2", "4"], vec!["0"]));
        assert_eq!(mixed.current.as_deref(), Some("3"));
    }

    #[test]
    fn a_file_applied_in_part_stops_everything_until_it_is_resolved() {
        let files = files(&["1", "2"]);
        let mut rows = rows(&["1"]);
        rows[0].total = 2;
        rows[0].applied = 1;
        rows[0].error = Some("boom".into());
        let options = options(FirstRun::Clean, Order::Linear);
        let error = pending(&files, &rows, None, &options).unwrap_err();
        assert!(error.message().contains("`1.sql` was applied in part"), "{error}");
        rows[0].kind = RevisionType(6);
        assert_eq!(pending(&files, &rows, None, &options).unwrap().files.len(), 1);
    }
}

//! What to say where a file cannot run, or does not.

use super::Run;
use crate::{
    db::{DbError, File, Todo, Unfit, unfit},
    dialect::Dialect,
    error::{Error, Kind, Result},
    migrations::TxMode,
    report::Failure,
    sql,
    text::Span,
};

/// Refuses, before anything runs, what the transactions of the run cannot hold.
pub(super) fn refuse_unfit(todo: &Todo<'_>, dialect: &dyn Dialect) -> Result<()> {
    for file in &todo.files {
        refuse_guards(file, dialect)?;
        let mode = file.mode.unwrap_or(todo.mode);
        for span in &file.statements {
            let text = file.source.slice(*span);
            let Some(unfit) = unfit(dialect, &dialect.classify(text), text, mode) else { continue };
            return Err(cannot(file, *span, unfit, mode));
        }
    }
    Ok(())
}

/// A check only asks: anything else would run in the transaction of its file, or end it.
fn refuse_guards(file: &File, dialect: &dyn Dialect) -> Result<()> {
    for span in file.guards.iter().flat_map(|guard| &guard.queries) {
        if dialect.classify(file.source.slice(*span)).kind != sql::Kind::Select {
            let line = file.source.position(span.start).line;
            return Err(Error::usage(format!("line {line} of `{}` is no query", file.source.path()))
                .at(&file.source, *span, "a check only asks")
                .hint("write a SELECT with one row and one value; what changes something belongs into `migration.sql`"));
        }
    }
    Ok(())
}

/// A statement that no transaction of the run can hold.
fn cannot(file: &File, span: Span, unfit: Unfit, mode: TxMode) -> Error {
    let line = file.source.position(span.start).line;
    let why = unfit.why();
    Error::usage(format!("line {line} of `{}` {why}", file.source.path()))
        .at(&file.source, span, why)
        .hint(unfit.hint(mode))
}

/// A statement of a transaction that the database refused.
pub(super) fn refused(file: &File, at: usize, mode: TxMode, error: DbError) -> Error {
    let kept =
        if mode == TxMode::All { "nothing of any file was kept" } else { "nothing of the file was kept" };
    failed(file, at, kept, error)
}

/// A statement for itself that the database refused; so many before it stay.
pub(super) fn stopped(file: &File, at: usize, done: usize, error: DbError) -> Error {
    let kept = match done {
        0 => "nothing of the file was kept".to_owned(),
        done => format!("{done} of its {} statements stay", file.statements.len()),
    };
    let error = failed(file, at, &kept, error);
    if done == 0 {
        return error;
    }
    error
        .hint("repair the statement and run again: what ran before it is not repeated")
        .hint("after editing the file, write its checksum with `plinth migrate hash`")
}

fn failed(file: &File, at: usize, kept: &str, error: DbError) -> Error {
    let span = file.statements.get(at).copied().unwrap_or_default();
    let place = file.source.position(span.start);
    Error::outside(format!(
        "`{}` failed at line {}, column {}: {kept}",
        file.source.path(),
        place.line,
        place.column
    ))
    .at(&file.source, span, "refused by the database")
    .because(error)
}

/// A transaction that could not be committed.
pub(super) fn uncommitted(what: &str, error: &DbError, run: Run<'_>) -> Error {
    if error.lost {
        return Error::new(Kind::Partial, format!("the connection broke while `{what}` was being committed"))
            .because(error.clone())
            .hint("`plinth migrate status` says whether it was committed");
    }
    let error = run.server.error(run.name, error);
    Error::outside(format!("`{what}` could not be committed, nothing of it was kept")).because(error)
}

/// The statement that failed, for the log.
pub(super) fn failure(file: &File, at: usize, error: &DbError) -> Failure {
    let span = file.statements.get(at).copied().unwrap_or_default();
    Failure {
        line: file.source.position(span.start).line,
        statement: file.source.slice(span).to_owned(),
        message: error.message.clone(),
    }
}

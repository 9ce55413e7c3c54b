//! The checks of a file: queries that must answer with true before it runs.

use super::{Event, Runner};
use crate::{
    db::{File, Guard, Rows, query},
    error::{Error, Result},
    report::{AppliedFile, CheckLog, Failure},
    text::Span,
};

/// Whether a check holds; where not, at which query, and why.
type Held<'f> = Result<(), (&'f Guard, Span, String)>;

impl Runner<'_, '_> {
    /// Runs the checks of a file, in order, up to the first that does not hold.
    ///
    /// Says what held and what did not before anything of the file runs.
    pub(super) async fn guards(&mut self, file: &File, entry: &mut AppliedFile) -> Result<()> {
        let mut outcome = Ok(());
        for guard in &file.guards {
            let mut log = CheckLog { name: guard.name.clone(), statements: Vec::new(), failed: false };
            outcome = self.guard(file, guard, &mut log).await;
            log.failed = outcome.is_err();
            entry.checks.push(log);
            if outcome.is_err() {
                break;
            }
        }
        if !entry.checks.is_empty() {
            (self.watch)(Event::Checked(file, &entry.checks));
        }
        outcome.map_err(|(guard, span, why)| {
            entry.failure = Some(Failure {
                line: file.source.position(span.start).line,
                statement: file.source.slice(span).to_owned(),
                message: why.clone(),
            });
            broken(file, guard, span, &why)
        })
    }

    async fn guard<'f>(&mut self, file: &File, guard: &'f Guard, log: &mut CheckLog) -> Held<'f> {
        let mut first: Option<(Span, String)> = None;
        let mut held = 0;
        for span in &guard.queries {
            let sql = file.source.slice(*span);
            let objection = match query(self.session, sql).await {
                Ok(answer) => objection(&answer),
                Err(error) => Some(format!("the query fails: {}", error.message)),
            };
            log.statements.push((sql.to_owned(), objection.clone()));
            match objection {
                None => held += 1,
                Some(objection) => first = first.or(Some((*span, objection))),
            }
        }
        match first {
            Some((span, objection)) if !guard.one_of || held == 0 => Err((guard, span, objection)),
            _ => Ok(()),
        }
    }
}

/// Why an answer is not one true value.
pub(in crate::db) fn objection(rows: &Rows) -> Option<String> {
    match rows.as_slice() {
        [row] => match row.as_slice() {
            [Some(value)] if is_true(value) => None,
            [_] => Some("the answer is not true".to_owned()),
            row => Some(format!("the answer has {} columns instead of one", row.len())),
        },
        [] => Some("the answer has no row".to_owned()),
        rows => Some(format!("the answer has {} rows instead of one", rows.len())),
    }
}

fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "true" | "TRUE") || value.parse::<i64>().is_ok_and(|number| number != 0)
}

fn broken(file: &File, guard: &Guard, span: Span, why: &str) -> Error {
    let line = file.source.position(span.start).line;
    Error::refused(format!(
        "the check `{}` of `{}` does not hold at line {line}: {why}; nothing of the file was run",
        guard.name,
        file.source.path()
    ))
    .at(&file.source, span, why)
    .hint("bring the data into the state that the check expects, then run again")
}

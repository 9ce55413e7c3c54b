//! Runs files that are known to work, as fast as the database takes them.

use crate::{
    db::{DbError, Reply, Request, Session},
    dialect::Dialect,
    error::{Error, Result},
    sql::Kind,
    text::{Source, Span},
};

/// How much SQL travels in one request, in bytes; one statement may be longer.
pub const PORTION: usize = 4 << 20;

/// A file of statements whose effect alone matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseFile {
    /// Its path and its text.
    pub source: Source,
    /// Its statements, in order.
    pub statements: Vec<Span>,
    /// Whether the file keeps itself out of a transaction.
    pub alone: bool,
}

impl BaseFile {
    /// The texts of its statements, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().map(|span| self.source.slice(*span))
    }
}

/// Runs the files in order; VACUUM is passed over, since it changes nothing and is refused.
///
/// A statement that fails is an error that shows it in its file.
pub async fn replay(session: &mut dyn Session, dialect: &dyn Dialect, files: &[BaseFile]) -> Result<()> {
    let mut portion = Portion::default();
    for file in files {
        for span in &file.statements {
            let sql = file.source.slice(*span);
            if is_vacuum(dialect, sql) {
                continue;
            }
            portion.add(file, *span, sql);
            if portion.bytes >= PORTION {
                portion.run(session).await?;
            }
        }
    }
    portion.run(session).await
}

fn is_vacuum(dialect: &dyn Dialect, sql: &str) -> bool {
    const WORD: &str = "vacuum";
    let may_be = sql.get(..WORD.len()).is_some_and(|head| head.eq_ignore_ascii_case(WORD));
    may_be && dialect.classify(sql).kind == Kind::Vacuum
}

#[derive(Default)]
struct Portion<'a> {
    statements: Vec<String>,
    places: Vec<(&'a Source, Span)>,
    bytes: usize,
}

impl<'a> Portion<'a> {
    fn add(&mut self, file: &'a BaseFile, span: Span, sql: &str) {
        self.bytes += sql.len();
        self.places.push((&file.source, span));
        self.statements.push(sql.to_owned());
    }

    async fn run(&mut self, session: &mut dyn Session) -> Result<()> {
        if self.statements.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let statements = std::mem::take(&mut self.statements);
        let places = std::mem::take(&mut self.places);
        match session.call(Request::Batch(statements)).await {
            Ok(Reply::Done { .. } | Reply::Rows(_)) => Ok(()),
            Err(error) => Err(failed(&places, error)),
        }
    }
}

fn failed(places: &[(&Source, Span)], error: DbError) -> Error {
    if error.lost {
        return Error::outside("the existing files could not be replayed").because(error);
    }
    let Some((source, span)) = places.get(error.statement) else {
        return Error::bug("the dev database names a statement that it was not given").because(error);
    };
    let line = source.position(span.start).line;
    Error::usage(format!("{}:{line}: the statement fails on the dev database", source.path()))
        .at(source, *span, "refused by the dev database")
        .because(error)
}

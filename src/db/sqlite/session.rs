//! Requests answered by a SQLite connection.

use sqlx::{
    AssertSqlSafe, Column, Connection, Executor, Row, SqlSafeStr, SqliteConnection, Statement, TypeInfo,
    ValueRef,
    sqlite::{SqliteRow, SqliteValueRef},
};

use super::guard::Refusals;
use crate::{
    db::{self, DbError, Reply, Request, Rows},
    pending::Pending,
};

/// A SQLite connection as a session.
pub struct Session {
    pub(super) connection: SqliteConnection,
    /// What the guard refused last; none where the caller's SQL is trusted.
    pub(super) refusals: Option<Refusals>,
}

impl Session {
    async fn answer(&mut self, request: Request) -> Result<Reply, DbError> {
        match request {
            Request::Execute(sql) => Ok(Reply::Done { changed: self.execute(sql).await? }),
            Request::Batch(statements) => {
                let mut changed = 0;
                for (at, sql) in statements.into_iter().enumerate() {
                    changed += self.execute(sql).await.map_err(|error| DbError { statement: at, ..error })?;
                }
                Ok(Reply::Done { changed })
            }
            Request::Query(sql) => Ok(Reply::Rows(vec![self.query(sql).await?])),
            Request::Queries(queries) => {
                let mut answers = Vec::with_capacity(queries.len());
                for (at, sql) in queries.into_iter().enumerate() {
                    answers.push(self.query(sql).await.map_err(|error| DbError { statement: at, ..error })?);
                }
                Ok(Reply::Rows(answers))
            }
            Request::Table(sql) => {
                let names = self.columns(sql.clone()).await?;
                Ok(Reply::Rows(vec![std::iter::once(names).chain(self.query(sql).await?).collect()]))
            }
        }
    }

    async fn execute(&mut self, sql: String) -> Result<u64, DbError> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await;
        done.map(|done| done.rows_affected()).map_err(|error| self.refusal(&error))
    }

    async fn query(&mut self, sql: String) -> Result<Rows, DbError> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await;
        match rows {
            Ok(rows) => {
                rows.iter().map(texts).collect::<Result<_, _>>().map_err(|error| self.refusal(&error))
            }
            Err(error) => Err(self.refusal(&error)),
        }
    }

    /// The names of the columns of a query, which rows do not tell where there are none.
    async fn columns(&mut self, sql: String) -> Result<Vec<Option<String>>, DbError> {
        let prepared = self.connection.prepare(AssertSqlSafe(sql).into_sql_str()).await;
        let prepared = prepared.map_err(|error| self.refusal(&error))?;
        Ok(prepared.columns().iter().map(|column| Some(column.name().to_owned())).collect())
    }

    fn refusal(&self, error: &sqlx::Error) -> DbError {
        let error = db_error(error);
        match self.refusals.as_ref().copied().and_then(Refusals::take) {
            Some(what) => DbError { message: format!("{}: {what}", error.message), ..error },
            None => error,
        }
    }
}

impl db::Session for Session {
    fn call(&mut self, request: Request) -> Pending<'_, Result<Reply, DbError>> {
        Box::pin(self.answer(request))
    }

    fn close<'a>(self: Box<Self>) -> Pending<'a, ()> {
        // What could fail here concerns nobody: the work was committed before.
        Box::pin(async move { self.connection.close().await.unwrap_or_default() })
    }
}

/// The driver's error in our words; its own `Display` is never used, since it adds words of its own.
pub(super) fn db_error(error: &sqlx::Error) -> DbError {
    match error {
        sqlx::Error::Database(refusal) => DbError {
            code: refusal.code().map(std::borrow::Cow::into_owned),
            ..DbError::new(refusal.message())
        },
        sqlx::Error::WorkerCrashed => DbError::lost("the connection is gone"),
        _ => DbError::new("the driver could not read the answer of the database"),
    }
}

fn texts(row: &SqliteRow) -> Result<Vec<Option<String>>, sqlx::Error> {
    (0..row.len()).map(|at| text(row.try_get_raw(at)?)).collect()
}

fn text(value: SqliteValueRef<'_>) -> Result<Option<String>, sqlx::Error> {
    if value.is_null() {
        return Ok(None);
    }
    let ty = value.type_info();
    let text = match ty.name() {
        "INTEGER" | "BOOLEAN" => decoded::<i64>(value)?.to_string(),
        "REAL" => format!("{:?}", decoded::<f64>(value)?),
        "BLOB" => blob_literal(decoded::<&[u8]>(value)?),
        _ => String::from_utf8_lossy(decoded::<&[u8]>(value)?).into_owned(),
    };
    Ok(Some(text))
}

fn decoded<'r, T: sqlx::Decode<'r, sqlx::Sqlite>>(value: SqliteValueRef<'r>) -> Result<T, sqlx::Error> {
    T::decode(value).map_err(sqlx::Error::Decode)
}

fn blob_literal(bytes: &[u8]) -> String {
    let mut literal = String::with_capacity(bytes.len() * 2 + 3);
    literal.push_str("X'");
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            literal.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
        }
    }
    literal.push('\'');
    literal
}

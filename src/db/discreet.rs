//! The errors of a target for readers who may not see its rows.

use super::{DbError, Reply, Request, Server, Session};
use crate::pending::Pending;

/// A session whose errors have lost whatever may come from a row.
pub struct Discreet<'a> {
    session: &'a mut dyn Session,
    server: &'static dyn Server,
}

impl<'a> Discreet<'a> {
    /// Answers by this session.
    pub fn new(session: &'a mut dyn Session, server: &'static dyn Server) -> Self {
        Self { session, server }
    }
}

impl Session for Discreet<'_> {
    fn call(&mut self, request: Request) -> Pending<'_, Result<Reply, DbError>> {
        Box::pin(async move {
            let message = |error: DbError| DbError { message: self.server.discreet(&error), ..error };
            self.session.call(request).await.map_err(message)
        })
    }

    /// Nothing: the session belongs to somebody else.
    fn close<'a>(self: Box<Self>) -> Pending<'a, ()>
    where
        Self: 'a,
    {
        Box::pin(async {})
    }
}

/// The text with everything between single quotes replaced.
pub(super) fn without_literals(text: &str) -> String {
    let parts = text.split('\'').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { "…" } else { part }).collect::<Vec<_>>().join("'")
}

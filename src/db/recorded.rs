//! What a database knows about the migrations that ran on it.

use std::collections::BTreeMap;

use super::{Adopted, DbError, FirstRun, Revision, Server, Session, history, query, revisions};

/// What is written down on a database, read before anything is decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The rows of the revisions table, in byte order of their versions.
    pub revisions: Vec<Revision>,
    /// The digest of what ran last, by version, where Plinth ran it.
    pub digests: BTreeMap<String, String>,
    /// How far Plinth came in files that it did not finish, by version.
    pub unfinished: BTreeMap<String, Progress>,
    /// The first object that is not Plinth's own, as `table t`; none in an empty database.
    pub found: Option<String>,
    /// What another tool's history says, where there is none of ours; looked for by who knows the folder.
    pub adopted: Option<Adopted>,
}

/// How far a file ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many statements ran.
    pub done: usize,
    /// The running hash over them, with `h1:`; none before the first.
    pub hash: Option<String>,
    /// The statement, from 0, that began outside of a transaction and may have run.
    pub intent: Option<usize>,
}

impl Recorded {
    /// Reads everything; nothing is created.
    pub async fn read(session: &mut dyn Session, server: &dyn Server) -> Result<Self, DbError> {
        // Objects first: what another run commits meanwhile has its revision in the same transaction, and the
        // other way round its tables would be found without one.
        let found = query(session, server.first_object()).await?;
        let revisions = revisions::read_all(session, server).await?;
        let history = history::read(session, server).await?;
        let found = found.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        Ok(Self { revisions, found, ..history })
    }

    /// What another tool ran, where that counts: nobody says otherwise, and no run of ours came before.
    pub fn adopts(&self, first_run: FirstRun<'_>) -> Option<&Adopted> {
        let counts = self.revisions.is_empty() && first_run == FirstRun::Clean;
        self.adopted.as_ref().filter(|adopted| counts && !adopted.versions.is_empty())
    }
}

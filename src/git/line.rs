//! The commits of a branch, one after another, and what git is in the middle of.

use super::{Repository, broken};
use crate::error::{Error, Result};

/// The longest line of commits that is followed.
const LONGEST_LINE: usize = 500;

/// A commit as people wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitText {
    /// Its id.
    pub id: String,
    /// The id of the one before it.
    pub parent: String,
    /// What it says.
    pub message: String,
    /// Who made it, and when.
    pub author: Author,
}

/// Who made a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// When, as `2026-01-02T03:04:05+00:00`.
    pub date: String,
}

/// What git is in the middle of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InProgress {
    /// A merge of this commit into the one that is checked out.
    Merge(String),
    /// A rebase, which stopped at this commit.
    Rebase(String),
}

impl Repository {
    /// The commits that lead from one to another, oldest first; none where a merge is among them.
    pub fn line(&self, from: &str, to: &str) -> Result<Option<Vec<CommitText>>> {
        let mut line = Vec::new();
        let mut at = self.commit(to)?;
        let from = self.commit(from)?.id;
        while at.id != from {
            let parents: Vec<String> = at.parent_ids().map(|parent| parent.to_string()).collect();
            let [parent] = parents.as_slice() else { return Ok(None) };
            if line.len() == LONGEST_LINE {
                let message = format!("there are more than {LONGEST_LINE} commits on the branch");
                return Err(Error::usage(message).hint("merge the base branch instead"));
            }
            line.push(text_of(&at, parent)?);
            at = self.commit(parent)?;
        }
        line.reverse();
        Ok(Some(line))
    }

    /// The branch that is checked out, by its name; none where a commit is.
    pub fn branch(&self) -> Result<Option<String>> {
        let name = self.inner.head_name().map_err(|error| broken("`HEAD` cannot be read", error))?;
        Ok(name.map(|name| name.shorten().to_string()))
    }

    /// The merge or rebase that somebody has begun in this checkout.
    pub fn in_progress(&self) -> Result<Option<InProgress>> {
        use gix::state::InProgress as State;
        Ok(match self.inner.state() {
            Some(State::Merge) => Some(InProgress::Merge(self.resolve("MERGE_HEAD")?)),
            Some(State::Rebase | State::RebaseInteractive) => {
                Some(InProgress::Rebase(self.resolve("REBASE_HEAD")?))
            }
            _ => None,
        })
    }
}

fn text_of(commit: &gix::Commit<'_>, parent: &str) -> Result<CommitText> {
    let unreadable = |error: gix::Error| broken(format!("commit `{}` cannot be read", commit.id), error);
    let author = commit.author().map_err(unreadable)?;
    let time = author.time().map_err(|error| broken("the date of a commit cannot be read", error))?;
    let date = time
        .format(gix::date::time::format::ISO8601_STRICT)
        .map_err(|error| broken("the date of a commit cannot be read", error))?;
    Ok(CommitText {
        id: commit.id.to_string(),
        parent: parent.to_owned(),
        message: commit.message_raw().map_err(unreadable)?.to_string(),
        author: Author { name: author.name.to_string(), email: author.email.to_string(), date },
    })
}

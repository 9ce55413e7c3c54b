//! Where pull requests live: notes on them, and what the forge knows about commits.

pub mod github;
pub mod sticky;

use std::collections::BTreeMap;

use crate::{
    error::{Error, Result},
    pending::Pending,
    platform::{ForgeId, Repository},
};

/// A comment on a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The forge's number for it.
    pub id: u64,
    /// Whether this run's own identity wrote it.
    pub own: bool,
    /// Its text.
    pub body: String,
    /// Its page.
    pub url: String,
}

/// What is known after a comment was sent.
#[derive(Debug)]
pub enum Posted {
    /// It is there.
    Done(Note),
    /// The answer was lost: it may be there or not. The error is why.
    Unknown(Error),
}

/// A merged or open pull request that a commit belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullOfCommit {
    /// Its number.
    pub number: u64,
    /// Its last commit.
    pub head: String,
    /// Whether it was merged.
    pub merged: bool,
    /// The commit that its merge made, if it was merged.
    pub merge_commit: Option<String>,
    /// The branch that it goes to.
    pub base_branch: String,
}

/// Commits for the end of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The branch.
    pub branch: String,
    /// The commit that must be its last one, or nothing is done.
    pub expected: String,
    /// What the first of the commits comes after, all of which the forge has.
    pub parents: Vec<String>,
    /// The tree that the changes of the first commit start from, which the forge has.
    pub tree: String,
    /// The commits, each after the one before it.
    pub commits: Vec<NewCommit>,
}

/// A commit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// What it changes in the tree before it.
    pub changes: Vec<FileChange>,
    /// The tree that must come of it.
    pub tree: String,
    /// What it says.
    pub message: String,
    /// Who made it; none for whom the token stands for.
    pub author: Option<Author>,
}

/// Who made a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// When, in the form of RFC 3339.
    pub date: String,
}

/// A file that a commit changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path, relative to the repository.
    pub path: String,
    /// What is to stand there; none where nothing is.
    pub file: Option<NewFile>,
}

/// What is to stand at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its mode as git writes it, for example `100644`.
    pub mode: &'static str,
    /// The id of its content.
    pub id: String,
    /// Its content, where the forge does not have it yet.
    pub content: Option<Vec<u8>>,
}

/// A forge, as one repository on it.
///
/// Every call waits where the forge asks for it, within bounds, and ends in bounded time. An error
/// names the permission that is missing where that is the cause, and never shows the token.
pub trait Forge: Send + Sync {
    /// The longest comment that it takes, in UTF-16 units.
    fn note_limit(&self) -> usize;

    /// All comments on a pull request, oldest first.
    fn notes(&self, pull: u64) -> Pending<'_, Result<Vec<Note>>>;

    /// Adds a comment. It is sent once: after an error it is certainly not there.
    fn create<'a>(&'a self, pull: u64, body: &'a str) -> Pending<'a, Result<Posted>>;

    /// Changes a comment.
    fn update<'a>(&'a self, id: u64, body: &'a str) -> Pending<'a, Result<Note>>;

    /// Removes a comment.
    fn delete(&self, id: u64) -> Pending<'_, Result<()>>;

    /// The pull requests that a commit belongs to.
    fn pulls_of<'a>(&'a self, commit: &'a str) -> Pending<'a, Result<Vec<PullOfCommit>>>;

    /// The last commit of a branch.
    fn tip<'a>(&'a self, branch: &'a str) -> Pending<'a, Result<String>>;

    /// The files of a folder at a commit, each with the id that git gives to its content; none if it is not there.
    fn files<'a>(
        &'a self,
        commit: &'a str,
        folder: &'a str,
    ) -> Pending<'a, Result<Option<BTreeMap<String, String>>>>;

    /// Puts commits at the end of a branch, and gives the id of the last one.
    ///
    /// Until the very last step nothing of it can be seen. Where the branch has moved on, it stays as it is. Commits
    /// that do not come after the branch's last one take the place of what it has.
    fn push<'a>(&'a self, push: &'a Push) -> Pending<'a, Result<String>>;

    /// The content of a file at a commit; none if it is not there.
    fn file<'a>(&'a self, commit: &'a str, path: &'a str) -> Pending<'a, Result<Option<Vec<u8>>>>;
}

/// The forge that a repository lives on; must be called inside the asynchronous runtime.
pub fn connect(repository: &Repository) -> Result<Box<dyn Forge>> {
    match repository.forge {
        ForgeId::GitHub => Ok(Box::new(github::GitHub::connect(repository, github::Patience::default())?)),
    }
}

//! Reading a git repository: commits, merge bases, changed files, folders at a commit; and what a merge would make.
//!
//! The only user of `gix`. It reads objects and references and nothing else: no program of git, no
//! hook, filter or helper is ever run, no configuration outside the repository is read, and it does
//! not matter who owns the files (a container reads a checkout of another user). What it makes stays in memory.

mod draft;
mod line;
mod tree;

use std::path::{Path, PathBuf};

pub use draft::{Difference, Draft, NewFile};
pub use line::{Author, CommitText, InProgress};
pub use tree::{Changed, Status};

use crate::error::{Error, Result};

/// A repository with a work tree, opened for reading.
///
/// Values of this type stay on one thread.
#[derive(Debug)]
pub struct Repository {
    inner: gix::Repository,
    root: PathBuf,
}

/// How many commits are looked at to find where a file came from.
const LONGEST_SEARCH: usize = 10_000;

/// The id that git gives to a file of this content.
pub fn blob_id(content: &[u8]) -> Result<String> {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, content)
        .map(|id| id.to_string())
        .map_err(|error| broken("a file cannot be hashed", error))
}

impl Repository {
    /// Opens the repository that `path` lies in: the folder itself or the nearest one above it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let start = path
            .canonicalize()
            .map_err(|error| Error::usage(format!("`{}` cannot be read", path.display())).because(error))?;
        let root = start.ancestors().find(|folder| folder.join(".git").exists()).ok_or_else(|| {
            Error::usage(format!("`{}` is not in a git repository", path.display()))
                .hint("run it in a checkout; in CI, a checkout step must come first")
        })?;
        let options = gix::open::Options::isolated().with(gix::sec::Trust::Full).config_overrides([
            // What a commit id stands for, not what a local replacement says.
            "core.useReplaceRefs=false".to_owned(),
            // Set, because the low default for files of other owners would refuse large ones.
            format!("gitoxide.objects.allocLimit={}", tree::FILE_LIMIT),
        ]);
        let mut inner = gix::ThreadSafeRepository::open_opts(root, options)
            .map_err(|error| {
                broken(format!("the git repository at `{}` cannot be opened", root.display()), error)
            })?
            .to_thread_local();
        inner.object_cache_size_if_unset(4 << 20);
        Ok(Self { inner, root: root.to_owned() })
    }

    /// The top folder of the work tree, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The id of the commit that is checked out.
    pub fn head(&self) -> Result<String> {
        let mut head = self.inner.head().map_err(|error| broken("`HEAD` cannot be read", error))?;
        if head.is_unborn() {
            return Err(Error::usage("the git repository has no commit yet").hint("commit something first"));
        }
        let commit = head.peel_to_commit().map_err(|error| broken("`HEAD` is not a commit", error))?;
        Ok(commit.id.to_string())
    }

    /// The commit that a revision stands for: an id, a tag, a branch, a branch of `origin`, and the
    /// suffixes `~n` and `^n`.
    pub fn resolve(&self, revision: &str) -> Result<String> {
        check_revision(revision)?;
        for candidate in [revision.to_owned(), format!("origin/{revision}")] {
            if let Some(commit) = self.commit_of(&candidate)? {
                return Ok(commit.id.to_string());
            }
        }
        let error = Error::usage(format!("`{revision}` is not a commit, branch or tag in this checkout"));
        Err(self.fetch_hint(error).hint(format!("fetch it first: `git fetch origin {revision}`")))
    }

    /// The newest commit that both have in common.
    pub fn merge_base(&self, one: &str, two: &str) -> Result<String> {
        let (first, second) = (self.commit(one)?.id, self.commit(two)?.id);
        match self.inner.merge_base(first, second) {
            Ok(Some(base)) => Ok(base.to_string()),
            Ok(None) if !self.is_shallow() => Err(Error::usage(format!(
                "`{one}` and `{two}` have no common commit: their histories are unrelated"
            ))),
            Ok(None) => Err(self.no_merge_base(one, two)),
            Err(error) => Err(self.no_merge_base(one, two).because(error.to_string())),
        }
    }

    /// What the checked-out commit merges `head` onto: its first parent; none where it is no such merge.
    pub fn merged_onto(&self, head: &str) -> Result<Option<String>> {
        let commit = self.commit(&self.head()?)?;
        let mut parents = commit.parent_ids().map(|parent| parent.to_string());
        let (first, second) = (parents.next(), parents.next());
        Ok(first.filter(|_| second.as_deref() == Some(head)))
    }

    /// The folder of git's own files, where nothing is ever committed.
    pub fn private_folder(&self) -> &Path {
        self.inner.git_dir()
    }

    /// The commit of the main line that brought a file to where `commit` has it, with the bytes that it has there.
    ///
    /// None where the file is not there, or where the clone or the search ends before that commit.
    pub fn introduced(&self, commit: &str, path: &str) -> Result<Option<String>> {
        let Some(content) = self.entry_at(commit, path)? else { return Ok(None) };
        let mut at = self.commit(commit)?;
        for _ in 0..LONGEST_SEARCH {
            let Some(parent) = at.parent_ids().next() else {
                return Ok((!self.is_shallow()).then(|| at.id.to_string()));
            };
            let Some(parent) = self.commit_of(&parent.to_string())? else { return Ok(None) };
            if self.entry_at(&parent.id.to_string(), path)? != Some(content) {
                return Ok(Some(at.id.to_string()));
            }
            at = parent;
        }
        Ok(None)
    }

    /// The first parent of a commit, which need not be in this clone; none for a first commit.
    pub fn parent(&self, commit: &str) -> Result<Option<String>> {
        Ok(self.commit(commit)?.parent_ids().next().map(|parent| parent.to_string()))
    }

    /// The commit of the main line that took a file away that `commit` does not have.
    ///
    /// None where the file was never there, or where the clone or the search ends before that commit.
    pub fn removed(&self, commit: &str, path: &str) -> Result<Option<String>> {
        let mut at = self.commit(commit)?;
        for _ in 0..LONGEST_SEARCH {
            if self.entry_at(&at.id.to_string(), path)?.is_some() {
                return Ok(None);
            }
            let Some(parent) = at.parent_ids().next() else { return Ok(None) };
            let Some(parent) = self.commit_of(&parent.to_string())? else { return Ok(None) };
            if self.entry_at(&parent.id.to_string(), path)?.is_some() {
                return Ok(Some(at.id.to_string()));
            }
            at = parent;
        }
        Ok(None)
    }

    /// Whether older commits are missing from this clone.
    pub fn is_shallow(&self) -> bool {
        self.inner.is_shallow().unwrap_or(false)
    }

    fn no_merge_base(&self, one: &str, two: &str) -> Error {
        self.fetch_hint(Error::usage(format!(
            "the commit that `{}` and `{}` have in common is not in this clone",
            short(one),
            short(two)
        )))
    }

    fn fetch_hint(&self, error: Error) -> Error {
        if !self.is_shallow() {
            return error;
        }
        error.hint(
            "this clone is shallow: give the checkout step `fetch-depth: 0`, or run `git fetch --deepen=1000 origin`",
        )
    }

    /// The commit, which must be in this clone.
    fn commit(&self, revision: &str) -> Result<gix::Commit<'_>> {
        check_revision(revision)?;
        self.commit_of(revision)?.ok_or_else(|| {
            self.fetch_hint(Error::usage(format!("the commit `{}` is not in this clone", short(revision))))
                .hint(format!("fetch it first: `git fetch origin {revision}`"))
        })
    }

    fn commit_of(&self, revision: &str) -> Result<Option<gix::Commit<'_>>> {
        let id = match gix::ObjectId::from_hex(revision.as_bytes()) {
            Ok(id) => id,
            Err(_) => match self.inner.rev_parse_single(revision) {
                Ok(id) => id.detach(),
                Err(_) => return Ok(None),
            },
        };
        let Some(object) = self
            .inner
            .try_find_object(id)
            .map_err(|error| broken(format!("`{id}` cannot be read"), error))?
        else {
            return Ok(None);
        };
        match object.peel_to_kind(gix::object::Kind::Commit) {
            Ok(commit) => Ok(Some(commit.into_commit())),
            Err(error) => {
                Err(Error::usage(format!("`{revision}` is not a commit")).because(error.to_string()))
            }
        }
    }
}

/// Refuses what could be an option, a path or a search instead of a revision.
fn check_revision(revision: &str) -> Result<()> {
    let bad = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, ':' | '?' | '*' | '[' | '\\' | '{' | '}')
    };
    if revision.is_empty()
        || revision.starts_with(['-', '^', '/'])
        || revision.contains("..")
        || revision.contains(bad)
    {
        return Err(Error::usage(format!("`{}` is not the name of a commit", revision.escape_debug()))
            .hint("give a branch, a tag or a commit id"));
    }
    Ok(())
}

/// A commit id as people write it; other names stay whole.
fn short(revision: &str) -> &str {
    if revision.len() >= 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        &revision[..10]
    } else {
        revision
    }
}

fn broken(message: impl Into<String>, error: impl std::fmt::Display) -> Error {
    Error::outside(message).because(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_paths_ranges_and_searches_are_not_revisions() {
        for bad in [
            "",
            "-x",
            "--upload-pack=x",
            "^main",
            "/etc",
            "a..b",
            "HEAD:file",
            ":/text",
            "a b",
            "x^{/y}",
            "a\nb",
        ] {
            assert!(check_revision(bad).is_err(), "{bad}");
        }
        for good in ["main", "origin/main", "feature/ü-1", "v1.2", "HEAD~3", "HEAD^2", "refs/heads/x", "a-b"]
        {
            assert!(check_revision(good).is_ok(), "{good}");
        }
    }
}

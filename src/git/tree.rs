//! The files of commits: what differs between two, what one holds.

use std::{cmp::Ordering, collections::BTreeSet};

use gix::{ObjectId, bstr::ByteSlice, object::tree::EntryKind};

use super::{Repository, broken};
use crate::{
    error::{Error, Result},
    folder::{DEEPEST, Folder, is_entered, is_nested_file},
};

/// The largest file that is read, in bytes.
pub(super) const FILE_LIMIT: u64 = 64 << 20;
/// The most that the files of one folder may hold together, in bytes.
const FOLDER_LIMIT: u64 = 512 << 20;
/// The longest path that is followed, in bytes; no checkout could hold a longer one.
const PATH_LIMIT: usize = 4096;
/// The most entries that one question looks at; a small repository can be made that names billions.
const ENTRY_LIMIT: usize = 2_000_000;

/// A file that differs between two commits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// Its path, relative to the repository; bytes that are not UTF-8 are shown as `U+FFFD`.
    pub path: String,
    /// What happened to it.
    pub status: Status,
}

/// What happened to a file; a renamed one is deleted and added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It is new.
    Added,
    /// Its content or its kind is another.
    Modified,
    /// It is gone.
    Deleted,
}

impl Repository {
    /// The files that differ between two commits, by path; only sub-trees that differ are read.
    pub fn changed(&self, base: &str, head: &str) -> Result<Vec<Changed>> {
        let roots = (Some(self.tree_of(base)?), Some(self.tree_of(head)?));
        let mut changed = Vec::new();
        let mut pending = vec![(String::new(), roots)];
        let mut budget = Budget::default();
        while let Some((path, (old, new))) = pending.pop() {
            if old == new {
                continue;
            }
            let (old, new) = (self.entries(old, &mut budget)?, self.entries(new, &mut budget)?);
            for (name, pair) in paired(&old, &new) {
                compare(&join(&path, name)?, pair, &mut changed, &mut pending);
            }
        }
        changed.sort();
        Ok(changed)
    }

    /// The files of one folder of a commit, and those of its sub-folders that a [`Folder`] has; none if it is not there.
    pub fn folder(&self, commit: &str, path: &str) -> Result<Option<Folder>> {
        self.folder_of(self.tree_of(commit)?, path)
    }

    /// The same for a tree.
    pub(super) fn folder_of(&self, tree: ObjectId, path: &str) -> Result<Option<Folder>> {
        let path = tidy_path(path)?;
        let Some((kind, id)) = self.entry_of(tree, &path)? else { return Ok(None) };
        if kind != EntryKind::Tree {
            return Err(Error::usage(format!("`{path}` is a file, not a folder")));
        }
        let mut folder = Folder { path, ..Folder::default() };
        let (mut size, mut budget) = (0, Budget::default());
        let mut open = vec![(String::new(), id)];
        while let Some((within, id)) = open.pop() {
            for (last, (kind, id)) in self.entries(Some(id), &mut budget)? {
                let name = join(&within, &last)?;
                let nested = !within.is_empty();
                match kind {
                    EntryKind::Tree => {
                        if !nested {
                            folder.folders.push(last.clone());
                        }
                        if name.split('/').count() <= DEEPEST && is_entered(&last) {
                            open.push((name, id));
                        }
                    }
                    EntryKind::Link if !nested => return Err(symlink(&folder.path_of(&name))),
                    EntryKind::Blob | EntryKind::BlobExecutable if !nested || is_nested_file(&last) => {
                        let shown = folder.path_of(&name);
                        if last.contains(char::REPLACEMENT_CHARACTER) {
                            return Err(Error::usage(format!("the name of `{shown}` is not valid UTF-8")));
                        }
                        let content = self.blob(id, &shown)?;
                        size += content.len() as u64;
                        if size > FOLDER_LIMIT {
                            return Err(too_large(&folder.path, FOLDER_LIMIT));
                        }
                        let files = if nested { &mut folder.nested } else { &mut folder.files };
                        files.insert(name, content);
                    }
                    _ => {}
                }
            }
        }
        Ok(Some(folder))
    }

    /// The content of one file of a commit; none if it is not there.
    pub fn file(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>> {
        let path = tidy_path(path)?;
        match self.entry_at(commit, &path)? {
            None => Ok(None),
            Some((EntryKind::Blob | EntryKind::BlobExecutable, id)) => self.blob(id, &path).map(Some),
            Some((EntryKind::Link, _)) => Err(symlink(&path)),
            Some((EntryKind::Tree | EntryKind::Commit, _)) => {
                Err(Error::usage(format!("`{path}` is a folder, not a file")))
            }
        }
    }

    /// The folders of a commit that hold a file of that name, by path; the top folder is "".
    pub fn folders_with(&self, commit: &str, file_name: &str) -> Result<Vec<String>> {
        let mut found = BTreeSet::new();
        let mut pending = vec![(String::new(), self.tree_of(commit)?)];
        let mut budget = Budget::default();
        while let Some((path, tree)) = pending.pop() {
            for (name, (kind, id)) in self.entries(Some(tree), &mut budget)? {
                match kind {
                    EntryKind::Tree => pending.push((join(&path, &name)?, id)),
                    EntryKind::Blob | EntryKind::BlobExecutable if name == file_name => {
                        found.insert(path.clone());
                    }
                    _ => {}
                }
            }
        }
        Ok(found.into_iter().collect())
    }

    /// The kind and id of what stands at `path`; a symlink on the way is refused, not followed.
    pub(super) fn entry_at(&self, commit: &str, path: &str) -> Result<Option<Entry>> {
        self.entry_of(self.tree_of(commit)?, path)
    }

    /// The same for a tree.
    pub(super) fn entry_of(&self, tree: ObjectId, path: &str) -> Result<Option<Entry>> {
        let mut at = (EntryKind::Tree, tree);
        let mut walked = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            match at.0 {
                EntryKind::Tree => {}
                EntryKind::Link => return Err(symlink(&walked)),
                _ => return Ok(None),
            }
            walked = join(&walked, part)?;
            match self.entries(Some(at.1), &mut Budget::default())?.into_iter().find(|(name, _)| name == part)
            {
                Some((_, entry)) => at = entry,
                None => return Ok(None),
            }
        }
        if at.0 == EntryKind::Link { Err(symlink(&walked)) } else { Ok(Some(at)) }
    }

    /// The files that differ between two trees, by path: what stands there in the new one.
    pub(super) fn differences(&self, old: ObjectId, new: ObjectId) -> Result<Vec<(String, Option<Entry>)>> {
        let mut differences = Vec::new();
        let mut pending = vec![(String::new(), (Some(old), Some(new)))];
        let mut budget = Budget::default();
        while let Some((path, (old, new))) = pending.pop() {
            let (old, new) = (self.entries(old, &mut budget)?, self.entries(new, &mut budget)?);
            for (name, (old, new)) in paired(&old, &new) {
                let path = join(&path, name)?;
                let folder = |side: Option<Entry>| {
                    side.filter(|entry| entry.0 == EntryKind::Tree).map(|entry| entry.1)
                };
                let file = |side: Option<Entry>| side.filter(|entry| entry.0 != EntryKind::Tree);
                if folder(old) != folder(new) {
                    pending.push((path.clone(), (folder(old), folder(new))));
                }
                if file(old) != file(new) {
                    differences.push((path, file(new)));
                }
            }
        }
        differences.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(differences)
    }

    pub(super) fn tree_of(&self, commit: &str) -> Result<ObjectId> {
        let commit = self.commit(commit)?;
        Ok(commit
            .tree_id()
            .map_err(|error| broken(format!("commit `{}` cannot be read", commit.id), error))?
            .detach())
    }

    /// The entries of a tree in the order of their names.
    fn entries(&self, tree: Option<ObjectId>, budget: &mut Budget) -> Result<Vec<(String, Entry)>> {
        let Some(id) = tree else { return Ok(Vec::new()) };
        let unreadable = |error: gix::Error| {
            self.fetch_hint(broken(format!("the folder `{id}` of git cannot be read"), error))
        };
        let tree = self.inner.find_tree(id).map_err(unreadable)?;
        let mut entries = Vec::new();
        for entry in tree.decode().map_err(unreadable)?.entries {
            budget.spend()?;
            let name = entry.filename.to_str_lossy().into_owned();
            if name.contains('/') || matches!(name.as_str(), "" | "." | "..") {
                return Err(Error::usage(format!(
                    "the commit holds a file with the impossible name `{}`",
                    name.escape_debug()
                )));
            }
            entries.push((name, (entry.mode.kind(), entry.oid.to_owned())));
        }
        entries.sort_by(|one, two| one.0.cmp(&two.0));
        Ok(entries)
    }

    pub(super) fn blob(&self, id: ObjectId, path: &str) -> Result<Vec<u8>> {
        let unreadable =
            |error: gix::Error| self.fetch_hint(broken(format!("`{path}` cannot be read from git"), error));
        let header = self.inner.find_header(id).map_err(unreadable)?;
        if header.size() > FILE_LIMIT {
            return Err(too_large(path, FILE_LIMIT));
        }
        Ok(self.inner.find_blob(id).map_err(unreadable)?.take_data())
    }
}

pub(super) type Entry = (EntryKind, ObjectId);
type Sides = (Option<Entry>, Option<Entry>);
type Trees = (Option<ObjectId>, Option<ObjectId>);

/// How many entries may still be looked at.
struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(ENTRY_LIMIT)
    }
}

impl Budget {
    fn spend(&mut self) -> Result<()> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| {
            Error::usage(format!("the commit names more than {ENTRY_LIMIT} files"))
                .hint("name the migration folder with the input `dir`")
        })?;
        Ok(())
    }
}

/// The entries of both sides by name; both lists are sorted.
fn paired<'a>(old: &'a [(String, Entry)], new: &'a [(String, Entry)]) -> Vec<(&'a str, Sides)> {
    let (mut left, mut right) = (old.iter().peekable(), new.iter().peekable());
    let mut pairs = Vec::new();
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return pairs,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(two)) => one.0.cmp(&two.0),
        };
        let one = if order.is_le() { left.next() } else { None };
        let two = if order.is_ge() { right.next() } else { None };
        if let Some((name, _)) = one.or(two) {
            pairs.push((name.as_str(), (one.map(|entry| entry.1), two.map(|entry| entry.1))));
        }
    }
}

/// Notes what differs at one path, and leaves its sub-trees for later.
fn compare(path: &str, (old, new): Sides, changed: &mut Vec<Changed>, pending: &mut Vec<(String, Trees)>) {
    if old == new {
        return;
    }
    let tree = |entry: Option<Entry>| entry.filter(|entry| entry.0 == EntryKind::Tree).map(|entry| entry.1);
    let file =
        |entry: Option<Entry>| entry.filter(|entry| !matches!(entry.0, EntryKind::Tree | EntryKind::Commit));
    let trees = (tree(old), tree(new));
    if trees != (None, None) {
        pending.push((path.to_owned(), trees));
    }
    let status = match (file(old), file(new)) {
        (None, None) => return,
        (None, Some(_)) => Status::Added,
        (Some(_), None) => Status::Deleted,
        (Some(one), Some(two)) if one == two => return,
        (Some(_), Some(_)) => Status::Modified,
    };
    changed.push(Changed { path: path.to_owned(), status });
}

fn join(folder: &str, name: &str) -> Result<String> {
    if folder.len() + name.len() > PATH_LIMIT {
        return Err(Error::usage(format!("the commit holds a path of more than {PATH_LIMIT} bytes")));
    }
    Ok(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
}

/// The path as trees spell it: relative, with `/`, without `.` and empty parts.
fn tidy_path(path: &str) -> Result<String> {
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(Error::usage(format!("`{}` leaves the repository", path.escape_debug())));
    }
    let parts: Vec<_> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    Ok(parts.join("/"))
}

fn symlink(path: &str) -> Error {
    Error::usage(format!("`{path}` is a symbolic link, which is not followed"))
        .hint("commit the file itself in its place")
}

fn too_large(path: &str, limit: u64) -> Error {
    Error::usage(format!("`{path}` holds more than {} MiB", limit >> 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_tidied_and_stays_inside() {
        assert_eq!(tidy_path("./a//b/").unwrap(), "a/b");
        assert_eq!(tidy_path(".").unwrap(), "");
        assert!(tidy_path("../x").is_err());
        assert!(tidy_path("/etc").is_err());
    }
}

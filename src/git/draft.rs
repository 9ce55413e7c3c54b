//! A tree that is made in memory, as a merge would make it: nothing of it is written to the repository.
//!
//! The merge is that of git, but that what comes into a folder that the other side moved is a conflict, not a guess; and
//! that nothing runs: the programs that a repository can name (merge drivers, filters, helpers) are struck from its
//! configuration first.

use std::collections::{BTreeMap, BTreeSet};

use gix::{ObjectId, object::tree::EntryKind};

use super::{Repository, broken, tree::Entry};
use crate::{
    error::{Error, Result},
    folder::Folder,
};

/// The sections of a configuration that name programs which a merge would run.
const PROGRAMS: [&str; 3] = ["merge", "filter", "diff"];

/// A tree on its way.
pub struct Draft {
    /// The repository with a memory of its own for new objects.
    repository: Repository,
    /// The repository as it is.
    known: gix::Repository,
    tree: ObjectId,
}

/// A file that differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its path, relative to the repository.
    pub path: String,
    /// What stands there; none where nothing does.
    pub file: Option<NewFile>,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its mode as git writes it, for example `100644`.
    pub mode: &'static str,
    /// The id of its content.
    pub id: String,
    /// Its content, where the repository does not have it yet.
    pub content: Option<Vec<u8>>,
}

impl Repository {
    /// Begins with the files of a commit.
    pub fn draft(&self, commit: &str) -> Result<Draft> {
        let mut inner = self.inner.clone();
        strike_programs(&mut inner)?;
        let repository = Self { inner: inner.with_object_memory(), root: self.root.clone() };
        let tree = repository.tree_of(commit)?;
        Ok(Draft { repository, known: self.inner.clone(), tree })
    }

    /// The id of the tree of a commit.
    pub fn tree_id(&self, commit: &str) -> Result<String> {
        self.tree_of(commit).map(|id| id.to_string())
    }
}

impl Draft {
    /// The id of the tree.
    pub fn id(&self) -> String {
        self.tree.to_string()
    }

    /// Merges in what led from one commit to another; the paths that conflict, in which case nothing changes.
    ///
    /// Files at the paths that are left out are in none of the trees, nor in the result.
    pub fn merge(&mut self, from: &str, to: &str, left_out: &[String]) -> Result<Vec<String>> {
        let base = self.without(self.repository.tree_of(from)?, left_out)?;
        let theirs = self.without(self.repository.tree_of(to)?, left_out)?;
        let ours = self.without(self.tree, left_out)?;
        let mut conflicts = self.stranded(base, ours, theirs)?;
        conflicts.extend(self.stranded(base, theirs, ours)?);
        let repository = &self.repository.inner;
        let labels = gix::merge::blob::builtin_driver::text::Labels::default();
        let options = repository.tree_merge_options().map_err(not_merged)?;
        let mut merged = repository.merge_trees(base, ours, theirs, labels, options).map_err(not_merged)?;
        let how = gix::merge::tree::TreatAsUnresolved::git();
        let open = merged.conflicts.iter().filter(|conflict| conflict.is_unresolved(how));
        conflicts.extend(open.map(|conflict| conflict.ours.location().to_string()));
        if conflicts.is_empty() {
            self.tree = merged.tree.write().map_err(not_merged)?.detach();
        }
        Ok(conflicts.into_iter().collect())
    }

    /// The files of one folder; none if it is not there.
    pub fn folder(&self, path: &str) -> Result<Option<Folder>> {
        self.repository.folder_of(self.tree, path)
    }

    /// Writes a file; one that is there keeps its mode.
    pub fn write(&mut self, path: &str, content: &[u8]) -> Result<()> {
        let kind = match self.repository.entry_of(self.tree, path)? {
            Some((EntryKind::BlobExecutable, _)) => EntryKind::BlobExecutable,
            _ => EntryKind::Blob,
        };
        let id = self.repository.inner.write_blob(content).map_err(not_merged)?.detach();
        self.edit(&[(path, Some((kind, id)))])
    }

    /// Gives a file another name.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<()> {
        let file = self.repository.entry_of(self.tree, from)?;
        let file = file.ok_or_else(|| Error::bug(format!("`{from}` is to be renamed and is not there")))?;
        if self.repository.entry_of(self.tree, to)?.is_some() {
            return Err(Error::usage(format!("`{to}` exists already")));
        }
        self.edit(&[(from, None), (to, Some(file))])
    }

    /// What leads from another tree to this one, by path.
    pub fn differences_from(&self, tree: &str) -> Result<Vec<Difference>> {
        let old = ObjectId::from_hex(tree.as_bytes()).map_err(not_merged)?;
        let differences = self.repository.differences(old, self.tree)?;
        differences.into_iter().map(|(path, entry)| self.difference(path, entry)).collect()
    }

    /// The files that one side brings into folders that are gone on the other.
    ///
    /// Git guesses where they belong. This also looks at all that differs, within bounds that a merge has not.
    fn stranded(&self, base: ObjectId, side: ObjectId, other: ObjectId) -> Result<BTreeSet<String>> {
        let repository = &self.repository;
        let has = |tree: ObjectId, path: &str| matches!(repository.entry_of(tree, path), Ok(Some(_)));
        let mut gone: BTreeMap<String, bool> = BTreeMap::new();
        let mut stranded = BTreeSet::new();
        for (path, entry) in repository.differences(base, side)? {
            let mut folders = path.match_indices('/').map(|(at, _)| &path[..at]);
            let is_gone = folders.any(|folder| {
                let known = gone.get(folder).copied();
                let is_gone = known.unwrap_or_else(|| has(base, folder) && !has(other, folder));
                gone.insert(folder.to_owned(), is_gone);
                is_gone
            });
            if is_gone && entry.is_some() && !has(base, &path) {
                stranded.insert(path);
            }
        }
        Ok(stranded)
    }

    fn difference(&self, path: String, entry: Option<Entry>) -> Result<Difference> {
        if path.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Error::usage(format!("the name of `{path}` is not valid UTF-8")));
        }
        let Some((kind, id)) = entry else { return Ok(Difference { path, file: None }) };
        let mode = match kind {
            EntryKind::Blob => "100644",
            EntryKind::BlobExecutable => "100755",
            EntryKind::Link => "120000",
            EntryKind::Commit => "160000",
            EntryKind::Tree => "040000",
        };
        let is_new = kind != EntryKind::Commit && !self.known.has_object(id);
        let content = is_new.then(|| self.repository.blob(id, &path)).transpose()?;
        Ok(Difference { path, file: Some(NewFile { mode, id: id.to_string(), content }) })
    }

    fn edit(&mut self, edits: &[(&str, Option<Entry>)]) -> Result<()> {
        self.tree = self.edited(self.tree, edits)?;
        Ok(())
    }

    fn without(&self, tree: ObjectId, left_out: &[String]) -> Result<ObjectId> {
        let edits: Vec<_> = left_out.iter().map(|path| (path.as_str(), None)).collect();
        self.edited(tree, &edits)
    }

    fn edited(&self, tree: ObjectId, edits: &[(&str, Option<Entry>)]) -> Result<ObjectId> {
        let tree = self.repository.inner.find_tree(tree).map_err(not_merged)?;
        let mut editor = tree.edit().map_err(not_merged)?;
        for (path, entry) in edits {
            match entry {
                Some((kind, id)) => editor.upsert(*path, *kind, *id),
                None => editor.remove(*path),
            }
            .map_err(not_merged)?;
        }
        Ok(editor.write().map_err(not_merged)?.detach())
    }
}

/// Forgets every program that the repository's own configuration names for a merge.
fn strike_programs(repository: &mut gix::Repository) -> Result<()> {
    let mut config = repository.config_snapshot_mut();
    for name in PROGRAMS {
        let sections = config.sections_and_ids_by_name(name);
        let ids: Vec<_> = sections.into_iter().flatten().map(|(_, id)| id).collect();
        for id in ids {
            config.remove_section_by_id(id);
        }
    }
    config.commit().map_err(not_merged)?;
    Ok(())
}

fn not_merged(error: impl std::fmt::Display) -> Error {
    broken("the merge cannot be tried out", error)
}

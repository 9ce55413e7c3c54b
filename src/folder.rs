//! A folder of files as a value, wherever it was read from.

use std::{collections::BTreeMap, path::Path};

/// How many levels of sub-folders are read: tools that nest migrations go no deeper.
pub const DEEPEST: usize = 3;

/// The files of one folder by name, and those of its sub-folders that a migration tool may have put there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// The path of the folder, relative to the repository (or as given, outside of one), with `/`.
    pub path: String,
    /// The content of each file.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The names of its sub-folders.
    pub folders: Vec<String>,
    /// The content of files in sub-folders, by their path in this folder: those that [`is_nested_file`] names.
    pub nested: BTreeMap<String, Vec<u8>>,
}

/// Whether a file of a sub-folder is read: SQL, and what tools write beside it.
pub fn is_nested_file(name: &str) -> bool {
    let beside = ["_journal.json", "metadata.toml"];
    let endings = ["sql", "java", "rs"];
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    beside.contains(&name)
        || name.ends_with(".sql.conf")
        || ending.is_some_and(|ending| endings.contains(&ending))
}

/// Whether a sub-folder is read: not those of other programs, which may be huge.
pub fn is_entered(name: &str) -> bool {
    !name.starts_with('.') && !matches!(name, "node_modules" | "target")
}

impl Folder {
    /// The path of one of its files.
    pub fn path_of(&self, name: &str) -> String {
        match self.path.as_str() {
            "" | "." => name.to_owned(),
            path => format!("{}/{name}", path.trim_end_matches('/')),
        }
    }
}

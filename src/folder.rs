//! A folder of files as a value, wherever it was read from.

use std::collections::BTreeMap;

/// The files of one folder, not of its sub-folders, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// The path of the folder, relative to the repository (or as given, outside of one), with `/`.
    pub path: String,
    /// The content of each file.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The names of its sub-folders.
    pub folders: Vec<String>,
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

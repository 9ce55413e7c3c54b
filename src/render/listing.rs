//! The migrations of a folder as JSON, in the words of Atlas.

use serde::Serialize;

use crate::render::pretty;

/// A migration of the folder.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listed<'a> {
    /// The file name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The rest of its name.
    pub description: &'a str,
    /// `versioned`, `checkpoint` or `repeatable`.
    #[serde(rename = "Type")]
    pub role: &'static str,
    /// The name that a checkpoint was given.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub tag: &'a str,
}

/// The list as JSON, in the order given.
pub fn json<'a>(files: impl Iterator<Item = Listed<'a>>) -> String {
    pretty(&files.collect::<Vec<_>>())
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written<'a> {
    dir: &'a str,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct File<'a> {
    name: &'a str,
    content: &'a str,
}

/// New migrations of a folder, each with its name and its text, as JSON.
pub fn written(dir: &str, files: &[(&str, &str)]) -> String {
    let files = files.iter().map(|(name, content)| File { name, content }).collect();
    pretty(&Written { dir, files })
}

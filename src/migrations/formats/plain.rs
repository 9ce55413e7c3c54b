//! No tool's format: files `*.sql`, which run in the byte order of their names.

use std::cmp::Ordering;

use crate::{
    error::Result,
    folder::Folder,
    migrations::{Migration, SUM_FILE},
};

use super::{
    Contents, Format,
    common::{directed, is_number, is_top_sql, whole},
};

/// The format of nobody.
pub(super) struct Plain;

impl Format for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn title(&self) -> &'static str {
        "plain SQL"
    }

    /// Files that all begin with a digit, of which one is not called as Atlas would call it; without checksums.
    fn detect(&self, folder: &Folder) -> Option<String> {
        let mut files = folder.files.keys().filter(|file| is_top_sql(file));
        let is_atlas =
            |file: &str| is_number(file.trim_end_matches(".sql").split('_').next().unwrap_or(file));
        let fits = |file: &String| {
            file.starts_with(|char: char| char.is_ascii_digit()) && !file.chars().any(char::is_control)
        };
        let all = files.clone().all(fits);
        let found = files.find(|file| !is_atlas(file)).cloned();
        found.filter(|_| all && !folder.files.contains_key(SUM_FILE))
    }

    fn is_read(&self, file: &str) -> bool {
        is_top_sql(file)
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let sources = folder.sources.iter();
        sources
            .map(|(file, source)| {
                directed(whole(file, file.strip_suffix(".sql").unwrap_or(file), "", source))
            })
            .collect()
    }

    /// As the names, in which `1-b.sql` stands before `1.sql`.
    fn compare(&self, one: &str, other: &str) -> Ordering {
        one.bytes().chain(*b".sql").cmp(other.bytes().chain(*b".sql"))
    }
}

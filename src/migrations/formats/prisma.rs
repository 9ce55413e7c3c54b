//! The format of Prisma: a folder for each migration, `<time>_<name>/migration.sql`.

use std::cmp::Ordering;

use crate::{error::Result, folder::Folder, migrations::Migration};

use super::{
    Contents, Draft, Format,
    common::by_name,
    folders::{self, Folders},
};

/// The format of Prisma.
pub(super) struct Prisma;

/// The file that goes up.
const UP: &str = "migration.sql";

impl Format for Prisma {
    fn name(&self) -> &'static str {
        "prisma"
    }

    fn title(&self) -> &'static str {
        "Prisma"
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let lock = "migration_lock.toml";
        let has_lock = folder.files.contains_key(lock);
        has_lock.then(|| lock.to_owned()).or_else(|| folders::find(folder, UP))
    }

    fn is_loose(&self) -> bool {
        false
    }

    fn is_read(&self, file: &str) -> bool {
        folders::is_one_of(file, &[UP, folders::DOWN])
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        Folders { format: self, up: UP, version: str::to_owned, mode: |_, _| Ok(None) }.read(folder)
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        by_name(one, other)
    }

    fn draft(&self, draft: &Draft<'_>) -> Option<Vec<(String, String)>> {
        Some(vec![(format!("{}/{UP}", draft.stem()), draft.up.concat())])
    }
}

//! The format of golang-migrate: `<number>_<name>.up.sql` and `<number>_<name>.down.sql`.

use std::cmp::Ordering;

use crate::{error::Result, folder::Folder, migrations::Migration};

use super::{
    Contents, Draft, Format,
    common::{by_number, is_top_sql, next_number},
    pairs::{self, DOWN, Pairs, UP},
};

/// The format of golang-migrate.
pub(super) struct GolangMigrate;

impl Format for GolangMigrate {
    fn name(&self) -> &'static str {
        "golang-migrate"
    }

    fn title(&self) -> &'static str {
        "golang-migrate"
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        folder.files.keys().find(|file| file.ends_with(UP) || file.ends_with(DOWN)).cloned()
    }

    fn is_read(&self, file: &str) -> bool {
        is_top_sql(file)
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let shape = "`<number>_<name>.up.sql` and `<number>_<name>.down.sql`";
        Pairs { format: self, shape, single: false, mode: |_| None }.read(folder)
    }

    fn hashed<'a>(&self, folder: &'a Contents<'_>) -> Vec<&'a str> {
        folder.sources.keys().map(String::as_str).filter(|file| file.ends_with(UP)).collect()
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        by_number(one, other)
    }

    fn next_version(&self, last: Option<&str>, now: String) -> String {
        next_number(last, now)
    }

    fn draft(&self, draft: &Draft<'_>) -> Option<Vec<(String, String)>> {
        Some(pairs::draft(draft))
    }
}

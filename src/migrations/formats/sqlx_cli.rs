//! The format of sqlx: `<number>_<name>.sql`, or pairs of `.up.sql` and `.down.sql`.

use std::cmp::Ordering;

use crate::{
    error::Result,
    folder::Folder,
    migrations::{Migration, SUM_FILE, TxMode},
    text::Source,
};

use super::{
    Contents, Draft, Format,
    common::{by_number, is_top_sql, next_number, numbered},
    pairs::{self, Pairs},
};

/// The format of sqlx.
pub(super) struct Sqlx;

/// What a file begins with, at its very first byte, that runs without a transaction.
const NO_TRANSACTION: &str = "-- no-transaction";

/// What sqlx-cli writes into new files, and what it reads at the top of one.
const MARKS: [&str; 4] = [
    "-- Add migration script here",
    "-- Add up migration script here",
    "-- Add down migration script here",
    NO_TRANSACTION,
];

impl Format for Sqlx {
    fn name(&self) -> &'static str {
        "sqlx"
    }

    fn title(&self) -> &'static str {
        "sqlx"
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        // An `atlas.sum` beside files without a direction says that Atlas wrote them.
        let has_sum = folder.files.contains_key(SUM_FILE);
        let is_marked = |(file, content): &(&String, &Vec<u8>)| {
            let marked = MARKS.iter().any(|mark| content.starts_with(mark.as_bytes()));
            let is_name = is_top_sql(file) && numbered(file).is_some();
            is_name && marked && (!has_sum || pairs::has_direction(file))
        };
        folder.files.iter().find(is_marked).map(|(file, _)| file.clone())
    }

    fn is_read(&self, file: &str) -> bool {
        is_top_sql(file)
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let shape = "`<number>_<name>.sql`, or `<number>_<name>.up.sql` and `<number>_<name>.down.sql`";
        Pairs { format: self, shape, single: true, mode }.read(folder)
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

    fn is_mark(&self, line: &str) -> bool {
        line.starts_with(NO_TRANSACTION)
    }
}

fn mode(source: &Source) -> Option<TxMode> {
    source.text().starts_with(NO_TRANSACTION).then_some(TxMode::None)
}

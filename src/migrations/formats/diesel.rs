//! The format of Diesel: a folder for each migration, `<version>_<name>/up.sql` and `down.sql`.

use std::cmp::Ordering;

use crate::{
    error::Result,
    folder::Folder,
    migrations::{Migration, TxMode},
};

use super::{
    Contents, Draft, Format,
    common::{lines, refused},
    folders::{self, Folders},
};

/// The format of Diesel.
pub(super) struct Diesel;

/// The file that goes up.
const UP: &str = "up.sql";
/// The file that says how a migration wants to run.
const METADATA: &str = "metadata.toml";

impl Format for Diesel {
    fn name(&self) -> &'static str {
        "diesel"
    }

    fn title(&self) -> &'static str {
        "Diesel"
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        folders::find(folder, UP)
    }

    fn is_loose(&self) -> bool {
        false
    }

    fn is_read(&self, file: &str) -> bool {
        folders::is_one_of(file, &[UP, folders::DOWN, METADATA])
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        // Diesel leaves the dashes of a date out of the version.
        let version = |name: &str| name.replace('-', "");
        Folders { format: self, up: UP, version, mode }.read(folder)
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        one.cmp(other)
    }

    fn draft(&self, draft: &Draft<'_>) -> Option<Vec<(String, String)>> {
        let file =
            |name: &str, statements: &[String]| (format!("{}/{name}", draft.stem()), statements.concat());
        Some(vec![file(UP, draft.up), file(folders::DOWN, draft.down)])
    }
}

/// What the metadata says, of which Diesel knows one word.
fn mode(folder: &Contents<'_>, name: &str) -> Result<Option<TxMode>> {
    let mut mode = None;
    let Some(source) = folder.sources.get(&format!("{name}/{METADATA}")) else { return Ok(mode) };
    for line in lines(source) {
        let text = line.text.split('#').next().unwrap_or_default().trim();
        mode = match text.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            None if text.is_empty() => mode,
            Some(("run_in_transaction", "false")) => Some(TxMode::None),
            Some(("run_in_transaction", "true")) => Some(TxMode::File),
            _ => {
                return Err(refused(source, line.span, "this line of the metadata is not read")
                    .hint("the one setting is `run_in_transaction = false`"));
            }
        };
    }
    Ok(mode)
}

//! The formats of migration folders: Atlas's own, and those of other tools, read in place.
//!
//! A format is one file here and one line in [`ALL`].

mod atlas;
mod changeset;
mod common;
mod dbmate;
mod diesel;
mod drizzle;
mod flyway;
mod folders;
mod golang_migrate;
mod goose;
mod liquibase;
mod others;
mod pairs;
mod plain;
mod prisma;
mod refinery;
mod sqlx_cli;

use std::{cmp::Ordering, collections::BTreeMap, fmt};

pub use atlas::Atlas;
pub use common::by_number;
use dbmate::Dbmate;
use diesel::Diesel;
use drizzle::Drizzle;
use flyway::Flyway;
use golang_migrate::GolangMigrate;
use goose::Goose;
use liquibase::Liquibase;
use plain::Plain;
use prisma::Prisma;
use refinery::Refinery;
use sqlx_cli::Sqlx;

use crate::{
    error::{Error, Result},
    folder::Folder,
    text::Source,
};

use super::{Migration, name};

/// Every format; a folder is of the first that knows it by its shape, and Atlas's is what is left.
pub static ALL: [&dyn Format; 12] = [
    &Drizzle,
    &Diesel,
    &Prisma,
    &Liquibase,
    &Goose,
    &Dbmate,
    &Refinery,
    &Flyway,
    &Sqlx,
    &GolangMigrate,
    &Plain,
    &Atlas,
];

/// How one tool writes a folder of migrations.
pub trait Format: Sync {
    /// Its name in `?format=` and `--dir-format`.
    fn name(&self) -> &'static str;

    /// The tool, for people.
    fn title(&self) -> &'static str;

    /// What gives a folder away as one of this tool: the name of a file or folder in it.
    fn detect(&self, folder: &Folder) -> Option<String>;

    /// Whether the text of a file, by its name in the folder, belongs to the migrations.
    fn is_read(&self, file: &str) -> bool;

    /// The migrations in the order in which they run on an empty database, repeatable ones last.
    ///
    /// Refuses names without a version, what would be run as something else than it is, and broken files.
    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>>;

    /// The files that `atlas.sum` holds, by name, in its order.
    fn hashed<'a>(&self, folder: &'a Contents<'_>) -> Vec<&'a str> {
        folder.sources.keys().map(String::as_str).collect()
    }

    /// The text of a checkpoint: a file with this tag, which may be empty, that holds the whole state; none where
    /// the tool has no such files.
    fn checkpoint(&self, _tag: &str, _body: &str) -> Option<String> {
        None
    }

    /// The order of two versions of one folder.
    fn compare(&self, one: &str, other: &str) -> Ordering {
        one.cmp(other)
    }

    /// Whether a version is that of a file that runs again when its text changes.
    fn is_repeatable(&self, _version: &str) -> bool {
        false
    }

    /// Whether files run in the order of their versions: one that comes late is out of order.
    fn is_ordered(&self) -> bool {
        true
    }

    /// The version of a migration that is made now, behind the last one.
    fn next_version(&self, last: Option<&str>, now: String) -> String {
        name::following(last, now, |one, other| self.compare(one, other))
    }

    /// The files of a new migration, by name in the folder, and their texts; none where only the tool can make them.
    fn draft(&self, draft: &Draft<'_>) -> Option<Vec<(String, String)>> {
        Some(vec![(draft.file(), draft.up.concat())])
    }

    /// Whether a line, without its line break, is only for the tool, so that no other one has to keep it.
    fn is_mark(&self, _line: &str) -> bool {
        false
    }

    /// Whether a migration is files of the folder and nothing else, so that it can be renamed and removed by itself.
    fn is_loose(&self) -> bool {
        true
    }

    /// Whether a file can hold checks.
    fn has_checks(&self) -> bool {
        false
    }

    /// Whether a folder with files and without `atlas.sum` is broken.
    fn needs_sum(&self) -> bool {
        false
    }
}

impl fmt::Debug for dyn Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for dyn Format {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for dyn Format {}

/// A migration that is to be written.
pub struct Draft<'a> {
    /// Its version.
    pub version: &'a str,
    /// What it is about; may be empty.
    pub name: &'a str,
    /// The statements that go up, each with its delimiter and the comments above it.
    pub up: &'a [String],
    /// The statements that go down; none where they are not known.
    pub down: &'a [String],
}

impl Draft<'_> {
    /// A file name of version and name.
    fn file(&self) -> String {
        name::file_name(self.version, self.name)
    }

    /// Version and name with a `_` between them, of which no part is empty.
    fn stem(&self) -> String {
        let name = if self.name.trim().is_empty() { "migration" } else { self.name };
        name::file_name(self.version, name).trim_end_matches(".sql").to_owned()
    }
}

/// The texts of a folder, as a format reads them.
pub struct Contents<'a> {
    /// The folder.
    pub folder: &'a Folder,
    /// The files that [`Format::is_read`] names, by name.
    pub sources: BTreeMap<String, Source>,
}

/// The format of a folder by its shape; what no format knows is refused by the name of its tool.
pub(super) fn detect(folder: &Folder) -> Result<&'static dyn Format> {
    if let Some(format) = ALL.into_iter().find(|format| format.detect(folder).is_some()) {
        return Ok(format);
    }
    others::refuse(folder).map_or(Ok(&Atlas), Err)
}

/// Whether the shape of a folder gives it away as one of another tool's migrations.
pub fn is_foreign(folder: &Folder) -> bool {
    ALL.into_iter().any(|format| format.detect(folder).is_some())
}

/// The format of that name.
pub fn named(name: &str) -> Result<&'static dyn Format> {
    ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
        let names: Vec<String> = ALL.iter().map(|format| format!("`{}`", format.name())).collect();
        Error::usage(format!("there is no format of migrations called `{name}`"))
            .hint(format!("the formats are {}", names.join(", ")))
    })
}

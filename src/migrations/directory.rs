//! A folder of migrations as a value.

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::Timestamp;

use crate::{
    error::{Error, Result},
    folder::Folder,
    text::{Source, Span},
};

use super::{
    Format, Migration, Role, SUM_FILE, Sum,
    formats::{self, Contents},
    name,
};

/// A folder of migrations in the order in which they run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The path of the folder as users know it.
    pub path: String,
    /// Whose format it has.
    pub format: &'static dyn Format,
    /// The migrations.
    pub migrations: Vec<Migration>,
    /// The files that the checksum file holds, by name, in its order.
    pub hashed: Vec<(String, Source)>,
    /// The checksum file, as it is.
    pub sum_file: Option<Source>,
}

impl Directory {
    /// Reads the migrations of a folder, in the format that its shape gives away; does not compare them with
    /// the checksum file.
    ///
    /// Refuses what is not a folder of migrations, names without a version, and text that is not UTF-8.
    pub fn open(folder: &Folder) -> Result<Self> {
        Self::open_as(folder, formats::detect(folder)?)
    }

    /// Reads the migrations of a folder that is known to have this format.
    pub fn open_as(folder: &Folder, format: &'static dyn Format) -> Result<Self> {
        let mut sources = BTreeMap::new();
        for (file, content) in folder.files.iter().chain(&folder.nested) {
            if format.is_read(file) {
                let path = folder.path_of(file);
                let source = Source::new(path.as_str(), text(&path, content)?);
                sources.insert(file.clone(), source);
            }
        }
        let contents = Contents { folder, sources };
        let migrations = format.read(&contents)?;
        check_versions(&migrations)?;
        let hashed = format.hashed(&contents).into_iter();
        let hashed = hashed.filter_map(|name| Some((name.to_owned(), contents.sources.get(name)?.clone())));
        let sum_file = folder.files.get(SUM_FILE);
        let sum_file =
            sum_file.map(|content| Source::new(folder.path_of(SUM_FILE), String::from_utf8_lossy(content)));
        Ok(Self { path: folder.path.clone(), format, hashed: hashed.collect(), migrations, sum_file })
    }

    /// The tool in whose format the folder is; none for Atlas's own.
    pub fn foreign_title(&self) -> Option<&'static str> {
        (self.format.name() != formats::Atlas.name()).then(|| self.format.title())
    }

    /// The checksums of the files as they are.
    pub fn sum(&self) -> Sum {
        Sum::of(self.hashed.iter().map(|(name, source)| (name.as_str(), source.text().as_bytes())))
    }

    /// The migration of a version.
    pub fn migration(&self, version: &str) -> Option<&Migration> {
        self.migrations.iter().find(|migration| migration.version == version)
    }

    /// The migrations that lead an empty database to the end, or to the state at a version: they begin at the
    /// last checkpoint on the way.
    pub fn way_to(&self, version: Option<&str>) -> Vec<&Migration> {
        let end = version
            .and_then(|version| self.migrations.iter().position(|migration| migration.version == version));
        let reached = |at: usize, migration: &Migration, version: &str| {
            if self.format.is_ordered() {
                self.format.compare(&migration.version, version) != Ordering::Greater
            } else {
                end.is_some_and(|end| at <= end)
            }
        };
        let way = self.migrations.iter().enumerate().filter(|(at, migration)| {
            version
                .is_none_or(|version| migration.role != Role::Repeatable && reached(*at, migration, version))
        });
        let way: Vec<&Migration> = way.map(|(_, migration)| migration).collect();
        from_last_checkpoint(&way).to_vec()
    }

    /// The order of two versions; where they say nothing about it, that of the migrations.
    pub fn compare(&self, one: &str, other: &str) -> Ordering {
        if self.format.is_ordered() {
            return self.format.compare(one, other);
        }
        let place = |version: &str| {
            (self.migrations.iter().position(|migration| migration.version == version), version.to_owned())
        };
        place(one).cmp(&place(other))
    }

    /// The version of a migration that is made now, behind all others.
    pub fn next_version(&self, now: Timestamp) -> String {
        let last = self.migrations.iter().rfind(|migration| migration.role != Role::Repeatable);
        self.version_after(last.map(|last| last.version.as_str()), now)
    }

    /// The version of a migration that is made now, behind `last`.
    pub(super) fn version_after(&self, last: Option<&str>, now: Timestamp) -> String {
        self.format.next_version(last, name::new_version(now))
    }

    /// The path of a file in the folder.
    pub fn path_of(&self, file: &str) -> String {
        Folder { path: self.path.clone(), ..Folder::default() }.path_of(file)
    }
}

/// The end of a way that leads an empty database to the same state: from the last checkpoint on.
pub fn from_last_checkpoint<'a, 'm>(way: &'a [&'m Migration]) -> &'a [&'m Migration] {
    let start = way.iter().rposition(|migration| migration.role.is_checkpoint());
    &way[start.unwrap_or(0)..]
}

fn text<'a>(path: &str, content: &'a [u8]) -> Result<&'a str> {
    let (valid, reason) = match std::str::from_utf8(content) {
        Ok(text) => match text.find('\0') {
            None => return Ok(text),
            Some(at) => (at, "has a NUL byte, behind which a database reads nothing"),
        },
        Err(error) => (error.valid_up_to(), "is not UTF-8"),
    };
    let line = String::from_utf8_lossy(&content[..valid]).matches('\n').count() + 1;
    let error = Error::usage(format!("{path}:{line}: the text {reason}"));
    let utf16 = content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]);
    Err(error.hint(if utf16 { "it looks like UTF-16: save it as UTF-8" } else { "save the file as UTF-8" }))
}

/// Two files of one version would be one row of the revisions table.
fn check_versions(migrations: &[Migration]) -> Result<()> {
    let mut seen: BTreeMap<&str, &Migration> = BTreeMap::new();
    for migration in migrations {
        if let Some(other) = seen.insert(&migration.version, migration) {
            let message = format!("`{}` has the version of `{}`", migration.source.path(), other.name);
            return Err(Error::usage(message)
                .at(&migration.source, Span::default(), "this file")
                .hint("give one of them another version, then run `plinth migrate hash`"));
        }
    }
    Ok(())
}

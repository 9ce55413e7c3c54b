//! The texts of migrations that are to be reverted: from the folder, or as the target remembers them.

use std::collections::BTreeMap;

use crate::{
    db::Remembered,
    error::{Error, Result},
    folder::Folder,
    migrations::{Directory, Down, Migration, Part, Role, directives::FileDirectives},
    text::{Source, file_name},
};

/// Where the texts of migrations come from.
pub(super) struct Texts<'a> {
    /// The folder as it is.
    pub(super) directory: &'a Directory,
    /// The files that are not in the folder any more, or whose way down is not, as they ran.
    remembered: BTreeMap<String, Migration>,
}

impl<'a> Texts<'a> {
    /// The files of a folder, and what the target remembers of others.
    pub(super) fn new(directory: &'a Directory, remembered: Vec<Remembered>) -> Self {
        let read = |file: Remembered| Some((file.version.clone(), as_it_ran(directory, file)?));
        Self { directory, remembered: remembered.into_iter().filter_map(read).collect() }
    }

    /// The file of a version.
    pub(super) fn find(&self, version: &str) -> Result<&Migration> {
        let found = self.directory.migration(version).or_else(|| self.remembered.get(version));
        found.ok_or_else(|| {
            Error::refused(format!(
                "the file of the version `{version}` is not in `{}`, and the database does not have its text",
                self.directory.path
            ))
            .hint("bring the file back")
        })
    }

    /// The way down that somebody wrote for a version.
    pub(super) fn down(&self, version: &str) -> Option<&Down> {
        let own = self.directory.migration(version).and_then(|migration| migration.down.as_ref());
        own.or_else(|| self.remembered.get(version)?.down.as_ref())
    }

    /// Whether a version is one of a file that runs again and again, which has no way down.
    pub(super) fn is_repeatable(&self, version: &str) -> bool {
        self.find(version).is_ok_and(|migration| migration.role == Role::Repeatable)
    }
}

/// Reads a file from its text of then; none where that is no migration.
fn as_it_ran(directory: &Directory, file: Remembered) -> Option<Migration> {
    let inside = file.path.strip_prefix(directory.path.as_str()).and_then(|path| path.strip_prefix('/'));
    let name = inside.unwrap_or_else(|| file_name(&file.path)).to_owned();
    let mut folder = Folder { path: directory.path.clone(), ..Folder::default() };
    let files = if name.contains('/') { &mut folder.nested } else { &mut folder.files };
    files.insert(name, file.text.into_bytes());
    let read = Directory::open_as(&folder, directory.format).ok()?;
    let mut migration = read.migration(&file.version)?.clone();
    if let (None, Some(text)) = (&migration.down, file.down) {
        let source = Source::new(down_path(&migration), text);
        let directives = FileDirectives::read(&source);
        let mode = directives.mode(&source).ok()?;
        let parts = vec![Part::all(&source, &directives)];
        migration.down = Some(Down { source, parts, mode });
    }
    Some(migration)
}

/// What to call a way down that stands in no file.
pub(super) fn down_path(migration: &Migration) -> String {
    let path = migration.source.path();
    format!("{}.down.sql", path.strip_suffix(".sql").unwrap_or(path))
}

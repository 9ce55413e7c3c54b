//! Migrations as folders, each with a file that goes up and maybe one that goes down.

use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Down, Migration, Part, TxMode, directives::FileDirectives},
    text::Source,
};

use super::{
    Contents, Format,
    common::{directed, in_order, whole},
};

/// The file that goes down.
pub(super) const DOWN: &str = "down.sql";

/// How a tool writes folders.
pub(super) struct Folders<'a> {
    /// The tool.
    pub(super) format: &'a dyn Format,
    /// The file that goes up.
    pub(super) up: &'static str,
    /// The version, from the name of the folder up to its first `_`.
    pub(super) version: fn(&str) -> String,
    /// How the migration in the folder of that name wants to run.
    pub(super) mode: fn(&Contents<'_>, &str) -> Result<Option<TxMode>>,
}

/// The first folder that holds a file of that name.
pub(super) fn find(folder: &Folder, file: &str) -> Option<String> {
    let holds = |name: &&String| folder.nested.contains_key(&format!("{name}/{file}"));
    folder.folders.iter().find(holds).cloned()
}

/// Whether a file stands in a folder of the folder, and is called one of these.
pub(super) fn is_one_of(file: &str, names: &[&str]) -> bool {
    file.split_once('/').is_some_and(|(_, name)| names.contains(&name))
}

impl Folders<'_> {
    /// Reads every folder that is not hidden.
    pub(super) fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let mut migrations = Vec::new();
        for name in folder.folder.folders.iter().filter(|name| !name.starts_with('.')) {
            let up = format!("{name}/{}", self.up);
            let Some(source) = folder.sources.get(&up) else {
                let path = folder.folder.path_of(name);
                return Err(Error::usage(format!("`{}` has no `{}`", path.escape_debug(), self.up)).hint(
                    format!("each folder here is a migration of {}; move others away", self.format.title()),
                ));
            };
            let (version, description) = name.split_once('_').unwrap_or((name, ""));
            let mode = (self.mode)(folder, name)?;
            let down = folder.sources.get(&format!("{name}/{DOWN}"));
            migrations.push(directed(Migration {
                down: down.map(|source| undone(source, mode)).transpose()?,
                mode,
                ..whole(&up, &(self.version)(version), description, source)
            })?);
        }
        in_order(self.format, migrations)
    }
}

fn undone(source: &Source, mode: Option<TxMode>) -> Result<Down> {
    let directives = FileDirectives::read(source);
    directives.check(source)?;
    let mode = directives.mode(source)?.or(mode);
    Ok(Down { parts: vec![Part::all(source, &directives)], source: source.clone(), mode })
}

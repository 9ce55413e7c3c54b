//! The migrations that `rm`, `edit` and `rebase` are told, and the folder that they change.

use super::{
    Context, inputs,
    project::{self, Place, Workspace},
};
use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Directory, Migration, Rename, SUM_FILE, renamed},
};

/// How many versions a complaint lists.
const LISTED: usize = 5;

/// Where the folder of migrations is that `dir` names.
pub(super) fn place(cx: &Context, workspace: &Workspace) -> Result<Place> {
    project::refuse_project_file(cx)?;
    workspace.place_of(cx, &cx.inputs.need(&inputs::DIR)?)
}

/// The folder of migrations that `dir` names, as it is: nothing is verified.
pub(super) fn folder(cx: &Context, workspace: &Workspace) -> Result<(Folder, Directory)> {
    let place = place(cx, workspace)?;
    let folder = workspace.read(&place.path)?;
    let directory = place.open(&folder)?;
    Ok((folder, directory))
}

/// The migrations of these versions or names, each once, in the order in which they run.
pub(super) fn chosen<'d>(directory: &'d Directory, versions: &[String]) -> Result<Vec<&'d Migration>> {
    let is_meant =
        |migration: &Migration, version: &str| migration.version == version || migration.name == version;
    for version in versions {
        if !directory.migrations.iter().any(|migration| is_meant(migration, version)) {
            return Err(unknown(directory, version));
        }
    }
    let chosen = directory.migrations.iter();
    Ok(chosen.filter(|migration| versions.iter().any(|version| is_meant(migration, version))).collect())
}

fn unknown(directory: &Directory, version: &str) -> Error {
    let message = format!("`{}` has no migration of the version `{version}`", directory.path);
    let count = directory.migrations.len();
    let last = directory.migrations[count.saturating_sub(LISTED)..].iter();
    let last: Vec<_> = last.map(|migration| format!("`{}`", migration.version)).collect();
    Error::usage(message).hint(match last.len() {
        0 => "the folder has no migrations".to_owned(),
        _ if count > LISTED => format!("the last versions in it are {}", last.join(", ")),
        _ => format!("the versions in it are {}", last.join(", ")),
    })
}

/// Writes the checksum file for what the folder is to become; none where its format has none and it has none.
pub(super) fn write_sum(workspace: &Workspace, folder: &Folder, directory: &Directory) -> Result<()> {
    if !directory.format.needs_sum() && directory.sum_file.is_none() {
        return Ok(());
    }
    let sum = Directory::open_as(folder, directory.format)?.sum();
    workspace.write(&folder.path_of(SUM_FILE), &sum.to_string())
}

/// Renames files: the checksum file first, which says what is to be done if this is cut off.
pub(super) fn rename(
    workspace: &Workspace,
    folder: &Folder,
    directory: &Directory,
    renames: &[Rename],
) -> Result<()> {
    write_sum(workspace, &renamed(folder, renames), directory)?;
    for Rename { from, to } in renames {
        workspace.rename(&folder.path_of(from), &folder.path_of(to))?;
    }
    Ok(())
}

/// What was renamed, a line each.
pub(super) fn shown(folder: &Folder, renames: &[Rename]) -> String {
    let lines = renames.iter().map(|Rename { from, to }| format!("{} -> {to}\n", folder.path_of(from)));
    lines.collect()
}

/// Refuses to rename or remove what a tool keeps elsewhere as well: in a journal, or as a folder of its own.
pub(super) fn refuse_tied(directory: &Directory, what: &str) -> Result<()> {
    if directory.format.is_loose() {
        return Ok(());
    }
    let title = directory.format.title();
    Err(Error::usage(format!("migrations of {title} are not {what} here"))
        .hint(format!("use {title} itself: it keeps more about them than their files")))
}

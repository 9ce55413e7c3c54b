//! What two branches make of a folder of migrations: which files move behind, and the checksum file of both together.

use super::{
    Context, inputs,
    project::{Place, Workspace},
};
use crate::{
    error::{Error, Result},
    folder::Folder,
    git::{Draft, Repository},
    migrations::{Directory, Format, Rename, SUM_FILE, formats, renamed},
};

/// How many paths a refusal lists.
const LISTED: usize = 20;

/// The commits that are brought together.
pub(super) struct Sides {
    /// The newest one that both have in common.
    pub base: String,
    /// The last one of the branch whose migrations stay where they are.
    pub target: String,
    /// The last one of the branch whose migrations move.
    pub head: String,
}

/// What happens to one folder.
pub(super) struct Move {
    /// Its path.
    pub path: String,
    /// The files that get other names, in their order.
    pub renames: Vec<Rename>,
    format: &'static dyn Format,
}

/// The folders whose checksum files both sides changed, each in its way.
pub(super) fn conflicting(
    cx: &Context,
    workspace: &Workspace,
    repository: &Repository,
    sides: &Sides,
) -> Result<Vec<Place>> {
    let mut conflicting = Vec::new();
    for place in places(cx, workspace, repository, sides)? {
        let sum = |commit: &str| repository.file(commit, &sum_of(&place.path));
        let (base, target, head) = (sum(&sides.base)?, sum(&sides.target)?, sum(&sides.head)?);
        if target != base && head != base && target != head {
            conflicting.push(place);
        }
    }
    Ok(conflicting)
}

/// The folders of the input `dir`, else those with a checksum file.
fn places(cx: &Context, workspace: &Workspace, repository: &Repository, sides: &Sides) -> Result<Vec<Place>> {
    if let Some(dirs) = cx.inputs.get(&inputs::DIRS)? {
        let places: Vec<Place> = dirs.iter().map(|dir| workspace.place_of(cx, dir)).collect::<Result<_>>()?;
        for Place { path, .. } in &places {
            if repository.folder(&sides.head, path)?.is_none() {
                return Err(Error::usage(format!("there is no folder `{path}` on the branch"))
                    .hint("the folders of migrations are named with `dir`"));
            }
        }
        return Ok(places);
    }
    let format = cx.inputs.get(&inputs::DIR_FORMAT)?;
    let format = format.map(|format| formats::named(&format)).transpose()?;
    let found = repository.folders_with(&sides.head, SUM_FILE)?;
    Ok(found.into_iter().map(|path| Place { path, format }).collect())
}

/// The checksum file of a folder.
pub(super) fn sum_of(path: &str) -> String {
    path_in(path, SUM_FILE)
}

/// The path of a file in a folder.
pub(super) fn path_in(path: &str, file: &str) -> String {
    Folder { path: path.to_owned(), ..Folder::default() }.path_of(file)
}

/// Which files of a folder have to move; `head` is the folder of the branch that moves.
///
/// Both sides must match their checksum files: what nobody hashed is not hashed here either.
pub(super) fn plan(
    cx: &Context,
    repository: &Repository,
    place: &Place,
    sides: &Sides,
    head: &Folder,
) -> Result<Move> {
    let base = repository.folder(&sides.base, &place.path)?.unwrap_or_default();
    let theirs = repository.folder(&sides.target, &place.path)?.ok_or_else(|| {
        Error::refused(format!("the folder `{}` is gone on the other branch", place.path))
            .hint("decide by hand what becomes of its migrations")
    })?;
    let (ours, target) = (place.open(head)?, place.open(&theirs)?);
    ours.verify()?;
    target
        .verify()
        .map_err(|error| Error::usage("the other branch does not match its checksum file").because(error))?;
    let is_new = |name: &str| !has(&base, name) && !has(&theirs, name);
    let renames = ours.moved_behind(&target, is_new, (cx.clock)())?;
    Ok(Move { path: place.path.clone(), renames, format: ours.format })
}

/// Gives the files of a merged tree their names and writes the checksum file.
pub(super) fn settle(draft: &mut Draft, to_do: &Move) -> Result<()> {
    let Some(folder) = draft.folder(&to_do.path)? else { return Ok(()) };
    let there: Vec<Rename> =
        to_do.renames.iter().filter(|rename| has(&folder, &rename.from)).cloned().collect();
    for Rename { from, to } in &there {
        draft.rename(&folder.path_of(from), &folder.path_of(to))?;
    }
    let sum = sum_after(&folder, &there, to_do)?;
    draft.write(&folder.path_of(SUM_FILE), sum.as_bytes())
}

/// Whether a folder has a file of that name.
pub(super) fn has(folder: &Folder, name: &str) -> bool {
    folder.files.contains_key(name) || folder.nested.contains_key(name)
}

/// The checksum file of a folder after the renames.
pub(super) fn sum_after(folder: &Folder, renames: &[Rename], to_do: &Move) -> Result<String> {
    Ok(Directory::open_as(&renamed(folder, renames), to_do.format)?.sum().to_string())
}

/// Refuses to decide about anything else than checksum files.
pub(super) fn refuse(conflicts: &[String], hint: &str) -> Result<()> {
    if conflicts.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<_> =
        conflicts.iter().take(LISTED).map(|path| format!("`{}`", path.escape_debug())).collect();
    if conflicts.len() > LISTED {
        lines.push(format!("{} more", conflicts.len() - LISTED));
    }
    Err(Error::refused(format!("other files than `{SUM_FILE}` conflict: {}", lines.join(", "))).hint(hint))
}

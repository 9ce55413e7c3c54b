//! `migrate/rebase`: named migrations, moved behind all others.

use super::{Context, Outcome, Spec, inputs, project::Workspace, versions};
use crate::{
    error::{Error, Result},
    migrations::{self, Directory, Rename},
};

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/rebase",
    summary: "Move migrations behind all others: fresh versions, the texts untouched",
    docs: "They keep their order among themselves and what their names say besides the version. `atlas.sum` is written\n\
           first and names them as they will be called: where the command is cut off, nothing runs the folder, and the\n\
           same command run again finishes it. Migrations that come last already stay as they are.",
    inputs: &[
        &inputs::VERSIONS.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(async move { run(cx) }),
};

fn run(cx: &Context) -> Result<Outcome> {
    let workspace = Workspace::open(cx)?;
    let mut named = cx.inputs.need(&inputs::VERSIONS)?;
    let halves = finish_half(cx, &workspace, &named)?;
    let (folder, directory) = versions::folder(cx, &workspace)?;
    versions::refuse_tied(&directory, "moved")?;
    if !halves.is_empty() {
        // What was moved before this was cut off is not there under its old version.
        named.retain(|named| versions::chosen(&directory, std::slice::from_ref(named)).is_ok());
    }
    let renames = if let Some(renames) = migrations::unfinished(&folder, &directory) {
        the_same(&directory, &named, renames)?
    } else {
        directory.verify()?;
        directory.moved_to_end(&versions::chosen(&directory, &named)?, (cx.clock)())?
    };
    if renames.is_empty() && halves.is_empty() {
        return Ok(Outcome::answer("The migrations are the last of the folder, no changes to be made\n"));
    }
    if !renames.is_empty() {
        versions::rename(&workspace, &folder, &directory, &renames)?;
    }
    Ok(Outcome::answer(versions::shown(&folder, &[halves, renames].concat())))
}

/// Finishes the migration of several files at which an earlier run was cut off; nothing where the folder can be read.
fn finish_half(cx: &Context, workspace: &Workspace, named: &[String]) -> Result<Vec<Rename>> {
    let place = versions::place(cx, workspace)?;
    let folder = workspace.read(&place.path)?;
    let Err(error) = place.open(&folder) else { return Ok(Vec::new()) };
    let renames = migrations::half_moved(&folder, named, |folder| place.open(folder).ok()).ok_or(error)?;
    for Rename { from, to } in &renames {
        workspace.rename(&folder.path_of(from), &folder.path_of(to))?;
    }
    Ok(renames)
}

/// Goes on with a move that was cut off, where that is what was asked for.
fn the_same(directory: &Directory, named: &[String], renames: Vec<Rename>) -> Result<Vec<Rename>> {
    let left = directory
        .migrations
        .iter()
        .filter(|migration| renames.iter().any(|Rename { from, .. }| *from == migration.name));
    let left: Vec<&str> = left.map(|migration| migration.version.as_str()).collect();
    let is_named = |version: &&str| {
        let file = directory.migration(version).map(|migration| migration.name.as_str());
        named.iter().any(|named| named == version || Some(named.as_str()) == file)
    };
    if left.iter().all(is_named) {
        return Ok(renames);
    }
    Err(Error::usage(format!("an earlier `migrate rebase` of `{}` was cut off", directory.path))
        .hint(format!("finish it first: `plinth migrate rebase {}`", left.join(" "))))
}

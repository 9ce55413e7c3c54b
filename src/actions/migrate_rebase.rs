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
    let (folder, directory) = versions::folder(cx, &workspace)?;
    let named = cx.inputs.need(&inputs::VERSIONS)?;
    let renames = if let Some(renames) = migrations::unfinished(&folder, &directory) {
        the_same(&directory, &named, renames)?
    } else {
        directory.verify()?;
        directory.moved_to_end(&versions::chosen(&directory, &named)?, (cx.clock)())?
    };
    if renames.is_empty() {
        return Ok(Outcome::answer("The migrations are the last of the folder, no changes to be made\n"));
    }
    versions::rename(&workspace, &folder, &directory, &renames)?;
    Ok(Outcome::answer(versions::shown(&folder, &renames)))
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

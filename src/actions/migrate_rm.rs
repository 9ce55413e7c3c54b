//! `migrate/rm`: migrations that go.

use super::{Context, Outcome, Spec, apply, input::Input, inputs, project::Workspace, versions};
use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Directory, Migration, SUM_FILE},
};

static ALLOW_APPLIED: Input<Vec<String>> =
    Input::list("allow-applied", "Versions to remove although the database of `url` has run them");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/rm",
    summary: "Remove migrations and bring `atlas.sum` up to date",
    docs: "With `url`, a migration that the database has run is refused, unless `allow-applied` names its version: the database\n\
           keeps what the migration did. `atlas.sum` is written first; where the command is cut off, it can be run again.",
    inputs: &[
        &inputs::VERSIONS.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::URL.spec,
        &inputs::REVISIONS_SCHEMA.spec,
        &ALLOW_APPLIED.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    let workspace = Workspace::open(cx)?;
    let (folder, directory) = versions::folder(cx, &workspace)?;
    versions::refuse_tied(&directory, "removed")?;
    let chosen = versions::chosen(&directory, &cx.inputs.need(&inputs::VERSIONS)?)?;
    let files: Vec<String> = chosen.iter().flat_map(|migration| directory.files_of(migration)).collect();
    let rest = without(&folder, &files);
    if !is_begun(&rest, &directory)? {
        directory.verify()?;
    }
    refuse_applied(cx, &directory, &chosen).await?;
    versions::write_sum(&workspace, &rest, &directory)?;
    for file in &files {
        workspace.remove(&folder.path_of(file))?;
    }
    let paths: Vec<String> = files.iter().map(|file| folder.path_of(file) + "\n").collect();
    Ok(Outcome::answer(paths.concat()))
}

fn without(folder: &Folder, files: &[String]) -> Folder {
    let mut rest = folder.clone();
    rest.files.retain(|name, _| !files.contains(name));
    rest.nested.retain(|name, _| !files.contains(name));
    rest
}

/// Whether the checksum file knows nothing of the files already, as after a run that was cut off.
fn is_begun(rest: &Folder, directory: &Directory) -> Result<bool> {
    let sum = Directory::open_as(rest, directory.format)?.sum().to_string();
    Ok(rest.files.get(SUM_FILE).is_some_and(|stored| *stored == sum.into_bytes()))
}

/// Refuses to remove what the database of `url` has run, unless it is named once more.
async fn refuse_applied(cx: &Context, directory: &Directory, chosen: &[&Migration]) -> Result<()> {
    let Some(url) = cx.inputs.get(&inputs::URL)? else { return Ok(()) };
    let forced = cx.inputs.get(&ALLOW_APPLIED)?.unwrap_or_default();
    let opened = apply::look(cx, &url, directory).await?;
    let has_run = |migration: &&&Migration| {
        opened.recorded.revisions.iter().any(|revision| revision.version == migration.version)
            && !forced.contains(&migration.version)
    };
    let Some(migration) = chosen.iter().find(has_run) else { return Ok(()) };
    let message = format!("`{}` has run `{}`", opened.target.name, migration.source.path());
    Err(Error::refused(message)
        .hint("a database keeps what a migration did: write a new one that undoes it")
        .hint(format!("if it is to go all the same, add `--allow-applied {}`", migration.version)))
}

//! `migrate/new`: an empty migration, ready to be written.

use super::{Context, Outcome, Spec, input::Input, inputs, project};
use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{self, Directory, Format, SUM_FILE},
};

static NAME: Input<String> = Input::text("name", "What the migration is about, for its file name").argument();

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/new",
    summary: "Add an empty migration and bring `atlas.sum` up to date",
    docs: "",
    inputs: &[
        &NAME.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(async move { run(cx) }),
};

fn run(cx: &Context) -> Result<Outcome> {
    let workspace = project::Workspace::open(cx)?;
    let (folder, directory) = project::growing(cx, &workspace)?;
    let file = migrations::file_name(
        &directory.next_version((cx.clock)()),
        &cx.inputs.get(&NAME)?.unwrap_or_default(),
    );
    add(&workspace, folder, directory.format, &file, "").map(|path| Outcome::answer(format!("{path}\n")))
}

/// Writes a migration, and the checksum file of the folder with it in; returns its path.
pub(super) fn add(
    workspace: &project::Workspace,
    mut folder: Folder,
    format: &'static dyn Format,
    file: &str,
    text: &str,
) -> Result<String> {
    let path = folder.path_of(file);
    if folder.files.contains_key(file) {
        return Err(Error::usage(format!("`{path}` exists already")).hint("choose another name"));
    }
    folder.files.insert(file.to_owned(), text.as_bytes().to_vec());
    let sum = Directory::open_as(&folder, format)?.sum().to_string();
    workspace.write(&path, text)?;
    workspace.write(&folder.path_of(SUM_FILE), &sum)?;
    Ok(path)
}

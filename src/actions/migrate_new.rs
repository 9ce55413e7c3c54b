//! `migrate/new`: an empty migration, ready to be written.

use super::{Context, Outcome, Spec, input::Input, inputs, project};
use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{self, Directory, SUM_FILE},
};

static NAME: Input<String> = Input::text("name", "What the migration is about, for its file name").argument();

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/new",
    summary: "Add an empty migration and bring `atlas.sum` up to date",
    docs: "",
    inputs: &[&NAME.spec, &inputs::DIR.spec, &inputs::CONFIG.spec, &inputs::ENV.spec],
    outputs: &[],
    run: |cx| Box::pin(async move { run(cx) }),
};

fn run(cx: &Context) -> Result<Outcome> {
    project::refuse_project_file(cx)?;
    let workspace = project::Workspace::open(cx)?;
    let path = workspace.path_of(cx, &cx.inputs.need(&inputs::DIR)?)?;
    let folder = workspace.read_if_there(&path)?.unwrap_or_else(|| Folder { path, ..Folder::default() });
    let directory = Directory::open(&folder)?;
    if !directory.migrations.is_empty() {
        directory.verify()?;
    }
    let file = migrations::file_name(
        &directory.next_version((cx.clock)()),
        &cx.inputs.get(&NAME)?.unwrap_or_default(),
    );
    add(&workspace, folder, &file, "").map(|path| Outcome::answer(format!("{path}\n")))
}

/// Writes a migration, and the checksum file of the folder with it in; returns its path.
pub(super) fn add(
    workspace: &project::Workspace,
    mut folder: Folder,
    file: &str,
    text: &str,
) -> Result<String> {
    let path = folder.path_of(file);
    if folder.files.contains_key(file) {
        return Err(Error::usage(format!("`{path}` exists already")).hint("choose another name"));
    }
    folder.files.insert(file.to_owned(), text.as_bytes().to_vec());
    let sum = Directory::open(&folder)?.sum().to_string();
    workspace.write(&path, text)?;
    workspace.write(&folder.path_of(SUM_FILE), &sum)?;
    Ok(path)
}

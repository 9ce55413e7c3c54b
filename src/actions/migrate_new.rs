//! `migrate/new`: an empty migration, ready to be written.

use super::{Context, Outcome, Spec, edit::Editor, input::Input, inputs, project};
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
        &inputs::EDIT.spec,
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
    let editor = Editor::wanted(cx)?;
    add(&workspace, folder, directory.format, &file, "", editor.as_ref())
        .map(|path| Outcome::answer(format!("{path}\n")))
}

/// Writes a migration, lets a person edit it if there is an editor, and writes the checksum file of the folder with
/// it in; returns its path.
pub(super) fn add(
    workspace: &project::Workspace,
    mut folder: Folder,
    format: &'static dyn Format,
    file: &str,
    text: &str,
    editor: Option<&Editor>,
) -> Result<String> {
    let path = folder.path_of(file);
    if folder.files.contains_key(file) {
        return Err(Error::usage(format!("`{path}` exists already")).hint("choose another name"));
    }
    workspace.write(&path, text)?;
    let text = match editor {
        Some(editor) => edited(workspace, editor, &path)?,
        None => text.to_owned(),
    };
    folder.files.insert(file.to_owned(), text.into_bytes());
    let sum = Directory::open_as(&folder, format)
        .map_err(|error| error.hint(format!("`{path}` stays: correct it, then run `plinth migrate hash`")))?
        .sum()
        .to_string();
    workspace.write(&folder.path_of(SUM_FILE), &sum)?;
    Ok(path)
}

/// The text as a person leaves it; without a word from there, the new file goes again.
fn edited(workspace: &project::Workspace, editor: &Editor, path: &str) -> Result<String> {
    editor.open(workspace, path).inspect_err(|_| {
        // The reason is what matters, and the file can be removed by hand.
        workspace.remove(path).ok();
    })?;
    workspace.read_text(path)
}

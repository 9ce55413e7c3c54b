//! `migrate/new`: an empty migration, ready to be written.

use super::{Context, Outcome, Spec, edit::Editor, input::Input, inputs, project};
use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Directory, Format, SUM_FILE, formats::Draft},
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
    let version = directory.next_version((cx.clock)());
    let name = cx.inputs.get(&NAME)?.unwrap_or_default();
    let editor = Editor::wanted(cx)?;
    let draft = Draft { version: &version, name: &name, up: &[], down: &[] };
    let mut files = drafted(directory.format, &draft)?;
    add(&workspace, &folder, directory.format, &mut files, editor.as_ref())?;
    Ok(Outcome::answer(listed(&folder, &files)))
}

/// The files of a new migration as the folder's tool writes them, by name in the folder; there is at least one.
pub(super) fn drafted(format: &dyn Format, draft: &Draft<'_>) -> Result<Vec<(String, String)>> {
    format.draft(draft).filter(|files| !files.is_empty()).ok_or_else(|| {
        Error::usage(format!("new migrations of {} are not written", format.title()))
            .hint("write the file yourself or with the tool, then run `plinth migrate lint`")
    })
}

/// The paths of files, one a line.
pub(super) fn listed(folder: &Folder, files: &[(String, String)]) -> String {
    files.iter().map(|(file, _)| folder.path_of(file) + "\n").collect()
}

/// Writes the files of a migration, lets a person edit the first if there is an editor, and writes the checksum
/// file where the folder has one or needs one; `files` are left as they were written.
pub(super) fn add(
    workspace: &project::Workspace,
    folder: &Folder,
    format: &'static dyn Format,
    files: &mut [(String, String)],
    editor: Option<&Editor>,
) -> Result<()> {
    let mut folder = folder.clone();
    let is_there = |file: &String| folder.files.contains_key(file) || folder.nested.contains_key(file);
    if let Some((file, _)) = files.iter().find(|(file, _)| is_there(file)) {
        let path = folder.path_of(file);
        return Err(Error::usage(format!("`{path}` exists already")).hint("choose another name"));
    }
    for (file, text) in &*files {
        workspace.write(&folder.path_of(file), text)?;
    }
    if let (Some(editor), Some((file, text))) = (editor, files.first_mut()) {
        *text = edited(workspace, editor, &folder.path_of(file))?;
    }
    for (file, text) in &*files {
        let content = text.as_bytes().to_vec();
        match file.split_once('/') {
            Some((within, _)) => {
                folder.folders.push(within.to_owned());
                folder.nested.insert(file.clone(), content);
            }
            None => {
                folder.files.insert(file.clone(), content);
            }
        }
    }
    folder.folders.sort();
    folder.folders.dedup();
    let path = files.first().map(|(file, _)| folder.path_of(file)).unwrap_or_default();
    let sum = Directory::open_as(&folder, format)
        .map_err(|error| error.hint(format!("`{path}` stays: correct it, then run `plinth migrate hash`")))?
        .sum()
        .to_string();
    if format.needs_sum() || folder.files.contains_key(SUM_FILE) {
        workspace.write(&folder.path_of(SUM_FILE), &sum)?;
    }
    Ok(())
}

/// The text as a person leaves it; without a word from there, the new file goes again.
fn edited(workspace: &project::Workspace, editor: &Editor, path: &str) -> Result<String> {
    editor.open(workspace, path).inspect_err(|_| {
        // The reason is what matters, and the file can be removed by hand.
        workspace.remove(path).ok();
    })?;
    workspace.read_text(path)
}

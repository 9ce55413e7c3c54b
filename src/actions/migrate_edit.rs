//! `migrate/edit`: a migration in the user's editor, and `atlas.sum` brought up to date.

use super::{Context, Outcome, Spec, edit::Editor, input::Input, inputs, project::Workspace, versions};
use crate::error::Result;

static VERSION: Input<String> =
    Input::text("version", "The migration, by version or by file name").argument();

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/edit",
    summary: "Open a migration in an editor and bring `atlas.sum` up to date",
    docs: "The editor is that of `VISUAL` or `EDITOR`, else `vi` where a person sits at a terminal; in CI there is none.\n\
           A migration that a database has run already is better left as it is: write a new one.",
    inputs: &[
        &VERSION.spec,
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
    directory.verify()?;
    let version = cx.inputs.need(&VERSION)?;
    let editor = Editor::find(cx)?;
    for migration in versions::chosen(&directory, &[version])? {
        editor.open(&workspace, migration.source.path())?;
    }
    let edited = workspace.read(&folder.path)?;
    if (&edited.files, &edited.nested) == (&folder.files, &folder.nested) {
        return Ok(Outcome::answer("The migration is as it was, no changes to be made\n"));
    }
    versions::write_sum(&workspace, &edited, &directory).map_err(|error| {
        error.hint("the file stays as you left it: correct it, then run `plinth migrate hash`")
    })?;
    Ok(Outcome::default())
}

//! `migrate/import`: a folder of another tool, written again as one of Atlas.

use super::{Context, Outcome, Spec, input::Input, inputs, project};
use crate::{
    error::{Error, Result},
    migrations::{self, Converted, Format, formats::Atlas},
};

static FROM: Input<String> = Input::text(
    "from",
    "The folder to read, as a path or a `file://` URL. The shape of the folder says whose it is, or `?format=` does",
);
static TO: Input<String> =
    Input::text("to", "The folder to write, as a path or a `file://` URL; it must be empty, or not be there");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/import",
    summary: "Write the migrations of another tool as a folder in Atlas's format",
    docs: "The files keep their versions where these sort as the migrations run; numbers get zeros before them\n\
           otherwise. Comments stay. Where the tool knows a way back, the file is an archive (`atlas:txtar`) with\n\
           `migration.sql` and `down.sql`; a build of Atlas that does not read archives must not run these files.\n\
           A folder need not be imported to be used: Plinth reads those of other tools as they are.",
    inputs: &[
        &FROM.spec,
        &TO.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::DEV_URL.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(async move { run(cx) }),
};

fn run(cx: &Context) -> Result<Outcome> {
    project::refuse_project_file(cx)?;
    let workspace = project::Workspace::open(cx)?;
    let from = workspace.place_of(cx, &cx.inputs.need(&FROM)?)?;
    let directory = from.open(&workspace.read(&from.path)?)?;
    if directory.format.name() == Atlas.name() {
        return Err(Error::usage(format!("`{}` is in Atlas's format already", from.path))
            .hint("if it is another tool's, say whose: `--from 'file://<path>?format=goose'`"));
    }
    if directory.sum_file.is_some() {
        directory.verify()?;
    }
    let to = cx.inputs.need(&TO)?;
    if to.contains("format=") && !to.contains("format=atlas") {
        return Err(Error::usage("a folder is written in Atlas's format only"));
    }
    let to = workspace.path_of(cx, &to)?;
    if let Some(there) = workspace.read_if_there(&to)?
        && !(there.files.is_empty() && there.folders.is_empty())
    {
        return Err(Error::usage(format!("`{to}` is not empty")).hint("name a folder that is not there yet"));
    }
    let syntax = project::dialect(cx)?.ops().syntax();
    let Converted { folder, repeatable } = migrations::convert(&directory, &to, syntax)?;
    let mut answer = String::new();
    for (file, content) in &folder.files {
        let path = folder.path_of(file);
        workspace.write(&path, &String::from_utf8_lossy(content))?;
        answer.push_str(&format!("{path}\n"));
    }
    let mut outcome = Outcome::answer(answer);
    let title = directory.format.title();
    outcome.remarks.push(format!("{} migrations of {title} were written", directory.migrations.len()));
    outcome.remarks.extend(repeatable.iter().map(|name| {
        format!(
            "`{}` runs once from here on: Atlas's format has no repeatable migrations",
            name.escape_debug()
        )
    }));
    Ok(outcome)
}

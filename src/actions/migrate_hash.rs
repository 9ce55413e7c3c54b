//! `migrate/hash`: the checksum file, made again.

use super::{Context, Outcome, Spec, input::Input, inputs, project};
use crate::{error::Result, migrations::SUM_FILE};

static FORCE: Input<bool> =
    Input::flag("force", "Accepted for scripts of older versions of Atlas: the file is always written");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/hash",
    summary: "Write `atlas.sum` again, after migrations were edited on purpose",
    docs: "",
    inputs: &[
        &FORCE.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(async move { run(cx) }),
};

fn run(cx: &Context) -> Result<Outcome> {
    project::refuse_project_file(cx)?;
    cx.inputs.is_on(&FORCE)?;
    let workspace = project::Workspace::open(cx)?;
    let place = workspace.place_of(cx, &cx.inputs.need(&inputs::DIR)?)?;
    let folder = workspace.read(&place.path)?;
    let directory = place.open(&folder)?;
    workspace.write(&folder.path_of(SUM_FILE), &directory.sum().to_string())?;
    Ok(Outcome::default())
}

//! `migrate/hash`: the checksum file, made again.

use super::{Context, Outcome, Spec, inputs, project};
use crate::{
    error::Result,
    migrations::{Directory, SUM_FILE},
};

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/hash",
    summary: "Write `atlas.sum` again, after migrations were edited on purpose",
    docs: "",
    inputs: &[&inputs::DIR.spec, &inputs::CONFIG.spec, &inputs::ENV.spec],
    outputs: &[],
    run: |cx| Box::pin(async move { run(cx) }),
};

fn run(cx: &Context) -> Result<Outcome> {
    project::refuse_project_file(cx)?;
    let workspace = project::Workspace::open(cx)?;
    let path = workspace.path_of(cx, &cx.inputs.need(&inputs::DIR)?)?;
    let folder = workspace.read(&path)?;
    let directory = Directory::open(&folder)?;
    workspace.write(&folder.path_of(SUM_FILE), &directory.sum().to_string())?;
    Ok(Outcome::default())
}

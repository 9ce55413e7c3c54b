//! `migrate/validate`: the checksum file, and with a dev database whether everything runs.

use super::{Context, Outcome, Spec, inputs, project, review};
use crate::{error::Result, state};

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/validate",
    summary: "Check a folder of migrations: names, `atlas.sum`, and with `dev-url` that every statement runs",
    docs: "Without `dev-url` nothing is run, as in Atlas.",
    inputs: &[
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::DEV_URL.spec,
        &inputs::DEV_TIMEOUT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    let workspace = project::Workspace::open(cx)?;
    let directory = project::directory(cx, &workspace)?;
    if cx.inputs.is_given(&inputs::DEV_URL) {
        let mut dev = project::dev_database(cx).await?;
        let files = review::base_files(dev.dialect.ops(), &directory.way_to(None))?;
        state::replayed(&mut dev, &files).await?;
    }
    Ok(Outcome::default())
}

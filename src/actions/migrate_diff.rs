//! `migrate/diff`: the migration that leads from the folder's state to the desired one.

use super::{Context, Outcome, Spec, input::Input, inputs, migrate_new, project, review};
use crate::{diff, error::Result, migrations, state, trust::Feature};

static NAME: Input<String> = Input::text("name", "What the migration is about, for its file name").argument();

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/diff",
    summary: "Write the migration that leads to a desired state",
    docs: "The folder is replayed in the dev database, the desired state is loaded into another, and both are compared\n\
           as the server sees them.",
    inputs: &[
        &NAME.spec,
        &inputs::TO.spec,
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
    cx.trigger.trust.require(Feature::ConnectToUrl)?;
    let workspace = project::Workspace::open(cx)?;
    let (folder, directory) = project::growing(cx, &workspace)?;
    let mut dev = project::dev_database(cx).await?;
    let dialect = dev.dialect.ops();
    let from = state::replayed(&mut dev, &review::base_files(dialect, &directory.way_to(None))?).await?;
    let to = state::load(&cx.inputs.need(&inputs::TO)?, &cx.directory, &mut dev).await?;
    let changes = diff::diff(dialect, &from, &to.realm);
    let plan = dialect.plan(&from, &to.realm, &changes)?;
    if plan.statements.is_empty() {
        return Ok(Outcome::answer(
            "The migration directory is synced with the desired state, no changes to be made\n",
        ));
    }
    let name = cx.inputs.get(&NAME)?.unwrap_or_default();
    let file = migrations::file_name(&directory.next_version((cx.clock)()), &name);
    let path = migrate_new::add(&workspace, folder, directory.format, &file, &migrations::body(&plan))?;
    Ok(Outcome::answer(format!("{path}\n")))
}

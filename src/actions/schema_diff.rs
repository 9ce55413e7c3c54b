//! `schema/diff`: the statements between two states.

use super::{Context, Outcome, Spec, input::Input, inputs, project};
use crate::{diff, error::Result, migrations, state, trust::Feature};

static FORMAT: Input<String> = Input::choice("format", &["sql"], "The form of the answer").default("sql");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "schema/diff",
    summary: "Print the statements that lead from one state to another",
    docs: "Nothing is printed where the states are equal. The exit code is 0 in both cases.",
    inputs: &[
        &inputs::FROM.spec,
        &inputs::TO.spec,
        &inputs::DEV_URL.spec,
        &inputs::DEV_TIMEOUT.spec,
        &FORMAT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    project::refuse_project_file(cx)?;
    project::only(cx, &FORMAT, "sql")?;
    cx.trigger.trust.require(Feature::ConnectToUrl)?;
    let mut dev = project::dev_database(cx).await?;
    let from = state::load(&cx.inputs.need(&inputs::FROM)?, &cx.directory, &mut dev).await?;
    let to = state::load(&cx.inputs.need(&inputs::TO)?, &cx.directory, &mut dev).await?;
    let dialect = to.dialect.ops();
    let changes = diff::diff(dialect, &from.realm, &to.realm);
    let plan = dialect.plan(&from.realm, &to.realm, &changes)?;
    Ok(Outcome::answer(migrations::body(&plan)))
}

//! `schema/inspect`: the state of a database or of files, in several forms.

use super::{Context, Outcome, Spec, input::Input, inputs, project};
use crate::{error::Result, render, review, secret::Secret, state, trust::Feature};

static URL: Input<Vec<Secret>> = Input::secrets(
    "url",
    "What to look at: a database, or a `file://` URL of SQL files or of a folder of migrations",
)
.short('u');
static FORMAT: Input<String> =
    Input::choice("format", &["sql", "json", "mermaid"], "The form of the answer").default("sql");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "schema/inspect",
    summary: "Print the schema of a database, of SQL files or of a folder of migrations",
    docs: "",
    inputs: &[
        &URL.spec,
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
    cx.trigger.trust.require(Feature::ConnectToUrl)?;
    let mut dev = project::dev_database(cx).await?;
    let loaded = state::load(&cx.inputs.need(&URL)?, &cx.directory, &mut dev).await?;
    Ok(Outcome::answer(match cx.inputs.need(&FORMAT)?.as_str() {
        "json" => render::schema_json(&loaded.realm),
        "mermaid" => review::diagram_of_all(&loaded.realm),
        _ => loaded.dialect.ops().print(&loaded.realm).into_iter().map(|sql| sql + ";\n").collect(),
    }))
}

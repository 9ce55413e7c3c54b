//! `migrate/status`: where a target stands.

use super::{Context, Outcome, OutputSpec, Spec, apply, input::Input, inputs, project};
use crate::{
    db::{File, FirstRun, Options, Order, Revision},
    error::Result,
    platform::Output,
    render::status::{Applied, Available, Status},
};

static FORMAT: Input<String> =
    Input::choice("format", &["text", "json"], "The form of the answer on standard output").default("text");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/status",
    summary: "Say which migrations a database has, and which are pending",
    docs: "",
    inputs: &[
        &inputs::URL.spec,
        &inputs::DIR.spec,
        &inputs::REVISIONS_SCHEMA.spec,
        &FORMAT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[OutputSpec { name: "status", docs: "`OK` or `PENDING`" }],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    let workspace = project::Workspace::open(cx)?;
    let directory = project::directory(cx, &workspace)?;
    let opened = apply::look(cx, &cx.inputs.need(&inputs::URL)?).await?;
    let files = apply::files(&directory, opened.target.dialect.ops())?;
    // A status only looks: it has no opinion about objects from elsewhere, or about the order.
    let options = Options { first_run: FirstRun::AllowDirty, order: Order::NonLinear, limit: None };
    let todo = opened.pending(&files, &options)?;
    let done = opened.revisions.last().map(|last| last.version.as_str());
    let status = Status {
        target: &opened.target.name,
        directory: &directory.path,
        available: files.iter().map(available).collect(),
        applied: opened.revisions.iter().map(applied).collect(),
        pending: todo.files.iter().copied().map(available).collect(),
        out_of_order: todo
            .files
            .iter()
            .filter(|file| done.is_some_and(|done| file.version.as_str() < done))
            .count(),
    };
    let json = cx.inputs.need(&FORMAT)? == "json";
    let mut outcome = Outcome::answer(if json { status.json() } else { status.text() });
    outcome.outputs = vec![Output { name: "status", value: status.word().to_owned() }];
    Ok(outcome)
}

fn available(file: &File) -> Available<'_> {
    let name = file.source.path().rsplit('/').next().unwrap_or_default();
    Available { name, version: &file.version, description: &file.description }
}

fn applied(revision: &Revision) -> Applied<'_> {
    Applied {
        version: &revision.version,
        description: &revision.description,
        applied: revision.applied,
        total: revision.total,
        executed_at: &revision.executed_at,
        execution_time: revision.execution_time,
        error: revision.error.as_deref().unwrap_or_default(),
        error_stmt: revision.error_statement.as_deref().unwrap_or_default(),
        operator_version: &revision.operator,
    }
}

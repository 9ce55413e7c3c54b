//! `migrate/ls`: the migrations of a folder.

use super::{Context, Outcome, Spec, input::Input, inputs, project::Workspace, versions};
use crate::{
    error::Result,
    migrations::{Migration, Role},
    render::listing::{self, Listed},
};

static SHORT: Input<bool> = Input::flag("short", "Only the versions").short('s');
static LATEST: Input<bool> = Input::flag("latest", "Only the migration of the greatest version").short('l');
static FORMAT: Input<String> =
    Input::choice("format", &["text", "json"], "The form of the answer on standard output").default("text");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/ls",
    summary: "List the migrations of a folder in the order in which they run",
    docs: "The folder is only read: nothing is compared with `atlas.sum`.",
    inputs: &[
        &SHORT.spec,
        &LATEST.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &FORMAT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(async move { run(cx) }),
};

fn run(cx: &Context) -> Result<Outcome> {
    let workspace = Workspace::open(cx)?;
    let (_, directory) = versions::folder(cx, &workspace)?;
    let mut shown: Vec<&Migration> = directory.migrations.iter().collect();
    if cx.inputs.is_on(&LATEST)? {
        let last = shown.iter().rposition(|migration| migration.role != Role::Repeatable);
        shown = last.map(|at| shown[at]).into_iter().collect();
    }
    let short = cx.inputs.is_on(&SHORT)?;
    if cx.inputs.need(&FORMAT)? == "json" {
        return Ok(Outcome::answer(listing::json(shown.into_iter().map(listed))));
    }
    let line =
        |migration: &Migration| format!("{}\n", if short { &migration.version } else { &migration.name });
    Ok(Outcome::answer(shown.into_iter().map(line).collect::<String>()))
}

fn listed(migration: &Migration) -> Listed<'_> {
    let (role, tag) = match &migration.role {
        Role::Versioned => ("versioned", ""),
        Role::Checkpoint { tag } => ("checkpoint", tag.as_str()),
        Role::Repeatable => ("repeatable", ""),
    };
    Listed {
        name: &migration.name,
        version: &migration.version,
        description: &migration.description,
        role,
        tag,
    }
}

//! `migrate/status`: where a target stands.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Outcome, OutputSpec, Spec, apply, inputs, project};
use crate::{
    db::{self, File, Files, FirstRun, Options, Order, Revision},
    error::Result,
    migrations::{Directory, Role},
    platform::Output,
    render::{
        Format,
        status::{Applied, Available, Status},
    },
};

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/status",
    summary: "Say which migrations a database has, and which are pending",
    docs: "",
    inputs: &[
        &inputs::URL.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::REVISIONS_SCHEMA.spec,
        &inputs::FORMAT_DOCUMENT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[OutputSpec { name: "status", docs: "`OK` or `PENDING`" }],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    let format = Format::parse(&cx.inputs.need(&inputs::FORMAT_DOCUMENT)?)?;
    let workspace = project::Workspace::open(cx)?;
    let directory = project::directory(cx, &workspace)?;
    let opened = apply::look(cx, &cx.inputs.need(&inputs::URL)?, &directory).await?;
    let files = apply::files(&directory, opened.target.dialect.ops())?;
    // A status only looks: it has no opinion about objects from elsewhere, or about the order.
    let files = Files { format: directory.format, files: &files };
    let edited = db::edited(files, &opened.recorded);
    let allowed: Vec<String> = edited.iter().map(|file| file.version.clone()).collect();
    let options = Options {
        first_run: match opened.recorded.adopts(FirstRun::Clean) {
            Some(_) => FirstRun::Clean,
            None => FirstRun::AllowDirty,
        },
        order: Order::NonLinear,
        may_be_edited: &allowed,
        ..Options::default()
    };
    let todo = opened.pending(files, &options)?;
    let resumed = usize::from(todo.resume.is_some());
    let unordered = &todo.files[resumed..resumed + todo.out_of_order];
    let revisions = in_order(&directory, &opened.recorded.revisions);
    let status = Status {
        subject: opened.subject(&directory),
        available: files.files.iter().map(available).collect(),
        current: current(&directory, &revisions),
        applied: revisions.iter().copied().map(applied).collect(),
        pending: todo.files.iter().copied().map(available).collect(),
        out_of_order: unordered.iter().copied().map(available).collect(),
        skipped: todo.skipped.iter().copied().map(available).collect(),
        edited: edited.into_iter().map(available).collect(),
    };
    let text = format.render(&status.document())?;
    let mut outcome = Outcome::answer(text.unwrap_or_else(|| status.text()));
    outcome.outputs = vec![Output { name: "status", value: status.word().to_owned() }];
    Ok(outcome)
}

/// The rows as the folder has them, whose versions may be numbers; rows without a file come first where it is a list.
fn in_order<'a>(directory: &Directory, revisions: &'a [Revision]) -> Vec<&'a Revision> {
    let places = directory.migrations.iter().enumerate().map(|(at, one)| (one.version.as_str(), at));
    let places: BTreeMap<&str, usize> = places.collect();
    let place = |revision: &Revision| places.get(revision.version.as_str()).copied();
    let mut revisions: Vec<&Revision> = revisions.iter().collect();
    revisions.sort_by(|one, other| {
        if directory.format.is_ordered() {
            directory.format.compare(&one.version, &other.version)
        } else {
            place(one).cmp(&place(other))
        }
    });
    revisions
}

/// The last row of a migration that runs once.
fn current<'a>(directory: &Directory, revisions: &[&'a Revision]) -> Option<&'a str> {
    let repeatable: BTreeSet<&str> = directory
        .migrations
        .iter()
        .filter(|migration| migration.role == Role::Repeatable)
        .map(|migration| migration.version.as_str())
        .collect();
    let mut versions = revisions.iter().rev().map(|revision| revision.version.as_str());
    versions.find(|version| !repeatable.contains(version))
}

fn available(file: &File) -> Available<'_> {
    let name = file.source.path().rsplit('/').next().unwrap_or_default();
    Available { name, version: &file.version, description: &file.description }
}

fn applied(revision: &Revision) -> Applied<'_> {
    Applied {
        version: &revision.version,
        description: &revision.description,
        r#type: revision.kind.words(),
        is_partial: revision.is_partial(),
        applied: revision.applied,
        total: revision.total,
        executed_at: &revision.executed_at,
        execution_time: revision.execution_time,
        error: revision.error.as_deref().unwrap_or_default(),
        error_stmt: revision.error_statement.as_deref().unwrap_or_default(),
        operator_version: &revision.operator,
    }
}

//! `migrate/down`: applied migrations, reverted.

use super::{
    Context, Outcome, OutputSpec, Spec, apply, down_texts::Texts, input::Input, inputs, project,
    way_down::Planned,
};
use crate::{
    db::{self, Access, Event, Files, Revision, Until},
    error::{Error, Result},
    migrations::{Directory, Role},
    platform::Output,
    render::{
        self, Format,
        down::{Named, State, Step, Way},
    },
    report::ApplyLog,
};

static AMOUNT: Input<usize> =
    Input::number("amount", "Revert so many migrations; without it, the last one").argument();
static TO_VERSION: Input<String> =
    Input::text("to-version", "Revert everything behind this version, which stays");
static TO_TAG: Input<String> =
    Input::text("to-tag", "Revert everything behind the checkpoint that has this tag");
static DRY_RUN: Input<bool> =
    Input::flag("dry-run", "Only say what would run, and what the checks say; nothing is changed");
static SKIP_CHECKS: Input<bool> =
    Input::flag("skip-checks", "Revert although tables or columns with data in them are dropped");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/down",
    summary: "Revert applied migrations on a database",
    docs: "Each file is reverted by its own way down; where its folder has none, by the one that was recorded when it\n\
           was applied; else a way down is computed: the statements that lead from the state of the database to the\n\
           state that the older files lead to in the dev database. Nothing runs if a table or a column that is dropped\n\
           has data in it.",
    inputs: &[
        &AMOUNT.spec,
        &TO_VERSION.spec,
        &TO_TAG.spec,
        &inputs::URL.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::DEV_URL.spec,
        &inputs::DEV_TIMEOUT.spec,
        &DRY_RUN.spec,
        &SKIP_CHECKS.spec,
        &inputs::ALLOW_EDITED.spec,
        &inputs::LOCK_TIMEOUT.spec,
        &inputs::LOCK_NAME.spec,
        &inputs::REVISIONS_SCHEMA.spec,
        &inputs::FORMAT_DOCUMENT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[
        OutputSpec { name: "current", docs: "The version before; empty on an empty history" },
        OutputSpec { name: "target", docs: "The version after; empty where nothing stays applied" },
        OutputSpec { name: "planned_count", docs: "How many migrations were to be reverted" },
        OutputSpec { name: "reverted_count", docs: "How many migrations were reverted" },
    ],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    let format = Format::parse(&cx.inputs.need(&inputs::FORMAT_DOCUMENT)?)?;
    let workspace = project::Workspace::open(cx)?;
    let directory = project::directory(cx, &workspace)?;
    let url = cx.inputs.need(&inputs::URL)?;
    let dry = cx.inputs.is_on(&DRY_RUN)?;
    let mut opened = if dry {
        apply::look(cx, &url, &directory).await?
    } else {
        apply::open(cx, &url, &directory, Access::Change).await?
    };
    let Planned { way, keeps_rows, .. } = planned(cx, &directory, &mut opened).await?;
    let text = format == Format::Text;
    let say = |line: &str| {
        if text {
            cx.say(line);
        }
    };
    let shown = shown(&way);
    say(&render::down::header(&shown));
    for version in keeps_rows {
        say(&render::down::keeps_rows(&version));
    }
    let (checks, refusal) = opened.check(cx, &way).await;
    for check in &checks {
        say(&render::down::checks(check));
    }
    if dry {
        say(&render::down::rehearsed(&shown));
    }
    let (log, failure) = match refusal {
        Some(refusal) => (nothing_done(cx, &opened, &way), Some(refusal)),
        None if dry => (nothing_done(cx, &opened, &way), None),
        None => {
            let undertaking = apply::undertaking(cx, None, None);
            let watch = &mut |event: Event<'_>| {
                if let Some(line) = render_event(event) {
                    say(&line);
                }
            };
            opened.revert(cx, &way, &undertaking, watch).await?
        }
    };
    if !shown.steps.is_empty() && (dry || !log.files.is_empty()) {
        say(&render::down::totals(&shown, &log, &checks, dry));
    }
    let state = match (&failure, dry) {
        (Some(error), _) => State::Aborted(error.message().to_owned()),
        (None, true) => State::Planned,
        (None, false) => State::Applied,
    };
    let document = render::down::document(&shown, &log, &checks, state);
    let mut outcome = Outcome::answer(format.render(&document)?.unwrap_or_default());
    outcome.outputs = outputs(&way, &log);
    outcome.failure = failure;
    Ok(outcome)
}

/// What the inputs ask for, worked out.
async fn planned(cx: &Context, directory: &Directory, opened: &mut apply::Opened) -> Result<Planned> {
    let dialect = opened.target.dialect.ops();
    let files = apply::files(directory, dialect)?;
    let files = Files { format: directory.format, files: &files };
    let edited = cx.inputs.get(&inputs::ALLOW_EDITED)?.unwrap_or_default();
    db::refuse_edited(files, &opened.recorded, &edited)?;
    let texts = Texts::new(directory, opened.remembered().await?);
    let rows = opened.recorded.revisions.iter().filter(|row| !texts.is_repeatable(&row.version));
    let rows: Vec<Revision> = rows.cloned().collect();
    let (amount, version) = (cx.inputs.get(&AMOUNT)?, cx.inputs.get(&TO_VERSION)?);
    let tag = cx.inputs.get(&TO_TAG)?;
    if [amount.is_some(), version.is_some(), tag.is_some()].iter().filter(|given| **given).count() > 1 {
        return Err(Error::usage("an amount of migrations, `to-version` and `to-tag` exclude each other"));
    }
    let tagged = tag.map(|tag| checkpoint(directory, &tag)).transpose()?;
    let until = match (&version, tagged) {
        (_, Some(version)) => Until::Checkpoint(version),
        (Some(version), _) if is_checkpoint(directory, version) => Until::Checkpoint(version),
        (Some(version), _) => Until::Version(version),
        (None, None) => Until::Amount(amount.unwrap_or(1)),
    };
    let cut = db::cut(directory.format, rows, until)?;
    opened.way_down(cx, &texts, &cut, cx.inputs.is_on(&SKIP_CHECKS)?).await
}

fn is_checkpoint(directory: &Directory, version: &str) -> bool {
    directory.migration(version).is_some_and(|migration| matches!(migration.role, Role::Checkpoint { .. }))
}

/// The version of the checkpoint that has a tag.
fn checkpoint<'d>(directory: &'d Directory, tag: &str) -> Result<&'d str> {
    let has = |role: &Role| matches!(role, Role::Checkpoint { tag: other } if other == tag);
    let found = directory.migrations.iter().rfind(|migration| has(&migration.role));
    found.map(|migration| migration.version.as_str()).ok_or_else(|| {
        Error::usage(format!("`{}` has no checkpoint with the tag `{tag}`", directory.path))
            .hint("name a version instead: `--to-version <version>`")
    })
}

/// A way down as it is shown.
fn shown(way: &db::WayDown) -> Way<'_> {
    Way {
        current: way.current.as_deref(),
        target: way.target.as_deref(),
        steps: way.reversals.iter().map(step).collect(),
    }
}

fn step(reversal: &db::Reversal) -> Step<'_> {
    Step {
        label: &reversal.file.version,
        statements: reversal.file.texts().collect(),
        reverted: reversal.reverted.iter().map(named).collect(),
    }
}

fn named(reverted: &db::Reverted) -> Named<'_> {
    Named { name: &reverted.name, version: &reverted.version, description: &reverted.description }
}

/// The log of a run that changed nothing.
fn nothing_done(cx: &Context, opened: &apply::Opened, way: &db::WayDown) -> ApplyLog {
    ApplyLog {
        target: opened.target.name.clone(),
        from: way.current.clone(),
        to: way.current.clone(),
        files: Vec::new(),
        pending: way.len(),
        started_at: (cx.clock)(),
        millis: 0,
    }
}

fn render_event(event: Event<'_>) -> Option<String> {
    match event {
        Event::Begins(file) => Some(render::down::begins(&file.version)),
        Event::Ran { statement, .. } => Some(render::apply::statement(statement)),
        Event::Ended(file) => Some(render::apply::ended(file)),
        Event::Checked(..) | Event::Committed => None,
    }
}

fn outputs(way: &db::WayDown, log: &ApplyLog) -> Vec<Output> {
    vec![
        Output { name: "current", value: log.from.clone().unwrap_or_default() },
        Output { name: "target", value: log.to.clone().unwrap_or_default() },
        Output { name: "planned_count", value: way.len().to_string() },
        Output { name: "reverted_count", value: way.reverted(log).to_string() },
    ]
}

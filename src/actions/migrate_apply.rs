//! `migrate/apply`: what is pending on a target, run.

use super::{Context, Outcome, OutputSpec, Spec, apply, input::Input, inputs, project};
use crate::{
    db::{FirstRun, Options, Order, Progress, Todo, dry_run},
    error::{Error, Result},
    platform::Output,
    render,
    report::ApplyLog,
};

static AMOUNT: Input<usize> =
    Input::number("amount", "Run at most so many files; all that are pending without it").argument();
static BASELINE: Input<String> =
    Input::text("baseline", "On a first run: the version of the last file that the database already has");
static ALLOW_DIRTY: Input<bool> =
    Input::flag("allow-dirty", "On a first run: go on although the database has other objects");
static DRY_RUN: Input<bool> =
    Input::flag("dry-run", "Only say what would run; nothing is written, not even a table");
static TX_MODE: Input<String> = Input::choice(
    "tx-mode",
    &["file", "all", "none"],
    "How transactions are cut: `file` is one for each file. The others are not supported yet",
)
.default("file");
static EXEC_ORDER: Input<String> = Input::choice(
    "exec-order",
    &["linear", "linear-skip", "non-linear"],
    "What to do with files that sort before the last applied one: refuse, skip, or run them first",
)
.default("linear");
static FORMAT: Input<String> =
    Input::choice("format", &["text", "json"], "The form of the answer on standard output").default("text");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/apply",
    summary: "Run the pending migrations on a database, each file in a transaction of its own",
    docs: "What was run is recorded in `atlas_schema_revisions`, as Atlas does, and in `plinth_history`. A file whose\n\
           statement fails leaves nothing behind.",
    inputs: &[
        &AMOUNT.spec,
        &inputs::URL.spec,
        &inputs::DIR.spec,
        &BASELINE.spec,
        &ALLOW_DIRTY.spec,
        &DRY_RUN.spec,
        &TX_MODE.spec,
        &EXEC_ORDER.spec,
        &inputs::LOCK_TIMEOUT.spec,
        &inputs::REVISIONS_SCHEMA.spec,
        &FORMAT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[
        OutputSpec { name: "current", docs: "The version before; empty on an empty history" },
        OutputSpec { name: "target", docs: "The version after" },
        OutputSpec { name: "pending_count", docs: "How many files were pending" },
        OutputSpec { name: "applied_count", docs: "How many files were applied" },
    ],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    project::only(cx, &TX_MODE, "file")?;
    let workspace = project::Workspace::open(cx)?;
    let directory = project::directory(cx, &workspace)?;
    let url = cx.inputs.need(&inputs::URL)?;
    let dry = cx.inputs.is_on(&DRY_RUN)?;
    let mut opened = if dry { apply::look(cx, &url).await? } else { apply::open(cx, &url).await? };
    let dialect = opened.target.dialect.ops();
    let files = apply::files(&directory, dialect)?;
    let baseline = cx.inputs.get(&BASELINE)?;
    let todo = opened.pending(&files, &options(cx, baseline.as_deref())?)?;
    let json = cx.inputs.need(&FORMAT)? == "json";
    if !json {
        announce(cx, &todo);
    }
    let (log, failure) = if dry {
        let log = dry_run(&todo, dialect, &opened.target.name)?;
        if !json {
            cx.say(&render::apply::rehearsed(&log));
        }
        (log, None)
    } else {
        let undertaking = apply::undertaking(cx, None, None);
        let mut watch = |progress: Progress<'_>| {
            if !json {
                follow(cx, progress);
            }
        };
        opened.run(cx, &todo, &undertaking, &mut watch).await?
    };
    if !json && !todo.files.is_empty() {
        cx.say(&render::apply::totals(&log));
    }
    let mut outcome = Outcome::answer(if json { render::apply::json(&log) } else { String::new() });
    outcome.outputs = outputs(&log);
    outcome.failure = failure;
    Ok(outcome)
}

fn options<'a>(cx: &Context, baseline: Option<&'a str>) -> Result<Options<'a>> {
    let first_run = match (baseline, cx.inputs.is_on(&ALLOW_DIRTY)?) {
        (Some(_), true) => return Err(Error::usage("`baseline` and `allow-dirty` exclude each other")),
        (Some(version), false) => FirstRun::Baseline(version),
        (None, true) => FirstRun::AllowDirty,
        (None, false) => FirstRun::Clean,
    };
    let order = match cx.inputs.need(&EXEC_ORDER)?.as_str() {
        "linear-skip" => Order::LinearSkip,
        "non-linear" => Order::NonLinear,
        _ => Order::Linear,
    };
    Ok(Options { first_run, order, limit: cx.inputs.get(&AMOUNT)? })
}

fn announce(cx: &Context, todo: &Todo<'_>) {
    for file in &todo.skipped {
        cx.say(&format!("skipped: {} sorts before what was applied first or last", file.source.path()));
    }
    let from = todo.baseline.map(|file| file.version.as_str()).or(todo.current.as_deref());
    match todo.files.last() {
        Some(last) => cx.say(&render::apply::header(&last.version, from, todo.files.len())),
        None => cx.say("No migration files to execute"),
    }
}

fn follow(cx: &Context, progress: Progress<'_>) {
    match progress {
        Progress::Begins(file) => cx.say(&render::apply::begins(&file.version)),
        Progress::Ran { statement, .. } => cx.say(&render::apply::statement(statement)),
        Progress::Ended(file) if file.failure.is_none() => cx.say(&render::apply::ended(file.millis)),
        Progress::Ended(_) => {}
    }
}

fn outputs(log: &ApplyLog) -> Vec<Output> {
    let applied = log.files.iter().filter(|file| file.failure.is_none()).count();
    vec![
        Output { name: "current", value: log.from.clone().unwrap_or_default() },
        Output { name: "target", value: log.to.clone().unwrap_or_default() },
        Output { name: "pending_count", value: log.pending.to_string() },
        Output { name: "applied_count", value: applied.to_string() },
    ]
}

//! `migrate/apply`: what is pending on a target, run.

use super::{Context, Outcome, OutputSpec, Spec, apply, input::Input, inputs, project};
use crate::{
    db::{Access, Event, Files, FirstRun, Options, Order, Recorded, Todo, dry_run},
    error::{Error, Result},
    migrations::{Directory, TxMode},
    platform::Output,
    render::{self, Format},
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
    "How statements are put into transactions: one for each file, one over all of them, or none but the statement's own",
)
.default("file");
static EXEC_ORDER: Input<String> = Input::choice(
    "exec-order",
    &["linear", "linear-skip", "non-linear"],
    "What to do with files that sort before the last applied one: refuse, skip, or run them first",
)
.default("linear");
static TO_VERSION: Input<String> = Input::text("to-version", "The version after which to stop");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/apply",
    summary: "Run the pending migrations on a database",
    docs: "What was run is recorded in `atlas_schema_revisions`, as Atlas does, and in `plinth_history`. A file whose\n\
           statement fails leaves nothing behind, unless it says `-- atlas:txmode none`: then each statement stands for\n\
           itself, and the next run goes on at the one that failed.",
    inputs: &[
        &AMOUNT.spec,
        &TO_VERSION.spec,
        &inputs::URL.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &BASELINE.spec,
        &ALLOW_DIRTY.spec,
        &DRY_RUN.spec,
        &TX_MODE.spec,
        &EXEC_ORDER.spec,
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
        OutputSpec { name: "target", docs: "The version after" },
        OutputSpec { name: "pending_count", docs: "How many files were pending" },
        OutputSpec { name: "applied_count", docs: "How many files were applied" },
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
        apply::open(cx, &url, &directory, Access::Write).await?
    };
    let dialect = opened.target.dialect.ops();
    let files = apply::files(&directory, dialect)?;
    let chosen = Chosen::read(cx)?;
    let todo = opened.pending(Files { format: directory.format, files: &files }, &chosen.options())?;
    let text = format == Format::Text;
    if text {
        announce(cx, &directory, &opened.recorded, &todo);
    }
    let (log, failure) = if dry {
        let log = dry_run(&todo, dialect, &opened.target.name, (cx.clock)())?;
        if text {
            cx.say(&render::apply::rehearsed(&log));
        }
        (log, None)
    } else {
        let undertaking = apply::undertaking(cx, None, None);
        let mut watch = |event: Event<'_>| {
            if text {
                follow(cx, event);
            }
        };
        opened.run(cx, &todo, &undertaking, &mut watch).await?
    };
    if text && !todo.files.is_empty() {
        cx.say(&render::apply::totals(&log));
    }
    let error = failure.as_ref().map(|error| error.message().to_owned());
    let answer = format.render(&render::apply::document(&opened.subject(&directory), &log, error))?;
    opened.close().await;
    let mut outcome = Outcome::answer(answer.unwrap_or_default());
    outcome.outputs = outputs(&log);
    outcome.failure = failure;
    Ok(outcome)
}

/// What the inputs say about what runs, and how.
struct Chosen {
    baseline: Option<String>,
    to: Option<String>,
    edited: Vec<String>,
    allow_dirty: bool,
    order: Order,
    limit: Option<usize>,
    mode: TxMode,
}

impl Chosen {
    fn read(cx: &Context) -> Result<Self> {
        let baseline = cx.inputs.get(&BASELINE)?;
        let allow_dirty = cx.inputs.is_on(&ALLOW_DIRTY)?;
        if baseline.is_some() && allow_dirty {
            return Err(Error::usage("`baseline` and `allow-dirty` exclude each other"));
        }
        let to = cx.inputs.get(&TO_VERSION)?;
        let limit = cx.inputs.get(&AMOUNT)?;
        if to.is_some() && limit.is_some() {
            return Err(Error::usage("`to-version` and an amount of files exclude each other"));
        }
        Ok(Self {
            baseline,
            to,
            edited: cx.inputs.get(&inputs::ALLOW_EDITED)?.unwrap_or_default(),
            allow_dirty,
            order: match cx.inputs.need(&EXEC_ORDER)?.as_str() {
                "linear-skip" => Order::LinearSkip,
                "non-linear" => Order::NonLinear,
                _ => Order::Linear,
            },
            limit,
            mode: match cx.inputs.need(&TX_MODE)?.as_str() {
                "all" => TxMode::All,
                "none" => TxMode::None,
                _ => TxMode::File,
            },
        })
    }

    fn options(&self) -> Options<'_> {
        let first_run = match (&self.baseline, self.allow_dirty) {
            (Some(version), _) => FirstRun::Baseline(version),
            (None, true) => FirstRun::AllowDirty,
            (None, false) => FirstRun::Clean,
        };
        Options {
            first_run,
            order: self.order,
            limit: self.limit,
            to: self.to.as_deref(),
            mode: self.mode,
            may_be_edited: &self.edited,
        }
    }
}

fn announce(cx: &Context, directory: &Directory, recorded: &Recorded, todo: &Todo<'_>) {
    if directory.format.name() != "atlas" {
        cx.say(&format!("read as a folder of {}", directory.format.title()));
    }
    if let Some(adopted) = recorded.adopted.as_ref().filter(|_| !todo.baseline.is_empty()) {
        cx.say(&format!(
            "adopted {} migrations that {} wrote into `{}`",
            todo.baseline.len(),
            adopted.tool,
            adopted.table
        ));
        for unknown in &adopted.unknown {
            cx.say(&format!("not in the folder: {} of `{}`", render::plain(unknown), adopted.table));
        }
    }
    for file in &todo.skipped {
        cx.say(&format!("skipped: {} sorts before what was applied first or last", file.source.path()));
    }
    let from = todo.baseline.last().map(|file| file.version.as_str()).or(todo.current.as_deref());
    match todo.files.last() {
        Some(last) => cx.say(&render::apply::header(&last.version, from, todo.files.len())),
        None => cx.say("No migration files to execute"),
    }
}

fn follow(cx: &Context, event: Event<'_>) {
    match event {
        Event::Begins(file) if file.guards.is_empty() => cx.say(&render::apply::begins(&file.version)),
        Event::Begins(_) | Event::Committed => {}
        Event::Checked(file, checks) => {
            cx.say(&render::apply::checks(&file.version, checks));
            if checks.iter().all(|check| !check.failed) {
                cx.say(&render::apply::begins(&file.version));
            }
        }
        Event::Ran { statement, .. } => cx.say(&render::apply::statement(statement)),
        Event::Ended(file) if file.checks.iter().any(|check| check.failed) => {}
        Event::Ended(file) => cx.say(&render::apply::ended(file)),
    }
}

fn outputs(log: &ApplyLog) -> Vec<Output> {
    let applied = log.files.iter().filter(|file| file.is_kept()).count();
    vec![
        Output { name: "current", value: log.from.clone().unwrap_or_default() },
        Output { name: "target", value: log.to.clone().unwrap_or_default() },
        Output { name: "pending_count", value: log.pending.to_string() },
        Output { name: "applied_count", value: applied.to_string() },
    ]
}

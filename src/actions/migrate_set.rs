//! `migrate/set`: the history of a target, corrected by hand.

use super::{Context, Outcome, Spec, apply, input::Input, inputs, project};
use crate::{
    db::{self, Access, Files, Setting},
    error::{Error, Result},
    trust::Feature,
};

static VERSION: Input<String> = Input::text(
    "version",
    "The version that the database is at; without it, the one of the last file, where there is a history",
)
.argument();

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/set",
    summary: "Declare by hand which version a database is at",
    docs: "Nothing of the migrations is run. Rows behind the version are removed, files up to it that have no row get one\n\
           that says so, and a file that was applied in part counts as done.",
    inputs: &[
        &VERSION.spec,
        &inputs::URL.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::REVISIONS_SCHEMA.spec,
        &inputs::LOCK_TIMEOUT.spec,
        &inputs::LOCK_NAME.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    cx.trigger.trust.require(Feature::Apply)?;
    let workspace = project::Workspace::open(cx)?;
    let directory = project::directory(cx, &workspace)?;
    let mut opened = apply::open(cx, &cx.inputs.need(&inputs::URL)?, &directory, Access::Change).await?;
    let files = apply::files(&directory, opened.target.dialect.ops())?;
    let version = cx.inputs.get(&VERSION)?;
    let last = files.last().filter(|_| !opened.recorded.revisions.is_empty());
    let Some(version) = version.or_else(|| last.map(|file| file.version.clone())) else {
        return Err(Error::usage("which version the database is at must be said: it has no history")
            .hint("name it: `plinth migrate set <version> --url …`"));
    };
    let files = Files { format: directory.format, files: &files };
    let settings = db::settings(files, &opened.recorded, &version)?;
    let undertaking = apply::undertaking(cx, None, None);
    opened.set(cx, &settings, &undertaking).await?;
    if settings.is_empty() {
        return Ok(Outcome::answer(format!("Current version is {version} already\n")));
    }
    let mut answer = format!(
        "Current version is {version} ({} set, {} removed):\n\n",
        added(&settings),
        removed(&settings)
    );
    for setting in &settings {
        let (mark, version) = match setting {
            Setting::Add(file) => ('+', &file.version),
            Setting::Resolve(revision) => ('+', &revision.version),
            Setting::Remove(version) => ('-', version),
        };
        answer.push_str(&format!("  {mark} {version}\n"));
    }
    Ok(Outcome::answer(answer))
}

fn removed(settings: &[Setting<'_>]) -> usize {
    settings.iter().filter(|setting| matches!(setting, Setting::Remove(_))).count()
}

fn added(settings: &[Setting<'_>]) -> usize {
    settings.len() - removed(settings)
}

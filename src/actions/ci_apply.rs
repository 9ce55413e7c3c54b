//! The half of `ci` that applies: what is pending after a merge, if it is what was reviewed.

use std::collections::BTreeSet;

use super::{
    Context, Outcome, apply,
    ci_revert::{self, Removal},
    comment, inputs,
    project::Workspace,
    reviewed::{self, Verified},
    show,
};
use crate::{
    db::{Access, Files, Options},
    error::{Error, Result},
    files,
    forge::{self, Forge},
    migrations::{Directory, SUM_FILE},
    platform::Output,
    render::Templates,
    report::{Origin, Report},
    review::{self, Application, Ending},
    text::shell_word,
    trust::Feature,
};

/// Applies what is pending.
pub(super) async fn run(cx: &Context) -> Result<Outcome> {
    let Some(url) = cx.inputs.get(&inputs::URL)? else {
        let why = "nothing to apply to: the input `url` is not given".to_owned();
        return Ok(Outcome { remarks: vec![why], ..Outcome::default() });
    };
    cx.trigger.trust.require(Feature::Apply)?;
    let workspace = Workspace::open(cx)?;
    let directory = folder(cx, &workspace)?;
    let mut origin =
        show::origin(cx, format!("plinth migrate status --dir {} --url …", shell_word(&directory.path)));
    let repository = cx.trigger.repository.as_ref();
    let forge = match repository.filter(|repository| repository.token.is_some()) {
        Some(repository) => Some(forge::connect(repository)?),
        None => None,
    };
    origin.format = directory.foreign_title().map(str::to_owned);
    if let Some(tip) = superseded(cx, forge.as_deref()).await? {
        let report = applied(&directory, Ending::Superseded { tip }, Vec::new(), origin);
        return finish(cx, report, &BTreeSet::new()).await;
    }
    let mut opened = apply::open(cx, &url, &directory, Access::Write).await?;
    let dialect = opened.target.dialect.ops();
    dialect.title().clone_into(&mut origin.server);
    if let Some(behind) = ci_revert::behind(&mut opened, &directory).await? {
        let removal =
            Removal { workspace: &workspace, forge: forge.as_deref(), directory: &directory, behind };
        let ci_revert::Done { ending, notes, pulls, failure } =
            ci_revert::applied(cx, &mut opened, removal).await?;
        let reverted = if let Ending::Reverted(_, count) = &ending { *count } else { 0 };
        let refused = matches!(ending, Ending::Unreverted { .. });
        let mut outcome = finish(cx, applied(&directory, ending, notes, origin), &pulls).await?;
        outcome.outputs.push(Output { name: "reverted", value: reverted.to_string() });
        outcome.exit = if refused { crate::error::exit::REFUSED } else { outcome.exit };
        outcome.failure = failure;
        return Ok(outcome);
    }
    let files = apply::files(&directory, dialect)?;
    let files = Files { format: directory.format, files: &files };
    let allowed = cx.inputs.get(&inputs::ALLOW_EDITED)?.unwrap_or_default();
    let todo = opened.pending(files, &Options { may_be_edited: &allowed, ..Options::default() })?;
    let Verified { pull, mut pulls, refused, notes } =
        reviewed::verify(cx, &workspace, forge.as_deref(), &directory.path, &todo.files).await?;
    if !refused.is_empty() {
        let report = applied(&directory, Ending::Unreviewed { reasons: refused }, notes, origin);
        let mut outcome = finish(cx, report, &pulls).await?;
        outcome.exit = crate::error::exit::REFUSED;
        return Ok(outcome);
    }
    let undertaking = apply::undertaking(cx, None, pull);
    let (log, failure) = opened.run(cx, &todo, &undertaking, &mut |_| {}).await?;
    opened.close().await;
    let count = log.files.iter().filter(|file| file.is_kept()).count();
    let report = applied(&directory, Ending::Ran(log), notes, origin);
    if todo.files.is_empty() {
        // What was recorded when the files ran stays.
        pulls.clear();
    }
    let mut outcome = finish(cx, report, &pulls).await?;
    outcome.outputs.push(Output { name: "applied", value: count.to_string() });
    outcome.failure = failure;
    Ok(outcome)
}

/// The one folder to apply; several need to be told apart by `dir`, since `url` is one database.
fn folder(cx: &Context, workspace: &Workspace) -> Result<Directory> {
    let dirs = match cx.inputs.get(&inputs::DIRS)? {
        Some(dirs) => dirs,
        None => files::find_folders_with(&workspace.root, SUM_FILE)?,
    };
    match dirs.as_slice() {
        [dir] => {
            let place = workspace.place_of(cx, dir)?;
            let directory = place.open(&workspace.read(&place.path)?)?;
            directory.verify()?;
            Ok(directory)
        }
        [] => Err(Error::usage("there is no folder of migrations: none holds an `atlas.sum`")
            .hint("name it with `dir`, or write its checksum file with `plinth migrate hash`")),
        several => {
            Err(Error::usage(format!("there are {} folders of migrations for one `url`", several.len()))
                .hint(format!("name the one to apply with `dir`: `{}`", several.join("`, `"))))
        }
    }
}

/// The branch's tip, where it is no longer the commit of this run.
async fn superseded(cx: &Context, forge: Option<&dyn Forge>) -> Result<Option<String>> {
    let (Some(forge), Some(branch), Some(head)) = (forge, &cx.trigger.branch, &cx.trigger.head) else {
        return Ok(None);
    };
    let tip = forge.tip(branch).await.map_err(|error| {
        Error::outside(format!(
            "cannot tell whether this commit is still the tip of `{branch}`; nothing was changed"
        ))
        .because(error)
        .hint("run the job again")
    })?;
    Ok((tip != *head).then_some(tip))
}

fn applied(directory: &Directory, ending: Ending, notes: Vec<crate::prose::Prose>, origin: Origin) -> Report {
    review::applied(Application { project: directory.path.clone(), ending, notes, origin })
}

/// Shows the outcome, and writes it into the comments of the pull requests that were merged.
async fn finish(cx: &Context, report: Report, pulls: &BTreeSet<u64>) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut reports = [report];
    let templates = Templates::embedded();
    let mut urls = Vec::new();
    for pull in pulls {
        urls.extend(comment::post(cx, *pull, &mut reports, &templates, &mut outcome).await?);
    }
    outcome.outputs.push(comment::urls(&urls));
    comment::show(cx, &reports, &[Vec::new()], &templates, &mut outcome)?;
    Ok(outcome)
}

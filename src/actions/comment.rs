//! Where the reports of `ci` go: the comment, the platform's log and summary, outputs, or a file on a laptop.

use super::{Context, Outcome, inputs, project::Workspace, show};
use crate::{
    error::{Error, Result, exit},
    finding::Level,
    forge::{self, sticky},
    platform::{Effect, Output},
    prose,
    prose::Prose,
    render::{self, Templates},
    report::{Report, Risk},
    review,
    text::{Source, shell_word},
    trust::Feature,
};

/// The kind of a comment in its marker: a review, which the apply turns into the record.
const KIND: &str = "review";

/// How many comments a run writes: a change that makes more folders is not worth more of them.
const MOST_COMMENTS: usize = 20;

/// The longest summary of a job, in bytes.
const LONGEST_SUMMARY: usize = 1 << 20;

/// Posts one comment for each report on the pull request, and gives their pages; says in the report why one could
/// not be posted.
pub(super) async fn post(
    cx: &Context,
    pull: u64,
    reports: &mut [Report],
    templates: &Templates,
    outcome: &mut Outcome,
) -> Result<Vec<String>> {
    cx.trigger.trust.require(Feature::Comment)?;
    let mut urls = Vec::new();
    if let Some(left) = reports.len().checked_sub(MOST_COMMENTS).filter(|left| *left > 0) {
        outcome
            .remarks
            .push(format!("{left} folders get no comment: {MOST_COMMENTS} comments a run are the most"));
    }
    for report in reports.iter_mut().take(MOST_COMMENTS) {
        match post_one(cx, pull, report, templates).await {
            Ok(
                sticky::Outcome::Created(url)
                | sticky::Outcome::Updated(url)
                | sticky::Outcome::Unchanged(url),
            ) => {
                urls.push(url);
            }
            Ok(sticky::Outcome::Superseded(url)) => {
                outcome.remarks.push(format!("the comment stays as it is, a newer run wrote it: {url}"));
            }
            Ok(sticky::Outcome::Refused { url, reason }) => {
                outcome.remarks.push(format!("the comment stays as it is, {reason}: {url}"));
            }
            Err(error) => {
                outcome.remarks.push(render::error(&error, show::colour(cx)));
                report
                    .notes
                    .push(prose!("The comment could not be posted: ").then(Prose::message(error.message())));
                if cx.inputs.is_on(&inputs::REQUIRE_COMMENT)? {
                    outcome.exit = outcome.exit.max(exit::OUTSIDE);
                }
            }
        }
    }
    Ok(urls)
}

/// The output that names the pages of comments.
pub(super) fn urls(urls: &[String]) -> Output {
    Output { name: "comment-url", value: urls.join("\n") }
}

/// Brings the comments of earlier runs up to date whose folders the change no longer touches.
pub(super) async fn settle(
    cx: &Context,
    pull: u64,
    reports: &[Report],
    templates: &Templates,
    outcome: &mut Outcome,
) -> Result<()> {
    let Some(repository) = cx.trigger.repository.as_ref().filter(|repository| repository.token.is_some())
    else {
        return Ok(());
    };
    let forge = forge::connect(repository)?;
    let known = match sticky::projects(forge.as_ref(), pull, KIND).await {
        Ok(known) => known,
        Err(error) => {
            outcome.remarks.push(render::error(&error, show::colour(cx)));
            outcome.remarks.push("a comment of an earlier run may be out of date".to_owned());
            return Ok(());
        }
    };
    let base = cx.trigger.pull_request.as_ref().map_or("main", |pull| pull.base_branch.as_str());
    for project in known {
        if reports.iter().any(|report| report.project == project) {
            continue;
        }
        let report =
            review::untouched(project, show::origin(cx, format!("plinth ci --base {}", shell_word(base))));
        if let Err(error) = post_one(cx, pull, &report, templates).await {
            outcome.remarks.push(render::error(&error, show::colour(cx)));
        }
    }
    Ok(())
}

async fn post_one(
    cx: &Context,
    pull: u64,
    report: &Report,
    templates: &Templates,
) -> Result<sticky::Outcome> {
    let repository = cx.trigger.repository.as_ref().ok_or_else(|| Error::usage("no forge is known here"))?;
    let forge = forge::connect(repository)?;
    let slot = sticky::Slot {
        project: report.project.clone(),
        kind: KIND.to_owned(),
        head: report.origin.head.clone().unwrap_or_default(),
        run: report.origin.run.unwrap_or(0),
    };
    let room = sticky::room(forge.as_ref(), &slot);
    let mut body = cx.redactor.clean(&render::comment(report, templates, room)?);
    // A mark may be longer than the secret that it stands for.
    let excess = body.encode_utf16().count().saturating_sub(room);
    if excess > 0 {
        body = cx.redactor.clean(&render::comment(report, templates, room.saturating_sub(excess))?);
    }
    sticky::upsert(forge.as_ref(), pull, &slot, &body).await
}

/// Writes the comments that CI would post to a file.
pub(super) fn to_file(
    cx: &Context,
    workspace: &Workspace,
    reports: &[Report],
    templates: &Templates,
    outcome: &mut Outcome,
) -> Result<()> {
    if reports.is_empty() {
        return Ok(());
    }
    let path = match (cx.inputs.get(&inputs::COMMENT_FILE)?, &workspace.repository) {
        (Some(path), _) => workspace.absolute(&workspace.path_of(cx, &path)?),
        (None, Some(repository)) => repository.private_folder().join("plinth-comment.md"),
        (None, None) => cx.directory.join("plinth-comment.md"),
    };
    let bodies = reports.iter().map(|report| render::comment(report, templates, usize::MAX));
    let text = bodies.collect::<Result<Vec<_>>>()?.join("\n");
    let path = path.to_string_lossy().into_owned();
    outcome.remarks.push(format!("the comment that CI would post is in {path}"));
    outcome.effects.push(Effect::Write { path, text });
    Ok(())
}

/// Shows the reports in the platform's way, or prints them, and hands over the outputs.
pub(super) fn show(
    cx: &Context,
    reports: &[Report],
    sources: &[Vec<Source>],
    templates: &Templates,
    outcome: &mut Outcome,
) -> Result<()> {
    for (report, sources) in reports.iter().zip(sources) {
        let text = render::terminal(report, sources, show::colour(cx));
        if cx.platform.is_ci() {
            outcome.effects.extend(text.lines().map(|line| Effect::Log(cx.platform.log_line(line))));
        } else {
            outcome.answer.push_str(&text);
        }
    }
    if cx.platform.is_ci() {
        let most = LONGEST_SUMMARY / reports.len().max(1);
        let summaries = reports.iter().map(|report| render::summary(report, templates, most));
        let summary = summaries.collect::<Result<Vec<_>>>()?.join("\n");
        outcome.effects.extend(cx.platform.show(&cx.env, reports, &summary));
    }
    outcome.outputs.extend(outputs(reports));
    Ok(())
}

fn outputs(reports: &[Report]) -> [Output; 5] {
    let count = |level| reports.iter().map(|report| report.findings.count(level)).sum::<usize>().to_string();
    let verdict = match reports.iter().map(|report| report.verdict.risk).max() {
        Some(Risk::Red) => "red",
        Some(Risk::Yellow) => "yellow",
        Some(Risk::Green) | None => "green",
    };
    let plans: Vec<_> = reports.iter().filter_map(|report| report.origin.plan.clone()).collect();
    [
        Output { name: "verdict", value: verdict.to_owned() },
        Output { name: "errors", value: count(Level::Error) },
        Output { name: "warnings", value: count(Level::Warning) },
        Output { name: "plan", value: plans.join("\n") },
        Output { name: "report", value: render::json(&reports.iter().collect::<Vec<_>>()) },
    ]
}

//! `ci`: the one step of a pipeline, which does what the event asks for.

use super::{Context, Inputs, Outcome, OutputSpec, Spec, ci_apply, ci_review, inputs};
use crate::{
    error::{Error, Result},
    platform::{Event, Trigger},
};

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "ci",
    summary: "Do what the event asks for: review a pull request, or apply what was merged",
    docs: "- Pull request, merge queue: every folder of migrations that the change touches is replayed, linted and\n  \
           commented on.\n\
           - Push to the default branch or to one of `apply-branches`, or a run started by hand on them: what is pending\n  \
           is compared with what was reviewed, and applied to `url`; without `url` nothing is changed. The outcome is\n  \
           written into the comments of the pull requests that brought the files.\n\
           - Where the change removes the last files of a folder, as the revert of a merge does, the review shows the way\n  \
           down, and the run after the merge goes it; see `on-revert`.\n\
           - Other pushes, deleted branches: nothing.\n\
           - `pull_request_target`, `workflow_run`, `issue_comment`: refused, because they hold the repository's secrets\n  \
           and would run a stranger's SQL.\n\
           - No CI at all: the review is printed, and the comment that CI would post is written to a file.",
    inputs: &[
        &inputs::DIRS.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::URL.spec,
        &inputs::DEV_URL.spec,
        &inputs::DEV_TIMEOUT.spec,
        &inputs::BASE.spec,
        &inputs::CI_LATEST.spec,
        &inputs::APPLY_BRANCHES.spec,
        &inputs::EVIDENCE.spec,
        &inputs::LINT_LEVELS.spec,
        &inputs::BASELINE.spec,
        &inputs::TEMPLATES.spec,
        &inputs::COMMENT_FILE.spec,
        &inputs::SARIF_FILE.spec,
        &inputs::REQUIRE_COMMENT.spec,
        &inputs::UNREVIEWED.spec,
        &inputs::ON_REVERT.spec,
        &inputs::REVISIONS_SCHEMA.spec,
        &inputs::LOCK_TIMEOUT.spec,
        &inputs::LOCK_NAME.spec,
        &inputs::ALLOW_EDITED.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[
        OutputSpec { name: "verdict", docs: "`green`, `yellow` or `red`: the worst of all projects" },
        OutputSpec { name: "errors", docs: "How many findings of level error stand" },
        OutputSpec { name: "warnings", docs: "How many findings of level warning stand" },
        OutputSpec { name: "plan", docs: "The fingerprint of the plan; of several projects, one a line" },
        OutputSpec { name: "comment-url", docs: "The page of the comment; of several projects, one a line" },
        OutputSpec { name: "applied", docs: "How many migrations were applied" },
        OutputSpec {
            name: "reverted",
            docs: "How many migrations were reverted, because a merge removed them",
        },
        OutputSpec { name: "report", docs: "The whole report as JSON" },
    ],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    super::project::refuse_project_file(cx)?;
    match cx.trigger.event {
        Event::PullRequest | Event::MergeGroup | Event::Local => ci_review::run(cx).await,
        Event::Push | Event::Dispatch if applies(&cx.inputs, &cx.trigger)? => ci_apply::run(cx).await,
        Event::Push | Event::Dispatch => Ok(nothing(format!(
            "nothing to do: `{}` is neither the default branch nor one of `apply-branches`",
            cx.trigger.branch.as_deref().unwrap_or("this ref")
        ))),
        Event::Deleted => Ok(nothing("nothing to do: the ref was deleted".to_owned())),
        Event::Schedule => Ok(nothing("nothing to do: drift checks are not part of this version".to_owned())),
        Event::Other => Ok(nothing("nothing to do for this event".to_owned())),
        Event::Privileged => Err(Error::refused(
            "refused: this event runs with the rights of the repository on behalf of whoever opened the pull request",
        )
        .hint("run Plinth on `pull_request`: it needs no secret there, and says what it cannot post")),
    }
}

/// Whether a push to the branch of the event is applied: to the default branch, or to one of `apply-branches`.
pub(super) fn applies(inputs: &Inputs, trigger: &Trigger) -> Result<bool> {
    let Some(branch) = trigger.branch.as_deref() else { return Ok(false) };
    let default = trigger.repository.as_ref().and_then(|repository| repository.default_branch.as_deref());
    let others = inputs.get(&inputs::APPLY_BRANCHES)?.unwrap_or_default();
    Ok(default == Some(branch) || others.iter().any(|other| other == branch))
}

fn nothing(why: String) -> Outcome {
    Outcome { remarks: vec![why], ..Outcome::default() }
}

//! The event file and the variables around it → what started the run.

use serde::Deserialize;

use crate::{
    env::Env,
    error::{Error, Result},
    platform::{Event, ForgeId, PullRequest, Repository, Trigger},
    secret::Secret,
    trust::Trust,
};

/// Works out what started the run; `event` is the content of the event file.
pub(super) fn trigger(env: &Env, event: Option<&str>) -> Result<Trigger> {
    let name = env.get("GITHUB_EVENT_NAME").unwrap_or("unknown");
    let payload = match event {
        Some(text) => serde_json::from_str(text).map_err(|error| {
            Error::usage(format!("the event file of `{}` cannot be read", name.escape_debug()))
                .because(error)
                .hint("`GITHUB_EVENT_PATH` must name the file that the runner wrote")
        })?,
        None => Payload::default(),
    };
    let facts = Facts { env, name, payload: &payload };
    let mut trigger = facts.common()?;
    match name {
        "pull_request" => facts.pull_request(&mut trigger)?,
        "pull_request_target" => {
            facts.pull_request(&mut trigger)?;
            trigger.event = Event::Privileged;
        }
        "merge_group" => facts.merge_group(&mut trigger)?,
        "push" => facts.push(&mut trigger)?,
        "schedule" => facts.on_a_branch(&mut trigger, Event::Schedule),
        "workflow_dispatch" | "repository_dispatch" => facts.on_a_branch(&mut trigger, Event::Dispatch),
        "workflow_run" => facts.workflow_run(&mut trigger)?,
        "issue_comment" => facts.issue_comment(&mut trigger),
        _ => {}
    }
    Ok(trigger)
}

/// The event and its surroundings.
struct Facts<'a> {
    env: &'a Env,
    name: &'a str,
    payload: &'a Payload,
}

impl Facts<'_> {
    /// What every event tells; an event without rules of its own stays untrusted.
    fn common(&self) -> Result<Trigger> {
        let repository = self.repository()?;
        let run = self.env.get("GITHUB_RUN_ID").and_then(|run| run.parse().ok());
        let log_url = repository.as_ref().zip(run).map(|(repository, run)| {
            format!("{}/{}/actions/runs/{run}", repository.server_url, repository.name)
        });
        let sender = self.payload.sender.as_ref().map(|sender| sender.login.as_str());
        Ok(Trigger {
            event: Event::Other,
            trust: Trust::Untrusted,
            head: self.env.get("GITHUB_SHA").map(|sha| self.commit("GITHUB_SHA", Some(sha))).transpose()?,
            base: None,
            pull_request: None,
            repository,
            branch: self.env.get("GITHUB_REF").and_then(branch),
            actor: self.env.get("GITHUB_ACTOR").or(sender).map(str::to_owned),
            log_url,
            run,
        })
    }

    fn repository(&self) -> Result<Option<Repository>> {
        let told = self.payload.repository.as_ref();
        let Some(name) = self.env.get("GITHUB_REPOSITORY").or_else(|| told?.full_name.as_deref()) else {
            return Ok(None);
        };
        let ok = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        };
        if !name.split_once('/').is_some_and(|(owner, name)| ok(owner) && ok(name)) {
            return Err(Error::usage(format!("`{}` is not a repository", name.escape_debug()))
                .hint("`GITHUB_REPOSITORY` has the form `owner/name`"));
        }
        let url = |variable, default: &str| {
            self.env.get(variable).unwrap_or(default).trim_end_matches('/').to_owned()
        };
        Ok(Some(Repository {
            forge: ForgeId::GitHub,
            name: name.to_owned(),
            default_branch: told.and_then(|told| told.default_branch.clone()),
            api_url: url("GITHUB_API_URL", "https://api.github.com"),
            server_url: url("GITHUB_SERVER_URL", "https://github.com"),
            token: self.env.get("GITHUB_TOKEN").map(Secret::from),
        }))
    }

    fn pull_request(&self, trigger: &mut Trigger) -> Result<()> {
        let told = self.payload.pull_request.as_ref().ok_or_else(|| self.missing("pull_request"))?;
        let fork = !self.is_own(told.head.repo.as_ref());
        let pull = PullRequest {
            number: told.number.or(self.payload.number).ok_or_else(|| self.missing("pull_request.number"))?,
            head: self.commit("pull_request.head.sha", told.head.sha.as_deref())?,
            base: self.commit("pull_request.base.sha", told.base.sha.as_deref())?,
            base_branch: told.base.name.clone().ok_or_else(|| self.missing("pull_request.base.ref"))?,
            fork,
            author: told.user.as_ref().map(|user| user.login.clone()).unwrap_or_default(),
        };
        let closed = self.payload.action.as_deref() == Some("closed");
        trigger.event = if closed { Event::Other } else { Event::PullRequest };
        trigger.trust = if fork { Trust::Untrusted } else { Trust::Internal };
        trigger.head = Some(pull.head.clone());
        trigger.base = Some(pull.base.clone());
        trigger.branch = None;
        trigger.pull_request = Some(pull);
        Ok(())
    }

    fn merge_group(&self, trigger: &mut Trigger) -> Result<()> {
        let told = self.payload.merge_group.as_ref().ok_or_else(|| self.missing("merge_group"))?;
        trigger.head = Some(self.commit("merge_group.head_sha", told.head_sha.as_deref())?);
        trigger.base = Some(self.commit("merge_group.base_sha", told.base_sha.as_deref())?);
        trigger.branch = told.base_ref.as_deref().and_then(branch);
        trigger.event = Event::MergeGroup;
        trigger.trust = Trust::Internal;
        Ok(())
    }

    fn push(&self, trigger: &mut Trigger) -> Result<()> {
        let name = self.payload.name.as_deref().ok_or_else(|| self.missing("ref"))?;
        trigger.branch = branch(name);
        let after = self.payload.after.as_deref();
        if self.payload.deleted == Some(true) || after.is_some_and(is_nothing) {
            trigger.event = Event::Deleted;
            trigger.trust = Trust::Internal;
            trigger.head = None;
            return Ok(());
        }
        trigger.head = Some(self.commit("after", after)?);
        let before = self.payload.before.as_deref().filter(|before| !is_nothing(before));
        trigger.base = before.map(|before| self.commit("before", Some(before))).transpose()?;
        if trigger.branch.is_some() {
            self.on_a_branch(trigger, Event::Push);
        } else {
            trigger.event = Event::Other;
            trigger.trust = Trust::Internal;
        }
        Ok(())
    }

    /// An event on a branch: trusted where it is the default one.
    fn on_a_branch(&self, trigger: &mut Trigger, event: Event) {
        let default = self.payload.repository.as_ref().and_then(|told| told.default_branch.as_deref());
        let on_default = default.is_some() && trigger.branch.as_deref() == default;
        trigger.event = event;
        trigger.trust = if on_default { Trust::Trusted } else { Trust::Internal };
    }

    /// Runs with the rights of the repository after a run that may have been a fork's.
    fn workflow_run(&self, trigger: &mut Trigger) -> Result<()> {
        let told = self.payload.workflow_run.as_ref().ok_or_else(|| self.missing("workflow_run"))?;
        trigger.event = Event::Privileged;
        trigger.trust =
            if self.is_own(told.head_repository.as_ref()) { Trust::Internal } else { Trust::Untrusted };
        trigger.head = Some(self.commit("workflow_run.head_sha", told.head_sha.as_deref())?);
        trigger.branch = None;
        Ok(())
    }

    /// The event does not tell the head of the pull request, so nothing is known about it.
    fn issue_comment(&self, trigger: &mut Trigger) {
        let on_a_pull = self.payload.issue.as_ref().is_some_and(|issue| issue.pull_request.is_some());
        trigger.event = if on_a_pull { Event::Privileged } else { Event::Other };
        trigger.trust = Trust::Untrusted;
        trigger.head = None;
        trigger.branch = None;
    }

    /// Whether a head lives in the repository that runs this; unknown is no.
    fn is_own(&self, head: Option<&Repo>) -> bool {
        let own = self.payload.repository.as_ref().and_then(|told| told.id);
        own.is_some() && head.and_then(|head| head.id) == own
    }

    fn commit(&self, place: &str, id: Option<&str>) -> Result<String> {
        let id = id.ok_or_else(|| self.missing(place))?;
        if matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(id.to_owned());
        }
        Err(Error::usage(format!("`{place}` of the event is not a commit: `{}`", id.escape_debug())))
    }

    fn missing(&self, place: &str) -> Error {
        Error::usage(format!("the event file of `{}` has no `{place}`", self.name.escape_debug()))
            .hint("`GITHUB_EVENT_PATH` must name the file that the runner wrote")
    }
}

fn branch(name: &str) -> Option<String> {
    name.strip_prefix("refs/heads/").map(str::to_owned)
}

/// Whether a push names no commit: all zeros.
fn is_nothing(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte == b'0')
}

/// The parts of all events that are read; which are there depends on the event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload {
    action: Option<String>,
    number: Option<u64>,
    repository: Option<Repo>,
    sender: Option<User>,
    pull_request: Option<Pull>,
    merge_group: Option<MergeGroup>,
    workflow_run: Option<WorkflowRun>,
    issue: Option<Issue>,
    #[serde(rename = "ref")]
    name: Option<String>,
    before: Option<String>,
    after: Option<String>,
    deleted: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Repo {
    id: Option<u64>,
    full_name: Option<String>,
    default_branch: Option<String>,
}

#[derive(Debug, Deserialize)]
struct User {
    #[serde(default)]
    login: String,
}

#[derive(Debug, Deserialize)]
struct Pull {
    number: Option<u64>,
    head: Tip,
    base: Tip,
    user: Option<User>,
}

#[derive(Debug, Deserialize)]
struct Tip {
    sha: Option<String>,
    #[serde(rename = "ref")]
    name: Option<String>,
    repo: Option<Repo>,
}

#[derive(Debug, Deserialize)]
struct MergeGroup {
    head_sha: Option<String>,
    base_sha: Option<String>,
    base_ref: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WorkflowRun {
    head_sha: Option<String>,
    head_repository: Option<Repo>,
}

#[derive(Debug, Deserialize)]
struct Issue {
    pull_request: Option<serde_json::Value>,
}

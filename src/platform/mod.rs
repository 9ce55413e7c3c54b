//! Where a run happens: CI systems, and a laptop. A platform reads inputs and the event, and words
//! the outputs; it never performs an effect and never sees a table.

mod github_actions;
mod local;
mod visible;

use crate::{env::Env, error::Result, report::Report, secret::Secret, trust::Trust};

/// What started the run, in the words that all platforms share.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// What happened.
    pub event: Event,
    /// The trust in the code at `head`.
    pub trust: Trust,
    /// The commit whose files are read for reporting; none outside CI.
    pub head: Option<String>,
    /// The commit to compare `head` with, where the event tells: the tip of the branch that a pull
    /// request or a merge queue entry goes to, or what a push replaced.
    pub base: Option<String>,
    /// The pull request, if the event is about one.
    pub pull_request: Option<PullRequest>,
    /// The forge and the repository on it.
    pub repository: Option<Repository>,
    /// The branch that was pushed to, that the run was started on, or that a merge queue entry goes to.
    pub branch: Option<String>,
    /// Who started it.
    pub actor: Option<String>,
    /// The page of the run's log.
    pub log_url: Option<String>,
    /// A number that grows from run to run of a repository, whatever the workflow; it stays when a
    /// run is repeated.
    pub run: Option<u64>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A pull request was opened, pushed to, reopened or edited; a closed one is [`Event::Other`].
    PullRequest,
    /// A merge queue asks for checks.
    MergeGroup,
    /// A branch was pushed to.
    Push,
    /// A branch or tag was deleted: there is nothing to do.
    Deleted,
    /// A timer.
    Schedule,
    /// A person started it.
    Dispatch,
    /// Runs with the rights of the repository on behalf of a pull request's author.
    Privileged,
    /// No CI at all.
    Local,
    /// Something that Plinth has no use for.
    Other,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Its last commit.
    pub head: String,
    /// The tip of the branch that it goes to, when the event was made.
    pub base: String,
    /// The branch that it goes to.
    pub base_branch: String,
    /// Whether its head lives in another repository.
    pub fork: bool,
    /// Who opened it.
    pub author: String,
}

/// A repository on a forge, and how to reach it.
#[derive(Debug, Clone)]
pub struct Repository {
    /// The forge's kind.
    pub forge: ForgeId,
    /// `owner/name`.
    pub name: String,
    /// The branch that pull requests usually go to, where the event tells.
    pub default_branch: Option<String>,
    /// The base of the forge's API.
    pub api_url: String,
    /// The base of the forge's pages.
    pub server_url: String,
    /// The token to act with.
    pub token: Option<Secret>,
}

/// The kinds of forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgeId {
    /// GitHub, github.com or an own server.
    GitHub,
}

/// Something to do to the world; one executor performs them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Append to a file that the platform named.
    Append {
        /// The file.
        path: String,
        /// The text.
        text: String,
    },
    /// Write a file in the work tree.
    Write {
        /// The file, relative to the working directory.
        path: String,
        /// The text.
        text: String,
    },
    /// Print a line to standard error, which CI systems read as their log.
    Log(String),
}

/// The value of an input, and the variable that it came from, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The value, without white space around it; never empty.
    pub value: String,
    /// The variable.
    pub variable: String,
}

/// A value to hand to later steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its declared name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// One CI system, or none.
pub trait Platform: Sync {
    /// Its name for people.
    fn title(&self) -> &'static str;

    /// Whether this environment is its own.
    fn is_here(&self, env: &Env) -> bool;

    /// Whether nobody watches: a CI system, as against a person's own machine.
    fn is_ci(&self) -> bool {
        true
    }

    /// The variables that may hold an input, the first that is set wins; `name` has dashes.
    fn input_variables(&self, name: &str) -> Vec<String>;

    /// The value of an input from the environment; blank values count as absent.
    fn input(&self, env: &Env, name: &str) -> Option<Given> {
        self.input_variables(name).into_iter().find_map(|variable| {
            let value = env.get(&variable)?.trim();
            (!value.is_empty()).then(|| Given { value: value.to_owned(), variable })
        })
    }

    /// What started the run; `event` is the content of the event file, where the platform has one.
    fn trigger(&self, env: &Env, event: Option<&str>) -> Result<Trigger>;

    /// The file that holds the event, if any.
    fn event_file(&self, env: &Env) -> Option<String>;

    /// The effects that show the reports of a run: annotations, and the step summary, which is given
    /// as rendered Markdown. All reports come at once, because the limits hold for all together.
    fn show(&self, env: &Env, reports: &[Report], summary: &str) -> Vec<Effect>;

    /// The effects that hand over outputs.
    fn hand_over(&self, env: &Env, outputs: &[Output]) -> Result<Vec<Effect>>;

    /// The effects that make an error visible beyond the log; none where there is only a log.
    fn complain(&self, _message: &str) -> Vec<Effect> {
        Vec::new()
    }

    /// The effects that keep secrets out of the log from here on.
    fn mask(&self, secrets: &[&str]) -> Vec<Effect>;

    /// A line of text that nobody can make the log misread, whatever it contains.
    fn log_line(&self, text: &str) -> String;
}

/// Every CI system that is known; where none is, the run is [`local`].
static PLATFORMS: &[&dyn Platform] = &[&github_actions::GITHUB_ACTIONS];

/// The platform whose environment this is.
pub fn detect(env: &Env) -> &'static dyn Platform {
    PLATFORMS.iter().copied().find(|platform| platform.is_here(env)).unwrap_or(&local::LOCAL)
}

/// The variable names that hold an input on every platform but those that keep dashes.
fn underscored(prefix: &str, name: &str) -> String {
    format!("{prefix}{}", name.replace(['-', ' ', '/'], "_").to_uppercase())
}

//! GitHub Actions: inputs with dashes, the event file, annotations, outputs, the step summary.

mod annotation;
mod command;
mod event;
mod output;

use super::{Effect, Output, Platform, Trigger, underscored};
use crate::{env::Env, error::Result, report::Report};

/// The platform, with real randomness.
pub(super) static GITHUB_ACTIONS: GitHubActions = GitHubActions { delimiter: output::random_delimiter };

pub(super) struct GitHubActions {
    /// Makes the line that ends a value in the output file; nobody may be able to guess it.
    delimiter: fn() -> Result<String>,
}

impl Platform for GitHubActions {
    fn title(&self) -> &'static str {
        "GitHub Actions"
    }

    fn is_here(&self, env: &Env) -> bool {
        env.is_true("GITHUB_ACTIONS")
    }

    /// The runner keeps dashes and turns spaces into `_`.
    fn input_variables(&self, name: &str) -> Vec<String> {
        let own = format!("INPUT_{}", name.replace(' ', "_").to_uppercase());
        vec![underscored("PLINTH_INPUT_", name), own, underscored("ATLAS_INPUT_", name)]
    }

    fn trigger(&self, env: &Env, event: Option<&str>) -> Result<Trigger> {
        event::trigger(env, event)
    }

    fn event_file(&self, env: &Env) -> Option<String> {
        env.get("GITHUB_EVENT_PATH").map(str::to_owned)
    }

    fn show(&self, env: &Env, reports: &[Report], summary: &str) -> Vec<Effect> {
        let mut effects: Vec<_> = annotation::lines(reports).into_iter().map(Effect::Log).collect();
        if let Some(path) = env.get("GITHUB_STEP_SUMMARY")
            && !summary.is_empty()
        {
            effects.push(Effect::Append { path: path.to_owned(), text: output::summary(summary) });
        }
        effects
    }

    fn hand_over(&self, env: &Env, outputs: &[Output]) -> Result<Vec<Effect>> {
        let Some(path) = env.get("GITHUB_OUTPUT") else { return Ok(Vec::new()) };
        output::hand_over(path, outputs, self.delimiter)
    }

    fn complain(&self, message: &str) -> Vec<Effect> {
        vec![Effect::Log(annotation::complaint(message))]
    }

    fn mask(&self, secrets: &[&str]) -> Vec<Effect> {
        // The runner would blank out half of the log for shorter ones.
        let long = secrets.iter().filter(|secret| secret.trim().chars().count() >= 4);
        long.map(|secret| Effect::Log(command::Command::new("add-mask").line(secret))).collect()
    }

    fn log_line(&self, text: &str) -> String {
        command::harmless(text)
    }
}

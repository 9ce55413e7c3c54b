//! No CI at all: a person at a terminal.

use super::{Effect, Event, Output, Platform, Trigger, underscored, visible::visible};
use crate::{env::Env, error::Result, report::Report, trust::Trust};

/// The platform where no other one is.
pub(super) static LOCAL: Local = Local;

pub(super) struct Local;

impl Platform for Local {
    fn title(&self) -> &'static str {
        "this machine"
    }

    fn is_here(&self, _: &Env) -> bool {
        true
    }

    fn is_ci(&self) -> bool {
        false
    }

    fn input_variables(&self, name: &str) -> Vec<String> {
        ["PLINTH_INPUT_", "INPUT_", "ATLAS_INPUT_"].map(|prefix| underscored(prefix, name)).to_vec()
    }

    fn trigger(&self, _: &Env, _: Option<&str>) -> Result<Trigger> {
        Ok(Trigger {
            event: Event::Local,
            trust: Trust::Trusted,
            head: None,
            base: None,
            pull_request: None,
            repository: None,
            branch: None,
            actor: None,
            log_url: None,
            run: None,
        })
    }

    fn event_file(&self, _: &Env) -> Option<String> {
        None
    }

    /// Nothing: the terminal shows the report itself.
    fn show(&self, _: &Env, _: &[Report], _: &str) -> Vec<Effect> {
        Vec::new()
    }

    /// Nothing: there is no later step.
    fn hand_over(&self, _: &Env, _: &[Output]) -> Result<Vec<Effect>> {
        Ok(Vec::new())
    }

    fn mask(&self, _: &[&str]) -> Vec<Effect> {
        Vec::new()
    }

    fn log_line(&self, text: &str) -> String {
        visible(text)
    }
}

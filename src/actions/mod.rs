//! The operations: one file each, with its declaration and what it does, and the table of them.
//!
//! From the table come the command line, the readers of action inputs, `action.yml` and the
//! reference documentation; nothing about an operation is written down twice.

mod apply;
mod autorebase;
mod autorebase_local;
mod ci;
mod ci_apply;
mod ci_revert;
mod ci_review;
mod comment;
mod down_texts;
mod edit;
pub mod input;
mod inputs;
mod migrate_apply;
mod migrate_autorebase;
mod migrate_checkpoint;
mod migrate_diff;
mod migrate_down;
mod migrate_edit;
mod migrate_hash;
mod migrate_import;
mod migrate_lint;
mod migrate_ls;
mod migrate_new;
mod migrate_rebase;
mod migrate_rm;
mod migrate_set;
mod migrate_status;
mod migrate_test;
mod migrate_validate;
mod project;
mod review;
mod reviewed;
mod schema_diff;
mod schema_inspect;
mod schema_scope;
mod show;
mod versions;
mod way_down;

use std::{
    path::PathBuf,
    pin::Pin,
    sync::{Arc, atomic::AtomicBool},
};

pub use input::{InputSpec, Inputs, OnCommandLine, Takes};

use crate::{
    env::Env,
    error::{Error, Result},
    platform::{Effect, Event, Output, Platform, Trigger},
    report::Report,
    secret::Redactor,
    trust::Trust,
};

/// The input that every operation has: where to work.
pub const WORKING_DIRECTORY: &str = "working-directory";

/// Every operation, in the order in which help and documentation list them.
pub static ALL: [&Spec; 20] = [
    &ci::SPEC,
    &migrate_apply::SPEC,
    &migrate_autorebase::SPEC,
    &migrate_checkpoint::SPEC,
    &migrate_diff::SPEC,
    &migrate_down::SPEC,
    &migrate_edit::SPEC,
    &migrate_hash::SPEC,
    &migrate_import::SPEC,
    &migrate_lint::SPEC,
    &migrate_ls::SPEC,
    &migrate_new::SPEC,
    &migrate_rebase::SPEC,
    &migrate_rm::SPEC,
    &migrate_set::SPEC,
    &migrate_status::SPEC,
    &migrate_test::SPEC,
    &migrate_validate::SPEC,
    &schema_diff::SPEC,
    &schema_inspect::SPEC,
];

/// The declaration of an operation.
pub struct Spec {
    /// Its name, as the `action` input has it: `migrate/lint` is the command `migrate lint`.
    pub id: &'static str,
    /// What it does: one sentence without a final period.
    pub summary: &'static str,
    /// What else a user must know, in Markdown.
    pub docs: &'static str,
    /// What it may be told.
    pub inputs: &'static [&'static InputSpec],
    /// What it hands over to later steps.
    pub outputs: &'static [OutputSpec],
    /// Does it.
    pub run: for<'a> fn(&'a Context) -> Running<'a>,
}

/// An operation at work; it stays on one thread, as an open git repository does.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Outcome>> + 'a>>;

/// The declaration of an output.
#[derive(Debug)]
pub struct OutputSpec {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub docs: &'static str,
}

/// The trust in what started a run of `spec`: a platform knows the default branch only, `apply-branches` are
/// trusted as much.
pub fn trust(spec: &Spec, inputs: &Inputs, trigger: &Trigger) -> Result<Trust> {
    let on_a_branch = matches!(trigger.event, Event::Push | Event::Schedule | Event::Dispatch);
    let declares = spec.inputs.iter().any(|input| input.name == inputs::APPLY_BRANCHES.spec.name);
    if on_a_branch && declares && ci::applies(inputs, trigger)? {
        return Ok(Trust::Trusted);
    }
    Ok(trigger.trust)
}

/// The operation of that name.
pub fn find(id: &str) -> Option<&'static Spec> {
    ALL.into_iter().find(|spec| spec.id == id)
}

/// Everything from outside that an operation may use.
pub struct Context {
    /// What it was told.
    pub inputs: Inputs,
    /// The environment, for the platform.
    pub env: Env,
    /// Where it runs.
    pub platform: &'static dyn Platform,
    /// What started it.
    pub trigger: Trigger,
    /// The working directory.
    pub directory: PathBuf,
    /// This program, to start the sandbox of the dev database.
    pub executable: PathBuf,
    /// Knows the secrets of the run.
    pub redactor: Redactor,
    /// Whether output goes to a person who may see everything.
    pub audience: Audience,
    /// The folder for temporary files, where locks on databases in files lie.
    pub temporary: PathBuf,
    /// Whether something was committed on a target, for whoever has to end the operation in the middle.
    pub committed: Arc<AtomicBool>,
    /// The time, read at each call.
    pub clock: fn() -> jiff::Timestamp,
    /// Shows progress at once, a line or more.
    pub progress: Box<dyn Fn(&str) + Send + Sync>,
}

/// Who reads the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A log that others may read: values of user data are taken out of messages.
    Log,
    /// The person at the terminal, with colours.
    Terminal,
    /// The person at the terminal, without colours.
    PlainTerminal,
}

/// What an operation leaves behind, as data; the composition root performs it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was asked for: goes to standard output.
    pub answer: String,
    /// What else to say: goes to standard error, or the CI's log.
    pub remarks: Vec<String>,
    /// Reports to show in the way of the platform.
    pub reports: Vec<Report>,
    /// Other things to do.
    pub effects: Vec<Effect>,
    /// Values for later steps.
    pub outputs: Vec<Output>,
    /// Why it stopped, where something was done before: shown last, and decides the exit code.
    pub failure: Option<Error>,
    /// The exit code.
    pub exit: u8,
}

impl Outcome {
    /// Succeeds with this answer.
    pub fn answer(text: impl Into<String>) -> Self {
        Self { answer: text.into(), ..Self::default() }
    }
}

impl Context {
    /// Shows progress at once.
    pub fn say(&self, text: &str) {
        (self.progress)(text);
    }
}

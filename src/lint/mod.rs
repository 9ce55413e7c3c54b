//! Findings about migrations: the pass over what new statements did, and the rules that read it.
//!
//! [`lint`] runs every rule, lets stronger evidence overrule weaker, and then asks in this order what
//! was decided: the levels of the project, the directives and the checks in the files, the accepted findings.

mod accepted;
mod answers;
mod directives;
mod evidence;
mod findings;
mod history;
mod levels;
mod names;
mod pass;
mod rebuild;
mod repair;
pub mod rules;
mod syntax;

pub use accepted::Baseline;
pub use findings::{Draft, Findings};
pub use history::{At, History};
pub use levels::Levels;
pub use pass::{BaseChange, Checkpoint, Edit, Pass, Replayed, ReviewedFile, Site};
pub use repair::repaired;
pub use rules::{Dialects, LooksAt, Rule, Silence};
pub use syntax::derive;

use crate::finding::FindingSet;

/// What a project decided about findings before it saw them.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How much each rule weighs.
    pub levels: Levels,
    /// The findings that were accepted.
    pub baseline: Baseline,
}

/// Everything that there is to find in the new files, sorted, with what was silenced and by whom.
pub fn lint(pass: &Pass<'_>, settings: &Settings) -> FindingSet {
    let mut findings = Findings::new(pass);
    let (by_statement, at_once): (Vec<&Rule>, Vec<&Rule>) =
        rules::ALL.iter().partition(|rule| rule.looks_at == LooksAt::OneStatement);
    for rule in at_once {
        findings.run(rule, pass);
    }
    for window in pass.windows() {
        for rule in &by_statement {
            findings.run(rule, &window);
        }
    }
    let mut drafts = evidence::weigh(pass, findings.into_drafts());
    settings.levels.apply(&mut drafts);
    let decided = directives::silence(pass, &settings.levels, drafts);
    let decided = answers::silence(pass, decided);
    let mut set = settings.baseline.silence(pass, decided, &settings.levels);
    set.sort();
    set
}

//! A statement that the database refuses.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    finding::Evidence,
    lint::{At, Site},
    prose,
    step::Outcome,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "EX101", name: "failing-statement", analyzer: "execution" },
    level: Level::Error,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Never,
    summary: "the dev database refuses the statement",
    doc: include_str!("failing_statement.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for site in pass.sites() {
        let Outcome::Failed(message) = &site.step.outcome else { continue };
        let draft = out.at(site, prose!("this statement fails: {}", message));
        draft.evidence(Evidence::Observed);
        match next_outcome(site) {
            Some(Outcome::NotRun) => {
                draft.seen(prose!("What comes after it was not tried."));
            }
            Some(Outcome::Ran) => {
                draft.seen(prose!("It showed at the end of the file."));
            }
            Some(Outcome::Failed(_)) | None => {}
        }
        draft.instead(if message.starts_with("the dev database was stopped") {
            prose!(
                "Give it more time with {} if the work is meant; otherwise it does not end.",
                "dev-timeout"
            )
        } else if message.contains("a dev database takes no") {
            prose!(
                "Take it out of the migration: it reaches beyond the database, so that no review can say what it does."
            )
        } else {
            prose!("Correct it: the apply would stop here in the same way.")
        });
    }
}

fn next_outcome(site: Site<'_>) -> Option<&Outcome> {
    let next = At { step: site.at.step + 1, ..site.at };
    let next = site.pass.site(next).or_else(|| site.pass.site(At { file: site.at.file + 1, step: 0 }));
    next.map(|next| &next.step.outcome)
}

//! A statement that works on empty tables only.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    finding::Evidence,
    lint::{Site, findings::listed},
    prose,
    sql::Kind,
    step::Seeded,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "MF105", name: "fails-on-rows", analyzer: "data_depend" },
    level: Level::Error,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a statement that works on empty tables fails once they have rows",
    doc: include_str!("fails_on_rows.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for site in pass.sites() {
        let Seeded::Failed { message, tables } = &site.step.seeded else { continue };
        if collides_with_made_up_rows(site, message) {
            continue;
        }
        let names: Vec<&str> = tables.iter().map(String::as_str).collect();
        let have = if names.len() == 1 { " has rows" } else { " have rows" };
        let headline =
            prose!("this statement fails once ").then(listed(&names)).then(crate::prose::Prose::plain(have));
        let draft = out.at(site, headline);
        draft.evidence(Evidence::Observed).seen(prose!(
            "It ran on empty tables. With generated rows in them the dev database refused it: {}.",
            message,
        ));
        if let [only] = names.as_slice() {
            draft.object(*only);
        }
        let is_index = matches!(site.step.facts.kind, Kind::CreateIndex { .. });
        if is_index && crate::lint::evidence::is_about_duplicates(message) {
            // Generated rows repeat values that rows in production may not.
            draft.lower(Level::Warning);
        }
        draft.instead(prose!("Change the rows that stand in its way in an earlier migration."));
    }
}

/// Whether an INSERT of the author's own rows met a generated one: that says nothing about production.
fn collides_with_made_up_rows(site: Site<'_>, message: &str) -> bool {
    matches!(site.step.facts.kind, Kind::Insert { .. })
        && site.pass.history.carrier(site.at) == site.at
        && crate::lint::evidence::is_about_duplicates(message)
}

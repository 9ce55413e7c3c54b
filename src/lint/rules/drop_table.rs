//! Dropping a table that may have rows.

use std::collections::BTreeSet;

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    change::Change,
    finding::Evidence,
    lint::{Site, findings::Draft},
    prose,
    sql::{Alter, Kind},
    step::Outcome,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "DS102", name: "drop-table", analyzer: "destructive" },
    level: Level::Error,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a table is dropped with all its rows",
    doc: include_str!("drop_table.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, change) in pass.changes() {
        let Change::DropTable(table) = change else { continue };
        if site.is_new_table(&table.name) {
            continue;
        }
        report(site, &table.name, out);
    }
    unmodelled(pass, out);
}

/// Reports tables that no schema shows, such as virtual ones: that the statement ran proves that they were there.
fn unmodelled(pass: &Pass<'_>, out: &mut Findings<'_>) {
    let mut made: BTreeSet<String> = BTreeSet::new();
    let key = |name: &str| pass.dialect.name_key(name);
    for site in pass.sites() {
        match &site.step.facts.kind {
            Kind::CreateTable { table, .. } | Kind::CreateVirtualTable { table } => {
                made.insert(key(table));
            }
            Kind::AlterTable { table, action: Alter::RenameTable { to } } if made.contains(&key(table)) => {
                made.insert(key(to));
            }
            Kind::DropTable { table, if_exists: false }
                if site.step.outcome == Outcome::Ran
                    && site.step.changes.is_empty()
                    && pass.history.carrier(site.at) == site.at
                    && !made.contains(&key(table)) =>
            {
                report(site, table, out).evidence(Evidence::Observed);
            }
            _ => {}
        }
    }
}

fn report<'o>(site: Site<'_>, table: &str, out: &'o mut Findings<'_>) -> &'o mut Draft {
    let draft = out.at(site, prose!("dropping {} deletes all its rows", table));
    draft.object(table).instead(prose!(
        "First ship a release that no longer uses {}, then drop it. {} writes a check that stops the migration where rows would be lost; where they may go, say so above the statement: {}.",
        table,
        "plinth migrate lint --fix",
        "-- atlas:nolint DS102 -- unused since …",
    ))
}

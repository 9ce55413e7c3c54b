//! Dropping a table that may have rows.

use super::{Dialects, Findings, Level, Pass, Rule, RuleId, Silence};
use crate::{change::Change, prose};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "DS102", name: "drop-table", analyzer: "destructive" },
    level: Level::Error,
    dialects: Dialects::All,
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
        out.at(site, prose!("dropping {} deletes all its rows", &table.name)).object(&table.name).instead(prose!(
            "First ship a release that no longer uses {}, then drop it. Where that is done, say so above the statement: {}.",
            &table.name,
            "-- atlas:nolint DS102 -- unused since …",
        ));
    }
}

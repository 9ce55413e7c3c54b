//! Dropping a column that holds data.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{change::TableChange, prose};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "DS103", name: "drop-column", analyzer: "destructive" },
    level: Level::Error,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a column is dropped with the data in it",
    doc: include_str!("drop_column.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, table, to, change) in pass.table_changes() {
        let TableChange::DropColumn(column) = change else { continue };
        if column.is_virtual()
            || site.is_new_column(&table.name, &column.name)
            || site.carried_to(table, to, column).is_some()
        {
            continue;
        }
        let object = format!("{}.{}", table.name, column.name);
        out.at(site, prose!("dropping {} deletes its data", &object)).object(&object).instead(prose!(
            "First ship a release that no longer uses {}, then drop it. {} writes a check that stops the migration where values would be lost; where they may go, say so above the statement: {}.",
            &object,
            "plinth migrate lint --fix",
        "-- atlas:nolint DS103 -- unused since …",
        ));
    }
}

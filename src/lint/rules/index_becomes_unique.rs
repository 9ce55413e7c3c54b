//! An index that took duplicates and no longer does.

use super::{
    Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence,
    unique_index::{if_equal, look_first, may_hold_duplicates, was_not_unique},
};
use crate::{change::TableChange, prose};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "MF102", name: "index-becomes-unique", analyzer: "data_depend" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "an index that took duplicates becomes unique",
    doc: include_str!("index_becomes_unique.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, from, to, change) in pass.table_changes() {
        let index = match change {
            TableChange::AddIndex(index) if index.unique && was_not_unique(site, from, index) => index,
            TableChange::ModifyIndex { from: old, to: new } if new.unique && !old.unique => new,
            _ => continue,
        };
        if may_hold_duplicates(site, from, index) {
            let headline = prose!("making {} unique fails", &index.name).then(if_equal(to, index));
            out.at(site, headline).object(&index.name).instead(look_first(site, from, index));
        }
    }
}

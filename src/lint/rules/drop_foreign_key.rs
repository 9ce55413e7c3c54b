//! Dropping a foreign key whose columns stay.

use std::collections::BTreeSet;

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    change::{Change, TableChange},
    prose,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "CD101", name: "drop-foreign-key", analyzer: "condrop" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a foreign key is dropped and its columns stay",
    doc: include_str!("drop_foreign_key.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, change) in pass.changes() {
        let Change::ModifyTable { from, to, changes } = change else { continue };
        if site.is_new_table(&from.name) {
            continue;
        }
        let added: BTreeSet<&[String]> = changes
            .iter()
            .filter_map(|change| match change {
                TableChange::AddForeignKey(key) => Some(key.columns.as_slice()),
                _ => None,
            })
            .collect();
        for change in changes {
            let TableChange::DropForeignKey(key) = change else { continue };
            let stay = key.columns.iter().all(|column| to.column(column).is_some());
            if !stay || added.contains(key.columns.as_slice()) {
                continue;
            }
            let object = format!("{}.{}", to.name, key.columns.join("+"));
            let headline = prose!(
                "{} may point to rows of {} that are gone: its foreign key is dropped",
                &object,
                &key.ref_table
            );
            out.at(site, headline).object(&object).instead(prose!(
                "Keep the foreign key in the new definition of {}; where it must go, say why above the statement.",
                &to.name,
            ));
        }
    }
}

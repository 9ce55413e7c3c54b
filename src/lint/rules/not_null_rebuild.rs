//! A rebuild that copies NULL into a column that no longer takes it.

use super::{
    Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence,
    column_not_null::{fill_first, may_meet_null},
};
use crate::{change::TableChange, dialect::DialectId, prose};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "LT101", name: "not-null-rebuild", analyzer: "data_depend" },
    level: Level::Warning,
    dialects: Dialects::Only(&[DialectId::Sqlite]),
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a rebuild makes a column NOT NULL and copies NULL into it",
    doc: include_str!("not_null_rebuild.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, from, to, change) in pass.table_changes() {
        let TableChange::ModifyColumn { from: old, to: new } = change else { continue };
        let is_this = site.is_rebuild() && new.default.is_none() && may_meet_null(site, from, to, old, new);
        if !is_this {
            continue;
        }
        let object = format!("{}.{}", from.name, new.name);
        let headline =
            prose!("the copy into the new {} fails if a row has no value in {}", &from.name, &object);
        let copy = prose!(
            " Or replace NULL in the copy: {}.",
            format!("COALESCE({}, '…')", pass.dialect.quote(&old.name))
        );
        out.at(site, headline).object(&object).instead(fill_first(site, from, new).then(copy));
    }
}

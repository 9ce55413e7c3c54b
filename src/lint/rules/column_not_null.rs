//! A column that took NULL and no longer does.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    change::TableChange,
    lint::Site,
    prose,
    prose::Prose,
    schema::{Column, Table},
    sql,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "MF104", name: "column-not-null", analyzer: "data_depend" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a column becomes NOT NULL while rows may have no value in it",
    doc: include_str!("column_not_null.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, from, to, change) in pass.table_changes() {
        let TableChange::ModifyColumn { from: old, to: new } = change else { continue };
        if !may_meet_null(site, from, to, old, new) {
            continue;
        }
        let object = format!("{}.{}", from.name, new.name);
        out.at(site, prose!("making {} {} fails if a row has no value in it", &object, "NOT NULL"))
            .object(&object)
            .instead(fill_first(site, from, new));
    }
}

/// Whether a column becomes NOT NULL and nothing in sight keeps NULL out of its way.
pub(super) fn may_meet_null(site: Site<'_>, table: &Table, to: &Table, old: &Column, new: &Column) -> bool {
    let syntax = site.pass.dialect.syntax();
    old.nullable
        && !new.nullable
        && !site.is_new_table(&table.name)
        && !site.is_filled(&table.name, &old.name)
        && !table.checks.iter().any(|check| sql::forbids_null(&check.expr, &old.name, syntax))
        && !is_guarded(site, to, &new.name)
}

/// What to run before the statement.
pub(super) fn fill_first(site: Site<'_>, table: &Table, new: &Column) -> Prose {
    let (table, column) = (site.pass.dialect.quote(&table.name), site.pass.dialect.quote(&new.name));
    let value = new.default.as_deref().unwrap_or("'…'");
    let update = format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL");
    prose!("Give those rows a value before it: {}.", update)
}

/// Whether the copy of a rebuild replaces NULL on its way.
fn is_guarded(site: Site<'_>, to: &Table, column: &str) -> bool {
    let syntax = site.pass.dialect.syntax();
    let stored = || to.columns.iter().filter(|column| column.generated.is_none());
    let all = || stored().map(|column| column.name.as_str());
    let mut values = site.copies().iter().filter_map(|copied| copied.value_of(column, all())).peekable();
    values.peek().is_some() && values.all(|value| sql::guards_null(value, syntax))
}

//! A new column that must have a value and gets none.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    change::TableChange,
    lint::Site,
    prose,
    schema::{Column, Table},
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "MF103", name: "add-not-null-column", analyzer: "data_depend" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a NOT NULL column is added without a value for the rows that are there",
    doc: include_str!("add_not_null_column.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, from, to, change) in pass.table_changes() {
        let TableChange::AddColumn(column) = change else { continue };
        if !needs_a_value(to, column) || site.is_new_table(&from.name) || is_written(site, &column.name) {
            continue;
        }
        let object = format!("{}.{}", to.name, column.name);
        out.at(site, prose!("adding {} fails once {} has rows: they get no value", &object, &to.name))
            .object(&object)
            .instead(prose!(
                "Give the column a default, or add it without {} and fill it; make it {} in a later migration.",
                "NOT NULL",
                "NOT NULL",
            ));
    }
}

fn needs_a_value(table: &Table, column: &Column) -> bool {
    let is_null = |default: &String| default.eq_ignore_ascii_case("null");
    !column.nullable
        && column.default.as_ref().is_none_or(is_null)
        && column.generated.is_none()
        && !column.auto_increment
        && !is_numbered(table, column)
}

/// Whether the server numbers the rows: a primary key of one whole number.
fn is_numbered(table: &Table, column: &Column) -> bool {
    let Some(key) = &table.primary_key else { return false };
    column.ty.eq_ignore_ascii_case("integer")
        && matches!(key.parts.as_slice(), [only] if only.column_name() == Some(column.name.as_str()))
}

/// Whether the copy of a rebuild writes the column.
fn is_written(site: Site<'_>, column: &str) -> bool {
    site.copies().iter().any(|copied| copied.writes(column))
}

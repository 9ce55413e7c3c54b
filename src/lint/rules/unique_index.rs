//! A unique index or constraint over rows that are there already.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    change::TableChange,
    lint::{Site, findings::listed},
    prose,
    prose::Prose,
    schema::{Index, IndexPart, PartOn, Table},
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "MF101", name: "unique-index", analyzer: "data_depend" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a unique index is created over rows that are there already",
    doc: include_str!("unique_index.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, from, to, change) in pass.table_changes() {
        let (headline, index) = match change {
            TableChange::AddIndex(index) if index.unique && !was_not_unique(site, from, index) => {
                (prose!("creating {} fails", &index.name), index.clone())
            }
            TableChange::AddUnique(unique) => {
                let name = unique.name.clone().unwrap_or_else(|| named_by_columns(to, &unique.parts));
                let index = Index { name, parts: unique.parts.clone(), unique: true, predicate: None };
                (prose!("making {} unique fails", &index.name), index)
            }
            _ => continue,
        };
        if may_hold_duplicates(site, from, &index) {
            out.at(site, headline.then(if_equal(to, &index)))
                .object(&index.name)
                .instead(look_first(site, from, &index));
        }
    }
}

/// When it fails, to follow a headline.
pub(super) fn if_equal(table: &Table, index: &Index) -> Prose {
    let columns: Option<Vec<&str>> = index.parts.iter().map(IndexPart::column_name).collect();
    let rows = prose!(" if two rows of {} ", &table.name);
    match columns {
        Some(columns) if !columns.is_empty() => rows.then(prose!("have the same ")).then(listed(&columns)),
        _ => rows.then(prose!("are equal in it")),
    }
}

/// Whether the index takes the place of one of its name that took duplicates, which is another rule's matter.
pub(super) fn was_not_unique(site: Site<'_>, table: &Table, index: &Index) -> bool {
    let history = &site.pass.history;
    let dropped = history.dropped_index(site.pass.dialect, &table.name, &index.name, site.at);
    dropped.is_some_and(|dropped| !dropped.unique)
}

/// Whether rows of the base can be equal in all parts, as far as the schema tells.
pub(super) fn may_hold_duplicates(site: Site<'_>, from: &Table, index: &Index) -> bool {
    let (dialect, history) = (site.pass.dialect, &site.pass.history);
    let is_null_everywhere = |part: &IndexPart| {
        let column = part.column_name();
        column.is_some_and(|column| history.is_empty_column(dialect, &from.name, column, site.at))
    };
    !(site.is_new_table(&from.name)
        || index.parts.iter().any(is_null_everywhere)
        || keys(from).any(|key| covers(site, key, &index.parts))
        || history.dropped_key(dialect, &from.name, &index.parts, site.at))
}

/// What to run before the migration does.
pub(super) fn look_first(site: Site<'_>, table: &Table, index: &Index) -> Prose {
    let quote = |name: &str| site.pass.dialect.quote(name);
    let columns: Option<Vec<String>> = index.parts.iter().map(|part| part.column_name().map(quote)).collect();
    let Some(columns) = columns.filter(|columns| !columns.is_empty()) else {
        return prose!("Look for duplicates in production first, and remove them in an earlier migration.");
    };
    let filled = columns.iter().map(|column| format!("{column} IS NOT NULL"));
    let filter = filled.chain(index.predicate.iter().map(|predicate| format!("({predicate})")));
    let query = format!(
        "SELECT {list} FROM {table} WHERE {filter} GROUP BY {list} HAVING count(*) > 1 LIMIT 1",
        list = columns.join(", "),
        table = quote(&table.name),
        filter = filter.collect::<Vec<_>>().join(" AND "),
    );
    prose!("Look for duplicates in production first, and remove them in an earlier migration: {}.", query)
}

/// The keys that hold in a table whatever its rows are.
fn keys(table: &Table) -> impl Iterator<Item = &[IndexPart]> {
    let primary = table.primary_key.iter().map(|key| key.parts.as_slice());
    let uniques = table.uniques.iter().map(|unique| unique.parts.as_slice());
    let whole = table.indexes.iter().filter(|index| index.unique && index.predicate.is_none());
    primary.chain(uniques).chain(whole.map(|index| index.parts.as_slice()))
}

/// Whether rows that differ in the key differ in the parts.
fn covers(site: Site<'_>, key: &[IndexPart], parts: &[IndexPart]) -> bool {
    let same = |one: &IndexPart, other: &IndexPart| match (&one.on, &other.on) {
        (PartOn::Column(one_name), PartOn::Column(other_name)) => {
            site.pass.dialect.name_key(one_name) == site.pass.dialect.name_key(other_name)
                && one.collation == other.collation
        }
        _ => one.on == other.on,
    };
    !key.is_empty() && key.iter().all(|one| parts.iter().any(|other| same(one, other)))
}

fn named_by_columns(table: &Table, parts: &[IndexPart]) -> String {
    let columns: Vec<_> = parts.iter().filter_map(IndexPart::column_name).collect();
    format!("{}.{}", table.name, columns.join("+"))
}

//! Schema × Schema → changes.
//!
//! Objects are matched by the dialect's key of their name. What is left over on both sides may be a
//! rename, which is only called one where it is certain as far as definitions can tell; see `rename`.
//! The order of columns is no difference: no server can change it, and only `SELECT *` sees it.

mod rename;
mod table;

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    change::Change,
    dialect::Dialect,
    schema::{Realm, Schema, Table},
};

/// What turns `from` into `to`: drops, then what stays and changes, then what is new, each by name.
///
/// A schema that goes is one change with all in it; the contents of a new one follow it as changes.
pub fn diff(dialect: &dyn Dialect, from: &Realm, to: &Realm) -> Vec<Change> {
    let empty = Schema::default();
    let old = by_key(dialect, from.schemas.values().map(|schema| (schema.name.as_str(), schema)));
    let new = by_key(dialect, to.schemas.values().map(|schema| (schema.name.as_str(), schema)));
    let mut changes = Vec::new();
    for (key, schema) in &old {
        if !new.contains_key(key) {
            changes.push(Change::DropSchema((*schema).clone()));
        }
    }
    for (key, schema) in &new {
        let before = old.get(key).copied().unwrap_or(&empty);
        if !old.contains_key(key) {
            changes.push(Change::AddSchema(Schema { name: schema.name.clone(), ..Schema::default() }));
        }
        schema_changes(dialect, before, schema, &mut changes);
    }
    changes
}

fn by_key<'a, T: ?Sized>(
    dialect: &dyn Dialect,
    objects: impl Iterator<Item = (&'a str, &'a T)>,
) -> BTreeMap<String, &'a T> {
    objects.map(|(name, object)| (dialect.name_key(name), object)).collect()
}

fn schema_changes(dialect: &dyn Dialect, from: &Schema, to: &Schema, changes: &mut Vec<Change>) {
    let key = |name: &str| dialect.name_key(name);
    let tables = Tables::matched(dialect, from, to);
    let views = Others::matched(&from.views, &to.views, key, |a, b| {
        a.name == b.name && dialect.same_definition(&a.definition, &b.definition)
    });
    let triggers = Others::matched(&from.triggers, &to.triggers, key, |a, b| {
        let same_target = key(&a.on) == key(&b.on);
        a.name == b.name && same_target && dialect.same_definition(&a.definition, &b.definition)
    });
    changes.extend(tables.dropped.iter().map(|table| Change::DropTable(Arc::new((*table).clone()))));
    changes.extend(views.gone.into_iter().map(Change::DropView));
    changes.extend(triggers.gone.into_iter().map(Change::DropTrigger));
    changes.extend(table_changes(dialect, &tables));
    changes.extend(views.kept.into_iter().map(|(from, to)| Change::ModifyView { from, to }));
    changes.extend(triggers.kept.into_iter().map(|(from, to)| Change::ModifyTrigger { from, to }));
    changes.extend(tables.added.iter().map(|table| Change::AddTable(Arc::new((*table).clone()))));
    changes.extend(views.come.into_iter().map(Change::AddView));
    changes.extend(triggers.come.into_iter().map(Change::AddTrigger));
}

/// Objects that are a name and a definition: which go, which stay and differ, which come.
struct Others<T> {
    gone: Vec<T>,
    kept: Vec<(T, T)>,
    come: Vec<T>,
}

impl<T: Clone> Others<T> {
    fn matched(
        from: &BTreeMap<String, T>,
        to: &BTreeMap<String, T>,
        key: impl Fn(&str) -> String,
        same: impl Fn(&T, &T) -> bool,
    ) -> Self {
        let old: BTreeMap<_, _> = from.iter().map(|(name, object)| (key(name), object)).collect();
        let new: BTreeMap<_, _> = to.iter().map(|(name, object)| (key(name), object)).collect();
        let mut others = Self { gone: Vec::new(), kept: Vec::new(), come: Vec::new() };
        for (key, before) in &old {
            match new.get(key) {
                None => others.gone.push((*before).clone()),
                Some(after) if !same(before, after) => {
                    others.kept.push(((*before).clone(), (*after).clone()));
                }
                Some(_) => {}
            }
        }
        let come = new.iter().filter(|(key, _)| !old.contains_key(*key));
        others.come.extend(come.map(|(_, object)| (*object).clone()));
        others
    }
}

/// The tables of a schema on both sides.
struct Tables<'a> {
    dropped: Vec<&'a Table>,
    added: Vec<&'a Table>,
    /// Tables that stay, under their old or a new name.
    kept: Vec<(&'a Table, &'a Table)>,
}

impl<'a> Tables<'a> {
    fn matched(dialect: &dyn Dialect, from: &'a Schema, to: &'a Schema) -> Self {
        let old = by_key(dialect, from.tables.values().map(|table| (table.name.as_str(), table)));
        let new = by_key(dialect, to.tables.values().map(|table| (table.name.as_str(), table)));
        let mut dropped: Vec<_> =
            old.iter().filter(|(key, _)| !new.contains_key(*key)).map(|(_, table)| *table).collect();
        let mut added: Vec<_> =
            new.iter().filter(|(key, _)| !old.contains_key(*key)).map(|(_, table)| *table).collect();
        let mut kept: Vec<_> = new.iter().filter_map(|(key, table)| Some((*old.get(key)?, *table))).collect();
        kept.extend(rename::tables(&mut dropped, &mut added));
        kept.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        Self { dropped, added, kept }
    }
}

/// The renames of tables, then what else differs in each table that stays.
fn table_changes(dialect: &dyn Dialect, tables: &Tables<'_>) -> Vec<Change> {
    let mut new_tables = table::Renames::default();
    for (from, to) in &tables.kept {
        new_tables.table(dialect, &from.name, &to.name);
    }
    let named: Vec<(Table, &Table)> =
        tables.kept.iter().map(|(from, to)| (new_tables.applied(dialect, from), *to)).collect();
    let mut new_columns = table::Renames::default();
    let renamed: Vec<Vec<(usize, usize)>> = named
        .iter()
        .map(|(from, to)| {
            let pairs = rename::columns(dialect, from, to);
            for (old, new) in &pairs {
                new_columns.column(dialect, &to.name, &from.columns[*old].name, &to.columns[*new].name);
            }
            pairs
        })
        .collect();
    let mut changes: Vec<Change> = tables
        .kept
        .iter()
        .zip(&named)
        .filter(|((from, _), (named, _))| from.name != named.name)
        .map(|((from, _), (named, _))| Change::RenameTable {
            from: Arc::new((*from).clone()),
            to: Arc::new(Table { name: named.name.clone(), ..(*from).clone() }),
        })
        .collect();
    for ((from, to), pairs) in named.into_iter().zip(renamed) {
        let compared = new_columns.applied(dialect, &from);
        let parts = table::changes(dialect, &from, &compared, to, &pairs);
        if !parts.is_empty() {
            changes.push(Change::ModifyTable {
                from: Arc::new(from),
                to: Arc::new(to.clone()),
                changes: parts,
            });
        }
    }
    changes
}

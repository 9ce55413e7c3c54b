//! Which objects that went and which that came are the same under another name.
//!
//! Two states alone cannot prove a rename. It is assumed only where nothing else fits: everything but
//! the name is equal, and there is exactly one candidate each way. The assumption errs on the safe
//! side, because the plan of a rename keeps all rows and is shown as what it is; a drop and an add are
//! planned wherever there is doubt. A trace knows more, as it sees the statement that renamed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    dialect::Dialect,
    schema::{Column, IndexPart, PartOn, Table},
};

/// Takes the pairs that are renames out of both lists.
///
/// A table is renamed where columns, keys, constraints, options and the definitions of its indexes
/// are the same, and no other table that went or came has them too. Names of indexes may differ.
pub(super) fn tables<'a>(
    dropped: &mut Vec<&'a Table>,
    added: &mut Vec<&'a Table>,
) -> Vec<(&'a Table, &'a Table)> {
    let mut shapes: BTreeMap<String, (Vec<&Table>, Vec<&Table>)> = BTreeMap::new();
    if dropped.is_empty() || added.is_empty() {
        return Vec::new();
    }
    for table in dropped.iter() {
        shapes.entry(shape(table)).or_default().0.push(table);
    }
    for table in added.iter() {
        shapes.entry(shape(table)).or_default().1.push(table);
    }
    let pairs: Vec<(&Table, &Table)> = shapes
        .values()
        .filter_map(|(from, to)| match (from.as_slice(), to.as_slice()) {
            ([from], [to]) => Some((*from, *to)),
            _ => None,
        })
        .collect();
    let old: BTreeSet<&str> = pairs.iter().map(|(from, _)| from.name.as_str()).collect();
    let new: BTreeSet<&str> = pairs.iter().map(|(_, to)| to.name.as_str()).collect();
    dropped.retain(|table| !old.contains(table.name.as_str()));
    added.retain(|table| !new.contains(table.name.as_str()));
    pairs
}

/// Everything about a table but its name and the names of its indexes.
fn shape(table: &Table) -> String {
    let mut bare = Table { name: String::new(), ..table.clone() };
    for key in bare.foreign_keys.iter_mut().filter(|key| key.ref_table == table.name) {
        key.ref_table.clear();
    }
    for index in &mut bare.indexes {
        index.name.clear();
    }
    bare.indexes.sort_by_cached_key(|index| format!("{index:?}"));
    format!("{bare:?}")
}

/// The columns of `from` and `to` that are the same under another name, by position.
///
/// A column is renamed where its definition and its part in keys and indexes are the same, it stands
/// at the same place behind the same column that stayed, and no other column that went or came has
/// its definition. A name that only changes its case is a rename too.
pub(super) fn columns(dialect: &dyn Dialect, from: &Table, to: &Table) -> Vec<(usize, usize)> {
    let old: BTreeMap<_, _> =
        from.columns.iter().enumerate().map(|(at, column)| (dialect.name_key(&column.name), at)).collect();
    let new: BTreeMap<_, _> =
        to.columns.iter().enumerate().map(|(at, column)| (dialect.name_key(&column.name), at)).collect();
    let mut pairs: Vec<(usize, usize)> = old
        .iter()
        .filter_map(|(key, at)| Some((*at, *new.get(key)?)))
        .filter(|(a, b)| from.columns[*a].name != to.columns[*b].name)
        .collect();
    let gone = left_over(dialect, from, &new);
    let come = left_over(dialect, to, &old);
    for (definition, old) in &gone {
        if let ([(place, a)], Some([(other, b)])) = (old.as_slice(), come.get(definition).map(Vec::as_slice))
            && place == other
        {
            pairs.push((*a, *b));
        }
    }
    pairs.sort_unstable();
    pairs
}

/// Behind which column that stayed, and how far behind it.
type Place = (Option<String>, usize);

/// The columns that the other side lacks, by their definition: place and position.
fn left_over(
    dialect: &dyn Dialect,
    table: &Table,
    other: &BTreeMap<String, usize>,
) -> BTreeMap<String, Vec<(Place, usize)>> {
    let mut found: BTreeMap<String, Vec<(Place, usize)>> = BTreeMap::new();
    if table.columns.iter().all(|column| other.contains_key(&dialect.name_key(&column.name))) {
        return found;
    }
    let roles = roles(dialect, table);
    let (mut behind, mut distance) = (None, 0);
    for (at, column) in table.columns.iter().enumerate() {
        let key = dialect.name_key(&column.name);
        if other.contains_key(&key) {
            (behind, distance) = (Some(key), 0);
            continue;
        }
        let bare = Column { name: String::new(), ..column.clone() };
        let definition = format!("{bare:?} {:?}", roles.get(&key));
        found.entry(definition).or_default().push(((behind.clone(), distance), at));
        distance += 1;
    }
    found
}

/// The part that each column has in keys and indexes, without the names of those.
fn roles(dialect: &dyn Dialect, table: &Table) -> BTreeMap<String, Vec<String>> {
    let mut roles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |column: &str, role: String| roles.entry(dialect.name_key(column)).or_default().push(role);
    let mut add_parts = |kind: &str, parts: &[IndexPart]| {
        for (at, part) in parts.iter().enumerate() {
            if let PartOn::Column(name) = &part.on {
                let (order, collation) = (part.descending, &part.collation);
                add(name, format!("{kind} {at} of {} {order} {collation:?}", parts.len()));
            }
        }
    };
    if let Some(key) = &table.primary_key {
        add_parts("primary key", &key.parts);
    }
    for unique in &table.uniques {
        add_parts("unique", &unique.parts);
    }
    for index in &table.indexes {
        let kind = if index.unique { "unique index" } else { "index" };
        add_parts(&format!("{kind} {:?}", index.predicate), &index.parts);
    }
    for key in &table.foreign_keys {
        for (at, column) in key.columns.iter().enumerate() {
            let target =
                (&key.ref_table, key.ref_columns.get(at), key.on_update, key.on_delete, key.deferred);
            add(column, format!("foreign key {target:?}"));
        }
    }
    for list in roles.values_mut() {
        list.sort();
    }
    roles
}

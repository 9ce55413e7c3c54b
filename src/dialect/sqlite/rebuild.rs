//! The rebuild of a table: make it anew under another name, copy, drop, rename.

use std::collections::BTreeMap;

use super::{normalize, plan, plan::Steps, print, quote};
use crate::schema::{Column, Table};

/// The statements that turn a table into another with the same name.
///
/// All of the way back stands on the statement that renames, in its place between what comes before
/// and after; the others of the four undo nothing by themselves.
pub(super) fn rebuild(steps: &mut Steps, from: &Table, to: &Table, between: &str) {
    steps.detach();
    let back: Vec<String> = moves(to, from, between)
        .into_iter()
        .map(|(sql, _)| sql)
        .chain(from.indexes.iter().map(|index| print::index(&from.name, index)))
        .collect();
    for (sql, comment) in moves(from, to, between) {
        steps.push(sql, comment, Vec::new());
    }
    steps.undo_by(back);
    for index in &to.indexes {
        steps.add_index(&to.name, index);
    }
}

/// The statements with their comments.
fn moves(from: &Table, to: &Table, between: &str) -> Vec<(String, String)> {
    let name = &from.name;
    let mut moves = vec![(print::table(to, between), format!("create {between:?} table"))];
    if numbers_rows(from) && numbers_rows(to) {
        // The copy alone would start again behind the highest row that is left.
        let (old, new) = (quote::text(name), quote::text(between));
        moves.push((
            format!(
                "INSERT INTO sqlite_sequence (name, seq) SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}"
            ),
            format!("keep the numbering of table {name:?} for new temporary table {between:?}"),
        ));
    }
    moves.push((
        copy(from, to, between),
        format!("copy rows from old table {name:?} to new temporary table {between:?}"),
    ));
    moves.push((plan::drop_table(name), format!("drop {name:?} table after copying rows")));
    let rename = format!("rename temporary table {between:?} to {:?}", to.name);
    moves.push((plan::rename(between, &to.name), rename));
    moves
}

fn numbers_rows(table: &Table) -> bool {
    table.columns.iter().any(|column| column.auto_increment)
}

/// INSERT … SELECT of the columns that both have; a NULL becomes the default where NULL is not allowed.
fn copy(from: &Table, to: &Table, between: &str) -> String {
    let old: BTreeMap<String, &Column> =
        from.columns.iter().map(|column| (quote::key(&column.name), column)).collect();
    let writable = to.columns.iter().filter(|column| column.generated.is_none());
    let mut pairs: Vec<(&str, String)> = writable
        .clone()
        .filter_map(|column| {
            Some((column.name.as_str(), source(old.get(&quote::key(&column.name))?, column)))
        })
        .collect();
    if pairs.is_empty() {
        // Nothing is shared; the rows stay all the same.
        let value = |column: &Column| column.default.as_deref().map_or("NULL".to_owned(), operand);
        pairs.extend(writable.take(1).map(|column| (column.name.as_str(), value(column))));
    }
    let columns = quote::names(pairs.iter().map(|(name, _)| *name));
    let values: Vec<String> = pairs.into_iter().map(|(_, value)| value).collect();
    format!(
        "INSERT INTO {} ({columns}) SELECT {} FROM {}",
        quote::name(between),
        values.join(", "),
        quote::name(&from.name)
    )
}

fn source(from: &Column, to: &Column) -> String {
    let name = quote::name(&from.name);
    match &to.default {
        Some(default) if from.nullable && !to.nullable => format!("IFNULL({name}, {})", operand(default)),
        _ => name,
    }
}

fn operand(default: &str) -> String {
    if normalize::is_literal(default) { default.to_owned() } else { format!("({default})") }
}

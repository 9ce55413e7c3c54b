//! What differs inside a table that stays.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    change::TableChange,
    dialect::Dialect,
    schema::{Column, ForeignKey, Index, Table},
};

/// Names that changed, to see the old state under the new names.
#[derive(Default)]
pub(super) struct Renames {
    tables: BTreeMap<String, String>,
    /// By the key of the table, then of the column.
    columns: BTreeMap<String, BTreeMap<String, String>>,
}

impl Renames {
    /// Notes the name of a table.
    pub(super) fn table(&mut self, dialect: &dyn Dialect, from: &str, to: &str) {
        if from != to {
            self.tables.insert(dialect.name_key(from), to.to_owned());
        }
    }

    /// Notes the name of a column.
    pub(super) fn column(&mut self, dialect: &dyn Dialect, table: &str, from: &str, to: &str) {
        let columns = self.columns.entry(dialect.name_key(table)).or_default();
        columns.insert(dialect.name_key(from), to.to_owned());
    }

    /// The table under the new names, its own and those that it refers to.
    pub(super) fn applied(&self, dialect: &dyn Dialect, table: &Table) -> Table {
        let mut table = table.clone();
        if self.tables.is_empty() && self.columns.is_empty() {
            return table;
        }
        let own = self.columns.get(&dialect.name_key(&table.name));
        let rename = |names: Option<&BTreeMap<String, String>>, name: &mut String| {
            if let Some(new) = names.and_then(|names| names.get(&dialect.name_key(name))) {
                name.clone_from(new);
            }
        };
        rename(Some(&self.tables), &mut table.name);
        if own.is_some() {
            table.columns.iter_mut().for_each(|column| rename(own, &mut column.name));
            table.column_names_mut().for_each(|name| rename(own, name));
            for text in table.expressions_mut() {
                for (from, to) in own.into_iter().flatten() {
                    *text = dialect.rename_in(text, from, to);
                }
            }
        }
        for key in &mut table.foreign_keys {
            let target = self.columns.get(&dialect.name_key(&key.ref_table));
            key.ref_columns.iter_mut().for_each(|name| rename(target, name));
            rename(Some(&self.tables), &mut key.ref_table);
        }
        table
    }
}

/// What turns `from` into `to`, drops first.
///
/// `compared` is `from` under the new names of columns; `renamed` has those columns by position.
pub(super) fn changes(
    dialect: &dyn Dialect,
    from: &Table,
    compared: &Table,
    to: &Table,
    renamed: &[(usize, usize)],
) -> Vec<TableChange> {
    let mut drops = Vec::new();
    let mut adds = Vec::new();
    index_changes(dialect, from, compared, to, &mut drops, &mut adds);
    let implied = implied_targets(compared, to);
    let key_text = |key: &ForeignKey| foreign_key_text(key, &implied);
    let (gone, come) = set_changes(&from.foreign_keys, &compared.foreign_keys, &to.foreign_keys, key_text);
    drops.extend(gone.into_iter().map(TableChange::DropForeignKey));
    adds.extend(come.into_iter().map(TableChange::AddForeignKey));
    let (gone, come) = set_changes(&from.checks, &compared.checks, &to.checks, |check| format!("{check:?}"));
    drops.extend(gone.into_iter().map(TableChange::DropCheck));
    adds.extend(come.into_iter().map(TableChange::AddCheck));
    let (gone, come) =
        set_changes(&from.uniques, &compared.uniques, &to.uniques, |unique| format!("{unique:?}"));
    drops.extend(gone.into_iter().map(TableChange::DropUnique));
    adds.extend(come.into_iter().map(TableChange::AddUnique));
    for (old, new) in renamed {
        let from = from.columns[*old].clone();
        let to = Column { name: to.columns[*new].name.clone(), ..from.clone() };
        drops.push(TableChange::RenameColumn { from, to });
    }
    let mut changes = drops;
    column_changes(dialect, compared, to, &mut changes);
    if compared.primary_key != to.primary_key {
        let (from, to) = (from.primary_key.clone(), to.primary_key.clone());
        changes.push(TableChange::SetPrimaryKey { from, to });
    }
    if from.options != to.options {
        let (from, to) = (from.options, to.options);
        changes.push(TableChange::SetOptions { from, to });
    }
    changes.append(&mut adds);
    changes
}

fn column_changes(dialect: &dyn Dialect, from: &Table, to: &Table, changes: &mut Vec<TableChange>) {
    let keyed = |table| columns_by_key(dialect, table);
    let (old, new) = (keyed(from), keyed(to));
    for column in &from.columns {
        if !new.contains_key(&dialect.name_key(&column.name)) {
            changes.push(TableChange::DropColumn(column.clone()));
        }
    }
    for column in &to.columns {
        if let Some(before) = old.get(&dialect.name_key(&column.name))
            && !dialect.same_column(before, column)
        {
            changes.push(TableChange::ModifyColumn { from: (*before).clone(), to: column.clone() });
        }
    }
    for column in &to.columns {
        if !old.contains_key(&dialect.name_key(&column.name)) {
            changes.push(TableChange::AddColumn(column.clone()));
        }
    }
}

fn columns_by_key<'a>(dialect: &dyn Dialect, table: &'a Table) -> BTreeMap<String, &'a Column> {
    table.columns.iter().map(|column| (dialect.name_key(&column.name), column)).collect()
}

fn index_changes(
    dialect: &dyn Dialect,
    from: &Table,
    compared: &Table,
    to: &Table,
    drops: &mut Vec<TableChange>,
    adds: &mut Vec<TableChange>,
) {
    let keyed = |table: &Table| -> BTreeMap<String, usize> {
        table.indexes.iter().enumerate().map(|(at, index)| (dialect.name_key(&index.name), at)).collect()
    };
    let (old, new) = (keyed(from), keyed(to));
    let dropped = |at: usize| -> Index { from.indexes[at].clone() };
    for (key, at) in &old {
        match new.get(key) {
            None => drops.push(TableChange::DropIndex(dropped(*at))),
            Some(other) if compared.indexes[*at] != to.indexes[*other] => {
                adds.push(TableChange::ModifyIndex { from: dropped(*at), to: to.indexes[*other].clone() });
            }
            Some(_) => {}
        }
    }
    let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
    adds.extend(added.map(|(_, at)| TableChange::AddIndex(to.indexes[*at].clone())));
}

/// The differences between lists whose order says nothing: what goes, as it is in `from`, and what comes.
fn set_changes<T: Clone>(
    from: &[T],
    compared: &[T],
    to: &[T],
    text: impl Fn(&T) -> String,
) -> (Vec<T>, Vec<T>) {
    let old: BTreeMap<String, &T> = compared.iter().map(&text).zip(from).collect();
    let new: BTreeMap<String, &T> = to.iter().map(|part| (text(part), part)).collect();
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key)).map(|(_, part)| (*part).clone());
    let come = new.iter().filter(|(key, _)| !old.contains_key(*key)).map(|(_, part)| (*part).clone());
    (gone.collect(), come.collect())
}

/// The foreign keys, without what they refer to, that name no columns on one side.
///
/// They mean the primary key of a table that is not there at the moment, as in the middle of a
/// rebuild; the columns of the other side are no difference then.
fn implied_targets(from: &Table, to: &Table) -> BTreeSet<String> {
    let keys = from.foreign_keys.iter().chain(&to.foreign_keys);
    keys.filter(|key| key.ref_columns.is_empty()).map(without_targets).collect()
}

fn foreign_key_text(key: &ForeignKey, implied: &BTreeSet<String>) -> String {
    let text = without_targets(key);
    if implied.contains(&text) { text } else { format!("{key:?}") }
}

fn without_targets(key: &ForeignKey) -> String {
    format!("{:?}", ForeignKey { ref_columns: Vec::new(), ..key.clone() })
}

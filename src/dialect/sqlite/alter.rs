//! What ALTER TABLE does in place, and whether it can.
//!
//! The limits are those of SQLite's page on ALTER TABLE, and hold on tables with rows.

use std::collections::{BTreeMap, BTreeSet};

use super::{normalize, plan::Steps, print, quote};
use crate::{
    change::{Change, TableChange},
    schema::{Check, Column, ForeignKey, GeneratedStorage, IndexPart, PartOn, Realm, Table},
    sql::sqlite_ddl,
};

/// Which names the views and triggers that stay as they are mention, by the table that they mention.
pub(super) struct Uses(BTreeMap<String, BTreeSet<String>>);

impl Uses {
    /// The views and triggers of the state before, without those that the changes drop or modify.
    pub(super) fn of(from: &Realm, changes: &[Change]) -> Self {
        let mut gone = BTreeSet::new();
        let mut dropping = BTreeSet::new();
        for change in changes {
            match change {
                Change::DropView(view) | Change::ModifyView { from: view, .. } => {
                    gone.insert(("view", quote::key(&view.name)));
                }
                Change::DropTrigger(trigger) | Change::ModifyTrigger { from: trigger, .. } => {
                    gone.insert(("trigger", quote::key(&trigger.name)));
                }
                Change::ModifyTable { from, changes, .. }
                    if changes.iter().any(|part| matches!(part, TableChange::DropColumn(_))) =>
                {
                    dropping.insert(quote::key(&from.name));
                }
                _ => {}
            }
        }
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        if dropping.is_empty() {
            return Self(uses);
        }
        let views = from.views().map(|view| (("view", quote::key(&view.name)), &view.definition));
        let triggers =
            from.triggers().map(|trigger| (("trigger", quote::key(&trigger.name)), &trigger.definition));
        for (_, definition) in views.chain(triggers).filter(|(key, _)| !gone.contains(key)) {
            let names = sqlite_ddl::mentioned(definition);
            for table in names.iter().filter(|name| dropping.contains(*name)) {
                uses.entry(table.clone()).or_default().extend(names.iter().cloned());
            }
        }
        Self(uses)
    }

    fn mention(&self, table: &str, column: &str) -> bool {
        self.0.get(&quote::key(table)).is_some_and(|names| names.contains(&quote::key(column)))
    }
}

/// Whether ALTER TABLE and index statements can make all of the changes.
pub(super) fn in_place(from: &Table, to: &Table, changes: &[TableChange], uses: &Uses) -> bool {
    let dropped = changes.iter().filter(|part| matches!(part, TableChange::DropColumn(_))).count();
    if dropped > 0 && dropped >= from.columns.len() {
        return false;
    }
    let bound = if dropped > 0 { bound_columns(from, to) } else { BTreeSet::new() };
    let added = Added::of(to, changes);
    changes.iter().all(|part| match part {
        TableChange::RenameColumn { .. }
        | TableChange::AddIndex(_)
        | TableChange::DropIndex(_)
        | TableChange::ModifyIndex { .. } => true,
        TableChange::DropColumn(column) => {
            !bound.contains(&quote::key(&column.name))
                && !uses.mention(&from.name, &column.name)
                && is_addable(column)
        }
        TableChange::AddColumn(column) => added.is_possible(column),
        TableChange::AddForeignKey(key) => added.has_key(key),
        TableChange::AddCheck(check) => added.column_of(check).is_some(),
        TableChange::ModifyColumn { .. }
        | TableChange::SetPrimaryKey { .. }
        | TableChange::AddUnique(_)
        | TableChange::DropUnique(_)
        | TableChange::DropForeignKey(_)
        | TableChange::DropCheck(_)
        | TableChange::SetOptions { .. } => false,
    })
}

/// RENAME COLUMN for each column that changes its name; SQLite carries it into keys of other tables.
pub(super) fn rename_columns(steps: &mut Steps, table: &mut Table, changes: &[TableChange]) {
    for part in changes {
        let TableChange::RenameColumn { from, to } = part else { continue };
        let sql = |old: &str, new: &str| {
            let (table, old, new) = (quote::name(&table.name), quote::name(old), quote::name(new));
            format!("ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
        };
        let comment = format!("rename a column from {:?} to {:?}", from.name, to.name);
        steps.push(sql(&from.name, &to.name), comment, vec![sql(&to.name, &from.name)]);
        rename_column(table, &from.name, &to.name);
    }
}

/// The statements of a change that is possible in place; columns have their new names already.
pub(super) fn alter(steps: &mut Steps, from: &Table, to: &Table, changes: &[TableChange]) {
    let added = Added::of(to, changes);
    for part in changes {
        match part {
            TableChange::DropIndex(index) | TableChange::ModifyIndex { from: index, .. } => {
                let index = from.index(&index.name).unwrap_or(index);
                steps.drop_index(&to.name, index);
            }
            _ => {}
        }
    }
    let name = quote::name(&to.name);
    for part in changes {
        if let TableChange::DropColumn(column) = part {
            let sql = format!("ALTER TABLE {name} DROP COLUMN {}", quote::name(&column.name));
            let comment = format!("drop column {:?} from table: {:?}", column.name, to.name);
            let back = format!("ALTER TABLE {name} ADD COLUMN {}", print::added_column(column, None, &[]));
            steps.push(sql, comment, vec![back]);
        }
    }
    for part in changes {
        if let TableChange::AddColumn(column) = part {
            let definition = print::added_column(column, added.key(column), &added.checks(column));
            let sql = format!("ALTER TABLE {name} ADD COLUMN {definition}");
            let comment = format!("add column {:?} to table: {:?}", column.name, to.name);
            let back = format!("ALTER TABLE {name} DROP COLUMN {}", quote::name(&column.name));
            steps.push(sql, comment, vec![back]);
        }
    }
    for part in changes {
        if let TableChange::AddIndex(index) | TableChange::ModifyIndex { to: index, .. } = part {
            steps.add_index(&to.name, index);
        }
    }
}

/// The columns that come, with the constraints that come with them.
struct Added<'a> {
    columns: BTreeMap<String, &'a Column>,
    /// Columns of the table after, in its primary key or a UNIQUE constraint.
    keyed: BTreeSet<String>,
    /// How many foreign keys of the table after each column is in.
    referring: BTreeMap<String, usize>,
    keys: BTreeMap<String, &'a ForeignKey>,
    checks: Vec<(String, &'a Check)>,
}

impl<'a> Added<'a> {
    fn of(to: &'a Table, changes: &'a [TableChange]) -> Self {
        let columns: BTreeMap<String, &Column> = changes
            .iter()
            .filter_map(|part| match part {
                TableChange::AddColumn(column) => Some((quote::key(&column.name), column)),
                _ => None,
            })
            .collect();
        let mut added = Self {
            columns,
            keyed: BTreeSet::new(),
            referring: BTreeMap::new(),
            keys: BTreeMap::new(),
            checks: Vec::new(),
        };
        if added.columns.is_empty() {
            return added;
        }
        let keys =
            to.primary_key.iter().map(|key| &key.parts).chain(to.uniques.iter().map(|unique| &unique.parts));
        added.keyed = keys.flatten().filter_map(IndexPart::column_name).map(quote::key).collect();
        for column in to.foreign_keys.iter().flat_map(|key| &key.columns) {
            *added.referring.entry(quote::key(column)).or_default() += 1;
        }
        for part in changes {
            match part {
                TableChange::AddForeignKey(key) => {
                    if let [column] = key.columns.as_slice() {
                        added.keys.insert(quote::key(column), key);
                    }
                }
                TableChange::AddCheck(check) => {
                    // The last of the new columns that it names has all others before it.
                    let names: BTreeSet<String> = sqlite_ddl::mentioned(&check.expr).into_iter().collect();
                    let last = to
                        .columns
                        .iter()
                        .map(|column| quote::key(&column.name))
                        .rfind(|key| added.columns.contains_key(key) && names.contains(key));
                    added.checks.extend(last.map(|key| (key, check)));
                }
                _ => {}
            }
        }
        added
    }

    fn is_possible(&self, column: &Column) -> bool {
        let name = quote::key(&column.name);
        let referring = self.referring.get(&name).copied().unwrap_or_default();
        let refers_well = match referring {
            0 => true,
            1 => self.keys.contains_key(&name) && column.default.is_none(),
            _ => false,
        };
        is_addable(column) && !self.keyed.contains(&name) && refers_well
    }

    fn has_key(&self, key: &ForeignKey) -> bool {
        matches!(key.columns.as_slice(), [column] if self.key_named(column) == Some(key))
    }

    fn key(&self, column: &Column) -> Option<&'a ForeignKey> {
        self.key_named(&column.name)
    }

    fn key_named(&self, column: &str) -> Option<&'a ForeignKey> {
        let column = quote::key(column);
        self.keys.get(&column).copied().filter(|_| self.columns.contains_key(&column))
    }

    fn checks(&self, column: &Column) -> Vec<&'a Check> {
        let name = quote::key(&column.name);
        self.checks.iter().filter(|(key, _)| *key == name).map(|(_, check)| *check).collect()
    }

    fn column_of(&self, check: &Check) -> Option<&str> {
        self.checks.iter().find(|(_, other)| *other == check).map(|(key, _)| key.as_str())
    }
}

/// Whether ADD COLUMN takes a column of this definition; NOT NULL without default it takes while there are no rows.
fn is_addable(column: &Column) -> bool {
    let stored = column.generated.as_ref().is_some_and(|part| part.storage == GeneratedStorage::Stored);
    !stored && !column.auto_increment && column.default.as_deref().is_none_or(normalize::is_constant)
}

/// The columns that something in the table holds on to: keys, indexes that stay, checks, other columns.
fn bound_columns(from: &Table, to: &Table) -> BTreeSet<String> {
    let mut bound = BTreeSet::new();
    let staying: BTreeSet<String> = to.indexes.iter().map(|index| quote::key(&index.name)).collect();
    let indexes = from.indexes.iter().filter(|index| staying.contains(&quote::key(&index.name)));
    let changed: BTreeMap<_, _> = to.indexes.iter().map(|index| (quote::key(&index.name), index)).collect();
    let keys =
        from.primary_key.iter().map(|key| &key.parts).chain(from.uniques.iter().map(|unique| &unique.parts));
    let mut bind = |text: &str| bound.extend(sqlite_ddl::mentioned(text));
    for index in indexes.filter(|index| changed.get(&quote::key(&index.name)) == Some(index)) {
        index.predicate.iter().for_each(|text| bind(text));
        for part in &index.parts {
            match &part.on {
                PartOn::Column(name) => bind(&quote::name(name)),
                PartOn::Expr(text) => bind(text),
            }
        }
    }
    keys.flatten().filter_map(IndexPart::column_name).for_each(|name| bind(&quote::name(name)));
    from.foreign_keys.iter().flat_map(|key| &key.columns).for_each(|name| bind(&quote::name(name)));
    from.checks.iter().for_each(|check| bind(&check.expr));
    from.columns.iter().filter_map(|column| column.generated.as_ref()).for_each(|part| bind(&part.expr));
    bound
}

fn rename_column(table: &mut Table, from: &str, to: &str) {
    let names = table.columns.iter_mut().map(|column| &mut column.name);
    for name in names.filter(|name| quote::key(name) == quote::key(from)) {
        to.clone_into(name);
    }
    for name in table.column_names_mut().filter(|name| quote::key(name) == quote::key(from)) {
        to.clone_into(name);
    }
    for text in table.expressions_mut() {
        *text = normalize::renamed(text, from, to);
    }
}

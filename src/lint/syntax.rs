//! What statements do as far as their text tells, for lint without a dev database.
//!
//! A catalog of names runs along: what the base and the statements so far made is known, types and
//! columns mostly are not, and rules that need them stay silent.

use std::{collections::BTreeMap, sync::Arc};

use super::{ReviewedFile, rebuild};
use crate::{
    change::{Change, TableChange},
    dialect::Dialect,
    finding::Evidence,
    schema::{Column, Generated, GeneratedStorage, Index, Schema, Table, Trigger, View},
    sql::{Alter, ColumnFacts, Facts, Kind},
    step::Outcome,
};

/// Fills in the changes of every statement that did not run; `base` is what ran before, in order.
pub fn derive<'f>(
    dialect: &dyn Dialect,
    base: impl IntoIterator<Item = &'f Facts>,
    files: &mut [ReviewedFile],
) {
    let mut catalog = Catalog { dialect, tables: BTreeMap::new(), indexes: BTreeMap::new() };
    for facts in base {
        catalog.follow(facts);
    }
    for file in files {
        for step in &mut file.steps {
            let changes = catalog.follow(&step.facts);
            if step.outcome == Outcome::NotRun {
                step.changes = changes;
                step.evidence = Evidence::Syntax;
            }
        }
        rebuild::fold(dialect, &mut file.steps);
    }
}

/// The names that exist.
struct Catalog<'a> {
    dialect: &'a dyn Dialect,
    tables: BTreeMap<String, Known>,
    /// Each index with its table.
    indexes: BTreeMap<String, (Arc<Table>, Index)>,
}

/// A table that exists, and those of its columns that ALTER TABLE added.
#[derive(Debug, Default)]
struct Known {
    table: Arc<Table>,
    temporary: bool,
    columns: BTreeMap<String, Column>,
}

impl Catalog<'_> {
    /// Takes note of a statement and gives what it changes; temporary tables do not count.
    fn follow(&mut self, facts: &Facts) -> Vec<Change> {
        let change = match &facts.kind {
            Kind::CreateTable { table, temporary, .. } => self.create_table(table, *temporary),
            Kind::CreateVirtualTable { table } => self.create_table(table, false),
            Kind::AlterTable { table, action } => self.alter(table, action),
            Kind::DropTable { table, if_exists } => self.drop_table(table, *if_exists),
            Kind::CreateIndex { index, table, unique } => self.create_index(index, table, *unique),
            Kind::DropIndex { index } => self.drop_index(index),
            Kind::CreateView { view } => {
                Some(Change::AddView(View { name: view.clone(), ..View::default() }))
            }
            Kind::DropView { view } => Some(Change::DropView(View { name: view.clone(), ..View::default() })),
            Kind::CreateTrigger { trigger, on } => Some(Change::AddTrigger(Trigger {
                name: trigger.clone(),
                on: on.clone(),
                ..Trigger::default()
            })),
            Kind::DropTrigger { trigger } => {
                Some(Change::DropTrigger(Trigger { name: trigger.clone(), ..Trigger::default() }))
            }
            Kind::DropSchema { schema } => {
                Some(Change::DropSchema(Schema { name: schema.clone(), ..Schema::default() }))
            }
            Kind::Insert { .. }
            | Kind::Update { .. }
            | Kind::Delete { .. }
            | Kind::Select
            | Kind::Pragma { .. }
            | Kind::Transaction(_)
            | Kind::Attach
            | Kind::Vacuum
            | Kind::Maintain
            | Kind::Opaque => None,
        };
        change.into_iter().collect()
    }

    fn create_table(&mut self, table: &str, temporary: bool) -> Option<Change> {
        let key = self.dialect.name_key(table);
        if self.tables.contains_key(&key) {
            return None;
        }
        let table = named(table);
        let known = Known { table: table.clone(), temporary, columns: BTreeMap::new() };
        self.tables.insert(key, known);
        (!temporary).then_some(Change::AddTable(table))
    }

    fn drop_table(&mut self, table: &str, if_exists: bool) -> Option<Change> {
        match self.tables.remove(&self.dialect.name_key(table)) {
            Some(known) => (!known.temporary).then_some(Change::DropTable(known.table)),
            None => (!if_exists).then(|| Change::DropTable(named(table))),
        }
    }

    fn alter(&mut self, table: &str, action: &Alter) -> Option<Change> {
        let key = self.dialect.name_key(table);
        let known = self
            .tables
            .entry(key.clone())
            .or_insert_with(|| Known { table: named(table), ..Known::default() });
        let temporary = known.temporary;
        let table = known.table.clone();
        let change = match action {
            Alter::RenameTable { to } => {
                let mut known = self.tables.remove(&key)?;
                known.table = named(to);
                let renamed = known.table.clone();
                self.tables.insert(self.dialect.name_key(to), known);
                Some(Change::RenameTable { from: table, to: renamed })
            }
            Alter::RenameColumn { from, to } => {
                let old = known.columns.remove(&self.dialect.name_key(from)).unwrap_or_else(|| column(from));
                let new = Column { name: to.clone(), ..old.clone() };
                known.columns.insert(self.dialect.name_key(to), new.clone());
                Some(modify(table, TableChange::RenameColumn { from: old, to: new }))
            }
            Alter::AddColumn { column, definition } => {
                let column = column_of(column, definition);
                known.columns.insert(self.dialect.name_key(&column.name), column.clone());
                Some(modify(table, TableChange::AddColumn(column)))
            }
            Alter::DropColumn { column: dropped } => {
                let known = known.columns.remove(&self.dialect.name_key(dropped));
                Some(modify(table, TableChange::DropColumn(known.unwrap_or_else(|| column(dropped)))))
            }
            Alter::Other => None,
        };
        change.filter(|_| !temporary)
    }

    fn create_index(&mut self, index: &str, table: &str, unique: bool) -> Option<Change> {
        let key = self.dialect.name_key(index);
        let known = self.tables.get(&self.dialect.name_key(table));
        if known.is_some_and(|known| known.temporary) || self.indexes.contains_key(&key) {
            return None;
        }
        // The index follows the spelling of its own statement.
        let known = known.map(|known| known.table.clone()).filter(|known| known.name == table);
        let table = known.unwrap_or_else(|| named(table));
        let index = Index { name: index.to_owned(), unique, ..Index::default() };
        self.indexes.insert(key, (table.clone(), index.clone()));
        Some(modify(table, TableChange::AddIndex(index)))
    }

    fn drop_index(&mut self, index: &str) -> Option<Change> {
        let (table, index) = self.indexes.remove(&self.dialect.name_key(index))?;
        Some(modify(table, TableChange::DropIndex(index)))
    }
}

pub(super) fn named(table: &str) -> Arc<Table> {
    Arc::new(Table { name: table.to_owned(), ..Table::default() })
}

fn modify(table: Arc<Table>, change: TableChange) -> Change {
    Change::ModifyTable { from: table.clone(), to: table, changes: vec![change] }
}

/// A column of which only the name is known.
fn column(name: &str) -> Column {
    Column { name: name.to_owned(), nullable: true, ..Column::default() }
}

fn column_of(name: &str, definition: &ColumnFacts) -> Column {
    let storage = |stored| if stored { GeneratedStorage::Stored } else { GeneratedStorage::Virtual };
    Column {
        name: name.to_owned(),
        ty: definition.ty.clone(),
        nullable: !definition.not_null,
        default: definition.default.clone(),
        generated: definition
            .generated_stored
            .map(|stored| Generated { expr: String::new(), storage: storage(stored) }),
        ..Column::default()
    }
}

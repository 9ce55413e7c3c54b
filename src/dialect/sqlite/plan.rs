//! Changes as SQLite's statements, each with its way back.
//!
//! What ALTER TABLE can do on a table with rows is done in place; all else is one rebuild of the table.
//! A rebuild needs foreign keys to be off. The pragma does nothing inside a transaction, so who applies
//! the plan in one has to switch them off before it.

use std::{collections::BTreeSet, sync::Arc};

use super::{Sqlite, alter, inspect, print, quote, rebuild};
use crate::{
    change::{Change, TableChange},
    error::{Error, Result},
    plan::{Plan, Statement},
    planner::{self, Surroundings},
    schema::{Index, Realm, Table, Trigger, View},
    sql::sqlite_ddl,
};

/// The plan for the changes between two states.
pub(super) fn plan(from: &Realm, to: &Realm, changes: &[Change]) -> Result<Plan> {
    let uses = alter::Uses::of(from, changes);
    let mut changes = spread(changes)?;
    let moved = moved_indexes(&changes);
    let early = take_moved(&mut changes, &moved);
    let disturbed = changes
        .iter()
        .filter_map(|change| match change {
            Change::ModifyTable { from, to, changes } if !alter::in_place(from, to, changes, &uses) => {
                Some(quote::key(&from.name))
            }
            _ => None,
        })
        .collect();
    let names = Names::of(from, to);
    let around = Surroundings { dialect: &Sqlite, from, to, mentions: &mentions, disturbed: &disturbed };
    let mut steps = Steps::default();
    for (table, index) in early {
        steps.drop_index(&table, &index);
    }
    for change in planner::order(&around, changes) {
        steps.change(&change, &disturbed, &names);
    }
    Ok(steps.finish())
}

/// CREATE statements for everything in a realm, in an order that works.
pub(super) fn create_all(realm: &Realm) -> Vec<String> {
    let nothing = BTreeSet::new();
    let around =
        Surroundings { dialect: &Sqlite, from: realm, to: realm, mentions: &mentions, disturbed: &nothing };
    let tables: Vec<&Table> = realm.tables().collect();
    let mut out = Vec::new();
    for table in planner::tables_in_order(&Sqlite, &tables) {
        out.push(print::table(table, &table.name));
        out.extend(table.indexes.iter().map(|index| print::index(&table.name, index)));
    }
    let views = realm.views().map(|view| (quote::key(&view.name), view.clone())).collect();
    out.extend(planner::views_in_order(&around, views).iter().map(|view| definition(&view.definition)));
    out.extend(realm.triggers().map(|trigger| definition(&trigger.definition)));
    out
}

/// A stored CREATE statement, without a delimiter.
fn definition(sql: &str) -> String {
    sql.trim_end().trim_end_matches(';').trim_end().to_owned()
}

fn mentions(definition: &str) -> BTreeSet<String> {
    sqlite_ddl::mentioned(definition).into_iter().collect()
}

/// The changes with a dropped schema spread into what it holds.
fn spread(changes: &[Change]) -> Result<Vec<Change>> {
    let mut out = Vec::with_capacity(changes.len());
    for change in changes {
        match change {
            Change::AddSchema(schema) | Change::DropSchema(schema) if schema.name != inspect::SCHEMA => {
                let message = format!("SQLite has no schema `{}`, only `{}`", schema.name, inspect::SCHEMA);
                return Err(Error::usage(message));
            }
            Change::AddSchema(_) => {}
            Change::DropSchema(schema) => {
                out.extend(schema.triggers.values().cloned().map(Change::DropTrigger));
                out.extend(schema.views.values().cloned().map(Change::DropView));
                out.extend(schema.tables.values().cloned().map(Arc::new).map(Change::DropTable));
            }
            _ => out.push(change.clone()),
        }
    }
    Ok(out)
}

/// The keys of indexes that leave one table and come to another: their names are free only in between.
fn moved_indexes(changes: &[Change]) -> BTreeSet<String> {
    let (mut gone, mut come) = (BTreeSet::new(), BTreeSet::new());
    for change in changes {
        match change {
            Change::DropTable(table) => {
                gone.extend(table.indexes.iter().map(|index| quote::key(&index.name)));
            }
            Change::AddTable(table) => come.extend(table.indexes.iter().map(|index| quote::key(&index.name))),
            Change::ModifyTable { changes, .. } => {
                for part in changes {
                    match part {
                        TableChange::DropIndex(index) => gone.insert(quote::key(&index.name)),
                        TableChange::AddIndex(index) => come.insert(quote::key(&index.name)),
                        _ => false,
                    };
                }
            }
            _ => {}
        }
    }
    gone.intersection(&come).cloned().collect()
}

/// Takes the moved indexes out of the tables that they leave: table and index.
fn take_moved(changes: &mut Vec<Change>, moved: &BTreeSet<String>) -> Vec<(String, Index)> {
    let mut early = Vec::new();
    let is_moved = |index: &Index| moved.contains(&quote::key(&index.name));
    for change in changes.iter_mut().filter(|_| !moved.is_empty()) {
        match change {
            Change::DropTable(table) => {
                let table = Arc::make_mut(table);
                let indexes = table.indexes.extract_if(.., |index| is_moved(index));
                early.extend(indexes.map(|index| (table.name.clone(), index)));
            }
            Change::ModifyTable { from, changes, .. } => {
                let drops = changes.extract_if(.., |part| match part {
                    TableChange::DropIndex(index) => is_moved(index),
                    _ => false,
                });
                for part in drops {
                    if let TableChange::DropIndex(index) = part {
                        Arc::make_mut(from).indexes.retain(|other| other.name != index.name);
                        early.push((from.name.clone(), index));
                    }
                }
            }
            _ => {}
        }
    }
    changes.retain(|change| !matches!(change, Change::ModifyTable { changes, .. } if changes.is_empty()));
    early
}

/// The names that are taken before or after, to find free ones.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    fn of(from: &Realm, to: &Realm) -> Self {
        let of = |realm: &Realm| -> Vec<String> {
            let tables = realm.tables().flat_map(|table| {
                std::iter::once(&table.name).chain(table.indexes.iter().map(|index| &index.name))
            });
            let others = realm.schemas.values().flat_map(|schema| {
                schema.views.keys().chain(schema.unmanaged.iter().map(|object| &object.name))
            });
            tables.chain(others).map(|name| quote::key(name)).collect()
        };
        Self(of(from).into_iter().chain(of(to)).collect())
    }

    /// The name with the prefix `new_`, and with a number where that is taken.
    pub(super) fn free(&self, name: &str) -> String {
        let first = format!("new_{name}");
        let mut free = first.clone();
        let mut number = 2;
        while self.0.contains(&quote::key(&free)) {
            free = format!("{first}_{number}");
            number += 1;
        }
        free
    }
}

/// The statements so far.
#[derive(Default)]
pub(super) struct Steps {
    statements: Vec<Statement>,
    /// Whether a table is dropped, on the way there or back, with rows that others may refer to.
    detached: bool,
}

impl Steps {
    /// Adds a statement.
    pub(super) fn push(&mut self, sql: String, comment: String, reverse: Vec<String>) {
        self.statements.push(Statement { sql, comment, reverse });
    }

    /// Says what undoes the last statement.
    pub(super) fn undo_by(&mut self, reverse: Vec<String>) {
        if let Some(last) = self.statements.last_mut() {
            last.reverse = reverse;
        }
    }

    /// Notes that the plan must not run with foreign keys on.
    pub(super) fn detach(&mut self) {
        self.detached = true;
    }

    fn change(&mut self, change: &Change, disturbed: &BTreeSet<String>, names: &Names) {
        match change {
            Change::AddSchema(_) | Change::DropSchema(_) => {}
            Change::AddTable(table) => self.add_table(table),
            Change::DropTable(table) => self.drop_table(table),
            Change::RenameTable { from, to } => self.rename_table(&from.name, &to.name, names),
            Change::ModifyTable { from, to, changes } => {
                let mut current = from.clone();
                alter::rename_columns(self, Arc::make_mut(&mut current), changes);
                if disturbed.contains(&quote::key(&from.name)) {
                    rebuild::rebuild(self, &current, to, &names.free(&to.name));
                } else {
                    alter::alter(self, &current, to, changes);
                }
            }
            Change::AddView(view) => self.add_view(view),
            Change::DropView(view) => self.drop_view(view),
            Change::AddTrigger(trigger) => self.add_trigger(trigger),
            Change::DropTrigger(trigger) => self.drop_trigger(trigger),
            Change::ModifyView { from, to } => {
                self.drop_view(from);
                self.add_view(to);
            }
            Change::ModifyTrigger { from, to } => {
                self.drop_trigger(from);
                self.add_trigger(to);
            }
        }
    }

    fn add_table(&mut self, table: &Table) {
        self.push(
            print::table(table, &table.name),
            format!("create {:?} table", table.name),
            vec![drop_table(&table.name)],
        );
        for index in &table.indexes {
            self.add_index(&table.name, index);
        }
    }

    fn drop_table(&mut self, table: &Table) {
        self.detach();
        let mut reverse = vec![print::table(table, &table.name)];
        reverse.extend(table.indexes.iter().map(|index| print::index(&table.name, index)));
        self.push(drop_table(&table.name), format!("drop {:?} table", table.name), reverse);
    }

    /// SQLite takes a name in another case for one that is in use, so that goes by a third name.
    fn rename_table(&mut self, from: &str, to: &str, names: &Names) {
        let comment = format!("rename a table from {from:?} to {to:?}");
        if quote::key(from) == quote::key(to) {
            let between = names.free(to);
            self.push(rename(from, &between), comment.clone(), vec![rename(&between, from)]);
            self.push(rename(&between, to), comment, vec![rename(to, &between)]);
        } else {
            self.push(rename(from, to), comment, vec![rename(to, from)]);
        }
    }

    /// CREATE INDEX.
    pub(super) fn add_index(&mut self, table: &str, index: &Index) {
        let comment = format!("create index {:?} to table: {table:?}", index.name);
        self.push(print::index(table, index), comment, vec![drop_index(&index.name)]);
    }

    /// DROP INDEX.
    pub(super) fn drop_index(&mut self, table: &str, index: &Index) {
        let comment = format!("drop index {:?} from table: {table:?}", index.name);
        self.push(drop_index(&index.name), comment, vec![print::index(table, index)]);
    }

    fn add_view(&mut self, view: &View) {
        let drop = format!("DROP VIEW {}", quote::name(&view.name));
        self.push(definition(&view.definition), format!("create {:?} view", view.name), vec![drop]);
    }

    fn drop_view(&mut self, view: &View) {
        let drop = format!("DROP VIEW {}", quote::name(&view.name));
        self.push(drop, format!("drop {:?} view", view.name), vec![definition(&view.definition)]);
    }

    fn add_trigger(&mut self, trigger: &Trigger) {
        let drop = format!("DROP TRIGGER {}", quote::name(&trigger.name));
        self.push(definition(&trigger.definition), format!("create trigger {:?}", trigger.name), vec![drop]);
    }

    fn drop_trigger(&mut self, trigger: &Trigger) {
        let drop = format!("DROP TRIGGER {}", quote::name(&trigger.name));
        self.push(drop, format!("drop trigger {:?}", trigger.name), vec![definition(&trigger.definition)]);
    }

    fn finish(mut self) -> Plan {
        if self.detached {
            let (off, on) = ("PRAGMA foreign_keys = off", "PRAGMA foreign_keys = on");
            let comment = "disable the enforcement of foreign-keys constraints".to_owned();
            self.statements
                .insert(0, Statement { sql: off.to_owned(), comment, reverse: vec![on.to_owned()] });
            let comment = "enable back the enforcement of foreign-keys constraints".to_owned();
            self.push(on.to_owned(), comment, vec![off.to_owned()]);
        }
        Plan { statements: self.statements }
    }
}

/// DROP TABLE.
pub(super) fn drop_table(name: &str) -> String {
    format!("DROP TABLE {}", quote::name(name))
}

/// ALTER TABLE … RENAME TO.
pub(super) fn rename(from: &str, to: &str) -> String {
    format!("ALTER TABLE {} RENAME TO {}", quote::name(from), quote::name(to))
}

fn drop_index(name: &str) -> String {
    format!("DROP INDEX {}", quote::name(name))
}

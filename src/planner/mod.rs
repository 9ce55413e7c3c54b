//! Changes → an ordered plan.
//!
//! What comes before what is the same for every server, so it is decided here; how a change is written
//! is the dialect's. Triggers and views step aside while the tables under them change.

mod graph;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    change::Change,
    dialect::Dialect,
    schema::{Realm, Table, Trigger, View},
};

/// What the order of changes depends on.
pub struct Surroundings<'a> {
    /// The dialect, for its keys of names.
    pub dialect: &'a dyn Dialect,
    /// The state before.
    pub from: &'a Realm,
    /// The state after.
    pub to: &'a Realm,
    /// The keys of all names in the definition of a view or a trigger; too many is safe.
    pub mentions: &'a dyn Fn(&str) -> BTreeSet<String>,
    /// The keys of the tables that are not there for a moment while they change.
    pub disturbed: &'a BTreeSet<String>,
}

/// The changes in the order in which they work.
///
/// Triggers and views that go, change or stand on a disturbed table are dropped first, those that read
/// others before those; then tables are renamed, added and changed, each after what its foreign keys
/// name; then tables are dropped in the opposite order; then views and triggers are made, after what
/// they read. A change of a view or trigger is a drop and an add. Cycles of foreign keys are broken.
pub fn order(around: &Surroundings<'_>, changes: Vec<Change>) -> Vec<Change> {
    let mut sorted = Sorted::default();
    for change in changes {
        sorted.take(change);
    }
    sorted.step_aside(around);
    let mut out = sorted.schemas_added;
    out.extend(sorted.dropped_triggers.into_values().map(Change::DropTrigger));
    let dropped = views_in_order(around, sorted.dropped_views);
    out.extend(dropped.into_iter().rev().map(Change::DropView));
    out.append(&mut sorted.renamed);
    out.extend(in_order_of_keys(around, sorted.tables));
    out.extend(in_order_of_keys(around, sorted.dropped_tables).into_iter().rev());
    out.extend(views_in_order(around, sorted.added_views).into_iter().map(Change::AddView));
    out.extend(sorted.added_triggers.into_values().map(Change::AddTrigger));
    out.append(&mut sorted.schemas_dropped);
    out
}

/// Tables in the order of their foreign keys: each after those that it names.
pub fn tables_in_order<'a>(dialect: &dyn Dialect, tables: &[&'a Table]) -> Vec<&'a Table> {
    key_order(dialect, tables).into_iter().map(|at| tables[at]).collect()
}

/// Views in an order in which each comes after the views that it reads.
pub fn views_in_order(around: &Surroundings<'_>, views: BTreeMap<String, View>) -> Vec<View> {
    let positions: BTreeMap<String, usize> =
        views.keys().enumerate().map(|(at, key)| (key.clone(), at)).collect();
    let needs: Vec<Vec<usize>> = views
        .values()
        .map(|view| {
            let names = (around.mentions)(&view.definition);
            names.iter().filter_map(|name| positions.get(name).copied()).collect()
        })
        .collect();
    let mut views: Vec<Option<View>> = views.into_values().map(Some).collect();
    graph::order(&needs).into_iter().filter_map(|at| views[at].take()).collect()
}

fn in_order_of_keys(around: &Surroundings<'_>, mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by(|a, b| a.table().map(|table| &table.name).cmp(&b.table().map(|table| &table.name)));
    let tables: Vec<&Table> = changes.iter().filter_map(Change::table).collect();
    let order = key_order(around.dialect, &tables);
    let mut changes: Vec<Option<Change>> = changes.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| changes[at].take()).collect()
}

fn key_order(dialect: &dyn Dialect, tables: &[&Table]) -> Vec<usize> {
    let key = |schema: &str, table: &str| (dialect.name_key(schema), dialect.name_key(table));
    let positions: BTreeMap<_, _> =
        tables.iter().enumerate().map(|(at, table)| (key(&table.schema, &table.name), at)).collect();
    let needs: Vec<Vec<usize>> = tables
        .iter()
        .map(|table| {
            let keys = table.foreign_keys.iter();
            keys.filter_map(|part| positions.get(&key(&part.ref_schema, &part.ref_table)).copied()).collect()
        })
        .collect();
    graph::order(&needs)
}

/// The changes by what happens when; views and triggers by the key of their name.
#[derive(Default)]
struct Sorted {
    schemas_added: Vec<Change>,
    schemas_dropped: Vec<Change>,
    renamed: Vec<Change>,
    tables: Vec<Change>,
    dropped_tables: Vec<Change>,
    dropped_views: BTreeMap<String, View>,
    added_views: BTreeMap<String, View>,
    dropped_triggers: BTreeMap<String, Trigger>,
    added_triggers: BTreeMap<String, Trigger>,
}

impl Sorted {
    fn take(&mut self, change: Change) {
        match change {
            Change::AddSchema(_) => self.schemas_added.push(change),
            Change::DropSchema(_) => self.schemas_dropped.push(change),
            Change::RenameTable { .. } => self.renamed.push(change),
            Change::AddTable(_) | Change::ModifyTable { .. } => self.tables.push(change),
            Change::DropTable(_) => self.dropped_tables.push(change),
            Change::AddView(view) => add(&mut self.added_views, view.name.clone(), view),
            Change::DropView(view) => add(&mut self.dropped_views, view.name.clone(), view),
            Change::ModifyView { from, to } => {
                add(&mut self.dropped_views, from.name.clone(), from);
                add(&mut self.added_views, to.name.clone(), to);
            }
            Change::AddTrigger(trigger) => add(&mut self.added_triggers, trigger.name.clone(), trigger),
            Change::DropTrigger(trigger) => add(&mut self.dropped_triggers, trigger.name.clone(), trigger),
            Change::ModifyTrigger { from, to } => {
                add(&mut self.dropped_triggers, from.name.clone(), from);
                add(&mut self.added_triggers, to.name.clone(), to);
            }
        }
    }

    /// Adds the views and triggers that stay but cannot be there while what they read changes.
    fn step_aside(&mut self, around: &Surroundings<'_>) {
        let key = |name: &str| around.dialect.name_key(name);
        self.rekey(around.dialect);
        let mut reached = around.disturbed.clone();
        reached
            .extend(self.dropped_views.keys().filter(|name| self.added_views.contains_key(*name)).cloned());
        if reached.is_empty() {
            return;
        }
        let readers = readers(around);
        let mut open: Vec<String> = reached.iter().cloned().collect();
        while let Some(name) = open.pop() {
            for view in readers.views.get(&name).into_iter().flatten() {
                if reached.insert(key(&view.name)) {
                    open.push(key(&view.name));
                }
                let after =
                    around.to.schemas.get(&view.schema).and_then(|schema| schema.views.get(&view.name));
                if let (Some(after), false) = (after, self.dropped_views.contains_key(&key(&view.name))) {
                    self.dropped_views.insert(key(&view.name), (*view).clone());
                    self.added_views.insert(key(&view.name), after.clone());
                }
            }
            for trigger in readers.triggers.get(&name).into_iter().flatten() {
                let after = around
                    .to
                    .schemas
                    .get(&trigger.schema)
                    .and_then(|schema| schema.triggers.get(&trigger.name));
                if let (Some(after), false) = (after, self.dropped_triggers.contains_key(&key(&trigger.name)))
                {
                    self.dropped_triggers.insert(key(&trigger.name), (*trigger).clone());
                    self.added_triggers.insert(key(&trigger.name), after.clone());
                }
            }
        }
    }

    fn rekey(&mut self, dialect: &dyn Dialect) {
        fn keyed<T>(dialect: &dyn Dialect, map: &mut BTreeMap<String, T>) {
            *map = std::mem::take(map)
                .into_iter()
                .map(|(name, value)| (dialect.name_key(&name), value))
                .collect();
        }
        keyed(dialect, &mut self.dropped_views);
        keyed(dialect, &mut self.added_views);
        keyed(dialect, &mut self.dropped_triggers);
        keyed(dialect, &mut self.added_triggers);
    }
}

fn add<T>(map: &mut BTreeMap<String, T>, name: String, value: T) {
    map.insert(name, value);
}

/// The views and triggers of the state before, by the keys of what they read.
#[derive(Default)]
struct Readers<'a> {
    views: BTreeMap<String, Vec<&'a View>>,
    triggers: BTreeMap<String, Vec<&'a Trigger>>,
}

fn readers<'a>(around: &Surroundings<'a>) -> Readers<'a> {
    let mut readers = Readers::default();
    let key = |name: &str| around.dialect.name_key(name);
    let objects: BTreeSet<String> = around
        .from
        .tables()
        .map(|table| key(&table.name))
        .chain(around.from.views().map(|view| key(&view.name)))
        .collect();
    for view in around.from.views() {
        let own = key(&view.name);
        let names = (around.mentions)(&view.definition);
        for name in names.into_iter().filter(|name| objects.contains(name) && *name != own) {
            readers.views.entry(name).or_default().push(view);
        }
    }
    for trigger in around.from.triggers() {
        let names = (around.mentions)(&trigger.definition);
        for name in names.into_iter().filter(|name| objects.contains(name)) {
            readers.triggers.entry(name).or_default().push(trigger);
        }
    }
    readers
}

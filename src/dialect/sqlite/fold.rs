//! Sees the rebuild of a table as the one change that it is.
//!
//! SQLite cannot change most of a table in place, so a file makes a new table, copies, drops the old
//! one and renames; or renames the old one away first; or copies the rows out and, into a new table of
//! the same name, back. Whatever the names, that is one changed table.
//! What stood on the old table and was not made again is lost, and shows as dropped.

use std::collections::{BTreeMap, BTreeSet};

use super::{Sqlite, quote};
use crate::{
    change::{Change, TableChange},
    dialect::Dialect,
    diff::diff,
    schema::{Column, Realm, Schema, Table},
    sql::{Alter, Kind},
    step::Step,
};

/// Folds every rebuild among the steps; the change stands on the CREATE TABLE of the new table.
pub(super) fn fold(steps: &mut [Step]) {
    let mut places = Places::of(steps);
    let mut rebuilds: Vec<Rebuild> = Vec::new();
    let mut used = BTreeSet::new();
    for create in 0..steps.len() {
        let rebuild = find(steps, &places, create).filter(|rebuild| rebuild.folded.is_disjoint(&used));
        if let Some(rebuild) = rebuild {
            used.extend(rebuild.folded.iter().copied());
            rebuilds.push(rebuild);
        }
    }
    for rebuild in &mut rebuilds {
        rebuild.take_moves(steps, &places);
        rebuild.take_indexes(steps, &mut places);
    }
    if !rebuilds.is_empty() {
        pair_others(steps, &mut rebuilds);
    }
    for rebuild in rebuilds {
        rebuild.settle(steps);
    }
}

/// Where things happen, by the key of the table.
#[derive(Default)]
struct Places {
    renames: BTreeMap<String, Vec<usize>>,
    /// Where a table takes the rows of a query: INSERT, and CREATE TABLE … AS.
    fills: BTreeMap<String, Vec<usize>>,
    drops: BTreeMap<String, Vec<usize>>,
    changes: BTreeMap<String, Vec<usize>>,
    /// Where an index is made, by the keys of its table and its own.
    indexes: BTreeMap<(String, String), BTreeSet<usize>>,
}

impl Places {
    fn of(steps: &[Step]) -> Self {
        let mut places = Self::default();
        for (at, step) in steps.iter().enumerate() {
            let place = match &step.facts.kind {
                Kind::AlterTable { table, action: Alter::RenameTable { .. } } => {
                    Some((&mut places.renames, table))
                }
                Kind::Insert { table } | Kind::CreateTable { table, .. } if !step.facts.reads.is_empty() => {
                    Some((&mut places.fills, table))
                }
                Kind::DropTable { table, .. } => Some((&mut places.drops, table)),
                _ => None,
            };
            if let Some((map, table)) = place {
                map.entry(quote::key(without_temp(table))).or_default().push(at);
            }
            for table in step.changes.iter().filter_map(Change::table) {
                places.changes.entry(quote::key(&table.name)).or_default().push(at);
            }
            for change in &step.changes {
                let Change::ModifyTable { to, changes, .. } = change else { continue };
                for part in changes {
                    if let TableChange::AddIndex(index) = part {
                        let key = (quote::key(&to.name), quote::key(&index.name));
                        places.indexes.entry(key).or_default().insert(at);
                    }
                }
            }
        }
        places
    }
}

/// The places behind `start`.
fn after<'a>(
    map: &'a BTreeMap<String, Vec<usize>>,
    name: &str,
    start: usize,
) -> impl Iterator<Item = usize> + use<'a> {
    let places = map.get(&quote::key(name)).map(Vec::as_slice).unwrap_or_default();
    places[places.partition_point(|at| *at <= start)..].iter().copied()
}

/// The last place before `end`.
fn before(map: &BTreeMap<String, Vec<usize>>, name: &str, end: usize) -> Option<usize> {
    let places = map.get(&quote::key(name))?;
    places[..places.partition_point(|at| *at < end)].last().copied()
}

/// A rebuild: which steps it is made of, and the table on both sides.
struct Rebuild {
    create: usize,
    /// The step that dropped the old table.
    drop: usize,
    /// The last of the steps that make the rebuild, without what is made again behind it.
    last: usize,
    /// The other name that has a part in it.
    between: String,
    from: Table,
    /// The new table under its final name.
    to: Table,
    folded: BTreeSet<usize>,
    /// What else went with the old table.
    lost: Vec<Change>,
}

fn find(steps: &[Step], places: &Places, create: usize) -> Option<Rebuild> {
    let Kind::CreateTable { table, temporary: false, .. } = &steps[create].facts.kind else { return None };
    new_then_renamed(steps, places, create, table)
        .or_else(|| old_renamed_first(steps, places, create, table))
        .or_else(|| copied_back(steps, places, create, table))
}

/// CREATE new, INSERT … SELECT, DROP old, RENAME new TO old.
fn new_then_renamed(steps: &[Step], places: &Places, create: usize, new: &str) -> Option<Rebuild> {
    let rename = after(&places.renames, new, create).next()?;
    let old = renamed_to(&steps[rename])?;
    let mut to = created_table(&steps[create], new)?;
    let mut copies = fills(places, new, create).take_while(|at| *at < rename);
    let copy = copies.find(|at| reads(&steps[*at], old))?;
    let drop = after(&places.drops, old, copy).next().filter(|at| *at < rename)?;
    let from = dropped_table(&steps[drop], old)?;
    for at in after(&places.changes, new, create).take_while(|at| *at < rename) {
        to = modified_table(&steps[at], new).unwrap_or(to);
    }
    for key in to.foreign_keys.iter_mut().filter(|key| same(&key.ref_table, new)) {
        from.name.clone_into(&mut key.ref_table);
    }
    to.name.clone_from(&from.name);
    let folded = BTreeSet::from([create, copy, drop, rename]);
    Some(Rebuild { create, drop, last: rename, between: new.to_owned(), from, to, folded, lost: Vec::new() })
}

/// RENAME old TO other, CREATE old, INSERT … SELECT, DROP other.
fn old_renamed_first(steps: &[Step], places: &Places, create: usize, name: &str) -> Option<Rebuild> {
    let rename = before(&places.renames, name, create)?;
    let between = renamed_to(&steps[rename])?;
    let copy = fills(places, name, create).find(|at| reads(&steps[*at], between))?;
    let drop = after(&places.drops, between, copy).next()?;
    let from = table_before_rename(&steps[rename], name)?;
    let mut to = created_table(&steps[create], name)?;
    for at in after(&places.changes, name, create).take_while(|at| *at < drop) {
        to = modified_table(&steps[at], name).unwrap_or(to);
    }
    let folded = BTreeSet::from([rename, create, copy, drop]);
    Some(Rebuild {
        create,
        drop,
        last: drop,
        between: between.to_owned(),
        from,
        to,
        folded,
        lost: Vec::new(),
    })
}

/// INSERT INTO other SELECT … FROM old, DROP old, CREATE old, INSERT INTO old SELECT … FROM other.
fn copied_back(steps: &[Step], places: &Places, create: usize, name: &str) -> Option<Rebuild> {
    let drop = before(&places.drops, name, create)?;
    let from = dropped_table(&steps[drop], name)?;
    let mut to = created_table(&steps[create], name)?;
    let end = after(&places.drops, name, create).next().unwrap_or(steps.len());
    let copied_out = |other: &str| {
        before(&places.fills, other, drop).filter(|at| !same(other, name) && reads(&steps[*at], name))
    };
    let (out, back, other) = fills(places, name, create).take_while(|at| *at < end).find_map(|back| {
        let mut sources = steps[back].facts.reads.iter().map(|source| without_temp(source));
        sources.find_map(|other| Some((copied_out(other)?, back, other)))
    })?;
    let mut folded = BTreeSet::from([out, drop, create, back]);
    let (mut last, mut between) = (back, name);
    // A table that was there before, or stays, has a change of its own.
    let made =
        before(&places.changes, other, out + 1).filter(|at| created_table(&steps[*at], other).is_some());
    let gone = after(&places.drops, other, back).next().filter(|at| *at < end);
    if let (Some(made), Some(gone)) = (made, gone) {
        folded.extend([made, gone]);
        (last, between) = (gone, other);
    }
    for at in after(&places.changes, name, create).take_while(|at| *at <= last) {
        to = modified_table(&steps[at], name).unwrap_or(to);
    }
    Some(Rebuild { create, drop, last, between: between.to_owned(), from, to, folded, lost: Vec::new() })
}

/// The places from `create` on where the new table takes rows of others.
fn fills<'a>(places: &'a Places, table: &str, create: usize) -> impl Iterator<Item = usize> + use<'a> {
    let own = places.fills.get(&quote::key(table)).filter(|list| list.binary_search(&create).is_ok());
    own.map(|_| create).into_iter().chain(after(&places.fills, table, create))
}

/// The name as CREATE TEMP TABLE has it.
fn without_temp(name: &str) -> &str {
    name.strip_prefix("temp.").unwrap_or(name)
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn renamed_to(step: &Step) -> Option<&str> {
    match &step.facts.kind {
        Kind::AlterTable { action: Alter::RenameTable { to }, .. } => Some(to),
        _ => None,
    }
}

fn reads(step: &Step, table: &str) -> bool {
    step.facts.reads.iter().any(|name| same(name, table))
}

fn created_table(step: &Step, name: &str) -> Option<Table> {
    step.changes.iter().find_map(|change| match change {
        Change::AddTable(table) if same(&table.name, name) => Some(Table::clone(table)),
        _ => None,
    })
}

fn dropped_table(step: &Step, name: &str) -> Option<Table> {
    step.changes.iter().find_map(|change| match change {
        Change::DropTable(table) if same(&table.name, name) => Some(Table::clone(table)),
        _ => None,
    })
}

fn table_before_rename(step: &Step, name: &str) -> Option<Table> {
    let renamed = step.changes.iter().find_map(|change| match change {
        Change::RenameTable { from, .. } if same(&from.name, name) => Some(Table::clone(from)),
        _ => None,
    });
    renamed.or_else(|| dropped_table(step, name))
}

fn modified_table(step: &Step, name: &str) -> Option<Table> {
    step.changes.iter().find_map(|change| match change {
        Change::ModifyTable { to, .. } if same(&to.name, name) => Some(Table::clone(to)),
        _ => None,
    })
}

impl Rebuild {
    /// Takes the changes that only say that the old table went and the new one came.
    fn take_moves(&mut self, steps: &mut [Step], places: &Places) {
        let first = self.folded.first().copied().unwrap_or(self.create);
        let names = [self.from.name.clone(), self.between.clone()];
        let places: BTreeSet<usize> = names
            .iter()
            .flat_map(|name| places.changes.get(&quote::key(name)).into_iter())
            .flat_map(|list| {
                &list[list.partition_point(|at| *at < first)..list.partition_point(|at| *at <= self.last)]
            })
            .copied()
            .chain(self.folded.iter().copied())
            .collect();
        for at in places {
            let ours = |change: &mut Change| {
                change.table().is_some_and(|table| names.iter().any(|name| same(name, &table.name)))
            };
            if steps[at].changes.extract_if(.., ours).count() > 0 {
                self.folded.insert(at);
            }
        }
    }

    /// Takes the indexes of the old table that are made again behind the rebuild, each where that is done first.
    fn take_indexes(&mut self, steps: &mut [Step], places: &mut Places) {
        for old in &self.from.indexes {
            let key = (quote::key(&self.from.name), quote::key(&old.name));
            let Some(made) = places.indexes.get_mut(&key) else { continue };
            let Some(&at) = made.range(self.last + 1..).next() else { continue };
            made.remove(&at);
            let step = &mut steps[at];
            for change in &mut step.changes {
                let Change::ModifyTable { to, changes, .. } = change else { continue };
                if !same(&to.name, &self.from.name) {
                    continue;
                }
                let again = changes.extract_if(
                    ..,
                    |part| matches!(part, TableChange::AddIndex(index) if same(&old.name, &index.name)),
                );
                for part in again {
                    if let TableChange::AddIndex(index) = part {
                        self.to.indexes.push(index);
                        self.folded.insert(at);
                    }
                }
            }
            step.changes.retain(
                |change| !matches!(change, Change::ModifyTable { changes, .. } if changes.is_empty()),
            );
        }
        self.to.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Puts the one change on the step that makes the new table.
    fn settle(self, steps: &mut [Step]) {
        let realm = |table: &Table| {
            let tables = BTreeMap::from([(table.name.clone(), table.clone())]);
            let schema = Schema { name: table.schema.clone(), tables, ..Schema::default() };
            Realm { schemas: BTreeMap::from([(table.schema.clone(), schema)]) }
        };
        let mut changes = diff(&Sqlite, &realm(&self.from), &realm(&self.to));
        for change in &mut changes {
            if let Change::ModifyTable { changes, .. } = change {
                unguess_renames(changes, &self.to);
            }
        }
        let host = &mut steps[self.create];
        host.changes.extend(changes);
        host.changes.extend(self.lost);
        host.folded = self.folded.into_iter().collect();
    }
}

/// Whether the copy carries a column over under a new name is not known here, so it counts as lost.
fn unguess_renames(changes: &mut Vec<TableChange>, to: &Table) {
    let mut added = Vec::new();
    for change in changes.iter_mut() {
        if let TableChange::RenameColumn { from, to: name } = change
            && !same(&from.name, &name.name)
        {
            let column: Option<&Column> = to.column(&name.name);
            added.extend(column.cloned().map(TableChange::AddColumn));
            *change = TableChange::DropColumn(from.clone());
        }
    }
    changes.append(&mut added);
}

/// Pairs triggers and views that were dropped for a rebuild with those that were made again behind it.
fn pair_others(steps: &mut [Step], rebuilds: &mut [Rebuild]) {
    let mut gone: BTreeMap<(&str, String), (usize, Change)> = BTreeMap::new();
    let mut originals = triggers_before_rename(steps, rebuilds);
    let by_create: Vec<(usize, usize)> = rebuilds.iter().map(|part| (part.create, part.last)).collect();
    for at in 0..steps.len() {
        for change in std::mem::take(&mut steps[at].changes) {
            let Some(key) = other_key(&change) else {
                steps[at].changes.push(change);
                continue;
            };
            if matches!(change, Change::DropTrigger(_) | Change::DropView(_)) {
                let change = originals.remove(&key).unwrap_or(change);
                if let Some((earlier, change)) = gone.insert(key, (at, change)) {
                    steps[earlier].changes.push(change);
                }
                continue;
            }
            let rebuild = by_create.partition_point(|(create, _)| *create < at).checked_sub(1);
            let pair = rebuild
                .filter(|rebuild| gone.get(&key).is_some_and(|(drop, _)| *drop <= by_create[*rebuild].1));
            let Some((rebuild, (dropped_at, before))) =
                pair.and_then(|rebuild| Some((rebuild, gone.remove(&key)?)))
            else {
                steps[at].changes.push(change);
                continue;
            };
            let both = modified(before, change);
            let same = both.is_none();
            steps[at].changes.extend(both);
            let folded = &mut rebuilds[rebuild].folded;
            folded.insert(dropped_at);
            if same {
                folded.insert(at);
            }
        }
    }
    let drops: BTreeMap<usize, usize> =
        rebuilds.iter().enumerate().map(|(at, part)| (part.drop, at)).collect();
    for (at, change) in gone.into_values() {
        match drops.get(&at) {
            Some(rebuild) => rebuilds[*rebuild].lost.push(change),
            None => steps[at].changes.push(change),
        }
    }
}

/// The triggers that a rename of the old table rewrote, as they were, by the key of [`other_key`].
fn triggers_before_rename(
    steps: &mut [Step],
    rebuilds: &[Rebuild],
) -> BTreeMap<(&'static str, String), Change> {
    let mut originals = BTreeMap::new();
    for rebuild in rebuilds {
        for at in rebuild.folded.range(..rebuild.create) {
            let rewritten = steps[*at].changes.extract_if(
                ..,
                |change| matches!(change, Change::ModifyTrigger { to, .. } if same(&to.on, &rebuild.between)),
            );
            for change in rewritten {
                if let Change::ModifyTrigger { from, .. } = change {
                    originals.insert(("trigger", quote::key(&from.name)), Change::DropTrigger(from));
                }
            }
        }
    }
    originals
}

fn other_key(change: &Change) -> Option<(&'static str, String)> {
    match change {
        Change::DropTrigger(trigger) | Change::AddTrigger(trigger) => {
            Some(("trigger", quote::key(&trigger.name)))
        }
        Change::DropView(view) | Change::AddView(view) => Some(("view", quote::key(&view.name))),
        _ => None,
    }
}

/// What is left of a drop and an add of one name: nothing, or another definition.
fn modified(before: Change, after: Change) -> Option<Change> {
    match (before, after) {
        (Change::DropTrigger(from), Change::AddTrigger(to)) => {
            let same = Sqlite.same_definition(&from.definition, &to.definition);
            (!same).then_some(Change::ModifyTrigger { from, to })
        }
        (Change::DropView(from), Change::AddView(to)) => {
            let same = Sqlite.same_definition(&from.definition, &to.definition);
            (!same).then_some(Change::ModifyView { from, to })
        }
        (_, after) => Some(after),
    }
}

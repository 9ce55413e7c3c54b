//! Recognises by names alone a table that is created anew, filled from the old one and put in its place.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    change::Change,
    dialect::Dialect,
    sql::{Alter, Kind},
    step::{Outcome, Step},
};

/// Sees the rebuilds among statements that did not run as changes of the table that they rebuild.
///
/// Either the new table takes the name of the old one after that is dropped, or the old one is
/// renamed out of the way first and dropped last, or its rows are copied out and, after it was dropped
/// and created anew, back. Where a rebuild stopped half-way, what is left of
/// it changes nothing more.
pub(super) fn fold(dialect: &dyn Dialect, steps: &mut [Step]) {
    let mut seen = Seen::default();
    for at in 0..steps.len() {
        if let Some(rebuild) = seen.follow(dialect, at, &steps[at]) {
            rebuild.stand_on_one(steps);
        }
    }
}

/// What the statements so far did, by the key of a table's name.
#[derive(Default)]
struct Seen {
    created: BTreeMap<String, usize>,
    /// What a table was filled from, and by which statement last.
    filled: BTreeMap<String, BTreeMap<String, usize>>,
    dropped: BTreeMap<String, usize>,
    /// The former name of a table, and the statement that renamed it.
    renamed: BTreeMap<String, (String, usize)>,
}

/// The statements of one rebuild, in order.
struct Rebuild {
    table: String,
    /// The one that creates the new table.
    created: usize,
    parts: BTreeSet<usize>,
}

impl Seen {
    fn follow(&mut self, dialect: &dyn Dialect, at: usize, step: &Step) -> Option<Rebuild> {
        let key = |name: &str| dialect.name_key(name);
        match &step.facts.kind {
            Kind::CreateTable { table, temporary, .. } => {
                if !temporary {
                    self.created.insert(key(table), at);
                }
                self.fill(dialect, table, at, step)
            }
            Kind::Insert { table } => self.fill(dialect, table, at, step),
            Kind::DropTable { table, .. } => {
                let old = key(table);
                self.dropped.insert(old.clone(), at);
                let (name, renamed) = self.renamed.remove(&old)?;
                let (created, filled) = self.replacement(&key(&name), &old)?;
                Some(Rebuild { table: name, created, parts: [renamed, created, filled, at].into() })
            }
            Kind::AlterTable { table, action: Alter::RenameTable { to } } => {
                let (new, old) = (key(table), key(to));
                self.renamed.insert(old.clone(), (table.clone(), at));
                let dropped = self.dropped.remove(&old)?;
                let (created, filled) = self.replacement(&new, &old)?;
                Some(Rebuild { table: to.clone(), created, parts: [created, filled, dropped, at].into() })
            }
            _ => None,
        }
    }

    /// Takes note of rows that go into a table; where they come back, that is a rebuild.
    fn fill(&mut self, dialect: &dyn Dialect, table: &str, at: usize, step: &Step) -> Option<Rebuild> {
        let key = |name: &str| dialect.name_key(name.strip_prefix("temp.").unwrap_or(name));
        let new = key(table);
        let sources: Vec<String> = step.facts.reads.iter().map(|name| key(name)).collect();
        let back = sources.iter().find_map(|other| self.copied_back(&new, other));
        self.filled.entry(new.clone()).or_default().extend(sources.into_iter().map(|other| (other, at)));
        let (out, dropped, created) = back?;
        self.created.remove(&new);
        self.dropped.remove(&new);
        Some(Rebuild { table: table.to_owned(), created, parts: [out, dropped, created, at].into() })
    }

    /// The statements that copied the rows of a table to another, dropped it and created it anew, in this order.
    fn copied_back(&self, table: &str, other: &str) -> Option<(usize, usize, usize)> {
        let out = *self.filled.get(other)?.get(table)?;
        let (dropped, created) = (*self.dropped.get(table)?, *self.created.get(table)?);
        (out < dropped && dropped < created).then_some((out, dropped, created))
    }

    /// The statements that created the new table and filled it from the old one.
    fn replacement(&mut self, new: &str, old: &str) -> Option<(usize, usize)> {
        let filled = *self.filled.get(new)?.get(old)?;
        Some((self.created.remove(new)?, filled))
    }
}

impl Rebuild {
    /// Leaves one change, on the statement that creates the new table, with nothing known about what differs inside the table.
    fn stand_on_one(self, steps: &mut [Step]) {
        for part in &self.parts {
            if steps[*part].outcome == Outcome::NotRun {
                // What the rows are copied out to may be created by the copy, and is a table of its own.
                let is_own = |change: &Change| matches!(change, Change::AddTable(_));
                steps[*part].changes.retain(|change| *part != self.created && is_own(change));
            }
        }
        if steps[self.created].outcome != Outcome::NotRun {
            return;
        }
        let table = super::syntax::named(&self.table);
        let carrier = &mut steps[self.created];
        carrier.changes = vec![Change::ModifyTable { from: table.clone(), to: table, changes: Vec::new() }];
        carrier.folded = self.parts.into_iter().collect();
    }
}

//! What statements that go down would lose: the tables and columns that they drop, under the names that these have
//! on the target now.
//!
//! The text decides, so that no other database is needed. A rebuild drops nothing but the columns that it does not
//! copy; what earlier statements of the way made has no rows of its own to lose.

use std::collections::BTreeMap;

use crate::{
    change::{Change, TableChange},
    dialect::Dialect,
    lint::{self, ReviewedFile},
    schema::{Column, Realm, Table},
    sql::{self, Copied, Facts, Kind, Syntax},
    step::Step,
};

/// Something that statements drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// What it is, for people: table `t`, column `t.c`.
    pub what: String,
    /// The query that says with one true value that it is empty, on the target as it is; none where the statement
    /// cannot be read.
    pub before: Option<String>,
    /// The same query right before the statements of its file, when it may have another name.
    pub then: Option<String>,
}

/// What each of the files would lose, which run one after the other on a target in the state `live`.
pub fn losses(dialect: &dyn Dialect, live: &Realm, files: &mut [ReviewedFile]) -> Vec<Vec<Loss>> {
    let base: Vec<Facts> = names(live).map(created).collect();
    lint::derive(dialect, &base, files);
    let mut whole = Origins::new(dialect, Some(live));
    let lost = files.iter().map(|file| {
        let mut reader = Reader { whole: &mut whole, own: Origins::new(dialect, None), found: Vec::new() };
        for at in 0..file.steps.len() {
            reader.step(file, at);
        }
        reader.found
    });
    lost.collect()
}

fn names(live: &Realm) -> impl Iterator<Item = &str> {
    let schemas = live.schemas.values();
    schemas.flat_map(|schema| {
        let others = schema.unmanaged.iter().map(|object| object.name.as_str());
        schema.tables.keys().map(String::as_str).chain(others)
    })
}

fn created(table: &str) -> Facts {
    let kind = Kind::CreateTable { table: table.to_owned(), if_not_exists: false, temporary: false };
    Facts { kind, reads: Vec::new() }
}

/// Which object of an earlier moment a name stands for.
struct Origins<'a> {
    dialect: &'a dyn Dialect,
    /// The state at that moment; without it every name that nobody gave stands for itself.
    live: Option<&'a Realm>,
    /// What the statements named, by the key of the name; none for what they made themselves, or dropped.
    tables: BTreeMap<String, Option<Origin>>,
}

#[derive(Debug, Clone)]
struct Origin {
    table: String,
    /// The columns that the statements named; none for those that they made, or dropped.
    columns: BTreeMap<String, Option<String>>,
}

impl<'a> Origins<'a> {
    fn new(dialect: &'a dyn Dialect, live: Option<&'a Realm>) -> Self {
        Self { dialect, live, tables: BTreeMap::new() }
    }

    /// The entry of a name.
    fn table(&mut self, name: &str) -> &mut Option<Origin> {
        let key = self.dialect.name_key(name);
        let known = match self.live {
            None => Some(name.to_owned()),
            Some(live) => names(live).find(|other| self.dialect.name_key(other) == key).map(str::to_owned),
        };
        let unnamed = || known.map(|table| Origin { table, columns: BTreeMap::new() });
        self.tables.entry(key).or_insert_with(unnamed)
    }

    /// The table and the column of that moment; none for columns that have no values of their own.
    fn column(&mut self, table: &str, column: &str) -> Option<(String, String)> {
        let key = self.dialect.name_key(column);
        let origin = self.table(table).clone()?;
        let name = match (origin.columns.get(&key), self.live) {
            (Some(known), _) => known.clone()?,
            (None, None) => column.to_owned(),
            (None, Some(_)) => {
                let columns = &self.live_table(&origin.table)?.columns;
                let is = |other: &&Column| self.dialect.name_key(&other.name) == key;
                columns.iter().find(is).filter(|column| column.generated.is_none())?.name.clone()
            }
        };
        Some((origin.table, name))
    }

    /// The columns that the table has by now and had at that moment, by their names of now.
    fn columns(&mut self, table: &str) -> Vec<String> {
        let Some(origin) = self.table(table).clone() else { return Vec::new() };
        let key = |name: &str| self.dialect.name_key(name);
        let renamed = origin.columns.iter().filter(|(_, old)| old.is_some()).map(|(now, _)| now.clone());
        let named: Vec<String> = renamed.collect();
        let taken = |name: &str| {
            origin.columns.contains_key(&key(name))
                || origin.columns.values().flatten().any(|old| key(old) == key(name))
        };
        let columns =
            self.live_table(&origin.table).map(|table| table.columns.as_slice()).unwrap_or_default();
        let others = columns.iter().filter(|column| column.generated.is_none() && !taken(&column.name));
        named.into_iter().chain(others.map(|column| column.name.clone())).collect()
    }

    fn live_table(&self, name: &str) -> Option<&'a Table> {
        self.live?.schemas.values().find_map(|schema| schema.tables.get(name))
    }

    fn follow(&mut self, change: &Change) {
        match change {
            Change::AddTable(table) | Change::DropTable(table) => *self.table(&table.name) = None,
            Change::RenameTable { from, to } => {
                let moved = self.table(&from.name).take();
                *self.table(&to.name) = moved;
            }
            Change::ModifyTable { from, changes, .. } => {
                for part in changes {
                    self.follow_column(&from.name, part);
                }
            }
            _ => {}
        }
    }

    fn follow_column(&mut self, table: &str, change: &TableChange) {
        let renamed = match change {
            TableChange::RenameColumn { from, .. } => self.column(table, &from.name).map(|(_, name)| name),
            _ => None,
        };
        let dialect = self.dialect;
        let Some(origin) = self.table(table) else { return };
        match change {
            TableChange::AddColumn(column) | TableChange::DropColumn(column) => {
                origin.columns.insert(dialect.name_key(&column.name), None);
            }
            TableChange::RenameColumn { from, to } => {
                origin.columns.insert(dialect.name_key(&from.name), None);
                origin.columns.insert(dialect.name_key(&to.name), renamed);
            }
            _ => {}
        }
    }
}

/// Reads one file.
struct Reader<'o, 'a> {
    /// Names of the target as it is.
    whole: &'o mut Origins<'a>,
    /// Names at the beginning of the file.
    own: Origins<'a>,
    found: Vec<Loss>,
}

impl Reader<'_, '_> {
    fn step(&mut self, file: &ReviewedFile, at: usize) {
        let step = &file.steps[at];
        if step.facts.kind == Kind::Opaque && self.may_drop(file.text(step)) {
            let line = file.position(step).line;
            let what = format!("what the statement at line {line} drops");
            self.found.push(Loss { what, before: None, then: None });
        }
        if !step.folded.is_empty() {
            self.rebuild(file, step);
        }
        for change in &step.changes {
            match change {
                Change::DropTable(table) => self.dropped(file, at, &table.name),
                Change::ModifyTable { from, changes, .. } => {
                    for part in changes {
                        if let TableChange::DropColumn(column) = part {
                            self.column(&from.name, &column.name);
                        }
                    }
                }
                _ => {}
            }
            self.whole.follow(change);
            self.own.follow(change);
        }
    }

    /// Whether a statement that nobody understands has the word for it.
    fn may_drop(&self, text: &str) -> bool {
        let words = sql::words(text, self.own.dialect.syntax());
        words.iter().any(|word| word.eq_ignore_ascii_case("drop"))
    }

    /// A table that is dropped, perhaps after its rows were copied into another that stays.
    fn dropped(&mut self, file: &ReviewedFile, at: usize, table: &str) {
        let key = |name: &str| self.own.dialect.name_key(name);
        let is_gone = |other: &str| {
            let drops = |step: &Step| matches!(&step.facts.kind, Kind::DropTable { table, .. } if key(table) == key(other));
            other.starts_with("temp.") || file.steps.iter().any(drops)
        };
        let copies = file.steps[..at].iter().filter(|step| match &step.facts.kind {
            Kind::Insert { table: other } => {
                step.facts.reads.iter().any(|read| key(read) == key(table)) && !is_gone(other)
            }
            _ => false,
        });
        let copies: Vec<&str> = copies.map(|step| file.text(step)).collect();
        if copies.is_empty() { self.table(table) } else { self.left_behind(table, &copies) }
    }

    fn rebuild(&mut self, file: &ReviewedFile, step: &Step) {
        let Some(table) = step.changes.iter().find_map(Change::table) else { return };
        let parts = step.folded.iter().filter_map(|part| file.steps.get(*part));
        let copies = parts.filter(|part| !part.facts.reads.is_empty()).map(|part| file.text(part));
        self.left_behind(&table.name, &copies.collect::<Vec<_>>());
    }

    /// The columns that copies of a table leave behind, or the whole table where they leave rows behind.
    fn left_behind(&mut self, table: &str, copies: &[&str]) {
        let syntax = self.own.dialect.syntax();
        if copies.iter().any(|copy| sql::leaves_out(copy, syntax).is_some()) {
            return self.table(table);
        }
        for column in self.whole.columns(table) {
            if copies.iter().any(|copy| !takes(copy, &column, *syntax)) {
                self.column(table, &column);
            }
        }
    }

    fn table(&mut self, table: &str) {
        let Some(before) = self.whole.table(table).clone() else { return };
        let then = self.own.table(table).clone();
        let sql = |table: &str| {
            format!("SELECT NOT EXISTS (SELECT 1 FROM {}) AS is_empty", self.own.dialect.quote(table))
        };
        self.found.push(Loss {
            what: format!("table `{}`", before.table),
            before: Some(sql(&before.table)),
            then: then.map(|then| sql(&then.table)),
        });
    }

    fn column(&mut self, table: &str, column: &str) {
        let Some((old_table, old_column)) = self.whole.column(table, column) else { return };
        let then = self.own.column(table, column);
        let quote = |name: &str| self.own.dialect.quote(name);
        let sql = |table: &str, column: &str| {
            let (table, column) = (quote(table), quote(column));
            format!("SELECT NOT EXISTS (SELECT 1 FROM {table} WHERE {column} IS NOT NULL) AS is_empty")
        };
        self.found.push(Loss {
            what: format!("column `{old_table}.{old_column}`"),
            before: Some(sql(&old_table, &old_column)),
            then: then.map(|(table, column)| sql(&table, &column)),
        });
    }
}

/// Whether a copy of rows takes the column with it.
fn takes(copy: &str, column: &str, syntax: Syntax) -> bool {
    let takes = |value: &str| value.trim_end().ends_with('*') || sql::mentions(value, column, &syntax);
    match Copied::read(copy, &syntax) {
        Some(copied) => copied.values.iter().any(|value| takes(value)),
        // CREATE TABLE … AS, and what is no plain list.
        None => sql::mentions(copy, column, &syntax) || selects_all(copy),
    }
}

fn selects_all(copy: &str) -> bool {
    let words: Vec<&str> = copy.split_whitespace().collect();
    words.windows(2).any(|two| two[0].eq_ignore_ascii_case("select") && two[1] == "*")
}

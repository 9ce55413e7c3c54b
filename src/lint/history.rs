//! What the new statements made, renamed and filled, so that a rule can ask what held before a statement.
//!
//! A table is followed through its renames by a number; every list is in the order of the
//! statements, so that a question is a binary search.

use std::collections::BTreeMap;

use super::ReviewedFile;
use crate::{
    change::{Change, TableChange},
    dialect::Dialect,
    schema::{Column, Index, IndexPart},
    sql::{self, Copied, Facts, Kind},
};

/// Which statement: the file, and the statement in it, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The file.
    pub file: usize,
    /// The statement.
    pub step: usize,
}

/// The statement that brought something about; none for what the base brought.
type Since = Option<At>;

/// What held when.
#[derive(Debug, Default)]
pub struct History<'a> {
    /// Which table a name stood for from when on; none once it stood for nothing.
    names: BTreeMap<String, Vec<(Since, Option<usize>)>>,
    tables: Vec<Tracked>,
    /// The last statement that created a view, an index or a trigger of that name.
    views: BTreeMap<String, At>,
    indexes: BTreeMap<String, At>,
    triggers: BTreeMap<String, At>,
    /// Dropped indexes by table and by index name.
    dropped_indexes: BTreeMap<(usize, String), Vec<(At, &'a Index)>>,
    /// When a unique index or constraint over these columns of the table was first dropped.
    dropped_keys: BTreeMap<(usize, Vec<String>), At>,
    /// The columns that got another name: the first name and the last one.
    renamed: Vec<(String, String)>,
    /// Which of them a statement is about, by the name before it.
    renames: BTreeMap<(At, usize, String), usize>,
    /// When a computed column was last added, by table and column.
    computed: BTreeMap<(usize, String), At>,
    /// What the parts of a folded change copy, by the statement that carries it.
    copies: BTreeMap<At, Vec<Copied<'a>>>,
    /// The statement that carries the change that a statement was folded into.
    carriers: BTreeMap<At, At>,
}

#[derive(Debug)]
struct Tracked {
    born: Since,
    /// The name that the table had before the first new statement.
    base_name: Option<String>,
    columns: BTreeMap<String, Vec<(At, Content)>>,
    filled: BTreeMap<String, At>,
    /// Which renamed column has this name now.
    renamed: BTreeMap<String, usize>,
}

/// What the rows of the base hold in a column from some statement on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// What they held before: the base has the column.
    Base,
    /// NULL: a new statement added the column without a default.
    Null,
    /// A value: a new statement added the column with one.
    Value,
}

impl<'a> History<'a> {
    /// Reads all statements once, in order.
    pub(super) fn read(dialect: &dyn Dialect, files: &'a [ReviewedFile]) -> Self {
        let mut history = Self::default();
        for (file_at, file) in files.iter().enumerate() {
            for (step_at, step) in file.steps.iter().enumerate() {
                let at = At { file: file_at, step: step_at };
                for part in &step.folded {
                    history.carriers.insert(At { file: file_at, step: *part }, at);
                    let text = file.steps.get(*part).map_or("", |part| file.text(part));
                    history.copies.entry(at).or_default().extend(Copied::read(text, dialect.syntax()));
                }
                for change in &step.changes {
                    history.change(dialect, at, change);
                }
                history.fill(dialect, at, file.text(step), &step.facts);
            }
        }
        history
    }

    /// Whether a statement before `at` created the table.
    pub fn is_new_table(&self, dialect: &dyn Dialect, table: &str, at: At) -> bool {
        self.tracked(dialect, table, at).is_some_and(|(_, tracked)| tracked.born.is_some())
    }

    /// Whether a statement before `at` added the column, or created the table.
    pub fn is_new_column(&self, dialect: &dyn Dialect, table: &str, column: &str, at: At) -> bool {
        self.is_new_table(dialect, table, at) || self.content(dialect, table, column, at) != Content::Base
    }

    /// Whether a statement before `at` added the column without a value, so that it holds NULL only.
    pub fn is_empty_column(&self, dialect: &dyn Dialect, table: &str, column: &str, at: At) -> bool {
        self.content(dialect, table, column, at) == Content::Null
            && !self.is_filled(dialect, table, column, at)
    }

    /// Whether the column has a value in every row by `at`, because a new statement put it there.
    pub fn is_filled(&self, dialect: &dyn Dialect, table: &str, column: &str, at: At) -> bool {
        if self.content(dialect, table, column, at) == Content::Value {
            return true;
        }
        let tracked = self.tracked(dialect, table, at);
        let filled = tracked.and_then(|(_, tracked)| tracked.filled.get(&dialect.name_key(column)));
        filled.is_some_and(|filled| *filled < at)
    }

    /// The name that the table had before the first new statement, if it is another one.
    pub fn base_name(&self, dialect: &dyn Dialect, table: &str, at: At) -> Option<&str> {
        let name = self.tracked(dialect, table, at)?.1.base_name.as_deref()?;
        (dialect.name_key(name) != dialect.name_key(table)).then_some(name)
    }

    /// Whether the table has this name before the first new statement, and again after the last.
    pub fn keeps_name(&self, dialect: &dyn Dialect, table: &str) -> bool {
        let end = At { file: usize::MAX, step: usize::MAX };
        let base_name = self.tracked(dialect, table, end).and_then(|(_, tracked)| tracked.base_name.as_ref());
        base_name.is_some_and(|name| dialect.name_key(name) == dialect.name_key(table))
    }

    /// Whether the column that the statement renames has its first name again after the last one.
    pub fn regains_name(&self, dialect: &dyn Dialect, table: &str, column: &str, at: At) -> bool {
        let tracked = self.tracked(dialect, table, at);
        let renamed = tracked.and_then(|(id, _)| self.renames.get(&(at, id, dialect.name_key(column))));
        renamed.is_some_and(|renamed| self.renamed[*renamed].0 == self.renamed[*renamed].1)
    }

    /// The statement after `at` that last created a view of that name.
    pub fn view_after(&self, dialect: &dyn Dialect, view: &str, at: At) -> Option<At> {
        self.views.get(&dialect.name_key(view)).copied().filter(|created| *created > at)
    }

    /// Whether a statement after `at` created an index of that name.
    pub fn index_after(&self, dialect: &dyn Dialect, index: &str, at: At) -> bool {
        self.indexes.get(&dialect.name_key(index)).is_some_and(|created| *created > at)
    }

    /// Whether a statement after `at` created a trigger of that name.
    pub fn trigger_after(&self, dialect: &dyn Dialect, trigger: &str, at: At) -> bool {
        self.triggers.get(&dialect.name_key(trigger)).is_some_and(|created| *created > at)
    }

    /// Whether a statement after `at` added a column of that name to the table, computed from others.
    pub fn computed_after(&self, dialect: &dyn Dialect, table: &str, column: &str, at: At) -> bool {
        self.tracked(dialect, table, at)
            .and_then(|(id, _)| self.computed.get(&(id, dialect.name_key(column))))
            .is_some_and(|added| *added >= at)
    }

    /// The index of that name that statements before `at` dropped from the table, as it was.
    pub fn dropped_index(
        &self,
        dialect: &dyn Dialect,
        table: &str,
        index: &str,
        at: At,
    ) -> Option<&'a Index> {
        let (id, _) = self.tracked(dialect, table, at)?;
        let dropped = self.dropped_indexes.get(&(id, dialect.name_key(index)))?;
        let earlier = dropped.partition_point(|(when, _)| *when < at);
        earlier.checked_sub(1).map(|last| dropped[last].1)
    }

    /// Whether the new statements up to `at` dropped a key over exactly these columns.
    pub fn dropped_key(&self, dialect: &dyn Dialect, table: &str, parts: &[IndexPart], at: At) -> bool {
        let Some(columns) = key_columns(dialect, parts) else { return false };
        self.tracked(dialect, table, at)
            .and_then(|(id, _)| self.dropped_keys.get(&(id, columns)))
            .is_some_and(|first| *first <= at)
    }

    /// The statement that carries the change that this one is a part of; itself where nothing was folded.
    pub fn carrier(&self, at: At) -> At {
        self.carriers.get(&at).copied().unwrap_or(at)
    }

    /// What the rebuild that this statement carries copies from the old table into the new.
    pub fn copies(&self, at: At) -> &[Copied<'a>] {
        self.copies.get(&at).map_or(&[], Vec::as_slice)
    }

    /// The table that the name stood for just before `at`.
    fn tracked(&self, dialect: &dyn Dialect, table: &str, at: At) -> Option<(usize, &Tracked)> {
        let events = self.names.get(&dialect.name_key(table))?;
        let earlier = events.partition_point(|(when, _)| *when < Some(at));
        let id = events.get(earlier.checked_sub(1)?)?.1?;
        Some((id, self.tables.get(id)?))
    }

    fn content(&self, dialect: &dyn Dialect, table: &str, column: &str, at: At) -> Content {
        let Some((_, tracked)) = self.tracked(dialect, table, at) else { return Content::Base };
        let Some(events) = tracked.columns.get(&dialect.name_key(column)) else { return Content::Base };
        let earlier = events.partition_point(|(when, _)| *when < at);
        earlier.checked_sub(1).map_or(Content::Base, |last| events[last].1)
    }

    fn change(&mut self, dialect: &dyn Dialect, at: At, change: &'a Change) {
        match change {
            Change::AddTable(table) => {
                let id = self.track(Some(at), None);
                self.name(dialect, at, &table.name, Some(id));
            }
            Change::DropTable(table) => {
                self.current(dialect, at, &table.name);
                self.name(dialect, at, &table.name, None);
            }
            Change::RenameTable { from, to } => {
                let id = self.current(dialect, at, &from.name);
                self.name(dialect, at, &from.name, None);
                self.name(dialect, at, &to.name, Some(id));
            }
            Change::ModifyTable { from, changes, .. } => {
                let id = self.current(dialect, at, &from.name);
                for change in changes {
                    self.table_change(dialect, at, id, change);
                }
            }
            Change::AddView(view) | Change::ModifyView { to: view, .. } => {
                self.views.insert(dialect.name_key(&view.name), at);
            }
            Change::AddTrigger(trigger) | Change::ModifyTrigger { to: trigger, .. } => {
                self.triggers.insert(dialect.name_key(&trigger.name), at);
            }
            Change::AddSchema(_) | Change::DropSchema(_) | Change::DropView(_) | Change::DropTrigger(_) => {}
        }
    }

    fn table_change(&mut self, dialect: &dyn Dialect, at: At, id: usize, change: &'a TableChange) {
        match change {
            TableChange::AddColumn(column) => {
                if column.generated.is_some() {
                    self.computed.insert((id, dialect.name_key(&column.name)), at);
                }
                self.column(dialect, at, id, &column.name, Content::of_new(column));
            }
            TableChange::DropColumn(column) => {
                self.tables[id].renamed.remove(&dialect.name_key(&column.name));
                self.column(dialect, at, id, &column.name, Content::Base);
            }
            TableChange::RenameColumn { from, to } => {
                self.rename_column(dialect, at, id, &from.name, &to.name);
                let events = self.tables[id].columns.get(&dialect.name_key(&from.name));
                let content = events.and_then(|events| events.last()).map_or(Content::Base, |last| last.1);
                let filled = self.tables[id].filled.get(&dialect.name_key(&from.name)).copied();
                self.column(dialect, at, id, &from.name, Content::Base);
                self.column(dialect, at, id, &to.name, content);
                if let Some(filled) = filled {
                    self.tables[id].filled.entry(dialect.name_key(&to.name)).or_insert(filled);
                }
            }
            TableChange::DropIndex(index) => {
                let key = (id, dialect.name_key(&index.name));
                self.dropped_indexes.entry(key).or_default().push((at, index));
                if index.unique && index.predicate.is_none() {
                    self.dropped_key_of(dialect, at, id, &index.parts);
                }
            }
            TableChange::DropUnique(unique) => self.dropped_key_of(dialect, at, id, &unique.parts),
            TableChange::SetPrimaryKey { from: Some(key), .. } => {
                self.dropped_key_of(dialect, at, id, &key.parts);
            }
            TableChange::AddIndex(index) | TableChange::ModifyIndex { to: index, .. } => {
                self.indexes.insert(dialect.name_key(&index.name), at);
            }
            TableChange::ModifyColumn { .. }
            | TableChange::SetPrimaryKey { from: None, .. }
            | TableChange::AddUnique(_)
            | TableChange::AddForeignKey(_)
            | TableChange::DropForeignKey(_)
            | TableChange::AddCheck(_)
            | TableChange::DropCheck(_)
            | TableChange::SetOptions { .. } => {}
        }
    }

    fn rename_column(&mut self, dialect: &dyn Dialect, at: At, id: usize, from: &str, to: &str) {
        let (from, to) = (dialect.name_key(from), dialect.name_key(to));
        let renamed = self.tables[id].renamed.remove(&from).unwrap_or_else(|| {
            self.renamed.push((from.clone(), String::new()));
            self.renamed.len() - 1
        });
        self.renamed[renamed].1.clone_from(&to);
        self.tables[id].renamed.insert(to, renamed);
        self.renames.insert((at, id, from), renamed);
    }

    /// Remembers the columns that an UPDATE gives a value to in every row that lacks one.
    fn fill(&mut self, dialect: &dyn Dialect, at: At, text: &str, facts: &Facts) {
        let Kind::Update { table, filtered, columns } = &facts.kind else { return };
        let id = self.current(dialect, at, table);
        for column in columns {
            if !filtered || sql::tests_for_null(text, column, dialect.syntax()) {
                self.tables[id].filled.entry(dialect.name_key(column)).or_insert(at);
            }
        }
    }

    /// The table that the name stands for now; one of the base where no statement named it yet.
    fn current(&mut self, dialect: &dyn Dialect, at: At, table: &str) -> usize {
        let key = dialect.name_key(table);
        let events = self.names.get(&key);
        if let Some(id) = events.and_then(|events| events.last()).and_then(|(_, id)| *id) {
            return id;
        }
        let since = events.is_some().then_some(at);
        let id = self.track(None, Some(table.to_owned()));
        self.names.entry(key).or_default().push((since, Some(id)));
        id
    }

    fn track(&mut self, born: Since, base_name: Option<String>) -> usize {
        self.tables.push(Tracked {
            born,
            base_name,
            columns: BTreeMap::new(),
            filled: BTreeMap::new(),
            renamed: BTreeMap::new(),
        });
        self.tables.len() - 1
    }

    fn name(&mut self, dialect: &dyn Dialect, at: At, table: &str, id: Option<usize>) {
        self.names.entry(dialect.name_key(table)).or_default().push((Some(at), id));
    }

    fn column(&mut self, dialect: &dyn Dialect, at: At, id: usize, column: &str, content: Content) {
        self.tables[id].columns.entry(dialect.name_key(column)).or_default().push((at, content));
    }

    fn dropped_key_of(&mut self, dialect: &dyn Dialect, at: At, id: usize, parts: &[IndexPart]) {
        if let Some(columns) = key_columns(dialect, parts) {
            self.dropped_keys.entry((id, columns)).or_insert(at);
        }
    }
}

impl Content {
    fn of_new(column: &Column) -> Self {
        let empty = column.nullable && column.default.is_none() && column.generated.is_none();
        if empty { Self::Null } else { Self::Value }
    }
}

/// The columns of a key in a form that compares, whatever their order; none where one is an expression.
fn key_columns(dialect: &dyn Dialect, parts: &[IndexPart]) -> Option<Vec<String>> {
    let names = parts.iter().map(|part| part.column_name().map(|name| dialect.name_key(name)));
    let mut columns = names.collect::<Option<Vec<_>>>()?;
    columns.sort();
    (!columns.is_empty()).then_some(columns)
}

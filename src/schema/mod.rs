//! The state of a database as plain values, in the words of the server that it was read from.
//!
//! Expressions and types are text in the server's own canonical form; what two spellings mean is a
//! question for the dialect. Nothing here knows a server, a file format or a wire format.

mod fingerprint;

use std::collections::BTreeMap;

pub use fingerprint::{Fingerprint, fingerprint};

/// Everything that was inspected: the schemas by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Realm {
    /// The schemas by name; SQLite always has the one, `main`.
    pub schemas: BTreeMap<String, Schema>,
}

/// One namespace of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// The tables by name.
    pub tables: BTreeMap<String, Table>,
    /// The views by name.
    pub views: BTreeMap<String, View>,
    /// The triggers by name.
    pub triggers: BTreeMap<String, Trigger>,
    /// What exists but is not managed, for the report.
    pub unmanaged: Vec<Unmanaged>,
}

/// An object that Plinth sees but does not compare or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmanaged {
    /// What it is, for example `virtual table`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A table; columns stand in the server's order, all else is sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The schema that it lives in.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The columns, in the server's order.
    pub columns: Vec<Column>,
    /// The primary key, if there is one.
    pub primary_key: Option<PrimaryKey>,
    /// UNIQUE constraints, as against unique indexes.
    pub uniques: Vec<Unique>,
    /// Indexes made by CREATE INDEX.
    pub indexes: Vec<Index>,
    /// Foreign keys that leave this table.
    pub foreign_keys: Vec<ForeignKey>,
    /// CHECK constraints, of the table and of its columns.
    pub checks: Vec<Check>,
    /// Properties of the table as a whole.
    pub options: TableOptions,
}

/// Properties of a whole table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// SQLite: STRICT.
    pub strict: bool,
    /// SQLite: WITHOUT ROWID.
    pub without_rowid: bool,
}

/// A column of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the server prints it; empty where SQLite has none.
    pub ty: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// The default, as an SQL expression.
    pub default: Option<String>,
    /// How it is computed, if it is.
    pub generated: Option<Generated>,
    /// The collation, where it is not the type's own.
    pub collation: Option<String>,
    /// Whether the server numbers new rows (SQLite: AUTOINCREMENT).
    pub auto_increment: bool,
    /// What a NULL does where none is allowed (SQLite: NOT NULL ON CONFLICT).
    pub on_null: Conflict,
}

/// What a statement does that violates a constraint (SQLite: ON CONFLICT).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conflict {
    /// It fails and its changes are undone.
    #[default]
    Abort,
    /// It fails and the transaction is rolled back.
    Rollback,
    /// It fails and the rows before stay changed.
    Fail,
    /// The row is skipped.
    Ignore,
    /// The rows in the way are deleted, or the default takes the place of NULL.
    Replace,
}

impl Conflict {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Abort, Self::Rollback, Self::Fail, Self::Ignore, Self::Replace];

    /// The resolution as SQL writes it.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Abort => "ABORT",
            Self::Rollback => "ROLLBACK",
            Self::Fail => "FAIL",
            Self::Ignore => "IGNORE",
            Self::Replace => "REPLACE",
        }
    }
}

/// The expression of a generated column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The expression.
    pub expr: String,
    /// Whether its value is stored with the row.
    pub storage: GeneratedStorage,
}

/// Where the value of a generated column lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneratedStorage {
    /// Computed at each read.
    Virtual,
    /// Written with the row.
    Stored,
}

/// A primary key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrimaryKey {
    /// The constraint's name, where it has one.
    pub name: Option<String>,
    /// Its columns in order.
    pub parts: Vec<IndexPart>,
    /// What a duplicate does.
    pub on_conflict: Conflict,
}

/// A UNIQUE constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unique {
    /// The constraint's name, where it has one.
    pub name: Option<String>,
    /// Its columns in order.
    pub parts: Vec<IndexPart>,
    /// What a duplicate does.
    pub on_conflict: Conflict,
}

/// An index that was made by CREATE INDEX.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Whether it forbids duplicates.
    pub unique: bool,
    /// What it is sorted by.
    pub parts: Vec<IndexPart>,
    /// The condition of a partial index.
    pub predicate: Option<String>,
}

/// One part of an index or key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPart {
    /// What is indexed.
    pub on: PartOn,
    /// Whether it is sorted downwards.
    pub descending: bool,
    /// The collation, where it is not the column's own.
    pub collation: Option<String>,
}

impl IndexPart {
    /// A plain ascending column.
    pub fn column(name: impl Into<String>) -> Self {
        Self { on: PartOn::Column(name.into()), descending: false, collation: None }
    }

    /// The name of the column, if the part is one.
    pub fn column_name(&self) -> Option<&str> {
        match &self.on {
            PartOn::Column(name) => Some(name),
            PartOn::Expr(_) => None,
        }
    }
}

/// What an index part is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartOn {
    /// A column by name.
    Column(String),
    /// An expression.
    Expr(String),
}

/// A foreign key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignKey {
    /// The constraint's name, where it has one.
    pub name: Option<String>,
    /// The columns of this table.
    pub columns: Vec<String>,
    /// The schema of the referenced table.
    pub ref_schema: String,
    /// The referenced table.
    pub ref_table: String,
    /// The referenced columns; empty stands for its primary key.
    pub ref_columns: Vec<String>,
    /// What happens to this row when the referenced key changes.
    pub on_update: Action,
    /// What happens to this row when the referenced row goes.
    pub on_delete: Action,
    /// Whether it is checked at commit: DEFERRABLE INITIALLY DEFERRED.
    pub deferred: bool,
}

/// A referential action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// NO ACTION.
    #[default]
    NoAction,
    /// RESTRICT.
    Restrict,
    /// CASCADE.
    Cascade,
    /// SET NULL.
    SetNull,
    /// SET DEFAULT.
    SetDefault,
}

impl Action {
    /// The action as SQL writes it.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// A CHECK constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// The constraint's name, where it has one.
    pub name: Option<String>,
    /// The condition.
    pub expr: String,
}

/// A view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// The schema that it lives in.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The whole CREATE statement, in the server's form.
    pub definition: String,
}

/// A trigger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trigger {
    /// The schema that it lives in.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The table or view that it watches.
    pub on: String,
    /// The whole CREATE statement, in the server's form.
    pub definition: String,
}

impl Realm {
    /// The table of that name, if it is there.
    pub fn table(&self, schema: &str, name: &str) -> Option<&Table> {
        self.schemas.get(schema)?.tables.get(name)
    }

    /// All tables, by schema and name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.schemas.values().flat_map(|schema| schema.tables.values())
    }

    /// All views, by schema and name.
    pub fn views(&self) -> impl Iterator<Item = &View> {
        self.schemas.values().flat_map(|schema| schema.views.values())
    }

    /// All triggers, by schema and name.
    pub fn triggers(&self) -> impl Iterator<Item = &Trigger> {
        self.schemas.values().flat_map(|schema| schema.triggers.values())
    }

    /// Whether there is nothing in it at all.
    pub fn is_empty(&self) -> bool {
        self.schemas.values().all(|schema| {
            schema.tables.is_empty()
                && schema.views.is_empty()
                && schema.triggers.is_empty()
                && schema.unmanaged.is_empty()
        })
    }
}

impl Table {
    /// The column of that name, if it is there.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The index of that name, if it is there.
    pub fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }
}

impl Table {
    /// Every place where the table names one of its own columns outside of expressions, but the column itself.
    pub fn column_names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let keys = self.primary_key.iter_mut().map(|key| &mut key.parts);
        let uniques = self.uniques.iter_mut().map(|unique| &mut unique.parts);
        let indexes = self.indexes.iter_mut().map(|index| &mut index.parts);
        let parts = keys.chain(uniques).chain(indexes).flatten().filter_map(|part| match &mut part.on {
            PartOn::Column(name) => Some(name),
            PartOn::Expr(_) => None,
        });
        parts.chain(self.foreign_keys.iter_mut().flat_map(|key| &mut key.columns))
    }

    /// Every expression over the columns of the table, defaults excepted.
    pub fn expressions_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let generated = self.columns.iter_mut().filter_map(|column| column.generated.as_mut());
        let checks = self.checks.iter_mut().map(|check| &mut check.expr);
        let indexes = self.indexes.iter_mut().flat_map(|index| {
            let parts = index.parts.iter_mut().filter_map(|part| match &mut part.on {
                PartOn::Expr(text) => Some(text),
                PartOn::Column(_) => None,
            });
            parts.chain(&mut index.predicate)
        });
        generated.map(|part| &mut part.expr).chain(checks).chain(indexes)
    }
}

impl Column {
    /// Whether its value is computed at each read, so that dropping it loses no data.
    pub fn is_virtual(&self) -> bool {
        matches!(&self.generated, Some(Generated { storage: GeneratedStorage::Virtual, .. }))
    }
}

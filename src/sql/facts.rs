//! What one statement is about, as far as its text tells.

/// What one statement says it does; names are as written, without quotes and schema `main`.
///
/// In any other schema the name has it in front, in lower case: `temp.x` is also what CREATE TEMP
/// VIEW and CREATE TEMP TRIGGER name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The kind of statement.
    pub kind: Kind,
    /// Every table or view that the text names in a FROM, JOIN, INTO, UPDATE or IN, also inside of
    /// views, triggers and subqueries; sorted, without repeats and without what a WITH defines.
    pub reads: Vec<String>,
}

/// The kinds of statement that something depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// CREATE TABLE.
    CreateTable {
        /// The table.
        table: String,
        /// IF NOT EXISTS.
        if_not_exists: bool,
        /// TEMPORARY, or in schema `temp`.
        temporary: bool,
    },
    /// CREATE VIRTUAL TABLE.
    CreateVirtualTable {
        /// The table.
        table: String,
    },
    /// ALTER TABLE with one action.
    AlterTable {
        /// The table.
        table: String,
        /// What is altered.
        action: Alter,
    },
    /// DROP TABLE.
    DropTable {
        /// The table.
        table: String,
        /// IF EXISTS.
        if_exists: bool,
    },
    /// CREATE INDEX.
    CreateIndex {
        /// The index.
        index: String,
        /// The table.
        table: String,
        /// UNIQUE.
        unique: bool,
    },
    /// DROP INDEX.
    DropIndex {
        /// The index.
        index: String,
    },
    /// CREATE VIEW.
    CreateView {
        /// The view.
        view: String,
    },
    /// DROP VIEW.
    DropView {
        /// The view.
        view: String,
    },
    /// CREATE TRIGGER.
    CreateTrigger {
        /// The trigger.
        trigger: String,
        /// The table or view that it watches.
        on: String,
    },
    /// DROP TRIGGER.
    DropTrigger {
        /// The trigger.
        trigger: String,
    },
    /// DROP SCHEMA or DROP DATABASE.
    DropSchema {
        /// The schema.
        schema: String,
    },
    /// INSERT or REPLACE.
    Insert {
        /// The table.
        table: String,
    },
    /// UPDATE.
    Update {
        /// The table.
        table: String,
        /// Whether it has a WHERE.
        filtered: bool,
        /// The columns that are set.
        columns: Vec<String>,
    },
    /// DELETE.
    Delete {
        /// The table.
        table: String,
        /// Whether it has a WHERE.
        filtered: bool,
    },
    /// SELECT, VALUES, EXPLAIN, or nothing but a semicolon: nothing changes.
    Select,
    /// PRAGMA.
    Pragma {
        /// The name in lower case.
        name: String,
        /// The value as written, if one is set.
        value: Option<String>,
    },
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE.
    Transaction(Transaction),
    /// ATTACH or DETACH.
    Attach,
    /// VACUUM, with or without INTO.
    Vacuum,
    /// REINDEX or ANALYZE.
    Maintain,
    /// What no parser understood, and several statements between two custom delimiters.
    Opaque,
}

/// One action of ALTER TABLE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alter {
    /// RENAME TO.
    RenameTable {
        /// The new name.
        to: String,
    },
    /// RENAME COLUMN.
    RenameColumn {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// ADD COLUMN.
    AddColumn {
        /// The column.
        column: String,
        /// What the definition says.
        definition: ColumnFacts,
    },
    /// DROP COLUMN.
    DropColumn {
        /// The column.
        column: String,
    },
    /// What SQLite lacks: ALTER COLUMN, ADD CONSTRAINT, DROP CONSTRAINT and the like.
    Other,
}

/// What the text of a column definition says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one clause is there")]
pub struct ColumnFacts {
    /// The type as written; empty if none.
    pub ty: String,
    /// NOT NULL.
    pub not_null: bool,
    /// The default as written.
    pub default: Option<String>,
    /// PRIMARY KEY.
    pub primary_key: bool,
    /// UNIQUE.
    pub unique: bool,
    /// REFERENCES.
    pub references: bool,
    /// CHECK.
    pub check: bool,
    /// GENERATED … STORED is `Some(true)`, VIRTUAL is `Some(false)`.
    pub generated_stored: Option<bool>,
}

/// A statement that controls a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// BEGIN.
    Begin,
    /// COMMIT or END.
    Commit,
    /// ROLLBACK.
    Rollback,
    /// SAVEPOINT, RELEASE, or ROLLBACK TO a savepoint.
    Savepoint,
}

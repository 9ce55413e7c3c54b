//! What differs between two states, in the words of the schema.

use std::sync::Arc;

use crate::schema::{
    Check, Column, ForeignKey, Index, PrimaryKey, Schema, Table, TableOptions, Trigger, Unique, View,
};

/// One difference at the level of whole objects; tables are shared, because many changes speak of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A schema appears.
    AddSchema(Schema),
    /// A schema goes, with all in it.
    DropSchema(Schema),
    /// A table appears.
    AddTable(Arc<Table>),
    /// A table goes.
    DropTable(Arc<Table>),
    /// A table changes its name and nothing else.
    RenameTable {
        /// The table as it was.
        from: Arc<Table>,
        /// The table as it is.
        to: Arc<Table>,
    },
    /// A table stays and its parts change.
    ModifyTable {
        /// The table as it was.
        from: Arc<Table>,
        /// The table as it is.
        to: Arc<Table>,
        /// What differs, drops first.
        changes: Vec<TableChange>,
    },
    /// A view appears.
    AddView(View),
    /// A view goes.
    DropView(View),
    /// A view gets another definition.
    ModifyView {
        /// The view as it was.
        from: View,
        /// The view as it is.
        to: View,
    },
    /// A trigger appears.
    AddTrigger(Trigger),
    /// A trigger goes.
    DropTrigger(Trigger),
    /// A trigger gets another definition.
    ModifyTrigger {
        /// The trigger as it was.
        from: Trigger,
        /// The trigger as it is.
        to: Trigger,
    },
}

/// One difference inside a table that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableChange {
    /// A column appears.
    AddColumn(Column),
    /// A column goes.
    DropColumn(Column),
    /// A column changes its name and nothing else.
    RenameColumn {
        /// The column as it was.
        from: Column,
        /// The column as it is.
        to: Column,
    },
    /// A column stays under its name and changes.
    ModifyColumn {
        /// The column as it was.
        from: Column,
        /// The column as it is.
        to: Column,
    },
    /// An index appears.
    AddIndex(Index),
    /// An index goes.
    DropIndex(Index),
    /// An index stays under its name and changes.
    ModifyIndex {
        /// The index as it was.
        from: Index,
        /// The index as it is.
        to: Index,
    },
    /// The primary key appears, goes or changes.
    SetPrimaryKey {
        /// The key as it was.
        from: Option<PrimaryKey>,
        /// The key as it is.
        to: Option<PrimaryKey>,
    },
    /// A UNIQUE constraint appears.
    AddUnique(Unique),
    /// A UNIQUE constraint goes.
    DropUnique(Unique),
    /// A foreign key appears.
    AddForeignKey(ForeignKey),
    /// A foreign key goes.
    DropForeignKey(ForeignKey),
    /// A CHECK constraint appears.
    AddCheck(Check),
    /// A CHECK constraint goes.
    DropCheck(Check),
    /// Properties of the whole table change.
    SetOptions {
        /// The properties as they were.
        from: TableOptions,
        /// The properties as they are.
        to: TableOptions,
    },
}

impl Change {
    /// The table that the change is about, as it is after it (as it was, for a drop).
    pub fn table(&self) -> Option<&Table> {
        match self {
            Self::AddTable(table) | Self::DropTable(table) => Some(table),
            Self::RenameTable { to, .. } | Self::ModifyTable { to, .. } => Some(to),
            Self::AddSchema(_)
            | Self::DropSchema(_)
            | Self::AddView(_)
            | Self::DropView(_)
            | Self::ModifyView { .. }
            | Self::AddTrigger(_)
            | Self::DropTrigger(_)
            | Self::ModifyTrigger { .. } => None,
        }
    }
}

//! From the tree of SQLite's own grammar to what a statement is about.

use bumpalo::Bump;
use fallible_iterator::FallibleIterator;
use sqlite3_parser::{
    ast::{AlterTableBody, Cmd, QualifiedName, Set, Stmt},
    lexer::sql::Parser,
};

use crate::sql::{Alter, Facts, Kind, Transaction, tokens::unquote};

use super::{head, is_temporary, object, reads};

/// What the one statement in the text is about; none where the grammar does not take it.
pub(super) fn classify(sql: &str) -> Option<Facts> {
    // The parser compares names byte by byte with the quote around them, which is NUL where there is none: a NUL
    // in a name then ends a string too early for it, and it panics.
    if sql.contains('\0') {
        return None;
    }
    let bump = Bump::new();
    let mut parser = Parser::new(&bump, sql.as_bytes());
    let Some(command) = parser.next().ok()? else {
        return Some(Facts { kind: Kind::Select, reads: Vec::new() });
    };
    let (stmt, explained) = match &command {
        Cmd::Stmt(stmt) => (stmt, false),
        Cmd::Explain(stmt) | Cmd::ExplainQueryPlan(stmt) => (stmt, true),
    };
    let kind = if explained { Kind::Select } else { kind(stmt, sql) };
    Some(Facts { kind, reads: reads::of(stmt) })
}

fn kind(stmt: &Stmt<'_>, sql: &str) -> Kind {
    match stmt {
        Stmt::AlterTable(table, body) => Kind::AlterTable { table: named(table), action: alter(body, sql) },
        Stmt::Analyze(_) | Stmt::Reindex { .. } => Kind::Maintain,
        Stmt::Attach { .. } | Stmt::Detach(_) => Kind::Attach,
        Stmt::Begin(..) => Kind::Transaction(Transaction::Begin),
        Stmt::Commit(_) => Kind::Transaction(Transaction::Commit),
        Stmt::Rollback { savepoint_name: None, .. } => Kind::Transaction(Transaction::Rollback),
        Stmt::Rollback { .. } | Stmt::Release(_) | Stmt::Savepoint(_) => {
            Kind::Transaction(Transaction::Savepoint)
        }
        Stmt::CreateIndex { unique, idx_name, tbl_name, .. } => {
            Kind::CreateIndex { index: named(idx_name), table: unquote(tbl_name.0), unique: *unique }
        }
        Stmt::CreateTable { temporary, if_not_exists, tbl_name, .. } => Kind::CreateTable {
            table: unquote(tbl_name.name.0),
            if_not_exists: *if_not_exists,
            temporary: *temporary || in_temporary(tbl_name),
        },
        Stmt::CreateTrigger { temporary, trigger_name, tbl_name, .. } => {
            Kind::CreateTrigger { trigger: placed(trigger_name, *temporary), on: named(tbl_name) }
        }
        Stmt::CreateView { temporary, view_name, .. } => {
            Kind::CreateView { view: placed(view_name, *temporary) }
        }
        Stmt::CreateVirtualTable { tbl_name, .. } => Kind::CreateVirtualTable { table: named(tbl_name) },
        Stmt::Delete { tbl_name, where_clause, .. } => {
            Kind::Delete { table: named(tbl_name), filtered: where_clause.is_some() }
        }
        Stmt::DropIndex { idx_name, .. } => Kind::DropIndex { index: named(idx_name) },
        Stmt::DropTable { if_exists, tbl_name } => {
            Kind::DropTable { table: named(tbl_name), if_exists: *if_exists }
        }
        Stmt::DropTrigger { trigger_name, .. } => Kind::DropTrigger { trigger: named(trigger_name) },
        Stmt::DropView { view_name, .. } => Kind::DropView { view: named(view_name) },
        Stmt::Insert { tbl_name, .. } => Kind::Insert { table: named(tbl_name) },
        Stmt::Pragma(..) => head::classify(sql).kind,
        Stmt::Select(_) => Kind::Select,
        Stmt::Update { tbl_name, sets, where_clause, .. } => {
            Kind::Update { table: named(tbl_name), filtered: where_clause.is_some(), columns: columns(sets) }
        }
        Stmt::Vacuum(..) => Kind::Vacuum,
    }
}

fn alter(body: &AlterTableBody<'_>, sql: &str) -> Alter {
    match body {
        AlterTableBody::RenameTo(to) => Alter::RenameTable { to: unquote(to.0) },
        AlterTableBody::RenameColumn { old, new } => {
            Alter::RenameColumn { from: unquote(old.0), to: unquote(new.0) }
        }
        AlterTableBody::DropColumn(column) => Alter::DropColumn { column: unquote(column.0) },
        AlterTableBody::AddColumn(definition) => {
            Alter::AddColumn { column: unquote(definition.col_name.0), definition: head::added_column(sql) }
        }
        AlterTableBody::DropColumnNotNull(_)
        | AlterTableBody::SetColumnNotNull(..)
        | AlterTableBody::AddConstraint(_)
        | AlterTableBody::DropConstraint(_) => Alter::Other,
    }
}

fn columns(sets: &[Set<'_>]) -> Vec<String> {
    sets.iter().flat_map(|set| set.col_names.iter().map(|name| unquote(name.0))).collect()
}

fn named(name: &QualifiedName<'_>) -> String {
    placed(name, false)
}

/// The name of a view or trigger that may be said to be temporary by a word instead of its schema.
fn placed(name: &QualifiedName<'_>, temporary: bool) -> String {
    let schema = name.db_name.as_ref().map(|schema| unquote(schema.0));
    object(if temporary { Some("temp") } else { schema.as_deref() }, unquote(name.name.0))
}

fn in_temporary(name: &QualifiedName<'_>) -> bool {
    name.db_name.as_ref().is_some_and(|schema| is_temporary(&unquote(schema.0)))
}

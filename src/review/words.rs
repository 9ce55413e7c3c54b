//! Changes in words.

use crate::{
    change::TableChange,
    prose,
    prose::Prose,
    schema::{Column, ForeignKey, GeneratedStorage, TableOptions},
};

/// All of them, one after the other.
pub(super) fn listed(parts: Vec<Prose>, separator: &'static str) -> Prose {
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |text, part| text.then(Prose::plain(separator)).then(part))
}

/// What happens to one part of a table that stays, to follow the part's name.
pub(super) fn part(change: &TableChange) -> Prose {
    match change {
        TableChange::AddColumn(column) => added(column),
        TableChange::DropColumn(column) if column.is_virtual() => prose!("computed column dropped"),
        TableChange::DropColumn(_) => prose!("column dropped"),
        TableChange::RenameColumn { from, .. } => prose!("renamed from {}", &from.name),
        TableChange::ModifyColumn { from, to } => modified(from, to),
        TableChange::AddIndex(index) if index.unique => prose!("new unique index"),
        TableChange::AddIndex(_) => prose!("new index"),
        TableChange::DropIndex(_) => prose!("index dropped"),
        TableChange::ModifyIndex { from, to } => match (from.unique, to.unique) {
            (false, true) => prose!("index becomes unique"),
            (true, false) => prose!("index no longer unique"),
            _ => prose!("index changed"),
        },
        TableChange::SetPrimaryKey { from, to } => match (from, to) {
            (None, _) => prose!("new primary key"),
            (_, None) => prose!("primary key dropped"),
            _ => prose!("primary key changed"),
        },
        TableChange::AddUnique(_) => prose!("new unique constraint"),
        TableChange::DropUnique(_) => prose!("unique constraint dropped"),
        TableChange::AddForeignKey(key) => prose!("new foreign key to {}", &key.ref_table),
        TableChange::DropForeignKey(key) => prose!("foreign key to {} dropped", &key.ref_table),
        TableChange::AddCheck(check) => prose!("new check {}", &check.expr),
        TableChange::DropCheck(check) => prose!("check {} dropped", &check.expr),
        TableChange::SetOptions { from, to } => options(*from, *to),
    }
}

/// What becomes of a foreign key that takes the place of another one over the same columns.
pub(super) fn foreign_key(from: &ForeignKey, to: &ForeignKey) -> Prose {
    if from.ref_table == to.ref_table {
        prose!("foreign key to {} changed", &to.ref_table)
    } else {
        prose!("foreign key to {} instead of {}", &to.ref_table, &from.ref_table)
    }
}

fn added(column: &Column) -> Prose {
    let mut said = vec![match &column.generated {
        Some(generated) if generated.storage == GeneratedStorage::Stored => {
            prose!("new stored computed column")
        }
        Some(_) => prose!("new computed column"),
        None => prose!("new column"),
    }];
    if !column.nullable && column.generated.is_none() {
        said.push(prose!("{}", "NOT NULL"));
    }
    if let Some(default) = &column.default {
        said.push(prose!("default {}", default));
    }
    listed(said, ", ")
}

fn modified(from: &Column, to: &Column) -> Prose {
    let mut said = Vec::new();
    if from.ty != to.ty {
        said.push(match (from.ty.as_str(), to.ty.as_str()) {
            ("", ty) => prose!("type {} added", ty),
            (ty, "") => prose!("type {} dropped", ty),
            (from, to) => prose!("{} → {}", from, to),
        });
    }
    if from.nullable != to.nullable {
        said.push(if to.nullable {
            prose!("takes {} now", "NULL")
        } else {
            prose!("becomes {}", "NOT NULL")
        });
    }
    if from.default != to.default {
        said.push(match &to.default {
            Some(default) => prose!("default {}", default),
            None => prose!("default dropped"),
        });
    }
    if from.generated != to.generated {
        said.push(match (&from.generated, &to.generated) {
            (_, Some(generated)) => prose!("computed as {}", &generated.expr),
            (_, None) => prose!("no longer computed"),
        });
    }
    if from.collation != to.collation {
        said.push(match &to.collation {
            Some(collation) => prose!("sorted as {}", collation),
            None => prose!("sorted as its type"),
        });
    }
    if from.auto_increment != to.auto_increment {
        said.push(if to.auto_increment {
            prose!("numbers new rows")
        } else {
            prose!("no longer numbers new rows")
        });
    }
    if said.is_empty() { prose!("column changed") } else { listed(said, ", ") }
}

fn options(from: TableOptions, to: TableOptions) -> Prose {
    let mut said = Vec::new();
    for (before, after, name) in
        [(from.strict, to.strict, "STRICT"), (from.without_rowid, to.without_rowid, "WITHOUT ROWID")]
    {
        match (before, after) {
            (false, true) => said.push(prose!("becomes {}", name)),
            (true, false) => said.push(prose!("no longer {}", name)),
            _ => {}
        }
    }
    if said.is_empty() { prose!("options changed") } else { listed(said, ", ") }
}

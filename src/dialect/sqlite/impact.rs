//! What a statement costs on SQLite: there is one writer, so all that takes long makes writers wait.
//!
//! Measured, and as the manual has it (`lang_altertable.html`): ADD COLUMN and RENAME edit the
//! schema table alone; DROP COLUMN, CHECK and generated NOT NULL columns, and CREATE INDEX go
//! through every row.

use std::collections::BTreeSet;

use crate::{
    change::{Change, TableChange},
    dialect::{Dialect, Effort, Impact},
    prose,
    prose::Prose,
    schema::Column,
    sql::{Alter, Facts, Kind},
    step::Step,
};

/// What a statement costs; see [`Dialect::impact`].
pub(super) fn impact(dialect: &dyn Dialect, step: &Step, fresh: &BTreeSet<String>) -> Impact {
    let is_fresh = |table: &str| fresh.contains(&dialect.name_key(table));
    if let Some(table) = existing_table(step)
        && is_fresh(table)
    {
        return instant();
    }
    if !step.folded.is_empty() {
        return long(prose!("rewrites the table"));
    }
    match &step.facts.kind {
        Kind::Insert { table }
        | Kind::Update { table, .. }
        | Kind::Delete { table, .. }
        | Kind::CreateIndex { table, .. }
            if is_fresh(table) && !copies_rows(step) =>
        {
            instant()
        }
        Kind::CreateTable { .. } if !step.facts.reads.is_empty() => {
            long(prose!("copies the rows of a query"))
        }
        Kind::AlterTable { action, .. } => alter(action, step),
        Kind::CreateIndex { .. } => long(prose!("reads every row, builds the index")),
        Kind::DropTable { .. } => long(prose!("frees every page of the table")),
        Kind::DropIndex { .. } => long(prose!("frees every page of the index")),
        Kind::Insert { .. } => long(insert_work(&step.facts)),
        Kind::Update { filtered: true, .. } | Kind::Delete { filtered: true, .. } => {
            long(prose!("changes the rows that match"))
        }
        Kind::Update { .. } => long(prose!("changes every row")),
        Kind::Delete { .. } => long(prose!("deletes every row")),
        Kind::Vacuum => long(prose!("rewrites the database")),
        Kind::Maintain => long(prose!("reads every row")),
        Kind::CreateTable { .. }
        | Kind::CreateVirtualTable { .. }
        | Kind::CreateView { .. }
        | Kind::DropView { .. }
        | Kind::CreateTrigger { .. }
        | Kind::DropTrigger { .. }
        | Kind::DropSchema { .. }
        | Kind::Select
        | Kind::Pragma { .. }
        | Kind::Transaction(_)
        | Kind::Attach
        | Kind::Opaque => changed(step),
    }
}

fn insert_work(facts: &Facts) -> Prose {
    if facts.reads.len() > 1 { prose!("copies the rows of a query") } else { prose!("adds rows") }
}

fn alter(action: &Alter, step: &Step) -> Impact {
    match action {
        Alter::RenameTable { .. } | Alter::RenameColumn { .. } => instant(),
        Alter::AddColumn { definition, .. } => {
            let checked = definition.check || (definition.generated_stored.is_some() && definition.not_null);
            if checked { long(prose!("reads every row to check it")) } else { instant() }
        }
        Alter::DropColumn { .. } => long(prose!("rewrites the table")),
        Alter::Other => changed(step),
    }
}

/// For a statement whose text says nothing: by the heaviest of what it changed.
fn changed(step: &Step) -> Impact {
    let parts = step.changes.iter().flat_map(|change| match change {
        Change::ModifyTable { changes, .. } => changes.as_slice(),
        _ => &[],
    });
    let mut worst = instant();
    for part in parts {
        let impact = match part {
            TableChange::RenameColumn { .. } => instant(),
            TableChange::AddColumn(column) if is_cheap(column) => instant(),
            TableChange::AddIndex(_) | TableChange::ModifyIndex { .. } => {
                long(prose!("reads every row, builds the index"))
            }
            TableChange::DropIndex(_) => long(prose!("frees every page of the index")),
            _ => long(prose!("rewrites the table")),
        };
        if impact.effort > worst.effort {
            worst = impact;
        }
    }
    worst
}

fn is_cheap(column: &Column) -> bool {
    column.generated.is_none() || column.nullable
}

/// The table that the step changes, under the name that it had before.
fn existing_table(step: &Step) -> Option<&str> {
    step.changes.iter().find_map(|change| match change {
        Change::ModifyTable { from, .. } | Change::RenameTable { from, .. } | Change::DropTable(from) => {
            Some(from.name.as_str())
        }
        _ => None,
    })
}

fn instant() -> Impact {
    Impact { effort: Effort::Instant, work: prose!("instant"), meanwhile: prose!("nothing you would notice") }
}

fn long(work: Prose) -> Impact {
    Impact { effort: Effort::Rows, work, meanwhile: prose!("blocks **writes** to the database") }
}

/// Whether the statement puts rows of other tables into a table, however many these are.
fn copies_rows(step: &Step) -> bool {
    matches!(step.facts.kind, Kind::Insert { .. }) && !step.facts.reads.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dialect::sqlite::Sqlite,
        finding::Evidence,
        schema::Table,
        sql::ColumnFacts,
        step::{Outcome, Seeded},
        text::Span,
    };

    fn step(kind: Kind, changes: Vec<Change>) -> Step {
        Step {
            span: Span::new(0, 1),
            comments: Vec::new(),
            nolints: Vec::new(),
            facts: Facts { kind, reads: Vec::new() },
            changes,
            evidence: Evidence::Observed,
            outcome: Outcome::Ran,
            seeded: Seeded::NotTried,
            folded: Vec::new(),
        }
    }

    fn work(step: &Step, fresh: &[&str]) -> String {
        let fresh = fresh.iter().map(|&name| name.to_owned()).collect();
        impact(&Sqlite, step, &fresh).work.to_string()
    }

    fn alter(action: Alter) -> Step {
        step(Kind::AlterTable { table: "users".into(), action }, Vec::new())
    }

    #[test]
    fn only_the_schema_is_edited_for_a_plain_column() {
        let plain = ColumnFacts { ty: "text".into(), ..ColumnFacts::default() };
        let checked = ColumnFacts { check: true, ..plain.clone() };
        let add = |definition| alter(Alter::AddColumn { column: "a".into(), definition });
        assert_eq!(work(&add(plain), &[]), "instant");
        assert_eq!(work(&add(checked), &[]), "reads every row to check it");
    }

    #[test]
    fn a_dropped_column_and_a_rebuild_rewrite_the_table() {
        assert_eq!(work(&alter(Alter::DropColumn { column: "a".into() }), &[]), "rewrites the table");
        let mut rebuild =
            step(Kind::CreateTable { table: "x".into(), if_not_exists: false, temporary: false }, Vec::new());
        rebuild.folded = vec![0, 1, 2];
        assert_eq!(work(&rebuild, &[]), "rewrites the table");
    }

    #[test]
    fn an_index_on_a_table_of_the_same_change_is_instant() {
        let table = Table { name: "Users".into(), ..Table::default() };
        let change =
            Change::ModifyTable { from: table.clone().into(), to: table.into(), changes: Vec::new() };
        let index = Kind::CreateIndex { index: "i".into(), table: "users".into(), unique: false };
        assert_eq!(
            work(&step(index.clone(), vec![change.clone()]), &[]),
            "reads every row, builds the index"
        );
        assert_eq!(work(&step(index, vec![change]), &["users"]), "instant");
    }
}

//! What a statement may have changed, so that no more is inspected than that.

use crate::{
    dialect::Touched,
    sql::{Alter, Facts, Kind, Transaction},
};

/// The objects whose definition a statement may have changed.
pub(super) fn touched(facts: &Facts) -> Touched {
    match &facts.kind {
        Kind::CreateTable { temporary: true, .. }
        | Kind::Select
        | Kind::Transaction(Transaction::Begin | Transaction::Commit)
        | Kind::Attach
        | Kind::Vacuum
        | Kind::Maintain => Touched::Nothing,
        Kind::CreateTable { table, .. }
        | Kind::CreateIndex { table, .. }
        | Kind::DropTable { table, .. }
        | Kind::AlterTable { table, action: Alter::AddColumn { .. } | Alter::DropColumn { .. } } => {
            objects(table)
        }
        Kind::CreateView { view } | Kind::DropView { view } => objects(view),
        Kind::CreateTrigger { on, .. } => objects(on),
        Kind::Insert { table } | Kind::Update { table, .. } | Kind::Delete { table, .. } => {
            if is_catalog(table) { Touched::Everything } else { Touched::Nothing }
        }
        Kind::Pragma { name, .. } if name != "writable_schema" => Touched::Nothing,
        // Renames rewrite the definitions of others; an index or a trigger does not say where it stands;
        // a virtual table brings tables of its own; a rollback may undo anything.
        Kind::AlterTable { .. }
        | Kind::CreateVirtualTable { .. }
        | Kind::DropIndex { .. }
        | Kind::DropTrigger { .. }
        | Kind::DropSchema { .. }
        | Kind::Pragma { .. }
        | Kind::Transaction(Transaction::Rollback | Transaction::Savepoint)
        | Kind::Opaque => Touched::Everything,
    }
}

fn objects(name: &str) -> Touched {
    Touched::Objects(vec![name.to_owned()])
}

fn is_catalog(table: &str) -> bool {
    ["sqlite_schema", "sqlite_master"].iter().any(|name| table.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind) -> Touched {
        touched(&Facts { kind, reads: Vec::new() })
    }

    #[test]
    fn definitions_of_one_object_touch_that_object() {
        let table = || "t".to_owned();
        let only_t = Touched::Objects(vec![table()]);
        assert_eq!(of(Kind::CreateTable { table: table(), if_not_exists: true, temporary: false }), only_t);
        assert_eq!(of(Kind::CreateIndex { index: "i".into(), table: table(), unique: false }), only_t);
        assert_eq!(of(Kind::CreateTrigger { trigger: "r".into(), on: table() }), only_t);
        let action = Alter::DropColumn { column: "c".into() };
        assert_eq!(of(Kind::AlterTable { table: table(), action }), only_t);
    }

    #[test]
    fn renames_and_the_unknown_touch_everything() {
        let action = Alter::RenameTable { to: "u".into() };
        assert_eq!(of(Kind::AlterTable { table: "t".into(), action }), Touched::Everything);
        assert_eq!(of(Kind::DropIndex { index: "i".into() }), Touched::Everything);
        assert_eq!(of(Kind::Opaque), Touched::Everything);
        assert_eq!(of(Kind::Insert { table: "sqlite_Master".into() }), Touched::Everything);
    }

    #[test]
    fn rows_touch_nothing() {
        assert_eq!(of(Kind::Insert { table: "t".into() }), Touched::Nothing);
        assert_eq!(of(Kind::Pragma { name: "foreign_keys".into(), value: None }), Touched::Nothing);
        assert_eq!(
            of(Kind::CreateTable { table: "t".into(), if_not_exists: false, temporary: true }),
            Touched::Nothing
        );
    }
}

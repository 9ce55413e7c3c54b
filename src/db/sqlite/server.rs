//! How SQLite runs the statements of a migration: one immediate transaction a file.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    db::{self, Begun, Bookkeeping, DbError, Rows, Server, discreet::without_literals},
    error::Error,
    pending::Pending,
    sql::{Facts, Kind},
};

/// SQLite as a server that runs migrations.
pub(crate) struct Sqlite;

/// SQLITE_CONSTRAINT_TRIGGER: the message is whatever `RAISE` computed, from rows if it likes.
const RAISED: &str = "1811";

/// SQLITE_BUSY and SQLITE_LOCKED; extended codes have them in their low byte.
const IN_THE_WAY: [u32; 2] = [5, 6];

/// Settings with a value that the file of the database keeps, or which are no settings but work.
const KEPT_OR_DONE: [&str; 10] = [
    "application_id",
    "foreign_key_check",
    "incremental_vacuum",
    "integrity_check",
    "optimize",
    "quick_check",
    "schema_version",
    "shrink_memory",
    "user_version",
    "wal_checkpoint",
];

const REVISION_COLUMNS: [(&str, &str); 12] = [
    ("version", "text NOT NULL"),
    ("description", "text NOT NULL"),
    ("type", "integer NOT NULL DEFAULT (2)"),
    ("applied", "integer NOT NULL DEFAULT (0)"),
    ("total", "integer NOT NULL DEFAULT (0)"),
    ("executed_at", "datetime NOT NULL"),
    ("execution_time", "integer NOT NULL"),
    ("error", "text NULL"),
    ("error_stmt", "text NULL"),
    ("hash", "text NOT NULL"),
    ("partial_hashes", "json NULL"),
    ("operator_version", "text NOT NULL"),
];

impl Server for Sqlite {
    fn begin<'a>(&self, session: &'a mut dyn db::Session) -> Pending<'a, Result<Begun, DbError>> {
        Box::pin(async move {
            let enforced = db::query(session, "PRAGMA foreign_keys").await?;
            let enforced = first_text(&enforced) == Some("1");
            // A rebuilt table is dropped and renamed: enforced keys would delete rows that refer to it.
            // The setting cannot be changed inside a transaction.
            db::execute(session, "PRAGMA foreign_keys = off").await?;
            if let Err(error) = db::execute(session, "BEGIN IMMEDIATE").await {
                restore(session, &Begun { enforced, dangling: None }).await;
                return Err(error);
            }
            // It fails where a key refers to columns that are not unique: then nothing can be compared.
            let dangling = db::query(session, "PRAGMA foreign_key_check").await.ok();
            Ok(Begun { enforced, dangling })
        })
    }

    fn check<'a>(
        &self,
        session: &'a mut dyn db::Session,
        begun: &'a Begun,
    ) -> Pending<'a, Result<(), DbError>> {
        Box::pin(async move {
            let Some(before) = &begun.dangling else { return Ok(()) };
            let after = db::query(session, "PRAGMA foreign_key_check").await?;
            match new_danglers(before, &after) {
                Some(message) => Err(DbError { code: Some("787".into()), ..DbError::new(message) }),
                None => Ok(()),
            }
        })
    }

    fn commit<'a>(
        &self,
        session: &'a mut dyn db::Session,
        begun: &'a Begun,
    ) -> Pending<'a, Result<(), DbError>> {
        Box::pin(async move {
            db::execute(session, "COMMIT").await?;
            restore(session, begun).await;
            Ok(())
        })
    }

    fn rollback<'a>(&self, session: &'a mut dyn db::Session, begun: &'a Begun) -> Pending<'a, ()> {
        Box::pin(async move {
            // A failure means that SQLite has already rolled back.
            db::execute(session, "ROLLBACK").await.ok();
            restore(session, begun).await;
        })
    }

    fn begin_short(&self) -> &'static str {
        "BEGIN IMMEDIATE"
    }

    fn bookkeeping(&self, facts: &Facts) -> Bookkeeping {
        match facts.kind {
            // Most settings cannot be changed in a transaction, or only seem to be.
            Kind::Vacuum | Kind::Pragma { .. } | Kind::Attach => Bookkeeping::Repeated,
            _ => Bookkeeping::Shared,
        }
    }

    fn sets_connection(&self, facts: &Facts, within: bool) -> bool {
        let Kind::Pragma { name, value: Some(_) } = &facts.kind else { return false };
        // In a transaction, that one does nothing.
        let is_ignored = within && name == "foreign_keys";
        !is_ignored && !KEPT_OR_DONE.contains(&name.as_str())
    }

    fn first_object(&self) -> &'static str {
        "SELECT type || ' ' || name FROM sqlite_schema
         WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         AND name NOT IN ('atlas_schema_revisions', 'plinth_history') ORDER BY rowid LIMIT 1"
    }

    fn any_object(&self) -> &'static str {
        "SELECT type || ' ' || name FROM sqlite_schema ORDER BY rowid LIMIT 1"
    }

    fn definitions_mark(&self) -> &'static str {
        "PRAGMA schema_version"
    }

    fn columns_of(&self, table: &str) -> String {
        format!("SELECT name FROM pragma_table_info({})", self.literal(table))
    }

    fn revision_columns(&self) -> &'static [(&'static str, &'static str)] {
        &REVISION_COLUMNS
    }

    fn create_revisions(&self) -> String {
        let columns: Vec<String> =
            REVISION_COLUMNS.iter().map(|(name, definition)| format!("`{name}` {definition}")).collect();
        format!(
            "CREATE TABLE IF NOT EXISTS `atlas_schema_revisions` ({}, PRIMARY KEY (`version`))",
            columns.join(", ")
        )
    }

    fn create_history(&self) -> &'static str {
        "CREATE TABLE IF NOT EXISTS `plinth_history` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, \
         `action` text NOT NULL DEFAULT 'apply', `version` text NOT NULL, `path` text NOT NULL, `text` text NOT NULL, `down` text NULL, \
         `digest` text NOT NULL, `hash` text NOT NULL, `plan` text NULL, `pull_request` integer NULL, \
         `actor` text NULL, `trust` text NOT NULL, `statements` integer NOT NULL, `done` integer NOT NULL, \
         `done_hash` text NULL, `intent` integer NULL, `started_at` datetime NOT NULL, \
         `finished_at` datetime NULL, `operator_version` text NOT NULL)"
    }

    fn as_text(&self, column: &str) -> String {
        // Drivers write JSON as bytes, and a cast makes text of both.
        format!("CAST({column} AS text)")
    }

    fn literal(&self, text: &str) -> String {
        // A zero byte would end the statement.
        format!("'{}'", text.replace('\'', "''").replace('\0', "\u{fffd}"))
    }

    fn moment(&self, at: Timestamp) -> String {
        // The first of the formats of Go's driver, in UTC; the zone is always written.
        self.literal(&format!("{}+00:00", at.strftime("%Y-%m-%d %H:%M:%S%.f")))
    }

    fn json(&self, text: &str) -> String {
        format!("CAST({} AS blob)", self.literal(text))
    }

    fn is_busy(&self, error: &DbError) -> bool {
        primary_code(error).is_some_and(|code| IN_THE_WAY.contains(&code))
    }

    fn discreet(&self, error: &DbError) -> String {
        if error.code.as_deref() == Some(RAISED) {
            return "a trigger refused it; what it says is shown on a local terminal only".into();
        }
        without_literals(&error.message)
    }

    fn error(&self, name: &str, error: &DbError) -> Error {
        let (what, hint) = match primary_code(error) {
            Some(5 | 6) => ("is locked by another connection", "wait for the other writer, or end it"),
            Some(8) => ("is read-only", "give this user the right to write the file and its folder"),
            Some(11) => ("is damaged", "run `PRAGMA integrity_check` on a copy of it"),
            Some(13) => ("has no room left", "free space on its disk"),
            Some(14) => ("cannot be opened", "check that its folder exists and that this user may use it"),
            Some(26) => ("is not an SQLite database", "check the path in the URL"),
            _ => ("does not answer", "check that the file is a database that this user may open"),
        };
        Error::outside(format!("the database `{name}` {what}")).because(error.clone()).hint(hint)
    }
}

async fn restore(session: &mut dyn db::Session, begun: &Begun) {
    if begun.enforced {
        // The connection is closed soon after; the setting lives no longer than that.
        db::execute(session, "PRAGMA foreign_keys = on").await.ok();
    }
}

/// What to say where rows point nowhere that did not before: `foreign_key_check` gives the table, the
/// row, the table it refers to and the number of the key.
fn new_danglers(before: &Rows, after: &Rows) -> Option<String> {
    // Counted: rows of a table without rowids all look alike here.
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for row in before {
        *known.entry(row).or_default() += 1;
    }
    let mut fresh: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in after {
        if let Some(left) = known.get_mut(row).filter(|left| **left > 0) {
            *left -= 1;
            continue;
        }
        let cell = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
        *fresh.entry((cell(0), cell(2))).or_default() += 1;
    }
    let parts: Vec<String> = fresh
        .iter()
        .take(5)
        .map(|((table, parent), rows)| format!("{rows} in `{table}` without their row in `{parent}`"))
        .collect();
    (!parts.is_empty())
        .then(|| format!("FOREIGN KEY constraint failed: rows are left over: {}", parts.join(", ")))
}

fn first_text(rows: &Rows) -> Option<&str> {
    rows.first()?.first()?.as_deref()
}

fn primary_code(error: &DbError) -> Option<u32> {
    error.code.as_ref()?.parse::<u32>().ok().map(|code| code & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_atlas_writes_them() {
        for (nanos, text) in [
            (1_700_000_000_123_456_789, "'2023-11-14 22:13:20.123456789+00:00'"),
            (1_700_000_000_120_000_000, "'2023-11-14 22:13:20.12+00:00'"),
            (1_700_000_000_000_000_000, "'2023-11-14 22:13:20+00:00'"),
        ] {
            assert_eq!(Sqlite.moment(Timestamp::from_nanosecond(nanos).unwrap()), text);
        }
    }

    #[test]
    fn literals_cannot_be_left() {
        assert_eq!(Sqlite.literal("it's\0"), "'it''s\u{fffd}'");
    }

    #[test]
    fn only_new_dangling_rows_count() {
        let row = |table: &str, id: &str| {
            vec![Some(table.to_owned()), Some(id.to_owned()), Some("users".to_owned()), Some("0".to_owned())]
        };
        let before = vec![row("orders", "1")];
        assert_eq!(new_danglers(&before, &before), None);
        let after = vec![row("orders", "1"), row("orders", "2"), row("carts", "1")];
        let message = new_danglers(&before, &after).unwrap();
        assert!(message.contains("1 in `carts`") && message.contains("1 in `orders`"), "{message}");
    }
}

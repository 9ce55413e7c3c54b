//! What the history table of another tool says about a database: which migrations it has already.
//!
//! A tool's table is trusted only as far as it fits the folder. What the tool left half done is refused, since
//! nobody but a person knows what state that is.

mod rows;
mod tables;

use std::{cmp::Ordering, collections::BTreeSet};

use super::{DbError, Rows, Server, Session, query};
use crate::{
    error::{Error, Result},
    migrations::{Format, Migration, Role, formats::by_number},
};

use rows::Said;
use tables::{TABLES, Table};

/// What a tool's history says about a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The table.
    pub table: &'static str,
    /// The tool that writes it, for people.
    pub tool: &'static str,
    /// The versions of the folder that the database has, in the order of the folder.
    pub versions: Vec<String>,
    /// What the table has and the folder does not, as the tool calls it.
    pub unknown: Vec<String>,
}

/// Reads the history of the tool whose format a folder has; none where there is no such table.
///
/// A folder of Atlas or of nobody may have been another tool's before: any table counts of which every row is a
/// migration of the folder. Refused is a history with a migration that failed.
pub async fn applied_by_tool(
    session: &mut dyn Session,
    server: &dyn Server,
    format: &dyn Format,
    migrations: &[Migration],
) -> Result<Option<Adopted>> {
    for table in TABLES.iter().filter(|table| table.formats.contains(&format.name())) {
        if let Some(rows) = table.rows(session, server).await? {
            return table.adopted(format, migrations, &rows).map(Some);
        }
    }
    if !["atlas", "plain"].contains(&format.name()) {
        return Ok(None);
    }
    let mut fitting = Vec::new();
    for table in &TABLES {
        let Some(rows) = table.rows(session, server).await? else { continue };
        // What does not fit is the business of somebody else.
        let adopted = table.adopted(format, migrations, &rows).ok();
        fitting.extend(adopted.filter(|found| !found.versions.is_empty() && found.unknown.is_empty()));
    }
    Ok(if fitting.len() == 1 { fitting.pop() } else { None })
}

impl Table {
    /// What its columns hold; none where there is no such table, or another with its name.
    async fn rows(&self, session: &mut dyn Session, server: &dyn Server) -> Result<Option<Rows>> {
        let failed = |error: DbError| {
            Error::outside(format!("the history of {} in `{}` could not be read", self.tool, self.name))
                .because(error)
        };
        let columns = query(session, server.columns_of(self.name)).await.map_err(failed)?;
        let columns: BTreeSet<String> = columns
            .into_iter()
            .filter_map(|row| row.into_iter().next().flatten())
            .map(|column| column.to_ascii_lowercase())
            .collect();
        let has = |column: &&str| columns.contains(&column.to_ascii_lowercase());
        if !self.columns.iter().all(has) || self.without.iter().any(has) {
            return Ok(None);
        }
        let values: Vec<String> = self.columns.iter().map(|column| server.as_text(column)).collect();
        let select = format!("SELECT {} FROM {} ORDER BY {}", values.join(", "), self.name, self.order);
        query(session, select).await.map(Some).map_err(failed)
    }

    fn adopted(&self, format: &dyn Format, migrations: &[Migration], rows: &Rows) -> Result<Adopted> {
        let Said { applied, repeatable, up_to, failed } = (self.read)(rows);
        if let Some(failed) = failed {
            return Err(Error::refused(format!(
                "`{}` says that `{}` failed half-way under {}",
                self.name,
                failed.escape_debug(),
                self.tool
            ))
            .hint("what it left behind is unknown: repair the database by hand")
            .hint(format!("then tell {} that it is done, or not; {}", self.tool, self.repair)));
        }
        let below = |version: &str, limit: &str| {
            let order = match format.name() {
                "flyway" => format.compare(version, &format!("B{limit}")),
                _ => by_number(version, limit),
            };
            order != Ordering::Greater
        };
        let has = |migration: &&Migration| {
            let is_below = up_to.iter().any(|limit| below(&migration.version, limit));
            let ran = |key: &String| applied.contains_key(key) || repeatable.contains(key);
            (is_below && migration.role != Role::Repeatable)
                || self.key.is_some_and(|key| ran(&key(migration)))
        };
        let known: BTreeSet<String> =
            migrations.iter().filter_map(|migration| Some(self.key?(migration))).collect();
        let unknown = applied.iter().filter(|(key, _)| !known.contains(*key)).map(|(_, name)| name.clone());
        let adopted = Adopted {
            table: self.name,
            tool: self.tool,
            versions: migrations.iter().filter(has).map(|migration| migration.version.clone()).collect(),
            unknown: unknown.collect(),
        };
        if let (true, Some(unknown)) = (self.by_content, adopted.unknown.first()) {
            return Err(Error::refused(format!(
                "`{}` has {unknown}, whose file is gone or was edited after it was applied",
                self.name
            ))
            .hint("bring the file back as it was, or name the last version that the database has with `--baseline`"));
        }
        Ok(adopted)
    }
}

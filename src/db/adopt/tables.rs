//! The history tables of other tools: their columns, and how a row names a migration.

use sha2::{Digest, Sha256};

use crate::{
    db::Rows,
    migrations::{Migration, Role},
};

use super::rows::{self, Said};

/// One tool's history table.
pub(super) struct Table {
    /// The tool, for people.
    pub(super) tool: &'static str,
    /// The table.
    pub(super) name: &'static str,
    /// The formats of folders that it may belong to.
    pub(super) formats: &'static [&'static str],
    /// The columns that are read, by which the table is told from others of its name.
    pub(super) columns: &'static [&'static str],
    /// Columns that only another tool's table of that name has.
    pub(super) without: &'static [&'static str],
    /// What the rows are ordered by.
    pub(super) order: &'static str,
    /// What the rows say.
    pub(super) read: fn(&Rows) -> Said,
    /// What a migration is called in a row of its own, if the table has those.
    pub(super) key: Option<fn(&Migration) -> String>,
    /// Whether rows name the content of files, so that a row without a file may be an edited one.
    pub(super) by_content: bool,
    /// How the tool is told about a repaired database.
    pub(super) repair: &'static str,
}

/// Every table; one that is more specific comes first.
pub(super) static TABLES: [Table; 10] = [
    Table {
        formats: &["golang-migrate", "sqlx"],
        columns: &["version", "dirty"],
        order: "version",
        read: rows::latest_version,
        key: None,
        repair: "with `migrate force <version>`",
        ..table("golang-migrate", "schema_migrations")
    },
    Table {
        formats: &["dbmate"],
        columns: &["version"],
        without: &["dirty"],
        order: "version",
        read: rows::versions,
        key: Some(number),
        ..table("dbmate", "schema_migrations")
    },
    Table {
        formats: &["goose"],
        columns: &["version_id", "is_applied"],
        order: "id",
        read: rows::goose,
        key: Some(number),
        ..table("goose", "goose_db_version")
    },
    Table {
        formats: &["flyway", "refinery"],
        columns: &["version", "description", "type", "script", "checksum", "success"],
        order: "installed_rank",
        read: rows::flyway,
        key: Some(flyway),
        repair: "with `flyway repair`",
        ..table("Flyway", "flyway_schema_history")
    },
    Table {
        formats: &["liquibase"],
        columns: &["ID", "AUTHOR", "EXECTYPE"],
        order: "ORDEREXECUTED",
        read: rows::liquibase,
        key: Some(|migration| migration.version.clone()),
        ..table("Liquibase", "DATABASECHANGELOG")
    },
    Table {
        formats: &["sqlx", "golang-migrate"],
        columns: &["version", "success"],
        order: "version",
        read: rows::sqlx,
        key: Some(number),
        repair: "by removing its row, or setting `success`",
        ..table("sqlx", "_sqlx_migrations")
    },
    Table {
        formats: &["diesel"],
        columns: &["version"],
        order: "version",
        read: rows::versions,
        key: Some(|migration| rows::number(&migration.version.replace('-', ""))),
        ..table("Diesel", "__diesel_schema_migrations")
    },
    Table {
        formats: &["prisma"],
        columns: &["migration_name", "finished_at", "rolled_back_at"],
        order: "started_at",
        read: rows::prisma,
        key: Some(folder),
        repair: "with `prisma migrate resolve`",
        ..table("Prisma", "_prisma_migrations")
    },
    Table {
        formats: &["drizzle"],
        columns: &["hash", "created_at"],
        order: "created_at",
        read: rows::drizzle,
        key: Some(|migration| hex(&Sha256::digest(migration.source.text()))),
        by_content: true,
        ..table("Drizzle", "__drizzle_migrations")
    },
    Table {
        formats: &["refinery", "flyway"],
        columns: &["version", "name", "checksum"],
        order: "version",
        read: rows::versions,
        key: Some(number),
        ..table("refinery", "refinery_schema_history")
    },
];

const fn table(tool: &'static str, name: &'static str) -> Table {
    Table {
        tool,
        name,
        formats: &[],
        columns: &[],
        without: &[],
        order: "",
        read: rows::versions,
        key: None,
        by_content: false,
        repair: "in its table",
    }
}

/// The version as a number, or as it is.
fn number(migration: &Migration) -> String {
    rows::number(&migration.version)
}

/// The name of the folder: the version and what follows it.
fn folder(migration: &Migration) -> String {
    let Migration { version, description, .. } = migration;
    if description.is_empty() { version.clone() } else { format!("{version}_{description}") }
}

/// The version by its parts; a repeatable migration by its description and its content.
fn flyway(migration: &Migration) -> String {
    if migration.role == Role::Repeatable {
        let description = migration.description.replace('_', " ");
        return rows::repeatable(&description, &rows::checksum(migration.source.text()).to_string());
    }
    match migration.version.strip_prefix('B') {
        Some(version) => format!("B{}", rows::dotted(version)),
        None => rows::dotted(&migration.version),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

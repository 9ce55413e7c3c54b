//! What other tools' history tables say, read from the tables that the tools made.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{fs, path::PathBuf};

use plinth::{
    db::{self, Access, Adopted, Target, applied_by_tool},
    error::{Kind, Result},
    files,
    folder::Folder,
    migrations::{Directory, formats},
    secret::Secret,
    sql::{Syntax, split},
};

use crate::support::sandbox::Sandbox;

/// The fixtures that have a history: the format, the table, and how its last migration is taken back or fails.
const FIXTURES: [(&str, &str, &str, &str); 10] = [
    ("dbmate", "schema_migrations", "DELETE FROM schema_migrations WHERE version = '20261122000141'", ""),
    (
        "diesel",
        "__diesel_schema_migrations",
        "DELETE FROM __diesel_schema_migrations WHERE version = '202611220003010000'",
        "",
    ),
    (
        "drizzle",
        "__drizzle_migrations",
        "DELETE FROM __drizzle_migrations WHERE created_at = 1795305704923",
        "",
    ),
    (
        "flyway",
        "flyway_schema_history",
        "UPDATE flyway_schema_history SET checksum = 1 WHERE version IS NULL",
        "UPDATE flyway_schema_history SET success = 0 WHERE version = '1.10'",
    ),
    (
        "golang-migrate",
        "schema_migrations",
        "UPDATE schema_migrations SET version = 2",
        "UPDATE schema_migrations SET dirty = 1",
    ),
    ("goose", "goose_db_version", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (10, 0)", ""),
    ("liquibase", "DATABASECHANGELOG", "UPDATE DATABASECHANGELOG SET EXECTYPE = 'FAILED' WHERE ID = '4'", ""),
    (
        "prisma",
        "_prisma_migrations",
        "UPDATE _prisma_migrations SET rolled_back_at = 1 WHERE migration_name LIKE '%trim_posts'",
        "UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%trim_posts'",
    ),
    ("refinery", "refinery_schema_history", "DELETE FROM refinery_schema_history WHERE version = 10", ""),
    (
        "sqlx",
        "_sqlx_migrations",
        "DELETE FROM _sqlx_migrations WHERE version = 20261122000219",
        "UPDATE _sqlx_migrations SET success = 0 WHERE version = 20261122000219",
    ),
];

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/formats").join(name)
}

fn open(name: &str) -> Directory {
    let folder = files::read_folder(&fixture(name), "migrations").unwrap();
    Directory::open_as(&folder, formats::named(name).unwrap()).unwrap()
}

fn history(name: &str) -> String {
    fs::read_to_string(fixture(name).join("history.sql")).unwrap()
}

/// A folder of files without statements.
fn folder(format: &str, names: &[&str]) -> Directory {
    let files = names.iter().map(|name| ((*name).to_owned(), b"SELECT 1;\n".to_vec())).collect();
    let folder = Folder { path: "m".to_owned(), files, ..Folder::default() };
    Directory::open_as(&folder, formats::named(format).unwrap()).unwrap()
}

/// A database in which these statements ran.
struct Database(tempfile::TempDir);

impl Database {
    async fn of(sql: &[&str]) -> Self {
        let database = Self(tempfile::tempdir().unwrap());
        let mut target = database.target(Access::Write).await;
        for sql in sql {
            for statement in split(sql, &Syntax::SQLITE, None).unwrap() {
                db::execute(target.session.as_mut(), &sql[statement.span.range()]).await.unwrap();
            }
        }
        target.session.close().await;
        database
    }

    async fn target(&self, access: Access) -> Target {
        db::connect(&Secret::new(format!("sqlite://{}/app.db", self.0.path().display())), access)
            .await
            .unwrap()
    }

    async fn adopted(&self, directory: &Directory) -> Result<Option<Adopted>> {
        let mut target = self.target(Access::Read).await;
        let server = db::server(target.dialect);
        let migrations = &directory.migrations;
        let adopted = applied_by_tool(target.session.as_mut(), server, directory.format, migrations).await;
        target.session.close().await;
        adopted
    }
}

#[tokio::test]
async fn the_history_of_every_tool_is_read() {
    for (name, table, ..) in FIXTURES {
        let directory = open(name);
        let adopted = Database::of(&[&history(name)]).await.adopted(&directory).await.unwrap().unwrap();
        let all: Vec<_> = directory.migrations.iter().map(|migration| migration.version.clone()).collect();
        assert_eq!((adopted.table, &adopted.versions, adopted.unknown.len()), (table, &all, 0), "{name}");
    }
}

#[tokio::test]
async fn what_was_taken_back_is_not_applied() {
    for (name, _, take_back, _) in FIXTURES {
        let directory = open(name);
        let adopted =
            Database::of(&[&history(name), take_back]).await.adopted(&directory).await.unwrap().unwrap();
        let (last, others) = directory.migrations.split_last().unwrap();
        let others: Vec<_> = others.iter().map(|migration| migration.version.clone()).collect();
        assert_eq!(adopted.versions, others, "{name}: all but {}", last.version);
    }
}

#[tokio::test]
async fn what_failed_half_way_is_refused_by_its_name() {
    for (name, table, _, fail) in FIXTURES.into_iter().filter(|(.., fail)| !fail.is_empty()) {
        let error = Database::of(&[&history(name), fail]).await.adopted(&open(name)).await.unwrap_err();
        assert!(error.message().starts_with(&format!("`{table}` says that `")), "{error}");
        assert_eq!((error.kind(), error.hints().len()), (Kind::Refused, 2));
    }
}

#[tokio::test]
async fn a_database_without_the_table_has_no_history() {
    let database = Database::of(&["CREATE TABLE schema_migrations (filename text PRIMARY KEY);"]).await;
    for (name, ..) in FIXTURES {
        assert_eq!(database.adopted(&open(name)).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn the_columns_tell_tables_of_one_name_apart() {
    let golang = folder("golang-migrate", &["1_a.up.sql", "2_b.up.sql", "3_c.up.sql"]);
    let database = Database::of(&[
        "CREATE TABLE schema_migrations (version text); INSERT INTO schema_migrations VALUES (2);",
    ])
    .await;
    assert_eq!(database.adopted(&golang).await.unwrap(), None);
    let database = Database::of(&[
        "CREATE TABLE schema_migrations (version bigint, dirty bool); INSERT INTO schema_migrations VALUES (2, 0);",
    ])
    .await;
    assert_eq!(database.adopted(&golang).await.unwrap().unwrap().versions, ["1", "2"]);
    let sqlx = folder("sqlx", &["1_a.sql", "2_b.sql"]);
    assert_eq!(database.adopted(&sqlx).await.unwrap().unwrap().tool, "golang-migrate");
    let none = Database::of(&["CREATE TABLE schema_migrations (version bigint, dirty bool);"]).await;
    assert_eq!(none.adopted(&golang).await.unwrap().unwrap().versions.len(), 0);
}

#[tokio::test]
async fn a_version_without_its_file_is_named() {
    let database = Database::of(&[&history("goose")]).await;
    let directory = Directory::open_as(
        &Folder {
            path: "m".to_owned(),
            files: [("002_b.sql".to_owned(), b"-- +goose Up\n".to_vec())].into(),
            ..Folder::default()
        },
        formats::named("goose").unwrap(),
    );
    let adopted = database.adopted(&directory.unwrap()).await.unwrap().unwrap();
    assert_eq!(
        (adopted.versions, adopted.unknown),
        (vec!["002".to_owned()], vec!["1".to_owned(), "10".to_owned()])
    );
}

#[tokio::test]
async fn a_file_that_drizzle_ran_and_somebody_edited_is_refused() {
    let database = Database::of(&[
        &history("drizzle"),
        "UPDATE __drizzle_migrations SET hash = 'x' WHERE created_at = 1795305704421",
    ])
    .await;
    let error = database.adopted(&open("drizzle")).await.unwrap_err();
    assert_eq!(
        error.message(),
        "`__drizzle_migrations` has a migration of the journal's moment 1795305704421, whose file is gone or was \
         edited after it was applied"
    );
}

#[tokio::test]
async fn a_baseline_of_flyway_speaks_for_all_below_it() {
    let database = Database::of(&[
        &history("flyway"),
        "DELETE FROM flyway_schema_history; INSERT INTO flyway_schema_history \
         VALUES (1, '2', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, '', '', 0, 1);",
    ])
    .await;
    let directory = folder("flyway", &["V1__a.sql", "V2__b.sql", "B2__b.sql", "V2_1__c.sql", "R__d.sql"]);
    assert_eq!(database.adopted(&directory).await.unwrap().unwrap().versions, ["1", "2", "B2"]);
}

#[tokio::test]
async fn a_folder_that_was_another_tools_keeps_its_history() {
    let atlas = folder("atlas", &["00001_a.sql", "00002_b.sql", "00010_c.sql", "00011_d.sql"]);
    let versions = ["00001".to_owned(), "00002".to_owned(), "00010".to_owned()];
    for (name, tool) in [("goose", "goose"), ("golang-migrate", "golang-migrate"), ("refinery", "refinery")] {
        let adopted = Database::of(&[&history(name)]).await.adopted(&atlas).await.unwrap().unwrap();
        assert_eq!((adopted.tool, adopted.versions.as_slice()), (tool, &versions[..]));
    }
    // What fits in part, or what fits twice, is nobody's history of this folder.
    let fewer = folder("atlas", &["00001_a.sql", "00002_b.sql"]);
    assert_eq!(Database::of(&[&history("goose")]).await.adopted(&fewer).await.unwrap(), None);
    let both = Database::of(&[&history("goose"), &history("refinery")]).await;
    assert_eq!(both.adopted(&atlas).await.unwrap(), None);
}

#[tokio::test]
async fn an_imported_folder_keeps_its_history() {
    for name in ["dbmate", "diesel", "goose", "golang-migrate", "prisma", "refinery", "sqlx"] {
        let converted = plinth::migrations::convert(&open(name), "n", &Syntax::SQLITE).unwrap();
        let directory = Directory::open(&converted.folder).unwrap();
        let adopted = Database::of(&[&history(name)]).await.adopted(&directory).await.unwrap();
        let all: Vec<_> = directory.migrations.iter().map(|migration| migration.version.clone()).collect();
        assert_eq!(adopted.map(|adopted| adopted.versions), Some(all), "{name}");
    }
}

/// A database as the tool left it, beside its folder.
fn left_behind(name: &str) -> Sandbox {
    let sandbox = Sandbox::folder();
    let from = fixture(name).join("migrations");
    copy(&from, &sandbox.file("migrations"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let url = Secret::new(format!("sqlite://{}", sandbox.file("app.db").display()));
        let mut target = db::connect(&url, Access::Write).await.unwrap();
        let schema = fs::read_to_string(fixture(name).join("schema.sql")).unwrap();
        for text in [schema, history(name)] {
            for statement in split(&text, &Syntax::SQLITE, None).unwrap() {
                db::execute(target.session.as_mut(), &text[statement.span.range()]).await.unwrap();
            }
        }
        target.session.close().await;
    });
    sandbox
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy(&from, &to) } else { fs::copy(&from, &to).map(|_| ()).unwrap() }
    }
}

#[test]
fn apply_takes_up_where_another_tool_stopped() {
    for (name, table, ..) in FIXTURES {
        let sandbox = left_behind(name);
        let status = sandbox.must("migrate status --url sqlite://app.db").stdout;
        assert!(status.starts_with("Migration Status: OK"), "{name}: {status}");
        let applied = sandbox.must("migrate apply --url sqlite://app.db").all();
        assert!(applied.contains(&format!("wrote into `{table}`")), "{name}: {applied}");
        assert!(applied.contains("No migration files to execute"), "{name}: {applied}");
        let status = sandbox.must("migrate status --url sqlite://app.db --format json").stdout;
        assert!(status.contains("\"Type\": \"baseline\""), "{name}: {status}");
        let again = sandbox.must("migrate apply --url sqlite://app.db").all();
        assert!(!again.contains("adopted"), "{name}: {again}");
        assert!(again.contains("No migration files to execute"), "{name}: {again}");
    }
}

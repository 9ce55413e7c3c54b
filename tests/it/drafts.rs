//! New migrations in folders of other tools, written as the tool writes them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{fs, path::PathBuf};

use plinth::{
    files,
    migrations::{Directory, formats},
};

use crate::support::sandbox::Sandbox;

const WRITTEN: [&str; 9] =
    ["dbmate", "diesel", "flyway", "golang-migrate", "goose", "plain", "prisma", "refinery", "sqlx"];

/// A folder with the fixture in it, and a schema with one table more.
fn sandbox(name: &str) -> Sandbox {
    let sandbox = Sandbox::folder();
    let fixture = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/formats").join(name);
    let folder = files::read_folder(&fixture, "migrations").unwrap();
    for (file, content) in folder.files.iter().chain(&folder.nested) {
        sandbox.write(&folder.path_of(file), std::str::from_utf8(content).unwrap());
    }
    let schema = fs::read_to_string(fixture.join("schema.sql")).unwrap();
    sandbox.write("schema.sql", &format!("{schema}CREATE TABLE extra (id integer PRIMARY KEY);\n"));
    sandbox
}

fn open(sandbox: &Sandbox, name: &str) -> Directory {
    let folder = files::read_folder(sandbox.path(), "migrations").unwrap();
    Directory::open_as(&folder, formats::named(name).unwrap()).unwrap()
}

#[test]
fn a_difference_becomes_a_migration_of_the_tool() {
    for name in WRITTEN {
        let sandbox = sandbox(name);
        let before = open(&sandbox, name).migrations.len();
        let diff = format!("migrate diff extra --to file://schema.sql --dir file://migrations?format={name}");
        let run = sandbox.must(&diff);
        let directory = open(&sandbox, name);
        assert_eq!(directory.migrations.len(), before + 1, "{name}: {}", run.all());
        let versioned = directory.migrations.iter().rfind(|migration| migration.description == "extra");
        let last = versioned.unwrap_or_else(|| directory.migrations.last().unwrap());
        assert!(run.stdout.contains(last.source.path()), "{name}: {}", run.all());
        assert!(last.source.text().contains("CREATE TABLE `extra`"), "{name}: {}", last.source.text());
        let goes_back = !["plain", "prisma", "refinery"].contains(&name);
        assert_eq!(last.down.is_some(), goes_back, "{name}");
        assert!(sandbox.must(&diff).stdout.contains("no changes to be made"), "{name}");
        assert!(!sandbox.file("migrations/atlas.sum").exists(), "{name}");
        sandbox.must(&format!("migrate apply --url sqlite://app.db --dir file://migrations?format={name}"));
    }
}

#[test]
fn an_empty_migration_can_be_read_again() {
    for name in WRITTEN {
        let sandbox = sandbox(name);
        sandbox.must(&format!("migrate hash --dir file://migrations?format={name}"));
        let before = open(&sandbox, name).migrations.len();
        sandbox.must(&format!("migrate new --dir file://migrations?format={name}"));
        let directory = open(&sandbox, name);
        assert_eq!(directory.migrations.len(), before + 1, "{name}");
        directory.verify().unwrap();
    }
}

#[test]
fn what_only_the_tool_can_write_is_refused() {
    for (name, title) in [("drizzle", "Drizzle"), ("liquibase", "Liquibase")] {
        let run = sandbox(name).plinth("migrate new extra");
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(run.stderr.contains(&format!("new migrations of {title} are not written")), "{}", run.all());
    }
}

#[test]
fn versions_are_counted_or_are_moments() {
    let now = "20260102030405";
    let cases = [
        ("goose", None, now),
        ("goose", Some("00009"), "00010"),
        ("goose", Some("20250101000000"), now),
        ("golang-migrate", Some("9"), "10"),
        ("sqlx", Some("20990101000000"), "20990101000001"),
        ("flyway", None, "1"),
        ("flyway", Some("1.10"), "2"),
        ("flyway", Some("B3"), "4"),
        ("flyway", Some("20250101000000"), now),
        ("refinery", Some("3"), "4"),
        ("dbmate", Some("20250101000000"), now),
        ("goose", Some("18446744073709551615"), "184467440737095516150"),
    ];
    for (name, last, expected) in cases {
        let found = formats::named(name).unwrap().next_version(last, now.to_owned());
        assert_eq!(found, expected, "{name} {last:?}");
    }
}

#[test]
fn goose_is_told_where_a_statement_with_statements_ends() {
    let up = [
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  SELECT 1;\nEND;\n".to_owned(),
        "SELECT 2;\n".to_owned(),
    ];
    let draft = formats::Draft { version: "1", name: "a b", up: &up, down: &[] };
    let files = formats::named("goose").unwrap().draft(&draft).unwrap();
    assert_eq!(
        files,
        [(
            "1_a_b.sql".to_owned(),
            "-- +goose Up\n-- +goose StatementBegin\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  SELECT 1;\nEND;\n\
             -- +goose StatementEnd\nSELECT 2;\n\n-- +goose Down\n"
                .to_owned()
        )]
    );
}

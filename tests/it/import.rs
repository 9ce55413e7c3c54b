//! Folders of other tools, written again in Atlas's format.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{fs, path::PathBuf};

use plinth::{
    files,
    folder::Folder,
    migrations::{Directory, convert, formats},
    sql::Syntax,
};

use crate::support::{golden::golden, sandbox::Sandbox};

const FIXTURES: [&str; 11] = [
    "dbmate",
    "diesel",
    "drizzle",
    "flyway",
    "golang-migrate",
    "goose",
    "liquibase",
    "plain",
    "prisma",
    "refinery",
    "sqlx",
];

/// A sandbox with the folder of a fixture in it.
fn sandbox(name: &str) -> Sandbox {
    let sandbox = Sandbox::folder();
    let fixture = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/formats").join(name);
    let folder = files::read_folder(&fixture, "migrations").unwrap();
    for (file, content) in folder.files.iter().chain(&folder.nested) {
        sandbox.write(&folder.path_of(file), std::str::from_utf8(content).unwrap());
    }
    sandbox.write("schema.sql", &fs::read_to_string(fixture.join("schema.sql")).unwrap());
    sandbox
}

#[test]
fn every_fixture_is_imported_as_it_was_looked_at() {
    for name in FIXTURES {
        let sandbox = sandbox(name);
        let run =
            sandbox.must(&format!("migrate import --from file://migrations?format={name} --to file://atlas"));
        let mut text =
            format!("$ plinth migrate import --from file://migrations?format={name} --to file://atlas\n");
        text.push_str(&run.all());
        for path in run.stdout.lines() {
            text.push_str(&format!("\n=== {path}\n{}", sandbox.read(path)));
        }
        golden(&format!("formats/{name}/imported.txt"), &text);
    }
}

#[test]
fn an_imported_folder_leads_to_the_same_state() {
    for name in FIXTURES {
        let sandbox = sandbox(name);
        sandbox.must(&format!("migrate import --from file://migrations?format={name} --to file://atlas"));
        sandbox.must("migrate validate --dir atlas");
        sandbox.must("migrate apply --dir atlas --url sqlite://app.db");
        for (from, to) in [("sqlite://app.db", "file://schema.sql"), ("file://schema.sql", "sqlite://app.db")]
        {
            assert_eq!(sandbox.must(&format!("schema diff --from {from} --to {to}")).stdout, "", "{name}");
        }
    }
}

#[test]
fn a_folder_is_imported_into_an_empty_one() {
    let sandbox = sandbox("goose");
    sandbox.write("atlas/notes.md", "");
    let run = sandbox.plinth("migrate import --from migrations --to atlas");
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.stderr.contains("`atlas` is not empty"), "{}", run.all());
    sandbox.must("migrate import --from migrations --to empty");
    let run = sandbox.plinth("migrate import --from empty --to other");
    assert!(run.stderr.contains("`empty` is in Atlas's format already"), "{}", run.all());
    let run = sandbox.plinth("migrate import --from migrations --to file://other?format=goose");
    assert!(run.stderr.contains("a folder is written in Atlas's format only"), "{}", run.all());
    assert!(!sandbox.file("other").exists());
}

fn converted(format: &str, files: &[(&str, &str)]) -> Result<Folder, String> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    let folder = Folder { path: "m".to_owned(), files, ..Folder::default() };
    let directory = Directory::open_as(&folder, formats::named(format).unwrap()).unwrap();
    let converted = convert(&directory, "n", &Syntax::SQLITE).map_err(|error| error.message().to_owned())?;
    Ok(converted.folder)
}

#[test]
fn names_sort_as_the_migrations_run() {
    let cases: [(&str, &[&str], &[&str]); 6] = [
        ("sqlx", &["20240101_a.sql", "20240102_b.sql"], &["20240101_a.sql", "20240102_b.sql"]),
        ("sqlx", &["9_a.sql", "10_b.sql"], &["09_a.sql", "10_b.sql"]),
        (
            "flyway",
            &[
                "V1__a.sql",
                "V1.2__b.sql",
                "V1.10__c.sql",
                "B1.10__c.sql",
                "V2__d.sql",
                "R__e.sql",
                "R__f.sql",
            ],
            &[
                "1.00_a.sql",
                "1.02_b.sql",
                "1.10_c.sql",
                "1.10b_c.sql",
                "2.00_d.sql",
                "2.00r1_e.sql",
                "2.00r2_f.sql",
            ],
        ),
        ("flyway", &["R__a.sql"], &["0001_a.sql"]),
        ("plain", &["2024_01.sql", "2024_02.sql"], &["0001_2024_01.sql", "0002_2024_02.sql"]),
        ("plain", &["a b.sql", "c.sql"], &["0001_a_b.sql", "0002_c.sql"]),
    ];
    for (format, from, to) in cases {
        let files: Vec<_> = from.iter().map(|name| (*name, "SELECT 1;\n")).collect();
        let mut found: Vec<_> = converted(format, &files).unwrap().files.into_keys().collect();
        assert_eq!(found.pop().as_deref(), Some("atlas.sum"), "{from:?}");
        assert_eq!(found, to, "{from:?}");
    }
}

#[test]
fn directives_stand_where_they_count() {
    let cases = [
        (
            "-- licence\n\n-- +goose NO TRANSACTION\n-- +goose Up\n-- atlas:nolint DS102\n\nDROP TABLE t;\n",
            "-- atlas:txmode none\n-- licence\n\n-- atlas:nolint DS102\n\nDROP TABLE t;\n",
        ),
        (
            "-- +goose NO TRANSACTION\n-- +goose Up\n-- atlas:nolint DS102\n\nDROP TABLE t;\n",
            "-- atlas:txmode none\n-- atlas:nolint DS102\n\nDROP TABLE t;\n",
        ),
        (
            "-- +goose NO TRANSACTION\n-- +goose Up\n-- atlas:nolint DS102\nDROP TABLE t;\n",
            "-- atlas:txmode none\n\n-- atlas:nolint DS102\nDROP TABLE t;\n",
        ),
        (
            "-- +goose Up\n-- atlas:txmode none\n\nVACUUM;\n-- +goose Down\nSELECT 1;",
            "-- atlas:txtar\n\n-- migration.sql --\n-- atlas:txmode none\n\nVACUUM;\n-- down.sql --\nSELECT 1;\n",
        ),
    ];
    for (from, to) in cases {
        let folder = converted("goose", &[("1_a.sql", from)]).unwrap();
        assert_eq!(String::from_utf8_lossy(&folder.files["1_a.sql"]), to);
    }
}

#[test]
fn a_statement_never_becomes_another() {
    let cases = [
        "-- +goose Up\nSELECT 1;\n-- down.sql --\nSELECT 2;\n-- +goose Down\nSELECT 3;\n",
        "-- +goose Up\nSELECT '\n-- down.sql --\n';\n-- +goose Down\nSELECT 3;\n",
        "-- +goose Up\nSELECT '\n-- x --\n';\n-- +goose Down\nSELECT 3;\n",
    ];
    for text in cases {
        let error = converted("goose", &[("1_a.sql", text)]).unwrap_err();
        assert!(error.contains("cannot be converted") || error.contains("member"), "{error}");
    }
}

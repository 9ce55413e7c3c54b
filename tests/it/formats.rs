//! Folders of other tools' migrations: known by their shape, read as the tool reads them, refused where they are broken.
//!
//! `tests/cases/formats/README.md` says which fixtures the tools made themselves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use plinth::{
    db::{self, Access},
    files,
    folder::Folder,
    migrations::{Directory, Migration, Part, Role, TxMode, formats},
    secret::Secret,
    sql::Syntax,
    text::Source,
};

use proptest::prelude::*;

use crate::support::{golden::golden, sandbox::Sandbox};

/// Every fixture, which is called as its format.
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

/// Whose shape is that of another tool, so that it has to be named.
const AMBIGUOUS: [(&str, &str); 1] = [("refinery", "flyway")];

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/formats").join(name)
}

fn folder_of(name: &str) -> Folder {
    files::read_folder(&fixture(name), "migrations").unwrap()
}

fn open(name: &str) -> Directory {
    Directory::open_as(&folder_of(name), formats::named(name).unwrap()).unwrap()
}

/// A folder of these files, of which those with a `/` stand in sub-folders.
fn folder(files: &[(&str, &str)]) -> Folder {
    let mut folder = Folder { path: "m".to_owned(), ..Folder::default() };
    for (name, text) in files {
        let text = text.as_bytes().to_vec();
        match name.split_once('/') {
            Some((within, _)) => {
                folder.folders.push(within.to_owned());
                folder.nested.insert((*name).to_owned(), text)
            }
            None => folder.files.insert((*name).to_owned(), text),
        };
    }
    folder.folders.dedup();
    folder
}

#[test]
fn every_fixture_is_known_by_its_shape() {
    for name in FIXTURES {
        let expected = AMBIGUOUS.iter().find(|(own, _)| *own == name).map_or(name, |(_, shape)| shape);
        let directory = Directory::open(&folder_of(name)).unwrap();
        assert_eq!(directory.format.name(), expected, "{name}");
        directory.verify().unwrap();
    }
}

#[test]
fn every_fixture_is_read_as_it_was_looked_at() {
    for name in FIXTURES {
        let directory = open(name);
        let mut text = format!("{} ({})\n", directory.format.title(), directory.format.name());
        for migration in &directory.migrations {
            text.push_str(&described(migration));
        }
        text.push_str("\nhashed\n");
        for (file, _) in &directory.hashed {
            text.push_str(&format!("  {file}\n"));
        }
        golden(&format!("formats/{name}/migrations.txt"), &text);
    }
}

fn described(migration: &Migration) -> String {
    let role = match &migration.role {
        Role::Versioned => "",
        Role::Checkpoint { .. } => ", checkpoint",
        Role::Repeatable => ", repeatable",
    };
    let mut text =
        format!("\n{} = {:?} {:?}{role}\n", migration.name, migration.version, migration.description);
    text.push_str(&listed("up", migration.mode, &migration.source, &migration.up));
    if let Some(down) = &migration.down {
        text.push_str(&listed("down", down.mode, &down.source, &down.parts));
    }
    text
}

fn listed(direction: &str, mode: Option<TxMode>, source: &Source, parts: &[Part]) -> String {
    let migration =
        Migration { source: source.clone(), up: parts.to_vec(), ..open("plain").migrations[0].clone() };
    let mut text =
        format!("  {direction}, {}\n", mode.map_or("unsaid".to_owned(), |mode| format!("{mode:?}")));
    for statement in migration.script(&Syntax::SQLITE).unwrap().statements {
        let line = source.position(statement.span.start).line;
        let sql = source.slice(statement.span).replace('\n', "\n      ");
        text.push_str(&format!("    {line}: {sql}\n"));
    }
    text
}

#[tokio::test]
async fn every_fixture_leads_to_what_the_tool_made() {
    for name in FIXTURES {
        let sandbox = sandbox(name);
        let expected = made(name).await;
        let run = sandbox.must(&format!("migrate apply --url sqlite://app.db --dir-format {name}"));
        let found = objects(&format!("sqlite://{}", sandbox.file("app.db").display())).await;
        assert_eq!(found, expected, "{name}: {}", run.all());
    }
}

#[test]
fn every_fixture_is_a_state() {
    for name in FIXTURES {
        let sandbox = sandbox(name);
        let states = ["file://migrations", "file://schema.sql"];
        for (from, to) in [(states[0], states[1]), (states[1], states[0])] {
            let run = sandbox.must(&format!("schema diff --from {from} --to {to}"));
            assert_eq!(run.stdout, "", "{name}");
        }
    }
}

#[test]
fn every_fixture_is_validated() {
    for name in FIXTURES {
        let sandbox = sandbox(name);
        sandbox.must(&format!("migrate validate --dir file://migrations?format={name}"));
        sandbox.must("migrate lint --latest 1");
    }
}

/// A folder with the fixture in it.
fn sandbox(name: &str) -> Sandbox {
    let sandbox = Sandbox::folder();
    let folder = folder_of(name);
    for (file, content) in folder.files.iter().chain(&folder.nested) {
        sandbox.write(&folder.path_of(file), std::str::from_utf8(content).unwrap());
    }
    sandbox.write("schema.sql", &fs::read_to_string(fixture(name).join("schema.sql")).unwrap());
    sandbox
}

/// The objects of a database that the fixture's `schema.sql` makes.
async fn made(name: &str) -> Vec<Vec<Option<String>>> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/made.db", folder.path().display());
    let sql = fs::read_to_string(fixture(name).join("schema.sql")).unwrap();
    run(&url, &sql).await;
    objects(&url).await
}

async fn run(url: &str, sql: &str) {
    let mut target = db::connect(&Secret::new(url.to_owned()), Access::Write).await.unwrap();
    for statement in plinth::sql::split(sql, &Syntax::SQLITE, None).unwrap() {
        db::execute(target.session.as_mut(), &sql[statement.span.range()]).await.unwrap();
    }
    target.session.close().await;
}

async fn objects(url: &str) -> Vec<Vec<Option<String>>> {
    let mut target = db::connect(&Secret::new(url.to_owned()), Access::Read).await.unwrap();
    let sql = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' \
               AND tbl_name NOT IN ('atlas_schema_revisions', 'plinth_history') ORDER BY 1, 2";
    let rows = db::query(target.session.as_mut(), sql).await.unwrap();
    target.session.close().await;
    rows
}

#[test]
fn a_folder_is_known_by_its_shape() {
    let cases: [(Files, &str); 25] = [
        (&[("1_a.up.sql", ""), ("1_a.down.sql", "")], "golang-migrate"),
        (&[("1_a.up.sql", "-- no-transaction\n")], "sqlx"),
        (&[("1_a.sql", "-- Add migration script here\n")], "sqlx"),
        (&[("1_a.sql", "-- Add migration script here\n"), ("atlas.sum", "")], "atlas"),
        (&[("V1.2__a.sql", "")], "flyway"),
        (&[("sub/R__a.sql", "")], "flyway"),
        (&[("1_schema.sql", ""), ("migrations/V1__a.sql", "")], "atlas"),
        (&[("B3__a.sql", ""), ("atlas.sum", "")], "flyway"),
        (&[("V1__a.sql", ""), ("U1__a.sql", "")], "flyway"),
        (&[("V1__a.sql", ""), ("U2__b.sql", "")], "refinery"),
        (&[("2_b.sql", "-- +goose Up\nSELECT 1;")], "goose"),
        (&[("2_b.sql", "\u{feff}-- +goose Up\r\nSELECT 1;")], "goose"),
        (&[("1_a.sql", "-- migrate:up\n")], "dbmate"),
        (&[("1_a.sql", "--  migrate:up transaction:false\n--migrate:down")], "dbmate"),
        (&[("a.sql", "\n-- LIQUIBASE formatted SQL\n")], "liquibase"),
        (&[("0000_a.sql", ""), ("meta/_journal.json", r#"{"entries":[{"tag":"0000_a"}]}"#)], "drizzle"),
        (&[("migration_lock.toml", ""), ("1_a/migration.sql", "")], "prisma"),
        (&[("1_a/migration.sql", "")], "prisma"),
        (&[("2024-01-01-000000_users/up.sql", "")], "diesel"),
        (&[("00000000000000_diesel_initial_setup/up.sql", "")], "diesel"),
        (&[("01-a.sql", ""), ("02-b.sql", "")], "plain"),
        (&[("01-a.sql", ""), ("atlas.sum", "")], "atlas"),
        (&[("20240101000000_a.sql", "")], "atlas"),
        (&[("1.sql", "")], "atlas"),
        (&[], "atlas"),
    ];
    for (files, expected) in cases {
        let directory = Directory::open(&folder(files)).unwrap();
        assert_eq!(directory.format.name(), expected, "{files:?}");
    }
}

#[test]
fn versions_are_in_the_order_of_the_tool() {
    let cases: [(&str, &[&str]); 8] = [
        ("golang-migrate", &["001_a.up.sql", "2_b.up.sql", "0010_c.up.sql", "18446744073709551616_d.up.sql"]),
        ("sqlx", &["9_a.sql", "10_b.sql"]),
        ("refinery", &["V9__a.sql", "U10__b.sql", "V11__c.sql"]),
        (
            "flyway",
            &[
                "V1__a.sql",
                "V1.1__b.sql",
                "V1_9__c.sql",
                "V1.10__d.sql",
                "V2.0__e.sql",
                "R__a.sql",
                "R__b.sql",
            ],
        ),
        ("flyway", &["V1__a.sql", "V2__b.sql", "B2__b.sql", "V3__c.sql"]),
        ("dbmate", &["10_b.sql", "1_a.sql", "2_c.sql"]),
        ("plain", &["1-b.sql", "1.sql", "10.sql", "2.sql", "a.sql"]),
        ("plain", &["1.sql.1e.sql", "1.sql.sql"]),
    ];
    for (format, names) in cases {
        let text = if format == "dbmate" { "-- migrate:up\n" } else { "" };
        let files: Vec<_> = names.iter().map(|name| (*name, text)).collect();
        let directory = Directory::open_as(&folder(&files), formats::named(format).unwrap()).unwrap();
        let found: Vec<_> = directory.migrations.iter().map(|migration| migration.name.as_str()).collect();
        assert_eq!(found, names, "{format}");
        for pair in directory.migrations.windows(2) {
            assert!(
                directory.format.compare(&pair[0].version, &pair[1].version).is_lt(),
                "{format} {pair:?}"
            );
        }
    }
}

type Files = &'static [(&'static str, &'static str)];

/// Folders that a tool would not run, or would run as something that Plinth does not: the format, the files, what is said.
const BROKEN: [(&str, Files, &str); 49] = [
    (
        "golang-migrate",
        &[("1_a.up.sql", ""), ("01_b.up.sql", "")],
        "`m/1_a.up.sql` has the version of `01_b.up.sql`",
    ),
    ("golang-migrate", &[("1_a.down.sql", "")], "`m/1_a.down.sql` undoes no migration"),
    ("golang-migrate", &[("a.up.sql", "")], "`m/a.up.sql` has no name that golang-migrate reads"),
    ("golang-migrate", &[("1_a.sql", "")], "`m/1_a.sql` has no name that golang-migrate reads"),
    ("golang-migrate", &[("1_a\n.up.sql", "")], "`m/1_a\\n.up.sql` has a control character in its name"),
    ("sqlx", &[("1_a.sql", ""), ("1_a.up.sql", "")], "`m/1_a.up.sql` has the version of `1_a.sql`"),
    ("sqlx", &[("a.sql", "")], "`m/a.sql` has no name that sqlx reads"),
    ("goose", &[("1_a.sql", "SELECT 1;\n")], "m/1_a.sql:1: a statement above `-- +goose Up`"),
    ("goose", &[("1_a.sql", "")], "m/1_a.sql:1: the file has no line `-- +goose Up`"),
    ("goose", &[("0_a.sql", "-- +goose Up\n")], "`m/0_a.sql` has no name that goose reads"),
    ("goose", &[("1_a.sql", "-- +goose Up\n-- +goose Up\n")], "m/1_a.sql:2: a second `-- +goose Up`"),
    (
        "goose",
        &[("1_a.sql", "-- +goose Down\n")],
        "m/1_a.sql:1: `-- +goose Down` is not below `-- +goose Up`",
    ),
    (
        "goose",
        &[("1_a.sql", "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n")],
        "m/1_a.sql:2: this `StatementBegin` has no `StatementEnd`",
    ),
    (
        "goose",
        &[("1_a.sql", "-- +goose Up\n-- +goose StatementEnd\n")],
        "m/1_a.sql:2: `StatementBegin` and `StatementEnd` stand in pairs below `Up` or `Down`",
    ),
    (
        "goose",
        &[("1_a.sql", "-- +goose Up\n-- +goose ENVSUB ON\n")],
        "m/1_a.sql:2: variables of the environment (`ENVSUB`) are not put in",
    ),
    (
        "goose",
        &[("1_a.sql", "-- +goose Up\n-- +goose NO TRANSACTIONS\n")],
        "m/1_a.sql:2: goose has no such annotation",
    ),
    (
        "goose",
        &[("1_a.sql", "-- +goose Up\n"), ("2_b.go", "package m")],
        "`m/2_b.go` is a migration in Go, which is not run",
    ),
    (
        "dbmate",
        &[("1_a.sql", "SELECT 1;\n-- migrate:up\n")],
        "m/1_a.sql:1: a statement above `-- migrate:up`",
    ),
    (
        "dbmate",
        &[("1_a.sql", "-- migrate:down\n")],
        "m/1_a.sql:1: `-- migrate:down` is not below `-- migrate:up`",
    ),
    (
        "dbmate",
        &[("1_a.sql", "-- migrate:up\n-- migrate:up\n")],
        "m/1_a.sql:2: a second mark of one direction",
    ),
    ("dbmate", &[("1_a.sql", "-- migrate:up transaction:maybe\n")], "m/1_a.sql:1: dbmate has no such option"),
    ("dbmate", &[("1_a.sql", "-- nothing\n")], "m/1_a.sql:1: the file has no line `-- migrate:up`"),
    (
        "dbmate",
        &[("1_a.sql", "-- migrate:up\n"), ("1_b.sql", "-- migrate:up\n")],
        "`m/1_b.sql` has the version of `1_a.sql`",
    ),
    (
        "flyway",
        &[("V1__a.sql", ""), ("sub/V1.0__b.sql", "")],
        "`m/sub/V1.0__b.sql` has the version of `V1__a.sql`",
    ),
    ("flyway", &[("U1__a.sql", "")], "`m/U1__a.sql` undoes no migration"),
    ("flyway", &[("V__a.sql", "")], "`m/V__a.sql` has no name that Flyway reads"),
    ("flyway", &[("R1__a.sql", "")], "`m/R1__a.sql` has no name that Flyway reads"),
    (
        "flyway",
        &[("V1__a.sql", "\nSELECT '${who}';")],
        "m/V1__a.sql:2: placeholders (`${…}`) are not replaced",
    ),
    (
        "flyway",
        &[("V1__a.sql", ""), ("V2__B.java", "")],
        "`m/V2__B.java` is a migration that is a program, which is not run",
    ),
    (
        "flyway",
        &[("V1__a.sql", ""), ("beforeMigrate.sql", "")],
        "`m/beforeMigrate.sql` is a callback, which is not run",
    ),
    (
        "flyway",
        &[("V1__a.sql", ""), ("V1__a.sql.conf", "shouldExecute=false")],
        "m/V1__a.sql.conf:1: this setting of a script is not read",
    ),
    ("refinery", &[("V1__a.sql", ""), ("U1__b.sql", "")], "`m/V1__a.sql` has the version of `U1__b.sql`"),
    ("refinery", &[("V1.2__a.sql", "")], "`m/V1.2__a.sql` has no name that refinery reads"),
    ("refinery", &[("V1__a.rs", "")], "`m/V1__a.rs` is a migration in Rust, which is not run"),
    ("prisma", &[("1_a/migration.sql", ""), ("2_b/down.sql", "")], "`m/2_b` has no `migration.sql`"),
    (
        "diesel",
        &[("1-1_a/up.sql", ""), ("11_b/up.sql", "")],
        "`m/11_b/up.sql` has the version of `1-1_a/up.sql`",
    ),
    (
        "diesel",
        &[("1_a/up.sql", ""), ("1_a/metadata.toml", "run_in_transaction = \"no\"")],
        "m/1_a/metadata.toml:1: this line of the metadata is not read",
    ),
    ("drizzle", &[("0000_a.sql", "")], "there is no `m/meta/_journal.json`"),
    (
        "drizzle",
        &[("meta/_journal.json", "{")],
        "m/meta/_journal.json:1: the journal is no JSON: EOF while parsing an object at line 1 column 1",
    ),
    (
        "drizzle",
        &[("meta/_journal.json", r#"{"entries":[{"tag":"0000_a"}]}"#)],
        "m/meta/_journal.json:1: there is no file for `0000_a`",
    ),
    (
        "drizzle",
        &[("0000_a.sql", ""), ("meta/_journal.json", r#"{"entries":[]}"#)],
        "`m/0000_a.sql` is not in `m/meta/_journal.json`",
    ),
    (
        "drizzle",
        &[("a.sql", ""), ("meta/_journal.json", r#"{"entries":[{"tag":"a"}]}"#)],
        "m/meta/_journal.json:1: `a` does not begin with a number",
    ),
    (
        "drizzle",
        &[
            ("1_a.sql", ""),
            ("0_b.sql", ""),
            ("meta/_journal.json", r#"{"entries":[{"tag":"1_a"},{"tag":"0_b"}]}"#),
        ],
        "m/meta/_journal.json:1: `0_b.sql` does not stand where its number puts it",
    ),
    (
        "drizzle",
        &[("meta/_journal.json", r#"{"entries":[{"tag":"../0_a"}]}"#)],
        "m/meta/_journal.json:1: there is no file for `../0_a`",
    ),
    (
        "liquibase",
        &[("a.sql", "SELECT 1;\n")],
        "m/a.sql:1: the file does not begin with `--liquibase formatted sql`",
    ),
    (
        "liquibase",
        &[("a.sql", "--liquibase formatted sql\nSELECT 1;\n")],
        "m/a.sql:2: a statement above the first `--changeset`",
    ),
    (
        "liquibase",
        &[("a.sql", "--liquibase formatted sql\n--changeset a:1\n--changeset a:1\n")],
        "m/a.sql:3: a second changeset `a:1`",
    ),
    (
        "liquibase",
        &[("a.sql", ""), ("db.changelog.yaml", "")],
        "`m/db.changelog.yaml` is a changelog that is not read",
    ),
    (
        "plain",
        &[("a.sql", "-- atlas:txtar\n")],
        "m/a.sql:1: archives (`atlas:txtar`) are read in Atlas's own format only",
    ),
];

#[test]
fn a_broken_folder_is_refused_at_the_file() {
    for (format, files, expected) in BROKEN {
        let error = Directory::open_as(&folder(files), formats::named(format).unwrap()).unwrap_err();
        assert_eq!(error.message(), expected, "{format} {files:?}");
        assert!(!error.hints().is_empty() || error.snippet().is_some(), "{expected}");
    }
}

#[test]
fn what_liquibase_would_do_elsewhere_or_later_is_refused() {
    let cases = [
        ("--changeset a", "a changeset begins with `--changeset <author>:<id>`"),
        ("--changeset a:", "a changeset begins with `--changeset <author>:<id>`"),
        ("--changeset a:1 context:test", "`context` decides where a changeset runs, which is not read"),
        ("--changeset a:1 labels:\"x and y\"", "`labels` decides where a changeset runs, which is not read"),
        ("--changeset a:1 dbms:oracle", "`dbms` decides where a changeset runs, which is not read"),
        ("--changeset a:1 runOnChange:TRUE", "`runOnChange` makes a changeset run again, which is not read"),
        (
            "--changeset a:1 failOnError:false",
            "`failOnError` goes on after a failure, which is never done here",
        ),
        ("--changeset a:1 ignore:true", "`ignore` keeps a changeset from running, which is not read"),
        (
            "--changeset a:1 endDelimiter:[;/]",
            "`endDelimiter` is a pattern, or empty: only plain text is taken for a delimiter",
        ),
        ("--changeset a:1 sudo:true", "`sudo` is no attribute that is read, or has no such value"),
        ("--changeset a:1 fast", "an attribute without a value"),
        ("--changeset ${who}:1", "a changeset begins with `--changeset <author>:<id>`"),
        ("--property name:x value:y", "properties are not read"),
    ];
    for (line, expected) in cases {
        let text = format!("--liquibase formatted sql\n{line}\nSELECT 1;\n");
        let error = refused("liquibase", &[("a.sql", &text)]);
        assert_eq!(error, format!("m/a.sql:2: {expected}"));
    }
    let cases = [
        ("--preconditions onFail:HALT", "preconditions are not read"),
        ("--precondition-sql-check expectedResult:0 SELECT 1", "preconditions are not read"),
        ("--ignoreLines:start", "`ignoreLines` is not read"),
        ("--rollback changesetId:1 changesetAuthor:a", "rollbacks that name another changeset are not read"),
        ("SELECT '${x}';", "parameters (`${…}`) are not replaced"),
    ];
    for (line, expected) in cases {
        let text = format!("--liquibase formatted sql\n--changeset a:1\n{line}\nSELECT 1;\n");
        assert_eq!(refused("liquibase", &[("a.sql", &text)]), format!("m/a.sql:3: {expected}"));
    }
}

fn refused(format: &str, files: &[(&str, &str)]) -> String {
    let error = Directory::open_as(&folder(files), formats::named(format).unwrap()).unwrap_err();
    error.message().to_owned()
}

#[test]
fn directives_of_atlas_work_in_every_format() {
    let nolint = "-- atlas:txmode none\n-- atlas:nolint DS102\n\nDROP TABLE t;\n";
    let mark = |above: &str, below: &str| format!("{above}{nolint}{below}");
    let goose = mark("-- licence\n\n-- +goose Up\n", "-- +goose Down\nSELECT 1;\n");
    let cases: [(&str, &str, String); 12] = [
        ("plain", "1-a.sql", nolint.to_owned()),
        ("golang-migrate", "1_a.up.sql", nolint.to_owned()),
        ("sqlx", "1_a.sql", nolint.to_owned()),
        ("flyway", "V1__a.sql", nolint.to_owned()),
        ("refinery", "V1__a.sql", nolint.to_owned()),
        ("prisma", "1_a/migration.sql", nolint.to_owned()),
        ("diesel", "1_a/up.sql", nolint.to_owned()),
        ("goose", "1_a.sql", goose),
        ("goose", "1_a.sql", mark("", "").replace("\n\n", "\n\n-- +goose Up\n")),
        ("dbmate", "1_a.sql", mark("-- migrate:up\n", "-- migrate:down\n")),
        ("liquibase", "1_a.sql", mark("--liquibase formatted sql\n--changeset a:1\n", "")),
        (
            "liquibase",
            "1_a.sql",
            mark("--liquibase formatted sql\n", "").replace("\n\n", "\n\n--changeset a:1\n"),
        ),
    ];
    for (format, file, text) in cases {
        let directory =
            Directory::open_as(&folder(&[(file, &text)]), formats::named(format).unwrap()).unwrap();
        let migration = &directory.migrations[0];
        assert_eq!(migration.mode, Some(TxMode::None), "{format}");
        assert_eq!(migration.directives.nolint.len(), 1, "{format}: {text}");
        assert_eq!(migration.directives.nolint[0].names, ["DS102"], "{format}");
        let script = migration.script(&Syntax::SQLITE).unwrap();
        assert_eq!(migration.source.slice(script.statements[0].span), "DROP TABLE t;", "{format}");
    }
}

#[test]
fn a_changeset_is_new_and_those_before_it_are_as_they_were() {
    let sandbox = Sandbox::repository(&[]);
    let first = "--liquibase formatted sql\n--changeset ada:1\nCREATE TABLE t (id integer);\n";
    sandbox.write("m/changelog.sql", first);
    sandbox.must("migrate hash --dir m");
    sandbox.checkout.commit("the first");
    sandbox.checkout.git(&["checkout", "-q", "-b", "feature"]);
    let second = format!("{first}--rollback DROP TABLE t;\n\n--changeset ada:2\nDROP TABLE t;\n");
    sandbox.write("m/changelog.sql", &second);
    sandbox.must("migrate hash --dir m");
    sandbox.checkout.commit("the second");
    let run = sandbox.plinth("migrate lint --dir m --git-base main");
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.stdout.contains("1 new migration in `m/`"), "{}", run.all());
    assert!(run.stdout.contains("m/changelog.sql:7:1"), "{}", run.all());
    assert!(!run.stdout.contains("edited"), "{}", run.all());
    assert!(run.stdout.contains(" · format: Liquibase · "), "{}", run.all());
    let edited = second.replace("id integer", "id text");
    sandbox.write("m/changelog.sql", &edited);
    sandbox.must("migrate hash --dir m");
    let run = sandbox.plinth("migrate lint --dir m --git-base main");
    assert!(run.stdout.contains("edited"), "{}", run.all());
}

#[test]
fn changesets_run_and_end_as_they_are_listed() {
    let sandbox = sandbox("liquibase");
    sandbox.must("migrate apply --url sqlite://app.db");
    let run = sandbox.plinth_with(&["migrate", "set", "ada:create-posts", "--url", "sqlite://app.db"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(
        run.stdout.contains("  - Grace Hopper:3\n") && run.stdout.contains("  - ada:4\n"),
        "{}",
        run.all()
    );
    assert!(!run.stdout.contains("ada:1"), "{}", run.all());
    let directory = open("liquibase");
    let way: Vec<_> =
        directory.way_to(Some("ada:create-posts")).iter().map(|one| one.version.clone()).collect();
    assert_eq!(way, ["ada:1", "ada:create-posts"]);
}

#[test]
fn the_current_version_is_the_last_in_the_order_of_the_tool() {
    for (name, current) in
        [("flyway", "1.10"), ("golang-migrate", "10"), ("liquibase", "ada:4"), ("refinery", "10")]
    {
        let sandbox = sandbox(name);
        sandbox.must(&format!("migrate apply --url sqlite://app.db --dir-format {name}"));
        let run = sandbox.must(&format!("migrate status --url sqlite://app.db --dir-format {name}"));
        assert!(run.stdout.contains(&format!("-- Current Version: {current}\n")), "{name}: {}", run.all());
    }
}

#[test]
fn line_breaks_and_byte_order_marks_change_nothing() {
    for name in FIXTURES {
        let mut folder = folder_of(name);
        let windows = |text: &mut Vec<u8>| {
            *text = format!("\u{feff}{}", String::from_utf8_lossy(text).replace('\n', "\r\n")).into_bytes();
        };
        let sql = |file: &str| Path::new(file).extension().is_some_and(|ending| ending == "sql");
        folder.files.iter_mut().filter(|(file, _)| sql(file)).for_each(|(_, text)| windows(text));
        folder.nested.iter_mut().filter(|(file, _)| sql(file)).for_each(|(_, text)| windows(text));
        let (was, is) = (open(name), Directory::open_as(&folder, formats::named(name).unwrap()).unwrap());
        assert_eq!(was.migrations.len(), is.migrations.len(), "{name}");
        for (was, is) in was.migrations.iter().zip(&is.migrations) {
            let texts = |migration: &Migration| -> Vec<String> {
                let script = migration.script(&Syntax::SQLITE).unwrap();
                let slices = script.statements.iter().map(|one| migration.source.slice(one.span));
                slices.map(|text| text.replace('\r', "")).collect()
            };
            assert_eq!(texts(was), texts(is), "{name}");
            // sqlx looks at the very first byte.
            let mode = if name == "sqlx" { None } else { was.mode };
            assert_eq!(
                (&was.version, &was.description, mode),
                (&is.version, &is.description, is.mode),
                "{name}"
            );
        }
    }
}

/// Pieces that folders are made of, and others that they should not be.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "-- +goose Up\n",
        "-- +goose Down\n",
        "-- +goose StatementBegin\n",
        "-- +goose StatementEnd\n",
        "-- migrate:up\n",
        "-- migrate:down transaction:false\n",
        "--liquibase formatted sql\n",
        "--changeset a:1\n",
        "--changeset \"a b\":\"2\" endDelimiter:/ x:\n",
        "--rollback DROP\n",
        "/* liquibase rollback\n",
        "*/\n",
        "-- no-transaction\n",
        "--> statement-breakpoint",
        "${",
        "}",
        "SELECT 1;\n",
        "'",
        "(",
        "BEGIN",
        "END;",
        "\u{feff}",
        "\r\n",
        "-- atlas:txmode none\n",
        "-- atlas:delimiter ;;\n",
        "{\"entries\":[{\"tag\":\"1_é\"}]}",
        "run_in_transaction=",
    ]);
    prop::collection::vec(prop_oneof![4 => words.prop_map(str::to_owned), 1 => any::<String>()], 0..12)
        .prop_map(|words| words.concat())
}

fn file_names() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "1_a.sql",
        "01_b.sql",
        "2_a.up.sql",
        "2_a.down.sql",
        "V1__a.sql",
        "V1_0__b.sql",
        "U1__a.sql",
        "B1__a.sql",
        "R__a.sql",
        "V.sql",
        "é.sql",
        "V1__é.SQL",
        ".sql",
        "a/up.sql",
        "a/down.sql",
        "1-2_é/up.sql",
        "1_a/migration.sql",
        "meta/_journal.json",
        "V1__a.sql.conf",
        "a/metadata.toml",
        "1_é.sql",
        "\u{202e}1.sql",
        "99999999999999999999999_x.sql",
        "V1..2__x.sql",
    ]);
    prop_oneof![8 => names.prop_map(str::to_owned), 1 => "\\PC{0,8}\\.sql"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_folder_panics(files in prop::collection::vec((file_names(), pieces()), 0..5)) {
        let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let folder = folder(&files);
        let _ = Directory::open(&folder);
        for format in formats::ALL {
            let Ok(directory) = Directory::open_as(&folder, format) else { continue };
            directory.sum();
            for migration in &directory.migrations {
                // Every part is a part of its text.
                for part in &migration.up {
                    prop_assert!(migration.source.text().get(part.span.range()).is_some(), "{:?}", migration);
                }
                let _ = migration.script(&Syntax::SQLITE);
                if let Some(down) = &migration.down {
                    for part in &down.parts {
                        prop_assert!(down.source.text().get(part.span.range()).is_some(), "{:?}", migration);
                    }
                    let _ = down.script(&Syntax::SQLITE);
                }
            }
            let _ = plinth::migrations::convert(&directory, "n", &Syntax::SQLITE);
        }
    }
}

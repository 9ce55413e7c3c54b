//! Going down: whatever version a history is reverted to, the database is as if the files up to it had run alone.

use std::fs;

use plinth::{
    db::{self, Access},
    dialect::{DialectId, Scope},
    diff::diff,
    schema::Realm,
    secret::Secret,
};

use crate::support::sandbox::Sandbox;

const DIFFS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/diff");

/// Histories in which each file undoes, renames or rebuilds what others made.
const HISTORIES: &[&[&str]] = &[
    &[
        "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);",
        "ALTER TABLE users ADD COLUMN email text; CREATE UNIQUE INDEX users_email ON users (email);",
        "CREATE TABLE posts (id integer PRIMARY KEY, author integer NOT NULL REFERENCES users (id) ON DELETE CASCADE);",
        "CREATE VIEW authors AS SELECT u.name FROM users u JOIN posts p ON p.author = u.id;",
        "CREATE TRIGGER new_post AFTER INSERT ON posts BEGIN UPDATE users SET name = name; END;",
        "DROP VIEW authors; DROP TRIGGER new_post;",
        "ALTER TABLE posts RENAME TO articles; ALTER TABLE articles RENAME COLUMN author TO writer;",
        "DROP INDEX users_email; ALTER TABLE users DROP COLUMN email;",
    ],
    &[
        "CREATE TABLE a (id integer PRIMARY KEY, x text);",
        "ALTER TABLE a ADD COLUMN y text NOT NULL DEFAULT '';",
        "ALTER TABLE a DROP COLUMN y;",
        "CREATE TABLE a_new (id integer PRIMARY KEY, x text CHECK (x <> ''), z integer);
         INSERT INTO a_new (id, x) SELECT id, x FROM a; DROP TABLE a; ALTER TABLE a_new RENAME TO a;",
        "-- atlas:txtar\n\n-- migration.sql --\nALTER TABLE a RENAME COLUMN z TO w;\n-- down.sql --\nALTER TABLE a RENAME COLUMN w TO z;",
        "DROP TABLE a;",
    ],
];

async fn state(path: &str, sandbox: &Sandbox) -> Realm {
    let url = Secret::new(format!("sqlite://{}", sandbox.file(path).display()));
    let mut target = db::connect(&url, Access::Write).await.unwrap();
    let mut realm = db::inspect(target.session.as_mut(), DialectId::Sqlite.ops(), Scope::All).await.unwrap();
    target.session.close().await;
    for schema in realm.schemas.values_mut() {
        schema.tables.retain(|name, _| name != "atlas_schema_revisions" && name != "plinth_history");
    }
    realm
}

/// Applies a history and goes down to each version, from the end and from the version behind it.
fn goes_down(name: &str, files: &[String]) {
    let sandbox = Sandbox::folder();
    for (at, text) in files.iter().enumerate() {
        sandbox.write(&format!("migrations/{}_file.sql", at + 1), text);
    }
    sandbox.must("migrate hash");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let same = |path: &str, version: usize| {
        let expected = format!("upto-{version}.db");
        sandbox.must(&format!("migrate apply --to-version {version} --url sqlite://{expected}"));
        let is = runtime.block_on(state(path, &sandbox));
        let should = runtime.block_on(state(&expected, &sandbox));
        let changes = diff(DialectId::Sqlite.ops(), &is, &should);
        assert!(changes.is_empty(), "{name} down to {version}, {path}: {changes:#?}");
    };
    sandbox.must("migrate apply --url sqlite://steps.db");
    for version in (1..files.len()).rev() {
        sandbox.must("migrate down --url sqlite://steps.db");
        same("steps.db", version);
        if version + 1 == files.len() {
            continue;
        }
        let once = format!("once-{version}.db");
        sandbox.must(&format!("migrate apply --url sqlite://{once}"));
        sandbox.must(&format!("migrate down --to-version {version} --url sqlite://{once}"));
        same(&once, version);
        sandbox.must(&format!("migrate apply --url sqlite://{once}"));
    }
    sandbox.must("migrate down --url sqlite://steps.db");
    let left = runtime.block_on(state("steps.db", &sandbox));
    assert!(
        left.schemas.values().all(|schema| schema.tables.is_empty() && schema.views.is_empty()),
        "{left:?}"
    );
}

#[test]
fn a_history_goes_down_to_each_of_its_versions() {
    for (at, history) in HISTORIES.iter().enumerate() {
        let files: Vec<String> = history.iter().map(|text| format!("{text}\n")).collect();
        goes_down(&format!("history {at}"), &files);
    }
}

#[test]
fn every_change_of_the_oracle_is_reverted() {
    let mut cases: Vec<_> = fs::read_dir(DIFFS).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 40, "the cases are there");
    std::thread::scope(|scope| {
        for cases in cases.chunks(cases.len().div_ceil(4)) {
            scope.spawn(move || {
                for case in cases {
                    let read = |file: &str| fs::read_to_string(case.join("sqlite").join(file)).unwrap();
                    // A file that says nothing is no migration.
                    let text = |file: &str| {
                        if read(file).trim().is_empty() { "SELECT 1;\n".to_owned() } else { read(file) }
                    };
                    goes_down(&case.display().to_string(), &[text("from.sql"), text("plan.sql")]);
                }
            });
        }
    });
}

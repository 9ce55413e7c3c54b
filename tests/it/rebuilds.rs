//! Rebuilds of tables, written by people and by the planner, and what is seen of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{fs, path::Path};

use plinth::{
    change::{Change, TableChange},
    dialect::{DialectId, Scope},
    diff::diff,
    finding::Evidence,
    schema::Realm,
    sql,
    step::{Outcome, Seeded, Step},
};

use crate::oracle::{inspect, inspect_scope, memory, query, run};

const OLD: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, age TEXT) STRICT;\n\
    CREATE TABLE log (what TEXT);\n\
    CREATE INDEX users_age ON users (age);\n\
    CREATE VIEW ages AS SELECT age FROM users;\n\
    CREATE TRIGGER audit AFTER DELETE ON users BEGIN INSERT INTO log VALUES (old.age); END;";

/// Runs the statements one by one on the state that `before` makes, and folds what they did.
async fn folded(before: &str, text: &str) -> Vec<Step> {
    let dialect = DialectId::Sqlite.ops();
    let mut db = memory().await;
    run(&mut db, before).await.unwrap();
    let mut state = inspect(&mut db).await;
    let mut steps = Vec::new();
    for statement in sql::split(text, dialect.syntax(), None).unwrap() {
        let sql = &text[statement.span.range()];
        run(&mut db, sql).await.unwrap();
        let after = inspect(&mut db).await;
        steps.push(Step {
            span: statement.span,
            comments: Vec::new(),
            nolints: Vec::new(),
            facts: dialect.classify(sql),
            changes: diff(dialect, &state, &after),
            evidence: Evidence::State,
            outcome: Outcome::Ran,
            seeded: Seeded::NotTried,
            folded: Vec::new(),
        });
        state = after;
    }
    dialect.fold(&mut steps);
    steps
}

/// The changes of the steps in few words, each with the number of its step.
fn words(steps: &[Step]) -> Vec<String> {
    steps
        .iter()
        .enumerate()
        .flat_map(|(at, step)| {
            step.changes
                .iter()
                .flat_map(move |change| of_change(change).into_iter().map(move |word| format!("{at} {word}")))
        })
        .collect()
}

fn of_change(change: &Change) -> Vec<String> {
    match change {
        Change::AddTable(table) => vec![format!("add table {}", table.name)],
        Change::DropTable(table) => vec![format!("drop table {}", table.name)],
        Change::RenameTable { from, to } => vec![format!("rename table {} {}", from.name, to.name)],
        Change::AddView(view) => vec![format!("add view {}", view.name)],
        Change::DropView(view) => vec![format!("drop view {}", view.name)],
        Change::ModifyView { to, .. } => vec![format!("modify view {}", to.name)],
        Change::AddTrigger(trigger) => vec![format!("add trigger {}", trigger.name)],
        Change::DropTrigger(trigger) => vec![format!("drop trigger {}", trigger.name)],
        Change::ModifyTrigger { to, .. } => vec![format!("modify trigger {}", to.name)],
        Change::AddSchema(_) | Change::DropSchema(_) => vec!["schema".to_owned()],
        Change::ModifyTable { to, changes, .. } => {
            changes.iter().map(|part| format!("{}: {}", to.name, of_part(part))).collect()
        }
    }
}

fn of_part(part: &TableChange) -> String {
    match part {
        TableChange::AddColumn(column) => format!("add column {}", column.name),
        TableChange::DropColumn(column) => format!("drop column {}", column.name),
        TableChange::RenameColumn { from, to } => format!("rename column {} {}", from.name, to.name),
        TableChange::ModifyColumn { to, .. } => format!("modify column {}", to.name),
        TableChange::AddIndex(index) => format!("add index {}", index.name),
        TableChange::DropIndex(index) => format!("drop index {}", index.name),
        TableChange::ModifyIndex { to, .. } => format!("modify index {}", to.name),
        TableChange::SetPrimaryKey { .. } => "primary key".to_owned(),
        TableChange::AddUnique(_) => "add unique".to_owned(),
        TableChange::DropUnique(_) => "drop unique".to_owned(),
        TableChange::AddForeignKey(_) => "add foreign key".to_owned(),
        TableChange::DropForeignKey(_) => "drop foreign key".to_owned(),
        TableChange::AddCheck(_) => "add check".to_owned(),
        TableChange::DropCheck(_) => "drop check".to_owned(),
        TableChange::SetOptions { .. } => "options".to_owned(),
    }
}

#[tokio::test]
async fn a_rebuild_is_the_one_change_that_it_is() {
    let steps = folded(
        OLD,
        "PRAGMA foreign_keys = off;
         DROP VIEW ages;
         CREATE TABLE tmp_4711 (id INTEGER PRIMARY KEY AUTOINCREMENT, age INTEGER) STRICT;
         INSERT INTO tmp_4711 SELECT id, CAST(age AS INTEGER) FROM users;
         DROP TABLE users;
         ALTER TABLE tmp_4711 RENAME TO users;
         CREATE INDEX users_age ON users (age);
         CREATE INDEX users_more ON users (age, id);
         CREATE TRIGGER audit AFTER DELETE ON users BEGIN INSERT INTO log VALUES (old.age); END;
         CREATE VIEW ages AS SELECT age FROM users;
         CREATE TABLE other (a INTEGER);",
    )
    .await;
    assert_eq!(
        words(&steps),
        ["2 users: modify column age", "7 users: add index users_more", "10 add table other"]
    );
    assert_eq!(steps[2].folded, [1, 2, 3, 4, 5, 6, 8, 9]);
}

#[tokio::test]
async fn what_a_rebuild_forgets_shows_as_dropped() {
    let steps = folded(
        OLD,
        "DROP VIEW ages;
         CREATE TABLE new_users (id INTEGER PRIMARY KEY, age TEXT);
         INSERT INTO new_users (id, age) SELECT id, age FROM users;
         DROP TABLE users;
         ALTER TABLE new_users RENAME TO users;",
    )
    .await;
    assert_eq!(
        words(&steps),
        [
            "0 drop view ages",
            "1 users: drop index users_age",
            "1 users: modify column id",
            "1 users: options",
            "1 drop trigger audit",
        ]
    );
}

#[tokio::test]
async fn each_rebuild_of_a_table_takes_the_index_that_is_made_again_behind_it() {
    let rebuild = "CREATE TABLE new_users (id INTEGER PRIMARY KEY AUTOINCREMENT, age ANY) STRICT;
         INSERT INTO new_users (id, age) SELECT id, age FROM users;
         DROP TABLE users;
         ALTER TABLE new_users RENAME TO users;";
    let index = "CREATE INDEX users_age ON users (age);";
    let before = "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, age TEXT) STRICT;
         CREATE INDEX users_age ON users (age);";
    let twice = folded(before, &format!("{rebuild}{index}{rebuild}{index}")).await;
    assert_eq!(words(&twice), ["0 users: modify column age"]);
    assert_eq!((&twice[0].folded[..], &twice[5].folded[..]), (&[0, 1, 2, 3, 4][..], &[5, 6, 7, 8, 9][..]));
    let once = folded(before, &format!("{rebuild}{rebuild}{index}")).await;
    assert_eq!(words(&once), ["0 users: modify column age"]);
    assert_eq!(once[0].folded, [0, 1, 2, 3, 8]);
}

#[tokio::test]
async fn a_rebuild_that_renames_the_old_table_first_is_one_change_too() {
    let steps = folded(
        OLD,
        "DROP VIEW ages;
         ALTER TABLE users RENAME TO \"old users\";
         CREATE TABLE Users (id INTEGER PRIMARY KEY AUTOINCREMENT, age INTEGER) STRICT;
         INSERT INTO users SELECT id, age FROM \"old users\";
         DROP TABLE \"old users\";
         CREATE INDEX users_age ON users (age DESC);
         CREATE TRIGGER audit AFTER DELETE ON users BEGIN INSERT INTO log VALUES (old.id); END;
         CREATE VIEW ages AS SELECT age FROM users;",
    )
    .await;
    assert_eq!(
        words(&steps),
        [
            "2 rename table users Users",
            "2 Users: modify column age",
            "2 Users: modify index users_age",
            "6 modify trigger audit",
        ]
    );
}

#[tokio::test]
async fn rows_that_are_copied_out_and_back_are_a_rebuild() {
    for (keep, forget) in [
        ("CREATE TEMP TABLE b (id, age); INSERT INTO b SELECT id, age FROM users", "DROP TABLE b"),
        ("CREATE TEMP TABLE b AS SELECT id, age FROM users", "SELECT 1"),
        ("CREATE TABLE b (id, age); INSERT INTO B SELECT id, age FROM users", "DROP TABLE b"),
    ] {
        let text = format!(
            "DROP VIEW ages;
             {keep};
             DROP TABLE users;
             CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, age INTEGER) STRICT;
             INSERT INTO users (id, age) SELECT id, age FROM b;
             CREATE INDEX users_age ON users (age);
             {forget};
             CREATE TRIGGER audit AFTER DELETE ON users BEGIN INSERT INTO log VALUES (old.age); END;
             CREATE VIEW ages AS SELECT age FROM users;"
        );
        let steps = folded(OLD, &text).await;
        let words: Vec<String> =
            words(&steps).into_iter().map(|word| word.split_once(' ').unwrap().1.to_owned()).collect();
        assert_eq!(words, ["users: modify column age"], "{keep}");
    }
}

#[tokio::test]
async fn a_copy_of_the_rows_that_stays_is_a_new_table() {
    let steps = folded(
        "CREATE TABLE t (a TEXT); CREATE TABLE old (a TEXT);",
        "CREATE TABLE b AS SELECT a FROM t; INSERT INTO old SELECT a FROM t; DROP TABLE t; CREATE TABLE t (a INTEGER);
         INSERT INTO t SELECT a FROM b; INSERT INTO t SELECT a FROM old; DROP TABLE old;",
    )
    .await;
    assert_eq!(words(&steps), ["0 add table b", "3 t: modify column a", "6 drop table old"]);
}

#[tokio::test]
async fn a_table_made_from_a_query_takes_the_place_of_the_old_one() {
    let steps = folded(
        "CREATE TABLE t (id INTEGER, a TEXT);",
        "CREATE TABLE n AS SELECT id, a, 0 AS b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;",
    )
    .await;
    let words = words(&steps);
    assert!(words.contains(&"0 t: add column b".to_owned()), "{words:?}");
    assert!(words.iter().all(|word| word.starts_with("0 t: ")), "{words:?}");
}

#[tokio::test]
async fn without_a_copy_the_rows_are_gone_and_it_is_no_rebuild() {
    let steps = folded(
        "CREATE TABLE t (a TEXT); CREATE TABLE u (a TEXT);",
        "CREATE TABLE n (a INTEGER); INSERT INTO n SELECT a FROM u; DROP TABLE t; ALTER TABLE n RENAME TO t;",
    )
    .await;
    assert_eq!(words(&steps), ["0 add table n", "2 drop table t", "3 rename table n t"]);
}

#[tokio::test]
async fn a_column_that_a_rebuild_leaves_out_is_dropped_even_where_another_takes_its_place() {
    let steps = folded(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);",
        "CREATE TABLE n (id INTEGER PRIMARY KEY, b TEXT); INSERT INTO n (id) SELECT id FROM t; DROP TABLE t;
         ALTER TABLE n RENAME TO t;",
    )
    .await;
    assert_eq!(words(&steps), ["0 t: drop column a", "0 t: add column b"]);
}

/// What tables lose by a list of changes, sorted; what can be made anew without loss is left out.
fn losses(changes: &[Change]) -> Vec<String> {
    let is_loss = |word: &String| {
        word.contains("drop")
            && !["view", "trigger", "index"].iter().any(|kind| word.contains(&format!("drop {kind}")))
    };
    let mut losses: Vec<String> = changes.iter().flat_map(of_change).filter(is_loss).collect();
    losses.sort();
    losses
}

#[tokio::test]
async fn plans_read_back_as_what_they_were_planned_for() {
    let dialect = DialectId::Sqlite.ops();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/diff");
    let mut wrong = Vec::new();
    for case in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        let read = |name: &str| fs::read_to_string(case.join("sqlite").join(name)).unwrap();
        let state = async |sql: &str| -> Realm {
            let mut db = memory().await;
            run(&mut db, sql).await.unwrap();
            inspect(&mut db).await
        };
        let planned = diff(dialect, &state(&read("from.sql")).await, &state(&read("to.sql")).await);
        let steps = folded(&read("from.sql"), &read("plan.sql")).await;
        let seen: Vec<Change> = steps.into_iter().flat_map(|step| step.changes).collect();
        if losses(&planned) != losses(&seen) {
            wrong.push(format!("{}\n{:#?}\n{:#?}", case.display(), losses(&planned), losses(&seen)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn looking_at_some_objects_sees_them_as_looking_at_all_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/diff");
    for case in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        let mut db = memory().await;
        run(&mut db, &fs::read_to_string(case.join("sqlite/from.sql")).unwrap()).await.unwrap();
        let all = inspect(&mut db).await;
        let whole = &all.schemas["main"];
        for name in whole.tables.keys().chain(whole.views.keys()) {
            let names = [name.to_uppercase(), name.clone()];
            let part = inspect_scope(&mut db, Scope::Objects(&names)).await;
            let part = &part.schemas["main"];
            assert_eq!(part.tables.get(name), whole.tables.get(name), "{}", case.display());
            assert_eq!(part.views.get(name), whole.views.get(name), "{}", case.display());
            let triggers = |schema: &plinth::schema::Schema| {
                let on_it = schema.triggers.values().filter(|trigger| trigger.on.eq_ignore_ascii_case(name));
                on_it.cloned().collect::<Vec<_>>()
            };
            assert_eq!(triggers(part), triggers(whole), "{}", case.display());
        }
    }
}

#[tokio::test]
async fn a_rebuild_goes_on_numbering_where_the_old_table_was() {
    let dialect = DialectId::Sqlite.ops();
    let table = |ty: &str| format!("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a {ty})");
    for rows in ["INSERT INTO t (a) VALUES (1)", ""] {
        let mut db = memory().await;
        let filled = "INSERT INTO t (id, a) VALUES (41, 1); DELETE FROM t";
        run(&mut db, &format!("{};{filled};{rows};", table("TEXT"))).await.unwrap();
        let from = inspect(&mut db).await;
        let mut other = memory().await;
        run(&mut other, &table("INTEGER")).await.unwrap();
        let to = inspect(&mut other).await;
        for statement in dialect.plan(&from, &to, &diff(dialect, &from, &to)).unwrap().statements {
            run(&mut db, &statement.sql).await.unwrap();
        }
        run(&mut db, "INSERT INTO t (a) VALUES (2)").await.unwrap();
        let next = if rows.is_empty() { "42" } else { "43" };
        assert_eq!(query(&mut db, "SELECT max(id) FROM t").await.unwrap(), [[Some(next.to_owned())]]);
    }
}

#[tokio::test]
async fn stored_text_that_the_lexer_cannot_read_fails_nothing() {
    let mut db = memory().await;
    run(&mut db, "CREATE VIEW v AS SELECT 1 AS one /* open").await.unwrap();
    let realm = inspect(&mut db).await;
    assert!(realm.schemas["main"].views["v"].definition.contains("one"));
    let dialect = DialectId::Sqlite.ops();
    assert!(diff(dialect, &realm, &realm).is_empty());
    assert_eq!(dialect.print(&realm).len(), 1);
}

#[tokio::test]
async fn seeds_fit_types_keys_and_simple_checks() {
    let dialect = DialectId::Sqlite.ops();
    let mut db = memory().await;
    run(
        &mut db,
        "CREATE TABLE teams (code TEXT PRIMARY KEY NOT NULL CHECK (length(code) = 3), kind TEXT NOT NULL CHECK (kind IN ('a', 'b'))) WITHOUT ROWID, STRICT;
         CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(20) NOT NULL UNIQUE COLLATE NOCASE CHECK (length(email) BETWEEN 5 AND 9),
            team TEXT NOT NULL REFERENCES teams ON DELETE CASCADE, boss INTEGER REFERENCES users, age INT CHECK (age >= 18 AND age < 120),
            score REAL NOT NULL CHECK (score > -5), twice INT AS (age * 2), born DATE NOT NULL, data JSON CHECK (json_valid(data)), raw BLOB);
         CREATE TABLE pairs (a INTEGER REFERENCES users, b TEXT REFERENCES teams (code), PRIMARY KEY (a, b));
         CREATE TABLE marks (a INTEGER, b TEXT, n INT NOT NULL, FOREIGN KEY (a, b) REFERENCES pairs (a, b), UNIQUE (a));",
    )
    .await
    .unwrap();
    let realm = inspect(&mut db).await;
    let seeds = dialect.seed(&realm, &[realm.table("main", "marks").unwrap()]);
    assert_eq!(
        seeds.iter().map(|seed| seed.table.as_str()).collect::<Vec<_>>(),
        ["teams", "users", "pairs", "marks"]
    );
    for sql in seeds.iter().flat_map(|seed| &seed.inserts) {
        run(&mut db, sql).await.unwrap();
    }
    let nulls = query(&mut db, "SELECT count(*), count(age), count(DISTINCT age) FROM users").await.unwrap();
    assert_eq!(nulls, [["3", "2", "1"].map(|count| Some(count.to_owned()))], "one NULL, one repeat");
}

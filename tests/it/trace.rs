//! What new statements did, as the dev database saw it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{path::PathBuf, time::Duration};

use plinth::{
    change::{Change, TableChange},
    devdb::{self, BaseFile, DevDb, Spec},
    dialect::DialectId,
    error::{Kind, Result},
    finding::Evidence,
    lint::ReviewedFile,
    sql,
    step::{Outcome, Seeded, Step},
    text::Source,
    trace::{self, Depth, Traced},
};

const BASE: &str = "CREATE TABLE users (id integer PRIMARY KEY, name text);\n\
    CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);\n\
    CREATE INDEX by_user ON orders (user_id);\n";

async fn dev(lifetime: Duration) -> DevDb {
    let executable = PathBuf::from(env!("CARGO_BIN_EXE_plinth"));
    devdb::start(Spec { dialect: DialectId::Sqlite, url: None, executable, lifetime }).await.unwrap()
}

fn base(text: &str) -> Vec<BaseFile> {
    let source = Source::new("migrations/1.sql", text);
    let statements = sql::split(text, DialectId::Sqlite.ops().syntax(), None).unwrap();
    vec![BaseFile {
        statements: statements.iter().map(|statement| statement.span).collect(),
        source,
        alone: false,
    }]
}

fn new(version: &str, text: &str) -> ReviewedFile {
    let dialect = DialectId::Sqlite.ops();
    let source = Source::new(format!("migrations/{version}.sql"), text);
    let step = |statement: sql::Statement| Step {
        facts: dialect.classify(source.slice(statement.span)),
        span: statement.span,
        comments: statement.comments,
        nolints: Vec::new(),
        changes: Vec::new(),
        evidence: Evidence::Syntax,
        outcome: Outcome::NotRun,
        seeded: Seeded::NotTried,
        folded: Vec::new(),
    };
    let steps = sql::split(text, dialect.syntax(), None).unwrap().into_iter().map(step).collect();
    ReviewedFile {
        source,
        version: version.into(),
        mode: plinth::migrations::TxMode::File,
        checks: Vec::new(),
        is_revert: false,
        behind: None,
        nolints: Vec::new(),
        checkpoint: None,
        strays: Vec::new(),
        steps,
    }
}

async fn traced(existing: &str, files: &[&str], depth: Depth) -> Result<Traced> {
    let files = files.iter().enumerate().map(|(at, text)| new(&(at + 2).to_string(), text)).collect();
    let mut dev = dev(devdb::LIFETIME).await;
    trace::trace(DialectId::Sqlite.ops(), &mut dev, &base(existing), files, depth).await
}

fn steps(traced: &Traced) -> Vec<&Step> {
    traced.files.iter().flat_map(|file| &file.steps).collect()
}

#[tokio::test]
async fn each_statement_has_its_own_change() {
    let traced = traced(
        BASE,
        &[
            "ALTER TABLE Users ADD COLUMN email text;\nINSERT INTO users (id) VALUES (1);\nDROP INDEX by_user;\n",
            "CREATE TABLE carts (id integer);\nDROP TABLE orders;\n",
        ],
        Depth::State,
    )
    .await
    .unwrap();
    let steps = steps(&traced);
    assert!(steps.iter().all(|step| step.outcome == Outcome::Ran && step.evidence == Evidence::State));
    let [Change::ModifyTable { to, changes, .. }] = steps[0].changes.as_slice() else {
        panic!("{:?}", steps[0])
    };
    assert_eq!((to.name.as_str(), changes.len()), ("users", 1));
    assert!(matches!(&changes[0], TableChange::AddColumn(column) if column.name == "email"));
    assert!(steps[1].changes.is_empty());
    let [Change::ModifyTable { changes, .. }] = steps[2].changes.as_slice() else { panic!("{:?}", steps[2]) };
    assert!(matches!(&changes[0], TableChange::DropIndex(index) if index.name == "by_user"));
    assert!(matches!(steps[3].changes.as_slice(), [Change::AddTable(table)] if table.name == "carts"));
    assert!(matches!(steps[4].changes.as_slice(), [Change::DropTable(table)] if table.name == "orders"));

    let names =
        |realm: &plinth::schema::Realm| realm.tables().map(|table| table.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&traced.before), ["orders", "users"]);
    assert_eq!(names(&traced.after), ["carts", "users"]);
    assert!(traced.before.table("main", "users").unwrap().column("email").is_none());
    assert!(traced.after.table("main", "users").unwrap().column("email").is_some());
}

#[tokio::test]
async fn a_statement_that_fails_is_an_outcome_and_ends_the_run() {
    let files = [
        "CREATE TABLE a (x);\nINSERT INTO nowhere VALUES (1);\nCREATE TABLE b (x);\n",
        "CREATE TABLE c (x);\n",
    ];
    let traced = traced(BASE, &files, Depth::Observed).await.unwrap();
    let outcomes: Vec<_> = steps(&traced).iter().map(|step| step.outcome.clone()).collect();
    let failed = Outcome::Failed("no such table: nowhere".into());
    assert_eq!(outcomes, [Outcome::Ran, failed, Outcome::NotRun, Outcome::NotRun]);
}

#[tokio::test]
async fn what_cannot_stand_in_a_migration_is_not_run() {
    for statement in ["COMMIT;", "VACUUM;", "ATTACH 'x' AS y;"] {
        let traced = traced(BASE, &[statement, "CREATE TABLE c (x);\n"], Depth::Observed).await.unwrap();
        let steps = steps(&traced);
        assert!(matches!(steps[0].outcome, Outcome::Failed(_)), "{statement}: {:?}", steps[0].outcome);
        assert_eq!(steps[1].outcome, Outcome::NotRun);
    }
}

#[tokio::test]
async fn a_base_that_fails_is_an_error_with_its_place() {
    let broken = "CREATE TABLE a (x);\nVACUUM;\n\nDROP TABLE b;\n";
    let error = traced(broken, &["SELECT 1;"], Depth::State).await.unwrap_err();
    assert_eq!(error.message(), "migrations/1.sql:4: the statement fails on the dev database");
    assert_eq!((error.kind(), error.causes()), (Kind::Usage, vec!["no such table: b".to_owned()]));
    let snippet = error.snippet().unwrap();
    assert_eq!(snippet.source.slice(snippet.span), "DROP TABLE b;");
}

#[tokio::test]
async fn what_fails_only_on_rows_is_seen() {
    let file = "CREATE TABLE fresh (a integer);\n\
        CREATE UNIQUE INDEX one_name ON users (name IS NULL);\n\
        CREATE INDEX more ON orders (id);\n";
    let traced = traced(BASE, &[file], Depth::Observed).await.unwrap();
    let steps = steps(&traced);
    assert!(steps.iter().all(|step| step.outcome == Outcome::Ran));
    assert_eq!(steps[0].seeded, Seeded::NotTried);
    let Seeded::Failed { message, tables } = &steps[1].seeded else { panic!("{:?}", steps[1].seeded) };
    assert!(message.starts_with("UNIQUE constraint failed"), "{message}");
    assert_eq!(tables, &["users"]);
    assert_eq!(steps[2].seeded, Seeded::NotTried);
}

#[tokio::test]
async fn rows_that_go_along_with_others_are_seen() {
    let triggered = format!(
        "{BASE}CREATE TABLE log (id integer);\n\
         CREATE TRIGGER t AFTER DELETE ON orders BEGIN DELETE FROM log; END;\n\
         CREATE VIEW v AS SELECT o.id FROM orders o, log l;\n"
    );
    let file = "UPDATE log SET id = id;\nDELETE FROM orders;\nSELECT * FROM log;\n";
    let traced = traced(&triggered, &[file], Depth::Observed).await.unwrap();
    let steps = steps(&traced);
    assert_eq!(steps[0].seeded, Seeded::Passed);
    let Seeded::LostRows { table, before, after } = &steps[1].seeded else { panic!("{:?}", steps[1].seeded) };
    assert!(table == "log" && before > after, "{table} {before} {after}");
}

#[tokio::test]
async fn rows_that_refer_to_nothing_at_the_end_are_the_fault_of_what_took_them() {
    let file = "DELETE FROM users;\nCREATE TABLE fresh (a);\n";
    let traced = traced(BASE, &[file, "DELETE FROM orders;"], Depth::Observed).await.unwrap();
    let steps = steps(&traced);
    let Seeded::Failed { message, .. } = &steps[0].seeded else { panic!("{:?}", steps[0].seeded) };
    assert!(message.contains("`orders` without their row in `users`"), "{message}");
    assert_eq!((&steps[2].outcome, &steps[2].seeded), (&Outcome::Ran, &Seeded::NotTried));
}

#[tokio::test]
async fn what_the_end_of_a_file_finds_is_the_fault_of_the_statement_that_it_is_about() {
    for (file, at, message) in [
        (
            "CREATE TABLE a (x);\nCREATE TABLE Lines (o REFERENCES orders (user_id));\nINSERT INTO a VALUES (1);\n",
            1,
            "foreign key mismatch - \"Lines\" referencing \"orders\"",
        ),
        (
            "INSERT INTO orders (user_id) VALUES (7);\nCREATE TABLE a (x);\n",
            0,
            "FOREIGN KEY constraint failed: rows are left over: 1 in `orders` without their row in `users`",
        ),
        (
            "CREATE TRIGGER t AFTER INSERT ON log BEGIN INSERT INTO orders (user_id) VALUES (7); END;\nINSERT INTO log VALUES (1);\n",
            1,
            "at the end of the file: FOREIGN KEY constraint failed: rows are left over: 1 in `orders` without their row in `users`",
        ),
    ] {
        let base = format!("{BASE}CREATE TABLE log (x);\n");
        let traced = traced(&base, &[file, "CREATE TABLE b (x);"], Depth::Observed).await.unwrap();
        let failed: Vec<_> = steps(&traced)
            .iter()
            .enumerate()
            .filter_map(|(at, step)| match &step.outcome {
                Outcome::Failed(message) => Some((at, message.clone())),
                _ => None,
            })
            .collect();
        assert_eq!(failed, [(at, message.to_owned())], "{file}");
        assert_eq!(steps(&traced).last().unwrap().outcome, Outcome::NotRun);
    }
}

#[tokio::test]
async fn a_new_statement_without_end_is_its_own_failure() {
    let endless =
        "CREATE TABLE a AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) FROM n;";
    let mut dev = dev(Duration::from_secs(1)).await;
    let dialect = DialectId::Sqlite.ops();
    let traced =
        trace::trace(dialect, &mut dev, &base(BASE), vec![new("2", endless)], Depth::Observed).await.unwrap();
    let Outcome::Failed(message) = &steps(&traced)[0].outcome else { panic!("ran") };
    assert!(message.contains("ran longer than 1 s"), "{message}");
}

#[tokio::test]
async fn many_statements_that_change_no_definition_travel_together() {
    let text = "INSERT INTO users (name) VALUES ('x');\n".repeat(20_000);
    let traced = traced(BASE, &[&text, "DROP TABLE orders;"], Depth::State).await.unwrap();
    assert!(steps(&traced).iter().all(|step| step.outcome == Outcome::Ran));
}

//! Every diff case on a real database: the plan leads from one state to the other, and back.
//!
//! A case is a folder `tests/cases/diff/<case>/sqlite` with `from.sql`, `to.sql` and the golden
//! `plan.sql`, which `UPDATE=1` rewrites. The first line of `from.sql` may say `-- rows: none` (the
//! change is only possible on empty tables) or `-- rows: forward` (only its way back is).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{fs, path::Path};

use plinth::{
    change::{Change, TableChange},
    dialect::{DialectId, Scope},
    diff::diff,
    plan::Plan,
    schema::{Realm, Table},
};
use sqlx::{
    AssertSqlSafe, Connection, Row, SqliteConnection, TypeInfo, ValueRef, sqlite::SqliteConnectOptions,
};

pub(crate) type Outcome<T = ()> = Result<T, String>;

/// How whoever applies a plan runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Each statement by itself, with foreign keys on before and after.
    Alone,
    /// All in one transaction, with foreign keys off around it and checked at its end.
    Transaction,
}

#[tokio::test]
async fn plans_lead_from_one_state_to_the_other_and_back() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/diff");
    let mut cases: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 40, "the cases are there");
    let mut failures = Vec::new();
    for case in cases {
        for mode in [Mode::Alone, Mode::Transaction] {
            if let Err(failure) = check(&case.join("sqlite"), mode).await {
                let name = case.file_name().unwrap().to_string_lossy();
                failures.push(format!("── {name} ({mode:?})\n{failure}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} failed\n{}", failures.len(), failures.join("\n\n"));
}

async fn check(case: &Path, mode: Mode) -> Outcome {
    let dialect = DialectId::Sqlite.ops();
    let from_sql = fs::read_to_string(case.join("from.sql")).unwrap();
    let to_sql = fs::read_to_string(case.join("to.sql")).unwrap();
    let (seeded, cleared) = match from_sql.lines().next() {
        Some("-- rows: none") => (false, false),
        Some("-- rows: forward") => (true, true),
        _ => (true, false),
    };
    let mut db = loaded("from.sql", &from_sql).await?;
    let from = inspect(&mut db).await;
    let to = inspect(&mut loaded("to.sql", &to_sql).await?).await;
    for realm in [&from, &to] {
        let mut copy = loaded("print", &dialect.print(realm).join(";\n")).await?;
        equal("what print makes", &inspect(&mut copy).await, realm)?;
    }
    let changes = diff(dialect, &from, &to);
    let plan = dialect.plan(&from, &to, &changes).map_err(|error| format!("{error:?}"))?;
    golden(&case.join("plan.sql"), &text(&plan))?;
    if seeded {
        let tables: Vec<&Table> = from.tables().collect();
        for sql in dialect.seed(&from, &tables).into_iter().flat_map(|seed| seed.inserts) {
            run(&mut db, &sql).await?;
        }
    }
    let kept = kept_columns(&from, &changes);
    let before = rows(&mut db, kept.iter().map(|kept| &kept.0)).await?;
    let forward: Vec<&str> = plan.statements.iter().map(|statement| statement.sql.as_str()).collect();
    apply(&mut db, &forward, mode).await?;
    let planned = inspect(&mut db).await;
    equal("the state after the plan", &planned, &to)?;
    let left = rows(&mut db, kept.iter().map(|kept| &kept.1)).await?;
    if before != left {
        return Err(format!("rows changed\nbefore: {before:#?}\nafter: {left:#?}"));
    }
    if cleared {
        run(&mut db, "PRAGMA foreign_keys = off").await?;
        for table in planned.tables() {
            run(&mut db, &format!("DELETE FROM {}", dialect.quote(&table.name))).await?;
        }
    }
    let backward: Vec<&str> = plan.reverse().collect();
    apply(&mut db, &backward, mode).await?;
    equal("the state after the way back", &inspect(&mut db).await, &from)
}

pub(crate) async fn memory() -> SqliteConnection {
    let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn loaded(what: &str, sql: &str) -> Outcome<SqliteConnection> {
    let mut db = memory().await;
    run(&mut db, sql).await.map_err(|failure| format!("{what}: {failure}"))?;
    Ok(db)
}

pub(crate) async fn run(db: &mut SqliteConnection, sql: &str) -> Outcome {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(db).await;
    done.map(|_| ()).map_err(|error| format!("{error}\n{sql}"))
}

async fn apply(db: &mut SqliteConnection, statements: &[&str], mode: Mode) -> Outcome {
    let in_transaction = mode == Mode::Transaction;
    run(
        db,
        if in_transaction {
            "PRAGMA foreign_keys = off; BEGIN IMMEDIATE"
        } else {
            "PRAGMA foreign_keys = on"
        },
    )
    .await?;
    for sql in statements {
        run(db, sql).await?;
    }
    let broken = query(db, "PRAGMA foreign_key_check").await?;
    if !broken.is_empty() {
        return Err(format!("foreign keys are broken: {broken:?}"));
    }
    run(db, if in_transaction { "COMMIT; PRAGMA foreign_keys = on" } else { "" }).await
}

pub(crate) async fn query(db: &mut SqliteConnection, sql: &str) -> Outcome<Vec<Vec<Option<String>>>> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(db).await;
    let rows = rows.map_err(|error| format!("{error}\n{sql}"))?;
    Ok(rows.iter().map(|row| (0..row.len()).map(|at| value(row, at)).collect()).collect())
}

fn value(row: &sqlx::sqlite::SqliteRow, at: usize) -> Option<String> {
    let raw = row.try_get_raw(at).unwrap();
    match raw.type_info().name() {
        _ if raw.is_null() => None,
        "INTEGER" => Some(row.get::<i64, _>(at).to_string()),
        "REAL" => Some(row.get::<f64, _>(at).to_string()),
        _ => Some(row.get_unchecked::<String, _>(at)),
    }
}

pub(crate) async fn inspect(db: &mut SqliteConnection) -> Realm {
    inspect_scope(db, Scope::All).await
}

pub(crate) async fn inspect_scope(db: &mut SqliteConnection, scope: Scope<'_>) -> Realm {
    let dialect = DialectId::Sqlite.ops();
    let mut rows = Vec::new();
    for part in dialect.catalog(scope) {
        rows.push(query(db, &part.sql).await.unwrap());
    }
    dialect.read_catalog(&rows).unwrap()
}

/// Equal but for the order of columns, and for what the dialect takes for the same definition.
fn equal(what: &str, is: &Realm, should: &Realm) -> Outcome {
    let dialect = DialectId::Sqlite.ops();
    let changes = diff(dialect, is, should);
    if !changes.is_empty() {
        return Err(format!("{what} differs: {changes:#?}"));
    }
    let (is, should) = (comparable(is), comparable(should));
    if is == should { Ok(()) } else { Err(format!("{what} is\n{is:#?}\nand should be\n{should:#?}")) }
}

fn comparable(realm: &Realm) -> Realm {
    let mut realm = realm.clone();
    for schema in realm.schemas.values_mut() {
        schema.unmanaged.clear();
        for table in schema.tables.values_mut() {
            table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        }
        schema.views.values_mut().for_each(|view| view.definition.clear());
        schema.triggers.values_mut().for_each(|trigger| trigger.definition.clear());
    }
    realm
}

fn text(plan: &Plan) -> String {
    plan.statements.iter().fold(String::new(), |text, statement| {
        text + "-- " + &statement.comment + "\n" + &statement.sql + ";\n"
    })
}

#[expect(clippy::disallowed_methods, reason = "a test asks whether to rewrite its golden files")]
fn golden(path: &Path, text: &str) -> Outcome {
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        fs::write(path, text).unwrap();
    }
    let golden = fs::read_to_string(path).unwrap_or_default();
    if golden == text { Ok(()) } else { Err(format!("plan.sql is\n{golden}\nand the plan is\n{text}")) }
}

/// A table and those of its columns that a change leaves alone, as a query of their rows.
type Kept = (String, String);

fn kept_columns(from: &Realm, changes: &[Change]) -> Vec<Kept> {
    let dialect = DialectId::Sqlite.ops();
    let sql = |table: &str, columns: &[String]| {
        let columns: Vec<_> = columns.iter().map(|name| format!("quote({})", dialect.quote(name))).collect();
        let order: Vec<_> = (1..=columns.len()).map(|at| at.to_string()).collect();
        format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), dialect.quote(table), order.join(", "))
    };
    let mut kept = Vec::new();
    for table in from.tables() {
        if changes.iter().any(|change| matches!(change, Change::DropTable(gone) if gone.name == table.name)) {
            continue;
        }
        let name = changes.iter().find_map(|change| match change {
            Change::RenameTable { from, to } if from.name == table.name => Some(to.name.clone()),
            _ => None,
        });
        let name = name.unwrap_or_else(|| table.name.clone());
        let parts = changes.iter().find_map(|change| match change {
            Change::ModifyTable { from, changes, .. } if from.name == name => Some(changes.as_slice()),
            _ => None,
        });
        let after = |column: &str| {
            parts.unwrap_or_default().iter().try_fold(column.to_owned(), |name, part| match part {
                TableChange::DropColumn(gone) if gone.name == name => None,
                TableChange::ModifyColumn { from, .. } if from.name == name => None,
                TableChange::RenameColumn { from, to } if from.name == name => Some(to.name.clone()),
                _ => Some(name),
            })
        };
        let (old, new): (Vec<_>, Vec<_>) = table
            .columns
            .iter()
            .filter_map(|column| Some((column.name.clone(), after(&column.name)?)))
            .unzip();
        if old.is_empty() {
            kept.push((
                format!("SELECT count(*) FROM {}", dialect.quote(&table.name)),
                format!("SELECT count(*) FROM {}", dialect.quote(&name)),
            ));
        } else {
            kept.push((sql(&table.name, &old), sql(&name, &new)));
        }
    }
    kept
}

async fn rows(
    db: &mut SqliteConnection,
    queries: impl Iterator<Item = &String>,
) -> Outcome<Vec<Vec<Vec<Option<String>>>>> {
    let mut all = Vec::new();
    for sql in queries {
        all.push(query(db, sql).await?);
    }
    Ok(all)
}

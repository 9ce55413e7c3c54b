//! The dev database contains what hostile SQL tries, and says so.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{path::PathBuf, time::Duration};

use plinth::{
    db::{self, DbError, Reply, Request, Session},
    devdb::{self, DevDb, Spec},
    dialect::DialectId,
    error::Kind,
    secret::Secret,
};

fn spec(lifetime: Duration) -> Spec {
    Spec {
        dialect: DialectId::Sqlite,
        url: None,
        executable: PathBuf::from(env!("CARGO_BIN_EXE_plinth")),
        lifetime,
    }
}

async fn start() -> DevDb {
    devdb::start(spec(devdb::LIFETIME)).await.unwrap()
}

async fn database() -> Box<dyn Session> {
    start().await.database().await.unwrap()
}

async fn refused(session: &mut dyn Session, sql: &str) -> DbError {
    match db::execute(session, sql).await {
        Ok(()) => panic!("not refused: {}", &sql[..sql.len().min(200)]),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_database_is_empty_and_new_each_time() {
    let mut dev = start().await;
    assert!(dev.title.starts_with("in-memory SQLite 3."), "{}", dev.title);
    let mut first = dev.database().await.unwrap();
    db::execute(first.as_mut(), "CREATE TABLE t (a, b)").await.unwrap();
    db::execute(first.as_mut(), "INSERT INTO t VALUES (1, NULL), (2.5, x'0aff'), ('é', '')").await.unwrap();
    let rows = db::query(first.as_mut(), "SELECT a, b FROM t").await.unwrap();
    let text = |value: &str| Some(value.to_owned());
    assert_eq!(rows, [vec![text("1"), None], vec![text("2.5"), text("X'0AFF'")], vec![text("é"), text("")],]);
    let mut second = dev.database().await.unwrap();
    assert!(db::query(second.as_mut(), "SELECT * FROM sqlite_schema").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_batch_stops_at_the_first_failure_and_says_where() {
    let mut session = database().await;
    let batch =
        ["CREATE TABLE t (a UNIQUE)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)", "DROP TABLE t"];
    let error = session.call(Request::Batch(batch.map(str::to_owned).to_vec())).await.unwrap_err();
    assert_eq!((error.statement, error.code.as_deref()), (2, Some("2067")));
    assert_eq!(error.message, "UNIQUE constraint failed: t.a");
    assert_eq!(
        db::query(session.as_mut(), "SELECT count(*) FROM t").await.unwrap(),
        [[Some("1".to_owned())]]
    );
}

#[tokio::test]
async fn what_reaches_outside_is_refused_by_name_and_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    // Open to all users, so that it is not the folder's permissions that refuse.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let file = folder.path().join("out.db").to_string_lossy().into_owned();
    let mut session = database().await;
    db::execute(session.as_mut(), "CREATE TABLE t (a)").await.unwrap();
    db::execute(session.as_mut(), "CREATE TABLE hidden (a DEFAULT (load_extension('x')))").await.unwrap();
    for (sql, words) in [
        (format!("ATTACH '{file}' AS other"), "no ATTACH"),
        ("ATTACH ':memory:' AS other".into(), "no ATTACH"),
        ("DETACH main".into(), "DETACH"),
        (format!("VACUUM INTO '{file}'"), "VACUUM"),
        (format!("SELECT load_extension('{file}')"), "no `load_extension`"),
        ("INSERT INTO hidden DEFAULT VALUES".into(), "load_extension"),
        ("SELECT fts3_tokenizer('x', x'00')".into(), "no `fts3_tokenizer`"),
        (format!("SELECT writefile('{file}', 'x')"), "no such function"),
        ("SELECT readfile('/etc/passwd')".into(), "no such function"),
        (format!("CREATE VIRTUAL TABLE v USING csv(filename='{file}')"), "no such module"),
        ("PRAGMA writable_schema = ON".into(), "no `PRAGMA writable_schema`"),
        ("PRAGMA main.Writable_Schema(1)".into(), "no `PRAGMA writable_schema`"),
        (format!("PRAGMA temp_store_directory = '{}'", folder.path().display()), "temp_store_directory"),
        (format!("PRAGMA data_store_directory = '{}'", folder.path().display()), "data_store_directory"),
        ("PRAGMA hard_heap_limit = 0".into(), "no `PRAGMA hard_heap_limit`"),
        ("PRAGMA schema_version = 7".into(), "no `PRAGMA schema_version`"),
        ("SELECT * FROM pragma_writable_schema(1)".into(), "too many arguments"),
        ("UPDATE sqlite_schema SET sql = 'x'".into(), "may not be modified"),
    ] {
        let error = refused(session.as_mut(), &sql).await;
        assert!(error.message.contains(words), "{sql}: {}", error.message);
        assert!(!error.lost, "{sql}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    // Nothing of it harmed the database.
    db::execute(session.as_mut(), "INSERT INTO t VALUES (1)").await.unwrap();
}

#[tokio::test]
async fn settings_of_storage_do_nothing_and_fail_nothing() {
    let mut session = database().await;
    for sql in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA temp_store = 1",
        "PRAGMA synchronous = OFF",
        "PRAGMA no_such = 1",
    ] {
        db::execute(session.as_mut(), sql).await.unwrap();
    }
    db::execute(session.as_mut(), "PRAGMA foreign_keys = off").await.unwrap();
    assert_eq!(db::query(session.as_mut(), "PRAGMA foreign_keys").await.unwrap(), [[Some("0".to_owned())]]);
    assert_eq!(db::query(session.as_mut(), "PRAGMA schema_version").await.unwrap().len(), 1);
}

#[tokio::test]
async fn virtual_tables_and_the_triggers_that_fill_them_work() {
    let mut session = database().await;
    for sql in [
        "CREATE TABLE notes (id integer PRIMARY KEY, text text, x real, y real)",
        "CREATE VIRTUAL TABLE search USING fts5(text, content='notes', content_rowid='id')",
        "CREATE VIRTUAL TABLE old USING fts4(text)",
        "CREATE VIRTUAL TABLE places USING rtree(id, x0, x1, y0, y1)",
        "CREATE TRIGGER fill AFTER INSERT ON notes BEGIN \
         INSERT INTO search (rowid, text) VALUES (new.id, new.text); \
         INSERT INTO old (rowid, text) VALUES (new.id, new.text); \
         INSERT INTO places VALUES (new.id, new.x, new.x, new.y, new.y); END",
        "INSERT INTO notes VALUES (1, 'hello world', 1, 2)",
        "ALTER TABLE notes RENAME COLUMN x TO longitude",
        "CREATE VIEW words AS SELECT json_extract(text, '$.a') FROM notes, json_each('[1]')",
    ] {
        db::execute(session.as_mut(), sql).await.unwrap();
    }
    let found =
        "SELECT (SELECT count(*) FROM search('hello')) + (SELECT count(*) FROM old WHERE text MATCH 'world')";
    assert_eq!(db::query(session.as_mut(), found).await.unwrap(), [[Some("2".to_owned())]]);
}

#[tokio::test]
async fn a_statement_without_end_is_killed_with_its_process() {
    let mut dev = devdb::start(spec(Duration::from_secs(1))).await.unwrap();
    let mut session = dev.database().await.unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    let error = refused(session.as_mut(), endless).await;
    assert!(error.lost && error.message.contains("ran longer than 1 s"), "{error}");
    let after = refused(session.as_mut(), "SELECT 1").await;
    assert_eq!(after, error);
}

#[tokio::test]
async fn a_flood_of_memory_ends_in_an_error() {
    for flood in [
        "SELECT length(randomblob(1000000000))",
        "SELECT length(hex(zeroblob(60000000)))",
        "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) \
         SELECT zeroblob(1000000) AS b FROM n",
        "CREATE TABLE t AS WITH RECURSIVE s(x) AS (SELECT 'ab' UNION ALL SELECT x || x FROM s) SELECT x FROM s",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000) \
         SELECT i, zeroblob(10000) AS b FROM n ORDER BY b, -i",
    ] {
        let mut session = database().await;
        let error = refused(session.as_mut(), flood).await;
        let words = ["too big", "out of memory", "used more memory"];
        assert!(words.iter().any(|words| error.message.contains(words)), "{flood}: {error}");
    }
}

#[tokio::test]
async fn long_and_deep_statements_are_run_or_refused_but_never_crash() {
    let mut session = database().await;
    let long = format!("SELECT length('{}')", "x".repeat(10 << 20));
    assert_eq!(db::query(session.as_mut(), &*long).await.unwrap(), [[Some((10 << 20).to_string())]]);
    let huge = format!("SELECT length('{}')", "x".repeat(40 << 20));
    assert!(refused(session.as_mut(), &huge).await.message.contains("too"), "40 MiB");
    let deep = format!("SELECT 1{}", " + 1".repeat(100_000));
    assert!(refused(session.as_mut(), &deep).await.message.contains("maximum depth"));
    db::execute(session.as_mut(), "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn long_histories_replay_in_one_request() {
    let mut session = database().await;
    let statements: Vec<String> = (0..5_000)
        .map(|at| match at % 5 {
            0 => format!("CREATE TABLE t{at} (id integer PRIMARY KEY, name text NOT NULL)"),
            1 => format!("CREATE INDEX i{at} ON t{} (name)", at - 1),
            2 => format!("ALTER TABLE t{} ADD COLUMN more integer NOT NULL DEFAULT 0", at - 2),
            3 => format!("INSERT INTO t{} (name) VALUES ('x')", at - 3),
            _ => format!("DROP TABLE t{}", at - 4),
        })
        .collect();
    let reply = session.call(Request::Batch(statements)).await.unwrap();
    assert!(matches!(reply, Reply::Done { .. }));
}

#[tokio::test]
async fn the_dev_url_is_never_the_database_that_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let url = format!("sqlite://{}", path.display());
    let with = |url: &str| Spec { url: Some(Secret::new(url)), ..spec(devdb::LIFETIME) };

    for url in ["sqlite://dev?mode=memory", "sqlite://:memory:", url.as_str()] {
        let mut dev = devdb::start(with(url)).await.unwrap();
        let mut session = dev.database().await.unwrap();
        db::execute(session.as_mut(), "CREATE TABLE t (a)").await.unwrap();
    }
    assert!(!path.exists());

    let mut target = db::connect(&Secret::new(&*url), db::Access::Write).await.unwrap();
    db::execute(target.session.as_mut(), "CREATE TABLE users (a)").await.unwrap();
    drop(target);
    let error = devdb::start(with(&url)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Refused);
    assert!(error.message().ends_with("is not clean: found table users"), "{error}");

    for (url, words) in [
        ("postgres://u:secret@h/db", "`postgres` are not supported"),
        ("docker://postgres/17", "`docker` are not supported yet"),
        ("nonsense", "does not begin with a scheme"),
    ] {
        let error = devdb::start(with(url)).await.unwrap_err();
        assert!(
            error.message().contains(words) && !format!("{error:?}").contains("secret"),
            "{url}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_program_that_is_no_dev_database_is_reported() {
    let spec = Spec { executable: PathBuf::from("/bin/true"), ..spec(devdb::LIFETIME) };
    let mut dev = devdb::start(spec).await.unwrap();
    let Err(error) = dev.database().await else { panic!("started") };
    assert_eq!(error.kind(), Kind::Outside);
}

//! Applying files to SQLite databases in files, and what is left behind when it fails.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{path::Path, sync::atomic::AtomicI64, sync::atomic::Ordering, time::Duration};

use jiff::Timestamp;
use plinth::{
    db::{
        self, Access, Applied, File, Files, FirstRun, Lock, Options, Recorded, Run, Target, Todo,
        Undertaking, Waiting,
    },
    dialect::DialectId,
    error::{Kind, Result},
    migrations::{Role, formats::Atlas},
    secret::Secret,
    text::{Source, Span},
    trust::Trust,
};

/// A database file in a folder of its own.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn url(&self) -> Secret {
        Secret::new(format!("sqlite://{}/app.db?_fk=1&_busy_timeout=1", self.folder.path().display()))
    }

    async fn target(&self) -> Target {
        db::connect(&self.url(), Access::Write).await.unwrap()
    }

    async fn query(&self, sql: &str) -> Vec<Vec<String>> {
        let mut target = self.target().await;
        let rows = db::query(target.session.as_mut(), sql).await.unwrap();
        target.session.close().await;
        rows.into_iter()
            .map(|row| row.into_iter().map(|cell| cell.unwrap_or("NULL".into())).collect())
            .collect()
    }

    async fn run(&self, files: &[File]) -> Result<Applied> {
        self.run_with(files, Options::default()).await
    }

    async fn run_with(&self, files: &[File], options: Options<'_>) -> Result<Applied> {
        let mut target = self.target().await;
        let server = db::server(target.dialect);
        let recorded = Recorded::read(target.session.as_mut(), server).await.unwrap();
        let todo = db::pending(of_atlas(files), &recorded, &options)?;
        apply(&mut target, &todo).await
    }
}

fn of_atlas(files: &[File]) -> Files<'_> {
    Files { format: &Atlas, files }
}

async fn apply(target: &mut Target, todo: &Todo<'_>) -> Result<Applied> {
    let seconds = AtomicI64::new(1_700_000_000);
    let clock = || Timestamp::from_second(seconds.fetch_add(1, Ordering::Relaxed)).unwrap();
    let undertaking = Undertaking {
        plan: Some("sha256:00".into()),
        pull_request: Some(7),
        actor: Some("o'neil".into()),
        trust: Trust::Trusted,
        operator: "Plinth test".into(),
    };
    let run = Run {
        server: db::server(target.dialect),
        dialect: target.dialect.ops(),
        name: &target.name.clone(),
        clock: &clock,
        undertaking: &undertaking,
    };
    db::apply(target.session.as_mut(), todo, run, &mut |_| {}).await
}

/// A file with one statement a line.
fn file(version: &str, text: &str) -> File {
    let mut statements = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        statements.push(Span::new(start, start + line.trim_end().len()));
        start += line.len();
    }
    File {
        version: version.into(),
        description: "it".into(),
        role: Role::Versioned,
        source: Source::new(format!("migrations/{version}_it.sql"), text),
        statements,
        mode: None,
        guards: Vec::new(),
        digest: text.to_owned(),
        down: None,
        hash: format!("h1:hash-of-{version}="),
    }
}

const USERS: &str = "CREATE TABLE users (id integer PRIMARY KEY);\n\
    CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);\n\
    INSERT INTO users VALUES (1), (2);\n\
    INSERT INTO orders VALUES (10, 1), (20, 2);\n";

#[tokio::test]
async fn files_run_in_order_and_are_written_down() {
    let bench = Bench::new();
    let files = [file("1", USERS), file("2", "ALTER TABLE users ADD COLUMN name text;\n")];
    let applied = bench.run(&files).await.unwrap();
    assert!(applied.failure.is_none());
    assert_eq!((applied.log.from, applied.log.to.as_deref(), applied.log.pending), (None, Some("2"), 2));
    assert_eq!(applied.log.files[0].statements.len(), 4);
    assert_eq!(
        bench.query("SELECT * FROM atlas_schema_revisions").await,
        [
            [
                "1",
                "it",
                "2",
                "4",
                "4",
                "2023-11-14 22:13:21+00:00",
                "9000000000",
                "",
                "",
                "hash-of-1=",
                "X'6E756C6C'",
                "Plinth test"
            ],
            [
                "2",
                "it",
                "2",
                "1",
                "1",
                "2023-11-14 22:13:32+00:00",
                "3000000000",
                "",
                "",
                "hash-of-2=",
                "X'6E756C6C'",
                "Plinth test"
            ],
        ]
    );
    assert_eq!(
        bench
            .query(
                "SELECT version, path, text, plan, pull_request, actor, trust, statements FROM plinth_history"
            )
            .await[1],
        [
            "2",
            "migrations/2_it.sql",
            "ALTER TABLE users ADD COLUMN name text;\n",
            "sha256:00",
            "7",
            "o'neil",
            "trusted",
            "1"
        ]
    );
    let again = bench.run(&files).await.unwrap();
    assert_eq!(
        (again.log.files.len(), again.log.from.as_deref(), again.log.to.as_deref()),
        (0, Some("2"), Some("2"))
    );
}

#[tokio::test]
async fn a_statement_that_fails_leaves_nothing_of_its_file() {
    let bench = Bench::new();
    let broken = file("1", "CREATE TABLE t (a);\nINSERT INTO nowhere VALUES (1);\nCREATE TABLE u (a);\n");
    let applied = bench.run(&[broken]).await.unwrap();
    let error = applied.failure.unwrap();
    assert_eq!(error.kind(), Kind::Outside);
    assert_eq!(
        error.message(),
        "`migrations/1_it.sql` failed at line 2, column 1: nothing of the file was kept"
    );
    assert_eq!(error.causes(), ["no such table: nowhere"]);
    let snippet = error.snippet().unwrap();
    assert_eq!(snippet.source.slice(snippet.span), "INSERT INTO nowhere VALUES (1);");
    let log = &applied.log.files[0];
    assert_eq!((log.statements.len(), log.total), (1, 3));
    assert_eq!(log.failure.as_ref().unwrap().line, 2);
    assert_eq!(bench.query("SELECT name FROM sqlite_schema").await, Vec::<Vec<String>>::new());
}

#[tokio::test]
async fn after_a_committed_file_a_failure_is_partial_and_the_rest_can_be_taken_up() {
    let bench = Bench::new();
    let applied = bench.run(&[file("1", USERS), file("2", "DROP TABLE nowhere;\n")]).await.unwrap();
    assert_eq!(applied.failure.unwrap().kind(), Kind::Partial);
    assert_eq!((applied.log.to.as_deref(), applied.log.files.len()), (Some("1"), 2));
    let repaired = bench.run(&[file("1", USERS), file("2", "DROP TABLE orders;\n")]).await.unwrap();
    assert!(repaired.failure.is_none());
    assert_eq!(repaired.log.from.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_rebuilt_table_keeps_the_rows_that_refer_to_it() {
    let bench = Bench::new();
    let rebuild = "CREATE TABLE new_users (id integer PRIMARY KEY, name text);\n\
        INSERT INTO new_users (id) SELECT id FROM users;\n\
        DROP TABLE users;\n\
        ALTER TABLE new_users RENAME TO users;\n";
    let applied = bench.run(&[file("1", USERS), file("2", rebuild)]).await.unwrap();
    assert!(applied.failure.is_none(), "{:?}", applied.failure);
    assert_eq!(bench.query("SELECT count(*) FROM orders").await, [["2"]]);
}

#[tokio::test]
async fn rows_that_would_refer_to_nothing_stop_the_file() {
    let bench = Bench::new();
    let applied =
        bench.run(&[file("1", USERS), file("2", "DELETE FROM users WHERE id = 1;\n")]).await.unwrap();
    let error = applied.failure.unwrap();
    let message =
        "FOREIGN KEY constraint failed: rows are left over: 1 in `orders` without their row in `users`";
    assert_eq!(error.causes(), [message]);
    assert_eq!(bench.query("SELECT count(*) FROM users").await, [["2"]]);
}

#[tokio::test]
async fn what_cannot_run_in_one_transaction_is_refused_before_anything_runs() {
    for statement in
        ["BEGIN;", "COMMIT;", "ROLLBACK;", "SAVEPOINT x;", "VACUUM;", "CREATE TABLE v (a); COMMIT; SELECT 1;"]
    {
        let bench = Bench::new();
        let files =
            [file("1", "CREATE TABLE t (a);\n"), file("2", &format!("CREATE TABLE u (a);\n{statement}\n"))];
        let error = bench.run(&files).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(error.message().starts_with("line 2 of `migrations/2_it.sql`"), "{error}");
        assert!(bench.query("SELECT name FROM sqlite_schema").await.is_empty(), "{statement}");
    }
}

#[tokio::test]
async fn a_baseline_is_written_and_only_later_files_run() {
    let bench = Bench::new();
    bench.query("CREATE TABLE users (id)").await;
    let files = [file("1", "CREATE TABLE users (id);\n"), file("2", "CREATE TABLE t (a);\n")];
    assert_eq!(bench.run(&files).await.unwrap_err().kind(), Kind::Refused);
    let options = Options { first_run: FirstRun::Baseline("1"), ..Options::default() };
    let applied = bench.run_with(&files, options).await.unwrap();
    assert!(applied.failure.is_none(), "{:?}", applied.failure);
    let rows = bench.query("SELECT version, type, applied, total FROM atlas_schema_revisions").await;
    assert_eq!(rows, [["1", "1", "0", "0"], ["2", "2", "1", "1"]]);
    assert!(bench.run(&files).await.unwrap().log.files.is_empty());
}

#[tokio::test]
async fn a_dry_run_lists_everything_and_touches_nothing() {
    let files = [file("1", USERS)];
    let todo = db::pending(of_atlas(&files), &Recorded::default(), &Options::default()).unwrap();
    let log = db::dry_run(&todo, DialectId::Sqlite.ops(), "app.db", Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!((log.to.as_deref(), log.files[0].statements.len(), log.pending), (Some("1"), 4, 1));
}

#[tokio::test]
async fn rows_that_atlas_wrote_are_read() {
    let bench = Bench::new();
    bench
        .query(
            "CREATE TABLE `atlas_schema_revisions` (`version` text NOT NULL, `description` text NOT NULL, \
             `type` integer NOT NULL DEFAULT (2), `applied` integer NOT NULL DEFAULT (0), \
             `total` integer NOT NULL DEFAULT (0), `executed_at` datetime NOT NULL, \
             `execution_time` integer NOT NULL, `error` text NULL, `error_stmt` text NULL, \
             `hash` text NOT NULL, `partial_hashes` json NULL, `operator_version` text NOT NULL, \
             PRIMARY KEY (`version`))",
        )
        .await;
    for (version, applied, error, hashes) in
        [("1", 2, "NULL", "x'6e756c6c'"), ("2", 1, "'boom'", "CAST('[\"h1:m5=\"]' AS blob)")]
    {
        bench
            .query(&format!(
                "INSERT INTO atlas_schema_revisions VALUES ('{version}', 'd', 2, {applied}, 2, \
                 '2024-05-01 10:00:00.5+02:00', 12, {error}, NULL, 'hash-of-{version}=', {hashes}, 'Atlas CLI v1.2.3')"
            ))
            .await;
    }
    bench
        .query("INSERT INTO atlas_schema_revisions VALUES ('.atlas_cloud_identifier', 'x', 0, 0, 0, '', 0, '', '', '', NULL, '')")
        .await;
    let mut target = bench.target().await;
    let rows = db::read_all(target.session.as_mut(), db::server(target.dialect)).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].is_partial(), rows[0].partial_hashes.len()), (false, 0));
    assert_eq!(
        (rows[1].is_partial(), rows[1].partial_hashes.as_slice()),
        (true, ["h1:m5=".to_owned()].as_slice())
    );
    assert_eq!(rows[1].operator, "Atlas CLI v1.2.3");

    let files = [file("1", ""), file("2", ""), file("3", "CREATE TABLE t (a);\n")];
    let error = bench.run(&files).await.unwrap_err();
    let words = "`migrations/2_it.sql` got shorter: 1 of its statements ran, and it has 0 by now";
    assert_eq!(error.message(), words);
    bench.query("UPDATE atlas_schema_revisions SET applied = total, error = NULL").await;
    assert!(bench.run(&files).await.unwrap().failure.is_none());
    let kept = bench
        .query("SELECT executed_at, operator_version FROM atlas_schema_revisions WHERE version = '2'")
        .await;
    assert_eq!(kept, [["2024-05-01 10:00:00.5+02:00", "Atlas CLI v1.2.3"]]);
}

#[tokio::test]
async fn a_table_of_an_older_atlas_is_read_as_it_is_and_completed_by_the_next_apply() {
    let bench = Bench::new();
    bench
        .query(
            "CREATE TABLE atlas_schema_revisions (version text NOT NULL PRIMARY KEY, description text NOT NULL, \
             executed_at datetime NOT NULL, execution_time integer NOT NULL, hash text NOT NULL, \
             operator_version text NOT NULL)",
        )
        .await;
    bench
        .query("INSERT INTO atlas_schema_revisions VALUES ('1', 'd', '2022-05-01 10:00:00+00:00', 1, 'hash-of-1=', 'Atlas CLI v0.4.0')")
        .await;
    let mut target = bench.target().await;
    let rows = db::read_all(target.session.as_mut(), db::server(target.dialect)).await.unwrap();
    assert_eq!((rows.len(), rows[0].is_partial(), rows[0].kind), (1, false, db::RevisionType::EXECUTED));
    drop(target);
    let files = [file("1", ""), file("2", "CREATE TABLE t (a);\n")];
    assert!(bench.run(&files).await.unwrap().failure.is_none());
    let rows = bench.query("SELECT version, type, total FROM atlas_schema_revisions").await;
    assert_eq!(rows, [["1", "2", "0"], ["2", "2", "1"]]);
}

#[tokio::test]
async fn of_two_runs_that_saw_the_same_pending_files_one_applies_them() {
    let bench = Bench::new();
    let files = [file("1", "CREATE TABLE t (a);\n")];
    let todo = db::pending(of_atlas(&files), &Recorded::default(), &Options::default()).unwrap();
    let (mut one, mut two) = (bench.target().await, bench.target().await);
    assert!(apply(&mut one, &todo).await.unwrap().failure.is_none());
    let error = apply(&mut two, &todo).await.unwrap().failure.unwrap();
    assert!(error.message().contains("another run applied `migrations/1_it.sql`"), "{error}");
}

#[tokio::test]
async fn a_database_that_stays_locked_is_an_error_after_some_tries() {
    let bench = Bench::new();
    let mut other = bench.target().await;
    db::execute(other.session.as_mut(), "BEGIN IMMEDIATE").await.unwrap();
    let error = bench.run(&[file("1", "CREATE TABLE t (a);\n")]).await.unwrap().failure.unwrap();
    assert!(error.message().ends_with("is locked by another connection"), "{error}");
    assert_eq!(error.kind(), Kind::Outside);
}

#[tokio::test]
async fn the_lock_is_waited_for_named_and_given_back() {
    let bench = Bench::new();
    let target = bench.target().await;
    let locks = tempfile::tempdir().unwrap();
    let clock = || Timestamp::from_second(1_700_000_000).unwrap();
    let waiting = Waiting { folder: locks.path(), timeout: Duration::from_millis(60), clock: &clock };
    let lock = Lock::take(&target, db::EXECUTE_LOCK, &waiting).await.unwrap();
    let path = only_file(locks.path());
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    assert!(name.starts_with("atlas_migrate_execute_"), "{name}");
    assert_eq!(path.extension().unwrap(), "lock");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "+1700000060000000000");

    let error = Lock::take(&target, db::EXECUTE_LOCK, &waiting).await.unwrap_err();
    assert!(error.message().starts_with("another run holds the lock `atlas_migrate_execute`"), "{error}");
    assert!(error.message().ends_with("waited 0.06 s for it"), "{error}");
    drop(lock);
    assert!(!path.exists());

    // Left behind by a Plinth that is dead, by an Atlas that is alive, by an Atlas long ago.
    for (content, free) in
        [("+1700000050000000000", true), ("1700000050000000000", false), ("1690000000000000000", true)]
    {
        std::fs::write(&path, content).unwrap();
        assert_eq!(Lock::take(&target, db::EXECUTE_LOCK, &waiting).await.is_ok(), free, "{content}");
    }
}

fn only_file(folder: &Path) -> std::path::PathBuf {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    files.remove(0)
}

#[tokio::test]
async fn a_connection_that_fails_says_why_and_shows_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(
        path("text.db"),
        "this is certainly not a database, but it is long enough to be read as one ".repeat(20),
    )
    .unwrap();
    for (url, access, words) in [
        (format!("sqlite://{}", path("none.db")), Access::Read, "there is no database at"),
        (format!("sqlite://{}?mode=rw", path("none.db")), Access::Write, "there is no database at"),
        (format!("sqlite://{}?mode=ro", path("text.db")), Access::Write, "has `mode=ro`"),
        (format!("sqlite://{}", path("text.db")), Access::Read, "is not an SQLite database"),
        (format!("sqlite://{}", path("no/such/folder.db")), Access::Write, "cannot be opened"),
        (format!("sqlite://{}", folder.path().display()), Access::Write, "cannot be opened"),
        ("mysql://root:hunter2@db/app".into(), Access::Read, "`mysql` are not supported"),
        ("root:hunter2@db/app".into(), Access::Read, "not supported"),
        ("hunter2".into(), Access::Read, "does not begin with a scheme"),
    ] {
        let error = db::connect(&Secret::new(&*url), access).await.unwrap_err();
        assert!(error.message().contains(words), "{url}: {error}");
        assert!(!error.hints().is_empty(), "{url}");
        assert!(!format!("{error:?}{:?}", error.hints()).contains("hunter2"), "{url}");
    }
    assert!(!Path::new(&path("none.db")).exists());
}

#[tokio::test]
async fn a_database_opened_to_be_read_cannot_be_changed() {
    let bench = Bench::new();
    bench.query("CREATE TABLE t (a)").await;
    let mut target = db::connect(&bench.url(), Access::Read).await.unwrap();
    let error = db::execute(target.session.as_mut(), "DROP TABLE t").await.unwrap_err();
    assert_eq!(error.message, "attempt to write a readonly database");
}

//! Many runs on one database at once: each file is applied once, and who did not apply it waited or says why not.

use std::{fs, path::Path, process::Command};

use crate::support::sandbox::Sandbox;

const RUNS: usize = 32;

/// Files whose statements leave a row for each time that they run, and take a while.
const FILES: [(&str, &str); 3] = [
    ("migrations/1_log.sql", "CREATE TABLE log (what text);\nINSERT INTO log VALUES ('1');\n"),
    (
        "migrations/2_slow.sql",
        "INSERT INTO log VALUES ('2');\n\
         CREATE TABLE n AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 50000) \
         SELECT x FROM c;\n",
    ),
    ("migrations/3_last.sql", "INSERT INTO log VALUES ('3');\n"),
];

/// What a run did, by what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Did {
    /// It applied all files.
    Everything,
    /// It found nothing to do, which another run had done.
    Nothing,
    /// It was in another's way, and said so.
    Yielded,
}

#[test]
fn one_applies_and_the_others_wait_for_it() {
    let (sandbox, done) = at_once("--lock-timeout 2m", true);
    assert_eq!(done.iter().filter(|did| **did == Did::Everything).count(), 1, "{done:?}");
    assert!(!done.contains(&Did::Yielded), "{done:?}");
    assert_applied_once(&sandbox);
}

#[test]
fn one_applies_and_the_others_do_not_wait_for_it() {
    let (sandbox, done) = at_once("--lock-timeout 0s", true);
    assert_eq!(done.iter().filter(|did| **did == Did::Everything).count(), 1, "{done:?}");
    assert_applied_once(&sandbox);
}

#[test]
fn without_a_common_lock_the_transactions_keep_them_apart() {
    // What can go wrong here does not every time.
    for _ in 0..4 {
        let (sandbox, done) = at_once("--lock-timeout 2m", false);
        assert!(done.iter().filter(|did| **did == Did::Everything).count() <= 1, "{done:?}");
        assert_applied_once(&sandbox);
    }
}

#[test]
fn without_a_common_lock_no_statement_for_itself_runs_twice() {
    for _ in 0..4 {
        let (sandbox, _) = at_once("--lock-timeout 2m --tx-mode none", false);
        assert_applied_once(&sandbox);
    }
}

/// Starts all runs, which share the folder of the lock file or have one each, and waits for them.
fn at_once(options: &str, one_machine: bool) -> (Sandbox, Vec<Did>) {
    let sandbox = Sandbox::folder();
    for (path, text) in FILES {
        sandbox.write(path, text);
    }
    sandbox.must("migrate hash");
    let runs: Vec<_> = (0..RUNS)
        .map(|run| {
            let machine = sandbox.file(&format!("machine-{}", if one_machine { 0 } else { run }));
            fs::create_dir_all(&machine).unwrap();
            let said = fs::File::create(machine.join(format!("said-{run}"))).unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_plinth"));
            command.current_dir(sandbox.path()).env_clear().env("TMPDIR", &machine).env("HOME", &machine);
            command.args(["migrate", "apply", "--url", "sqlite://app.db"]).args(options.split(' '));
            let child = command.stdout(said.try_clone().unwrap()).stderr(said).spawn().unwrap();
            (child, machine.join(format!("said-{run}")))
        })
        .collect();
    let done = runs.into_iter().map(|(mut child, said)| did(child.wait().unwrap().code(), &said)).collect();
    (sandbox, done)
}

/// Anything that a run says but this is wrong.
fn did(code: Option<i32>, said: &Path) -> Did {
    let said = fs::read_to_string(said).unwrap();
    let yields = [
        "another run holds the lock",
        "is locked by another connection",
        "another run applied",
        "another run goes on",
    ];
    match code {
        Some(0) if said.contains("No migration files to execute") => Did::Nothing,
        Some(0) if said.contains("3 migrations") => Did::Everything,
        // Without a common lock, a run may come between two files of another.
        Some(0) if said.contains("-- ok") => Did::Yielded,
        Some(3 | 4) if yields.iter().any(|words| said.contains(words)) => Did::Yielded,
        _ => panic!("exit {code:?}: {said}"),
    }
}

fn assert_applied_once(sandbox: &Sandbox) {
    let rows = |query: &str| {
        let path = sandbox.file("app.db");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let url = plinth::secret::Secret::new(format!("sqlite://{}", path.display()));
            let mut target = plinth::db::connect(&url, plinth::db::Access::Read).await.unwrap();
            let rows = plinth::db::query(target.session.as_mut(), query).await.unwrap();
            rows.into_iter().flatten().flatten().collect::<Vec<_>>()
        })
    };
    // A run that gave up has to be followed by another.
    sandbox.must("migrate apply --url sqlite://app.db");
    assert_eq!(rows("SELECT what FROM log"), ["1", "2", "3"]);
    assert_eq!(rows("SELECT version FROM plinth_history ORDER BY id"), ["1", "2", "3"]);
    assert_eq!(rows("SELECT version FROM atlas_schema_revisions"), ["1", "2", "3"]);
}

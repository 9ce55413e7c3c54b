//! What a pull request may try, against the built program: it is refused, seen, or does nothing.

use std::{
    fs,
    io::Read,
    os::unix::fs::symlink,
    process::{Command, Stdio},
};

use crate::support::{
    runner,
    sandbox::{Run, Sandbox},
};

const USERS: &str = "CREATE TABLE users (id integer PRIMARY KEY, email text);\n";

/// A commit with a table on `main`, and a branch with these new migrations in the work tree.
fn change(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::repository(&[("migrations/1_users.sql", USERS)]);
    sandbox.must("migrate hash");
    sandbox.checkout.commit("one");
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox.must("migrate hash");
    sandbox
}

/// The review of one statement, which may take a second in the dev database.
fn review(sql: &str) -> (Sandbox, Run) {
    let sandbox = change(&[("migrations/2_new.sql", sql)]);
    let run = sandbox.plinth("migrate lint --latest 1 --dev-timeout 2s");
    (sandbox, run)
}

/// Makes the next runs those of GitHub Actions, for an event that nothing is known of.
fn on_github(sandbox: &mut Sandbox) {
    sandbox.set("GITHUB_ACTIONS", "true");
}

#[test]
fn sql_that_leaves_the_dev_database_fails_the_review_and_does_nothing() {
    let table: &[(&str, &str)] = &[
        ("ATTACH 'leak.db' AS leak;", "takes no ATTACH"),
        ("VACUUM INTO 'leak.db';", "cannot run in a transaction"),
        ("SELECT load_extension('leak.so');", "takes no `load_extension`"),
        ("SELECT readfile('/etc/hostname');", "no such function"),
        ("SELECT writefile('leak.db', 'x');", "no such function"),
        ("SELECT edit('x', 'touch leak.db');", "no such function"),
        ("SELECT * FROM fsdir('/');", "no such table"),
        ("CREATE VIRTUAL TABLE t USING csv(filename='/etc/hostname');", "no such module"),
        ("PRAGMA temp_store_directory = '.';", "takes no `PRAGMA temp_store_directory`"),
        ("PRAGMA writable_schema = on;", "takes no `PRAGMA writable_schema`"),
        ("SELECT * FROM pragma_writable_schema;", "takes no `PRAGMA writable_schema`"),
        ("PRAGMA hard_heap_limit = 0;", "takes no `PRAGMA hard_heap_limit`"),
        ("/**/ COMMIT;", "has a `COMMIT` of its own"),
        ("SELECT * FROM sqlite_dbpage;", "no such table"),
        ("SELECT zeroblob(1000000000);", "too big"),
        ("SELECT replace(hex(zeroblob(9000000)), '0', hex(zeroblob(1000)));", "too big"),
    ];
    for (sql, why) in table {
        let (sandbox, run) = review(sql);
        assert_eq!(run.code, 1, "{sql}: {}", run.all());
        assert!(run.stdout.contains(why), "{sql}: {}", run.all());
        let left: Vec<_> =
            fs::read_dir(sandbox.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("leak")), "{sql}: {left:?}");
    }
}

#[test]
fn floods_end_with_a_failed_review() {
    let forever = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)";
    let chain = |word: &str, times: usize| format!("SELECT {}1;", word.repeat(times));
    for sql in [
        format!("{forever} SELECT count(*) FROM c;"),
        format!("{forever} SELECT x FROM c;"),
        format!("CREATE TABLE z (a); {forever} INSERT INTO z SELECT zeroblob(10000000) FROM c;"),
        chain("1+", 20_000),
        chain("NOT ", 15_000),
        chain("~", 60_000),
        chain("CASE WHEN ", 6_000),
        format!("SELECT {}1{};", "1 IN (SELECT ".repeat(2_000), ")".repeat(2_000)),
        format!("SELECT json('{}');", "[".repeat(100_000)),
    ] {
        let (_, run) = review(&sql);
        assert_eq!(run.code, 1, "{}: {}", &sql[..40], &run.all()[..run.all().floor_char_boundary(2_000)]);
        assert!(!run.stderr.contains("panicked") && !run.stderr.contains("overflow"));
    }
}

#[test]
fn a_file_of_nothing_but_ends_of_statements_does_not_fill_the_memory() {
    let many = ";".repeat(plinth::sql::MOST_STATEMENTS + 1);
    let error = plinth::sql::split(&many, &plinth::sql::Syntax::SQLITE, None).unwrap_err();
    assert!(error.message.contains("more than"), "{}", error.message);
}

#[test]
fn what_goes_to_standard_output_on_github_is_no_command() {
    let sql =
        "-- x\nSELECT '\n::error::forged\n##[add-mask]forged\u{202e}';\nDROP TABLE \"##[error]forged\";\n";
    let mut sandbox = change(&[("migrations/2_new.sql", sql), ("schema.sql", sql)]);
    on_github(&mut sandbox);
    let lint = "migrate lint --latest 1 --format";
    for command in
        [format!("{lint} text"), format!("{lint} markdown"), format!("{lint} json"), format!("{lint} sarif")]
    {
        let run = sandbox.plinth(&command);
        assert!(run.stdout.contains("forged"), "{command}: {}", run.all());
        assert_eq!(runner::commands(&run.stdout), [], "{command}: {}", run.stdout);
        assert_eq!(runner::commands(&run.stderr), [], "{command}: {}", run.stderr);
        if command.ends_with("json") || command.ends_with("sarif") {
            let read: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            assert!(format!("{read:?}").contains("##[error]forged"), "{command}: {read:?}");
        }
    }
}

#[test]
fn what_a_trigger_says_about_rows_stays_out_of_the_log() {
    let sandbox = Sandbox::repository(&[
        ("migrations/1_users.sql", USERS),
        ("migrations/2_row.sql", "INSERT INTO users SELECT 1, 'ada' || '@example.com';\n"),
        (
            "migrations/3_drain.sql",
            "CREATE TABLE drain (x);\n\
             CREATE TRIGGER t BEFORE INSERT ON drain BEGIN \
             SELECT RAISE(ABORT, (SELECT group_concat(email) FROM users)); END;\n\
             INSERT INTO drain VALUES (1);\n",
        ),
    ]);
    sandbox.must("migrate hash");
    let head = sandbox.checkout.commit("one");
    let mut sandbox = sandbox;
    on_github(&mut sandbox);
    let event = format!(
        r#"{{"ref":"refs/heads/main","after":"{head}","repository":{{"id":1,"full_name":"o/r","default_branch":"main"}}}}"#
    );
    let above = sandbox.path().parent().unwrap().to_owned();
    fs::write(above.join("event.json"), event).unwrap();
    for (name, value) in
        [("GITHUB_EVENT_PATH", "event.json"), ("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary")]
    {
        sandbox.set(name, above.join(value).to_str().unwrap());
    }
    sandbox.set("GITHUB_EVENT_NAME", "push").set("GITHUB_REF", "refs/heads/main");
    for command in ["ci --url sqlite://one.db", "migrate apply --url sqlite://two.db"] {
        let run = sandbox.plinth(command);
        assert_eq!(run.code, 4, "{}", run.all());
        assert!(run.all().contains("a trigger refused it"), "{}", run.all());
        let written = fs::read_to_string(above.join("output")).unwrap()
            + &fs::read_to_string(above.join("summary")).unwrap_or_default();
        assert!(!(run.all() + &written).contains("ada@example.com"), "{command}: {}\n{written}", run.all());
    }
}

#[test]
fn a_link_in_the_change_does_not_lead_what_is_written_away() {
    let sandbox = change(&[("migrations/2_new.sql", "CREATE TABLE posts (id integer);\n")]);
    let outside = sandbox.path().parent().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, sandbox.file("reports")).unwrap();
    for command in
        ["ci --base main --sarif-file reports/x", "migrate lint --latest 1 --write-baseline reports/x"]
    {
        let run = sandbox.plinth(command);
        assert!(run.stderr.contains("leads out of the repository"), "{command}: {}", run.all());
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "{command}");
    }
}

#[test]
fn a_change_does_not_accept_its_own_findings() {
    let mut sandbox = change(&[("migrations/2_new.sql", "DROP TABLE users;\n")]);
    sandbox.plinth("migrate lint --latest 1 --write-baseline accepted.json");
    sandbox.must("migrate lint --latest 1 --baseline accepted.json");
    on_github(&mut sandbox);
    let refused = sandbox.plinth("migrate lint --latest 1 --baseline accepted.json");
    assert!(refused.code == 1 && refused.stderr.contains("from the change"), "{}", refused.all());
    let lint = "migrate lint --git-base main --baseline accepted.json";
    assert_eq!(sandbox.plinth(lint).code, 1);
    sandbox.checkout.commit("accepted");
    assert_eq!(sandbox.plinth(lint).code, 0, "what the base accepts is accepted");
}

#[test]
fn a_command_to_copy_has_one_meaning() {
    let sandbox = Sandbox::repository(&[("$(touch leak)/1_users.sql", USERS)]);
    sandbox.plinth_with(&["migrate", "hash", "--dir", "$(touch leak)"]);
    let run =
        sandbox.plinth_with(&["migrate", "lint", "--latest=1", "--format=markdown", "--dir=$(touch leak)"]);
    assert!(run.stdout.contains("plinth migrate lint --dir '$(touch leak)'"), "{}", run.all());
}

#[test]
#[cfg(target_os = "linux")]
fn the_dev_database_keeps_no_file_of_its_parent() {
    let script =
        format!("exec 9</dev/zero; exec 8</dev/zero; exec {} sandbox 5", env!("CARGO_BIN_EXE_plinth"));
    let mut child = Command::new("sh")
        .args(["-c", &script])
        // As its parent starts it.
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Its first answer says that it is ready.
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 4]).unwrap();
    let folder = format!("/proc/{}/fd", child.id());
    let open: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    drop(child.stdin.take());
    child.wait().unwrap();
    assert_eq!(open.len(), 3, "{open:?}");
}

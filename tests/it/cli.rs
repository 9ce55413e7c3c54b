//! The program as a user at a terminal meets it: commands, answers, complaints, exit codes.

use std::fs;

use crate::support::{golden::golden, sandbox::Sandbox};

const USERS: &str = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);\n";
const POSTS: &str = "CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users (id));\n";

/// A folder with two migrations and their checksum file.
fn project() -> Sandbox {
    let sandbox = Sandbox::folder();
    sandbox.write("migrations/20260101000000_users.sql", USERS);
    sandbox.write("migrations/20260102000000_posts.sql", POSTS);
    sandbox.must("migrate hash");
    sandbox
}

fn shown(name: &str, sandbox: &Sandbox, commands: &[&str]) {
    let mut text = String::new();
    for command in commands {
        text.push_str(&format!("$ plinth {command}\n{}\n", sandbox.plinth(command).all()));
    }
    golden(&format!("cli/{name}.txt"), &text);
}

#[test]
fn help_names_every_operation_and_input() {
    let sandbox = Sandbox::folder();
    shown(
        "help",
        &sandbox,
        &["--help", "migrate --help", "schema --help", "ci --help", "migrate apply --help"],
    );
}

#[test]
fn without_arguments_a_person_gets_help() {
    let run = Sandbox::folder().plinth("");
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("Usage: plinth"), "{}", run.all());
}

#[test]
fn a_schema_becomes_migrations_and_these_a_database() {
    let sandbox = Sandbox::folder();
    sandbox.write("schema.sql", USERS);
    let made = sandbox.must("migrate diff users --to file://schema.sql").stdout;
    assert!(made.starts_with("migrations/20") && made.trim_end().ends_with("_users.sql"), "{made}");
    let again = sandbox.must("migrate diff again --to file://schema.sql").stdout;
    assert_eq!(again, "The migration directory is synced with the desired state, no changes to be made\n");
    sandbox.write("schema.sql", &format!("{USERS}{POSTS}"));
    sandbox.must("migrate diff posts --to file://schema.sql");
    sandbox.must("migrate validate --dev-url sqlite://dev?mode=memory");
    sandbox.must("migrate apply --url sqlite://app.db");
    let inspected = sandbox.must("schema inspect --url sqlite://app.db").stdout;
    assert!(inspected.contains("CREATE TABLE `posts`"), "{inspected}");
    assert_eq!(sandbox.must("schema diff --from sqlite://app.db --to file://schema.sql").stdout, "");
    assert_eq!(sandbox.must("schema diff --from sqlite://app.db --to file://migrations").stdout, "");
}

#[test]
fn status_and_apply_say_where_a_database_stands() {
    let sandbox = project();
    fs::write(sandbox.file("app.db"), "").unwrap();
    shown(
        "apply",
        &sandbox,
        &[
            "migrate status --url sqlite://app.db",
            "migrate apply --url sqlite://app.db --dry-run",
            "migrate status --url sqlite://app.db",
            "migrate apply 1 --url sqlite://app.db",
            "migrate status --url sqlite://app.db",
            "migrate apply --url sqlite://app.db",
            "migrate status --url sqlite://app.db",
            "migrate apply --url sqlite://app.db",
        ],
    );
}

#[test]
fn a_failing_statement_leaves_nothing_of_its_file_behind() {
    let sandbox = project();
    sandbox.write(
        "migrations/20260103000000_broken.sql",
        "CREATE TABLE kept_out (id integer);\nINSERT INTO users (id, name) VALUES (1, NULL);\n",
    );
    sandbox.must("migrate hash");
    shown(
        "apply-fails",
        &sandbox,
        &["migrate apply --url sqlite://app.db", "migrate status --url sqlite://app.db"],
    );
    let inspected = sandbox.must("schema inspect --url sqlite://app.db").stdout;
    assert!(inspected.contains("posts") && !inspected.contains("kept_out"), "{inspected}");
}

#[test]
fn a_headline_is_true_of_rows() {
    let lint = |change: &str| {
        let sandbox = project();
        sandbox.write("migrations/20260103000000_rows.sql", change);
        sandbox.must("migrate hash");
        sandbox.must("migrate lint --latest 1").stdout
    };
    let report = lint("DELETE FROM posts;\n");
    assert!(report.starts_with("No findings, but data goes: rows of 1 table are deleted; while"), "{report}");
    // Rows of the file meet generated ones, which says nothing about production.
    let report = lint("INSERT INTO users (id, name) VALUES (1, 'root');\n");
    assert!(report.starts_with("Safe to merge: rows of 1 table change; while it runs it blocks"), "{report}");
    assert!(!report.contains("failed"), "{report}");
    // A new table that takes the rows of another one is not empty.
    let copy = "CREATE TABLE copies (id integer);\nINSERT INTO copies SELECT id FROM users;\nCREATE INDEX copies_id ON copies (id);\n";
    let report = lint(copy);
    assert!(
        report.starts_with("Safe to merge: 1 new table, 1 new index; while it runs it blocks"),
        "{report}"
    );
    // The row of what fails shows it.
    let copy =
        "CREATE TABLE copies AS SELECT 1 AS one FROM users;\nCREATE UNIQUE INDEX ones ON copies (one);\n";
    let sandbox = project();
    sandbox.write("migrations/20260103000000_rows.sql", copy);
    sandbox.must("migrate hash");
    let report = sandbox.plinth("migrate lint --latest 1").stdout;
    assert!(report.contains("  warning  ones "), "{report}");
}

#[test]
fn a_row_is_an_object_of_the_schema_and_what_became_of_it() {
    let sandbox = Sandbox::folder();
    let base = "CREATE TABLE teams (id integer PRIMARY KEY);\n\
        CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, mail text, team integer REFERENCES teams);\n";
    sandbox.write("migrations/20260101000000_base.sql", base);
    let change = "CREATE TABLE new_users (id integer PRIMARY KEY AUTOINCREMENT, email text, team integer REFERENCES teams ON DELETE CASCADE);\n\
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new_users', seq FROM sqlite_sequence WHERE name = 'users';\n\
        INSERT INTO new_users (id, email, team) SELECT id, mail, team FROM users;\n\
        DROP TABLE users;\nALTER TABLE new_users RENAME TO users;\n\
        UPDATE USERS SET email = lower(email);\n";
    sandbox.write("migrations/20260102000000_change.sql", change);
    sandbox.must("migrate hash");
    let report = sandbox.plinth("migrate lint --latest 1").stdout;
    let is_row =
        |line: &&str| ["  error ", "  warning ", "  ok "].iter().any(|level| line.starts_with(level));
    let rows: Vec<Vec<&str>> = report
        .lines()
        .filter(is_row)
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).skip(1).take(2).collect())
        .collect();
    assert_eq!(
        rows,
        [
            ["users.email", "renamed from `mail`"],
            ["users.team", "foreign key to `teams` changed"],
            ["users", "all rows updated"],
        ],
        "{report}"
    );
}

#[test]
fn a_file_url_is_no_database_to_apply_to() {
    let sandbox = project();
    let run = sandbox.plinth("migrate apply --url file://schema.sql");
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(!sandbox.file("schema.sql").exists(), "it was made into a database");
}

#[test]
fn the_command_that_a_report_names_gives_the_same_report() {
    let sandbox = project();
    let report = sandbox.must("migrate lint --latest 1 --dir file://migrations --format markdown").stdout;
    assert!(report.contains("`plinth migrate lint --dir migrations --latest 1`"), "{report}");
    assert!(report.ends_with('\n'), "{report}");
    fs::rename(sandbox.file("migrations"), sandbox.file("it's $(x)")).unwrap();
    let report = sandbox
        .plinth_with(&["migrate", "lint", "--latest", "1", "--dir", "it's $(x)", "--format", "markdown"])
        .stdout;
    assert!(report.contains(r"--dir 'it'\''s $(x)' --latest 1`"), "{report}");
}

#[test]
fn a_database_that_was_there_before_needs_a_baseline() {
    let sandbox = project();
    sandbox.write("old/20250101000000_users.sql", USERS);
    sandbox.must("migrate hash --dir old");
    sandbox.must("migrate apply --dir old --url sqlite://app.db --allow-dirty");
    let database = rusty(&sandbox, "DROP TABLE atlas_schema_revisions; DROP TABLE plinth_history;");
    assert!(database, "the history is gone");
    shown(
        "baseline",
        &sandbox,
        &[
            "migrate apply --url sqlite://app.db",
            "migrate apply --url sqlite://app.db --baseline 20990101000000",
            "migrate apply --url sqlite://app.db --baseline 20260101000000",
            "migrate status --url sqlite://app.db",
        ],
    );
}

/// Runs SQL on `app.db` by a migration folder of its own, so that no other client is needed.
fn rusty(sandbox: &Sandbox, sql: &str) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = plinth::secret::Secret::new(format!("sqlite://{}", sandbox.file("app.db").display()));
    runtime.block_on(async {
        let mut target = plinth::db::connect(&url, plinth::db::Access::Write).await.unwrap();
        for statement in sql.split_inclusive(';') {
            plinth::db::execute(target.session.as_mut(), statement).await.unwrap();
        }
    });
    true
}

#[test]
fn lint_says_what_new_migrations_would_do() {
    let sandbox = project();
    sandbox.write(
        "migrations/20260103000000_change.sql",
        "ALTER TABLE users ADD COLUMN age integer;\nALTER TABLE users ADD COLUMN mail text NOT NULL;\nDROP TABLE posts;\n",
    );
    sandbox.must("migrate hash");
    shown("lint", &sandbox, &["migrate lint --latest 1", "migrate lint --latest 1 --evidence syntax"]);
}

#[test]
fn findings_can_be_accepted_in_a_file() {
    let sandbox = project();
    sandbox.write("migrations/20260103000000_drop.sql", "DROP TABLE posts;\n");
    sandbox.must("migrate hash");
    assert_eq!(sandbox.plinth("migrate lint --latest 1 --write-baseline accepted").code, 1);
    let run = sandbox.must("migrate lint --latest 1 --baseline accepted");
    assert!(run.stdout.contains("DS102"), "{}", run.all());
    sandbox.write("migrations/20260103000000_drop.sql", "DROP TABLE users;\n");
    sandbox.must("migrate hash");
    assert_eq!(sandbox.plinth("migrate lint --latest 1 --baseline accepted").code, 1, "another statement");
}

#[test]
fn a_level_can_be_changed() {
    let sandbox = project();
    sandbox.write("migrations/20260103000000_drop.sql", "DROP TABLE posts;\n");
    sandbox.must("migrate hash");
    assert_eq!(sandbox.plinth("migrate lint --latest 1").code, 1);
    sandbox.must("migrate lint --latest 1 --lint-levels DS102=warning");
    sandbox.must("migrate lint --latest 1 --lint-levels destructive=off");
    sandbox.must("migrate lint --latest 1 --lint-levels drop-table=info");
}

#[test]
fn inputs_come_from_the_command_line_first() {
    let mut sandbox = project();
    sandbox.set("ATLAS_INPUT_LATEST", "x").set("INPUT_LATEST", "y").set("PLINTH_INPUT_LATEST", "z");
    let complaint =
        |run: crate::support::sandbox::Run| run.stderr.lines().next().unwrap_or_default().to_owned();
    let complain = |sandbox: &Sandbox, arguments: &str| complaint(sandbox.plinth(arguments));
    assert!(complain(&sandbox, "migrate lint --latest w").contains("`w` (from `--latest`)"));
    assert!(complain(&sandbox, "migrate lint").contains("`z` (from `PLINTH_INPUT_LATEST`)"));
    sandbox.set("PLINTH_INPUT_LATEST", "");
    assert!(complain(&sandbox, "migrate lint").contains("`y` (from `INPUT_LATEST`)"));
    sandbox.set("INPUT_LATEST", " ");
    assert!(complain(&sandbox, "migrate lint").contains("`x` (from `ATLAS_INPUT_LATEST`)"));
}

#[test]
fn every_rule_explains_itself() {
    let sandbox = Sandbox::folder();
    let by_code = sandbox.must("explain DS103").stdout;
    assert!(by_code.contains("drop-column"), "{by_code}");
    assert_eq!(sandbox.must("explain drop-column").stdout, by_code);
    assert_eq!(sandbox.plinth("explain DS999").code, 2);
}

#[test]
fn a_schema_is_printed_in_several_forms() {
    let sandbox = project();
    shown(
        "inspect",
        &sandbox,
        &[
            "schema inspect --url file://migrations",
            "schema inspect --url file://migrations --format json",
            "schema inspect --url file://migrations --format mermaid",
        ],
    );
}

#[test]
fn a_signal_in_the_middle_keeps_what_was_committed_and_says_so() {
    let sandbox = project();
    sandbox.write(
        "migrations/20260103000000_endless.sql",
        "INSERT INTO users (name) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n \
         WHERE i < 0;\n",
    );
    sandbox.must("migrate hash");
    let mut apply = sandbox.start("migrate apply --url sqlite://app.db");
    while !sandbox.plinth("migrate status --url sqlite://app.db").stdout.contains("Executed Files:  2") {
        std::thread::yield_now();
    }
    let process = rustix::process::Pid::from_child(&apply);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert_eq!(apply.wait().unwrap().code(), Some(4));
    sandbox.write("migrations/20260103000000_endless.sql", "CREATE TABLE tags (id integer);\n");
    sandbox.must("migrate hash");
    sandbox.must("migrate apply --url sqlite://app.db");
}

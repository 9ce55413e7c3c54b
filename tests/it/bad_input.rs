//! Bad input: a clear complaint that names the file, line or input and the way out, an exit code, and no change.

use std::{fs, os::unix::fs::symlink};

use crate::support::{golden::golden, sandbox::Sandbox};

const TABLE: &str = "CREATE TABLE t (id integer PRIMARY KEY);\n";

fn project() -> Sandbox {
    let sandbox = Sandbox::folder();
    sandbox.write("migrations/1_t.sql", TABLE);
    sandbox.must("migrate hash");
    sandbox
}

/// Runs the command, which must fail with this code, and compares everything that it says.
fn complains(name: &str, sandbox: &Sandbox, command: &str, code: i32) {
    let run = sandbox.plinth(command);
    golden(&format!("bad_input/{name}.txt"), &format!("$ plinth {command}\n{}", run.all()));
    assert_eq!(run.code, code, "{}", run.all());
    assert!(!run.all().contains("panicked"), "{}", run.all());
}

#[test]
fn a_missing_checksum_file() {
    let sandbox = project();
    fs::remove_file(sandbox.file("migrations/atlas.sum")).unwrap();
    complains("no-sum", &sandbox, "migrate lint --latest 1", 2);
}

#[test]
fn an_edited_migration() {
    let sandbox = project();
    sandbox.write("migrations/1_t.sql", "CREATE TABLE u (id integer);\n");
    complains("edited", &sandbox, "migrate apply --url sqlite://app.db", 2);
    assert!(!sandbox.file("app.db").exists());
}

#[test]
fn windows_line_ends() {
    let sandbox = project();
    sandbox.write("migrations/1_t.sql", &TABLE.replace('\n', "\r\n"));
    complains("crlf", &sandbox, "migrate validate", 2);
}

#[test]
fn a_folder_that_is_none() {
    let sandbox = project();
    sandbox.write("src/main.rs", "fn main() {}\n");
    complains("no-folder", &sandbox, "migrate lint --latest 1 --dir nowhere", 2);
    complains("not-migrations", &sandbox, "migrate lint --latest 1 --dir src", 2);
    complains("a-file", &sandbox, "migrate lint --latest 1 --dir src/main.rs", 2);
}

#[test]
fn text_that_is_not_utf8() {
    let sandbox = project();
    fs::write(sandbox.file("migrations/2_x.sql"), b"-- one\nSELECT '\xff';\n").unwrap();
    complains("utf8", &sandbox, "migrate hash", 2);
}

#[test]
fn a_statement_that_is_cut_off() {
    let sandbox = project();
    sandbox.write("migrations/2_x.sql", "CREATE TABLE u (id integer);\nINSERT INTO u VALUES ('x);\n");
    sandbox.must("migrate hash");
    complains("unterminated", &sandbox, "migrate lint --latest 1", 2);
}

#[test]
fn an_unreachable_database() {
    let sandbox = project();
    complains("no-database", &sandbox, "migrate status --url sqlite://nowhere/app.db", 3);
    complains("unknown-scheme", &sandbox, "migrate status --url postgres://u:hunter2@db/x", 2);
    sandbox.write("not.db", &"this is no database. ".repeat(200));
    complains("not-a-database", &sandbox, "migrate status --url sqlite://not.db", 3);
}

#[test]
fn an_input_that_does_not_fit() {
    let sandbox = project();
    complains("choice", &sandbox, "migrate apply --url sqlite://app.db --tx-mode some", 2);
    complains("format-template", &sandbox, "migrate status --url sqlite://app.db --format {{nothing", 2);
    complains("number", &sandbox, "migrate lint --latest 0", 2);
    complains("level", &sandbox, "migrate lint --latest 1 --lint-levels DS103=loud", 2);
    complains("rule", &sandbox, "migrate lint --latest 1 --lint-levels drop-colum=off", 2);
    complains("missing", &sandbox, "migrate apply", 2);
    complains("neither", &sandbox, "migrate lint", 2);
    complains("config", &sandbox, "migrate lint --latest 1 --env local", 2);
    complains("flag", &sandbox, "migrate lint --latets 1", 2);
    complains("format", &sandbox, "migrate lint --latest 1 --dir file://migrations?format=ghost", 2);
}

#[test]
fn an_action_that_is_none() {
    let mut sandbox = project();
    sandbox.set("PLINTH_INPUT_ACTION", "migrate/push");
    complains("action", &sandbox, "", 2);
}

#[test]
fn a_folder_outside_of_the_repository() {
    let sandbox = Sandbox::repository(&[("migrations/1_t.sql", TABLE)]);
    sandbox.must("migrate hash");
    fs::remove_file(sandbox.file("migrations/1_t.sql")).unwrap();
    symlink("/etc/hostname", sandbox.file("migrations/1_t.sql")).unwrap();
    complains("symlink", &sandbox, "migrate lint --latest 1", 2);
    symlink("/etc", sandbox.file("elsewhere")).unwrap();
    complains("symlink-folder", &sandbox, "migrate lint --latest 1 --dir elsewhere", 2);
    complains("outside", &sandbox, "migrate lint --latest 1 --dir ../x", 2);
}

#[test]
fn a_base_that_a_shallow_clone_lacks() {
    let origin = Sandbox::repository(&[("migrations/1_t.sql", TABLE)]);
    origin.must("migrate hash");
    origin.checkout.commit("one");
    origin.checkout.git(&["checkout", "-q", "-b", "change"]);
    origin.write("migrations/2_u.sql", "CREATE TABLE u (id integer);\n");
    origin.must("migrate hash");
    origin.checkout.commit("two");
    origin.checkout.git(&["checkout", "-q", "main"]);
    origin.checkout.commit("main goes on");
    origin.checkout.git(&["checkout", "-q", "change"]);
    let shallow = Sandbox::of(origin.checkout.cloned(&["--depth=1", "--no-single-branch"]));
    complains("shallow", &shallow, "ci --base main", 2);
    complains("no-such-base", &shallow, "ci --base release", 2);
}

#[test]
fn what_comes_later_is_refused_by_its_name() {
    for (name, file, text) in [
        ("txtar", "2_x.sql", "-- atlas:txtar\n\n-- migration.sql --\nSELECT 1;\n-- notes --\n"),
        ("import", "2_x.sql", "-- atlas:import other.sql\n\nSELECT 1;\n"),
        ("txmode", "2_x.sql", "-- atlas:txmode all\n\nSELECT 1;\n"),
        ("goose", "2_x.sql", "-- +goose Up\nCREATE TABLE u (id integer);\n"),
        ("begin", "2_x.sql", "BEGIN;\nCREATE TABLE u (id integer);\nCOMMIT;\n"),
    ] {
        let sandbox = Sandbox::folder();
        sandbox.write("migrations/1_t.sql", TABLE).write(&format!("migrations/{file}"), text);
        if sandbox.plinth("migrate hash").code == 0 {
            complains(name, &sandbox, "migrate apply --url sqlite://app.db", 2);
        } else {
            complains(name, &sandbox, "migrate hash", 2);
        }
    }
}

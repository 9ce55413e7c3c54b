//! Tests of migrations as users write and run them: what passes, what fails, what is refused, what is shown.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use plinth::{sql::Syntax, testing, text::Source};
use proptest::prelude::*;
use quick_junit::{Report, TestCaseStatus};

use crate::support::{
    golden::golden,
    runner::commands,
    sandbox::{Run, Sandbox},
};

const USERS: &str = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);\n";
const PASSES: &str = "test \"migrate\" \"passes\" {\n  migrate { to = \"1\" }\n}\n";

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/migrate_test").join(case)
}

/// The files of a case, with a checksum file for its migrations.
fn project(case: &str, migrations: &str) -> Sandbox {
    fn copy(sandbox: &Sandbox, from: &Path, to: &str) {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let to = if to.is_empty() { name } else { format!("{to}/{name}") };
            if entry.path().is_dir() {
                copy(sandbox, &entry.path(), &to);
            } else {
                sandbox.write(&to, &fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let sandbox = Sandbox::folder();
    copy(&sandbox, &folder(case), "");
    sandbox.must(&format!("migrate hash --dir {migrations}"));
    sandbox
}

/// A folder with one migration, its checksum file and this test file.
fn small(test: &str) -> Sandbox {
    let sandbox = Sandbox::folder();
    sandbox.write("migrations/1_users.sql", USERS).write("a.test.hcl", test);
    sandbox.must("migrate hash");
    sandbox
}

/// The text of a run without the times of the tests.
fn timeless(run: &Run) -> String {
    let line = |line: &str| match line.rsplit_once(" (") {
        Some((head, _)) if head.starts_with("-- PASS: ") || head.starts_with("-- FAIL: ") => {
            format!("{head} (@TIME@)\n")
        }
        _ => format!("{line}\n"),
    };
    run.all().lines().map(line).collect()
}

fn shown(name: &str, sandbox: &Sandbox, arguments: &str) -> Run {
    let run = sandbox.plinth(&format!("migrate test {arguments}"));
    let text = format!("$ plinth migrate test {arguments}\n{}", timeless(&run));
    golden(&format!("migrate_test/{name}.txt"), &text);
    run
}

#[test]
fn every_command_does_what_it_says() {
    assert_eq!(shown("passes", &project("passes", "migrations"), "").code, 0);
}

#[test]
fn a_test_that_fails_says_where_and_why_and_the_others_go_on() {
    assert_eq!(shown("fails", &project("fails", "migrations"), "").code, 1);
}

#[test]
fn a_migration_that_fails_is_named_with_its_line_and_leaves_nothing_behind() {
    assert_eq!(shown("migration_fails", &project("migration_fails", "migrations"), "").code, 1);
}

#[test]
fn test_files_are_found_in_and_beside_the_migration_folder_and_by_name() {
    let sandbox = project("found", "db/migrations");
    for (name, arguments) in [
        ("found-without-arguments", "--dir db/migrations"),
        ("found-in-a-folder", "--dir file://db/migrations other"),
        ("found-by-name", "--dir db/migrations other/named.test.hcl db"),
        ("found-by-pattern", "--dir db/migrations --run e$"),
    ] {
        assert_eq!(shown(name, &sandbox, arguments).code, 0);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused_by_its_place_before_anything_runs() {
    let mut seen = 0;
    for entry in fs::read_dir(folder("refused")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(case) = name.strip_suffix(".test.hcl") else { continue };
        let sandbox = small(PASSES);
        sandbox.write("migrations/2_other.sql", "CREATE TABLE other (id integer);\n");
        sandbox.must("migrate hash");
        sandbox.write(&name, &fs::read_to_string(&path).unwrap());
        let run = sandbox.plinth(&format!("migrate test {name}"));
        golden(&format!("migrate_test/refused/{case}.txt"), &run.all());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{name}: {}", run.all());
        assert_eq!(
            sandbox.plinth("migrate test").stdout,
            if case == "no-tests" { "-- PASS: passes (@N@ ms)\nPASS\n" } else { "" }
        );
        seen += 1;
    }
    assert!(seen > 35, "{seen}");
}

#[test]
fn what_cannot_be_found_or_read_at_all_is_refused() {
    let sandbox = small(PASSES);
    sandbox.write("empty/readme", "nothing\n");
    fs::write(sandbox.file("latin.hcl"), b"# \xff\n").unwrap();
    fs::write(sandbox.file("nul.hcl"), b"test \"migrate\" \"\0\" {}\n").unwrap();
    fs::write(sandbox.file("long.hcl"), "#".repeat((8 << 20) + 1)).unwrap();
    for (name, arguments) in [
        ("path", "nowhere.test.hcl"),
        ("empty-folder", "empty"),
        ("latin", "latin.hcl"),
        ("nul", "nul.hcl"),
        ("long", "long.hcl"),
        ("run-pattern", "--run ("),
        ("run-none", "--run nobody"),
        ("schema", "--revisions-schema other"),
        ("config", "--config file://atlas.hcl"),
        ("dev-url", "--dev-url docker://postgres/17"),
    ] {
        refused(name, &sandbox, arguments);
    }
    fs::remove_file(sandbox.file("a.test.hcl")).unwrap();
    refused("no-files", &sandbox, "");
    sandbox.write("a.test.hcl", PASSES).write("migrations/1_users.sql", "CREATE TABLE other (id integer);\n");
    refused("edited", &sandbox, "");
    let repository = Sandbox::repository(&[("migrations/1_users.sql", USERS)]);
    repository.must("migrate hash");
    symlink("/etc/hostname", repository.file("link.test.hcl")).unwrap();
    refused("link", &repository, "link.test.hcl");
    fs::write(repository.file("../x.test.hcl"), PASSES).unwrap();
    refused("outside", &repository, "../x.test.hcl");
}

fn refused(name: &str, sandbox: &Sandbox, arguments: &str) {
    let run = sandbox.plinth(&format!("migrate test {arguments}"));
    golden(
        &format!("migrate_test/inputs/{name}.txt"),
        &format!("$ plinth migrate test {arguments}\n{}", run.all()),
    );
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.all());
}

#[test]
fn hostile_names_stay_text_in_every_form() {
    let sandbox = project("hostile", "migrations");
    let run = shown("hostile", &sandbox, "");
    assert!(!run.stdout.lines().any(|line| line.starts_with("-- PASS: forged") || line.starts_with("::")));
    for form in ["text", "json", "junit"] {
        let text = sandbox.plinth(&format!("migrate test --format {form}")).stdout;
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{form}: {text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.plinth("migrate test --format json").stdout).unwrap();
    let name = json["tests"][0]["name"].as_str().unwrap();
    assert!(name.contains("]]>\n-- PASS: forged (nowhere)\u{1b}[31m"), "{name}");
    let xml = sandbox.plinth("migrate test --format junit").stdout;
    assert!(
        xml.chars().all(|c| matches!(c, '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)),
        "{xml}"
    );
    let report = Report::deserialize_from_str(&xml).unwrap();
    let name = report.test_suites[0].test_cases[0].name.as_str();
    assert!(name.contains("\" ' ` <b>&amp;]]> -- PASS: forged (nowhere)\\u{1b}[31m"), "{name}");
    assert!(
        report.test_suites[1].name.as_str() == "weird & <b>.test.hcl",
        "{:?}",
        report.test_suites[1].name
    );
}

#[test]
fn in_ci_no_line_of_a_test_is_a_command_of_the_log() {
    let files = project("hostile", "migrations");
    let mut sandbox = Sandbox::repository(&[]);
    for name in ["migrate.test.hcl", "migrations/1_users.sql"] {
        sandbox.write(name, &files.read(name));
    }
    sandbox.must("migrate hash");
    sandbox.checkout.commit("all");
    sandbox.write("../event.json", r#"{"repository": {"default_branch": "main", "full_name": "o/r"}}"#);
    let event = sandbox.file("../event.json").display().to_string();
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "workflow_dispatch"),
        ("GITHUB_EVENT_PATH", event.as_str()),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_REPOSITORY", "o/r"),
    ] {
        sandbox.set(name, value);
    }
    for form in ["text", "json", "junit"] {
        let run = sandbox.plinth(&format!("migrate test --format {form}"));
        assert!(run.code == 1 && run.stdout.contains("forged"), "{}", run.all());
        assert_eq!(commands(&run.stdout), [], "{form}: {}", run.all());
        assert_eq!(commands(&run.stderr), [], "{form}: {}", run.all());
    }
}

#[test]
fn junit_has_a_suite_a_file_and_counts_that_add_up() {
    let sandbox = project("fails", "migrations");
    sandbox.write("b.test.hcl", "test \"migrate\" \"left out\" {\n  skip = true\n}\n");
    let run = sandbox.plinth("migrate test --junit-file out/junit.xml");
    assert!(run.code == 1 && run.stdout.ends_with("FAIL\n"), "{}", run.all());
    let xml = sandbox.read("out/junit.xml");
    let report = Report::deserialize_from_str(&xml).unwrap();
    let names: Vec<&str> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(names, ["b.test.hcl", "migrate.test.hcl"]);
    let cases: Vec<_> = report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    let failed = cases.iter().filter(|case| matches!(case.status, TestCaseStatus::NonSuccess { .. })).count();
    assert_eq!((report.tests, report.failures, report.errors, report.skipped), (cases.len(), failed, 0, 1));
    let timeless: Vec<&str> = xml
        .split(" time=\"")
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('"').unwrap().1 })
        .collect();
    golden("migrate_test/fails.junit.xml", &timeless.concat());
}

#[test]
fn a_test_that_takes_too_long_fails_alone() {
    let endless = "test \"migrate\" \"endless\" {\n  exec {\n    sql = \"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                   SELECT i FROM n WHERE i < 0\"\n  }\n  cleanup { sql = \"SELECT 1\" }\n}\n";
    let sandbox = small(&format!("{endless}{PASSES}"));
    let run = sandbox.plinth("migrate test --dev-timeout 1s");
    assert_eq!(run.code, 1, "{}", run.all());
    assert_eq!(run.stdout.matches("a.test.hcl:3: the dev database was stopped").count(), 1, "{}", run.all());
    assert!(!run.stdout.contains("cleanup") && run.stdout.contains("-- PASS: passes"), "{}", run.all());
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_read() {
    let test = "\u{feff}test \"migrate\" \"a\" {\n  exec {\n    sql = <<SQL\nSELECT 1,\n2;\nSELECT 'a\nb'\nSQL\n    output = \"\\\"a\\nb\\\"\"\n  }\n}\n";
    small(&test.replace('\n', "\r\n")).must("migrate test");
}

#[test]
fn the_example_of_the_documentation_passes() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/testing-migrations.md")).unwrap();
    let example = page.split("```hcl\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let sandbox = Sandbox::folder();
    let split = fs::read_to_string(folder("passes").join("migrations/2_split.sql")).unwrap();
    sandbox.write("migrations/20260101000000_users.sql", USERS);
    sandbox.write("migrations/20260102000000_split.sql", &split).write("migrate.test.hcl", example);
    sandbox.must("migrate hash");
    assert_eq!(sandbox.must("migrate test").stdout, "-- PASS: names are split (@N@ ms)\nPASS\n");
}

/// Pieces of test files; in any order they are nearly always nonsense.
const PIECES: [&str; 28] = [
    "test",
    " \"migrate\"",
    " \"a\"",
    " {\n",
    "\n}\n",
    "exec",
    "sql = ",
    "match = ",
    "format = table",
    "migrate",
    "to = ",
    "\"SELECT 1; \"",
    "<<-SQL\n",
    "  é\n",
    "\n  SQL\n",
    "<<SQL\nSQL\n",
    "${",
    "%{ if",
    "}",
    "[",
    "]",
    "(",
    "\"(\"",
    "1.5e9",
    "\r\n",
    "\\u00e9",
    "#\n",
    "/*",
];

proptest! {
    #[test]
    fn nothing_in_a_file_makes_reading_it_panic(pieces in prop::collection::vec(prop::sample::select(&PIECES), 0..40)) {
        let text = pieces.concat();
        for text in [text.clone(), format!("test \"migrate\" \"a\" {{\n  exec {{\n    sql = {text}\n  }}\n}}\n")] {
            if let Err(error) = testing::read(&Source::new("a.test.hcl", text), &Syntax::SQLITE) {
                prop_assert!(error.message().starts_with("a.test.hcl:"), "{}", error);
            }
        }
    }
}

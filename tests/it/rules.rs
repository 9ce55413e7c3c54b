//! The pages of the rules, executed: every example is linted, and says what its page says.
//!
//! An example is a fenced block `sql fail` or `sql pass`. Behind that stand `static`, where it is to be
//! linted without a dev database, and the codes of other rules that speak as well. Inside, lines divide
//! it: up to the first `-- next migration` is what the base has, and then
//!
//! - `-- next migration [version]`: another new file; versions count from 2, the base is 1;
//! - `-- edited migration`, `-- removed migration`: that happened to the base's file;
//! - `-- baseline`: lines of the file of accepted findings.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{collections::BTreeSet, path::PathBuf};

use plinth::{
    devdb::{self, BaseFile, DevDb, Spec},
    dialect::{Dialect, DialectId},
    finding::{Evidence, Finding, FindingSet, Level, Silencer},
    folder::Folder,
    lint::{self, BaseChange, Baseline, Edit, Levels, Pass, ReviewedFile, Rule, Settings, rules},
    migrations::Directory,
    schema::Realm,
    sql::Facts,
    text::Source,
    trace::{self, Depth},
};

/// What a fence says about its block.
#[derive(Debug)]
struct Example {
    rule: &'static Rule,
    fails: bool,
    runs: bool,
    also: BTreeSet<String>,
    text: String,
}

/// What a block is made of.
#[derive(Debug, Default)]
struct Parts {
    base: String,
    new: Vec<(String, String)>,
    edits: Vec<Edit>,
    baseline: String,
}

fn examples() -> Vec<Example> {
    rules::ALL.iter().flat_map(|rule| blocks(rule)).collect()
}

fn blocks(rule: &'static Rule) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut lines = rule.doc.lines();
    while let Some(line) = lines.next() {
        let Some(fence) = line.strip_prefix("```sql ") else { continue };
        let mut words = fence.split(' ');
        let fails = match words.next() {
            Some("fail") => true,
            Some("pass") => false,
            other => panic!("{}: `{other:?}` is not `fail` or `pass`", rule.id.code),
        };
        let words: BTreeSet<String> = words.map(str::to_owned).collect();
        let text = lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
        let runs = !words.contains("static");
        let also = words.into_iter().filter(|word| word != "static").collect();
        examples.push(Example { rule, fails, runs, also, text });
    }
    examples
}

fn parts(text: &str) -> Parts {
    let mut parts = Parts::default();
    let mut current = None;
    for line in text.lines() {
        match line.strip_prefix("-- ") {
            Some(marker) if marker.starts_with("next migration") => {
                let version = marker["next migration".len()..].trim().to_owned();
                let version = if version.is_empty() { (parts.new.len() + 2).to_string() } else { version };
                current = Some("new");
                parts.new.push((version, String::new()));
            }
            Some("edited migration") => parts.edits.push(Edit::Edited),
            Some("removed migration") => parts.edits.push(Edit::Removed),
            Some("baseline") => current = Some("baseline"),
            _ => {
                let into = match current {
                    None => &mut parts.base,
                    Some("new") => &mut parts.new.last_mut().unwrap().1,
                    Some(_) => &mut parts.baseline,
                };
                into.push_str(line);
                into.push('\n');
            }
        }
    }
    parts
}

const BASE: &str = "migrations/1_base.sql";

/// The new files of a block and the base under them.
fn read(dialect: &dyn Dialect, parts: &Parts) -> (Vec<ReviewedFile>, BaseFile, Vec<Facts>) {
    let mut folder = Folder { path: "migrations".into(), ..Folder::default() };
    folder.files.insert("1_base.sql".into(), parts.base.clone().into());
    for (version, text) in &parts.new {
        folder.files.insert(format!("{version}_change.sql"), text.clone().into());
    }
    let directory = Directory::open(&folder).unwrap();
    let base = directory.migration("1").unwrap();
    let statements: Vec<_> =
        base.script(dialect.syntax()).unwrap().statements.into_iter().map(|one| one.span).collect();
    let facts = statements.iter().map(|span| dialect.classify(base.source.slice(*span))).collect();
    let new = directory.migrations.iter().filter(|migration| migration.version != "1").map(|migration| {
        let mut file = ReviewedFile::read_after_others(dialect, migration).unwrap();
        file.behind = (migration.version.as_str() < "1").then(|| "1".to_owned());
        file
    });
    (new.collect(), BaseFile { source: base.source.clone(), statements, alone: false }, facts)
}

async fn dev() -> DevDb {
    let executable = PathBuf::from(env!("CARGO_BIN_EXE_plinth"));
    let spec = Spec { dialect: DialectId::Sqlite, url: None, executable, lifetime: devdb::LIFETIME };
    devdb::start(spec).await.unwrap()
}

/// Lints a block, on the dev database if there is one.
async fn lint(dev: Option<&mut DevDb>, text: &str, levels: &str) -> FindingSet {
    let dialect = DialectId::Sqlite.ops();
    let parts = parts(text);
    let (mut files, base, facts) = read(dialect, &parts);
    let (mut before, mut after) = (Realm::default(), Realm::default());
    if let Some(dev) = dev {
        let traced = trace::trace(dialect, dev, &[base], files, Depth::Observed).await.unwrap();
        (before, after, files) = (traced.before, traced.after, traced.files);
    }
    lint::derive(dialect, &facts, &mut files);
    let edits: Vec<BaseChange> =
        parts.edits.iter().map(|edit| BaseChange { path: BASE.into(), edit: *edit }).collect();
    let settings = Settings {
        levels: Levels::parse(levels).unwrap(),
        baseline: Baseline::parse(&Source::new("accepted.tsv", parts.baseline)).unwrap(),
    };
    lint::lint(&Pass::new(dialect, &before, &after, &files, &edits), &settings)
}

fn codes(set: &FindingSet) -> BTreeSet<String> {
    set.findings.iter().map(|finding| finding.rule.code.to_owned()).collect()
}

#[tokio::test]
async fn every_example_of_every_rule_says_what_its_page_says() {
    let mut dev = dev().await;
    let mut wrong = Vec::new();
    for example in examples() {
        let set = lint(example.runs.then_some(&mut dev), &example.text, "").await;
        let mut expected = example.also.clone();
        if example.fails {
            expected.insert(example.rule.id.code.to_owned());
        }
        if codes(&set) != expected {
            let said: Vec<_> = set.findings.iter().map(said).collect();
            wrong.push(format!(
                "{}: expected {expected:?}\n{}{}",
                example.rule.id.code,
                example.text,
                said.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_rule_has_an_example_that_fails_and_one_that_passes() {
    for rule in rules::ALL {
        let blocks = blocks(rule);
        assert!(blocks.iter().any(|block| block.fails), "{} has no `sql fail`", rule.id.code);
        assert!(blocks.iter().any(|block| !block.fails), "{} has no `sql pass`", rule.id.code);
    }
}

fn said(finding: &Finding) -> String {
    format!(
        "{} {} {} {}:{} {:?}\n  {}\n  {}\n  {}",
        finding.level,
        finding.rule.code,
        finding.evidence,
        finding.place.path,
        finding.place.start,
        finding.object,
        finding.headline,
        finding.seen,
        finding.instead
    )
}

#[tokio::test]
async fn findings_speak_of_consequences() {
    let mut dev = dev().await;
    let mut text = String::new();
    for example in examples().into_iter().filter(|example| example.fails) {
        let set = lint(example.runs.then_some(&mut dev), &example.text, "").await;
        for finding in set.findings.iter().filter(|finding| finding.rule == example.rule.id) {
            text.push_str(&said(finding));
            text.push('\n');
        }
    }
    insta::with_settings!({ snapshot_path => "../cases/rules", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("findings", text);
    });
}

/// The text with the edit made.
fn fixed(text: &str, finding: &Finding) -> Option<String> {
    let fix = finding.fix.as_ref()?;
    Some(format!("{}{}{}", &text[..fix.span.start], fix.text, &text[fix.span.end..]))
}

#[tokio::test]
async fn an_edit_that_is_offered_repairs_what_it_is_offered_for() {
    let mut dev = dev().await;
    let mut repaired = BTreeSet::new();
    for example in examples().into_iter().filter(|example| example.fails) {
        let set = lint(example.runs.then_some(&mut dev), &example.text, "").await;
        let Some((base, new)) = example.text.split_once("-- next migration\n") else { continue };
        for finding in &set.findings {
            let Some(new) = fixed(new, finding) else { continue };
            let text = format!("{base}-- next migration\n{new}");
            let after = lint(example.runs.then_some(&mut dev), &text, "").await;
            let same = |other: &&Finding| other.rule == finding.rule && other.object == finding.object;
            assert_eq!(after.findings.iter().find(same), None, "{text}");
            assert!(!codes(&after).contains("EX101"), "{text}");
            repaired.insert(finding.rule.code);
        }
    }
    assert_eq!(repaired, ["BC101", "DR101", "LT103"].into());
}

const USERS: &str =
    "CREATE TABLE users (id integer PRIMARY KEY, email text, legacy text);\n-- next migration\n";

async fn observed(new: &str, levels: &str) -> FindingSet {
    lint(Some(&mut dev().await), &format!("{USERS}{new}"), levels).await
}

/// Code, level and evidence of the one finding.
fn only(set: &FindingSet) -> (&str, Level, Evidence) {
    let [only] = set.findings.as_slice() else {
        panic!("{:?}", set.findings.iter().map(said).collect::<Vec<_>>())
    };
    (only.rule.code, only.level, only.evidence)
}

fn rebuild(column: &str) -> String {
    format!(
        "CREATE TABLE new_users (id integer PRIMARY KEY, email {column}, legacy text);\n\
         INSERT INTO new_users SELECT id, email, legacy FROM users;\n\
         DROP TABLE users;\nALTER TABLE new_users RENAME TO users;\n"
    )
}

#[tokio::test]
async fn a_failure_with_rows_is_reported_once_by_the_rule_that_foresaw_it() {
    for (new, code, level) in [
        ("ALTER TABLE users ADD COLUMN age integer NOT NULL;".to_owned(), "LT104", Level::Error),
        (rebuild("text NOT NULL"), "LT101", Level::Error),
        (rebuild("text NOT NULL DEFAULT ''"), "MF104", Level::Error),
        ("CREATE UNIQUE INDEX users_email ON users (email);".to_owned(), "MF101", Level::Warning),
        (
            "CREATE TABLE b AS SELECT * FROM users;\nCREATE UNIQUE INDEX bi ON b (email);".to_owned(),
            "MF105",
            Level::Warning,
        ),
    ] {
        let set = observed(&new, "").await;
        assert_eq!(only(&set), (code, level, Evidence::Observed), "{new}");
        assert!(set.findings[0].seen.to_string().contains("the dev database refused it: `"), "{new}");
    }
}

#[tokio::test]
async fn a_run_that_passes_with_rows_clears_what_the_text_feared() {
    let fears = "UPDATE users SET email = printf('%s', email) WHERE id >= 0;\n";
    let set = observed(&format!("{fears}{}", rebuild("text NOT NULL")), "").await;
    assert_eq!(set.findings, []);
    let set = lint(None, &format!("{USERS}ALTER TABLE users ADD COLUMN age integer NOT NULL;"), "").await;
    assert_eq!(only(&set), ("LT104", Level::Error, Evidence::Syntax));
}

#[tokio::test]
async fn two_problems_of_one_statement_are_two_findings() {
    let new = "CREATE TABLE new_users (id integer PRIMARY KEY, email text NOT NULL, legacy text CHECK (legacy = 'x'));\n\
        INSERT INTO new_users SELECT id, COALESCE(email, ''), 'y' FROM users;\n\
        DROP TABLE users;\nALTER TABLE new_users RENAME TO users;\n";
    let set = observed(new, "").await;
    assert_eq!(codes(&set), ["MF105".to_owned()].into(), "a guarded column is not to blame");
    let set = observed(&new.replace("COALESCE(email, '')", "email"), "").await;
    assert!(set.findings.iter().any(|finding| finding.rule.code == "LT101"));
}

#[tokio::test]
async fn a_rule_that_is_off_takes_those_with_it_that_gave_way() {
    let new = "ALTER TABLE users ADD COLUMN age integer NOT NULL;";
    assert_eq!(observed(new, "LT104=off").await.findings, []);
    assert_eq!(only(&observed(new, "data_depend=info").await).1, Level::Info);
}

#[tokio::test]
async fn what_stops_the_apply_cannot_be_silenced_or_made_lighter() {
    for new in
        ["INSERT INTO missing VALUES (1);", "ALTER TABLE users ADD COLUMN age integer UNIQUE;", "BEGIN;"]
    {
        let text = format!("-- atlas:nolint\n\n-- atlas:nolint\n{new}");
        let set = observed(&text, "refused=off").await;
        assert_eq!(only(&set).1, Level::Error, "{new}");
        assert!(
            set.findings[0].seen.to_string().ends_with("line 3 cannot silence what stops the apply."),
            "{new}"
        );
        assert_eq!(set.silenced, []);
    }
}

#[tokio::test]
async fn a_directive_silences_by_any_name_of_any_rule_that_saw_it() {
    for name in ["LT104", "lt104", "empty-table-only", "data_depend", "MF103", "MF105", ""] {
        let text = format!(
            "-- atlas:nolint {name} -- it is empty\nALTER TABLE users ADD COLUMN age integer NOT NULL;"
        );
        let set = observed(&text, "").await;
        assert_eq!(set.findings, [], "{name}");
        let [silenced] = set.silenced.as_slice() else { panic!("{name}") };
        assert_eq!(silenced.by, Silencer::Directive { line: 1 });
        assert_eq!(silenced.reason.as_deref(), Some("it is empty"));
    }
}

#[tokio::test]
async fn a_directive_above_any_part_of_a_rebuild_is_about_the_rebuild() {
    for at in 0..4 {
        let mut lines: Vec<String> = rebuild("text NOT NULL").lines().map(str::to_owned).collect();
        lines[at].insert_str(0, "-- atlas:nolint LT101\n");
        let set = observed(&lines.join("\n"), "").await;
        assert_eq!((set.findings.len(), set.silenced.len()), (0, 1), "{at}");
    }
}

#[tokio::test]
async fn an_accepted_finding_is_silenced_until_its_statement_changes() {
    let new = "ALTER TABLE users DROP COLUMN legacy;";
    let accepted = Baseline::of(&observed(new, "").await.findings).to_string();
    let again =
        observed(&format!("ALTER TABLE users\n  DROP COLUMN legacy;\n-- baseline\n{accepted}"), "").await;
    assert_eq!(again.findings, []);
    assert_eq!(again.silenced[0].by, Silencer::Baseline);
    let other = observed(&format!("ALTER TABLE users DROP COLUMN email;\n-- baseline\n{accepted}"), "").await;
    assert_eq!(codes(&other), ["BL101".to_owned(), "DS103".to_owned()].into());
}

#[tokio::test]
async fn what_cannot_be_silenced_cannot_be_accepted() {
    let set = observed("INSERT INTO missing VALUES (1);", "").await;
    assert_eq!(Baseline::of(&set.findings).to_string().lines().count(), 1, "the comment alone");
}

#[test]
fn findings_of_every_level_are_sorted_worst_first() {
    let text = format!(
        "{USERS}ALTER TABLE users RENAME TO people;\nALTER TABLE people DROP COLUMN legacy;\nALTER TABLE people RENAME COLUMN email TO mail;\n"
    );
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let set = runtime.block_on(lint(None, &text, "BC102=info"));
    let codes: Vec<&str> = set.findings.iter().map(|finding| finding.rule.code).collect();
    assert_eq!(codes, ["DS103", "BC101", "BC102"]);
}

#[tokio::test]
async fn what_an_earlier_failure_kept_from_running_is_still_read() {
    let set = observed("INSERT INTO missing VALUES (1);\nALTER TABLE users DROP COLUMN legacy;", "").await;
    let said: Vec<_> = set.findings.iter().map(|finding| (finding.rule.code, finding.evidence)).collect();
    assert_eq!(said, [("EX101", Evidence::Observed), ("DS103", Evidence::Syntax)]);
    assert_eq!(set.findings[0].seen.to_string(), "What comes after it was not tried.");
}

#[tokio::test]
async fn a_column_that_can_go_is_not_refused_for_what_the_end_of_the_file_finds() {
    let new = "CREATE TABLE o (u REFERENCES users (email));\nALTER TABLE users DROP COLUMN legacy;";
    let set = observed(new, "").await;
    assert_eq!(codes(&set), ["DS103".to_owned(), "EX101".to_owned()].into());
}

#[tokio::test]
async fn a_rebuild_that_stops_half_way_drops_nothing() {
    let set = observed(&rebuild("text").replace("legacy FROM", "missing FROM"), "").await;
    assert_eq!(only(&set).0, "EX101");
}

#[tokio::test]
async fn names_are_known_without_a_dev_database() {
    for (new, expected) in [
        ("CREATE TEMP TABLE t (a);\nDROP TABLE t;", &[] as &[&str]),
        ("DROP TABLE IF EXISTS nothing;", &[]),
        ("DROP TABLE nothing;", &["DS102"]),
        ("DROP TABLE users;\nCREATE TABLE users (a);\nDROP TABLE users;", &["DS102"]),
        ("CREATE TABLE Scratch (a);\nALTER TABLE SCRATCH DROP COLUMN a;\nDROP TABLE scratch;", &[]),
        ("ALTER TABLE USERS DROP COLUMN LEGACY;", &["DS103"]),
        ("ALTER TABLE users ADD COLUMN v text AS (email) VIRTUAL;\nALTER TABLE users DROP COLUMN v;", &[]),
        (
            "CREATE INDEX i ON users (email);\nDROP INDEX i;\nCREATE UNIQUE INDEX i ON users (email);",
            &["MF102"],
        ),
        ("ALTER TABLE users ADD COLUMN x text;\nALTER TABLE users RENAME COLUMN x TO y;", &[]),
        ("ALTER TABLE users ADD COLUMN x text NOT NULL;", &["LT104"]),
        ("ALTER TABLE users ADD COLUMN x text UNIQUE NOT NULL;", &["LT105"]),
    ] {
        let set = lint(None, &format!("{USERS}{new}"), "").await;
        let codes: Vec<&str> = set.findings.iter().map(|finding| finding.rule.code).collect();
        assert_eq!(codes, expected, "{new}");
    }
}

#[tokio::test]
async fn the_same_input_gives_the_same_findings() {
    let text = format!("{USERS}{}", rebuild("text NOT NULL UNIQUE"));
    let mut dev = dev().await;
    let first = lint(Some(&mut dev), &text, "").await;
    assert!(first.findings.len() > 1);
    assert_eq!(lint(Some(&mut dev), &text, "").await, first);
}

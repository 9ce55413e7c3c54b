//! What is pending, case by case.

use std::collections::BTreeMap;

use super::*;
use crate::{db::RevisionType, migrations::formats::Atlas};

fn files(versions: &[&str]) -> Vec<File> {
    versions.iter().map(|version| file(version, "")).collect()
}

fn file(version: &str, text: &str) -> File {
    let statements = text.match_indices(';').scan(0, |start, (end, _)| {
        let span = Span::new(*start, end + 1);
        *start = end + 1;
        Some(span)
    });
    File {
        version: version.into(),
        description: String::new(),
        role: Role::Versioned,
        source: Source::new(format!("{version}.sql"), text),
        statements: statements.collect(),
        mode: None,
        guards: Vec::new(),
        hash: String::new(),
        digest: format!("digest of {version}{text}"),
        down: None,
    }
}

fn recorded(versions: &[&str]) -> Recorded {
    let row = |version: &&str| Revision {
        version: (*version).into(),
        kind: RevisionType::EXECUTED,
        ..Revision::default()
    };
    Recorded { revisions: versions.iter().map(row).collect(), ..Recorded::default() }
}

fn todo<'a>(files: &'a [File], recorded: &Recorded, options: &Options<'_>) -> Result<Todo<'a>> {
    pending(Files { format: &Atlas, files }, recorded, options)
}

fn names<'a>(files: &[&'a File]) -> Vec<&'a str> {
    files.iter().map(|file| file.version.as_str()).collect()
}

fn ordered(order: Order) -> Options<'static> {
    Options { order, ..Options::default() }
}

fn first(first_run: FirstRun<'_>) -> Options<'_> {
    Options { first_run, ..Options::default() }
}

#[test]
fn an_empty_database_gets_all_files_up_to_the_limit() {
    let files = files(&["1", "2", "3"]);
    let empty = Recorded::default();
    let options = Options { limit: Some(2), ..Options::default() };
    assert_eq!(names(&todo(&files, &empty, &options).unwrap().files), ["1", "2"]);
    let options = Options { to: Some("2"), ..Options::default() };
    assert_eq!(names(&todo(&files, &empty, &options).unwrap().files), ["1", "2"]);
    let options = Options { to: Some("4"), ..Options::default() };
    assert!(todo(&files, &empty, &options).unwrap_err().message().contains("`4`"));
}

#[test]
fn an_empty_database_starts_at_the_last_checkpoint_and_others_pass_it_over() {
    let mut files = files(&["1", "2", "3", "4"]);
    files[2].role = Role::Checkpoint { tag: "v1".into() };
    let empty = Recorded::default();
    assert_eq!(names(&todo(&files, &empty, &Options::default()).unwrap().files), ["3", "4"]);
    let options = Options { to: Some("2"), ..Options::default() };
    assert_eq!(names(&todo(&files, &empty, &options).unwrap().files), ["1", "2"]);
    assert_eq!(names(&todo(&files, &recorded(&["1"]), &Options::default()).unwrap().files), ["2", "4"]);
    assert_eq!(names(&todo(&files, &empty, &first(FirstRun::Baseline("1"))).unwrap().files), ["2", "4"]);
}

#[test]
fn a_database_with_objects_and_no_history_needs_a_decision() {
    let files = files(&["1", "2", "3"]);
    let found = Recorded { found: Some("table t".into()), ..Recorded::default() };
    let error = todo(&files, &found, &Options::default()).unwrap_err();
    assert!(error.message().contains("found table t"), "{error}");
    assert_eq!(todo(&files, &found, &first(FirstRun::AllowDirty)).unwrap().files.len(), 3);
    let todo_after = todo(&files, &found, &first(FirstRun::Baseline("2"))).unwrap();
    assert_eq!((names(&todo_after.files), todo_after.baseline[0].version.as_str()), (vec!["3"], "2"));
    let error = todo(&files, &Recorded::default(), &first(FirstRun::Baseline("9"))).unwrap_err();
    assert!(error.message().contains("`9`"));
}

#[test]
fn files_out_of_order_are_refused_skipped_or_run_first() {
    let files = files(&["0", "1", "2", "3", "4"]);
    let rows = recorded(&["1", "3"]);
    let error = todo(&files, &rows, &ordered(Order::Linear)).unwrap_err();
    assert!(error.message().starts_with("`2.sql` sorted before `3`"), "{error}");
    let skip = todo(&files, &rows, &ordered(Order::LinearSkip)).unwrap();
    assert_eq!((names(&skip.files), names(&skip.skipped)), (vec!["4"], vec!["0", "2"]));
    let mixed = todo(&files, &rows, &ordered(Order::NonLinear)).unwrap();
    assert_eq!((names(&mixed.files), names(&mixed.skipped)), (vec!["2", "4"], vec!["0"]));
    assert_eq!((mixed.current.as_deref(), mixed.out_of_order), (Some("3"), 1));
}

#[test]
fn a_file_applied_in_part_goes_on_where_it_stopped() {
    let text = "a;b;c;";
    let files = [file("1", text), file("2", "")];
    let mut rows = recorded(&["1"]);
    let hashes = crate::migrations::partial_hashes(["a;", "b;"]);
    rows.revisions[0] = Revision {
        total: 3,
        applied: 2,
        error: Some("boom".into()),
        partial_hashes: hashes,
        ..rows.revisions[0].clone()
    };
    let found = todo(&files, &rows, &Options::default()).unwrap();
    assert_eq!((names(&found.files), found.resume.unwrap().done), (vec!["1", "2"], 2));

    let error = todo(&[file("1", "a;x;c;")], &rows, &Options::default()).unwrap_err();
    assert_eq!(error.message(), "history changed: statement 2 of `1.sql` (line 1) is not the one that ran");
    let error = todo(&[file("1", "a;")], &rows, &Options::default()).unwrap_err();
    assert_eq!(error.message(), "`1.sql` got shorter: 2 of its statements ran, and it has 1 by now");
    let error = todo(&[file("2", "")], &rows, &Options::default()).unwrap_err();
    assert!(error.message().contains("its file is not there any more"), "{error}");

    rows.revisions[0].partial_hashes.clear();
    let error = todo(&files, &rows, &Options::default()).unwrap_err();
    assert!(error.message().ends_with("and nothing proves which ones ran"), "{error}");
    rows.revisions[0].kind = RevisionType(6);
    assert_eq!(names(&todo(&files, &rows, &Options::default()).unwrap().files), ["2"]);
}

#[test]
fn an_applied_file_that_was_edited_is_refused_unless_it_is_named() {
    let files = [file("1", "a;"), file("2", "b;"), file("3", "c;")];
    let mut rows = recorded(&["1", "2"]);
    rows.digests =
        BTreeMap::from([("1".to_owned(), "another".to_owned()), ("2".to_owned(), files[1].digest.clone())]);
    let error = todo(&files, &rows, &Options::default()).unwrap_err();
    assert!(error.message().starts_with("`1.sql` was edited after it was applied"), "{error}");
    let allowed = ["1".to_owned()];
    let options = Options { may_be_edited: &allowed, ..Options::default() };
    assert_eq!(names(&todo(&files, &rows, &options).unwrap().files), ["3"]);
}

#[test]
fn a_file_that_came_in_between_is_no_edit_of_those_behind_it() {
    let texts = [("1", "a;"), ("2", "b;"), ("3", "c;")];
    let mut files: Vec<File> = texts.iter().map(|(version, text)| file(version, text)).collect();
    let sum = |names: &[usize]| {
        crate::migrations::Sum::of(
            names.iter().map(|at| (["1.sql", "2.sql", "3.sql"][*at], texts[*at].1.as_bytes())),
        )
    };
    let (then, now) = (sum(&[0, 2]), sum(&[0, 1, 2]));
    for (file, entry) in files.iter_mut().zip(&now.entries) {
        file.hash.clone_from(&entry.hash);
    }
    let mut rows = recorded(&["1", "3"]);
    for (row, entry) in rows.revisions.iter_mut().zip(&then.entries) {
        row.hash.clone_from(&entry.hash);
    }
    let mixed = todo(&files, &rows, &ordered(Order::NonLinear)).unwrap();
    assert_eq!(names(&mixed.files), ["2"]);
    rows.revisions[1].hash = "of another text".into();
    let error = todo(&files, &rows, &ordered(Order::NonLinear)).unwrap_err();
    assert!(error.message().starts_with("`3.sql` was edited"), "{error}");
}

#[test]
fn a_repeatable_file_runs_last_and_again_when_its_text_changes() {
    let mut files = files(&["1", "r"]);
    files[1].role = Role::Repeatable;
    let mut rows = recorded(&["1", "r"]);
    rows.digests = BTreeMap::from([("r".to_owned(), files[1].digest.clone())]);
    assert!(todo(&files, &rows, &Options::default()).unwrap().files.is_empty());
    rows.digests.insert("r".to_owned(), "old".to_owned());
    let again = todo(&files, &rows, &Options::default()).unwrap();
    assert_eq!((names(&again.files), again.current.as_deref()), (vec!["r"], Some("1")));
}

#[test]
fn one_transaction_over_all_files_leaves_none_a_mode_of_its_own() {
    let mut files = files(&["1", "2"]);
    files[1].mode = Some(TxMode::None);
    let options = Options { mode: TxMode::All, ..Options::default() };
    let error = todo(&files, &Recorded::default(), &options).unwrap_err();
    assert!(error.message().starts_with("`2.sql` says how it wants to run"), "{error}");
}

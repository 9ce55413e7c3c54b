//! What is merged is applied, if it is what was reviewed.

use std::fs;

use serde_json::json;

use super::job::{DROP_FILE, Job, POSTS, POSTS_FILE, PULL, USERS, USERS_FILE, golden};
use crate::support::{fake_github::Fault, sandbox::Sandbox};

/// The usual repository, its one migration on the target.
fn deployed() -> Job {
    let mut job = Job::usual().with_target();
    let done = job.push("main");
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    job
}

/// A pull request that was reviewed and merged.
fn merged(path: &str, sql: &str) -> Job {
    let mut job = deployed();
    job.propose(&[(path, sql)]);
    job.review();
    job.merge(PULL, "feature");
    job
}

/// Runs the push, which must leave the target as it is.
fn push_in_vain(job: &mut Job) -> String {
    let before = fs::read(job.target()).expect("the target");
    let done = job.push("main");
    assert!(fs::read(job.target()).expect("the target") == before, "the target changed: {}", done.run.all());
    job.shown(&done)
}

#[test]
fn a_merge_is_applied_and_recorded_where_it_was_reviewed() {
    let mut job = merged(POSTS_FILE, POSTS);
    let done = job.push("main");
    assert_eq!((done.run.code, done.outputs["applied"].as_str()), (0, "1"), "{}", done.run.all());
    let first = job.shown(&done);
    assert_eq!(job.comments(PULL).len(), 1);
    let record = job.comments(PULL);
    let done = job.push("main");
    assert_eq!((done.outputs["applied"].as_str(), job.comments(PULL)), ("0", record));
    golden("apply", &[("merged", first), ("pushed again", job.shown(&done))]);
}

#[test]
fn a_file_that_changed_after_the_review_is_refused() {
    let mut job = deployed();
    job.propose(&[(POSTS_FILE, POSTS)]);
    job.review();
    job.merge_with(PULL, "feature", |job| job.write(&[(POSTS_FILE, "DROP TABLE users;\n")]));
    let shown = push_in_vain(&mut job);
    assert!(shown.starts_with("exit 1\n"), "{shown}");
    golden("apply-changed", &[("the merge brings other bytes", shown)]);
}

#[test]
fn files_that_nobody_reviewed_are_a_choice() {
    let mut job = deployed();
    job.push_to_main(&[(POSTS_FILE, POSTS)]);
    job.input("unreviewed", "fail");
    let refused = push_in_vain(&mut job);
    job.input("unreviewed", "apply");
    let done = job.push("main");
    golden("apply-unreviewed", &[("fail", refused), ("apply", job.shown(&done))]);
}

#[test]
fn a_commit_that_is_no_longer_the_tip_does_nothing() {
    let mut job = merged(POSTS_FILE, POSTS);
    job.fake.set_branch("main", &"f".repeat(40));
    let shown = push_in_vain(&mut job);
    golden("apply-superseded", &[("the branch moved on", shown)]);
}

#[test]
fn a_file_of_an_earlier_merge_is_judged_by_its_own_pull_request() {
    let mut steps = Vec::new();
    for (title, merged_sql) in
        [("as it was reviewed", POSTS), ("changed by its merge", "CREATE TABLE posts (id integer);\n")]
    {
        let mut job = deployed();
        job.input("unreviewed", "fail");
        job.propose(&[(POSTS_FILE, POSTS)]);
        job.review();
        job.merge_with(PULL, "feature", |job| job.write(&[(POSTS_FILE, merged_sql)]));
        // Its own run is cancelled; the next merge brings nothing but another file.
        job.propose_as(PULL + 1, "other", |job| {
            job.write(&[("migrations/20260104000000_tags.sql", "CREATE TABLE tags (id integer);\n")]);
        });
        job.review_of(PULL + 1, "other");
        job.merge(PULL + 1, "other");
        let done = job.push("main");
        assert_eq!(done.run.code, i32::from(merged_sql != POSTS), "{}", done.run.all());
        steps.push((title, job.shown(&done)));
        if title == "changed by its merge" {
            golden("apply-earlier-merge", &steps);
        }
    }
}

#[test]
fn a_later_pull_request_vouches_for_no_file_that_it_did_not_bring() {
    let mut job = deployed();
    job.input("unreviewed", "fail");
    job.push_to_main(&[(POSTS_FILE, POSTS)]);
    job.propose(&[("migrations/20260104000000_tags.sql", "CREATE TABLE tags (id integer);\n")]);
    job.merge(PULL, "feature");
    let shown = push_in_vain(&mut job);
    assert!(
        shown.starts_with("exit 1\n") && shown.contains("1 file came by no merged pull request"),
        "{shown}"
    );
}

#[test]
fn a_shallow_clone_is_judged_by_the_newest_merge() {
    let mut job = merged(POSTS_FILE, POSTS);
    let target = job.target();
    job.input("unreviewed", "fail");
    let clone = job.sandbox.checkout.cloned(&["--depth=1"]);
    let full = std::mem::replace(&mut job.sandbox, Sandbox::of(clone));
    job.input("url", &format!("sqlite://{}", target.display()));
    let done = job.push("main");
    assert_eq!((done.run.code, done.outputs["applied"].as_str()), (0, "1"), "{}", done.run.all());
    drop(full);
}

#[test]
fn without_the_forge_nothing_is_changed() {
    let mut steps = Vec::new();
    for (title, part) in
        [("the tip", "/git/ref"), ("the pull requests", "/pulls"), ("the reviewed files", "/contents")]
    {
        let mut job = merged(POSTS_FILE, POSTS);
        job.fake.fault("GET", part, Fault::Status(500), 99);
        let shown = push_in_vain(&mut job);
        assert!(shown.starts_with("exit 3\n"), "{shown}");
        let log = shown.split("--- comment").next().unwrap().to_owned();
        steps.push((title, log));
        if title == "the reviewed files" {
            golden("apply-forge-down", &steps);
        }
    }
}

#[test]
fn a_record_that_cannot_be_written_is_said_and_the_apply_stands() {
    let mut job = merged(POSTS_FILE, POSTS);
    job.fake.fault("PATCH", "/comments", Fault::Status(403), 99);
    let done = job.push("main");
    assert_eq!((done.run.code, done.outputs["applied"].as_str()), (0, "1"), "{}", done.run.all());
    assert!(done.run.stderr.contains("GitHub refuses to write the comment"), "{}", done.run.all());
    assert!(done.summary.contains("The comment could not be posted"), "{}", done.summary);
}

#[test]
fn a_statement_that_fails_leaves_nothing_of_its_file_and_shows_no_values() {
    let mut steps = Vec::new();
    let failing = "CREATE TABLE kept_out (id integer);\nINSERT INTO users (id, name) SELECT 1, 'hunter2' UNION ALL SELECT 2, NULL;\n";
    for (title, also) in [("the only file", None), ("after a file that ran", Some((POSTS_FILE, POSTS)))] {
        let mut job = deployed();
        job.propose(&also.into_iter().chain([(DROP_FILE, failing)]).collect::<Vec<_>>());
        job.review();
        job.merge(PULL, "feature");
        let done = job.push("main");
        assert_eq!(done.run.code, if also.is_some() { 4 } else { 3 }, "{}", done.run.all());
        steps.push((title, job.shown(&done)));
        if also.is_some() {
            golden("apply-fails", &steps);
        }
    }
}

#[test]
fn what_the_database_says_is_shown_without_values() {
    let guard = "CREATE TRIGGER guard BEFORE INSERT ON users BEGIN\n\
                 SELECT RAISE(ABORT, 'the row of ''O''''Brien'' (''ada@example.com'') is in the way');\nEND;\n";
    let mut job = Job::new(&[(USERS_FILE, &[USERS, guard].concat())]).with_target();
    assert_eq!(job.push("main").run.code, 0);
    job.propose(&[(POSTS_FILE, "INSERT INTO users (name) VALUES ('x');\n")]);
    job.merge(PULL, "feature");
    let done = job.push("main");
    let said = [&done.run.stderr, &done.summary, &job.comments(PULL).concat(), &done.outputs["report"]];
    assert_eq!(done.run.code, 3, "{}", done.run.all());
    for text in said {
        assert!(
            text.contains("a trigger refused it") && !text.contains("Brien") && !text.contains("ada@"),
            "{text}"
        );
    }
}

#[test]
fn only_the_default_branch_and_the_apply_branches_are_applied() {
    let mut steps = Vec::new();
    let mut job = Job::usual().with_target();
    job.sandbox.checkout.git(&["checkout", "--quiet", "-b", "release"]);
    let tip = job.sandbox.checkout.git(&["rev-parse", "HEAD"]);
    job.fake.set_branch("release", &tip);
    let done = job.push("release");
    steps.push(("another branch", job.shown(&done)));
    job.input("apply-branches", "staging\nrelease");
    let done = job.push("release");
    assert_eq!(done.outputs["applied"], "1", "{}", done.run.all());
    steps.push(("one of `apply-branches`", job.shown(&done)));
    golden("apply-branches", &steps);
}

#[test]
fn a_run_by_hand_applies_on_the_default_branch_only() {
    let mut job = Job::usual().with_target();
    job.sandbox.checkout.git(&["branch", "side"]);
    let done = job.on("workflow_dispatch", &json!({ "ref": "refs/heads/side" }), "refs/heads/side");
    assert!(done.run.code == 0 && done.run.stderr.contains("nothing to do"), "{}", done.run.all());
    let done = job.on("workflow_dispatch", &json!({ "ref": "refs/heads/main" }), "refs/heads/main");
    assert_eq!((done.run.code, done.outputs["applied"].as_str()), (0, "1"), "{}", done.run.all());
}

#[test]
fn several_folders_for_one_database_must_be_told_apart() {
    let mut job = Job::new(&[(USERS_FILE, USERS), ("audit/1_log.sql", "CREATE TABLE log (id integer);\n")])
        .with_target();
    let refused = push_in_vain(&mut job);
    job.input("dir", "file://audit");
    let done = job.push("main");
    golden("apply-folders", &[("two folders", refused), ("one of them named", job.shown(&done))]);
}

#[test]
fn without_a_token_it_is_said_that_nothing_was_compared() {
    let mut job = Job::usual().with_target();
    job.token = None;
    let done = job.push("main");
    golden("apply-no-token", &[("pushed", job.shown(&done))]);
    job.input("unreviewed", "fail");
    job.push_to_main(&[(POSTS_FILE, POSTS)]);
    let shown = push_in_vain(&mut job);
    assert!(shown.starts_with("exit 1\n"), "{shown}");
}

#[test]
fn a_database_that_cannot_be_opened_is_an_error_that_shows_no_password() {
    let mut job = merged(POSTS_FILE, POSTS);
    job.input("url", "sqlite:///nowhere/app.db?password=hunter2hunter2");
    let done = job.push("main");
    assert_eq!(done.run.code, 3, "{}", done.run.all());
    golden(
        "apply-no-database",
        &[("pushed", job.shown(&done).split("--- comment").next().unwrap().to_owned())],
    );
}

#[test]
fn an_edited_checksum_file_stops_the_apply() {
    let mut job = deployed();
    job.sandbox.write(POSTS_FILE, POSTS);
    let commit = job.sandbox.checkout.commit("without its checksum");
    job.fake.set_branch("main", &commit);
    let shown = push_in_vain(&mut job);
    golden("apply-checksum", &[("pushed", shown)]);
}

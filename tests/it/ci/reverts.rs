//! A merge that is taken back: its review shows the way down, and the run after it goes it.

use std::fs;

use super::job::{Job, POSTS, POSTS_FILE, PULL, USERS, USERS_FILE, golden};
use crate::support::sandbox::Sandbox;

/// A migration that says how it is undone, and that it may be.
const AGE: &str = "-- atlas:txtar\n\n-- migration.sql --\nALTER TABLE users ADD COLUMN age integer;\n\
    -- down.sql --\n-- atlas:nolint destructive -- nobody reads it any more\n\nALTER TABLE users DROP COLUMN age;\n";
/// Where it stands.
const AGE_FILE: &str = "migrations/20260105000000_age.sql";

/// A repository whose target ran what pull request [`PULL`] brought.
fn deployed(files: &[(&str, &str)]) -> Job {
    let mut job = Job::usual().with_target();
    let done = job.push("main");
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    job.propose(files);
    job.merge(PULL, "feature");
    let done = job.push("main");
    let count = files.len().to_string();
    assert_eq!((done.run.code, &done.outputs["applied"]), (0, &count), "{}", done.run.all());
    job
}

/// Opens the pull request that takes these files away again.
fn take_back(job: &Job, files: &[&str]) {
    job.propose_as(PULL + 1, "revert", |job| {
        for file in files {
            fs::remove_file(job.sandbox.file(file)).expect("the file");
        }
        job.hash("migrations");
    });
}

fn sql(job: &Job, sql: &str) -> Vec<Vec<Option<String>>> {
    let url = plinth::secret::Secret::new(format!("sqlite://{}", job.target().display()));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut target = plinth::db::connect(&url, plinth::db::Access::Write).await.expect("the target");
        let rows = plinth::db::query(target.session.as_mut(), sql).await.expect("an answer");
        target.session.close().await;
        rows
    })
}

fn tables(job: &Job) -> Vec<String> {
    let rows = sql(job, "SELECT name FROM sqlite_schema WHERE name IN ('users', 'posts') ORDER BY name");
    rows.into_iter().flatten().flatten().collect()
}

#[test]
fn a_revert_shows_the_way_down_and_the_merge_goes_it() {
    let mut job = deployed(&[(POSTS_FILE, POSTS), (AGE_FILE, AGE)]);
    take_back(&job, &[AGE_FILE]);
    let written = job.review_of(PULL + 1, "revert");
    let written = job.shown(&written);
    assert!(written.starts_with("exit 0\n"), "{written}");
    take_back(&job, &[POSTS_FILE]);
    let computed = job.review_of(PULL + 1, "revert");
    let computed = job.shown(&computed);
    job.merge(PULL + 1, "revert");
    let done = job.push("main");
    assert_eq!((done.run.code, done.outputs["reverted"].as_str()), (0, "2"), "{}", done.run.all());
    assert_eq!(tables(&job), ["users"]);
    let reverted = job.shown(&done);
    let done = job.push("main");
    assert_eq!((done.run.code, done.outputs["applied"].as_str()), (0, "0"), "{}", done.run.all());
    golden(
        "revert",
        &[("a written way down", written), ("and a computed one", computed), ("merged", reverted)],
    );
    // Brought again, it is applied again.
    job.propose_as(PULL + 2, "again", |job| job.write(&[(POSTS_FILE, POSTS)]));
    job.merge(PULL + 2, "again");
    let done = job.push("main");
    assert_eq!((done.run.code, done.outputs["applied"].as_str()), (0, "1"), "{}", done.run.all());
    assert_eq!(tables(&job), ["posts", "users"]);
}

/// Runs the push, which must refuse and leave the target as it is.
fn push_in_vain(job: &mut Job) -> String {
    let before = fs::read(job.target()).expect("the target");
    let done = job.push("main");
    assert_eq!(done.run.code, 1, "{}", done.run.all());
    assert!(fs::read(job.target()).expect("the target") == before, "the target changed: {}", done.run.all());
    job.shown(&done)
}

#[test]
fn what_has_data_in_it_is_not_dropped() {
    let mut job = deployed(&[(POSTS_FILE, POSTS)]);
    sql(&job, "INSERT INTO users VALUES (1, 'ada', NULL)");
    sql(&job, "INSERT INTO posts VALUES (1, 1)");
    take_back(&job, &[POSTS_FILE]);
    job.merge(PULL + 1, "revert");
    let shown = push_in_vain(&mut job);
    sql(&job, "DELETE FROM posts");
    let done = job.push("main");
    assert_eq!((done.run.code, done.outputs["reverted"].as_str()), (0, "1"), "{}", done.run.all());
    golden("revert-data", &[("a table with a row", shown)]);
}

#[test]
fn a_project_may_decide_that_nothing_is_reverted() {
    let mut job = deployed(&[(POSTS_FILE, POSTS)]);
    job.input("on-revert", "fail");
    take_back(&job, &[POSTS_FILE]);
    let reviewed = job.review_of(PULL + 1, "revert");
    assert!(reviewed.run.all().contains("NL102"), "{}", reviewed.run.all());
    job.merge(PULL + 1, "revert");
    let shown = push_in_vain(&mut job);
    golden("revert-fail", &[("on-revert: fail", shown)]);
}

#[test]
fn what_was_never_on_the_branch_is_left_alone() {
    let mut job = Job::usual().with_target();
    job.push("main");
    // Somebody tries a migration of another branch on the same database.
    job.write(&[(POSTS_FILE, POSTS)]);
    let url = format!("--url=sqlite://{}", job.target().display());
    let run = job.sandbox.plinth_with(&["migrate", "apply", &url]);
    assert_eq!(run.code, 0, "{}", run.all());
    fs::remove_file(job.sandbox.file(POSTS_FILE)).expect("the file");
    job.hash("migrations");
    let shown = push_in_vain(&mut job);
    assert!(shown.contains("nothing says that it was ever on this branch"), "{shown}");
    golden("revert-stranger", &[("a file of another branch", shown)]);
}

#[test]
fn without_a_token_nobody_knows_which_commit_is_the_newest() {
    let mut job = deployed(&[(POSTS_FILE, POSTS)]);
    take_back(&job, &[POSTS_FILE]);
    job.merge(PULL + 1, "revert");
    job.token = None;
    let shown = push_in_vain(&mut job);
    assert!(shown.contains("an older one must not revert"), "{shown}");
}

#[test]
fn a_clone_of_one_commit_asks_the_forge_for_the_one_before_it() {
    let mut job = deployed(&[(POSTS_FILE, POSTS)]);
    let before = job.sandbox.checkout.git(&["rev-parse", "main"]);
    take_back(&job, &[POSTS_FILE]);
    job.merge(PULL + 1, "revert");
    let target = job.target();
    let clone = job.sandbox.checkout.cloned(&["--depth=1"]);
    let full = std::mem::replace(&mut job.sandbox, Sandbox::of(clone));
    job.input("url", &format!("sqlite://{}", target.display()));
    job.fake.put_file(&before, USERS_FILE, USERS);
    let refused = job.push("main");
    assert_eq!(refused.run.code, 1, "{}", refused.run.all());
    assert!(refused.run.all().contains("nothing says that it was ever on this branch"));
    job.fake.put_file(&before, POSTS_FILE, POSTS);
    let done = job.push("main");
    assert_eq!((done.run.code, done.outputs["reverted"].as_str()), (0, "1"), "{}", done.run.all());
    drop(full);
}

#[test]
fn what_another_branch_brought_is_left_alone() {
    let mut job = deployed(&[(POSTS_FILE, POSTS)]);
    // Another branch that is applied to the same database, from before the merge.
    job.input("apply-branches", "stable");
    let checkout = &job.sandbox.checkout;
    checkout.git(&["checkout", "--quiet", "-B", "stable", "main~1"]);
    job.fake.set_branch("stable", &checkout.git(&["rev-parse", "HEAD"]));
    let before = fs::read(job.target()).expect("the target");
    let done = job.push("stable");
    assert_eq!(done.run.code, 1, "{}", done.run.all());
    assert!(fs::read(job.target()).expect("the target") == before, "{}", done.run.all());
}

#[test]
fn a_removal_that_nobody_reviewed_is_a_choice() {
    let mut job = deployed(&[(POSTS_FILE, POSTS)]);
    job.input("unreviewed", "fail");
    let checkout = &job.sandbox.checkout;
    fs::remove_file(job.sandbox.file(POSTS_FILE)).expect("the file");
    job.hash("migrations");
    let commit = checkout.commit("straight to main");
    job.fake.set_branch("main", &commit);
    let shown = push_in_vain(&mut job);
    assert!(shown.contains("was removed by no merged pull request"), "{shown}");
    job.input("unreviewed", "apply");
    let done = job.push("main");
    assert_eq!((done.run.code, done.outputs["reverted"].as_str()), (0, "1"), "{}", done.run.all());
}

#[test]
fn files_in_the_middle_are_no_revert() {
    let mut job = deployed(&[(POSTS_FILE, POSTS)]);
    take_back(&job, &[USERS_FILE]);
    let done = job.review_of(PULL + 1, "revert");
    assert!(done.run.all().contains("NL102") && done.run.code == 1, "{}", done.run.all());
}

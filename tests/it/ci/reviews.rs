//! A pull request gets its review: the comment, the summary, the outputs, the verdict.

use super::job::{DROP, DROP_FILE, Job, POSTS, POSTS_FILE, PULL, USERS, USERS_FILE, golden};

#[test]
fn a_comment_is_created_then_left_alone_then_updated() {
    let mut job = Job::usual();
    job.propose(&[(DROP_FILE, DROP)]);
    let first = job.review();
    let created = job.shown(&first);
    job.next_run -= 1;
    let second = job.review();
    assert_eq!(second.run.code, 1);
    let writes =
        |job: &Job| job.fake.requests().into_iter().filter(|request| !request.starts_with("GET")).count();
    assert_eq!(writes(&job), 1, "a repeated run says the same: {:?}", job.fake.requests());
    job.propose(&[(DROP_FILE, POSTS)]);
    let third = job.review();
    assert_eq!(writes(&job), 2);
    golden("finding", &[("opened", created), ("after the fix", job.shown(&third))]);
}

#[test]
fn an_older_run_leaves_the_comment_of_a_newer_one() {
    let mut job = Job::usual();
    job.propose(&[(POSTS_FILE, POSTS)]);
    job.review();
    let newer = job.comments(PULL);
    job.propose(&[(DROP_FILE, DROP)]);
    job.next_run = 5;
    let older = job.review();
    assert_eq!(job.comments(PULL), newer);
    golden("older-run", &[("an older run, later", job.shown(&older))]);
}

#[test]
fn what_came_to_the_branch_after_the_event_is_not_of_the_change() {
    let mut job = Job::usual();
    job.propose(&[(POSTS_FILE, POSTS)]);
    let event = job.pull_event(PULL, "feature");
    job.push_to_main(&[("audit/1_log.sql", "CREATE TABLE log (id integer);\n")]);
    let checkout = &job.sandbox.checkout;
    checkout.git(&["checkout", "--quiet", "--detach", "main"]);
    checkout.git(&["merge", "--quiet", "--no-ff", "--message", "would be merged", "feature"]);
    let done = job.on("pull_request", &event, "refs/pull/7/merge");
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    let comments = job.comments(PULL);
    assert_eq!(comments.len(), 1, "{comments:#?}");
    assert!(!comments[0].contains("audit"), "{}", comments[0]);
}

#[test]
fn the_comment_of_somebody_else_is_left_alone() {
    let mut job = Job::usual();
    job.propose(&[(POSTS_FILE, POSTS)]);
    let marker =
        r#"<!-- plinth {"v":1,"project":"migrations","kind":"review","head":"","run":"999","body":""} -->"#;
    let forged = format!("{marker}\n### 🟢 Safe to merge");
    job.fake.comment_as("mallory", PULL, &forged);
    let done = job.review();
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    let comments = job.fake.comments(PULL);
    assert_eq!((comments.len(), &comments[0].body), (2, &forged));
    assert_eq!(comments[1].author, "github-actions[bot]");
}

#[test]
fn a_change_without_migrations_gets_no_comment() {
    let mut job = Job::usual();
    job.propose(&[("README.md", "hello")]);
    let done = job.review();
    golden("no-migration", &[("a change of the README", job.shown(&done))]);
    assert_eq!(job.fake.requests(), ["GET /issues/7/comments"]);
}

#[test]
fn the_comment_of_a_change_that_was_taken_back_says_so() {
    let mut job = Job::usual();
    job.propose(&[(DROP_FILE, DROP)]);
    job.review();
    job.propose_as(PULL, "feature", |job| {
        std::fs::remove_file(job.sandbox.file(DROP_FILE)).unwrap();
        job.hash("migrations");
    });
    let done = job.review();
    assert_eq!(job.comments(PULL).len(), 1);
    golden("taken-back", &[("the migration is taken back", job.shown(&done))]);
}

#[test]
fn each_folder_has_a_comment_of_its_own() {
    let mut job = Job::new(&[(USERS_FILE, USERS), ("audit/1_log.sql", "CREATE TABLE log (id integer);\n")]);
    job.propose(&[(POSTS_FILE, POSTS), ("audit/2_drop.sql", "DROP TABLE log;\n")]);
    let done = job.review();
    assert_eq!(job.comments(PULL).len(), 2);
    golden("two-folders", &[("both folders change", job.shown(&done))]);
}

#[test]
fn the_input_dir_says_what_to_review() {
    let mut job = Job::new(&[(USERS_FILE, USERS), ("audit/1_log.sql", "CREATE TABLE log (id integer);\n")]);
    job.propose(&[(POSTS_FILE, POSTS), ("audit/2_drop.sql", "DROP TABLE log;\n")]);
    job.input("dir", "file://migrations");
    let done = job.review();
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    assert_eq!(job.comments(PULL).len(), 1);
    job.input("dir", "migrations\naudit");
    let done = job.review();
    assert_eq!(done.run.code, 1, "{}", done.run.all());
    assert_eq!(job.comments(PULL).len(), 2);
    job.input("dir", "nowhere");
    let done = job.review();
    golden("dir-nowhere", &[("a folder that is not there", job.shown(&done))]);
}

#[test]
fn a_checksum_file_that_does_not_match_is_said_in_the_comment() {
    let mut steps = Vec::new();
    let mut job = Job::usual();
    job.propose_as(PULL, "feature", |job| {
        job.sandbox.write(POSTS_FILE, POSTS);
    });
    let done = job.review();
    assert_eq!(done.run.code, 2);
    steps.push(("a file is not in the checksum file", job.shown(&done)));
    let mut job = Job::usual();
    job.propose_as(PULL, "feature", |job| {
        job.write(&[(POSTS_FILE, POSTS)]);
        std::fs::remove_file(job.sandbox.file("migrations/atlas.sum")).unwrap();
    });
    let done = job.review();
    assert_eq!(done.run.code, 2);
    steps.push(("the checksum file is gone", job.shown(&done)));
    golden("checksum", &steps);
}

#[test]
fn a_statement_that_fails_is_shown_with_the_words_of_the_database() {
    let mut job = Job::usual();
    job.propose(&[(
        POSTS_FILE,
        "CREATE TABLE posts (id integer);\nALTER TABLE user ADD COLUMN age integer;\n",
    )]);
    let done = job.review();
    assert_eq!(done.run.code, 1);
    golden("statement-fails", &[("opened", job.shown(&done))]);
}

#[test]
fn files_behind_the_base_and_edited_ones_are_found() {
    let mut job = Job::usual();
    job.propose(&[
        (USERS_FILE, "CREATE TABLE users (id integer PRIMARY KEY, name text);\n"),
        ("migrations/20251231000000_late.sql", POSTS),
    ]);
    let done = job.review();
    assert_eq!(done.run.code, 1);
    golden("history", &[("opened", job.shown(&done))]);
}

#[test]
fn a_folder_that_goes_away_is_said() {
    let mut job = Job::usual();
    job.propose_as(PULL, "feature", |job| {
        std::fs::remove_dir_all(job.sandbox.file("migrations")).unwrap();
        job.sandbox.write("README.md", "hello");
    });
    let done = job.review();
    golden("folder-gone", &[("opened", job.shown(&done))]);
}

#[test]
fn a_new_folder_is_reviewed_whole() {
    let mut job = Job::new(&[("README.md", "hello")]);
    job.propose(&[(USERS_FILE, USERS), (POSTS_FILE, POSTS)]);
    let done = job.review();
    golden("new-folder", &[("opened", job.shown(&done))]);
}

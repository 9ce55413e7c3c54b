//! Which event leads to what.

use serde_json::json;

use super::job::{DROP, DROP_FILE, Job, POSTS, POSTS_FILE, PULL, golden};
use crate::support::{checkout::Checkout, sandbox::Sandbox};

#[test]
fn a_merge_queue_entry_is_reviewed_without_a_comment() {
    let mut job = Job::usual();
    job.propose(&[(DROP_FILE, DROP)]);
    let commit = |revision: &str| job.sandbox.checkout.git(&["rev-parse", revision]);
    let event = json!({ "action": "checks_requested", "merge_group": {
        "head_sha": commit("HEAD"), "base_sha": commit("main"), "base_ref": "refs/heads/main",
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7",
    }});
    let done = job.on("merge_group", &event, "refs/heads/gh-readonly-queue/main/pr-7");
    assert_eq!(done.run.code, 1, "{}", done.run.all());
    assert!(job.comments(PULL).is_empty());
    golden("merge-group", &[("checks requested", job.shown(&done))]);
}

#[test]
fn events_with_the_rights_of_the_repository_are_refused() {
    let mut steps = Vec::new();
    let mut job = Job::usual().with_target();
    job.propose(&[(POSTS_FILE, POSTS)]);
    let pull = job.pull_event(PULL, "feature");
    let done = job.on("pull_request_target", &pull, "refs/heads/main");
    steps.push(("pull_request_target", job.shown(&done)));
    let head = job.sandbox.checkout.git(&["rev-parse", "feature"]);
    let run = json!({ "workflow_run": { "head_sha": head, "head_repository": { "id": 1 } } });
    let done = job.on("workflow_run", &run, "refs/heads/main");
    assert_eq!(done.run.code, 1, "{}", done.run.all());
    let done = job.on("issue_comment", &json!({ "issue": { "pull_request": {} } }), "refs/heads/main");
    assert_eq!(done.run.code, 1, "{}", done.run.all());
    assert_eq!(job.fake.requests(), Vec::<String>::new());
    golden("privileged", &steps);
}

#[test]
fn what_plinth_has_no_use_for_is_said_and_succeeds() {
    let mut job = Job::usual().with_target();
    let zeros = "0".repeat(40);
    let head = job.sandbox.checkout.git(&["rev-parse", "HEAD"]);
    let mut steps = Vec::new();
    let deleted = json!({ "ref": "refs/heads/old", "before": head, "after": zeros, "deleted": true });
    let tag = json!({ "ref": "refs/tags/v1", "before": zeros, "after": head, "deleted": false });
    let mut closed = {
        job.propose(&[(POSTS_FILE, POSTS)]);
        job.pull_event(PULL, "feature")
    };
    closed["action"] = json!("closed");
    for (title, name, event, reference) in [
        ("a branch is deleted", "push", deleted, "refs/heads/old"),
        ("a tag is pushed", "push", tag, "refs/tags/v1"),
        ("a timer", "schedule", json!({}), "refs/heads/main"),
        ("a pull request is closed", "pull_request", closed, "refs/pull/7/merge"),
        ("a star", "watch", json!({}), "refs/heads/main"),
    ] {
        let done = job.on(name, &event, reference);
        assert_eq!(done.run.code, 0, "{title}: {}", done.run.all());
        steps.push((title, job.shown(&done)));
    }
    assert_eq!(job.fake.requests(), Vec::<String>::new());
    golden("nothing-to-do", &steps);
}

#[test]
fn without_a_target_a_push_changes_nothing() {
    let mut job = Job::usual();
    let done = job.push("main");
    golden("no-url", &[("pushed", job.shown(&done))]);
    assert_eq!(job.fake.requests(), Vec::<String>::new());
}

#[test]
fn a_shallow_clone_without_the_base_names_the_way_out() {
    let mut job = Job::usual();
    job.propose(&[(POSTS_FILE, POSTS)]);
    let event = job.pull_event(PULL, "feature");
    job.sandbox.checkout.git(&["branch", "--force", "merged", "HEAD"]);
    let clone: Checkout = job.sandbox.checkout.cloned(&["--depth=1", "--branch=merged"]);
    job.sandbox = Sandbox::of(clone);
    let done = job.on("pull_request", &event, "refs/pull/7/merge");
    assert_eq!(done.run.code, 2, "{}", done.run.all());
    golden("shallow", &[("opened", job.shown(&done))]);
}

#[test]
fn an_event_file_that_is_none_is_a_usage_error() {
    let mut job = Job::usual();
    let done = job.on("pull_request", &json!({}), "refs/pull/7/merge");
    assert_eq!(done.run.code, 2, "{}", done.run.all());
    golden("bad-event", &[("a pull request without one", job.shown(&done))]);
}

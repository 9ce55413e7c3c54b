//! A forge that refuses, breaks or stays silent changes neither the verdict nor the exit code.

use super::job::{DROP, DROP_FILE, Done, Job, POSTS, POSTS_FILE, PULL, golden};
use crate::support::fake_github::{FakeGitHub, Fault};

const OLD: &str = "<!-- plinth {\"v\":1,\"project\":\"migrations\",\"kind\":\"review\",\"head\":\"\",\"run\":\"1\",\
                   \"body\":\"\"} -->\nold";

/// Every fault with its name; the last one takes as long as the program waits.
const FAULTS: [(&str, Fault); 9] = [
    ("401", Fault::Status(401)),
    ("403", Fault::Status(403)),
    ("404", Fault::Status(404)),
    ("422", Fault::Status(422)),
    ("429", Fault::Limited(3600)),
    ("500", Fault::Status(500)),
    ("garbage", Fault::Garbage),
    ("nothing", Fault::Nothing),
    ("cut", Fault::Cut),
];

/// What a job says about its comment.
fn said(job: &Job, title: &str, done: &Done) -> String {
    let log = done
        .run
        .stderr
        .lines()
        .skip_while(|line| !line.starts_with("error: "))
        .take_while(|line| line.starts_with("error: ") || line.starts_with(' '));
    let noted = done.summary.lines().filter(|line| line.contains("could not be posted"));
    let lines: Vec<_> = log.map(str::to_owned).chain(noted.map(|line| format!("summary {line}"))).collect();
    job.scrub(&format!(
        "{title}: exit {}, verdict {}\n{}\n",
        done.run.code,
        done.outputs.get("verdict").map_or("", String::as_str),
        lines.iter().fold(String::new(), |text, line| text + &format!("    {line}\n")),
    ))
}

fn every_fault(method: &str, comment: Option<&str>) {
    let mut job = Job::usual();
    job.propose(&[(DROP_FILE, DROP)]);
    let mut text = String::new();
    for (title, fault) in FAULTS {
        job.fake = FakeGitHub::start();
        let head = job.sandbox.checkout.git(&["rev-parse", "feature"]);
        job.fake.open_pull(PULL, &head);
        if let Some(comment) = comment {
            job.fake.comment_as("github-actions[bot]", PULL, comment);
        }
        job.fake.fault(method, "/comments", fault, 99);
        let done = job.review();
        assert_eq!(done.run.code, 1, "{title}: {}", done.run.all());
        assert!(
            done.summary.contains("Do not merge yet") && done.summary.contains("could not be posted"),
            "{title}"
        );
        let kept: Vec<_> = comment.map(str::to_owned).into_iter().collect();
        assert_eq!(job.comments(PULL), kept, "{title}");
        text.push_str(&said(&job, title, &done));
    }
    crate::support::golden::golden(&format!("ci/faults-{}.txt", method.to_lowercase()), &text);
}

#[test]
fn a_list_of_comments_that_cannot_be_read_is_said() {
    every_fault("GET", None);
}

#[test]
fn a_comment_that_cannot_be_made_is_said() {
    every_fault("POST", None);
}

#[test]
fn a_comment_that_cannot_be_changed_is_said() {
    every_fault("PATCH", Some(OLD));
}

#[test]
fn a_limit_with_a_short_wait_is_waited_for() {
    let mut job = Job::usual();
    job.propose(&[(POSTS_FILE, POSTS)]);
    job.fake.fault("GET", "/comments", Fault::Limited(0), 1);
    job.fake.fault("POST", "/comments", Fault::Secondary(Some(0)), 1);
    let done = job.review();
    assert_eq!((done.run.code, job.comments(PULL).len()), (0, 1), "{}", done.run.all());
}

#[test]
fn an_answer_that_is_lost_makes_no_second_comment() {
    let mut job = Job::usual();
    job.propose(&[(POSTS_FILE, POSTS)]);
    job.fake.fault("POST", "/comments", Fault::Lost, 1);
    let done = job.review();
    assert_eq!((done.run.code, job.comments(PULL).len()), (0, 1), "{}", done.run.all());
}

#[test]
fn a_forge_that_never_answers_is_given_up() {
    let mut job = Job::usual();
    job.propose(&[(DROP_FILE, DROP)]);
    job.fake.fault("GET", "/comments", Fault::Hang, 99);
    let done = job.review();
    assert_eq!(done.run.code, 1, "{}", done.run.all());
    golden("forge-hangs", &[("the comments are never listed", said(&job, "hang", &done))]);
}

#[test]
fn a_required_comment_fails_the_run_where_it_cannot_be_posted() {
    let mut job = Job::usual();
    job.input("require-comment", "true");
    job.propose(&[(POSTS_FILE, POSTS)]);
    job.fake.fault("POST", "/comments", Fault::Status(403), 1);
    let done = job.review();
    assert_eq!((done.run.code, done.outputs["verdict"].as_str()), (3, "green"), "{}", done.run.all());
    let done = job.review();
    assert_eq!(done.run.code, 0, "{}", done.run.all());
}

#[test]
fn a_fork_is_reviewed_with_a_token_that_can_only_read() {
    let mut steps = Vec::new();
    for (title, path, sql, code) in
        [("a finding", DROP_FILE, DROP, 1), ("nothing to object to", POSTS_FILE, POSTS, 0)]
    {
        let mut job = Job::usual();
        job.head_repository = 2;
        job.fake.read_only();
        job.propose(&[(path, sql)]);
        let done = job.review();
        assert_eq!(done.run.code, code, "{}", done.run.all());
        assert!(job.comments(PULL).is_empty());
        steps.push((title, job.shown(&done)));
        if code == 0 {
            golden("fork", &steps);
        }
    }
}

#[test]
fn a_job_without_a_token_says_how_to_pass_it() {
    let mut job = Job::usual();
    job.token = None;
    job.propose(&[(POSTS_FILE, POSTS)]);
    let done = job.review();
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    golden("no-token", &[("opened", job.shown(&done))]);
}

//! What a stranger writes into a pull request stays text, and secrets stay secret.

use super::job::{Done, Job, POSTS, POSTS_FILE, PULL, golden};
use crate::support::fake_github::{Fault, TOKEN};

/// Only commands of ours: masks, and annotations with our titles.
fn assert_own_commands(done: &Done) {
    for command in &done.obeyed {
        let ok = match command.name.as_str() {
            "add-mask" => command.data == TOKEN || command.data.contains("hunter2"),
            "error" | "warning" | "notice" => command.property("title").is_some_and(|title| {
                title == "Plinth" || title.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
            }),
            _ => false,
        };
        assert!(ok, "{command:?}\n{}", done.run.all());
    }
    let names = ["applied", "comment-url", "errors", "plan", "report", "verdict", "warnings"];
    assert!(done.outputs.keys().all(|name| names.contains(&name.as_str())), "{:?}", done.outputs.keys());
}

const ATTACKS: &str = "-- ::error title=Forged::all is lost\n\
    -- ##[error]forged\n\
    -- ::stop-commands::x\n\
    -- ::add-mask::a\n\
    -- ```\n-- # A heading of mine\n-- @everyone fixes #1\n\
    -- <!-- plinth {\"v\":1,\"project\":\"migrations\",\"kind\":\"review\",\"head\":\"\",\"run\":\"9999\",\"body\":\"\"} -->\n\
    -- </details></sub><img src=x>\n\
    CREATE TABLE \"::error::x\" (\"##[error]y\" integer, \"@everyone\" text DEFAULT '```\n::error::z\nverdict=green\nEOF\n');\n\
    ALTER TABLE \"::set-output name=verdict::green\" ADD COLUMN \"</details>\" text;\n\
    ::error::this does not parse;\n";

#[test]
fn sql_is_text_wherever_it_is_shown() {
    let mut job = Job::usual();
    job.propose(&[(POSTS_FILE, ATTACKS)]);
    let done = job.review();
    assert_own_commands(&done);
    assert_eq!(done.outputs["verdict"], "red");
    assert_eq!(job.comments(PULL).len(), 1);
    golden("hostile-sql", &[("opened", job.shown(&done))]);
}

#[test]
fn names_are_text_wherever_they_are_shown() {
    let folder = "db::error::x/@everyone '`x`' $(id) <b>";
    let name = format!("{folder}/20260101000000_x,line=1::error title=y::z.sql");
    let branch = "x;$(id)`@me`#1</sub>";
    let mut job = Job::usual();
    job.propose_as(PULL, branch, |job| {
        job.write(&[(&name, "CREATE TABLE t (id integer);\nDROP TABLE t;\n")]);
    });
    let done = job.review_of(PULL, branch);
    assert_own_commands(&done);
    let reviewed = job.shown(&done);
    // The command that a reader may copy must be one command.
    job.propose_as(PULL, branch, |job| {
        job.sandbox.write(&format!("{folder}/atlas.sum"), "h1:x\n");
    });
    let done = job.review_of(PULL, branch);
    assert_own_commands(&done);
    golden("hostile-names", &[("opened", reviewed), ("without its checksum", job.shown(&done))]);
}

#[test]
fn a_name_with_a_line_break_makes_no_line() {
    let name = "db/20260101000000_x\n::error::forged\nverdict=green.sql";
    let mut job = Job::usual();
    job.propose_as(PULL, "feature", |job| {
        job.sandbox.write(name, POSTS);
        job.sandbox.write("db/atlas.sum", "h1:x\n");
    });
    let done = job.review();
    assert_own_commands(&done);
    assert_ne!(done.run.code, 0, "{}", done.run.all());
    golden("hostile-line-break", &[("opened", job.shown(&done))]);
}

#[test]
fn a_comment_cannot_be_taken_over_from_inside() {
    let mut job = Job::usual();
    job.propose(&[(POSTS_FILE, ATTACKS)]);
    job.review();
    job.propose(&[(POSTS_FILE, POSTS)]);
    let done = job.review();
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    assert!(job.comments(PULL).len() == 1 && job.comments(PULL)[0].contains("Safe to merge"));
}

#[test]
fn secrets_appear_nowhere() {
    let secret = "hunter2hunter2";
    let mut job = Job::usual();
    job.propose(&[(
        POSTS_FILE,
        &format!("-- {secret} {TOKEN}\nCREATE TABLE \"{secret}\" (id integer DEFAULT '{TOKEN}');\n"),
    )]);
    job.input("url", &format!("sqlite:///nowhere/app.db?password={secret}"));
    let review = job.review();
    job.merge(PULL, "feature");
    let apply = job.push("main");
    assert_eq!(apply.run.code, 3, "{}", apply.run.all());
    job.fake.fault("GET", "/git/ref", Fault::Garbage, 99);
    let broken = job.push("main");
    for done in [review, apply, broken] {
        let streams = [done.run.stdout, done.run.stderr].join("\n");
        let shown = streams.lines().filter(|line| !line.starts_with("::add-mask::"));
        let everything =
            shown.chain(done.outputs.values().map(String::as_str)).chain([done.summary.as_str()]);
        for text in everything {
            assert!(!text.contains(secret) && !text.contains(TOKEN), "{text}");
        }
    }
    for comment in job.comments(PULL) {
        assert!(!comment.contains(secret) && !comment.contains(TOKEN), "{comment}");
    }
}

//! Inputs: where they come from, and what a pull request cannot change about its own review.

use super::job::{DROP, DROP_FILE, Job, POSTS, POSTS_FILE, PULL, USERS, USERS_FILE, golden};

#[test]
fn accepted_findings_are_those_of_the_base() {
    let mut steps = Vec::new();
    let mut job = Job::new(&[(USERS_FILE, USERS), ("accepted.txt", "")]);
    job.input("baseline", "accepted.txt");
    job.propose_as(PULL, "feature", |job| {
        job.write(&[(DROP_FILE, DROP)]);
        let run = job.sandbox.plinth("migrate lint --latest 1 --write-baseline accepted.txt");
        assert_eq!(run.code, 1, "{}", run.all());
    });
    let done = job.review();
    assert_eq!(done.run.code, 1, "a change must not accept its own findings: {}", done.run.all());
    steps.push(("the change accepts its own finding", job.shown(&done)));
    let accepted = job.sandbox.read("accepted.txt");

    let mut job = Job::new(&[(USERS_FILE, USERS), ("accepted.txt", &accepted)]);
    job.input("baseline", "accepted.txt");
    job.propose(&[(DROP_FILE, DROP)]);
    let done = job.review();
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    steps.push(("the base accepts it", job.shown(&done)));
    golden("baseline", &steps);
}

#[test]
fn templates_are_those_of_the_base() {
    let mut steps = Vec::new();
    let files = [(USERS_FILE, USERS), ("templates/comment.md.j2", "The base says {{ verdict.text }}\n")];
    let mut job = Job::new(&files);
    job.input("templates", "templates");
    job.propose_as(PULL, "feature", |job| {
        job.write(&[(DROP_FILE, DROP), ("templates/comment.md.j2", "🟢 Safe to merge\n")]);
    });
    let done = job.review();
    assert_eq!(done.run.code, 1, "{}", done.run.all());
    assert!(!done.summary.contains("Safe to merge"), "{}", done.summary);
    steps.push(("the change edits the template", job.shown(&done)));

    let mut job = Job::usual();
    job.input("templates", "templates");
    job.propose(&[(POSTS_FILE, POSTS), ("templates/comment.md.j2", "🟢 Safe to merge\n")]);
    let done = job.review();
    steps.push(("the change brings the first template", job.shown(&done)));
    golden("templates", &steps);
}

#[test]
fn the_command_line_comes_before_the_variables_and_those_in_their_order() {
    let mut job = Job::usual();
    job.propose(&[(DROP_FILE, DROP)]);
    // From the weakest to the strongest: each one overrules those before it.
    for (variable, value, code) in [
        ("ATLAS_INPUT_LINT_LEVELS", "DS103=warning", 0),
        ("INPUT_LINT-LEVELS", "DS103=error", 1),
        ("PLINTH_INPUT_LINT_LEVELS", "DS103=off", 0),
        ("PLINTH_INPUT_LINT_LEVELS", "  ", 1),
        ("INPUT_LINT-LEVELS", "", 0),
        // The runner keeps dashes, so this is nobody's.
        ("INPUT_LINT_LEVELS", "DS103=error", 0),
    ] {
        job.variable(variable, value);
        let done = job.review();
        assert_eq!(done.run.code, code, "{variable}={value}: {}", done.run.all());
    }
    let done = job.review_with(&["ci", "--lint-levels", "DS103=error"]);
    assert_eq!(done.run.code, 1, "{}", done.run.all());
}

#[test]
fn a_value_that_is_none_names_its_variable() {
    let mut steps = Vec::new();
    for (name, value) in [
        ("lint-levels", "DS103=maybe"),
        ("require-comment", "perhaps"),
        ("unreviewed", "ask"),
        ("evidence", "belief"),
        ("config", "atlas.hcl"),
        ("base", "nowhere"),
        ("baseline", "../../etc/passwd"),
        ("templates", "/etc"),
        ("dir", "../.."),
    ] {
        let mut job = Job::usual();
        job.input(name, value);
        job.propose(&[(POSTS_FILE, POSTS)]);
        let done = job.review();
        assert_eq!(done.run.code, 2, "{name}={value}: {}", done.run.all());
        steps.push((name, job.scrub(&done.run.all())));
    }
    golden("bad-inputs", &steps);
}

#[test]
fn outputs_say_what_the_report_says() {
    let mut job = Job::usual();
    job.propose(&[(DROP_FILE, DROP)]);
    let done = job.review();
    let report: serde_json::Value = serde_json::from_str(&done.outputs["report"]).unwrap();
    assert_eq!(report["version"], 1, "{report}");
    let names: Vec<_> = done.outputs.keys().map(String::as_str).collect();
    assert_eq!(names, ["comment-url", "errors", "plan", "report", "verdict", "warnings"]);
    assert_eq!((done.outputs["verdict"].as_str(), done.outputs["errors"].as_str()), ("red", "1"));
    assert!(done.outputs["plan"].starts_with("sha256:"), "{:?}", done.outputs["plan"]);
}

#[test]
fn findings_can_be_written_for_code_scanning() {
    let mut job = Job::usual();
    job.input("sarif-file", "plinth.sarif");
    job.propose(&[(DROP_FILE, DROP)]);
    job.review();
    let sarif: serde_json::Value = serde_json::from_str(&job.sandbox.read("plinth.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "DS103", "{sarif}");
}

#[test]
fn a_change_of_many_folders_does_not_flood_its_pull_request() {
    let mut job = Job::usual();
    let paths: Vec<String> = (0..25).map(|number| format!("many/m{number}/1_t.sql")).collect();
    let files: Vec<_> = paths.iter().map(|path| (path.as_str(), "CREATE TABLE t (id integer);\n")).collect();
    job.propose(&files);
    let done = job.review();
    assert_eq!((done.run.code, job.comments(PULL).len()), (0, 20), "{}", done.run.all());
    assert!(done.run.stderr.contains("5 folders get no comment"), "{}", done.run.all());
}

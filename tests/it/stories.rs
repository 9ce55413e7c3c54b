//! Stories: what a user types and what the program says, one file each under `tests/cases/stories`.
//!
//! A line that begins with `$ ` is a step, what follows is what it said; `UPDATE=1` writes the latter again.
//! `$ plinth …` runs the program; `$ write <file>` writes the lines behind `| `; `$ remove <file>` removes
//! a file, `$ show <file>` shows it;
//! `$ sql <database> <statement>` runs SQL and shows its rows.

use std::fs;

use plinth::{
    db::{self, Access},
    secret::Secret,
};

use crate::support::{golden::golden, sandbox::Sandbox};

const STORIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/stories");

#[test]
fn every_story_goes_as_it_is_told() {
    let mut names: Vec<String> = fs::read_dir(STORIES)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 5, "{names:?}");
    std::thread::scope(|scope| {
        let told: Vec<_> = names.iter().map(|name| scope.spawn(move || (name, tell(name)))).collect();
        for (name, text) in told.into_iter().map(|story| story.join().unwrap()) {
            golden(&format!("stories/{name}"), &text);
        }
    });
}

/// Goes through a story and tells it as it went.
fn tell(name: &str) -> String {
    let text = fs::read_to_string(format!("{STORIES}/{name}")).unwrap();
    let sandbox = Sandbox::folder();
    let mut told = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(step) = line.strip_prefix("$ ") else {
            if line.starts_with('#') {
                told.push_str(&format!("{line}\n"));
            }
            continue;
        };
        told.push_str(&format!("$ {step}\n"));
        let mut written = String::new();
        while let Some(line) = lines.next_if(|line| line.starts_with('|')) {
            told.push_str(&format!("{line}\n"));
            written.push_str(&format!("{}\n", line.strip_prefix("| ").unwrap_or("")));
        }
        told.push_str(&go(&sandbox, step, &written));
        told.push('\n');
    }
    told
}

fn go(sandbox: &Sandbox, step: &str, written: &str) -> String {
    match step.split_once(' ').unwrap_or((step, "")) {
        ("plinth", arguments) => without_moments(&sandbox.plinth_with(&words(arguments)).all()),
        ("write", file) => {
            sandbox.write(file, written);
            String::new()
        }
        ("remove", file) => {
            fs::remove_file(sandbox.file(file)).unwrap();
            String::new()
        }
        ("show", file) => sandbox.read(file),
        ("sql", rest) => {
            let (database, sql) = rest.split_once(' ').unwrap();
            sandbox.scrub(&rows(sandbox, database, sql))
        }
        _ => panic!("`{step}` is no step"),
    }
}

/// The text without moments such as `2026-11-22 00:37:20.571137877+00:00`, and without nanoseconds alone.
fn without_moments(text: &str) -> String {
    let moment = regex_lite::Regex::new(r"\d{4}-\d\d-\d\d[ T][0-9:.]+(\+00:00|Z)").unwrap();
    let nanoseconds = regex_lite::Regex::new(r#"("ExecutionTime": )\d+"#).unwrap();
    // A busy machine takes seconds for what usually takes milliseconds.
    let text = text.replace("@N@ s\n", "@N@ ms\n").replace("(@N@ s)", "(@N@ ms)");
    nanoseconds.replace_all(&moment.replace_all(&text, "@WHEN@"), "$1@N@").into_owned()
}

/// The words of a command; those in quotes stay together.
fn words(arguments: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (at, part) in arguments.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part);
        } else {
            words.extend(part.split_whitespace());
        }
    }
    words
}

fn rows(sandbox: &Sandbox, database: &str, sql: &str) -> String {
    let url = Secret::new(format!("sqlite://{}", sandbox.file(database).display()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rows = runtime.block_on(async {
        let mut target = db::connect(&url, Access::Write).await.unwrap();
        let rows = db::query(target.session.as_mut(), sql).await;
        target.session.close().await;
        rows.unwrap()
    });
    let line = |row: Vec<Option<String>>| {
        let cells: Vec<String> = row.into_iter().map(|cell| cell.unwrap_or_else(|| "NULL".into())).collect();
        cells.join(" | ") + "\n"
    };
    rows.into_iter().map(line).collect()
}

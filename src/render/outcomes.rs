//! How tests ended: as text in the words of Atlas, as JSON, and as JUnit's XML for CI systems.
//!
//! Names and messages are foreign: each form shows what it cannot hold as `\u{…}`.

use std::{collections::BTreeMap, time::Duration};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use crate::{
    error::{Error, Result},
    render::{
        escape::{lines, one_line},
        pretty,
    },
    review::duration,
    testing::{Message, Outcome, Verdict, all_passed},
};

/// The version of the JSON.
const VERSION: u32 = 1;

/// The ends of the tests as text; the last line is `PASS` or `FAIL`.
pub fn text(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let name = one_line(&outcome.name);
        text.push_str(&match outcome.verdict {
            Verdict::Passed => format!("-- PASS: {name} ({})\n", duration(millis(outcome.took))),
            Verdict::Failed => format!("-- FAIL: {name} ({})\n", duration(millis(outcome.took))),
            Verdict::Skipped => format!("-- SKIP: {name}\n"),
        });
        for message in outcome.said.iter().chain(&outcome.failures) {
            text.push_str(&format!("    {}\n", placed(outcome, message).replace('\n', "\n    ")));
        }
    }
    text + if all_passed(outcomes) { "PASS\n" } else { "FAIL\n" }
}

/// The ends of the tests as one JSON document that ends in a line break; described in `docs/reference/json.md`.
pub fn json(outcomes: &[Outcome]) -> String {
    pretty(&Document {
        version: VERSION,
        passed: all_passed(outcomes),
        tests: outcomes.iter().map(TestOut::of).collect(),
    })
}

/// The ends of the tests as JUnit's XML, a suite a file.
pub fn junit(outcomes: &[Outcome]) -> Result<String> {
    let mut suites: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        suites.entry(&outcome.path).or_default().push(outcome);
    }
    let mut report = Report::new("plinth migrate test");
    report.set_time(outcomes.iter().map(|outcome| outcome.took).sum());
    for (path, outcomes) in suites {
        let mut suite = TestSuite::new(one_line(path));
        suite.set_time(outcomes.iter().map(|outcome| outcome.took).sum());
        suite.add_test_cases(outcomes.into_iter().map(test_case));
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| Error::bug("the tests could not be written as XML").because(error))
}

fn test_case(outcome: &Outcome) -> TestCase {
    let status = match outcome.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Skipped => TestCaseStatus::skipped(),
        Verdict::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let first = outcome.failures.first().map_or("", |failure| failure.text.as_str());
            status.set_message(one_line(first.lines().next().unwrap_or_default()));
            status.set_description(all(outcome, &outcome.failures));
            status
        }
    };
    let mut case = TestCase::new(one_line(&outcome.name), status);
    case.set_classname(one_line(&outcome.path));
    if outcome.verdict != Verdict::Skipped {
        case.set_time(outcome.took);
    }
    if !outcome.said.is_empty() {
        case.set_system_out(all(outcome, &outcome.said));
    }
    case.extra.insert("file".into(), one_line(&outcome.path).into());
    case.extra.insert("line".into(), outcome.line.to_string().into());
    case
}

fn all(outcome: &Outcome, messages: &[Message]) -> String {
    messages.iter().map(|message| placed(outcome, message)).collect::<Vec<_>>().join("\n")
}

/// A message with its file and line; its further lines are indented.
fn placed(outcome: &Outcome, message: &Message) -> String {
    let text = lines(message.text.trim_end()).replace('\n', "\n    ");
    format!("{}:{}: {text}", one_line(&outcome.path), message.line)
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    passed: bool,
    tests: Vec<TestOut<'a>>,
}

#[derive(Serialize)]
struct TestOut<'a> {
    name: &'a str,
    path: &'a str,
    line: usize,
    verdict: &'static str,
    millis: u64,
    messages: Vec<MessageOut<'a>>,
    failures: Vec<MessageOut<'a>>,
}

#[derive(Serialize)]
struct MessageOut<'a> {
    line: usize,
    text: &'a str,
}

impl<'a> TestOut<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let out = |messages: &'a [Message]| {
            messages.iter().map(|message| MessageOut { line: message.line, text: &message.text }).collect()
        };
        Self {
            name: &outcome.name,
            path: &outcome.path,
            line: outcome.line,
            verdict: match outcome.verdict {
                Verdict::Passed => "passed",
                Verdict::Failed => "failed",
                Verdict::Skipped => "skipped",
            },
            millis: millis(outcome.took),
            messages: out(&outcome.said),
            failures: out(&outcome.failures),
        }
    }
}

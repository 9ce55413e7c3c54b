//! How tests ended.

use std::time::Duration;

/// How one test ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// The path of its file.
    pub path: String,
    /// The line of the file that it starts on, from 1.
    pub line: usize,
    /// Whether it passed.
    pub verdict: Verdict,
    /// What it said on the way, in order.
    pub said: Vec<Message>,
    /// What failed, in order: at most one command, then cleanups.
    pub failures: Vec<Message>,
    /// How long it ran.
    pub took: Duration,
}

/// Whether a test passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every command did what was expected.
    Passed,
    /// Some command did not.
    Failed,
    /// It was left out, as it asks for.
    Skipped,
}

/// Something about a line of a test file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The line, from 1.
    pub line: usize,
    /// What there is to say, one line or more; foreign text is in it as it is.
    pub text: String,
}

/// The longest message, in characters: an answer or a failure may be as long as a database.
const LONGEST: usize = 8_000;

impl Message {
    /// About this line; what is too long is cut.
    pub fn new(line: usize, mut text: String) -> Self {
        if let Some((at, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(at);
            text.push_str(" … (cut)");
        }
        Self { line, text }
    }
}

/// Whether no test failed.
pub fn all_passed(outcomes: &[Outcome]) -> bool {
    outcomes.iter().all(|outcome| outcome.verdict != Verdict::Failed)
}

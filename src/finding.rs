//! What a review found: one complete statement about one place, with the evidence it stands on.

use std::{cmp::Reverse, fmt};

use crate::{
    prose::Prose,
    text::{Position, Span},
};

/// What names a rule, in three ways that users may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId {
    /// The code, for example `DS103`; Atlas's where it has one; never reused.
    pub code: &'static str,
    /// The name, for example `drop-column`.
    pub name: &'static str,
    /// The analyzer that the rule belongs to, for example `destructive`.
    pub analyzer: &'static str,
}

/// How much a finding weighs; the levels are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Worth a decision; does not fail the run.
    Warning,
    /// Fails the run.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// What a finding stands on; a stronger one overrules a weaker one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The text of the statement.
    Syntax,
    /// The schema before and after the statement.
    State,
    /// The statement ran, and the server said so.
    Observed,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "syntax",
            Self::State => "state",
            Self::Observed => "observed",
        })
    }
}

/// A place in a migration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path of the file, relative to the repository.
    pub path: String,
    /// The bytes in the file.
    pub span: Span,
    /// The place of the first byte.
    pub start: Position,
    /// The place of the last byte.
    pub end: Position,
}

/// One thing that a reviewer should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// How much it weighs.
    pub level: Level,
    /// What it stands on.
    pub evidence: Evidence,
    /// Where it is.
    pub place: Place,
    /// The text of the statement; empty for a finding about a whole file.
    pub statement: String,
    /// The object that it is about, as the schema spells it, for example `users.email`.
    pub object: Option<String>,
    /// What would happen, to what: the headline, a sentence without a final period.
    pub headline: Prose,
    /// What was seen, in whole sentences; may be empty.
    pub seen: Prose,
    /// What to do instead, in whole sentences; may be empty.
    pub instead: Prose,
    /// An edit that repairs it.
    pub fix: Option<Fix>,
}

impl Finding {
    /// Its place in the order of findings: worst first, then by file and place.
    fn key(&self) -> (Reverse<Level>, &str, Span, RuleId) {
        (Reverse(self.level), &self.place.path, self.place.span, self.rule)
    }
}

/// A mechanical repair: the text of one place replaced by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the edit does.
    pub message: String,
    /// The bytes to replace in the finding's file.
    pub span: Span,
    /// The text to put there.
    pub text: String,
}

/// A finding that somebody decided about, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silenced {
    /// The finding.
    pub finding: Finding,
    /// Who or what silenced it.
    pub by: Silencer,
    /// The reason given, if one was.
    pub reason: Option<String>,
}

/// What silenced a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silencer {
    /// An `atlas:nolint` directive in the file, at this line.
    Directive {
        /// The line of the directive, from 1.
        line: usize,
    },
    /// A check in the file that stops it where there is anything to lose.
    Check {
        /// The line on which the check begins, from 1.
        line: usize,
    },
    /// The check that every way down makes of itself.
    Revert,
    /// The committed file of accepted findings.
    Baseline,
}

/// The findings of one review: those that stand, worst first, and those that were silenced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingSet {
    /// The findings that stand.
    pub findings: Vec<Finding>,
    /// The findings that somebody decided about.
    pub silenced: Vec<Silenced>,
}

impl FindingSet {
    /// Puts the findings in their order: worst first, then by file and place.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| a.key().cmp(&b.key()));
        self.silenced.sort_by(|a, b| a.finding.key().cmp(&b.finding.key()));
    }

    /// The heaviest level among the findings that stand.
    pub fn worst(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.level).max()
    }

    /// How many findings of that level stand.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

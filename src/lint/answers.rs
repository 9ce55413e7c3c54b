//! Checks in a file as the answer to what its statements destroy: they stop the file where there is anything to lose.

use super::{Draft, Pass, directives::Decided, names, names::Meaning};
use crate::{
    finding::{Silenced, Silencer},
    migrations::Check,
    sql,
    text::Source,
};

/// The findings that a check can answer: the check sees to it that no row is lost.
const ANSWERED: [&str; 3] = ["DS101", "DS102", "DS103"];

/// Moves what a check answers from the findings that stand to those that are silenced.
pub(super) fn silence(pass: &Pass<'_>, decided: Decided) -> Decided {
    let mut after = Decided { standing: Vec::with_capacity(decided.standing.len()), ..decided };
    for draft in decided.standing {
        match answer(pass, &draft) {
            Some(by) if !draft.is_certain() => {
                after.silenced.push(Silenced { finding: draft.finding, by, reason: None });
            }
            _ => after.standing.push(draft),
        }
    }
    after
}

/// The check that answers a finding.
fn answer(pass: &Pass<'_>, draft: &Draft) -> Option<Silencer> {
    if !ANSWERED.contains(&draft.rule.id.code) {
        return None;
    }
    let file = pass.files.iter().find(|file| file.source.path() == draft.finding.place.path)?;
    if file.is_revert {
        return Some(Silencer::Revert);
    }
    let object = draft.finding.object.as_deref()?;
    let check = file.checks.iter().find(|check| {
        check.codes.iter().any(|name| means(name, draft)) && is_about(pass, &file.source, check, object)
    })?;
    Some(Silencer::Check { line: file.source.position(check.span.start).line })
}

fn means(name: &str, draft: &Draft) -> bool {
    matches!(names::meaning(name), Meaning::Rules(rules) if rules.iter().any(|rule| rule.id == draft.rule.id))
}

/// Whether the queries of a check look at the object: all parts of its name stand in them.
fn is_about(pass: &Pass<'_>, source: &Source, check: &Check, object: &str) -> bool {
    let text = source.slice(check.span);
    object.split('.').all(|part| sql::mentions(text, part, pass.dialect.syntax()))
}

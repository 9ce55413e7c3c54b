//! A directive that silences nothing.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "DR102", name: "unused-directive", analyzer: "directives" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::Everything,
    silence: Silence::LevelsOnly,
    summary: "a directive silences nothing",
    doc: include_str!("unused_directive.md"),
    check,
};

/// Finds nothing by itself: only after all rules ran is it known which directives silenced something.
fn check(_: &Pass<'_>, _: &mut Findings<'_>) {}

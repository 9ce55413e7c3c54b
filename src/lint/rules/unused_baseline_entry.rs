//! An accepted finding that is no longer found.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "BL101", name: "unused-baseline-entry", analyzer: "baseline" },
    level: Level::Info,
    dialects: Dialects::All,
    looks_at: LooksAt::Everything,
    silence: Silence::LevelsOnly,
    summary: "an accepted finding is no longer found",
    doc: include_str!("unused_baseline_entry.md"),
    check,
};

/// Finds nothing by itself: only after all rules ran is it known which entries silenced something.
fn check(_: &Pass<'_>, _: &mut Findings<'_>) {}

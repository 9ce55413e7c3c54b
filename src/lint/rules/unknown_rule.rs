//! A directive that names no rule.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    finding::Fix,
    lint::{
        Draft, ReviewedFile,
        findings::listed,
        names::{self, Meaning},
    },
    migrations::directives::Nolint,
    prose,
    prose::Prose,
    text::Span,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "DR101", name: "unknown-rule", analyzer: "directives" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::Everything,
    silence: Silence::LevelsOnly,
    summary: "a directive names a rule that does not exist",
    doc: include_str!("unknown_rule.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for file in pass.files {
        for nolint in file.nolints.iter().chain(file.steps.iter().flat_map(|step| &step.nolints)) {
            let is_unknown = |name: &&str| matches!(names::meaning(name), Meaning::Unknown);
            let unknown: Vec<&str> = nolint.names.iter().map(String::as_str).filter(is_unknown).collect();
            if unknown.is_empty() {
                continue;
            }
            let verb = if unknown.len() == 1 {
                " is not a rule: it silences nothing"
            } else {
                " are not rules: they silence nothing"
            };
            let headline = listed(&unknown).then(Prose::plain(verb));
            suggest(file, nolint, &unknown, out.in_file(&file.source, nolint.span, headline));
        }
    }
}

fn suggest(file: &ReviewedFile, nolint: &Nolint, unknown: &[&str], draft: &mut Draft) {
    let close: Vec<&str> = unknown.iter().take(5).flat_map(|name| names::close_to(name)).collect();
    if close.is_empty() {
        draft.instead(prose!(
            "A rule is known by its code, its name or its analyzer; a reason stands after {}.",
            "--"
        ));
        return;
    }
    draft.instead(prose!("Did you mean ").then(listed(&close)).then(Prose::plain("?")));
    let at = unknown.first().and_then(|name| file.source.slice(nolint.span).rfind(name));
    if let ([name], [only], Some(at)) = (unknown, close.as_slice(), at) {
        let start = nolint.span.start + at;
        let span = Span::new(start, start + name.len());
        draft.fix(Fix { message: format!("write `{only}`"), span, text: (*only).to_owned() });
    }
}

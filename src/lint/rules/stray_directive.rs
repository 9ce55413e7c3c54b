//! A directive that has no effect where it stands, or nowhere.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    lint::names,
    migrations::directives::{Stray, WORDS, Why},
    prose,
    prose::Prose,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "DR103", name: "stray-directive", analyzer: "directives" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::Everything,
    silence: Silence::LevelsOnly,
    summary: "a directive has no effect where it stands",
    doc: include_str!("stray_directive.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for file in pass.files {
        for stray in &file.strays {
            let (headline, instead) = words(stray);
            out.in_file(&file.source, stray.directive.span, headline).instead(instead);
        }
    }
}

fn words(stray: &Stray) -> (Prose, Prose) {
    let word = format!("atlas:{}", stray.directive.word);
    match stray.why {
        Why::UnknownWord => {
            let headline = prose!("{} is not a directive: the line has no effect", &word);
            match names::closest(&stray.directive.word, WORDS.into_iter()).first() {
                Some(close) => (headline, prose!("Did you mean {}?", format!("atlas:{close}"))),
                None => (headline, prose!("Write the line as a plain comment.")),
            }
        }
        Why::NotAtTheTop => (
            prose!("{} has no effect here: it speaks for the whole file", &word),
            prose!("Move it into the comments at the top of the file, with a blank line below them."),
        ),
        Why::NoStatementBelow => (
            prose!("{} has no effect here: no statement stands directly below it", &word),
            prose!("Put it on the line directly above its statement, without a blank line between."),
        ),
    }
}

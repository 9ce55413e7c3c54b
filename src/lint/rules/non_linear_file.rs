//! A new file that sorts before one that is there already.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{prose, text::Span};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "NL101", name: "non-linear-file", analyzer: "non_linear" },
    level: Level::Error,
    dialects: Dialects::All,
    looks_at: LooksAt::Everything,
    silence: Silence::Allowed,
    summary: "a new file sorts before a file that may have run already",
    doc: include_str!("non_linear_file.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for file in pass.files {
        let Some(newest) = &file.behind else { continue };
        let headline = prose!("the apply refuses {} wherever {} has run already", &file.version, newest);
        out.in_file(&file.source, Span::default(), headline)
            .seen(prose!("Its version sorts before {}, which the base has.", newest))
            .instead(prose!(
                "Rename the file to a version after {}, and run {}.",
                newest,
                "plinth migrate hash"
            ));
    }
}

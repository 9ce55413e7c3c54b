//! A file of the base that was edited or removed.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{lint::Edit, prose};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "NL102", name: "edited-file", analyzer: "non_linear" },
    level: Level::Error,
    dialects: Dialects::All,
    looks_at: LooksAt::Everything,
    silence: Silence::Allowed,
    summary: "a file that may have run already is edited or removed",
    doc: include_str!("edited_file.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for change in pass.base {
        let headline = match change.edit {
            Edit::Edited => prose!("databases that ran {} keep what it did before this edit", &change.path),
            Edit::Removed => {
                prose!("databases that ran {} keep what it did; new ones never get it", &change.path)
            }
        };
        out.about_file(&change.path, headline).instead(prose!(
            "Restore the file as the base has it, and write what should change into a new migration."
        ));
    }
}

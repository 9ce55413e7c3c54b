//! Dropping a whole schema.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{change::Change, prose};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "DS101", name: "drop-schema", analyzer: "destructive" },
    level: Level::Error,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a schema is dropped with all tables in it",
    doc: include_str!("drop_schema.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, change) in pass.changes() {
        let Change::DropSchema(schema) = change else { continue };
        out.at(site, prose!("dropping the schema {} deletes every table in it", &schema.name))
            .object(&schema.name)
            .instead(prose!(
                "Drop its tables one by one, each after the last release that used it is gone; drop the schema when it is empty.",
            ));
    }
}

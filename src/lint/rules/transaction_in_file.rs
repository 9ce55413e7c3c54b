//! BEGIN or COMMIT in a file that runs in a transaction already.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    finding::Evidence,
    prose,
    sql::{Kind, Transaction},
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "TX201", name: "transaction-in-file", analyzer: "nestedtx" },
    level: Level::Error,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Never,
    summary: "a file that runs in a transaction begins or ends one itself",
    doc: include_str!("transaction_in_file.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    let mut reported = None;
    for site in pass.sites() {
        let Kind::Transaction(control) = site.step.facts.kind else { continue };
        let word = match control {
            Transaction::Begin => "BEGIN",
            Transaction::Commit => "COMMIT",
            Transaction::Rollback => "ROLLBACK",
            Transaction::Savepoint => "SAVEPOINT",
        };
        if reported.replace(site.at.file) == Some(site.at.file) {
            continue;
        }
        let headline =
            prose!("the apply refuses this file: it runs in a transaction, and has a {} of its own", word);
        out.at(site, headline).evidence(Evidence::Syntax).instead(prose!(
            "Remove every {}, {}, {} and {}: all statements of a file take effect together or not at all.",
            "BEGIN",
            "COMMIT",
            "ROLLBACK",
            "SAVEPOINT",
        ));
    }
}

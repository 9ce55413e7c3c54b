//! A rebuild whose DROP TABLE acts on the rows of other tables.

use std::collections::BTreeSet;

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    dialect::DialectId,
    finding::Evidence,
    lint::Site,
    prose,
    prose::Prose,
    schema::Action,
    sql::{Kind, Transaction},
    step::Seeded,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "LT102", name: "rebuild-deletes-rows", analyzer: "rebuild" },
    level: Level::Error,
    dialects: Dialects::Only(&[DialectId::Sqlite]),
    looks_at: LooksAt::Everything,
    silence: Silence::Allowed,
    summary: "dropping a table deletes rows of the tables that refer to it",
    doc: include_str!("rebuild_deletes_rows.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    let observed = report_lost_rows(pass, out);
    let referenced = tables_with_followers(pass);
    let mut begun = false;
    let mut pragma = None;
    for site in pass.sites().filter(|site| !observed.contains(&site.at.file)) {
        if site.at.step == 0 {
            (begun, pragma) = (false, None);
        }
        match &site.step.facts.kind {
            Kind::Transaction(Transaction::Begin) => begun = true,
            Kind::Transaction(Transaction::Commit | Transaction::Rollback) => (begun, pragma) = (false, None),
            Kind::Pragma { name, value: Some(value) } if begun && name == "foreign_keys" && is_off(value) => {
                pragma = Some(site);
            }
            Kind::DropTable { table, .. } if !site.is_new_table(table) => {
                let has_followers =
                    pass.before.is_empty() || referenced.contains(&pass.dialect.name_key(table));
                if let Some(pragma) = pragma.filter(|_| has_followers) {
                    report_late_pragma(pragma, table, out);
                }
                pragma = pragma.filter(|_| !has_followers);
            }
            _ => {}
        }
    }
}

/// Reports what the dev database saw; gives the files that it was seen in.
fn report_lost_rows(pass: &Pass<'_>, out: &mut Findings<'_>) -> BTreeSet<usize> {
    let mut files = BTreeSet::new();
    for site in pass.sites() {
        let Seeded::LostRows { table, before, after } = &site.step.seeded else { continue };
        if matches!(site.step.facts.kind, Kind::Delete { .. } | Kind::Insert { .. } | Kind::Update { .. }) {
            continue;
        }
        files.insert(site.at.file);
        let count = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        let (lost, had) = (count(before.saturating_sub(*after)), count(*before));
        out.at(site, prose!("this statement deletes rows of {}", table))
            .object(table)
            .evidence(Evidence::Observed)
            .seen(prose!("On the dev database {} of {} rows in {} were gone after it.", lost, had, table))
            .instead(Prose::plain(WAY_OUT));
    }
    files
}

fn report_late_pragma(pragma: Site<'_>, table: &str, out: &mut Findings<'_>) {
    let headline = prose!(
        "dropping {} deletes or changes the rows that refer to it: inside a transaction foreign keys stay on",
        table
    );
    out.at(pragma, headline).object(table).evidence(Evidence::Syntax).instead(Prose::plain(WAY_OUT));
}

const WAY_OUT: &str = "Remove the file's own transaction and pragma: foreign keys are switched off before the transaction of an apply begins.";

/// The tables that others refer to in a way that acts on their rows.
fn tables_with_followers(pass: &Pass<'_>) -> BTreeSet<String> {
    let acts = |action| matches!(action, Action::Cascade | Action::SetNull | Action::SetDefault);
    let keys = pass.before.tables().flat_map(|table| &table.foreign_keys);
    keys.filter(|key| acts(key.on_delete)).map(|key| pass.dialect.name_key(&key.ref_table)).collect()
}

fn is_off(value: &str) -> bool {
    ["off", "0", "false", "no"].iter().any(|off| value.trim_matches(['\'', '"']).eq_ignore_ascii_case(off))
}

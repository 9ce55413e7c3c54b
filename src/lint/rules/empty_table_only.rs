//! ADD COLUMN in a form that SQLite takes only while the table is empty.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    dialect::DialectId,
    finding::Evidence,
    prose,
    prose::Prose,
    sql::{Alter, ColumnFacts, Kind},
    step::Outcome,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "LT104", name: "empty-table-only", analyzer: "data_depend" },
    level: Level::Error,
    dialects: Dialects::Only(&[DialectId::Sqlite]),
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a column is added in a form that SQLite takes only while the table is empty",
    doc: include_str!("empty_table_only.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for site in pass.sites() {
        let Kind::AlterTable { table, action: Alter::AddColumn { column, definition } } =
            &site.step.facts.kind
        else {
            continue;
        };
        let failed = matches!(site.step.outcome, Outcome::Failed(_));
        let Some((obstacle, way_out)) = obstacle(definition).filter(|_| !failed && !site.is_new_table(table))
        else {
            continue;
        };
        let object = format!("{table}.{column}");
        let headline = prose!("adding {} fails once {} has rows, because of ", &object, table)
            .then(Prose::plain(obstacle));
        let draft = out.at(site, headline).object(&object).evidence(Evidence::Syntax);
        draft.instead(Prose::plain(way_out));
    }
}

/// The part of a definition that needs an empty table, in the order in which SQLite looks, and the way around it.
fn obstacle(definition: &ColumnFacts) -> Option<(&'static str, &'static str)> {
    let default = definition.default.as_deref().filter(|default| !default.eq_ignore_ascii_case("null"));
    if definition.generated_stored == Some(false) {
        return None;
    }
    if definition.generated_stored == Some(true) {
        return Some((
            "GENERATED … STORED",
            "Make the column VIRTUAL, which computes the same values when they are read, or rebuild the table: `plinth migrate diff` writes the statements.",
        ));
    }
    match default {
        None if definition.not_null => Some((
            "NOT NULL without DEFAULT",
            "Give the column a constant default, or add it without NOT NULL, fill it, and rebuild the table in a later migration.",
        )),
        Some(_) if definition.references => Some((
            "REFERENCES with DEFAULT",
            "Add the column without the default, and set it in the rows that need it with an UPDATE.",
        )),
        Some(default) if !is_constant(default) => Some((
            "DEFAULT with an expression",
            "Give the column a constant default, or add it without a default, fill it, and rebuild the table in a later migration.",
        )),
        _ => None,
    }
}

/// Whether SQLite takes the default for a value that is the same for all rows.
fn is_constant(default: &str) -> bool {
    let mut value = default.trim();
    while let Some(inner) = value.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        value = inner.trim();
    }
    let value = value.trim_start_matches(['+', '-', ' ']);
    let is_word = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
    let is_time = ["current_time", "current_date", "current_timestamp"];
    let digits = value.as_bytes().first().is_some_and(|first| first.is_ascii_digit() || *first == b'.');
    if digits && value.parse::<f64>().is_ok() {
        return true;
    }
    if is_word {
        return !is_time.iter().any(|word| value.eq_ignore_ascii_case(word));
    }
    is_one_quote(value.trim_start_matches(['x', 'X']))
}

/// Whether the text is one string or quoted name and nothing else.
fn is_one_quote(text: &str) -> bool {
    let Some(mark) = text.chars().next().filter(|mark| matches!(mark, '\'' | '"')) else { return false };
    let inner = text.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    inner.is_some_and(|inner| !inner.replace(&format!("{mark}{mark}"), "").contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_a_literal_with_sign_or_parentheses() {
        for default in [
            "0", "-1.5", "(7)", "((-7))", "'it''s'", "x'00ff'", "TRUE", "1e-3", "-1.5E+3", "+.5", "0x1F",
            "\"word\"",
        ] {
            assert!(is_constant(default), "{default}");
        }
        for default in ["CURRENT_TIMESTAMP", "(current_date)", "(1 + 2)", "(random())", "('a' || 'b')"] {
            assert!(!is_constant(default), "{default}");
        }
    }
}

//! The rules: one file and one page each, and this table.

mod add_not_null_column;
mod checkpoint_differs;
mod column_not_null;
mod drop_column;
mod drop_foreign_key;
mod drop_schema;
mod drop_table;
mod edited_file;
mod empty_table_only;
mod failing_statement;
mod fails_on_rows;
mod index_becomes_unique;
mod lossy_rebuild;
mod non_linear_file;
mod not_null_rebuild;
mod rebuild_deletes_rows;
mod refused_statement;
mod rename_column;
mod rename_table;
mod stray_directive;
mod transaction_in_file;
mod unique_index;
mod unknown_rule;
pub(super) mod unused_baseline_entry;
pub(super) mod unused_directive;

use super::{Findings, Pass};
use crate::{
    dialect::DialectId,
    finding::{Level, RuleId},
};

/// Every rule, by code.
pub static ALL: &[&Rule] = &[
    &rename_table::RULE,
    &rename_column::RULE,
    &unused_baseline_entry::RULE,
    &drop_foreign_key::RULE,
    &checkpoint_differs::RULE,
    &unknown_rule::RULE,
    &unused_directive::RULE,
    &stray_directive::RULE,
    &drop_schema::RULE,
    &drop_table::RULE,
    &drop_column::RULE,
    &failing_statement::RULE,
    &not_null_rebuild::RULE,
    &rebuild_deletes_rows::RULE,
    &lossy_rebuild::RULE,
    &empty_table_only::RULE,
    &refused_statement::RULE,
    &unique_index::RULE,
    &index_becomes_unique::RULE,
    &add_not_null_column::RULE,
    &column_not_null::RULE,
    &fails_on_rows::RULE,
    &non_linear_file::RULE,
    &edited_file::RULE,
    &transaction_in_file::RULE,
];

/// One thing that can be wrong with a migration.
#[derive(Debug)]
pub struct Rule {
    /// Its code, its name and its analyzer.
    pub id: RuleId,
    /// How much it weighs where the project says nothing.
    pub level: Level,
    /// Where it makes sense.
    pub dialects: Dialects,
    /// Whether it judges one statement at a time.
    pub looks_at: LooksAt,
    /// Who may decide to live with what it finds.
    pub silence: Silence,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Its page: Markdown, with examples that a test executes.
    pub doc: &'static str,
    /// Looks at everything once, in time linear in what there is.
    pub check: fn(&Pass<'_>, &mut Findings<'_>),
}

/// How much of the new files a rule looks at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooksAt {
    /// Each statement for itself: it may be shown a stretch of them at a time.
    OneStatement,
    /// Whole files, or several statements together.
    Everything,
}

/// The dialects that a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialects {
    /// Every dialect.
    All,
    /// These.
    Only(&'static [DialectId]),
}

/// Who may decide to live with a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Directives, the accepted findings and the levels of the project.
    Allowed,
    /// The same, until the server itself has said so: then the statement stops the apply.
    UnlessObserved,
    /// The levels of the project alone: it is about directives and accepted findings.
    LevelsOnly,
    /// Nobody: it stops the apply.
    Never,
}

/// The rule of that code, as it is written here.
pub fn of_code(code: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id.code == code)
}

/// The rules that a code in any case, a name or an analyzer stands for.
pub fn named(name: &str) -> impl Iterator<Item = &'static Rule> {
    ALL.iter().copied().filter(move |rule| rule.answers_to(name))
}

impl Rule {
    /// Whether this is its code, its name or its analyzer, in any case.
    pub fn answers_to(&self, name: &str) -> bool {
        [self.id.code, self.id.name, self.id.analyzer].iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

impl Dialects {
    /// Whether the rule is for this dialect.
    pub fn has(self, dialect: DialectId) -> bool {
        match self {
            Self::All => true,
            Self::Only(dialects) => dialects.contains(&dialect),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rules_share_a_code_or_a_name_and_the_table_is_sorted() {
        let codes: Vec<_> = ALL.iter().map(|rule| rule.id.code).collect();
        assert!(codes.is_sorted());
        let names: BTreeSet<_> = ALL.iter().flat_map(|rule| [rule.id.code, rule.id.name]).collect();
        assert_eq!(names.len(), 2 * ALL.len());
    }

    #[test]
    fn every_page_has_its_parts_in_order() {
        for rule in ALL {
            let title = format!("# {} {}\n", rule.id.code, rule.id.name);
            let parts = [
                title.as_str(),
                "## What it finds",
                "## Why it matters",
                "## How to do it safely",
                "## Exceptions",
            ];
            let mut rest = rule.doc;
            for part in parts {
                let at = rest.find(part);
                assert!(at.is_some(), "{}: `{part}` is missing or out of order", rule.id.code);
                rest = &rest[at.unwrap_or_default() + part.len()..];
            }
        }
    }
}

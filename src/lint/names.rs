//! The names by which users speak of rules: codes, names and analyzers, ours and Atlas's.

use super::rules::{self, Rule};

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    /// These rules.
    Rules(Vec<&'static Rule>),
    /// A code or analyzer of Atlas without a counterpart here: neither known nor a mistake.
    Foreign,
    /// Nothing.
    Unknown,
}

/// What a code in any case, a name or an analyzer stands for.
pub(super) fn meaning(name: &str) -> Meaning {
    let rules: Vec<_> = rules::named(name).collect();
    if !rules.is_empty() {
        return Meaning::Rules(rules);
    }
    if is_foreign(name) { Meaning::Foreign } else { Meaning::Unknown }
}

/// The known names that look most like this one, best first, at most three.
pub(super) fn close_to(name: &str) -> Vec<&'static str> {
    let known = rules::ALL.iter().flat_map(|rule| [rule.id.code, rule.id.name, rule.id.analyzer]);
    closest(name, known)
}

/// The candidates that differ from `name` by few letters, best first, at most three.
pub(super) fn closest(name: &str, candidates: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    const LONGEST: usize = 40;
    let name = name.to_ascii_lowercase();
    if name.len() > LONGEST {
        return Vec::new();
    }
    let length = name.chars().count();
    let within = (length / 3).max(1);
    let mut close: Vec<_> = candidates
        .filter(|candidate| candidate.len().abs_diff(length) <= within)
        .map(|candidate| (distance(&name, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= within)
        .collect();
    close.sort_unstable();
    close.dedup();
    close.into_iter().map(|(_, candidate)| candidate).take(3).collect()
}

/// The codes of Atlas's documentation that no rule here answers to, by family and number.
const FOREIGN_CODES: &[(&str, &[u16])] = &[
    ("BC", &[103, 104]),
    ("CD", &[102, 103]),
    (
        "MY",
        &[
            101, 102, 110, 111, 112, 113, 120, 121, 122, 123, 130, 131, 132, 133, 134, 135, 136, 137, 138,
            139, 140, 141, 142, 143, 144, 145, 146, 147, 148,
        ],
    ),
    ("NM", &[101, 102, 103, 104, 105, 106]),
    ("OW", &[101, 102]),
    (
        "PG",
        &[
            101, 102, 103, 104, 105, 108, 109, 110, 301, 302, 303, 304, 305, 306, 307, 308, 309, 310, 311,
            312, 314, 320,
        ],
    ),
    ("SA", &[101]),
    ("TX", &[101]),
];

/// The analyzers of Atlas's documentation that no rule here belongs to.
const FOREIGN_ANALYZERS: &[&str] = &["concurrent_index", "naming", "ownership", "statement"];

fn is_foreign(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    FOREIGN_ANALYZERS.contains(&lower.as_str())
        || name.split_at_checked(2).is_some_and(|(family, number)| {
            FOREIGN_CODES.iter().any(|(known, numbers)| {
                family.eq_ignore_ascii_case(known)
                    && number.len() == 3
                    && number.parse().is_ok_and(|number: u16| numbers.contains(&number))
            })
        })
}

/// How many letters to insert, remove or replace to get from one to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(name: &str) -> Vec<&'static str> {
        match meaning(name) {
            Meaning::Rules(rules) => rules.iter().map(|rule| rule.id.code).collect(),
            Meaning::Foreign => vec!["foreign"],
            Meaning::Unknown => vec![],
        }
    }

    #[test]
    fn a_rule_answers_to_its_code_its_name_and_its_analyzer() {
        assert_eq!(codes("ds103"), ["DS103"]);
        assert_eq!(codes("drop-column"), ["DS103"]);
        assert_eq!(codes("destructive"), ["DS101", "DS102", "DS103"]);
    }

    #[test]
    fn codes_of_atlas_without_a_rule_are_no_mistake() {
        for name in ["PG301", "my148", "naming", "concurrent_index"] {
            assert_eq!(codes(name), ["foreign"], "{name}");
        }
        for name in ["PG999", "PG0301", "PG+01", "nonsense", ""] {
            assert!(codes(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn close_names_are_few_and_the_best_comes_first() {
        assert_eq!(close_to("DS13").first(), Some(&"DS103"));
        assert_eq!(close_to("destructve"), ["destructive"]);
        assert_eq!(close_to("drop_column").first(), Some(&"drop-column"));
        assert!(close_to("quite something else").is_empty());
        assert!(close_to(&"DS103".repeat(1000)).is_empty());
    }

    #[test]
    fn no_rule_has_a_code_that_counts_as_foreign() {
        for rule in rules::ALL {
            assert!(!is_foreign(rule.id.code), "{}", rule.id.code);
            assert!(!is_foreign(rule.id.analyzer), "{}", rule.id.analyzer);
        }
    }
}

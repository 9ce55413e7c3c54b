//! Stronger evidence overrules weaker: what a run cleared goes, and one problem has one finding.
//!
//! The two tables below are the whole of it; [`weigh`] only follows them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Draft, Pass, Site};
use crate::{
    finding::Evidence,
    step::{Outcome, Seeded},
};

/// The rules that fear rows which are there already: a run that met such rows and passed clears them.
const CLEARED_BY_ROWS: &[&str] = &["LT101", "LT104", "MF103", "MF104"];

/// The rules that read in the text that the server will refuse: a run that passed clears them.
const CLEARED_BY_A_RUN: &[&str] = &["LT105"];

/// Two rules that see one problem: who reports it, and who gives way.
struct Same {
    keeps: &'static str,
    gives_way: &'static str,
    over: Over,
    weight: Weight,
}

/// When two findings are about one problem.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    /// They stand on the same statement and name the same object.
    Object,
    /// They stand on the same statement.
    Statement,
    /// They stand on the same statement, and the server's message with rows in the tables is of this kind.
    Rows(About),
}

/// What a message of the server is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Anything,
    Nulls,
    Duplicates,
    /// Rows that refer to rows which are not there.
    References,
}

/// What becomes of the level of the one who reports.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// It stays: the other adds nothing that the rule did not reckon with.
    Keep,
    /// It rises to the other's: what was feared did happen.
    Raise,
}

const fn same(keeps: &'static str, gives_way: &'static str, over: Over, weight: Weight) -> Same {
    Same { keeps, gives_way, over, weight }
}

/// Who gives way to whom, in the order in which it is asked.
const SAME_PROBLEM: &[Same] = &[
    // The statement is refused outright; the specific rule says why.
    same("TX201", "EX101", Over::Statement, Weight::Keep),
    same("LT105", "EX101", Over::Statement, Weight::Keep),
    same("LT105", "LT104", Over::Statement, Weight::Keep),
    same("LT105", "MF103", Over::Statement, Weight::Keep),
    // Two rules know the column; the one that knows the server's own way speaks.
    same("LT104", "MF103", Over::Object, Weight::Keep),
    same("LT101", "MF104", Over::Object, Weight::Keep),
    // A rule foresaw what the rows then proved. Duplicates among generated rows prove no more
    // than the rule says itself, so that its level stays.
    same("LT104", "MF105", Over::Rows(About::Anything), Weight::Raise),
    same("LT101", "MF105", Over::Rows(About::Nulls), Weight::Raise),
    same("MF103", "MF105", Over::Rows(About::Nulls), Weight::Raise),
    same("MF104", "MF105", Over::Rows(About::Nulls), Weight::Raise),
    same("MF101", "MF105", Over::Rows(About::Duplicates), Weight::Keep),
    same("MF102", "MF105", Over::Rows(About::Duplicates), Weight::Keep),
    same("LT103", "MF105", Over::Rows(About::References), Weight::Keep),
];

/// Applies the tables, statement by statement; a folded change and its parts count as one statement.
pub(super) fn weigh(pass: &Pass<'_>, mut drafts: Vec<Draft>) -> Vec<Draft> {
    let carrier = |draft: &Draft| draft.at.map(|at| pass.history.carrier(at));
    drafts.sort_by_cached_key(carrier);
    let mut weighed = Vec::with_capacity(drafts.len());
    let mut drafts = drafts.into_iter().peekable();
    while let Some(first) = drafts.next() {
        let at = carrier(&first);
        let mut group = vec![first];
        while let Some(next) = drafts.next_if(|next| carrier(next) == at) {
            group.push(next);
        }
        if let Some(site) = at.and_then(|at| pass.site(at)) {
            clear(site, &mut group);
            for same in SAME_PROBLEM {
                group = join(site, same, group);
            }
        }
        weighed.append(&mut group);
    }
    weighed
}

fn clear(site: Site<'_>, drafts: &mut Vec<Draft>) {
    let met_rows = rows_passed(site);
    drafts.retain(|draft| {
        let code = draft.rule.id.code;
        // A part of a rebuild can fail where the statement that carries the rebuild ran.
        let own = draft.at.and_then(|at| site.pass.site(at)).unwrap_or(site);
        let ran = own.step.outcome == Outcome::Ran;
        !(met_rows && CLEARED_BY_ROWS.contains(&code) || ran && CLEARED_BY_A_RUN.contains(&code))
    });
}

/// Whether the statement, or what its change was folded from, met rows and was never refused.
fn rows_passed(site: Site<'_>) -> bool {
    let mut met = false;
    for part in site.parts() {
        match part.seeded {
            Seeded::Failed { .. } => return false,
            Seeded::Passed | Seeded::LostRows { .. } => met = true,
            Seeded::NotTried => {}
        }
    }
    met
}

/// Follows one row of the table for the findings of one statement.
fn join(site: Site<'_>, same: &Same, drafts: Vec<Draft>) -> Vec<Draft> {
    let has = |code| drafts.iter().any(|draft| draft.rule.id.code == code);
    if !has(same.keeps) || !has(same.gives_way) {
        return drafts;
    }
    let (losers, mut rest): (Vec<_>, Vec<_>) =
        drafts.into_iter().partition(|draft| draft.rule.id.code == same.gives_way);
    let mut keepers: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (at, draft) in rest.iter().enumerate().filter(|(_, draft)| draft.rule.id.code == same.keeps) {
        keepers.entry(draft.finding.object.clone()).or_default().push(at);
    }
    for loser in losers {
        let winners: Vec<usize> = match same.over {
            Over::Object => keepers.get(&loser.finding.object).cloned().unwrap_or_default(),
            Over::Statement => keepers.values().flatten().copied().collect(),
            Over::Rows(about) => foreseen(site, about, &loser, &keepers),
        };
        for winner in &winners {
            rest[*winner].take_over(&loser, same.weight);
        }
        if winners.is_empty() {
            rest.push(loser);
        }
    }
    rest
}

/// The findings that foresaw a failure with rows: those whose object the message names, else all of its kind.
fn foreseen(
    site: Site<'_>,
    about: About,
    failure: &Draft,
    keepers: &BTreeMap<Option<String>, Vec<usize>>,
) -> Vec<usize> {
    let failed = failure.at.and_then(|at| site.pass.site(at)).map(|site| &site.step.seeded);
    let Some(Seeded::Failed { message, .. }) = failed else { return Vec::new() };
    if !about.is_in(message) {
        return Vec::new();
    }
    let words: BTreeSet<&str> = message.split(|char: char| !char.is_alphanumeric() && char != '_').collect();
    let is_named = |object: &Option<String>| {
        object
            .as_deref()
            .and_then(|object| object.rsplit('.').next())
            .is_some_and(|name| words.contains(name))
    };
    let named: Vec<usize> =
        keepers.iter().filter(|(object, _)| is_named(object)).flat_map(|(_, at)| at).copied().collect();
    if named.is_empty() && about != About::References {
        return keepers.values().flatten().copied().collect();
    }
    named
}

/// Whether the server's message says that rows are equal which must not be.
pub(super) fn is_about_duplicates(message: &str) -> bool {
    About::Duplicates.is_in(message)
}

impl About {
    fn is_in(self, message: &str) -> bool {
        let message = message.to_ascii_lowercase();
        let duplicates = message.contains("unique") || message.contains("duplicate");
        match self {
            Self::Anything => true,
            Self::Duplicates => duplicates,
            Self::Nulls => message.contains("null") && !duplicates,
            Self::References => message.contains("foreign key"),
        }
    }
}

impl Draft {
    /// Takes the place of a finding about the same problem, with what that one saw.
    fn take_over(&mut self, other: &Self, weight: Weight) {
        if other.finding.evidence == Evidence::Observed {
            self.finding.evidence = Evidence::Observed;
            self.seen(other.finding.seen.clone());
        }
        if weight == Weight::Raise {
            self.raise(other.finding.level);
        }
        self.also.push(other.rule.id);
        self.also.extend(&other.also);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::rules;

    #[test]
    fn the_tables_name_rules_that_exist() {
        let exists = |code: &str| rules::ALL.iter().any(|rule| rule.id.code == code);
        for code in CLEARED_BY_ROWS.iter().chain(CLEARED_BY_A_RUN) {
            assert!(exists(code), "{code}");
        }
        for same in SAME_PROBLEM {
            assert!(exists(same.keeps) && exists(same.gives_way), "{} {}", same.keeps, same.gives_way);
        }
    }

    #[test]
    fn a_message_is_about_nulls_or_duplicates_but_not_both() {
        let kind = |message| [About::Nulls.is_in(message), About::Duplicates.is_in(message)];
        assert_eq!(kind("NOT NULL constraint failed: new_users.email"), [true, false]);
        assert_eq!(kind("UNIQUE constraint failed: users.null_count"), [false, true]);
        assert_eq!(kind("CHECK constraint failed: age > 0"), [false, false]);
    }
}

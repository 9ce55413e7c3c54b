//! The headline: a decision, in the words of consequences.

use std::collections::BTreeMap;

use crate::{
    dialect::Effort,
    finding::{FindingSet, Level},
    lint::Pass,
    prose,
    prose::Prose,
    report::{Broken, Risk, Verdict},
    review::{
        objects::{Row, Tally},
        words,
    },
    text::file_name,
};

/// Decides, and says so; of files that revert migrations, how many these are comes first.
pub(super) fn verdict(
    pass: &Pass<'_>,
    findings: &FindingSet,
    broken: Option<&Broken>,
    rows: &[Row],
    reverts: usize,
) -> Verdict {
    let verdict = decide(pass, findings, broken, rows);
    let reverts = match reverts {
        0 => return verdict,
        1 => prose!("Reverts 1 migration. "),
        count => prose!("Reverts {} migrations. ", count),
    };
    Verdict { text: reverts.then(verdict.text), ..verdict }
}

fn decide(pass: &Pass<'_>, findings: &FindingSet, broken: Option<&Broken>, rows: &[Row]) -> Verdict {
    if let Some(broken) = broken {
        let place = format!("{}:{}", file_name(&broken.place.path), broken.place.start.line);
        return Verdict { risk: Risk::Red, text: prose!("Do not merge yet: {} fails", place) };
    }
    match (findings.worst(), findings.findings.first()) {
        (Some(Level::Error), Some(worst)) => Verdict {
            risk: Risk::Red,
            text: prose!("Do not merge yet: ")
                .then(worst.headline.clone())
                .then(and_more(findings, Level::Error)),
        },
        (Some(Level::Warning), Some(worst)) => Verdict {
            risk: Risk::Yellow,
            text: prose!("Decide first: ")
                .then(worst.headline.clone())
                .then(and_more(findings, Level::Warning)),
        },
        _ if pass.files.is_empty() => {
            Verdict { risk: Risk::Green, text: prose!("Nothing to review: no migration changed") }
        }
        _ if rows.iter().any(|row| row.tally == Tally::RowsDeleted) => {
            Verdict { risk: Risk::Green, text: prose!("No findings, but data goes: ").then(harmless(rows)) }
        }
        _ => Verdict { risk: Risk::Green, text: prose!("Safe to merge: ").then(harmless(rows)) },
    }
}

fn and_more(findings: &FindingSet, level: Level) -> Prose {
    match (level, findings.count(level).saturating_sub(1)) {
        (_, 0) => Prose::default(),
        (Level::Error, 1) => prose!(", and 1 more error"),
        (Level::Error, count) => prose!(", and {} more errors", count),
        (_, 1) => prose!(", and 1 more warning"),
        (_, count) => prose!(", and {} more warnings", count),
    }
}

/// What changes, and what it costs.
fn harmless(rows: &[Row]) -> Prose {
    if rows.is_empty() {
        return prose!("the schema stays as it is");
    }
    let mut counts: BTreeMap<Tally, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.tally).or_default() += 1;
    }
    let shown = 3;
    let mut said: Vec<Prose> =
        counts.iter().take(shown).map(|(&tally, &count)| counted(tally, count)).collect();
    let others: usize = counts.values().skip(shown).sum();
    match others {
        0 => {}
        1 => said.push(prose!("1 other change")),
        others => said.push(prose!("{} other changes", others)),
    }
    let text = words::listed(said, ", ");
    match rows.iter().find(|row| row.effort > Effort::Instant) {
        None => text.then(prose!(", instant")),
        Some(long) => text.then(prose!("; while it runs it ")).then(long.shown.meanwhile.clone()),
    }
}

fn counted(tally: Tally, count: usize) -> Prose {
    let (one, many) = match tally {
        Tally::NewTable => ("1 new table", " new tables"),
        Tally::NewColumn => ("1 new column", " new columns"),
        Tally::NewIndex => ("1 new index", " new indexes"),
        Tally::NewView => ("1 new view", " new views"),
        Tally::NewTrigger => ("1 new trigger", " new triggers"),
        Tally::Renamed => ("1 rename", " renames"),
        Tally::Dropped => ("1 drop", " drops"),
        Tally::Changed => ("1 change", " changes"),
        Tally::RowsDeleted => ("rows of 1 table are deleted", " tables lose rows"),
        Tally::Rows => ("rows of 1 table change", " tables change rows"),
    };
    match count {
        1 => Prose::plain(one),
        count => prose!("{}", count).then(Prose::plain(many)),
    }
}

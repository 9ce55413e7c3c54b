//! What reverting comes to: which rows of the revisions table go, by which statements, and what these would lose.

mod losses;

use std::cmp::Ordering;

pub use losses::{Loss, losses};

use super::{File, Revision, RevisionType, Session, apply::objection, query};
use crate::{
    error::{Error, Result},
    migrations::Format,
    report::{ApplyLog, CheckLog},
};

/// Where reverting stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until<'a> {
    /// After so many migrations.
    Amount(usize),
    /// At this version, which stays.
    Version(&'a str),
    /// At this version of a checkpoint, which need not have run: those before it lead to the same state.
    Checkpoint(&'a str),
}

/// The rows of the revisions table, cut in two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cut {
    /// The rows that go, newest first.
    pub gone: Vec<Revision>,
    /// The rows that stay, oldest first.
    pub kept: Vec<Revision>,
}

/// How a target comes to an older version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WayDown {
    /// The version before.
    pub current: Option<String>,
    /// The version after; none where nothing stays applied.
    pub target: Option<String>,
    /// The versions of all rows before, repeatable files' too.
    pub versions: Vec<String>,
    /// What runs, in order.
    pub reversals: Vec<Reversal>,
}

/// Statements that revert one migration, or several in a row, with their rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// The statements; its version is what it is called, for example `5` or `5, 4`.
    pub file: File,
    /// The migrations that it reverts, newest first.
    pub reverted: Vec<Reverted>,
    /// The version after it; none where nothing stays applied.
    pub to: Option<String>,
    /// Whether it was worked out, for want of a way down that somebody wrote.
    pub computed: bool,
    /// What must be empty before it runs; nothing is asked where the caller accepts the loss.
    pub losses: Vec<Loss>,
}

/// A migration that is reverted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverted {
    /// Its version.
    pub version: String,
    /// What its name says besides.
    pub description: String,
    /// The name of its file.
    pub name: String,
}

impl WayDown {
    /// How many migrations it reverts.
    pub fn len(&self) -> usize {
        self.reversals.iter().map(|reversal| reversal.reverted.len()).sum()
    }

    /// How many of the migrations were reverted by a run.
    pub fn reverted(&self, log: &ApplyLog) -> usize {
        let kept = self.reversals.iter().zip(&log.files).filter(|(_, file)| file.is_kept());
        kept.map(|(reversal, _)| reversal.reverted.len()).sum()
    }

    /// Whether it reverts nothing.
    pub fn is_empty(&self) -> bool {
        self.reversals.is_empty()
    }
}

/// Cuts the rows of versioned files in two; refuses where the target cannot be at the version.
pub fn cut(format: &dyn Format, mut rows: Vec<Revision>, until: Until<'_>) -> Result<Cut> {
    rows.sort_by(|one, other| format.compare(&one.version, &other.version));
    let upto = |version: &str| {
        rows.partition_point(|row| format.compare(&row.version, version) != Ordering::Greater)
    };
    let kept = match until {
        Until::Amount(0) => return Err(Error::usage("the amount of migrations to revert begins at 1")),
        Until::Amount(amount) if amount > rows.len() && amount > 1 => {
            return Err(Error::usage(format!(
                "{amount} migrations cannot be reverted: the database has {}",
                rows.len()
            )));
        }
        Until::Amount(amount) => rows.len().saturating_sub(amount),
        Until::Version(version) => match rows.iter().position(|row| row.version == version) {
            Some(at) => at + 1,
            None => return Err(not_applied(version)),
        },
        Until::Checkpoint(version) => match upto(version) {
            0 => return Err(not_applied(version)),
            kept => kept,
        },
    };
    let mut gone = rows.split_off(kept);
    gone.reverse();
    refuse(&gone)?;
    if let Some(row) = rows.iter().find(|row| row.is_partial()).filter(|_| !gone.is_empty()) {
        return Err(in_part(row));
    }
    Ok(Cut { gone, kept: rows })
}

fn not_applied(version: &str) -> Error {
    Error::refused(format!("the version `{version}` is not applied on this database"))
        .hint("`plinth migrate status --url …` says which ones are")
}

/// Refuses rows that stand for what nobody ran here, and files in the middle that ran in part.
fn refuse(gone: &[Revision]) -> Result<()> {
    if let Some(row) = gone.iter().find(|row| row.kind.is(RevisionType::BASELINE)) {
        return Err(Error::refused(format!(
            "`{}` is the baseline of this database: what it stands for was there before, and never ran here",
            row.version
        ))
        .hint(format!("stop there: `plinth migrate down --to-version {}`", row.version)));
    }
    gone.iter().skip(1).find(|row| row.is_partial()).map_or(Ok(()), |row| Err(in_part(row)))
}

/// A file in the middle of the history that ran in part: nobody knows what the state behind it is.
fn in_part(row: &Revision) -> Error {
    Error::refused(format!(
        "`{}` was applied in part, {} of {} statements, and later migrations ran after it",
        row.version, row.applied, row.total
    ))
    .hint("bring it to its end with `plinth migrate apply`, then revert")
    .hint(format!("or say that it is done: `plinth migrate set {} --url …`", row.version))
}

/// Asks whether everything that would be lost is empty, and says what the answers were.
///
/// An answer that says otherwise refuses the whole way; it comes with the log of all answers.
pub async fn check(session: &mut dyn Session, way: &WayDown) -> (Vec<CheckLog>, Option<Error>) {
    let (mut logs, mut refusal) = (Vec::new(), None);
    for reversal in way.reversals.iter().filter(|reversal| !reversal.losses.is_empty()) {
        let name = reversal.file.version.clone();
        let mut log = CheckLog { name, statements: Vec::new(), failed: false };
        for loss in &reversal.losses {
            let objection = ask(session, loss.before.as_deref()).await;
            if let Some(objection) = &objection {
                log.failed = true;
                refusal.get_or_insert_with(|| refused(reversal, loss, objection, "nothing was reverted"));
            }
            let asked = loss.before.clone().unwrap_or_else(|| format!("-- {}", loss.what));
            log.statements.push((asked, objection));
        }
        logs.push(log);
    }
    (logs, refusal)
}

/// Why a query does not say that something is empty; a loss that cannot be asked about is one that happens.
pub(super) async fn ask(session: &mut dyn Session, sql: Option<&str>) -> Option<String> {
    let Some(sql) = sql else { return Some("it cannot be read what that is".to_owned()) };
    match query(session, sql).await {
        Ok(answer) => objection(&answer).map(|_| "it is not empty".to_owned()),
        Err(error) => Some(format!("the query fails: {}", error.message)),
    }
}

/// What to say where something would be lost.
pub(super) fn refused(reversal: &Reversal, loss: &Loss, why: &str, kept: &str) -> Error {
    Error::refused(format!("reverting {} would lose {}: {why}; {kept}", reversal.name(), loss.what))
        .hint("bring its rows to safety and delete them, or write a way down that keeps them")
        .hint("or accept the loss: `--skip-checks`")
}

impl Reversal {
    /// What it reverts, for people.
    pub fn name(&self) -> String {
        let versions: Vec<String> = self.reverted.iter().map(|one| format!("`{}`", one.version)).collect();
        format!("version{} {}", if versions.len() == 1 { "" } else { "s" }, versions.join(", "))
    }
}

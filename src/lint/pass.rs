//! What the rules see: the new files, statement by statement, with what each did to the schema.

use std::{ops::Range, sync::Arc};

use super::history::{At, History};
use crate::{
    change::{Change, TableChange},
    dialect::Dialect,
    error::Result,
    finding::Evidence,
    migrations::{
        Check, Migration, TxMode,
        directives::{self, Nolint, Stray},
    },
    schema::{Column, Realm, Table},
    sql::Copied,
    step::{Outcome, Seeded, Step},
    text::{Position, Source, Span},
};

/// How many statements the rules look at together; their steps and changes fit into the cache of a processor.
const WINDOW: usize = 1024;

/// The new files of one migration folder, between the state before and the state after them.
pub struct Pass<'a> {
    /// The dialect of the folder.
    pub dialect: &'a dyn Dialect,
    /// The state before the first new file; empty when only syntax was looked at.
    pub before: &'a Realm,
    /// The state after the last new file; empty when only syntax was looked at.
    pub after: &'a Realm,
    /// The new files in the order in which they run.
    pub files: &'a [ReviewedFile],
    /// The files of the base that are no longer what they were.
    pub base: &'a [BaseChange],
    /// What the new files made, renamed and filled, and where.
    pub history: Arc<History<'a>>,
    /// The only statements that are shown: of this file, these; all where there is none.
    window: Option<(usize, Range<usize>)>,
}

/// A file of the base that was edited or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseChange {
    /// Its path relative to the repository.
    pub path: String,
    /// What happened to it.
    pub edit: Edit,
}

/// What happened to a file of the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// It has another content.
    Edited,
    /// It is gone.
    Removed,
}

/// One new file.
#[derive(Debug, Clone)]
pub struct ReviewedFile {
    /// Its text and its path relative to the repository.
    pub source: Source,
    /// Its version.
    pub version: String,
    /// How it is put into transactions.
    pub mode: TxMode,
    /// The greatest version that the base already has, where this file sorts below it.
    pub behind: Option<String>,
    /// The `atlas:nolint` directives for all of it.
    pub nolints: Vec<Nolint>,
    /// The directives in it that have no effect.
    pub strays: Vec<Stray>,
    /// What must hold before it runs.
    pub checks: Vec<Check>,
    /// Whether it is a way down, which runs only where nothing is lost.
    pub is_revert: bool,
    /// Its statements; none of a checkpoint, which is no step of the history.
    pub steps: Vec<Step>,
    /// What it is worth as a checkpoint, if it is one.
    pub checkpoint: Option<Checkpoint>,
}

/// A new checkpoint: what stands for all files before it where a database begins with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its statements.
    pub statements: Vec<Span>,
    /// What became of it on an empty database; none where nothing ran.
    pub replayed: Option<Replayed>,
}

/// What became of a checkpoint on an empty database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It ran; this turns the state after the files before it into the one that it makes.
    Compared(Vec<Change>),
    /// The server refused a statement.
    Failed {
        /// Its bytes in the file.
        span: Span,
        /// The server's message.
        message: String,
    },
}

impl ReviewedFile {
    /// The same for a file that stands for all files before it, if the migration is a checkpoint.
    pub fn read_after_others(dialect: &dyn Dialect, migration: &Migration) -> Result<Self> {
        let mut file = Self::read(dialect, migration)?;
        if migration.role.is_checkpoint() {
            let statements = std::mem::take(&mut file.steps).into_iter().map(|step| step.span).collect();
            file.checkpoint = Some(Checkpoint { statements, replayed: None });
        }
        Ok(file)
    }

    /// Cuts a migration into its statements and reads its directives; nothing has run yet.
    pub fn read(dialect: &dyn Dialect, migration: &Migration) -> Result<Self> {
        let source = migration.source.clone();
        let script = migration.script(dialect.syntax())?;
        let strays = directives::stray(&source, &migration.directives, &script);
        let steps = script.statements.into_iter().map(|statement| Step {
            facts: dialect.classify(source.slice(statement.span)),
            span: statement.span,
            nolints: directives::statement_nolints(&source, &statement.comments),
            comments: statement.comments,
            changes: Vec::new(),
            evidence: Evidence::Syntax,
            outcome: Outcome::NotRun,
            seeded: Seeded::NotTried,
            folded: Vec::new(),
        });
        Ok(Self {
            version: migration.version.clone(),
            mode: migration.mode.unwrap_or_default(),
            behind: None,
            nolints: migration.directives.nolint.clone(),
            strays,
            checks: migration.checks.clone(),
            is_revert: false,
            checkpoint: None,
            steps: steps.collect(),
            source,
        })
    }

    /// The text of a statement.
    pub fn text(&self, step: &Step) -> &str {
        self.source.slice(step.span)
    }

    /// The place of the first byte of a statement.
    pub fn position(&self, step: &Step) -> Position {
        self.source.position(step.span.start)
    }
}

impl<'a> Pass<'a> {
    /// Puts the parts together and reads the files once for what later statements ask about earlier ones.
    pub fn new(
        dialect: &'a dyn Dialect,
        before: &'a Realm,
        after: &'a Realm,
        files: &'a [ReviewedFile],
        base: &'a [BaseChange],
    ) -> Self {
        Self {
            dialect,
            before,
            after,
            files,
            base,
            history: Arc::new(History::read(dialect, files)),
            window: None,
        }
    }

    /// The same pass, a stretch of statements at a time: what one rule has read is still at hand for the next.
    pub(super) fn windows(&self) -> impl Iterator<Item = Pass<'a>> {
        let starts = self.files.iter().enumerate().flat_map(|(file, reviewed)| {
            let count = reviewed.steps.len();
            (0..count).step_by(WINDOW).map(move |start| (file, start..(start + WINDOW).min(count)))
        });
        starts.map(|window| Pass { window: Some(window), history: Arc::clone(&self.history), ..*self })
    }

    /// Every statement in the order in which they run.
    pub fn sites(&self) -> impl Iterator<Item = Site<'_>> {
        let files = self.window.as_ref().map_or(0..self.files.len(), |(file, _)| *file..*file + 1);
        files.flat_map(move |at_file| {
            let file = &self.files[at_file];
            let steps = self.window.as_ref().map_or(0..file.steps.len(), |(_, steps)| steps.clone());
            steps.map(move |at_step| Site {
                pass: self,
                at: At { file: at_file, step: at_step },
                file,
                step: &file.steps[at_step],
            })
        })
    }

    /// Every change with the statement that it stands on.
    pub fn changes(&self) -> impl Iterator<Item = (Site<'_>, &Change)> {
        self.sites().flat_map(|site| site.step.changes.iter().map(move |change| (site, change)))
    }

    /// Every change inside a table that stays: the statement, the table as it was and as it is, the change.
    pub fn table_changes(&self) -> impl Iterator<Item = (Site<'_>, &Table, &Table, &TableChange)> {
        self.changes()
            .filter_map(|(site, change)| match change {
                Change::ModifyTable { from, to, changes } => {
                    Some((site, from.as_ref(), to.as_ref(), changes))
                }
                _ => None,
            })
            .flat_map(|(site, from, to, changes)| changes.iter().map(move |change| (site, from, to, change)))
    }

    /// The statement at a place.
    pub fn site(&self, at: At) -> Option<Site<'_>> {
        let file = self.files.get(at.file)?;
        Some(Site { pass: self, at, file, step: file.steps.get(at.step)? })
    }
}

/// One statement among all of them, with the questions that rules ask about it.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// All that is under review.
    pub pass: &'a Pass<'a>,
    /// Which statement it is.
    pub at: At,
    /// Its file.
    pub file: &'a ReviewedFile,
    /// The statement.
    pub step: &'a Step,
}

impl<'a> Site<'a> {
    /// Its text.
    pub fn text(&self) -> &'a str {
        self.file.text(self.step)
    }

    /// Whether an earlier new statement created the table, so that nobody has rows in it or reads it.
    pub fn is_new_table(&self, table: &str) -> bool {
        self.pass.history.is_new_table(self.pass.dialect, table, self.at)
    }

    /// Whether an earlier new statement added the column.
    pub fn is_new_column(&self, table: &str, column: &str) -> bool {
        self.pass.history.is_new_column(self.pass.dialect, table, column, self.at)
    }

    /// Whether an earlier new statement put a value into the column of every row that had none.
    pub fn is_filled(&self, table: &str, column: &str) -> bool {
        self.pass.history.is_filled(self.pass.dialect, table, column, self.at)
    }

    /// Every statement that its change was made of; itself alone where nothing was folded.
    pub fn parts(&self) -> impl Iterator<Item = &'a Step> + use<'a> {
        let (file, step) = (self.file, self.step);
        let own = step.folded.is_empty().then_some(step);
        own.into_iter().chain(step.folded.iter().filter_map(|part| file.steps.get(*part)))
    }

    /// What the rebuild that it carries copies from the old table into the new.
    pub fn copies(&self) -> &'a [Copied<'a>] {
        self.pass.history.copies(self.at)
    }

    /// The new column into which the copy of the rebuild that it carries puts the values of one that is left out.
    pub fn carried_to<'t>(&self, from: &Table, to: &'t Table, old: &Column) -> Option<&'t Column> {
        let key = |name: &str| self.pass.dialect.name_key(name);
        let marks = ['"', '`', '[', ']'];
        let stored = || to.columns.iter().filter(|column| column.generated.is_none());
        let takes = |new: &Column, copied: &Copied<'_>| {
            let value = copied.value_of(&new.name, stored().map(|column| column.name.as_str()));
            let is_table = |name: &str| {
                name.trim_matches(marks).chars().all(|char| char.is_alphanumeric() || char == '_')
            };
            value.map(str::trim).is_some_and(|value| {
                let bare = value
                    .split_once('.')
                    .filter(|(table, _)| is_table(table))
                    .map_or(value, |(_, column)| column);
                key(bare.trim_matches(marks)) == key(&old.name)
            })
        };
        let is_new = |new: &&Column| from.columns.iter().all(|column| key(&column.name) != key(&new.name));
        stored().filter(is_new).find(|new| self.copies().iter().any(|copied| takes(new, copied)))
    }

    /// Whether its change was made of several statements.
    pub fn is_rebuild(&self) -> bool {
        !self.step.folded.is_empty()
    }
}

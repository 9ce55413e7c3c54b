//! The review of one folder of migrations: which files are new, what they do, what that means.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    Context, ci_revert, inputs,
    project::{self, Place},
};
use crate::{
    devdb::BaseFile,
    dialect::Dialect,
    error::{Error, Result},
    folder::Folder,
    lint::{self, BaseChange, Baseline, Edit, Levels, Pass, Replayed, ReviewedFile, Settings},
    migrations::{self, Directory, Migration, TxMode},
    prose,
    prose::Prose,
    report::{Origin, Report},
    review::{self, Review},
    schema::Realm,
    sql::MOST_STATEMENTS,
    text::{Source, file_name},
    trace::{self, Depth, Traced},
};

/// Fewer files than these are read before a second thread has started.
const FEW: usize = 32;

/// Which files of a folder are new.
pub(super) enum Base {
    /// The last so many.
    Latest(usize),
    /// Those that this older state of the folder lacks; none if the folder was not there.
    Directory(Option<Directory>),
}

/// What decides about levels and accepted findings; read from the inputs, or from the base.
pub(super) struct Policy {
    settings: Settings,
    /// How closely to look; none for the text alone.
    depth: Option<Depth>,
    /// Whether files that the change removes are reverted after the merge.
    reverts: bool,
}

/// A report, with the texts that its findings point into.
pub(super) struct Reviewed {
    /// The report.
    pub report: Report,
    /// The new files.
    pub sources: Vec<Source>,
}

impl Policy {
    /// Reads the inputs; `baseline` is the text of the file that the input names, with its path.
    pub(super) fn read(cx: &Context, baseline: Option<(String, String)>) -> Result<Self> {
        let levels = cx.inputs.get(&inputs::LINT_LEVELS)?.unwrap_or_default();
        let baseline = match baseline {
            Some((path, text)) => Baseline::parse(&Source::new(path, text))?,
            None => Baseline::default(),
        };
        let depth = match cx.inputs.need(&inputs::EVIDENCE)?.as_str() {
            "syntax" => None,
            "state" => Some(Depth::State),
            _ => Some(Depth::Observed),
        };
        Ok(Self {
            settings: Settings { levels: Levels::parse(&levels.join("\n"))?, baseline },
            depth,
            reverts: false,
        })
    }

    /// The same, for runs after whose merge removed files are reverted.
    pub(super) fn reverting(self, reverts: bool) -> Self {
        Self { reverts, ..self }
    }
}

/// Reviews one folder.
pub(super) async fn review(
    cx: &Context,
    directory: &Directory,
    base: &Base,
    policy: &Policy,
    origin: Origin,
    notes: Vec<Prose>,
) -> Result<Reviewed> {
    directory.verify()?;
    let Selection { old, new, mut changed } = select(directory, base);
    let dialect = project::dialect(cx)?.ops();
    let reverted = match base {
        Base::Directory(Some(before)) if policy.reverts && new.is_empty() => {
            ci_revert::reviewed(cx, dialect, directory, before, policy.depth.is_some()).await?
        }
        _ => None,
    };
    let greatest = old.iter().map(|migration| migration.version.as_str());
    let format = directory.format;
    let greatest = greatest.max_by(|one, other| format.compare(one, other)).filter(|_| format.is_ordered());
    let greatest = greatest.map(str::to_owned);
    // A checkpoint with nothing before it is where every database begins: a file like others.
    let is_first = |migration: &Migration| {
        old.is_empty() && new.first().is_some_and(|first| std::ptr::eq(*first, migration))
    };
    let read = |migration: &&Migration| {
        if is_first(migration) {
            ReviewedFile::read(dialect, migration)
        } else {
            ReviewedFile::read_after_others(dialect, migration)
        }
    };
    let mut files: Vec<_> = new.par_iter().with_min_len(FEW).map(read).collect::<Result<_>>()?;
    if files.iter().map(statements).sum::<usize>() > MOST_STATEMENTS {
        let message =
            format!("the new files of `{}` have more than {MOST_STATEMENTS} statements", directory.path);
        return Err(Error::usage(message).hint("bring them in several pull requests"));
    }
    for file in &mut files {
        file.behind = greatest.clone().filter(|greatest| format.compare(&file.version, greatest).is_lt());
    }
    let (mut origin, mut notes) = (origin, notes);
    let mut reverts = 0;
    if let Some(reverted) = reverted {
        reverts = reverted.count;
        files = reverted.files;
        changed.clear();
        notes.extend(reverted.notes);
        // What is shown stands in the base, or nowhere.
        origin.blob_url = reverted.is_written.then(|| at_base(&origin)).flatten();
    }
    dialect.title().clone_into(&mut origin.server);
    origin.format = directory.foreign_title().map(str::to_owned);
    let base_files = base_files(dialect, migrations::from_last_checkpoint(&old))?;
    let texts = base_files.iter().flat_map(BaseFile::texts);
    let facts: Vec<_> = texts.map(|sql| dialect.classify(sql)).collect();
    let Traced { before, after, mut files } = if let Some(depth) = policy.depth {
        let mut dev = project::dev_database(cx).await?;
        origin.dev_database = Some(dev.title.clone());
        trace::trace(dialect, &mut dev, &base_files, files, depth).await?
    } else {
        Traced { before: Realm::default(), after: Realm::default(), files }
    };
    // What did not run is read: all of it, or what stands behind a statement that failed.
    lint::derive(dialect, &facts, &mut files);
    notes.extend(files.iter().filter_map(of_checkpoint));
    let pass = Pass::new(dialect, &before, &after, &files, &changed);
    let findings = lint::lint(&pass, &policy.settings);
    let report = review::report(Review {
        pass: &pass,
        findings,
        project: directory.path.clone(),
        since: None,
        reverts,
        notes,
        origin,
    });
    let sources = files.into_iter().map(|file| file.source).collect();
    Ok(Reviewed { report, sources })
}

/// How many statements a new file has.
fn statements(file: &ReviewedFile) -> usize {
    file.steps.len() + file.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.statements.len())
}

/// What the reader must know about a file that is a checkpoint, where no finding says it.
fn of_checkpoint(file: &ReviewedFile) -> Option<Prose> {
    let name = file_name(file.source.path());
    match &file.checkpoint.as_ref()?.replayed {
        None => Some(prose!("{} is a checkpoint: it was not compared with the files before it.", name)),
        Some(Replayed::Compared(changes)) if changes.is_empty() => Some(prose!(
            "{} is a checkpoint: databases that are there pass it over, and a new one that begins with it gets the schema of the files before it.",
            name
        )),
        Some(Replayed::Compared(_) | Replayed::Failed { .. }) => None,
    }
}

/// The base of links to files at the commit that the change is compared with.
fn at_base(origin: &Origin) -> Option<String> {
    let (url, head, base) = (origin.blob_url.as_ref()?, origin.head.as_ref()?, origin.base.as_ref()?);
    Some(url.replace(head.as_str(), base))
}

/// The files of the base, as the dev database replays them.
pub(super) fn base_files(dialect: &dyn Dialect, migrations: &[&Migration]) -> Result<Vec<BaseFile>> {
    let file = |migration: &&Migration| {
        let script = migration.script(dialect.syntax())?;
        let statements = script.statements.iter().map(|statement| statement.span).collect();
        let alone = migration.mode == Some(TxMode::None);
        Ok(BaseFile { source: migration.source.clone(), statements, alone })
    };
    migrations.par_iter().with_min_len(FEW).map(file).collect()
}

struct Selection<'a> {
    old: Vec<&'a Migration>,
    new: Vec<&'a Migration>,
    changed: Vec<BaseChange>,
}

/// A folder as it was at the base.
pub(super) fn before(place: &Place, folder: Option<Folder>) -> Result<Option<Directory>> {
    let opened = folder.map(|folder| place.open(&folder)).transpose();
    opened.map_err(|error| {
        Error::usage(format!("cannot read `{}` as it was at the base", place.path)).because(error)
    })
}

fn select<'a>(directory: &'a Directory, base: &'a Base) -> Selection<'a> {
    let all = &directory.migrations;
    match base {
        Base::Latest(count) => {
            let at = all.len().saturating_sub(*count);
            Selection {
                old: all[..at].iter().collect(),
                new: all[at..].iter().collect(),
                changed: Vec::new(),
            }
        }
        Base::Directory(base) => {
            let before: BTreeMap<&str, &Migration> = base
                .iter()
                .flat_map(|directory| &directory.migrations)
                .map(|migration| (migration.name.as_str(), migration))
                .collect();
            let (old, new): (Vec<_>, Vec<_>) =
                all.iter().partition(|migration| before.contains_key(migration.name.as_str()));
            let kept: BTreeMap<&str, &Migration> = old.into_iter().map(|is| (is.name.as_str(), is)).collect();
            let changed = before
                .values()
                .filter_map(|was| match kept.get(was.name.as_str()) {
                    // A file may hold several migrations, of which each is what its own part says.
                    Some(is) if is.source == was.source || is.digest() == was.digest() => None,
                    Some(_) => Some(BaseChange { path: was.source.path().to_owned(), edit: Edit::Edited }),
                    None => Some(BaseChange { path: was.source.path().to_owned(), edit: Edit::Removed }),
                })
                .collect();
            // What is deployed ran the base's text: the new files are tried on top of that.
            let old = base.iter().flat_map(|base| &base.migrations).collect();
            Selection { old, new, changed }
        }
    }
}

//! The half of `ci` for merges that are taken back: the way down is shown before, and gone after it was merged.

use std::{cmp::Ordering, collections::BTreeSet};

use super::{
    Context, apply,
    down_texts::Texts,
    inputs,
    project::Workspace,
    way_down::{self, Planned},
};
use crate::{
    db::{self, Cut, Files, Options, Remembered, Revision, RevisionType, Until},
    dialect::Dialect,
    error::{Error, Kind, Result},
    forge::Forge,
    lint::ReviewedFile,
    migrations::{Directory, Migration, Role},
    prose,
    prose::Prose,
    review::Ending,
    text::shell_word,
};

/// The way down that a change asks for, as a review reads it.
pub(super) struct Reverted {
    /// How many migrations it reverts.
    pub count: usize,
    /// Its statements.
    pub files: Vec<ReviewedFile>,
    /// What the reader must know about it.
    pub notes: Vec<Prose>,
    /// Whether all of it stands in files of the base.
    pub is_written: bool,
}

/// The way down, if the change does nothing but remove the last files of a folder.
///
/// Where no dev database may be used, only ways down that somebody wrote are seen.
pub(super) async fn reviewed(
    cx: &Context,
    dialect: &'static dyn Dialect,
    directory: &Directory,
    before: &Directory,
    may_compute: bool,
) -> Result<Option<Reverted>> {
    let Some(cut) = removed(directory, before)? else { return Ok(None) };
    let is_written =
        |row: &Revision| before.migration(&row.version).is_some_and(|migration| migration.down.is_some());
    let is_written = cut.gone.iter().all(is_written);
    if !is_written && !may_compute {
        return Ok(None);
    }
    let texts = Texts::new(before, Vec::new());
    let Planned { way, files, keeps_rows } = way_down::plan(cx, dialect, &texts, &cut, None).await?;
    let mut notes = vec![prose!(
        "The merge removes files that databases have run. The run after it goes this way down on each of them, unless a \
         table or a column that is dropped has data in it: then it refuses."
    )];
    if !is_written {
        notes.push(prose!(
            "Where no file says how it is undone, the statements were computed; the run computes them again from the \
             database as it is."
        ));
    }
    notes.extend(keeps_rows.iter().map(|version| kept_rows(version)));
    Ok(Some(Reverted { count: way.len(), files, notes, is_written }))
}

fn kept_rows(version: &str) -> Prose {
    prose!("Version {} changed rows: a computed way down leaves those as they are.", version)
}

/// The migrations of the base that are gone and those that stay, where the ones that are gone were the last.
fn removed(directory: &Directory, before: &Directory) -> Result<Option<Cut>> {
    let is_versioned = |migration: &&Migration| migration.role == Role::Versioned;
    let now = |was: &Migration| directory.migrations.iter().find(|is| is.name == was.name);
    if before.migrations.iter().any(|was| now(was).is_some_and(|is| is.source != was.source)) {
        return Ok(None);
    }
    // A folder that is emptied, or gone, may have gone elsewhere.
    let Some(last) = last(directory) else { return Ok(None) };
    let gone: BTreeSet<&str> =
        before.migrations.iter().filter(|was| now(was).is_none()).map(|was| was.version.as_str()).collect();
    let is_behind = |version: &&str| before.compare(version, last) == Ordering::Greater;
    // A checkpoint is not run where the files before it were.
    let rows = before.migrations.iter().filter(|was| {
        is_versioned(was) || (!gone.contains(was.version.as_str()) && was.role != Role::Repeatable)
    });
    let row = |was: &Migration| Revision {
        version: was.version.clone(),
        kind: RevisionType::EXECUTED,
        ..Revision::default()
    };
    let rows: Vec<Revision> = rows.map(row).collect();
    let count = rows.iter().filter(|row| gone.contains(row.version.as_str())).count();
    if count == 0 || !gone.iter().all(is_behind) {
        return Ok(None);
    }
    db::cut(before.format, rows, Until::Amount(count)).map(Some)
}

/// The greatest version of a folder.
fn last(directory: &Directory) -> Option<&str> {
    let versioned = directory.migrations.iter().filter(|migration| migration.role != Role::Repeatable);
    let versions = versioned.map(|migration| migration.version.as_str());
    versions.max_by(|one, other| directory.compare(one, other))
}

/// Rows behind the last file of a folder, whose files are not there.
pub(super) struct Behind {
    rows: Vec<Revision>,
    /// The files of this folder that ran, as they were.
    remembered: Vec<Remembered>,
}

/// What ran behind the last file of the folder and is not in it any more; none where nothing did.
pub(super) async fn behind(opened: &mut apply::Opened, directory: &Directory) -> Result<Option<Behind>> {
    let Some(last) = last(directory) else { return Ok(None) };
    let is_behind = |row: &&Revision| {
        let version = row.version.as_str();
        directory.migration(version).is_none() && directory.compare(version, last) == Ordering::Greater
    };
    let mut rows: Vec<Revision> = opened.recorded.revisions.iter().filter(is_behind).cloned().collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let mut remembered = opened.remembered().await?;
    let inside = format!("{}/", directory.path.trim_end_matches('/'));
    remembered.retain(|file| file.path.starts_with(&inside));
    let texts = Texts::new(directory, remembered.clone());
    rows.retain(|row| !texts.is_repeatable(&row.version));
    Ok((!rows.is_empty()).then_some(Behind { rows, remembered }))
}

/// Files that ran and are not in the tree any more.
pub(super) struct Removal<'a> {
    /// The repository.
    pub workspace: &'a Workspace,
    /// The forge; none where there is no token.
    pub forge: Option<&'a dyn Forge>,
    /// The folder as it is.
    pub directory: &'a Directory,
    /// Their rows and texts.
    pub behind: Behind,
}

/// What came of it.
pub(super) struct Done {
    pub ending: Ending,
    pub notes: Vec<Prose>,
    /// The pull requests that removed the files.
    pub pulls: BTreeSet<u64>,
    pub failure: Option<Error>,
}

impl Done {
    fn refused(reasons: Vec<Prose>, pulls: BTreeSet<u64>) -> Self {
        Self { ending: Ending::Unreverted { reasons }, notes: Vec::new(), pulls, failure: None }
    }
}

/// Reverts what was removed, if it was on this branch, and says what came of it.
pub(super) async fn applied(cx: &Context, opened: &mut apply::Opened, removal: Removal<'_>) -> Result<Done> {
    let mut pulls = BTreeSet::new();
    match refusal(cx, &removal, &mut pulls).await? {
        Some(reason) => Ok(Done::refused(vec![reason, by_hand(removal.directory)], pulls)),
        None => go(cx, opened, removal.directory, removal.behind, pulls).await,
    }
}

/// Why the files are not reverted; their removals' pull requests are added to `pulls`.
async fn refusal(cx: &Context, removal: &Removal<'_>, pulls: &mut BTreeSet<u64>) -> Result<Option<Prose>> {
    let (Some(forge), Some(head)) = (removal.forge, &cx.trigger.head) else {
        return Ok(Some(prose!(
            "The database has run {}, and the folder does not have it. Without a token nobody can tell whether this \
             commit is the newest of its branch, and an older one must not revert. Give the step {}.",
            names(&removal.behind.rows),
            "env: GITHUB_TOKEN: ${{ github.token }}"
        )));
    };
    for row in &removal.behind.rows {
        let Some(file) = removal.behind.remembered.iter().find(|file| file.version == row.version) else {
            return Ok(Some(prose!(
                "The database has run {}, whose file is not in the folder, and it does not have its text: another tool \
                 ran it, or it belongs to another folder.",
                &row.version
            )));
        };
        let Some(commit) = removed_by(removal, forge, head, file).await? else {
            return Ok(Some(prose!(
                "The database has run {}, and nothing says that it was ever on this branch: it may come from another \
                 one. The history of the branch says it where the clone has it ({}).",
                &file.path,
                "fetch-depth: 0"
            )));
        };
        let brought = forge.pulls_of(&commit).await.map_err(unknown)?;
        let branch = cx.trigger.branch.as_deref();
        let mut merged = brought
            .iter()
            .filter(|pull| pull.merged && branch.is_none_or(|branch| branch == pull.base_branch));
        match merged.next() {
            Some(pull) => drop(pulls.insert(pull.number)),
            None if cx.inputs.need(&inputs::UNREVIEWED)? == "fail" => {
                return Ok(Some(prose!("{} was removed by no merged pull request.", &file.path)));
            }
            None => {}
        }
    }
    if cx.inputs.need(&inputs::ON_REVERT)? == "fail" {
        return Ok(Some(prose!(
            "The database has run {}, and the folder does not have it any more; {} is {}.",
            names(&removal.behind.rows),
            inputs::ON_REVERT.spec.name,
            "fail"
        )));
    }
    Ok(None)
}

/// The commit that took a file from this branch; none where nothing says that it was there.
async fn removed_by(
    removal: &Removal<'_>,
    forge: &dyn Forge,
    head: &str,
    file: &Remembered,
) -> Result<Option<String>> {
    let Some(repository) = &removal.workspace.repository else { return Ok(None) };
    if let Some(commit) = repository.removed(head, &file.path)? {
        return Ok(Some(commit));
    }
    // The clone of one commit still knows the name of the commit before it, and the forge knows its files.
    let Some(parent) = repository.parent(head)?.filter(|_| repository.is_shallow()) else { return Ok(None) };
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let before = forge.files(&parent, folder).await.map_err(unknown)?.unwrap_or_default();
    Ok(before.contains_key(name).then(|| head.to_owned()))
}

fn unknown(error: Error) -> Error {
    Error::outside("cannot tell who removed the files; nothing was changed")
        .because(error)
        .hint("run the job again")
}

fn names(rows: &[Revision]) -> String {
    let shown: Vec<&str> = rows.iter().take(5).map(|row| row.version.as_str()).collect();
    let tail = if rows.len() > shown.len() { ", …" } else { "" };
    shown.join(", ") + tail
}

/// The way by hand.
fn by_hand(directory: &Directory) -> Prose {
    let (last, dir) = (shell_word(last(directory).unwrap_or_default()), shell_word(&directory.path));
    prose!("By hand: {}", format!("plinth migrate down --to-version {last} --dir {dir} --url …"))
}

/// Goes the way down.
async fn go(
    cx: &Context,
    opened: &mut apply::Opened,
    directory: &Directory,
    behind: Behind,
    pulls: BTreeSet<u64>,
) -> Result<Done> {
    let planned = match planned(cx, opened, directory, behind).await {
        Ok(planned) => planned,
        Err(error) if matches!(error.kind(), Kind::Refused | Kind::Usage) => {
            let mut reasons = vec![Prose::message(error.message())];
            reasons
                .extend(error.causes().iter().map(|cause| prose!("Caused by: ").then(Prose::message(cause))));
            reasons.push(by_hand(directory));
            return Ok(Done::refused(reasons, pulls));
        }
        Err(error) => return Err(error),
    };
    let mut notes: Vec<Prose> = planned.keeps_rows.iter().map(|version| kept_rows(version)).collect();
    let (_, refusal) = opened.check(cx, &planned.way).await;
    if let Some(refusal) = refusal {
        return Ok(Done::refused(vec![Prose::message(refusal.message()), by_hand(directory)], pulls));
    }
    let undertaking = apply::undertaking(cx, None, pulls.first().copied());
    let (log, failure) = opened.revert(cx, &planned.way, &undertaking, &mut |_| {}).await?;
    let count = planned.way.reverted(&log);
    if failure.is_none() {
        notes.extend(left(cx, opened, directory).await?);
    }
    Ok(Done { ending: Ending::Reverted(log, count), notes, pulls, failure })
}

/// What to say where files of the folder are pending after it: they sort before what was reverted.
async fn left(cx: &Context, opened: &mut apply::Opened, directory: &Directory) -> Result<Option<Prose>> {
    opened.read_again().await?;
    let files = apply::files(directory, opened.target.dialect.ops())?;
    let edited = cx.inputs.get(&inputs::ALLOW_EDITED)?.unwrap_or_default();
    let options = Options { may_be_edited: &edited, ..Options::default() };
    let pending = opened.pending(Files { format: directory.format, files: &files }, &options);
    let count = pending.map_or(0, |todo| todo.files.len());
    Ok((count > 0)
        .then(|| prose!("Pending from before: {}. Run the job again to apply what is left.", count)))
}

async fn planned(
    cx: &Context,
    opened: &mut apply::Opened,
    directory: &Directory,
    behind: Behind,
) -> Result<Planned> {
    let files = apply::files(directory, opened.target.dialect.ops())?;
    let edited = cx.inputs.get(&inputs::ALLOW_EDITED)?.unwrap_or_default();
    db::refuse_edited(Files { format: directory.format, files: &files }, &opened.recorded, &edited)?;
    let texts = Texts::new(directory, behind.remembered);
    let rows = opened.recorded.revisions.iter().filter(|row| !texts.is_repeatable(&row.version));
    let cut = db::cut(directory.format, rows.cloned().collect(), Until::Amount(behind.rows.len()))?;
    opened.way_down(cx, &texts, &cut, false).await
}

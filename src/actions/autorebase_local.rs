//! `migrate/autorebase` in a work tree: files are renamed, and the person finishes with git.

use super::{
    Context, Outcome,
    autorebase::{self, Move, Sides},
    migrate_autorebase::{BASE_BRANCH, REMOTE, shown},
    project::{Place, Workspace},
};
use crate::{
    error::{Error, Result},
    folder::Folder,
    git::{InProgress, Repository},
    migrations::{Rename, SUM_FILE},
    text::shell_word,
};

/// What to do about conflicts in other files.
const FIRST: &str = "resolve them first, then run this again";

/// The names of base branches that need not be told.
const USUAL: [&str; 3] = ["HEAD", "main", "master"];

/// Where the checkout stands between the two branches.
struct Situation {
    sides: Sides,
    /// What git is in the middle of.
    progress: Option<InProgress>,
    /// The base branch, as git knows it.
    base_branch: String,
}

pub(super) fn run(cx: &Context) -> Result<Outcome> {
    let workspace = Workspace::open(cx)?;
    let repository = workspace.repository("a merge")?;
    let situation = situation(cx, repository)?;
    let sides = &situation.sides;
    let places = autorebase::conflicting(cx, &workspace, repository, sides)?;
    if places.is_empty() {
        return Ok(Outcome::answer("No `atlas.sum` conflicts with the base branch, no changes to be made\n"));
    }
    let sums: Vec<String> = places.iter().map(|place| autorebase::sum_of(&place.path)).collect();
    let mut conflicts = repository.draft(&sides.head)?.merge(&sides.base, &sides.target, &sums)?;
    conflicts.retain(|path| situation.progress.is_none() || is_open(&workspace, path));
    autorebase::refuse(&conflicts, FIRST)?;
    let mut moves = Vec::new();
    for place in &places {
        moves.push(one(cx, &workspace, &situation, place)?);
    }
    // Paths are those of the repository, wherever in it the person is.
    let from = if cx.directory == workspace.root { "" } else { ":/" };
    Ok(Outcome::answer(format!("{}\n{}", shown(&moves), rest(&situation, &moves, from))))
}

/// Finds out which commits are brought together, and by what.
fn situation(cx: &Context, repository: &Repository) -> Result<Situation> {
    let checked_out = repository.head()?;
    let progress = repository.in_progress()?;
    if let Some(InProgress::Rebase(commit)) = &progress {
        let sides = Sides {
            base: repository.resolve(&format!("{commit}~1"))?,
            target: checked_out,
            head: commit.clone(),
        };
        return Ok(Situation { sides, progress, base_branch: String::new() });
    }
    let (base_branch, tip) = base_branch(cx, repository)?;
    let (target, head) = match &progress {
        // On the base branch itself, it is the other one that moves.
        Some(InProgress::Merge(theirs)) if is_on(repository, &base_branch)? => (checked_out, theirs.clone()),
        Some(InProgress::Merge(theirs)) => (theirs.clone(), checked_out),
        _ => (tip, checked_out),
    };
    let sides = Sides { base: repository.merge_base(&target, &head)?, target, head };
    Ok(Situation { sides, progress, base_branch })
}

/// The base branch and its last commit: on the remote where it is known there, else here.
fn base_branch(cx: &Context, repository: &Repository) -> Result<(String, String)> {
    let remote = cx.inputs.need(&REMOTE)?;
    if let Some(branch) = cx.inputs.get(&BASE_BRANCH)? {
        let there = format!("{remote}/{branch}");
        return match repository.resolve(&there) {
            Ok(tip) => Ok((there, tip)),
            Err(_) => repository.resolve(&branch).map(|tip| (branch, tip)),
        };
    }
    let there = USUAL.iter().map(|name| format!("{remote}/{name}"));
    let here = USUAL.iter().skip(1).map(|name| (*name).to_owned());
    let found = there.chain(here).find_map(|name| repository.resolve(&name).ok().map(|tip| (name, tip)));
    found.ok_or_else(|| {
        Error::usage("cannot tell which branch is the base branch").hint("name it with `--base-branch`")
    })
}

/// Whether this branch is checked out, or the one here that goes to it.
fn is_on(repository: &Repository, branch: &str) -> Result<bool> {
    let Some(own) = repository.branch()? else { return Ok(false) };
    let last = branch.rsplit_once('/').map_or(branch, |(_, last)| last);
    Ok(own == branch || own == last || (last == "HEAD" && USUAL.contains(&own.as_str())))
}

/// Whether a file of the work tree has the marks of a conflict.
fn is_open(workspace: &Workspace, path: &str) -> bool {
    let text = workspace.read_text(path).unwrap_or_default();
    text.lines().any(|line| line.starts_with("<<<<<<< "))
        && text.lines().any(|line| line.starts_with(">>>>>>> "))
}

/// Renames the files of one folder and writes its checksum file.
fn one(cx: &Context, workspace: &Workspace, situation: &Situation, place: &Place) -> Result<Move> {
    let repository = workspace.repository("a merge")?;
    let now = workspace.read(&place.path)?;
    let head = match situation.progress {
        // What is not committed yet moves too.
        None => now.clone(),
        Some(_) => repository.folder(&situation.sides.head, &place.path)?.unwrap_or_default(),
    };
    let mut to_do = autorebase::plan(cx, repository, place, &situation.sides, &head)?;
    to_do.renames.retain(|rename| autorebase::has(&now, &rename.from));
    refuse_open(&now)?;
    let sum = autorebase::sum_after(&now, &to_do.renames, &to_do)?;
    workspace.write(&now.path_of(SUM_FILE), &sum)?;
    for Rename { from, to } in &to_do.renames {
        workspace.rename(&now.path_of(from), &now.path_of(to))?;
    }
    Ok(to_do)
}

/// A migration with the marks of a conflict in it must not be hashed.
fn refuse_open(folder: &Folder) -> Result<()> {
    let is_marked =
        |text: &[u8]| text.starts_with(b"<<<<<<< ") || text.windows(9).any(|part| part == b"\n<<<<<<< ");
    let marked = folder.files.iter().filter(|(name, text)| name.as_str() != SUM_FILE && is_marked(text));
    autorebase::refuse(&marked.map(|(name, _)| folder.path_of(name)).collect::<Vec<_>>(), FIRST)
}

/// The commands that finish it.
fn rest(situation: &Situation, moves: &[Move], from: &str) -> String {
    let folder = |to_do: &Move| match format!("{from}{}", to_do.path).as_str() {
        "" => ".".to_owned(),
        path => shell_word(path),
    };
    let folders: Vec<String> = moves.iter().map(folder).collect();
    let add = format!("git add --all -- {}", folders.join(" "));
    let renamed = moves.iter().any(|to_do| !to_do.renames.is_empty());
    let branch = shell_word(&situation.base_branch);
    let merge = [
        format!("git merge {branch}"),
        "plinth migrate autorebase".to_owned(),
        add.clone(),
        "git commit".to_owned(),
    ];
    let commands: Vec<String> = match &situation.progress {
        Some(InProgress::Merge(_)) => vec![add, "git commit".to_owned()],
        Some(InProgress::Rebase(_)) => vec![add, "git rebase --continue".to_owned()],
        None if renamed => [add, "git commit".to_owned()].into_iter().chain(merge).collect(),
        None => merge.to_vec(),
    };
    format!("finish it with:\n  {}\n", commands.join("\n  "))
}

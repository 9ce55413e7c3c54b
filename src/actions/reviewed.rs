//! Whether pending files are the ones that were reviewed: what is merged must be what stood in the
//! head of the merged pull request.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, inputs, project::Workspace};
use crate::{
    db::File,
    error::{Error, Result},
    forge::{Forge, PullOfCommit},
    git::{self, Repository},
    prose,
    prose::Prose,
};

/// A forge lists at least so many files of a folder.
const LONGEST_LISTING: usize = 1000;

/// The answer.
#[derive(Default)]
pub(super) struct Verified {
    /// The pull request whose merge started this run.
    pub pull: Option<u64>,
    /// It, and those that brought the pending files.
    pub pulls: BTreeSet<u64>,
    /// Why nothing may run; empty if everything may.
    pub refused: Vec<Prose>,
    /// What the reader must know although it may run.
    pub notes: Vec<Prose>,
}

/// How a file came to the branch.
enum Came {
    /// As it stood in the head of this pull request.
    Reviewed(u64),
    /// By this pull request, but with other bytes.
    Changed(u64),
    /// By no pull request that is known.
    Unreviewed,
}

/// Compares each pending file with the merged pull request that brought it.
pub(super) async fn verify(
    cx: &Context,
    workspace: &Workspace,
    forge: Option<&dyn Forge>,
    folder: &str,
    pending: &[&File],
) -> Result<Verified> {
    let (Some(forge), Some(head)) = (forge, &cx.trigger.head) else {
        return unchecked(cx, pending);
    };
    let mut pulls = Pulls {
        forge,
        folder,
        branch: cx.trigger.branch.as_deref(),
        of: BTreeMap::new(),
        at: BTreeMap::new(),
    };
    let pull = pulls.of(head).await?.first().map(|pull| pull.number);
    let mut verified = Verified { pull, pulls: pull.into_iter().collect(), ..Verified::default() };
    let mut strangers = Vec::new();
    for file in pending {
        match pulls.came(file, head, workspace.repository.as_ref()).await? {
            Came::Reviewed(pull) => drop(verified.pulls.insert(pull)),
            Came::Changed(pull) => verified.refused.push(prose!(
                "{} is not the file that was reviewed in {}: it was changed after the review. \
                 A new pull request that touches it has it reviewed again.",
                file.source.path(),
                format!("#{pull}")
            )),
            Came::Unreviewed => strangers.push(*file),
        }
    }
    unreviewed(cx, verified, &strangers)
}

/// Decides where nobody can be asked what was reviewed.
fn unchecked(cx: &Context, pending: &[&File]) -> Result<Verified> {
    let mut verified = Verified::default();
    let said = prose!(
        "There is no token, so it was not checked that the pending files are the reviewed ones. Give the step {}.",
        "env: GITHUB_TOKEN: ${{ github.token }}"
    );
    match cx.inputs.need(&inputs::UNREVIEWED)?.as_str() {
        "fail" if !pending.is_empty() => verified.refused.push(said),
        _ => verified.notes.push(said),
    }
    Ok(verified)
}

/// Decides about files that no pull request brought, by the input `unreviewed`.
fn unreviewed(cx: &Context, mut verified: Verified, files: &[&File]) -> Result<Verified> {
    if files.is_empty() {
        return Ok(verified);
    }
    let mut names = files.iter().take(5).map(|file| file.source.path()).collect::<Vec<_>>().join(", ");
    if files.len() > 5 {
        names.push_str(", …");
    }
    let count = match files.len() {
        1 => prose!("1 file"),
        count => prose!("{} files", count),
    };
    if cx.inputs.need(&inputs::UNREVIEWED)? == "fail" {
        verified.refused.push(count.then(prose!(
            " came by no merged pull request: {}. Revert that, and bring it by a pull request; or set {} to {}.",
            names,
            inputs::UNREVIEWED.spec.name,
            "apply"
        )));
    } else {
        verified
            .notes
            .push(count.then(prose!(" came by no merged pull request, so nobody reviewed it: {}.", names)));
    }
    Ok(verified)
}

/// What the forge says, each thing asked once.
struct Pulls<'a> {
    forge: &'a dyn Forge,
    folder: &'a str,
    branch: Option<&'a str>,
    /// The merged pull requests of a commit.
    of: BTreeMap<String, Vec<PullOfCommit>>,
    /// The ids of the files in the folder, at the head of a pull request.
    at: BTreeMap<String, BTreeMap<String, String>>,
}

impl Pulls<'_> {
    async fn came(&mut self, file: &File, head: &str, repository: Option<&Repository>) -> Result<Came> {
        // The run of an earlier merge may have been cancelled: its files are judged by its own pull request. Later
        // ones have them too, but did not show them to anybody.
        let introduced = match repository {
            Some(repository) => repository.introduced(head, file.source.path())?,
            None => None,
        };
        // Where the clone is too shallow to tell, the newest merge must do.
        self.compare(file, introduced.as_deref().unwrap_or(head)).await
    }

    async fn compare(&mut self, file: &File, commit: &str) -> Result<Came> {
        let content = file.source.text().as_bytes();
        let id = git::blob_id(content)?;
        let name = file.source.path().rsplit('/').next().unwrap_or_default();
        for pull in self.of(commit).await? {
            let files = self.at(&pull.head).await?;
            let same = match files.get(name) {
                Some(reviewed) => Some(*reviewed == id),
                None if files.len() < LONGEST_LISTING => None,
                // The listing may have been cut: the file itself is asked for.
                None => {
                    let reviewed = self.forge.file(&pull.head, file.source.path()).await.map_err(unknown)?;
                    reviewed.map(|reviewed| reviewed == content)
                }
            };
            match same {
                Some(true) => return Ok(Came::Reviewed(pull.number)),
                Some(false) => return Ok(Came::Changed(pull.number)),
                None => {}
            }
        }
        Ok(Came::Unreviewed)
    }

    async fn of(&mut self, commit: &str) -> Result<Vec<PullOfCommit>> {
        if let Some(known) = self.of.get(commit) {
            return Ok(known.clone());
        }
        let mut pulls = self.forge.pulls_of(commit).await.map_err(unknown)?;
        pulls.retain(|pull| pull.merged && self.branch.is_none_or(|branch| branch == pull.base_branch));
        self.of.insert(commit.to_owned(), pulls.clone());
        Ok(pulls)
    }

    async fn at(&mut self, commit: &str) -> Result<&BTreeMap<String, String>> {
        if !self.at.contains_key(commit) {
            let files = self.forge.files(commit, self.folder).await.map_err(unknown)?;
            self.at.insert(commit.to_owned(), files.unwrap_or_default());
        }
        Ok(&self.at[commit])
    }
}

fn unknown(error: Error) -> Error {
    Error::outside("cannot tell what was reviewed; nothing was changed")
        .because(error)
        .hint("run the job again")
}

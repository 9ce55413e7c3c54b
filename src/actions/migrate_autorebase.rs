//! `migrate/autorebase`: a branch that was overtaken, brought behind its target.

use super::{
    Context, Outcome, OutputSpec, Spec,
    autorebase::{self, Move, Sides},
    autorebase_local,
    input::Input,
    inputs,
    project::{self, Workspace},
};
use crate::{
    error::{Error, Result},
    forge::{self, Author, FileChange, NewCommit, NewFile, Push},
    git::{CommitText, Draft, Repository},
    migrations::Rename,
    platform::{Event, Output},
    trust::Feature,
};

pub(super) static BASE_BRANCH: Input<String> = Input::text(
    "base-branch",
    "The branch whose migrations stay where they are. By default the one that pull requests go to",
);
pub(super) static REMOTE: Input<String> =
    Input::text("remote", "The remote of git that has the base branch").default("origin");
static STRATEGY: Input<String> = Input::choice(
    "strategy",
    &["merge", "rebase"],
    "In CI: add a merge of the base branch, or put the commits of the branch behind it, which replaces them",
)
.default("merge");

/// What to do about conflicts in other files.
const BY_HAND: &str = "merge the base branch by hand, then run this again if `atlas.sum` is all that is left";

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/autorebase",
    summary: "Resolve conflicts in `atlas.sum`: move a branch's migrations behind those of its base branch",
    docs: "For a branch whose only conflict with its base branch is `atlas.sum`, in one folder or in several. Migrations\n\
           that only the branch has get fresh versions where they would sort before the last one of the base branch;\n\
           `atlas.sum` is made again from the files of both. If anything else conflicts, nothing is done and the files\n\
           are listed.\n\n\
           - In CI, on a push to the branch: the result is added to the branch through the forge, as a commit. Needs\n  \
           `contents: write` and a checkout with `fetch-depth: 0`. GitHub starts no `pull_request` job while a branch\n  \
           conflicts, and no job for what the token of a job pushes. Never for forks.\n\
           - Elsewhere, in the middle of a merge or a rebase, or before it: the files of the work tree are renamed, and\n  \
           the commands of git that finish it are printed. Git itself is never run.",
    inputs: &[
        &BASE_BRANCH.spec,
        &REMOTE.spec,
        &STRATEGY.spec,
        &inputs::DIRS.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[
        OutputSpec { name: "rebased", docs: "`true` if the branch has a new commit" },
        OutputSpec { name: "commit", docs: "The new last commit of the branch" },
    ],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    project::refuse_project_file(cx)?;
    match cx.trigger.event {
        Event::Local => autorebase_local::run(cx),
        Event::Deleted => Ok(nothing("the branch was deleted")),
        Event::Push | Event::Dispatch | Event::Schedule => on_branch(cx).await,
        Event::PullRequest | Event::MergeGroup | Event::Privileged | Event::Other => {
            cx.trigger.trust.require(Feature::Push)?;
            Err(Error::usage("this event is about no branch that a commit could be added to")
                .hint("run it on `push` to other branches than the base branch"))
        }
    }
}

async fn on_branch(cx: &Context) -> Result<Outcome> {
    cx.trigger.trust.require(Feature::Push)?;
    let workspace = Workspace::open(cx)?;
    let repository = workspace.repository("a merge")?;
    let (Some(branch), Some(head)) = (cx.trigger.branch.clone(), cx.trigger.head.clone()) else {
        return Ok(nothing("this ref is no branch"));
    };
    let base_branch = base_branch(cx)?;
    if branch == base_branch {
        return Ok(nothing("this is the base branch itself"));
    }
    let target = repository.resolve(&format!("{}/{base_branch}", cx.inputs.need(&REMOTE)?))?;
    let sides = Sides { base: repository.merge_base(&target, &head)?, target, head };
    let mut moves = Vec::new();
    for place in autorebase::conflicting(cx, &workspace, repository, &sides)? {
        let folder = repository.folder(&sides.head, &place.path)?.unwrap_or_default();
        moves.push(autorebase::plan(cx, repository, &place, &sides, &folder)?);
    }
    if moves.is_empty() {
        return Ok(nothing("no `atlas.sum` conflicts with the base branch"));
    }
    let change = Change { repository, sides: &sides, moves: &moves };
    let push = match cx.inputs.need(&STRATEGY)?.as_str() {
        "rebase" => change.rebased(&branch)?,
        _ => change.merged(&branch, &base_branch)?,
    };
    let told = cx.trigger.repository.as_ref();
    let told = told.ok_or_else(|| Error::usage("no forge is known that the commit could be sent to"))?;
    let commit = forge::connect(told)?.push(&push).await?;
    let mut outcome = Outcome::answer(shown(&moves));
    outcome.remarks.push(format!("`{branch}` is at {commit} now"));
    outcome.outputs = outputs(true, &commit);
    Ok(outcome)
}

/// The branch that the run is to come behind, by its name.
fn base_branch(cx: &Context) -> Result<String> {
    let told = cx.trigger.repository.as_ref().and_then(|repository| repository.default_branch.clone());
    cx.inputs.get(&BASE_BRANCH)?.or(told).ok_or_else(|| {
        Error::usage("cannot tell which branch is the base branch").hint("name it with `base-branch`")
    })
}

fn nothing(why: &str) -> Outcome {
    Outcome {
        remarks: vec![format!("nothing to do: {why}")],
        outputs: outputs(false, ""),
        ..Outcome::default()
    }
}

fn outputs(rebased: bool, commit: &str) -> Vec<Output> {
    vec![
        Output { name: "rebased", value: rebased.to_string() },
        Output { name: "commit", value: commit.to_owned() },
    ]
}

/// What moved, a line each.
pub(super) fn shown(moves: &[Move]) -> String {
    let lines = moves.iter().flat_map(|to_do| {
        let sum = autorebase::sum_of(&to_do.path);
        let renames = to_do
            .renames
            .iter()
            .map(|Rename { from, to }| format!("{} -> {to}\n", autorebase::path_in(&to_do.path, from)));
        renames.chain([format!("{sum} made again\n")])
    });
    lines.collect()
}

/// The commits that a branch gets.
struct Change<'a> {
    repository: &'a Repository,
    sides: &'a Sides,
    moves: &'a [Move],
}

impl Change<'_> {
    fn sums(&self) -> Vec<String> {
        self.moves.iter().map(|to_do| autorebase::sum_of(&to_do.path)).collect()
    }

    fn settle(&self, draft: &mut Draft) -> Result<()> {
        self.moves.iter().try_for_each(|to_do| autorebase::settle(draft, to_do))
    }

    /// One merge of the base branch.
    fn merged(&self, branch: &str, base_branch: &str) -> Result<Push> {
        let Sides { base, target, head } = self.sides;
        let mut draft = self.repository.draft(head)?;
        autorebase::refuse(&draft.merge(base, target, &self.sums())?, BY_HAND)?;
        self.settle(&mut draft)?;
        let tree = self.repository.tree_id(target)?;
        let message = format!(
            "Merge branch '{base_branch}' into {branch}\n\nOnly the checksums of migrations conflicted:\n\n{}",
            shown(self.moves)
        );
        let commit = commit(&draft, &tree, message, None)?;
        Ok(Push {
            branch: branch.to_owned(),
            expected: head.clone(),
            parents: vec![head.clone(), target.clone()],
            tree,
            commits: vec![commit],
        })
    }

    /// Each commit of the branch again, behind the base branch.
    fn rebased(&self, branch: &str) -> Result<Push> {
        let Sides { base, target, head } = self.sides;
        let line = self.repository.line(base, head)?.ok_or_else(|| {
            Error::usage(format!("`{branch}` has merges in it, which cannot be put behind another branch"))
                .hint("use `strategy: merge`")
        })?;
        let mut draft = self.repository.draft(target)?;
        let first = self.repository.tree_id(target)?;
        let mut tree = first.clone();
        let mut commits = Vec::new();
        for CommitText { id, parent, message, author } in line {
            autorebase::refuse(&draft.merge(&parent, &id, &self.sums())?, BY_HAND)?;
            self.settle(&mut draft)?;
            if draft.id() != tree {
                let author = Author { name: author.name, email: author.email, date: author.date };
                commits.push(commit(&draft, &tree, message, Some(author))?);
                tree = draft.id();
            }
        }
        Ok(Push {
            branch: branch.to_owned(),
            expected: head.clone(),
            parents: vec![target.clone()],
            tree: first,
            commits,
        })
    }
}

fn commit(draft: &Draft, before: &str, message: String, author: Option<Author>) -> Result<NewCommit> {
    let changes = draft.differences_from(before)?.into_iter().map(|difference| FileChange {
        path: difference.path,
        file: difference.file.map(|file| NewFile { mode: file.mode, id: file.id, content: file.content }),
    });
    Ok(NewCommit { changes: changes.collect(), tree: draft.id(), message, author })
}

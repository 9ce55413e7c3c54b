//! `migrate/lint`: the review of the newest migrations, without a pull request.

use super::{
    Context, Outcome, Spec,
    input::Input,
    inputs, project,
    review::{self, Base, Policy, Reviewed},
    show,
};
use crate::{
    error::{Error, Result},
    lint,
    migrations::{Directory, SUM_FILE},
    text,
    trust::Trust,
};

static LATEST: Input<usize> = Input::number("latest", "Review the last so many files");
static GIT_BASE: Input<String> =
    Input::text("git-base", "Review the files that this branch or commit of git lacks, for example `main`");
static GIT_DIR: Input<String> = Input::text(
    "git-dir",
    "The git repository. The one around the working directory is the only one that is read",
);

static FIX: Input<bool> = Input::flag(
    "fix",
    "Repair the files where findings offer it: edits, and, in Atlas's format, a check before each statement that \
     destroys rows",
);

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/lint",
    summary: "Say what new migrations would do, and what to do instead",
    docs: "Exactly one of `latest` and `git-base` says which files are new. The exit code is 1 if a finding of level\n\
           error stands.",
    inputs: &[
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::DEV_URL.spec,
        &inputs::DEV_TIMEOUT.spec,
        &LATEST.spec,
        &GIT_BASE.spec,
        &GIT_DIR.spec,
        &FIX.spec,
        &inputs::EVIDENCE.spec,
        &inputs::LINT_LEVELS.spec,
        &inputs::BASELINE.spec,
        &inputs::WRITE_BASELINE.spec,
        &inputs::FORMAT_REPORT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    project::refuse_project_file(cx)?;
    project::only(cx, &GIT_DIR, ".")?;
    let workspace = project::Workspace::open(cx)?;
    let place = workspace.place_of(cx, &cx.inputs.need(&inputs::DIR)?)?;
    let directory = place.open(&workspace.read(&place.path)?)?;
    let path = &place.path;
    let mut origin = show::origin(cx, format!("plinth migrate lint --dir {}", text::shell_word(path)));
    let base = match (cx.inputs.get(&LATEST)?, cx.inputs.get(&GIT_BASE)?) {
        (Some(count), None) => {
            origin.reproduce = format!("{} --latest {count}", origin.reproduce);
            Base::Latest(count)
        }
        (None, Some(branch)) => {
            origin.reproduce = format!("{} --git-base {}", origin.reproduce, text::shell_word(&branch));
            let repository = workspace.repository("`git-base`")?;
            let base = repository.merge_base(&repository.resolve(&branch)?, &repository.head()?)?;
            let before = review::before(&place, repository.folder(&base, path)?)?;
            origin.head = Some(repository.head()?);
            origin.base = Some(base);
            origin.base_branch = Some(branch);
            Base::Directory(before)
        }
        (Some(_), Some(_)) => return Err(Error::usage("`latest` and `git-base` exclude each other")),
        (None, None) => {
            return Err(Error::usage("nothing says which migrations are new").hint(
                "give `--latest 1` for the last file, or `--git-base main` for those that `main` lacks",
            ));
        }
    };
    let policy = Policy::read(cx, accepted(cx, &workspace, origin.base.as_deref())?)?;
    let mut reviewed = review::review(cx, &directory, &base, &policy, origin.clone(), Vec::new()).await?;
    let mut repaired = Vec::new();
    if cx.inputs.is_on(&FIX)? {
        repaired = repair(cx, &workspace, &directory, &reviewed)?;
        if !repaired.is_empty() {
            let directory = place.open(&workspace.read(&place.path)?)?;
            reviewed = review::review(cx, &directory, &base, &policy, origin, Vec::new()).await?;
        }
    }
    let mut outcome = show::reviewed(cx, &workspace, &[reviewed])?;
    outcome.remarks.splice(0..0, repaired);
    Ok(outcome)
}

/// Repairs the files as far as findings offer it, and brings the checksum file up to date; says which ones.
fn repair(
    cx: &Context,
    workspace: &project::Workspace,
    directory: &Directory,
    reviewed: &Reviewed,
) -> Result<Vec<String>> {
    let dialect = project::dialect(cx)?.ops();
    let mut folder = workspace.read(&directory.path)?;
    let mut said = Vec::new();
    for migration in &directory.migrations {
        let path = migration.source.path();
        let findings = reviewed.report.standing().iter().filter(|finding| finding.place.path == path);
        let findings: Vec<_> = findings.collect();
        let checks = directory.format.has_checks();
        let Some(text) = lint::repaired(dialect, migration.source.text(), &findings, checks) else {
            continue;
        };
        folder.files.insert(migration.name.clone(), text.as_bytes().to_vec());
        workspace.write(path, &text)?;
        said.push(format!("repaired: {path}"));
    }
    if !said.is_empty() && directory.sum_file.is_some() {
        let sum = Directory::open_as(&folder, directory.format)?.sum().to_string();
        workspace.write(&directory.path_of(SUM_FILE), &sum)?;
    }
    Ok(said)
}

/// The accepted findings: from the base where a pull request could have changed them, else from the work tree.
fn accepted(
    cx: &Context,
    workspace: &project::Workspace,
    base: Option<&str>,
) -> Result<Option<(String, String)>> {
    let path = match cx.inputs.get(&inputs::BASELINE)? {
        Some(path) if cx.trigger.trust < Trust::Trusted => workspace.path_of(cx, &path)?,
        _ => return show::baseline(cx, workspace),
    };
    let base = base.ok_or_else(|| {
        Error::refused("refused to read `baseline` from the change that it is about")
            .hint("give `git-base` instead of `latest`: then it is read from there")
    })?;
    let bytes = workspace.repository("`baseline`")?.file(base, &path)?;
    Ok(bytes.map(|bytes| (path, String::from_utf8_lossy(&bytes).into_owned())))
}

//! The half of `ci` that reviews: a pull request, a merge queue entry, or the work tree of a laptop.

use std::collections::BTreeSet;

use super::{
    Context, Outcome, comment, inputs,
    project::{Place, Workspace},
    review::{self, Base, Policy, Reviewed},
    show,
};
use crate::{
    error::{Error, Result, exit},
    files,
    folder::Folder,
    git::Repository,
    migrations::{SUM_FILE, formats},
    platform::Effect,
    prose,
    prose::Prose,
    render::{self, Templates},
    report::Report,
    text::shell_word,
};

/// What the change is compared with.
struct Comparison {
    /// The commit; none where `latest` counts files instead.
    base: Option<String>,
    /// The name that people know it by.
    branch: Option<String>,
}

/// Reviews every folder that the change touches.
pub(super) async fn run(cx: &Context) -> Result<Outcome> {
    let workspace = Workspace::open(cx)?;
    let latest = cx.inputs.get(&inputs::CI_LATEST)?;
    let comparison = match latest {
        Some(_) => Comparison { base: None, branch: None },
        None => compare(cx, workspace.repository("a review")?)?,
    };
    let base = comparison.base.as_deref();
    refuse_without_base(cx, base)?;
    let folders = touched(cx, &workspace, base)?;
    let templates = templates(cx, &workspace, base)?;
    let reverts = cx.inputs.need(&inputs::ON_REVERT)? == "down";
    let policy = Policy::read(cx, baseline(cx, &workspace, base)?)?.reverting(reverts);
    let notes = policy_changes(cx, &workspace, base)?;
    let mut results = Vec::new();
    for place in folders {
        let result = one(cx, &workspace, &place, &comparison, &policy, notes.clone()).await;
        results.push((place.path, result));
    }
    finish(cx, &workspace, results, &templates).await
}

/// The commit to compare with: the merge base with the branch that the change goes to.
fn compare(cx: &Context, repository: &Repository) -> Result<Comparison> {
    let trigger = &cx.trigger;
    let (tip, branch) = match (cx.inputs.get(&inputs::BASE)?, &trigger.pull_request, &trigger.base) {
        (Some(base), ..) => (repository.resolve(&base)?, base),
        (None, Some(pull), _) => {
            // What is checked out is usually the merge with the branch as it is by now, not as the event has it.
            let merged = repository.merged_onto(&pull.head)?;
            (merged.map_or_else(|| repository.resolve(&pull.base), Ok)?, pull.base_branch.clone())
        }
        (None, None, Some(base)) => {
            (repository.resolve(base)?, trigger.branch.clone().unwrap_or_else(|| base.clone()))
        }
        (None, None, None) => default_branch(cx, repository)?,
    };
    let base = repository.merge_base(&tip, &repository.head()?)?;
    Ok(Comparison { base: Some(base), branch: Some(branch) })
}

fn default_branch(cx: &Context, repository: &Repository) -> Result<(String, String)> {
    let told = cx.trigger.repository.as_ref().and_then(|repository| repository.default_branch.clone());
    let candidates = told.into_iter().chain(["origin/HEAD", "main", "master"].map(str::to_owned));
    for candidate in candidates {
        if let Ok(commit) = repository.resolve(&candidate) {
            return Ok((commit, candidate));
        }
    }
    Err(Error::usage("cannot tell what to compare with: there is no `main` or `master`")
        .hint("name the branch with `--base`"))
}

/// The folders to review: those of the inputs, else those with a checksum file that differ from the base.
fn touched(cx: &Context, workspace: &Workspace, base: Option<&str>) -> Result<Vec<Place>> {
    if let Some(dirs) = cx.inputs.get(&inputs::DIRS)? {
        return dirs.iter().map(|dir| workspace.place_of(cx, dir)).collect();
    }
    let mut folders: BTreeSet<String> =
        files::find_folders_with(&workspace.root, SUM_FILE)?.into_iter().collect();
    let Some((base, repository)) = base.zip(workspace.repository.as_ref()) else {
        return folders.iter().map(|path| found(cx, path)).collect();
    };
    folders.extend(repository.folders_with(base, SUM_FILE)?);
    let mut touched = Vec::new();
    for path in folders {
        let before = repository.folder(base, &path)?;
        // A folder that cannot be read is reviewed, so that the reason is seen.
        let same = workspace.read_if_there(&path).is_ok_and(|now| match (&now, &before) {
            (Some(now), Some(before)) => (&now.files, &now.nested) == (&before.files, &before.nested),
            (None, None) => true,
            _ => false,
        });
        if !same {
            touched.push(found(cx, &path)?);
        }
    }
    Ok(touched)
}

/// A folder that was found by its checksum file.
fn found(cx: &Context, path: &str) -> Result<Place> {
    let format = cx.inputs.get(&inputs::DIR_FORMAT)?;
    Ok(Place { path: path.to_owned(), format: format.map(|format| formats::named(&format)).transpose()? })
}

async fn one(
    cx: &Context,
    workspace: &Workspace,
    place: &Place,
    comparison: &Comparison,
    policy: &Policy,
    mut notes: Vec<Prose>,
) -> Result<Reviewed> {
    let path = place.path.as_str();
    let latest = cx.inputs.get(&inputs::CI_LATEST)?;
    let base = match (latest, &comparison.base) {
        (Some(count), _) => Base::Latest(count),
        (None, Some(base)) => {
            Base::Directory(review::before(place, workspace.repository("a review")?.folder(base, path)?)?)
        }
        (None, None) => Base::Directory(None),
    };
    let folder = match workspace.read_if_there(path)? {
        Some(folder) => folder,
        None if !matches!(base, Base::Directory(Some(_))) => {
            return Err(Error::usage(format!("there is no folder `{path}`"))
                .hint("the folders of migrations are named with `dir`"));
        }
        None => {
            notes.push(prose!("The folder {} is gone with this change.", path));
            Folder { path: path.to_owned(), ..Folder::default() }
        }
    };
    let reproduce = match (latest, &comparison.branch) {
        (Some(count), _) => format!("plinth ci --dir {} --latest {count}", shell_word(path)),
        (None, Some(branch)) => format!("plinth ci --base {}", shell_word(branch)),
        (None, None) => "plinth ci".to_owned(),
    };
    let mut origin = show::origin(cx, reproduce);
    if origin.head.is_none() {
        origin.head = workspace.repository.as_ref().and_then(|repository| repository.head().ok());
    }
    origin.base.clone_from(&comparison.base);
    origin.base_branch.clone_from(&comparison.branch);
    review::review(cx, &place.open(&folder)?, &base, policy, origin, notes).await
}

/// Refuses, in CI, what must come from the base where there is none: a change must not choose how it is judged.
fn refuse_without_base(cx: &Context, base: Option<&str>) -> Result<()> {
    let given = [
        cx.inputs.is_given(&inputs::BASELINE).then_some("baseline"),
        cx.inputs.is_given(&inputs::TEMPLATES).then_some("templates"),
    ];
    match given.into_iter().flatten().next() {
        Some(input) if cx.platform.is_ci() && base.is_none() => {
            Err(Error::refused(format!("`{input}` is read from the base, and with `latest` there is none"))
                .hint("leave out `latest`: a pull request is compared with the branch that it goes to"))
        }
        _ => Ok(()),
    }
}

/// Templates that replace the built-in ones: from the base in CI, from the work tree on a laptop.
fn templates(cx: &Context, workspace: &Workspace, base: Option<&str>) -> Result<Templates> {
    let Some(path) = cx.inputs.get(&inputs::TEMPLATES)? else { return Ok(Templates::embedded()) };
    let path = workspace.path_of(cx, &path)?;
    let folder = match (cx.platform.is_ci(), base) {
        (true, Some(base)) => match workspace.repository("`templates`")?.folder(base, &path)? {
            Some(folder) => folder,
            // A change that brings the first ones is shown with the built-in ones.
            None => workspace.read(&path).map(|_| Folder::default())?,
        },
        _ => workspace.read(&path)?,
    };
    folder.files.iter().try_fold(Templates::embedded(), |templates, (name, text)| {
        templates.with(name, String::from_utf8_lossy(text))
    })
}

/// The accepted findings: from the base in CI, from the work tree on a laptop.
fn baseline(cx: &Context, workspace: &Workspace, base: Option<&str>) -> Result<Option<(String, String)>> {
    let (Some(path), true, Some(base)) = (cx.inputs.get(&inputs::BASELINE)?, cx.platform.is_ci(), base)
    else {
        return show::baseline(cx, workspace);
    };
    let path = workspace.path_of(cx, &path)?;
    let bytes = workspace.repository("`baseline`")?.file(base, &path)?;
    // A pull request that adds the file is reviewed without it: what it accepts is for the next one.
    if bytes.is_none() {
        workspace.read_text(&path)?;
    }
    Ok(bytes.map(|bytes| (path, String::from_utf8_lossy(&bytes).into_owned())))
}

/// What the reader must know where the change edits what it is judged by; in CI the base's version counts.
fn policy_changes(cx: &Context, workspace: &Workspace, base: Option<&str>) -> Result<Vec<Prose>> {
    let (true, Some(base), Some(repository)) = (cx.platform.is_ci(), base, workspace.repository.as_ref())
    else {
        return Ok(Vec::new());
    };
    let mut notes = Vec::new();
    let head = repository.head()?;
    for input in [&inputs::BASELINE, &inputs::TEMPLATES] {
        let Some(path) = cx.inputs.get(input)? else { continue };
        let path = workspace.path_of(cx, &path)?;
        let below = format!("{}/", path.trim_end_matches('/'));
        let changed = repository.changed(base, &head)?;
        if changed.iter().any(|file| file.path == path || file.path.starts_with(&below)) {
            notes.push(prose!(
                "This change edits {}, which the input {} names: this review used it as it is at the base.",
                path,
                input.spec.name
            ));
        }
    }
    Ok(notes)
}

/// Shows, posts and hands over what was found.
async fn finish(
    cx: &Context,
    workspace: &Workspace,
    results: Vec<(String, Result<Reviewed>)>,
    templates: &Templates,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut reports: Vec<Report> = Vec::new();
    let mut sources = Vec::new();
    for (path, result) in results {
        match result {
            Ok(reviewed) => {
                reports.push(reviewed.report);
                sources.push(reviewed.sources);
            }
            Err(error) => {
                outcome.exit = outcome.exit.max(error.kind().exit_code());
                outcome.remarks.push(render::error(&error, show::colour(cx)));
                let reproduce = format!("plinth ci --dir {}", shell_word(&path));
                reports.push(crate::review::failed(path, &error, show::origin(cx, reproduce)));
                sources.push(Vec::new());
            }
        }
    }
    if reports.iter().any(show::objects) {
        outcome.exit = outcome.exit.max(exit::REFUSED);
    }
    if reports.is_empty() {
        outcome.remarks.push("no migration changed".to_owned());
    }
    match &cx.trigger.pull_request {
        Some(pull) => {
            let urls = comment::post(cx, pull.number, &mut reports, templates, &mut outcome).await?;
            // Where `dir` names the folders, other jobs may review others; where nothing could be posted, this
            // cannot be either.
            if !cx.inputs.is_given(&inputs::DIRS) && (reports.is_empty() || !urls.is_empty()) {
                comment::settle(cx, pull.number, &reports, templates, &mut outcome).await?;
            }
            outcome.outputs.push(comment::urls(&urls));
        }
        None if cx.platform.is_ci() => {}
        None => comment::to_file(cx, workspace, &reports, templates, &mut outcome)?,
    }
    comment::show(cx, &reports, &sources, templates, &mut outcome)?;
    if let Some(path) = cx.inputs.get(&inputs::SARIF_FILE)? {
        let path = workspace.absolute(&workspace.path_of(cx, &path)?).to_string_lossy().into_owned();
        let text = render::sarif(&reports.iter().collect::<Vec<_>>(), &show::rule_docs());
        outcome.effects.push(Effect::Write { path, text });
    }
    Ok(outcome)
}

//! What a pass and its findings, or an apply, mean to a reader: everything becomes a [`Report`].

mod applied;
mod diagram;
mod objects;
mod verdict;
mod words;

use std::collections::BTreeSet;

pub(crate) use applied::duration;
pub use applied::{Application, Ending, applied};
pub use diagram::{diagram, diagram_of_all};

use crate::{
    change::Change,
    error::Error,
    finding::{FindingSet, Level, Place},
    lint::Pass,
    plan, prose,
    prose::Prose,
    report::{Broken, Kind, Origin, Report, Risk, SqlFile, Verdict},
    schema::{self, Fingerprint},
    step::Outcome,
};

/// What a review report is made of.
pub struct Review<'a> {
    /// The new files and what they did.
    pub pass: &'a Pass<'a>,
    /// What the rules found.
    pub findings: FindingSet,
    /// The stable key of the project: the path of its migration folder.
    pub project: String,
    /// What became of the findings of the review before this one, where that is known.
    pub since: Option<Since>,
    /// How many migrations of the base the files revert; none where they are new migrations.
    pub reverts: usize,
    /// What else the reader must know.
    pub notes: Vec<Prose>,
    /// Where all this comes from; the plan's fingerprint is filled in where the files ran.
    pub origin: Origin,
}

/// How the findings differ from those of the review before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Since {
    /// Gone.
    pub fixed: usize,
    /// There before and now.
    pub open: usize,
    /// Not there before.
    pub new: usize,
}

/// Says that a folder could not be reviewed, and why.
pub fn failed(project: String, error: &Error, origin: Origin) -> Report {
    let causes = error.causes().into_iter().map(|cause| prose!("Caused by: ").then(Prose::message(&cause)));
    let hints = error.hints().iter().map(|hint| prose!("What to do: ").then(Prose::message(hint)));
    Report {
        kind: Kind::Review,
        verdict: Verdict {
            risk: Risk::Red,
            text: prose!("Not reviewed: ").then(Prose::message(error.message())),
        },
        summary: vec![prose!("Nothing was run, and nothing is known about {}", &project)],
        objects: Vec::new(),
        findings: FindingSet::default(),
        broken: None,
        files: Vec::new(),
        diagram: None,
        notes: causes.chain(hints).collect(),
        applied: None,
        project,
        origin,
    }
}

/// Says that a folder that was reviewed before is no longer touched.
pub fn untouched(project: String, origin: Origin) -> Report {
    Report {
        kind: Kind::Review,
        verdict: Verdict { risk: Risk::Green, text: prose!("Nothing to review: no migration changed") },
        summary: vec![prose!("An earlier version of this change touched {}", &project)],
        objects: Vec::new(),
        findings: FindingSet::default(),
        broken: None,
        files: Vec::new(),
        diagram: None,
        notes: Vec::new(),
        applied: None,
        project,
        origin,
    }
}

/// Says what the new files mean.
pub fn report(review: Review<'_>) -> Report {
    let Review { pass, mut findings, project, since, reverts, notes, mut origin } = review;
    findings.sort();
    let rows = objects::rows(pass, &findings);
    let broken = broken(pass, &findings);
    if origin.plan.is_none() {
        origin.plan = plan_fingerprint(pass).map(|plan| plan.to_string());
    }
    let changes: Vec<&Change> = changes(pass).collect();
    Report {
        kind: Kind::Review,
        verdict: verdict::verdict(pass, &findings, broken.as_ref(), &rows, reverts),
        summary: summary(pass, &findings, broken.as_ref(), &project, since, reverts),
        // Where a statement failed, nobody knows the state after all of them.
        diagram: if broken.is_some() { None } else { diagram(pass.after, &changes) },
        objects: rows.into_iter().map(|row| row.shown).collect(),
        files: pass
            .files
            .iter()
            .map(|file| SqlFile {
                source: file.source.clone(),
                statements: file.steps.iter().map(|step| step.span).collect(),
            })
            .collect(),
        project,
        findings,
        broken,
        notes,
        applied: None,
        origin,
    }
}

/// The hash of what would run: of the states before and after, and of every statement in order.
///
/// None where the files did not run, because the states are not known then.
pub fn plan_fingerprint(pass: &Pass<'_>) -> Option<Fingerprint> {
    let mut steps = pass.files.iter().flat_map(|file| &file.steps);
    if pass.files.is_empty() || steps.any(|step| step.outcome != Outcome::Ran) {
        return None;
    }
    let statements = pass.files.iter().flat_map(|file| file.steps.iter().map(|step| file.text(step)));
    Some(plan::fingerprint(&schema::fingerprint(pass.before), &schema::fingerprint(pass.after), statements))
}

fn changes<'a>(pass: &Pass<'a>) -> impl Iterator<Item = &'a Change> {
    pass.files.iter().flat_map(|file| &file.steps).flat_map(|step| &step.changes)
}

/// The statement that was refused, unless a finding already stands on it.
fn broken(pass: &Pass<'_>, findings: &FindingSet) -> Option<Broken> {
    let found: BTreeSet<(&str, usize)> = findings
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .map(|finding| (finding.place.path.as_str(), finding.place.span.start))
        .collect();
    pass.files.iter().find_map(|file| {
        file.steps.iter().find_map(|step| {
            let Outcome::Failed(message) = &step.outcome else { return None };
            if found.contains(&(file.source.path(), step.span.start)) {
                return None;
            }
            let last = step.span.end.saturating_sub(1).max(step.span.start);
            Some(Broken {
                place: Place {
                    path: file.source.path().to_owned(),
                    span: step.span,
                    start: file.position(step),
                    end: file.source.position(last),
                },
                statement: file.text(step).to_owned(),
                message: message.clone(),
            })
        })
    })
}

fn summary(
    pass: &Pass<'_>,
    findings: &FindingSet,
    broken: Option<&Broken>,
    project: &str,
    since: Option<Since>,
    reverts: usize,
) -> Vec<Prose> {
    let dialect = Prose::plain(pass.dialect.title());
    let files = match pass.files.len() {
        _ if reverts == 1 => prose!("1 migration is reverted in {} for ", folder(project)),
        _ if reverts > 1 => prose!("{} migrations are reverted in {} for ", reverts, folder(project)),
        0 => return vec![prose!("{} for ", folder(project)).then(dialect)],
        1 => prose!("1 new migration in {} for ", folder(project)),
        count => prose!("{} new migrations in {} for ", count, folder(project)),
    };
    let mut parts = vec![files.then(dialect)];
    if broken.is_some() {
        parts.push(prose!("**1 statement fails**"));
    }
    if broken.is_none() || !findings.findings.is_empty() {
        parts.push(counts(findings));
    }
    if let Some(Since { fixed, open, new }) = since {
        let said: Vec<Prose> = [
            (fixed > 0).then(|| prose!("{} fixed", fixed)),
            (open > 0).then(|| prose!("{} still open", open)),
            (new > 0).then(|| prose!("{} new", new)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !said.is_empty() {
            parts.push(prose!("since your last push: ").then(words::listed(said, ", ")));
        }
    }
    parts
}

/// How many findings there are of each level, for example **1 error, 2 warnings**.
fn counts(findings: &FindingSet) -> Prose {
    let said: Vec<Prose> = [Level::Error, Level::Warning, Level::Info]
        .into_iter()
        .filter_map(|level| match (level, findings.count(level)) {
            (_, 0) => None,
            (Level::Error, 1) => Some(prose!("**1 error**")),
            (Level::Error, count) => Some(prose!("**{} errors**", count)),
            (Level::Warning, 1) => Some(prose!("**1 warning**")),
            (Level::Warning, count) => Some(prose!("**{} warnings**", count)),
            (Level::Info, 1) => Some(prose!("**1 remark**")),
            (Level::Info, count) => Some(prose!("**{} remarks**", count)),
        })
        .collect();
    if said.is_empty() { prose!("no findings") } else { words::listed(said, "**, **") }
}

/// The project as a folder: `migrations/`.
fn folder(project: &str) -> String {
    if project.ends_with('/') { project.to_owned() } else { format!("{project}/") }
}

//! What an apply did, as a report: the record that stands on the merged pull request.

use crate::{
    finding::FindingSet,
    prose,
    prose::Prose,
    report::{AppliedFile, ApplyLog, Fate, Kind, Origin, Report, Risk, SqlFile, Verdict},
    text::file_name,
};

/// What the report of an apply is made of.
pub struct Application {
    /// The stable key of the project: the path of its migration folder.
    pub project: String,
    /// How it ended.
    pub ending: Ending,
    /// What else the reader must know.
    pub notes: Vec<Prose>,
    /// Where all this comes from.
    pub origin: Origin,
}

/// How an apply ended.
pub enum Ending {
    /// The pending files ran, as far as they did; there may have been none.
    Ran(ApplyLog),
    /// Nothing ran, on request: these files would have, on this target.
    Rehearsed {
        /// The target, without secrets.
        target: String,
        /// The pending files.
        files: Vec<SqlFile>,
    },
    /// Nothing ran, because the pending files are not the ones that were reviewed.
    Unreviewed {
        /// What differs.
        reasons: Vec<Prose>,
    },
    /// Migrations whose files were removed were reverted, as far as they were; so many of them.
    Reverted(ApplyLog, usize),
    /// Nothing was reverted, although files were removed that ran.
    Unreverted {
        /// Why not, and what to do.
        reasons: Vec<Prose>,
    },
    /// Nothing ran, because the branch has moved on to this commit, whose own run applies.
    Superseded {
        /// The branch's tip.
        tip: String,
    },
}

/// Says what an apply did.
pub fn applied(application: Application) -> Report {
    let Application { project, ending, notes, origin } = application;
    let mut report = Report {
        project,
        kind: Kind::Apply,
        verdict: verdict(&ending),
        summary: Vec::new(),
        objects: Vec::new(),
        findings: FindingSet::default(),
        broken: None,
        files: Vec::new(),
        diagram: None,
        notes,
        applied: None,
        origin,
    };
    match ending {
        Ending::Ran(log) => {
            report.summary = summary(&log, "applied");
            report.files = log.files.iter().filter(|file| file.is_kept()).map(ran).collect();
            report.applied = Some(log);
        }
        Ending::Reverted(log, _) => {
            report.summary = summary(&log, "ran");
            report.files = log.files.iter().filter(|file| file.is_kept()).map(ran).collect();
            report.applied = Some(log);
            // What ran stands in files that are gone, or in none.
            report.origin.blob_url = None;
        }
        Ending::Rehearsed { files, .. } => {
            report.summary = vec![prose!("Dry run: nothing was changed")];
            report.files = files;
        }
        Ending::Unreviewed { reasons } | Ending::Unreverted { reasons } => {
            report.summary = vec![prose!("The database is as it was")];
            report.notes.splice(0..0, reasons);
        }
        Ending::Superseded { tip } => {
            report.summary = vec![prose!("The run of {} applies what is pending", tip)];
        }
    }
    report
}

fn verdict(ending: &Ending) -> Verdict {
    match ending {
        Ending::Ran(log) => ran_verdict(log),
        Ending::Reverted(log, count) => reverted_verdict(log, *count),
        Ending::Unreverted { .. } => Verdict {
            risk: Risk::Red,
            text: prose!("Refused: files were removed that ran, and the database was not reverted"),
        },
        Ending::Rehearsed { files, target } => Verdict {
            risk: Risk::Green,
            text: match files.len() {
                0 => prose!("Nothing to apply: {} is up to date", target),
                1 => prose!("1 migration is pending on {}", target),
                count => prose!("{} migrations are pending on {}", count, target),
            },
        },
        Ending::Unreviewed { .. } => Verdict {
            risk: Risk::Red,
            text: prose!("Refused: the pending files are not the ones that were reviewed"),
        },
        Ending::Superseded { .. } => {
            Verdict { risk: Risk::Green, text: prose!("Nothing done: the branch has moved on") }
        }
    }
}

fn reverted_verdict(log: &ApplyLog, count: usize) -> Verdict {
    let figure = prose::Arg::figure(duration(log.millis));
    let text = match failed(log) {
        Some((file, place)) => {
            let done = log.files.iter().filter(|file| file.is_kept()).count();
            prose!("Failed at {}: ", place).then(match done {
                _ if file.fate == Fate::Partial => {
                    prose!("{} of its {} statements stay", file.skipped + file.statements.len(), file.total)
                }
                0 => prose!("nothing was reverted"),
                done => prose!("it was rolled back, {} steps before it stay", done),
            })
        }
        None if count == 1 => prose!("Reverted 1 migration on {} in {}", &log.target, figure),
        None => prose!("Reverted {} migrations on {} in {}", count, &log.target, figure),
    };
    Verdict { risk: if failed(log).is_some() { Risk::Red } else { Risk::Green }, text }
}

/// The file that failed, and where.
fn failed(log: &ApplyLog) -> Option<(&AppliedFile, String)> {
    log.files.iter().find_map(|file| {
        let failure = file.failure.as_ref()?;
        Some((file, format!("{}:{}", file_name(&file.path), failure.line)))
    })
}

fn ran_verdict(log: &ApplyLog) -> Verdict {
    let target = &log.target;
    if let Some((file, place)) = failed(log) {
        let done = log.files.iter().filter(|file| file.is_kept()).count();
        let text = prose!("Failed at {}: ", place).then(match done {
            _ if file.fate == Fate::Partial => {
                prose!("{} of its {} statements stay", file.skipped + file.statements.len(), file.total)
            }
            0 => prose!("nothing was changed"),
            1 => prose!("its file was rolled back, 1 of {} files stays applied", log.pending),
            done => prose!("its file was rolled back, {} of {} files stay applied", done, log.pending),
        });
        return Verdict { risk: Risk::Red, text };
    }
    let text = match log.files.len() {
        0 => prose!("Nothing to apply: {} is up to date", target),
        1 => prose!("Applied 1 migration to {} in {}", target, prose::Arg::figure(duration(log.millis))),
        count => {
            prose!(
                "Applied {} migrations to {} in {}",
                count,
                target,
                prose::Arg::figure(duration(log.millis))
            )
        }
    };
    Verdict { risk: Risk::Green, text }
}

fn summary(log: &ApplyLog, done_to: &'static str) -> Vec<Prose> {
    let done = log.files.iter().filter(|file| file.is_kept());
    let statements: usize = done.map(|file| file.statements.len()).sum();
    let mut parts = Vec::new();
    match (&log.from, &log.to) {
        (Some(from), Some(to)) if from != to => parts.push(prose!("From version {} to {}", from, to)),
        (None, Some(to)) => parts.push(prose!("To version {}", to)),
        (_, Some(at)) => parts.push(prose!("At version {}", at)),
        (_, None) => {}
    }
    if !log.files.is_empty() {
        parts.push(
            match statements {
                1 => prose!("1 statement "),
                count => prose!("{} statements ", count),
            }
            .then(Prose::plain(done_to)),
        );
        if log.files.iter().any(|file| !file.is_kept()) {
            parts.push(prose!("**1 failed**"));
        }
    }
    parts
}

fn ran(file: &AppliedFile) -> SqlFile {
    SqlFile::of(&file.path, file.statements.iter().map(|(statement, _)| statement.as_str()))
}

/// A duration for people: `12 ms`, `3.4 s`, `2 min 5 s`.
pub(crate) fn duration(millis: u64) -> String {
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
    }
}

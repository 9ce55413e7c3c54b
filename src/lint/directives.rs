//! Applies `atlas:nolint`: which findings it silences, and which directives silence nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    At, Draft, Levels, Pass, ReviewedFile, Rule, Silence,
    findings::{listed, place},
    names::{self, Meaning},
    rules::unused_directive,
};
use crate::{
    finding::{Evidence, Silenced, Silencer},
    migrations::directives::Nolint,
    prose,
    step::{Outcome, Step},
};

/// The findings that stand after the directives, and those that one of them silenced.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) standing: Vec<Draft>,
    pub(super) silenced: Vec<Silenced>,
}

/// Applies every directive, then reports those that silenced nothing.
pub(super) fn silence(pass: &Pass<'_>, levels: &Levels, drafts: Vec<Draft>) -> Decided {
    let mut directives = Directives::read(pass);
    let mut decided = Decided::default();
    for draft in drafts {
        directives.decide(pass, draft, &mut decided);
    }
    let mut unused: Vec<Draft> =
        directives.list.iter().filter_map(|directive| directive.unused(levels)).collect();
    levels.apply(&mut unused);
    decided.standing.append(&mut unused);
    decided
}

/// One directive, and which of its names were of use.
struct Directive<'a> {
    file: &'a ReviewedFile,
    nolint: &'a Nolint,
    /// What each name stands for; empty for a directive that lists none.
    names: Vec<(&'a str, Meaning)>,
    /// The statement that it is about; none for a whole file.
    at: Option<At>,
    used_bare: bool,
    used: BTreeSet<usize>,
}

/// All directives, by what they are about.
struct Directives<'a> {
    list: Vec<Directive<'a>>,
    of_statement: BTreeMap<At, Vec<usize>>,
    of_file: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Directives<'a> {
    fn read(pass: &'a Pass<'_>) -> Self {
        let mut all = Self { list: Vec::new(), of_statement: BTreeMap::new(), of_file: BTreeMap::new() };
        for file in pass.files {
            for nolint in &file.nolints {
                all.of_file.entry(file.source.path()).or_default().push(all.list.len());
                all.list.push(Directive::new(file, nolint, None));
            }
        }
        for site in pass.sites() {
            for nolint in &site.step.nolints {
                let carrier = pass.history.carrier(site.at);
                all.of_statement.entry(carrier).or_default().push(all.list.len());
                all.list.push(Directive::new(site.file, nolint, Some(site.at)));
            }
        }
        all
    }

    /// Puts a finding among those that stand or those that are silenced; the nearest directive speaks first.
    fn decide(&mut self, pass: &Pass<'_>, mut draft: Draft, decided: &mut Decided) {
        let mut by = None;
        if draft.rule.silence != Silence::LevelsOnly {
            let own = draft.at.and_then(|at| self.of_statement.get(&pass.history.carrier(at)));
            let file = self.of_file.get(draft.finding.place.path.as_str());
            for at in own.into_iter().chain(file).flatten() {
                if self.list[*at].covers(&draft) {
                    by.get_or_insert(self.list[*at].nolint);
                }
            }
        }
        match by {
            Some(nolint) if draft.is_certain() => {
                draft.seen(prose!(
                    "The directive on line {} cannot silence what stops the apply.",
                    nolint.line
                ));
                decided.standing.push(draft);
            }
            Some(nolint) => decided.silenced.push(Silenced {
                finding: draft.finding,
                by: Silencer::Directive { line: nolint.line },
                reason: nolint.reason.clone(),
            }),
            None => decided.standing.push(draft),
        }
    }
}

impl<'a> Directive<'a> {
    fn new(file: &'a ReviewedFile, nolint: &'a Nolint, at: Option<At>) -> Self {
        let names = nolint.names.iter().map(|name| (name.as_str(), names::meaning(name))).collect();
        Self { file, nolint, names, at, used_bare: false, used: BTreeSet::new() }
    }

    /// Whether it silences the finding; remembers by which name.
    fn covers(&mut self, draft: &Draft) -> bool {
        if self.names.is_empty() {
            self.used_bare = true;
            return true;
        }
        let is_meant = |rule: &&Rule| rule.id == draft.rule.id || draft.also.contains(&rule.id);
        let mut covers = false;
        for (at, (_, meaning)) in self.names.iter().enumerate() {
            if let Meaning::Rules(rules) = meaning
                && rules.iter().any(is_meant)
            {
                covers = true;
                self.used.insert(at);
            }
        }
        covers
    }

    /// What to say where it silences nothing, as far as that can be known.
    ///
    /// A statement that did not run has findings that nobody looked for, so that nothing is said about it.
    fn unused(&self, levels: &Levels) -> Option<Draft> {
        let all_ran = match self.at {
            Some(at) => self.file.steps.get(at.step).is_some_and(has_run),
            None => self.file.steps.iter().all(has_run),
        };
        if !all_ran {
            return None;
        }
        let headline = if self.nolint.names.is_empty() {
            if self.used_bare {
                return None;
            }
            prose!("this directive silences nothing")
        } else {
            let idle = self.names.iter().enumerate().filter(|(at, (_, meaning))| {
                !self.used.contains(at)
                    && matches!(meaning, Meaning::Rules(rules) if !rules.iter().all(|rule| levels.is_off(rule)))
            });
            let names: Vec<&str> = idle.map(|(_, (name, _))| *name).collect();
            if names.is_empty() {
                return None;
            }
            listed(&names).then(prose!(" silences nothing here"))
        };
        let place = place(&self.file.source, self.nolint.span);
        let mut draft = Draft::new(&unused_directive::RULE, place, Evidence::State, headline);
        draft.instead(prose!("Remove it, so that it cannot hide a finding of a later edit."));
        Some(draft)
    }
}

fn has_run(step: &Step) -> bool {
    step.outcome != Outcome::NotRun
}

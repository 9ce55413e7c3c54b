//! Where rules put what they find, before anything is weighed or silenced.

use super::{At, Pass, Rule, Site};
use crate::{
    finding::{Evidence, Finding, Fix, Level, Place, RuleId},
    prose,
    prose::Prose,
    text::{Source, Span},
};

/// The findings of the rules so far.
pub struct Findings<'a> {
    pass: &'a Pass<'a>,
    rule: Option<&'static Rule>,
    drafts: Vec<Draft>,
}

/// A finding on its way: weaker evidence may still give way to stronger, and levels are the rules' own.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The rule.
    pub rule: &'static Rule,
    /// What was found.
    pub finding: Finding,
    /// The statement; none for a finding about a whole file.
    pub at: Option<At>,
    /// The rules that saw the same and gave way; a directive may name them as well.
    pub also: Vec<RuleId>,
}

impl<'a> Findings<'a> {
    /// Nothing found yet.
    pub(super) fn new(pass: &'a Pass<'a>) -> Self {
        Self { pass, rule: None, drafts: Vec::new() }
    }

    /// Lets a rule look, where it is one for this dialect.
    pub(super) fn run(&mut self, rule: &'static Rule, pass: &Pass<'_>) {
        if rule.dialects.has(self.pass.dialect.id()) {
            self.rule = Some(rule);
            (rule.check)(pass, self);
        }
    }

    /// All that was found, rule by rule.
    pub(super) fn into_drafts(self) -> Vec<Draft> {
        self.drafts
    }

    /// Reports something about a statement; its evidence is that of the statement's changes.
    pub fn at(&mut self, site: Site<'_>, headline: Prose) -> &mut Draft {
        let place = place(&site.file.source, site.step.span);
        let draft = self.draft(place, site.step.evidence, headline);
        draft.at = Some(site.at);
        site.text().clone_into(&mut draft.finding.statement);
        draft
    }

    /// Reports something about a place in a file that is not a statement.
    pub fn in_file(&mut self, source: &Source, span: Span, headline: Prose) -> &mut Draft {
        self.draft(place(source, span), Evidence::Syntax, headline)
    }

    /// Reports something about a file whose text is not at hand.
    pub fn about_file(&mut self, path: &str, headline: Prose) -> &mut Draft {
        self.in_file(&Source::new(path, ""), Span::default(), headline)
    }

    fn draft(&mut self, place: Place, evidence: Evidence, headline: Prose) -> &mut Draft {
        let rule = self.rule.expect("a rule runs");
        self.drafts.push(Draft::new(rule, place, evidence, headline));
        self.drafts.last_mut().expect("one was just pushed")
    }
}

impl Draft {
    /// A finding with the rule's own level, and a headline alone.
    pub(super) fn new(rule: &'static Rule, place: Place, evidence: Evidence, headline: Prose) -> Self {
        let finding = Finding {
            rule: rule.id,
            level: rule.level,
            evidence,
            place,
            statement: String::new(),
            object: None,
            headline,
            seen: Prose::default(),
            instead: Prose::default(),
            fix: None,
        };
        Self { rule, finding, at: None, also: Vec::new() }
    }

    /// Names the object that it is about.
    pub fn object(&mut self, object: impl Into<String>) -> &mut Self {
        self.finding.object = Some(object.into());
        self
    }

    /// Says what was seen, in whole sentences.
    pub fn seen(&mut self, seen: Prose) -> &mut Self {
        let seen = joined(std::mem::take(&mut self.finding.seen), seen);
        self.finding.seen = seen;
        self
    }

    /// Says what to do instead, in whole sentences.
    pub fn instead(&mut self, instead: Prose) -> &mut Self {
        self.finding.instead = instead;
        self
    }

    /// Offers an edit that repairs it.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.finding.fix = Some(fix);
        self
    }

    /// Offers to write more SQL below a statement, where that one has its delimiter.
    pub fn append(&mut self, site: Site<'_>, message: &str, sql: &str) -> &mut Self {
        if !site.text().ends_with(';') {
            return self;
        }
        let end = site.step.span.end;
        self.fix(Fix { message: message.to_owned(), span: Span::new(end, end), text: format!("\n{sql}") })
    }

    /// Says what it stands on, where that is not what the statement's changes stand on.
    pub fn evidence(&mut self, evidence: Evidence) -> &mut Self {
        self.finding.evidence = evidence;
        self
    }

    /// Brings it down to at most this level.
    pub(super) fn lower(&mut self, level: Level) {
        self.finding.level = self.finding.level.min(level);
    }

    /// Lifts it to at least this level.
    pub(super) fn raise(&mut self, level: Level) {
        self.finding.level = self.finding.level.max(level);
    }
}

/// A place in a file, of some length or none.
pub(super) fn place(source: &Source, span: Span) -> Place {
    let last = span.end.saturating_sub(1).max(span.start);
    Place {
        path: source.path().to_owned(),
        span,
        start: source.position(span.start),
        end: source.position(last),
    }
}

/// Two runs of sentences with a space between them.
fn joined(first: Prose, second: Prose) -> Prose {
    match (first.is_empty(), second.is_empty()) {
        (true, _) => second,
        (false, true) => first,
        (false, false) => first.then(Prose::plain(" ")).then(second),
    }
}

/// Names as code, the first few of them: `a`, `a and b`, `a, b and c`, `a, b, c, d, e and 7 more`.
pub(super) fn listed(names: &[&str]) -> Prose {
    const SHOWN: usize = 5;
    let shown = &names[..names.len().min(SHOWN)];
    let mut prose = Prose::default();
    for (at, name) in shown.iter().enumerate() {
        let link = if at == 0 {
            ""
        } else if at + 1 == names.len() {
            " and "
        } else {
            ", "
        };
        prose = prose.then(Prose::plain(link)).then(prose!("{}", *name));
    }
    let hidden = names.len() - shown.len();
    if hidden == 0 { prose } else { prose.then(prose!(" and {} more", hidden)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_names_is_cut() {
        let list = |names: &[&str]| listed(names).to_string();
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(list(&["a", "b", "c", "d", "e", "f", "g"]), "`a`, `b`, `c`, `d`, `e` and 2 more");
    }
}

//! The committed file of accepted findings: the input `baseline`.
//!
//! One finding a line, its fields separated by tabs: the code, the hash of the statement, the path of
//! the file, the object or `-`, and the reason if there is one. `#` starts a comment line. A finding
//! is known again by code, hash and object, so that a file may be renumbered; the path is for people,
//! and tells whether an entry that matches nothing belongs to a file under review.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    Draft, Levels, Pass, ReviewedFile, Rule, Silence,
    directives::Decided,
    findings::place,
    names,
    rules::{self, unused_baseline_entry},
};
use crate::{
    error::{Error, Result},
    finding::{Evidence, Finding, FindingSet, Silenced, Silencer},
    prose,
    schema::Fingerprint,
    step::Outcome,
    text::{Source, Span},
};

/// The accepted findings.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// The file that they were read from; none for one that is being made.
    source: Option<Source>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    key: Key,
    path: String,
    reason: Option<String>,
    /// The line in the file that it was read from.
    span: Span,
}

/// What an accepted finding is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    code: String,
    hash: String,
    object: Option<String>,
}

impl Baseline {
    /// Reads a file of accepted findings; a line that is none is an error of kind usage that names it.
    pub fn parse(source: &Source) -> Result<Self> {
        let mut entries = Vec::new();
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            let text = line.trim_end_matches(['\n', '\r']);
            let span = Span::new(start, start + text.len());
            start += line.len();
            if !text.trim().is_empty() && !text.starts_with('#') {
                entries.push(Entry::parse(source, span, text)?);
            }
        }
        Ok(Self { source: Some(source.clone()), entries })
    }

    /// The file that accepts exactly these findings; those that nobody can accept are left out.
    pub fn of(findings: &[Finding]) -> Self {
        let acceptable = findings.iter().filter(|finding| {
            let rule = rules::of_code(finding.rule.code);
            rule.is_some_and(|rule| is_acceptable(rule, finding))
        });
        let entries: BTreeMap<Key, Entry> = acceptable
            .map(|finding| {
                let key = Key::of(finding);
                let path = finding.place.path.clone();
                (key.clone(), Entry { key, path, reason: None, span: Span::default() })
            })
            .collect();
        Self { source: None, entries: entries.into_values().collect() }
    }

    /// Silences what was accepted, and reports the entries for files under review that match nothing.
    pub(super) fn silence(&self, pass: &Pass<'_>, decided: Decided, levels: &Levels) -> FindingSet {
        let Decided { standing, mut silenced } = decided;
        let mut findings = Vec::new();
        let entries: BTreeMap<&Key, &Entry> = self.entries.iter().map(|entry| (&entry.key, entry)).collect();
        if entries.is_empty() {
            findings.extend(standing.into_iter().map(|draft| draft.finding));
            return FindingSet { findings, silenced };
        }
        let mut used: BTreeSet<Key> = silenced.iter().map(|silenced| Key::of(&silenced.finding)).collect();
        for draft in standing {
            let key = Key::of(&draft.finding);
            match entries.get(&key).filter(|_| is_acceptable(draft.rule, &draft.finding)) {
                Some(entry) => {
                    used.insert(key);
                    let reason = entry.reason.clone();
                    silenced.push(Silenced { finding: draft.finding, by: Silencer::Baseline, reason });
                }
                None => findings.push(draft.finding),
            }
        }
        findings.extend(self.unused(pass, &used, levels).into_iter().map(|draft| draft.finding));
        FindingSet { findings, silenced }
    }

    /// The entries that match nothing, of files that ran whole: in others nobody looked for everything.
    fn unused(&self, pass: &Pass<'_>, used: &BTreeSet<Key>, levels: &Levels) -> Vec<Draft> {
        let Some(source) = &self.source else { return Vec::new() };
        let ran_whole = |file: &&ReviewedFile| file.steps.iter().all(|step| step.outcome != Outcome::NotRun);
        let paths: BTreeSet<&str> =
            pass.files.iter().filter(ran_whole).map(|file| file.source.path()).collect();
        let idle = |entry: &&Entry| paths.contains(entry.path.as_str()) && !used.contains(&entry.key);
        let mut drafts: Vec<Draft> =
            self.entries.iter().filter(idle).map(|entry| entry.no_longer_found(source)).collect();
        levels.apply(&mut drafts);
        drafts
    }
}

/// The file as text, with a comment that says what it is.
impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("# accepted findings: code, statement, file, object, reason (tabs between)\n")?;
        for Entry { key, path, reason, .. } in &self.entries {
            let object = key.object.as_deref().map_or_else(|| "-".to_owned(), escape);
            write!(f, "{}\t{}\t{}\t{object}", key.code, key.hash, escape(path))?;
            if let Some(reason) = reason {
                write!(f, "\t{}", escape(reason))?;
            }
            f.write_str("\n")?;
        }
        Ok(())
    }
}

impl Entry {
    fn parse(source: &Source, span: Span, line: &str) -> Result<Self> {
        let wrong = |what: String, hint: &str| {
            let at = source.position(span.start).line;
            Error::usage(format!("line {at} of `{}` {what}", source.path())).at(source, span, "").hint(hint)
        };
        let mut fields = line.splitn(5, '\t');
        let (Some(code), Some(hash), Some(path), Some(object)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(wrong(
                "is not an accepted finding".to_owned(),
                "a line has a code, a hash, a path and an object, with tabs between",
            ));
        };
        if !rules::ALL.iter().any(|rule| rule.id.code == code) {
            let close = names::close_to(code);
            let hint = format!("did you mean `{}`?", close.join("` or `"));
            let hint = if close.is_empty() { "a line starts with the code of a rule" } else { &hint };
            return Err(wrong(format!("accepts `{code}`, which is not a code"), hint));
        }
        let digits = hash.strip_prefix("sha256:").unwrap_or_default();
        if digits.len() != 64 || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong(
                format!("has `{hash}` where a hash should be"),
                "a hash is `sha256:` and 64 lower-case hexadecimal digits",
            ));
        }
        let object = (object != "-").then(|| unescape(object));
        let key = Key { code: code.to_owned(), hash: hash.to_owned(), object };
        let reason = fields.next().map(str::trim).filter(|reason| !reason.is_empty()).map(unescape);
        Ok(Self { key, path: unescape(path), reason, span })
    }

    fn no_longer_found(&self, source: &Source) -> Draft {
        let headline = prose!("the accepted {} in {} is no longer found", &self.key.code, &self.path);
        let place = place(source, self.span);
        let mut draft = Draft::new(&unused_baseline_entry::RULE, place, Evidence::State, headline);
        draft.instead(prose!("Remove the line, so that it cannot hide a finding of a later edit."));
        draft
    }
}

impl Key {
    fn of(finding: &Finding) -> Self {
        Self {
            code: finding.rule.code.to_owned(),
            hash: statement_hash(finding).to_string(),
            object: finding.object.clone(),
        }
    }
}

/// The hash of a finding's statement without its final `;` and with each run of white space outside of
/// quotes as one space; of the path, for a finding about a whole file.
fn statement_hash(finding: &Finding) -> Fingerprint {
    if finding.statement.is_empty() {
        return Fingerprint::of(&finding.place.path);
    }
    let mut text = String::with_capacity(finding.statement.len());
    let mut quote = None;
    let mut gap = false;
    for char in finding.statement.trim_end_matches(|char: char| char == ';' || char.is_whitespace()).chars() {
        if quote.is_none() && char.is_whitespace() {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) {
            text.push(' ');
        }
        if quote == Some(char) {
            quote = None;
        } else if quote.is_none() && matches!(char, '\'' | '"' | '`') {
            quote = Some(char);
        }
        text.push(char);
    }
    Fingerprint::of(text)
}

fn is_acceptable(rule: &Rule, finding: &Finding) -> bool {
    match rule.silence {
        Silence::Allowed => true,
        Silence::UnlessObserved => finding.evidence != Evidence::Observed,
        Silence::LevelsOnly | Silence::Never => false,
    }
}

fn escape(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            '\\' => "\\\\".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

fn unescape(text: &str) -> String {
    let mut chars = text.chars();
    let mut out = String::with_capacity(text.len());
    while let Some(char) = chars.next() {
        out.push(match char {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{finding::Level, prose::Prose};

    fn finding(statement: &str, object: Option<&str>) -> Finding {
        let source = Source::new("migrations/2.sql", statement);
        let place = place(&source, Span::new(0, statement.len()));
        let mut draft =
            Draft::new(rules::of_code("DS103").unwrap(), place, Evidence::State, Prose::default());
        statement.clone_into(&mut draft.finding.statement);
        draft.finding.object = object.map(str::to_owned);
        draft.finding.level = Level::Error;
        draft.finding
    }

    #[test]
    fn white_space_and_the_final_delimiter_do_not_change_a_statement() {
        let hash = |text| statement_hash(&finding(text, None));
        assert_eq!(hash("ALTER  TABLE t\n DROP COLUMN c ;\n"), hash("ALTER TABLE t DROP COLUMN c"));
        assert_ne!(hash("DROP TABLE \"a b\""), hash("DROP TABLE \"a  b\""));
        assert_ne!(hash("DROP TABLE a"), hash("DROP TABLE b"));
    }

    #[test]
    fn what_is_written_is_read_back_whatever_names_hold() {
        let odd = finding("DROP\tx", Some("a\tb\\n\nc.-"));
        let written = Baseline::of(&[odd.clone(), finding("y", None), odd.clone()]);
        assert_eq!(written.entries.len(), 2, "one entry a finding");
        let read = Baseline::parse(&Source::new("accepted.tsv", written.to_string())).unwrap();
        let keys = |baseline: &Baseline| -> Vec<Key> {
            baseline.entries.iter().map(|entry| entry.key.clone()).collect()
        };
        assert_eq!(keys(&read), keys(&written));
        assert!(keys(&read).contains(&Key::of(&odd)));
    }

    #[test]
    fn a_line_that_is_no_entry_is_named() {
        let hash = format!("sha256:{}", "0".repeat(64));
        for (line, message) in [
            ("DS103".to_owned(), "line 2 of `b.tsv` is not an accepted finding"),
            (format!("DS13\t{hash}\ta.sql\t-"), "line 2 of `b.tsv` accepts `DS13`, which is not a code"),
            ("DS103\tabc\ta.sql\t-".to_owned(), "line 2 of `b.tsv` has `abc` where a hash should be"),
        ] {
            let error = Baseline::parse(&Source::new("b.tsv", format!("# head\n{line}\n"))).unwrap_err();
            assert_eq!(error.message(), message);
            assert_eq!(error.hints().len(), 1);
        }
    }

    #[test]
    fn a_reason_is_kept_with_its_entry() {
        let hash = format!("sha256:{}", "0".repeat(64));
        let text = format!("DS103\t{hash}\ta.sql\tusers.x\tunused since 3.2, see\tthe log\r\n");
        let read = Baseline::parse(&Source::new("b.tsv", text)).unwrap();
        assert_eq!(read.entries[0].reason.as_deref(), Some("unused since 3.2, see\tthe log"));
    }
}

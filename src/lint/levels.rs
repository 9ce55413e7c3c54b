//! How much each rule weighs in a project: the input `lint-levels`.

use std::collections::BTreeMap;

use super::{
    Draft, Rule, Silence,
    names::{self, Meaning},
};
use crate::{
    error::{Error, Result},
    finding::{Evidence, Level},
};

/// The levels that a project set, by code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(BTreeMap<&'static str, Setting>);

/// What a project said about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Off,
    At(Level),
}

impl Levels {
    /// Reads `DS103=off`, `destructive=warning` and the like, one a line or separated by commas.
    ///
    /// A code or a name counts more than an analyzer, wherever they stand; among equals the later
    /// one counts. `#` starts a comment. Unknown names and words, and rules whose findings cannot be
    /// decided about, are errors of kind usage.
    pub fn parse(text: &str) -> Result<Self> {
        let (mut broad, mut narrow) = (BTreeMap::new(), BTreeMap::new());
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            for entry in line.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                let (name, rules, setting) = parse_entry(entry)
                    .map_err(|error| error.hint(format!("this is line {} of `lint-levels`", at + 1)))?;
                for rule in rules {
                    let is_analyzer = rule.id.analyzer.eq_ignore_ascii_case(name);
                    let target = if is_analyzer { &mut broad } else { &mut narrow };
                    target.insert(rule.id.code, setting);
                }
            }
        }
        broad.append(&mut narrow);
        Ok(Self(broad))
    }

    /// Whether the project switched the rule off.
    pub fn is_off(&self, rule: &Rule) -> bool {
        self.0.get(rule.id.code) == Some(&Setting::Off)
    }

    /// Gives the findings the levels that the project set, and takes away those of rules that are off.
    ///
    /// What certainly stops the apply keeps its level.
    pub(super) fn apply(&self, drafts: &mut Vec<Draft>) {
        drafts.retain_mut(|draft| {
            if draft.is_certain() {
                return true;
            }
            match self.0.get(draft.rule.id.code) {
                Some(Setting::Off) => return false,
                Some(Setting::At(level)) => draft.finding.level = *level,
                None => {}
            }
            true
        });
    }
}

impl Draft {
    /// Whether the statement stops the apply, so that nobody can decide to live with it.
    pub(super) fn is_certain(&self) -> bool {
        match self.rule.silence {
            Silence::Allowed | Silence::LevelsOnly => false,
            Silence::UnlessObserved => self.finding.evidence == Evidence::Observed,
            Silence::Never => true,
        }
    }
}

fn parse_entry(entry: &str) -> Result<(&str, Vec<&'static Rule>, Setting)> {
    let Some((name, word)) = entry.split_once('=') else {
        return Err(Error::usage(format!("`{entry}` in `lint-levels` sets no level"))
            .hint("write a rule and a level, for example `DS103=warning`"));
    };
    let (name, word) = (name.trim(), word.trim());
    let setting = match word.to_ascii_lowercase().as_str() {
        "off" => Setting::Off,
        "info" => Setting::At(Level::Info),
        "warning" => Setting::At(Level::Warning),
        "error" => Setting::At(Level::Error),
        _ => {
            return Err(Error::usage(format!("`{word}` in `lint-levels` is not a level"))
                .hint("the levels are `error`, `warning`, `info` and `off`"));
        }
    };
    let rules = match names::meaning(name) {
        Meaning::Rules(rules) => rules,
        Meaning::Foreign => Vec::new(),
        Meaning::Unknown => return Err(unknown(name)),
    };
    if let [rule] = rules.as_slice()
        && rule.silence == Silence::Never
    {
        return Err(Error::usage(format!("the level of `{}` cannot be set", rule.id.code))
            .hint("it reports what stops every apply, whatever the level"));
    }
    Ok((name, rules, setting))
}

fn unknown(name: &str) -> Error {
    let error = Error::usage(format!("`{name}` in `lint-levels` is not a rule"));
    match names::close_to(name).as_slice() {
        [] => error.hint("a rule is known by its code, its name or its analyzer"),
        close => error.hint(format!("did you mean `{}`?", close.join("` or `"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::rules;

    fn level(text: &str, code: &str) -> Option<Setting> {
        let levels = Levels::parse(text).unwrap();
        let rule = rules::ALL.iter().find(|rule| rule.id.code == code).unwrap();
        levels.0.get(rule.id.code).copied()
    }

    #[test]
    fn entries_stand_on_lines_or_between_commas_in_any_case() {
        let text =
            "ds103=OFF, mf104 = Error\n# nothing\nbaseline=info # why\n".replace("baseline", "rename-table");
        assert_eq!(level(&text, "DS103"), Some(Setting::Off));
        assert_eq!(level(&text, "MF104"), Some(Setting::At(Level::Error)));
        assert_eq!(level(&text, "BC101"), Some(Setting::At(Level::Info)));
        assert_eq!(level(&text, "DS102"), None);
    }

    #[test]
    fn a_code_counts_more_than_its_analyzer_and_the_later_of_two_codes_counts() {
        for text in ["DS103=off,destructive=info", "destructive=info,drop-column=error,DS103=off"] {
            assert_eq!(level(text, "DS103"), Some(Setting::Off), "{text}");
            assert_eq!(level(text, "DS102"), Some(Setting::At(Level::Info)), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line_and_the_way_out() {
        for (text, message, hint) in [
            (
                "DS103",
                "`DS103` in `lint-levels` sets no level",
                "write a rule and a level, for example `DS103=warning`",
            ),
            (
                "DS103=loud",
                "`loud` in `lint-levels` is not a level",
                "the levels are `error`, `warning`, `info` and `off`",
            ),
            ("\nDS13=off", "`DS13` in `lint-levels` is not a rule", "this is line 2 of `lint-levels`"),
            ("destructve=off", "`destructve` in `lint-levels` is not a rule", "did you mean `destructive`?"),
            (
                "EX101=off",
                "the level of `EX101` cannot be set",
                "it reports what stops every apply, whatever the level",
            ),
        ] {
            let error = Levels::parse(text).unwrap_err();
            assert_eq!(error.message(), message);
            assert!(error.hints().iter().any(|found| found == hint), "{:?}", error.hints());
        }
    }

    #[test]
    fn codes_of_atlas_without_a_rule_are_accepted() {
        assert_eq!(Levels::parse("PG301=error").unwrap(), Levels::default());
    }
}

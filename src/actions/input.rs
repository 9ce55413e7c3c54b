//! Inputs: what an operation may be told, declared once and read through the declaration.

use std::{collections::BTreeMap, marker::PhantomData, time::Duration};

use crate::{
    error::{Error, Result},
    secret::Secret,
};

/// The declaration of an input, from which every face of it is made.
#[derive(Debug)]
pub struct InputSpec {
    /// Its name, with dashes, as flags and action inputs have it.
    pub name: &'static str,
    /// The letter of its short flag.
    pub short: Option<char>,
    /// What it takes.
    pub takes: Takes,
    /// The value when nothing is said; empty if there is none.
    pub default: &'static str,
    /// What it means: one sentence without a final period, then further sentences if needed.
    pub docs: &'static str,
    /// How it stands on the command line.
    pub on_command_line: OnCommandLine,
}

/// The form of an input's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Any text.
    Text,
    /// Any text, never shown.
    Secret,
    /// `true` or `false`.
    Flag,
    /// A whole number from 1.
    Number,
    /// A time such as `10s`, `5m` or `1h30m`.
    Duration,
    /// Texts, one a line; the flag may be repeated.
    List,
    /// The same, never shown.
    Secrets,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// How an input stands on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCommandLine {
    /// As a flag.
    Flag,
    /// As an argument without a flag.
    Argument,
}

impl Takes {
    /// Whether the value must not be shown.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Secrets)
    }
}

/// A typed handle on a declared input; there is no other way to read one.
#[derive(Debug)]
pub struct Input<T> {
    /// The declaration.
    pub spec: InputSpec,
    value: PhantomData<fn() -> T>,
}

/// A type that inputs can have.
pub trait Value: Sized {
    /// Reads the trimmed, non-empty text; the error says what is wanted instead.
    fn read(text: &str, takes: Takes) -> Result<Self, String>;
}

impl<T> Input<T> {
    const fn declare(name: &'static str, takes: Takes, docs: &'static str) -> Self {
        Self {
            spec: InputSpec {
                name,
                short: None,
                takes,
                default: "",
                docs,
                on_command_line: OnCommandLine::Flag,
            },
            value: PhantomData,
        }
    }

    /// Gives it a short flag.
    #[must_use]
    pub const fn short(mut self, letter: char) -> Self {
        self.spec.short = Some(letter);
        self
    }

    /// Gives it a value for when nothing is said.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.spec.default = value;
        self
    }

    /// Makes it an argument without a flag.
    #[must_use]
    pub const fn argument(mut self) -> Self {
        self.spec.on_command_line = OnCommandLine::Argument;
        self
    }
}

impl Input<String> {
    /// Declares a text.
    pub const fn text(name: &'static str, docs: &'static str) -> Self {
        Self::declare(name, Takes::Text, docs)
    }

    /// Declares one of several words.
    pub const fn choice(name: &'static str, words: &'static [&'static str], docs: &'static str) -> Self {
        Self::declare(name, Takes::Choice(words), docs)
    }
}

impl Input<Secret> {
    /// Declares a text that is never shown.
    pub const fn secret(name: &'static str, docs: &'static str) -> Self {
        Self::declare(name, Takes::Secret, docs)
    }
}

impl Input<bool> {
    /// Declares a switch.
    pub const fn flag(name: &'static str, docs: &'static str) -> Self {
        Self::declare(name, Takes::Flag, docs).default("false")
    }
}

impl Input<usize> {
    /// Declares a whole number from 1.
    pub const fn number(name: &'static str, docs: &'static str) -> Self {
        Self::declare(name, Takes::Number, docs)
    }
}

impl Input<Duration> {
    /// Declares a time.
    pub const fn duration(name: &'static str, docs: &'static str) -> Self {
        Self::declare(name, Takes::Duration, docs)
    }
}

impl Input<Vec<String>> {
    /// Declares a list of texts.
    pub const fn list(name: &'static str, docs: &'static str) -> Self {
        Self::declare(name, Takes::List, docs)
    }
}

impl Input<Vec<Secret>> {
    /// Declares a list of texts that are never shown.
    pub const fn secrets(name: &'static str, docs: &'static str) -> Self {
        Self::declare(name, Takes::Secrets, docs)
    }
}

impl Value for String {
    fn read(text: &str, takes: Takes) -> Result<Self, String> {
        match takes {
            Takes::Choice(words) if !words.contains(&text) => {
                Err(format!("it takes one of `{}`", words.join("`, `")))
            }
            _ => Ok(text.to_owned()),
        }
    }
}

impl Value for Secret {
    fn read(text: &str, _: Takes) -> Result<Self, String> {
        Ok(Self::new(text))
    }
}

impl Value for bool {
    fn read(text: &str, _: Takes) -> Result<Self, String> {
        // YAML 1.2's spellings, and the short ones that Atlas's actions take.
        match text {
            "true" | "True" | "TRUE" | "t" | "T" | "1" => Ok(true),
            "false" | "False" | "FALSE" | "f" | "F" | "0" => Ok(false),
            _ => Err("it takes `true` or `false`".to_owned()),
        }
    }
}

impl Value for usize {
    fn read(text: &str, _: Takes) -> Result<Self, String> {
        text.parse()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| "it takes a whole number from 1".to_owned())
    }
}

impl Value for Duration {
    fn read(text: &str, _: Takes) -> Result<Self, String> {
        text.parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|time| time.try_into().ok())
            .ok_or_else(|| "it takes a time such as `10s`, `5m` or `1h30m`".to_owned())
    }
}

impl Value for Vec<String> {
    fn read(text: &str, _: Takes) -> Result<Self, String> {
        Ok(lines(text).map(str::to_owned).collect())
    }
}

impl Value for Vec<Secret> {
    fn read(text: &str, _: Takes) -> Result<Self, String> {
        Ok(lines(text).map(Secret::from).collect())
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// The raw values of one run, by input name, with where each came from.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    values: BTreeMap<&'static str, Raw>,
    declared: Vec<&'static str>,
}

#[derive(Debug, Clone)]
struct Raw {
    text: Secret,
    from: String,
}

impl Inputs {
    /// Gathers the values of the declared inputs; `look_up` gives each one's text and where it is from.
    pub fn gather(
        specs: &[&'static InputSpec],
        mut look_up: impl FnMut(&InputSpec) -> Option<(String, String)>,
    ) -> Self {
        let mut inputs = Self::default();
        for spec in specs {
            inputs.declared.push(spec.name);
            let found = look_up(spec)
                .map(|(text, from)| (text.trim().to_owned(), from))
                .filter(|(text, _)| !text.is_empty());
            if let Some((text, from)) = found {
                inputs.values.insert(spec.name, Raw { text: Secret::new(text), from });
            }
        }
        inputs
    }

    /// The value of an input: as given, else its default, else none.
    ///
    /// Fails with the input's name and origin where the text does not fit, and as a bug where the
    /// operation did not declare the input.
    pub fn get<T: Value>(&self, input: &Input<T>) -> Result<Option<T>> {
        let spec = &input.spec;
        if !self.declared.contains(&spec.name) {
            return Err(Error::bug(format!("the input `{}` is read but not declared", spec.name)));
        }
        let (text, from) = match self.values.get(spec.name) {
            Some(raw) => (raw.text.expose(), raw.from.as_str()),
            None if spec.default.is_empty() => return Ok(None),
            None => (spec.default, "the default"),
        };
        T::read(text, spec.takes).map(Some).map_err(|wanted| misfit(spec, text, from).hint(wanted))
    }

    /// Fails where a given value does not fit, also one that this run would never read.
    pub fn check(&self, specs: &[&'static InputSpec]) -> Result<()> {
        for spec in specs {
            let Some(raw) = self.values.get(spec.name) else { continue };
            let text = raw.text.expose();
            let read = match spec.takes {
                Takes::Flag => bool::read(text, spec.takes).err(),
                Takes::Number => usize::read(text, spec.takes).err(),
                Takes::Duration => Duration::read(text, spec.takes).err(),
                Takes::Choice(_) => String::read(text, spec.takes).err(),
                Takes::Text | Takes::Secret | Takes::List | Takes::Secrets => None,
            };
            if let Some(wanted) = read {
                return Err(misfit(spec, text, &raw.from).hint(wanted));
            }
        }
        Ok(())
    }

    /// The value of an input that must be there.
    pub fn need<T: Value>(&self, input: &Input<T>) -> Result<T> {
        self.get(input)?.ok_or_else(|| {
            let name = input.spec.name;
            let given = match input.spec.on_command_line {
                OnCommandLine::Argument => "give it as an argument".to_owned(),
                OnCommandLine::Flag => format!("give `--{name}`"),
            };
            Error::usage(format!("the input `{name}` is missing"))
                .hint(format!("{given}, or as the action input `{name}`"))
                .hint(input.spec.docs)
        })
    }

    /// Whether a switch is on.
    pub fn is_on(&self, input: &Input<bool>) -> Result<bool> {
        Ok(self.get(input)?.unwrap_or(false))
    }

    /// Whether a value was given, by whatever way.
    pub fn is_given<T>(&self, input: &Input<T>) -> bool {
        self.values.contains_key(input.spec.name)
    }

    /// The values that must not be shown.
    pub fn secrets(&self, specs: &[&'static InputSpec]) -> Vec<Secret> {
        specs
            .iter()
            .filter(|spec| spec.takes.is_secret())
            .filter_map(|spec| self.values.get(spec.name))
            .flat_map(|raw| lines(raw.text.expose()).map(Secret::from).collect::<Vec<_>>())
            .collect()
    }
}

fn misfit(spec: &InputSpec, text: &str, from: &str) -> Error {
    let shown = if spec.takes.is_secret() { "(not shown)" } else { text };
    Error::usage(format!("the input `{}` does not take `{shown}` (from {from})", spec.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    static NAME: Input<String> = Input::text("name", "a name");
    static MODE: Input<String> = Input::choice("mode", &["file", "none"], "a mode").default("file");
    static WAIT: Input<Duration> = Input::duration("wait", "a time");
    static PASSWORD: Input<usize> = Input::declare("password", Takes::Secret, "a secret number");
    static OTHER: Input<String> = Input::text("other", "not declared");

    fn inputs(values: &[(&str, &str)]) -> Inputs {
        Inputs::gather(&[&NAME.spec, &MODE.spec, &WAIT.spec, &PASSWORD.spec], |spec| {
            let (_, text) = values.iter().find(|(name, _)| *name == spec.name)?;
            Some(((*text).to_owned(), format!("`--{}`", spec.name)))
        })
    }

    #[test]
    fn an_empty_value_is_absent_and_the_default_stands_in() {
        let inputs = inputs(&[("name", "  "), ("mode", "")]);
        assert_eq!(inputs.get(&NAME).unwrap(), None);
        assert_eq!(inputs.get(&MODE).unwrap().unwrap(), "file");
    }

    #[test]
    fn a_value_that_does_not_fit_names_the_input_and_where_it_is_from() {
        let inputs = inputs(&[("mode", "all"), ("wait", "soon"), ("password", "x-hunter2")]);
        let message = |error: Error| format!("{error} {:?}", error.hints());
        insta::assert_snapshot!(message(inputs.get(&MODE).unwrap_err()), @r#"the input `mode` does not take `all` (from `--mode`) ["it takes one of `file`, `none`"]"#);
        insta::assert_snapshot!(message(inputs.get(&WAIT).unwrap_err()), @r#"the input `wait` does not take `soon` (from `--wait`) ["it takes a time such as `10s`, `5m` or `1h30m`"]"#);
        insta::assert_snapshot!(message(inputs.get(&PASSWORD).unwrap_err()), @r#"the input `password` does not take `(not shown)` (from `--password`) ["it takes a whole number from 1"]"#);
    }

    #[test]
    fn an_undeclared_input_cannot_be_read() {
        assert_eq!(inputs(&[]).get(&OTHER).unwrap_err().kind(), crate::error::Kind::Bug);
    }

    #[test]
    fn times_are_read() {
        assert_eq!(inputs(&[("wait", "1m30s")]).get(&WAIT).unwrap(), Some(Duration::from_secs(90)));
    }
}

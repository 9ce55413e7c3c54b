//! Workflow commands: lines of the log that the runner obeys, and lines that it must not.
//!
//! The runner looks for `::name key=value::data` at the start of each line of both streams, and for
//! `##[name key=value]data` anywhere in it.

use crate::platform::visible::visible;

/// A command for the runner.
pub(super) struct Command {
    name: &'static str,
    properties: Vec<(&'static str, String)>,
}

impl Command {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, properties: Vec::new() }
    }

    /// Adds a property; what cannot be seen is written out, so that nothing hides in an annotation.
    pub(super) fn with(mut self, key: &'static str, value: impl std::fmt::Display) -> Self {
        let value = disarmed(&visible(&value.to_string()));
        self.properties.push((key, escaped(&value).replace(':', "%3A").replace(',', "%2C")));
        self
    }

    /// The line, with `data` exactly as given.
    pub(super) fn line(&self, data: &str) -> String {
        let properties: Vec<_> =
            self.properties.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let space = if properties.is_empty() { "" } else { " " };
        format!("::{}{space}{}::{}", self.name, properties.join(","), escaped(data))
    }
}

/// The text as one line that is no command, whatever it contains.
pub(super) fn harmless(text: &str) -> String {
    let text = disarmed(&visible(text));
    let start = text.len() - text.trim_start().len();
    if text[start..].starts_with("::") { format!("{}\\{}", &text[..start], &text[start..]) } else { text }
}

/// Breaks the form of command that is read anywhere in a line.
pub(super) fn disarmed(text: &str) -> String {
    text.replace("##[", "##\\[")
}

fn escaped(data: &str) -> String {
    data.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_escapes_what_would_end_it() {
        let line =
            Command::new("error").with("file", "a,b:c%.sql").with("line", 3).line("50% of\r\n::error::x");
        assert_eq!(line, "::error file=a%2Cb%3Ac%25.sql,line=3::50%25 of%0D%0A::error::x");
        assert_eq!(Command::new("add-mask").line("x"), "::add-mask::x");
    }

    #[test]
    fn a_line_of_text_is_no_command() {
        for (text, line) in [
            ("CREATE TABLE a (x::int)", "CREATE TABLE a (x::int)"),
            ("::add-mask::x", "\\::add-mask::x"),
            (" \u{a0}::error::x", " \u{a0}\\::error::x"),
            ("a ##[error]x ###[b]", "a ##\\[error]x ###\\[b]"),
            ("a\n::error::x\r::b::", "a\\n::error::x\\r::b::"),
        ] {
            assert_eq!(harmless(text), line);
        }
    }
}

//! Which tests are asked for.

use regex_lite::Regex;

use crate::error::{Error, Result};

/// A regular expression over the names of tests.
#[derive(Debug)]
pub struct Filter(Regex);

impl Filter {
    /// Reads the regular expression.
    pub fn new(pattern: &str) -> Result<Self> {
        regular_expression(pattern).map(Self).map_err(|reason| {
            Error::usage(format!("the input `run` does not take `{pattern}`: it is no regular expression"))
                .because(reason)
        })
    }

    /// Whether it finds the name, or a part of it.
    pub fn finds(&self, name: &str) -> bool {
        self.0.is_match(name)
    }

    /// What it was read from.
    pub fn pattern(&self) -> &str {
        self.0.as_str()
    }
}

/// The regular expression that a text is, or in a few words why it is none.
pub(super) fn regular_expression(text: &str) -> Result<Regex, String> {
    // The lines before the last one draw the text.
    let reason =
        |error: regex_lite::Error| error.to_string().lines().last().unwrap_or_default().trim().to_owned();
    Regex::new(text).map_err(|error| reason(error).trim_start_matches("error: ").to_owned())
}

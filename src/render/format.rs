//! The form of an answer: text, JSON, or a template of the caller's own.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, value::Serde};
use serde::Serialize;

use super::{escape, pretty};
use crate::error::{Error, Result};

/// The instructions that a template may take.
const FUEL: u64 = 2_000_000;

/// The form of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Text for people.
    Text,
    /// One JSON document.
    Json,
    /// What this template makes of the JSON document.
    Template(String),
}

impl Format {
    /// Reads `text`, `json`, Atlas's `{{ json . }}`, or a minijinja template.
    pub fn parse(given: &str) -> Result<Self> {
        let bare: String = given.split_whitespace().collect();
        match bare.as_str() {
            "text" => Ok(Self::Text),
            "json" | "{{json.}}" | "{{-json.-}}" => Ok(Self::Json),
            // An indentation is what a reader of JSON does not see.
            json if json.starts_with("{{json.\"") && json.ends_with("\"}}") => Ok(Self::Json),
            go if ["{{.", "{{json.", "{{-.", "{{range", "{{with"].iter().any(|start| go.contains(start)) => {
                Err(Error::usage(format!("`{given}` is a template of Go, which is not read")).hint(
                    "templates are Jinja's, as `{{ Status }}`; of Go's, `{{ json . }}` alone is understood",
                ))
            }
            _ if given.contains("{{") || given.contains("{%") => {
                environment()
                    .render_str(given, minijinja::context! {})
                    .map_or_else(refuse_syntax, |_| Ok(()))?;
                Ok(Self::Template(given.to_owned()))
            }
            _ => Err(Error::usage(format!("`{given}` is no form of an answer")).hint(
                "write `text`, `json`, `{{ json . }}`, or a minijinja template over the JSON document",
            )),
        }
    }

    /// The document in this form; none for text, which is not made of it.
    pub fn render(&self, document: &impl Serialize) -> Result<Option<String>> {
        match self {
            Self::Text => Ok(None),
            Self::Json => Ok(Some(pretty(document))),
            Self::Template(template) => {
                let text = environment().render_str(template, minijinja::Value::from(Serde(document)));
                let text =
                    text.map_err(|error| Error::usage("the template of `format` fails").because(error))?;
                Ok(Some(escape::lines(&text)))
            }
        }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("json", |value: minijinja::Value| {
        serde_json::to_string(&value).map_err(|error| {
            minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "no JSON").with_source(error)
        })
    });
    environment
}

/// What a template without values runs into does not count; that it cannot be read does.
fn refuse_syntax(error: minijinja::Error) -> Result<()> {
    if error.kind() != minijinja::ErrorKind::SyntaxError {
        return Ok(());
    }
    Err(Error::usage("the template of `format` cannot be read")
        .because(error)
        .hint("templates are minijinja; of Go's, `{{ json . }}` alone is understood"))
}

//! Report → Markdown, terminal, JSON, SARIF; errors and schemas as text.
//!
//! The only user of `minijinja` for text that is shown, and of `annotate-snippets`. Nothing here
//! decides anything: what a run means stands in the report.

pub mod apply;
mod error;
mod escape;
mod json;
mod markdown;
mod sarif;
mod schema_json;
mod snippet;
pub mod status;
mod templates;
mod terminal;

pub use error::error;
pub use json::json;
pub use markdown::{comment, summary};
pub use sarif::{RuleDoc, sarif};
pub use schema_json::schema_json;
pub use snippet::Colour;
pub use templates::Templates;
pub use terminal::terminal;

/// A wire format as indented JSON that ends in a line break.
///
/// What a log would hide, or obey in the middle of a line (`##[`), can only stand in a string: it is escaped there.
fn pretty(document: &impl serde::Serialize) -> String {
    let json = serde_json::to_string_pretty(document).expect("strings and numbers become JSON");
    let mut text = String::with_capacity(json.len() + 1);
    for c in json.replace("##[", "##\\u005b").chars() {
        if c != '\n' && escape::is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    text
}

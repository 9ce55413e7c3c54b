//! Report → Markdown, terminal, JSON, SARIF; ends of tests as text, JSON, JUnit; errors and schemas as text.
//!
//! The only user of `minijinja` for text that is shown, of `annotate-snippets` and of `quick_junit`. Nothing
//! here decides anything: what a run means stands in the report.

pub mod apply;
pub mod down;
mod env;
mod error;
mod escape;
mod format;
mod json;
mod lint_document;
pub mod listing;
mod markdown;
pub mod outcomes;
mod sarif;
mod schema_json;
mod snippet;
pub mod status;
mod templates;
mod terminal;

pub use env::Subject;
pub use error::error;
pub use format::Format;
pub use json::json;
pub use lint_document::lint_document;
pub use markdown::{comment, summary};
pub use sarif::{RuleDoc, sarif};
pub use schema_json::schema_json;
pub use snippet::Colour;
pub use templates::Templates;
pub use terminal::terminal;

/// Foreign text on one line, without what a terminal or a log would obey.
pub fn plain(text: &str) -> String {
    escape::one_line(text)
}

/// A wire format as indented JSON that ends in a line break.
///
/// What a log would hide, or obey in the middle of a line (`##[`), can only stand in a string: it is escaped there.
fn pretty(document: &impl serde::Serialize) -> String {
    let mut text = Shown(Vec::new());
    serde_json::to_writer_pretty(&mut text, document).expect("strings and numbers become JSON");
    text.0.push(b'\n');
    String::from_utf8(text.0).expect("JSON is text, piece by piece")
}

/// JSON that is being written; `serde_json` hands over what needs no escape of its own as whole pieces of strings.
struct Shown(Vec<u8>);

impl std::io::Write for Shown {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        if piece.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~') && *byte != b'#') {
            self.0.extend_from_slice(piece);
            return Ok(piece.len());
        }
        let text = std::str::from_utf8(piece).map_err(std::io::Error::other)?;
        for c in text.replace("##[", "##\\u005b").chars() {
            if c != '\n' && escape::is_hidden(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    self.0.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            } else {
                self.0.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

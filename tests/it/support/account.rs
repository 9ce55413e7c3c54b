//! An account of every byte that the splitter read: the tests and the fuzz targets share it.

use plinth::{
    sql::{self, Script, Syntax},
    text::Span,
};

/// Says which bytes are in no statement, no comment, and not what may stand between those, or in two of them.
///
/// Between them stand white space, custom delimiters, and the lines of the command `DELIMITER`.
pub(crate) fn unaccounted(
    text: &str,
    script: &Script,
    syntax: Syntax,
    delimiter: Option<&str>,
) -> Option<String> {
    let mut spans: Vec<Span> = script.loose.clone();
    for statement in &script.statements {
        spans.extend(&statement.comments);
        spans.push(statement.span);
    }
    spans.sort_unstable();
    spans.push(Span::new(text.len(), text.len()));
    let mut delimiter = delimiter.filter(|text| !text.is_empty()).unwrap_or(";").to_owned();
    let mut end = 0;
    for span in spans {
        if span.start < end || span.end < span.start {
            return Some(format!("{span:?} begins before {end}"));
        }
        let Some(gap) = text.get(end..span.start) else { return Some(format!("{span:?} cuts a character")) };
        if let Some(rest) = left_over(gap, syntax, &mut delimiter) {
            return Some(format!("{rest:?} is lost before {span:?}"));
        }
        end = span.end;
    }
    None
}

/// What of a gap may not stand there, from its first such byte on.
fn left_over<'a>(mut gap: &'a str, syntax: Syntax, delimiter: &mut String) -> Option<&'a str> {
    while let Some(first) = gap.chars().next() {
        let custom = delimiter.as_str() != ";";
        if let Some(typed) = command(gap).filter(|_| syntax.delimiter_command) {
            gap = &gap["DELIMITER".len() + typed.len()..];
            *delimiter = unquoted(typed.trim());
        } else if let Some(rest) = gap.strip_prefix(delimiter.as_str()).filter(|_| custom) {
            gap = rest;
        } else if first.is_whitespace() || first == '\u{feff}' {
            gap = &gap[first.len_utf8()..];
        } else {
            return Some(gap);
        }
    }
    None
}

/// The rest of the line behind the word `DELIMITER` and its blank.
fn command(gap: &str) -> Option<&str> {
    let (word, rest) = gap.split_at_checked("DELIMITER".len())?;
    let is_command = word.eq_ignore_ascii_case("DELIMITER") && rest.starts_with([' ', '\t']);
    is_command.then(|| rest.split('\n').next().unwrap_or_default())
}

fn unquoted(typed: &str) -> String {
    let inner = typed.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    sql::unescape_delimiter(&inner.map_or(typed.to_owned(), |inner| inner.replace("''", "'")))
}

//! The words of Liquibase's formatted SQL: what a line says, and the attributes of a changeset.

use crate::{
    error::Result,
    migrations::TxMode,
    sql,
    text::{Source, Span},
};

use super::common::refused;

/// What a comment says to Liquibase.
#[derive(Clone, Copy)]
pub(super) enum Word<'a> {
    /// The line that makes a file a changelog.
    Header,
    /// A changeset begins; author, id and attributes.
    Changeset(&'a str),
    /// What the changeset is about.
    Comment(&'a str),
    /// A line that undoes the changeset.
    Rollback(&'a str),
    /// A comment of several lines begins that undoes the changeset.
    RollbackBlock,
    /// Something about checksums that are not compared here.
    Harmless,
    /// Something that would change what runs: what it is, with its verb.
    Refused(&'static str),
}

/// What the line of a changeset says.
pub(super) struct Attributes {
    pub(super) author: String,
    pub(super) id: String,
    pub(super) mode: Option<TxMode>,
    pub(super) delimiter: Option<String>,
    pub(super) rollback_delimiter: Option<String>,
}

/// What a line says to Liquibase, which does not look at case; nothing for plain SQL and comments.
pub(super) fn word(line: &str) -> Option<Word<'_>> {
    let line = line.trim_start();
    if let Some(comment) = line.strip_prefix("/*") {
        let words: Vec<_> = comment.split_whitespace().map(str::to_ascii_lowercase).collect();
        return (words == ["liquibase", "rollback"]).then_some(Word::RollbackBlock);
    }
    let rest = line.strip_prefix("--")?.trim_start();
    let length = rest.find(|char: char| !(char.is_ascii_alphanumeric() || char == '-')).unwrap_or(rest.len());
    let (word, rest) = rest.split_at(length);
    let is_spaced = rest.starts_with(char::is_whitespace);
    Some(match word.to_ascii_lowercase().as_str() {
        "liquibase" if rest.trim_start().to_ascii_lowercase().starts_with("formatted") => Word::Header,
        "changeset" => Word::Changeset(rest),
        "comment" if is_spaced || rest.starts_with(": ") => Word::Comment(rest.trim_start_matches(':')),
        "rollback" if is_spaced => Word::Rollback(&rest[1..]),
        "validchecksum" => Word::Harmless,
        "preconditions" => Word::Refused("preconditions are"),
        word if word.starts_with("precondition-") => Word::Refused("preconditions are"),
        "property" if is_spaced => Word::Refused("properties are"),
        "ignorelines" | "ignore" if rest.starts_with(':') => Word::Refused("`ignoreLines` is"),
        "include" | "includeall" if is_spaced => Word::Refused("files that include others are"),
        _ => return None,
    })
}

impl Attributes {
    /// Reads what follows `--changeset`; refuses what would make it run elsewhere, later, again or not at all.
    pub(super) fn read(source: &Source, line: Span, text: &str) -> Result<Self> {
        let wrong = |message: &str| refused(source, line, message);
        let shape = || wrong("a changeset begins with `--changeset <author>:<id>`");
        let (author, rest) = quoted(text.trim_start(), ':').ok_or_else(shape)?;
        let rest = rest.strip_prefix(':').ok_or_else(shape)?;
        let (id, mut rest) = quoted(rest.trim_start(), ' ').ok_or_else(shape)?;
        let mut attributes = Self {
            author: author.trim().to_owned(),
            id: id.to_owned(),
            mode: None,
            delimiter: None,
            rollback_delimiter: None,
        };
        let unclear =
            |text: &str| text.is_empty() || text.contains("${") || text.chars().any(char::is_control);
        if unclear(&attributes.author) || unclear(&attributes.id) {
            return Err(shape());
        }
        while !rest.trim_start().is_empty() {
            let (name, value) =
                rest.trim_start().split_once(':').ok_or_else(|| wrong("an attribute without a value"))?;
            let (value, after) = quoted(value, ' ').unwrap_or(("", value));
            attributes.set(name, value).map_err(|why| {
                wrong(&format!("`{}` {why}", name.escape_debug()))
                    .hint("remove it if it changes nothing, or leave this folder to Liquibase")
            })?;
            rest = after;
        }
        Ok(attributes)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        let value_of = value.to_ascii_lowercase();
        match (name.to_ascii_lowercase().as_str(), value_of.as_str()) {
            ("runintransaction", "true") => self.mode = Some(TxMode::File),
            ("runintransaction", "false") => self.mode = Some(TxMode::None),
            ("enddelimiter", _) => self.delimiter = Some(delimiter(value)?),
            ("rollbackenddelimiter", _) => self.rollback_delimiter = Some(delimiter(value)?),
            // Statements are cut as the database does it, comments are no statements, and the names of files
            // decide nothing here.
            ("splitstatements" | "rollbacksplitstatements" | "stripcomments", "true" | "false")
            | ("runonchange" | "runalways" | "ignore", "false")
            | ("failonerror", "true")
            | ("logicalfilepath", _) => {}
            ("context" | "contextfilter" | "labels" | "dbms" | "runwith" | "runwithspoolfile", _) => {
                return Err("decides where a changeset runs, which is not read");
            }
            ("runonchange" | "runalways", "true") => {
                return Err("makes a changeset run again, which is not read");
            }
            ("ignore", "true") => return Err("keeps a changeset from running, which is not read"),
            ("failonerror", "false") => return Err("goes on after a failure, which is never done here"),
            _ => return Err("is no attribute that is read, or has no such value"),
        }
        Ok(())
    }
}

/// A text in quotes, or up to the separator (any white space, where it is a space), and what follows.
fn quoted(text: &str, separator: char) -> Option<(&str, &str)> {
    if let Some(inner) = text.strip_prefix('"') {
        return inner.split_once('"').filter(|(text, _)| !text.is_empty());
    }
    let ends = |char: char| char == separator || (separator == ' ' && char.is_whitespace());
    let end = text.find(ends).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A delimiter as Liquibase has it, which may be a pattern: only plain text is taken.
fn delimiter(typed: &str) -> Result<String, &'static str> {
    let delimiter = sql::unescape_delimiter(typed);
    if delimiter.is_empty() || delimiter.len() > 64 || delimiter.contains(['\\', '*', '[', '|', '?', '^']) {
        return Err("is a pattern, or empty: only plain text is taken for a delimiter");
    }
    Ok(delimiter)
}

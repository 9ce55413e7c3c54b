//! Text of a file, places in it, and the arithmetic between bytes and lines.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

/// A half-open range of byte offsets into one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` up to but not including `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range so many bytes further on.
    #[must_use]
    pub const fn moved(self, by: usize) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }

    /// As a standard range.
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A place for people: line and column count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The last part of a path whose parts are separated by `/`.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A named text, cheap to clone; the line index is made at the first question.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    path: String,
    text: String,
    index: OnceLock<LineIndex>,
}

/// Where lines start, and how many characters stand before every so many bytes, so that a place
/// on a line of a million bytes costs no more than any other.
struct LineIndex {
    starts: Vec<usize>,
    marks: Vec<usize>,
}

/// The bytes between two marks of [`LineIndex`].
const MARK: usize = 1024;

impl Source {
    /// Names a text; `path` is how users know it, relative to the repository where it has one.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self(Arc::new(Inner { path: path.into(), text: text.into(), index: OnceLock::new() }))
    }

    /// How users know the text.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The piece that `span` covers; empty where it is out of range or cuts a character.
    pub fn slice(&self, span: Span) -> &str {
        self.0.text.get(span.range()).unwrap_or_default()
    }

    /// The place of a byte offset; one past the end is the end.
    pub fn position(&self, offset: usize) -> Position {
        let index = self.0.index.get_or_init(|| LineIndex::new(&self.0.text));
        let offset = offset.min(self.0.text.len());
        let line = index.starts.partition_point(|start| *start <= offset);
        let start = index.starts[line - 1];
        let text = self.0.text.as_bytes();
        Position { line, column: index.characters(text, offset) - index.characters(text, start) + 1 }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.0.path, self.0.text.len())
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.0.path == other.0.path && self.0.text == other.0.text
    }
}

impl Eq for Source {}

impl LineIndex {
    fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let marks = text.as_bytes().chunks(MARK).scan(0, |total, chunk| {
            let before = *total;
            *total += starts_of_characters(chunk);
            Some(before)
        });
        Self { starts: std::iter::once(0).chain(breaks).collect(), marks: marks.collect() }
    }

    /// How many characters start before the offset.
    fn characters(&self, text: &[u8], offset: usize) -> usize {
        let mark = offset / MARK;
        let before = self.marks.get(mark).copied();
        before.map_or_else(
            || self.marks.last().map_or(0, |last| last + starts_of_characters(&text[(mark - 1) * MARK..])),
            |before| before + starts_of_characters(&text[mark * MARK..offset]),
        )
    }
}

fn starts_of_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

/// The text as one word of a shell: a reader may copy a command that names a folder of a stranger.
pub fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+=:,@".contains(&byte);
    if !text.is_empty() && !text.starts_with('-') && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let source = Source::new("a.sql", "é1\n\nxyz");
        let at = |offset| source.position(offset).to_string();
        assert_eq!([at(0), at(2), at(4), at(5), at(7), at(99)], ["1:1", "1:2", "2:1", "3:1", "3:3", "3:4"]);
    }

    #[test]
    fn positions_on_a_long_line_count_every_character() {
        for text in ["é".repeat(3 * MARK), "x".repeat(2 * MARK), "x".repeat(MARK - 2), String::new()] {
            let source = Source::new("a.sql", format!("a\n{text}"));
            let end = source.position(source.text().len());
            assert_eq!((end.line, end.column), (2, text.chars().count() + 1));
        }
    }

    #[test]
    fn a_slice_out_of_range_is_empty() {
        let source = Source::new("a.sql", "é");
        assert_eq!(source.slice(Span::new(0, 2)), "é");
        assert_eq!(source.slice(Span::new(1, 2)), "");
        assert_eq!(source.slice(Span::new(5, 9)), "");
    }

    #[test]
    fn a_word_of_a_shell_stays_one() {
        assert_eq!(shell_word("db/migrations"), "db/migrations");
        for (text, quoted) in
            [("a b", "'a b'"), ("$(id)", "'$(id)'"), ("it's", r"'it'\''s'"), ("-x", "'-x'"), ("", "''")]
        {
            assert_eq!(shell_word(text), quoted);
        }
    }
}

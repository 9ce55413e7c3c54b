//! The smallest pieces of SQL that a semicolon cannot be cut out of: quotes, comments, words.

use crate::text::Span;

use super::{SplitError, Syntax};

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// White space and byte order marks.
    Space,
    /// A comment with its markers, without the line break that ends it.
    Comment,
    /// A string or a quoted name with its quotes.
    Quoted,
    /// Letters, digits, `_`, `$` and whatever is not ASCII.
    Word,
    /// One byte of anything else.
    Symbol(u8),
}

/// One piece and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// Reads a text piece by piece, forward only; every byte belongs to exactly one piece.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    syntax: Syntax,
    at: usize,
}

impl<'a> Lexer<'a> {
    /// Starts at the first byte.
    pub(super) fn new(text: &'a str, syntax: Syntax) -> Self {
        Self { text, syntax, at: 0 }
    }

    /// Goes on from another place, which is the start of a character.
    pub(super) fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// The next piece; an error where a quote or a comment has no end.
    pub(super) fn next(&mut self) -> Result<Option<Lexeme>, SplitError> {
        let start = self.at;
        let Some(first) = self.byte(start) else { return Ok(None) };
        let (kind, end) = match first {
            b'\'' | b'"' | b'`' => (Kind::Quoted, self.quoted(start, start)?),
            b'[' if self.syntax.bracket_quotes => (Kind::Quoted, self.bracketed(start)?),
            b'-' if self.line_comment(start) => (Kind::Comment, self.line_end(start)),
            b'#' if self.syntax.hash_comments => (Kind::Comment, self.line_end(start)),
            b'/' if self.byte(start + 1) == Some(b'*') => (Kind::Comment, self.block_comment(start)?),
            b'$' => self.dollar(start)?,
            _ if self.space_at(start).is_some() => (Kind::Space, self.space_end(start)),
            _ if is_word(first) => self.word(start)?,
            _ => (Kind::Symbol(first), start + 1),
        };
        self.at = end;
        Ok(Some(Lexeme { kind, span: Span::new(start, end) }))
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The end of a quote that opens at `quote`, in a piece that starts at `start`.
    fn quoted(&self, start: usize, quote: usize) -> Result<usize, SplitError> {
        let bytes = self.text.as_bytes();
        let mark = bytes[quote];
        let escapes = start < quote || (self.syntax.backslash_escapes && mark != b'`');
        let mut at = quote + 1;
        while let Some(byte) = self.byte(at) {
            match byte {
                b'\\' if escapes => at += 2,
                _ if byte == mark && self.byte(at + 1) == Some(mark) => at += 2,
                _ if byte == mark => return Ok(at + 1),
                _ => at += 1,
            }
        }
        let opening = Span::new(start, quote + 1);
        Err(SplitError::new(opening, format!("the quote `{}` is not closed", char::from(mark))))
    }

    fn bracketed(&self, start: usize) -> Result<usize, SplitError> {
        match self.text[start..].find(']') {
            Some(length) => Ok(start + length + 1),
            None => Err(SplitError::new(Span::new(start, start + 1), "the quote `[` is not closed")),
        }
    }

    /// MySQL wants white space after `--`, so that `5--3` is arithmetic.
    fn line_comment(&self, start: usize) -> bool {
        self.byte(start + 1) == Some(b'-')
            && (!self.syntax.hash_comments
                || self
                    .byte(start + 2)
                    .is_none_or(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control()))
    }

    /// The end of the line without its line break, be it `\n` or `\r\n`.
    fn line_end(&self, start: usize) -> usize {
        let end = self.text[start..].find('\n').map_or(self.text.len(), |length| start + length);
        if end > start && self.byte(end - 1) == Some(b'\r') { end - 1 } else { end }
    }

    fn block_comment(&self, start: usize) -> Result<usize, SplitError> {
        let mut depth = 1_usize;
        let mut at = start + 2;
        while let Some(byte) = self.byte(at) {
            match (byte, self.byte(at + 1)) {
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        return Ok(at);
                    }
                }
                (b'/', Some(b'*')) if self.syntax.nested_comments => {
                    depth += 1;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        Err(SplitError::new(Span::new(start, start + 2), "the comment `/*` is not closed"))
    }

    /// `$tag$ … $tag$`, or a lone `$` that starts a parameter.
    fn dollar(&self, start: usize) -> Result<(Kind, usize), SplitError> {
        let Some(tag) = self.dollar_tag(start) else { return Ok((Kind::Symbol(b'$'), start + 1)) };
        let body = start + tag.len();
        match self.text[body..].find(tag) {
            Some(length) => Ok((Kind::Quoted, body + length + tag.len())),
            None => Err(SplitError::new(Span::new(start, body), format!("the quote `{tag}` is not closed"))),
        }
    }

    fn dollar_tag(&self, start: usize) -> Option<&'a str> {
        if !self.syntax.dollar_quotes {
            return None;
        }
        let mut end = start + 1;
        while self.byte(end).is_some_and(|byte| is_word(byte) && byte != b'$') {
            end += 1;
        }
        let starts_well = !self.byte(start + 1)?.is_ascii_digit();
        (starts_well && self.byte(end) == Some(b'$')).then(|| &self.text[start..=end])
    }

    fn word(&self, start: usize) -> Result<(Kind, usize), SplitError> {
        let mut end = start + 1;
        while let Some(byte) = self.byte(end) {
            if !is_word(byte) || (self.text.is_char_boundary(end) && self.space_at(end).is_some()) {
                break;
            }
            end += 1;
        }
        let escaped = self.syntax.dollar_quotes && self.text[start..end].eq_ignore_ascii_case("e");
        if escaped && self.byte(end) == Some(b'\'') {
            return Ok((Kind::Quoted, self.quoted(start, end)?));
        }
        Ok((Kind::Word, end))
    }

    /// The length of the white space character here, if there is one.
    fn space_at(&self, at: usize) -> Option<usize> {
        let byte = self.byte(at)?;
        if byte.is_ascii() {
            return is_space(char::from(byte)).then_some(1);
        }
        self.text[at..].chars().next().filter(|char| is_space(*char)).map(char::len_utf8)
    }

    fn space_end(&self, start: usize) -> usize {
        let mut end = start;
        while let Some(length) = self.space_at(end) {
            end += length;
        }
        end
    }
}

/// White space, and the byte order mark that some editors leave, which SQLite skips as well.
pub(super) fn is_space(char: char) -> bool {
    char.is_whitespace() || char == '\u{feff}'
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

//! Cuts a file into statements; the bytes of every statement are exactly those of the file.
//!
//! The text of a statement is what Atlas takes for it, because the hashes in its revisions table
//! are made of these bytes. Where Atlas loses text or reads a name as the end of a block, this
//! does what the database would do.

use std::{borrow::Cow, fmt};

use crate::{
    error::Error,
    text::{Source, Span},
};

use super::{
    block::Block,
    lexeme::{Kind, Lexeme, Lexer, is_space},
};

/// What a dialect's own client would treat specially when it looks for the end of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, one a trait of a dialect")]
pub struct Syntax {
    /// `#` starts a comment, and `--` does only before white space (MySQL).
    pub hash_comments: bool,
    /// A backslash escapes inside quotes (MySQL).
    pub backslash_escapes: bool,
    /// `$tag$ … $tag$` quotes, and `E'…'` (PostgreSQL).
    pub dollar_quotes: bool,
    /// `/* /* */ */` nests (PostgreSQL).
    pub nested_comments: bool,
    /// `[name]` quotes (SQLite).
    pub bracket_quotes: bool,
    /// `DELIMITER x` is a command of the client (MySQL).
    pub delimiter_command: bool,
    /// Where BEGIN … END holds statements with semicolons of their own.
    pub blocks: Blocks,
}

impl Syntax {
    /// What is safe to assume of a file whose dialect is not known.
    pub const GENERIC: Self = Self {
        hash_comments: false,
        backslash_escapes: false,
        dollar_quotes: true,
        nested_comments: false,
        bracket_quotes: false,
        delimiter_command: true,
        blocks: Blocks::Atomic,
    };

    /// SQLite.
    pub const SQLITE: Self = Self {
        hash_comments: false,
        backslash_escapes: false,
        dollar_quotes: false,
        nested_comments: false,
        bracket_quotes: true,
        delimiter_command: false,
        blocks: Blocks::Triggers,
    };

    /// PostgreSQL.
    pub const POSTGRES: Self = Self {
        hash_comments: false,
        backslash_escapes: false,
        dollar_quotes: true,
        nested_comments: true,
        bracket_quotes: false,
        delimiter_command: false,
        blocks: Blocks::Atomic,
    };

    /// MySQL and MariaDB.
    pub const MYSQL: Self = Self {
        hash_comments: true,
        backslash_escapes: true,
        dollar_quotes: false,
        nested_comments: false,
        bracket_quotes: false,
        delimiter_command: true,
        blocks: Blocks::Routines,
    };
}

/// Which statements have a body of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blocks {
    /// None.
    #[default]
    None,
    /// CREATE TRIGGER … BEGIN … END (SQLite).
    Triggers,
    /// BEGIN ATOMIC … END (PostgreSQL).
    Atomic,
    /// Any routine's BEGIN … END (MySQL).
    Routines,
}

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes: without leading comments, trimmed, with a default delimiter and without a custom one.
    pub span: Span,
    /// The group of comments directly above it, each with its markers, in order.
    pub comments: Vec<Span>,
}

/// The statements of a file and the comments that belong to none of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The statements in order.
    pub statements: Vec<Statement>,
    /// The comments that a blank line cuts off from the next statement, that stand behind one on
    /// its last line, or after the last one; in order, each with its markers.
    pub loose: Vec<Span>,
}

impl Script {
    /// Moves everything by so many bytes: it was cut from the middle of a text.
    pub fn shift(&mut self, by: usize) {
        for statement in &mut self.statements {
            statement.span = statement.span.moved(by);
            for comment in &mut statement.comments {
                *comment = comment.moved(by);
            }
        }
        for comment in &mut self.loose {
            *comment = comment.moved(by);
        }
    }
}

/// Why a file cannot be cut: something opens and never closes, or closes without an opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitError {
    /// What opens, or what closes without an opening.
    pub span: Span,
    /// What is wrong with it.
    pub message: String,
}

impl SplitError {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }

    /// The same about a text that begins so many bytes earlier.
    #[must_use]
    pub fn moved(self, by: usize) -> Self {
        Self { span: self.span.moved(by), ..self }
    }

    /// As an error about this file.
    pub fn into_error(self, source: &Source) -> Error {
        let place = source.position(self.span.start);
        Error::usage(format!("{}:{}: {}", source.path(), place.line, self.message))
            .at(source, self.span, "here")
    }
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SplitError {}

/// The statements of a text; a delimiter other than `;` is not part of them.
///
/// Takes time in proportion to the length of the text.
pub fn split(text: &str, syntax: &Syntax, delimiter: Option<&str>) -> Result<Vec<Statement>, SplitError> {
    Ok(script(text, syntax, delimiter)?.statements)
}

/// The statements of a text as [`split`] finds them, and the comments outside of them.
pub fn script(text: &str, syntax: &Syntax, delimiter: Option<&str>) -> Result<Script, SplitError> {
    let mut splitter = Splitter::new(text, *syntax, delimiter.unwrap_or(DEFAULT));
    while let Some(lexeme) = splitter.lexer.next()? {
        splitter.step(lexeme)?;
        if let Some(statement) = splitter.found.statements.get(MOST_STATEMENTS) {
            return Err(SplitError::new(
                statement.span,
                format!("the file has more than {MOST_STATEMENTS} statements"),
            ));
        }
    }
    splitter.finish()
}

const DEFAULT: &str = ";";

/// The most statements of one file: each costs more memory than it has bytes, and a file can be nothing but `;`.
pub const MOST_STATEMENTS: usize = 1_000_000;

struct Splitter<'a> {
    text: &'a str,
    syntax: Syntax,
    lexer: Lexer<'a>,
    delimiter: Cow<'a, str>,
    found: Script,
    /// The comments above the statement to come.
    group: Vec<Span>,
    /// The first byte of the current statement.
    start: Option<usize>,
    /// The outermost parenthesis that is open, and how many are.
    opened: Span,
    parens: usize,
    block: Block,
    /// Nothing but the first block of comments was seen: its lines are comments whatever the delimiter.
    leading: bool,
    /// Still on the line on which the last statement ended.
    trailing: bool,
}

impl<'a> Splitter<'a> {
    fn new(text: &'a str, syntax: Syntax, delimiter: &'a str) -> Self {
        let delimiter = if delimiter.is_empty() { DEFAULT } else { delimiter };
        let mut splitter = Self {
            text,
            syntax,
            lexer: Lexer::new(text, syntax),
            delimiter: Cow::Borrowed(delimiter),
            found: Script::default(),
            group: Vec::new(),
            start: None,
            opened: Span::default(),
            parens: 0,
            block: Block::new(Blocks::None),
            leading: true,
            trailing: false,
        };
        splitter.reset();
        splitter
    }

    fn step(&mut self, lexeme: Lexeme) -> Result<(), SplitError> {
        if self.start.is_none() {
            match lexeme.kind {
                Kind::Space => {
                    self.between(lexeme.span);
                    return Ok(());
                }
                Kind::Comment
                    if self.leading || !self.text[lexeme.span.start..].starts_with(&*self.delimiter) =>
                {
                    self.comment(lexeme.span);
                    return Ok(());
                }
                Kind::Word if self.is_delimiter_command(lexeme.span) => {
                    return self.delimiter_command(lexeme.span);
                }
                Kind::Comment | Kind::Word | Kind::Quoted | Kind::Symbol(_) => {}
            }
            self.start = Some(lexeme.span.start);
            self.leading = false;
            self.trailing = false;
        }
        self.inside(lexeme)
    }

    /// Takes a piece of the current statement.
    fn inside(&mut self, lexeme: Lexeme) -> Result<(), SplitError> {
        match lexeme.kind {
            Kind::Symbol(b'(') => {
                if self.parens == 0 {
                    self.opened = lexeme.span;
                }
                self.parens += 1;
            }
            Kind::Symbol(b')') => match self.parens.checked_sub(1) {
                Some(parens) => self.parens = parens,
                None => return Err(SplitError::new(lexeme.span, "this `)` closes nothing")),
            },
            _ => {}
        }
        match lexeme.kind {
            Kind::Word => self.block.word(&self.text[lexeme.span.range()], lexeme.span),
            Kind::Symbol(byte) => self.block.symbol(byte),
            Kind::Quoted => self.block.symbol(b'"'),
            Kind::Space | Kind::Comment => {}
        }
        if let Some(at) = self.delimiter_in(lexeme) {
            self.lexer.seek(at + self.delimiter.len());
            self.cut(at);
        }
        Ok(())
    }

    /// Where the delimiter starts in a piece, which it may do in the middle of a word.
    fn delimiter_in(&self, lexeme: Lexeme) -> Option<usize> {
        let Span { start, end } = lexeme.span;
        if self.parens > 0 || self.block.open().is_some() {
            return None;
        }
        if self.delimiter == DEFAULT {
            return (lexeme.kind == Kind::Symbol(b';')).then_some(start);
        }
        let delimiter = self.delimiter.as_bytes();
        let bytes = self.text.as_bytes();
        match lexeme.kind {
            Kind::Quoted | Kind::Symbol(b'(' | b')') => None,
            Kind::Comment => bytes[start..].starts_with(delimiter).then_some(start),
            Kind::Space | Kind::Word | Kind::Symbol(_) => {
                (start..end).find(|at| bytes[*at..].starts_with(delimiter))
            }
        }
    }

    /// Ends the current statement at the delimiter that starts at `at`.
    fn cut(&mut self, at: usize) {
        let start = self.start.take().unwrap_or(at);
        let end = if self.delimiter == DEFAULT { at + DEFAULT.len() } else { at };
        self.emit(start, end);
        self.trailing = true;
    }

    fn emit(&mut self, start: usize, end: usize) {
        let end = start + self.text[start..end].trim_end_matches(is_space).len();
        let comments = std::mem::take(&mut self.group);
        if start < end {
            self.found.statements.push(Statement { span: Span::new(start, end), comments });
        } else {
            self.found.loose.extend(comments);
        }
        self.reset();
    }

    fn reset(&mut self) {
        self.parens = 0;
        self.block = Block::new(if self.delimiter == DEFAULT { self.syntax.blocks } else { Blocks::None });
    }

    /// Takes white space between statements; a blank line cuts the comments above it off.
    fn between(&mut self, span: Span) {
        let mut breaks = self.text[span.range()].bytes().filter(|byte| *byte == b'\n');
        if breaks.next().is_some() {
            self.trailing = false;
        }
        if breaks.next().is_some() && !self.group.is_empty() {
            self.found.loose.append(&mut self.group);
            self.leading = false;
        }
    }

    fn comment(&mut self, span: Span) {
        if self.trailing {
            self.found.loose.push(span);
        } else {
            self.group.push(span);
        }
    }

    fn is_delimiter_command(&self, word: Span) -> bool {
        self.syntax.delimiter_command
            && self.text[word.range()].eq_ignore_ascii_case("DELIMITER")
            && matches!(self.text.as_bytes().get(word.end), Some(b' ' | b'\t'))
    }

    /// Takes `DELIMITER x` up to the end of its line; the delimiter may stand in quotes.
    fn delimiter_command(&mut self, word: Span) -> Result<(), SplitError> {
        let rest = &self.text[word.end..];
        let end = word.end + rest.find('\n').unwrap_or(rest.len());
        let given = self.text[word.end..end].trim();
        let unquoted = given.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let delimiter =
            unescape_delimiter(&unquoted.map_or(given.to_owned(), |inner| inner.replace("''", "'")));
        if delimiter.is_empty() {
            return Err(SplitError::new(Span::new(word.start, end), "`DELIMITER` without a delimiter"));
        }
        self.delimiter = Cow::Owned(delimiter);
        self.lexer.seek(end);
        self.found.loose.append(&mut self.group);
        self.leading = false;
        self.reset();
        Ok(())
    }

    fn finish(mut self) -> Result<Script, SplitError> {
        self.block.symbol(0);
        if self.parens > 0 {
            return Err(SplitError::new(self.opened, "this `(` is not closed"));
        }
        if let Some(begin) = self.block.open() {
            return Err(SplitError::new(
                begin,
                "this `BEGIN` has no `END` after the `;` of its last statement",
            ));
        }
        if let Some(start) = self.start.take() {
            self.emit(start, self.text.len());
        }
        self.found.loose.append(&mut self.group);
        Ok(self.found)
    }
}

/// A delimiter as it is typed, with `\n`, `\r` and `\t` for what cannot be.
pub fn unescape_delimiter(typed: &str) -> String {
    typed.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
}

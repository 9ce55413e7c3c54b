//! The words of one statement, for questions that need no grammar.

use crate::text::Span;

use super::{
    Syntax,
    lexeme::{Kind, Lexer},
};

/// One word, quote or symbol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) span: Span,
}

/// The words, quotes and symbols of a statement up to its delimiter, with a place among them.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    sql: &'a str,
    list: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Tokens<'a> {
    /// Reads a statement; what stands behind an open quote is left out.
    pub(super) fn new(sql: &'a str, syntax: Syntax) -> Self {
        let mut list = Vec::new();
        let mut lexer = Lexer::new(sql, syntax);
        while let Ok(Some(lexeme)) = lexer.next() {
            if !matches!(lexeme.kind, Kind::Space | Kind::Comment) {
                list.push(Token { kind: lexeme.kind, text: &sql[lexeme.span.range()], span: lexeme.span });
            }
        }
        while list.last().is_some_and(|token: &Token<'_>| token.kind == Kind::Symbol(b';')) {
            list.pop();
        }
        Self { sql, list, at: 0 }
    }

    /// What was not yet taken.
    pub(super) fn rest(&self) -> &[Token<'a>] {
        &self.list[self.at..]
    }

    /// The next token, left where it is.
    pub(super) fn peek(&self) -> Option<Token<'a>> {
        self.list.get(self.at).copied()
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Takes the next token if it is this word.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(word));
        self.at += usize::from(found);
        found
    }

    /// Takes the next tokens if they are these words.
    pub(super) fn take_all(&mut self, words: &[&str]) -> bool {
        let found = words.len() <= self.rest().len()
            && words.iter().zip(self.rest()).all(|(word, token)| token.is(word));
        if found {
            self.at += words.len();
        }
        found
    }

    /// Takes the next token if it is this symbol.
    pub(super) fn symbol(&mut self, byte: u8) -> bool {
        let found = self.peek().is_some_and(|token| token.kind == Kind::Symbol(byte));
        self.at += usize::from(found);
        found
    }

    /// Takes a name of at most two parts: the schema and the name, without quotes.
    pub(super) fn name(&mut self) -> Option<(Option<String>, String)> {
        let first = self.next()?.name()?;
        if self.symbol(b'.') {
            return Some((Some(first), self.next()?.name()?));
        }
        Some((None, first))
    }

    /// Takes a pair of parentheses with all in it, or one other token; gives its span.
    pub(super) fn group(&mut self) -> Option<Span> {
        let mut span = self.peek()?.span;
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            span = span.joined(token.span);
            match token.kind {
                Kind::Symbol(b'(') => depth += 1,
                Kind::Symbol(b')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        Some(span)
    }

    /// The text of a span.
    pub(super) fn text(&self, span: Span) -> &'a str {
        &self.sql[span.range()]
    }
}

impl Token<'_> {
    /// Whether it is this word, in any case and without quotes.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these words.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// What it names, without quotes; none for a symbol.
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word | Kind::Quoted => Some(unquote(self.text)),
            Kind::Space | Kind::Comment | Kind::Symbol(_) => None,
        }
    }
}

/// A name without its quotes, and with its doubled quotes once.
pub(super) fn unquote(name: &str) -> String {
    let mut chars = name.chars();
    let (Some(open), Some(close)) = (chars.next(), chars.next_back()) else { return name.to_owned() };
    let inner = chars.as_str();
    match (open, close) {
        ('[', ']') => inner.to_owned(),
        ('"', '"') | ('`', '`') | ('\'', '\'') => inner.replace(&format!("{open}{open}"), &open.to_string()),
        _ => name.to_owned(),
    }
}

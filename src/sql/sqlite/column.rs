//! Reads a column definition off the words of its text.

use crate::{
    sql::{
        ColumnFacts,
        lexeme::Kind,
        tokens::{Token, Tokens},
    },
    text::Span,
};

/// The words that end the type of a column.
const CONSTRAINTS: [&str; 12] = [
    "CONSTRAINT",
    "PRIMARY",
    "NOT",
    "NULL",
    "UNIQUE",
    "CHECK",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "GENERATED",
    "AS",
    "ON",
];

/// What follows the name of the column, up to the end.
pub(super) fn facts(tokens: &mut Tokens<'_>) -> ColumnFacts {
    let mut facts = ColumnFacts { ty: ty(tokens), ..ColumnFacts::default() };
    while let Some(token) = tokens.peek() {
        if tokens.take_all(&["NOT", "NULL"]) {
            facts.not_null = true;
        } else if tokens.take("DEFAULT") {
            facts.default = default(tokens);
        } else if tokens.take_all(&["PRIMARY", "KEY"]) {
            facts.primary_key = true;
        } else if tokens.take("AS") {
            tokens.group();
            facts.generated_stored = Some(tokens.take("STORED"));
        } else if tokens.take("CONSTRAINT") || tokens.take("COLLATE") {
            tokens.next();
        } else {
            facts.unique |= token.is("UNIQUE");
            facts.references |= token.is("REFERENCES");
            facts.check |= token.is("CHECK");
            tokens.group();
        }
    }
    facts
}

fn ty(tokens: &mut Tokens<'_>) -> String {
    let mut span: Option<Span> = None;
    while let Some(token) = tokens.peek() {
        let ends = token.is_any(&CONSTRAINTS) || (span.is_none() && token.kind == Kind::Symbol(b'('));
        if ends {
            break;
        }
        let Some(part) = tokens.group() else { break };
        span = Some(span.map_or(part, |span| span.joined(part)));
    }
    span.map(|span| tokens.text(span).to_owned()).unwrap_or_default()
}

/// A literal, a name or an expression in parentheses, with its sign.
fn default(tokens: &mut Tokens<'_>) -> Option<String> {
    let first = tokens.peek()?;
    let mut span = first.span;
    if matches!(first.kind, Kind::Symbol(b'+' | b'-')) {
        tokens.next();
    }
    if let Some(value) = tokens.group() {
        span = span.joined(value);
    }
    // A blob is a word and a quote, a number with a fraction is two words and a dot.
    while tokens.peek().is_some_and(|token| follows(token, span.end)) {
        let Some(token) = tokens.next() else { break };
        span = span.joined(token.span);
    }
    Some(tokens.text(span).to_owned())
}

fn follows(token: Token<'_>, end: usize) -> bool {
    token.span.start == end
        && matches!(token.kind, Kind::Quoted | Kind::Word | Kind::Symbol(b'.' | b'+' | b'-'))
}

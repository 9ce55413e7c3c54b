//! One spelling for what SQLite reads as the same: expressions, types, defaults, definitions.
//!
//! All of it works on tokens: space, comments, the case of keywords and the kind of quotes go; names
//! of columns take the column's own spelling. What the lexer cannot read stays as it is.

use std::collections::BTreeMap;

use super::quote;
use crate::sql::sqlite_tokens::{Token, TokenKind, tokens};

/// The spelling of each column of a table, by its key.
#[derive(Debug, Default)]
pub(super) struct ColumnNames(BTreeMap<String, String>);

impl ColumnNames {
    /// The columns of these names.
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(|name| (quote::key(name), name.to_owned())).collect())
    }

    /// The column's own spelling of a name; the name itself where it is none.
    pub(super) fn spell(&self, name: &str) -> String {
        self.0.get(&quote::key(name)).cloned().unwrap_or_else(|| name.to_owned())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&quote::key(name)).map(String::as_str)
    }
}

/// An expression over the columns of one table, in a form that still runs.
pub(super) fn expression(text: &str, columns: &ColumnNames) -> String {
    let Some(tokens) = tokens(text) else { return text.trim().to_owned() };
    let tokens = without_parentheses(&tokens);
    let mut out = Line::default();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let word = match token.kind {
            TokenKind::Literal => literal(token.text),
            TokenKind::Mark => operator(token.text).to_owned(),
            TokenKind::Quoted => quoted(token, columns),
            TokenKind::Reserved => token.text.to_ascii_uppercase(),
            TokenKind::Name | TokenKind::Keyword => word(token, before, tokens.get(at + 1), columns),
        };
        out.push(token, &word);
    }
    out.text
}

/// An expression in which a column has another name.
pub(super) fn renamed(text: &str, from: &str, to: &str) -> String {
    let is_quotable = from.contains(['"', '`']);
    if !is_quotable && !quote::key(text).contains(&quote::key(from)) {
        return text.to_owned();
    }
    let Some(tokens) = tokens(text) else { return text.to_owned() };
    let mut out = String::new();
    let mut end = 0;
    for (at, token) in tokens.iter().enumerate() {
        let is_name = matches!(token.kind, TokenKind::Name | TokenKind::Quoted | TokenKind::Keyword);
        let is_call =
            token.kind != TokenKind::Quoted && tokens.get(at + 1).is_some_and(|next| next.text == "(");
        if is_name && !is_call && quote::key(&token.name()) == quote::key(from) {
            out.push_str(text.get(end..token.start).unwrap_or_default());
            out.push_str(&quote::bare(to));
            end = token.end;
        }
    }
    out + text.get(end..).unwrap_or_default()
}

/// A default: an identifier alone is a string to SQLite.
pub(super) fn default(text: &str) -> String {
    match tokens(text).as_deref() {
        Some([token]) if token.is_word() && !is_value(token.text) => quote::text(&token.name()),
        Some([token]) if token.kind == TokenKind::Quoted => quote::text(&token.name()),
        _ => expression(text, &ColumnNames::default()),
    }
}

/// Whether a default may stand without parentheses: a literal, maybe signed, or a time keyword.
pub(super) fn is_literal(default: &str) -> bool {
    match tokens(default).as_deref() {
        Some([token]) => token.kind == TokenKind::Literal || token.is_word() && is_value(token.text),
        Some([sign, number]) => {
            matches!(sign.text, "-" | "+")
                && number.text.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        }
        _ => false,
    }
}

/// Whether ADD COLUMN takes the default for rows that are there: a literal, and no time keyword.
pub(super) fn is_constant(default: &str) -> bool {
    is_literal(default) && !default.to_ascii_uppercase().starts_with("CURRENT_")
}

/// A declared type: lower case, one space between words, none around parentheses.
pub(super) fn ty(text: &str) -> String {
    let Some(tokens) = tokens(text) else { return text.trim().to_owned() };
    let mut out = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let words = at > 0 && tokens[at - 1].kind != TokenKind::Mark && token.kind != TokenKind::Mark;
        if words || at > 0 && tokens[at - 1].text == ")" && token.text != ")" {
            out.push(' ');
        }
        out.push_str(&if token.is_word() { token.text.to_ascii_lowercase() } else { token.text.to_owned() });
    }
    out
}

/// A whole CREATE statement in a form that is only good for comparing.
pub(super) fn definition(sql: &str) -> String {
    let Some(tokens) = tokens(sql) else { return sql.trim().to_owned() };
    let mut out = Line::default();
    for (at, token) in tokens.iter().enumerate() {
        // The name after AS is what readers of a view get to see: its case counts.
        let named =
            at > 0 && tokens[at - 1].is("AS") && matches!(token.kind, TokenKind::Name | TokenKind::Quoted);
        let word = match token.kind {
            TokenKind::Literal => literal(token.text),
            TokenKind::Mark if token.text == ";" && at + 1 == tokens.len() => continue,
            TokenKind::Mark => operator(token.text).to_owned(),
            _ if named => quote::bare(&token.name()),
            TokenKind::Quoted => quote::bare(&token.name().to_ascii_lowercase()),
            TokenKind::Reserved | TokenKind::Keyword | TokenKind::Name => token.text.to_ascii_lowercase(),
        };
        out.push(token, &word);
    }
    out.text
}

/// Tokens on one line, with space where people expect it.
#[derive(Default)]
struct Line {
    text: String,
    last: Last,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing, an opening parenthesis, a dot: no space follows.
    #[default]
    Open,
    /// A sign in front of its operand.
    Sign,
    /// An operator, a comma or a keyword: a sign may follow.
    Operator,
    /// A name that may be a function's.
    Name,
    /// Another end of an operand.
    Operand,
}

impl Line {
    fn push(&mut self, token: &Token<'_>, word: &str) {
        let sign = matches!(token.text, "-" | "+" | "~");
        let tight = match token.text {
            ")" | "," | "." | ";" => true,
            "(" => matches!(self.last, Last::Open | Last::Name | Last::Sign),
            _ => self.last == Last::Open || self.last == Last::Sign && !sign,
        };
        if !tight {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.last = match token.kind {
            TokenKind::Mark if token.text == "(" || token.text == "." => Last::Open,
            TokenKind::Mark if token.text == ")" => Last::Operand,
            TokenKind::Mark if sign && !matches!(self.last, Last::Name | Last::Operand) => Last::Sign,
            TokenKind::Name | TokenKind::Quoted => Last::Name,
            TokenKind::Keyword if FUNCTIONS.iter().any(|name| token.is(name)) => Last::Name,
            TokenKind::Keyword if token.is("END") => Last::Operand,
            TokenKind::Mark | TokenKind::Reserved | TokenKind::Keyword => Last::Operator,
            TokenKind::Literal => Last::Operand,
        };
    }
}

/// Keywords that are written like a function.
const FUNCTIONS: [&str; 4] = ["CAST", "REPLACE", "RAISE", "IF"];

/// Keywords that have a part to play in an expression, so that they are not a column there.
const IN_EXPRESSIONS: [&str; 11] = [
    "END",
    "LIKE",
    "GLOB",
    "REGEXP",
    "MATCH",
    "CAST",
    "RAISE",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "BY",
];

fn word(
    token: &Token<'_>,
    before: Option<&Token<'_>>,
    after: Option<&Token<'_>>,
    columns: &ColumnNames,
) -> String {
    let after_word = |word: &str| before.is_some_and(|token| token.is(word));
    if after_word("COLLATE") {
        return token.text.to_ascii_uppercase();
    }
    if after_word("AS") {
        return token.text.to_ascii_lowercase();
    }
    if IN_EXPRESSIONS.iter().any(|word| token.is(word)) {
        return token.text.to_ascii_uppercase();
    }
    if after.is_some_and(|token| token.text == "(") {
        return token.text.to_ascii_lowercase();
    }
    match columns.get(token.text) {
        Some(column) => quote::bare(column),
        None if token.kind == TokenKind::Keyword || is_value(token.text) => token.text.to_ascii_uppercase(),
        None => token.text.to_owned(),
    }
}

/// A name in quotes: `"x"` is a string where no column has that name.
fn quoted(token: &Token<'_>, columns: &ColumnNames) -> String {
    let name = token.name();
    match columns.get(&name) {
        Some(column) => quote::bare(column),
        None if token.text.starts_with('"') => token.text.to_owned(),
        None => quote::name(&name),
    }
}

fn literal(text: &str) -> String {
    match text.as_bytes().first() {
        Some(b'x' | b'X') => format!("x{}", text.get(1..).unwrap_or_default().to_ascii_uppercase()),
        _ => text.to_owned(),
    }
}

fn operator(text: &str) -> &str {
    match text {
        "==" => "=",
        "!=" => "<>",
        _ => text,
    }
}

/// Words that are a value of their own.
fn is_value(word: &str) -> bool {
    ["TRUE", "FALSE", "NULL", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"]
        .iter()
        .any(|value| word.eq_ignore_ascii_case(value))
}

/// The tokens without the parentheses around all of them.
fn without_parentheses<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut pairs = enclosing_pairs(tokens);
    while pairs > 0 && tokens.len() > 2 && !tokens[1].is("SELECT") {
        tokens = &tokens[1..tokens.len() - 1];
        pairs -= 1;
    }
    tokens
}

/// How many pairs of parentheses stand around all of the tokens.
fn enclosing_pairs(tokens: &[Token<'_>]) -> usize {
    let opening = tokens.iter().take_while(|token| token.text == "(").count();
    let closing = tokens.iter().rev().take_while(|token| token.text == ")").count();
    let (mut depth, mut least) = (0_usize, opening);
    for token in &tokens[..tokens.len() - closing.min(tokens.len())] {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => least = least.min(depth),
        }
        if token.text == ")" {
            least = least.min(depth);
        }
    }
    least.min(closing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_an_expression_meet() {
        let columns = ColumnNames::new(["price", "order", "a b", "key"]);
        for (text, expected) in [
            ("Price>0", "price > 0"),
            ("((\"price\" > 0))", "price > 0"),
            ("(price > 0) and ([order]==1)", "(price > 0) AND (`order` = 1)"),
            ("`a b` is not null", "`a b` IS NOT NULL"),
            ("LENGTH( price )!=- 1", "length(price) <> -1"),
            ("price in ( 'x' ,\"y\")", "price IN ('x', \"y\")"),
            ("price - - -1 /* c */ > ~ 2", "price - - -1 > ~2"),
            ("case when key like 'A%' then 1 else 2 end", "CASE WHEN `key` LIKE 'A%' THEN 1 ELSE 2 END"),
            ("cast(price AS Text) collate nocase", "CAST(price AS text) COLLATE NOCASE"),
            ("-(price)", "-(price)"),
            ("(price", "(price"),
            ("'open", "'open"),
        ] {
            assert_eq!(expression(text, &columns), expected);
            assert_eq!(expression(expected, &columns), expected, "normal form is stable");
        }
    }

    #[test]
    fn spellings_of_a_default_meet() {
        for (text, expected, plain) in [
            ("'a'", "'a'", true),
            ("\"a\"", "'a'", true),
            ("active", "'active'", true),
            ("True", "TRUE", true),
            ("- 1", "-1", true),
            ("current_timestamp", "CURRENT_TIMESTAMP", true),
            ("(datetime( 'now' ))", "datetime('now')", false),
            ("1+2", "1 + 2", false),
        ] {
            assert_eq!(default(text), expected);
            assert_eq!(is_literal(expected), plain, "{expected}");
        }
        assert!(is_constant("-1") && !is_constant("CURRENT_DATE") && !is_constant("1 + 2"));
    }

    #[test]
    fn spellings_of_a_type_meet() {
        assert_eq!(ty("VARCHAR ( 10 )"), "varchar(10)");
        assert_eq!(ty("Unsigned  Big INT"), "unsigned big int");
        assert_eq!(ty("decimal(10 , -2)"), "decimal(10,-2)");
        assert_eq!(ty(""), "");
    }

    #[test]
    fn spellings_of_a_definition_meet() {
        assert_eq!(
            definition("CREATE VIEW \"V\" as\n  SELECT [A], b AS Total -- all\n FROM `T`;"),
            definition("create view v AS select a, B as \"Total\" from t")
        );
        assert_ne!(definition("CREATE VIEW v AS SELECT 'a'"), definition("CREATE VIEW v AS SELECT 'A'"));
        assert_ne!(
            definition("CREATE VIEW v AS SELECT a AS x"),
            definition("CREATE VIEW v AS SELECT a AS X")
        );
    }
}

//! SQLite's tokens, with their kinds; comments and space are left out.

use sqlite3_parser::lexer::{
    Scanner,
    sql::{TokenType, Tokenizer},
};

/// One token of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text, with its quotes.
    pub text: &'a str,
    /// Its first byte in the statement.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// The kinds of token that reading a definition needs to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword that can never be a name.
    Reserved,
    /// A keyword that is also accepted as a name, for example `key`.
    Keyword,
    /// A bare name.
    Name,
    /// A name in quotes of any kind; `"x"` may turn out to be a string.
    Quoted,
    /// A string, a number, a blob, a variable.
    Literal,
    /// An operator or a mark.
    Mark,
}

impl Token<'_> {
    /// Whether it is this bare word, in any case; a quoted name never is.
    pub fn is(&self, word: &str) -> bool {
        self.kind != TokenKind::Quoted && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is a word without quotes: a name or any keyword.
    pub fn is_word(&self) -> bool {
        matches!(self.kind, TokenKind::Reserved | TokenKind::Keyword | TokenKind::Name)
    }

    /// The name that it stands for, without quotes.
    pub fn name(&self) -> String {
        unquote(self.text)
    }
}

/// The tokens of a text; none where the lexer cannot read it.
pub fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut scanner = Scanner::new(Tokenizer::new());
    let mut tokens = Vec::new();
    loop {
        let (start, token, end) = scanner.scan(text.as_bytes()).ok()?;
        let Some((_, ty)) = token else { return Some(tokens) };
        let text = text.get(start..end)?;
        tokens.push(Token { kind: kind(text, ty), text, start, end });
    }
}

/// Whether a bare name would be read as that name: a plain word that is not a keyword of any kind.
pub fn is_plain_name(name: &str) -> bool {
    matches!(tokens(name).as_deref(), Some([token]) if token.kind == TokenKind::Name && token.text == name)
}

fn kind(text: &str, ty: TokenType) -> TokenKind {
    match text.as_bytes().first() {
        Some(b'"' | b'`' | b'[') => TokenKind::Quoted,
        Some(b'\'' | b'0'..=b'9' | b'?' | b'$' | b'@' | b'#' | b':') => TokenKind::Literal,
        Some(b'.') if text.len() > 1 => TokenKind::Literal,
        Some(b'x' | b'X') if text.ends_with('\'') => TokenKind::Literal,
        Some(byte) if !byte.is_ascii_alphabetic() && *byte != b'_' && byte.is_ascii() => TokenKind::Mark,
        _ if matches!(ty, TokenType::TK_ID) => TokenKind::Name,
        _ if RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word)) => TokenKind::Reserved,
        _ => TokenKind::Keyword,
    }
}

/// The keywords that SQLite's grammar never takes for a name (parse.y: all without a fallback to ID).
const RESERVED: [&str; 61] = [
    "ADD",
    "ALL",
    "ALTER",
    "AND",
    "AS",
    "AUTOINCREMENT",
    "BETWEEN",
    "CASE",
    "CHECK",
    "COLLATE",
    "COMMIT",
    "CONSTRAINT",
    "CREATE",
    "DEFAULT",
    "DEFERRABLE",
    "DELETE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "FOREIGN",
    "FROM",
    "GROUP",
    "HAVING",
    "IN",
    "INDEX",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "LIMIT",
    "NOT",
    "NOTHING",
    "NOTNULL",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "PRIMARY",
    "REFERENCES",
    "RETURNING",
    "SELECT",
    "SET",
    "TABLE",
    "THEN",
    "TO",
    "TRANSACTION",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "OVER",
    "FILTER",
];

fn unquote(text: &str) -> String {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '"' | '`' | '[' | '\'')) else {
        return text.to_owned();
    };
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    if quote == '[' {
        return inner.to_owned();
    }
    let (twice, once) = (format!("{quote}{quote}"), quote.to_string());
    inner.replace(&twice, &once)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_names_and_literals_are_told_apart() {
        use TokenKind::*;
        let kinds = |text| tokens(text).unwrap().iter().map(|token| token.kind).collect::<Vec<_>>();
        assert_eq!(kinds("select key, é /* x */ -- y"), [Reserved, Keyword, Mark, Name]);
        assert_eq!(
            kinds("\"a\" [b c] `d` 'e' x'00' .5 0x1f"),
            [Quoted, Quoted, Quoted, Literal, Literal, Literal, Literal]
        );
    }

    #[test]
    fn quotes_come_off_names() {
        let names: Vec<_> =
            tokens("\"x\"\"y\" [a b] `c``d` plain").unwrap().iter().map(Token::name).collect();
        assert_eq!(names, ["x\"y", "a b", "c`d", "plain"]);
    }

    #[test]
    fn text_that_ends_in_a_quote_has_no_tokens() {
        assert_eq!(tokens("'abc"), None);
        assert_eq!(tokens("/* abc"), None);
    }

    #[test]
    fn only_plain_words_need_no_quotes() {
        assert!(is_plain_name("users"));
        for name in ["order", "key", "a b", "x\"y", "1a", "", "a--", "[a]"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}

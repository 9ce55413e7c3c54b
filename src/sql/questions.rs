//! What lint asks about the words of a statement; no grammar is needed to answer.
//!
//! An answer may miss what is written in an unusual way. It errs on the side of doubt: a guard is
//! only one that is clearly there.

use super::{
    Syntax,
    lexeme::Kind,
    tokens::{Token, Tokens, unquote},
};

/// An INSERT … SELECT, as far as columns go with values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied<'a> {
    /// The columns that are written; empty where the statement names none.
    pub columns: Vec<String>,
    /// What is selected for them, as written.
    pub values: Vec<&'a str>,
}

impl<'a> Copied<'a> {
    /// Reads a statement; none for anything but an INSERT … SELECT of a plain list.
    pub fn read(sql: &'a str, syntax: &Syntax) -> Option<Self> {
        let mut tokens = Tokens::new(sql, *syntax);
        while !tokens.take("into") {
            tokens.next()?;
        }
        tokens.name()?;
        let columns = if tokens.symbol(b'(') { column_list(&mut tokens)? } else { Vec::new() };
        if !tokens.take("select") || tokens.peek()?.is("distinct") {
            return None;
        }
        Some(Self { columns, values: select_list(&mut tokens) })
    }

    /// What is written into the column; none where that is not known or nothing is.
    ///
    /// `all` are the columns that the table takes values for, in order: what a statement means that names none.
    pub fn value_of<'n>(&'n self, column: &str, all: impl Iterator<Item = &'n str>) -> Option<&'a str> {
        let named = self.columns.iter().map(String::as_str);
        let columns: Vec<&str> = if self.columns.is_empty() { all.collect() } else { named.collect() };
        let at = columns.iter().position(|name| name.eq_ignore_ascii_case(column))?;
        (columns.len() == self.values.len()).then(|| self.values[at])
    }

    /// Whether something is written into the column, or may be.
    pub fn writes(&self, column: &str) -> bool {
        self.columns.is_empty() || self.columns.iter().any(|name| name.eq_ignore_ascii_case(column))
    }
}

/// Whether the statement looks for rows in which the column is NULL.
pub fn tests_for_null(sql: &str, column: &str, syntax: &Syntax) -> bool {
    let tokens = Tokens::new(sql, *syntax);
    let words = tokens.rest();
    let is_null = |three: &[Token<'_>]| three[1].is("is") && three[2].is("null");
    words.windows(3).any(|three| names(&three[0], column) && is_null(three))
        || words.windows(2).any(|two| names(&two[0], column) && two[1].is("isnull"))
}

/// Whether the condition is false or unknown for NULL in the column: `column IS NOT NULL`, alone or with AND.
pub fn forbids_null(condition: &str, column: &str, syntax: &Syntax) -> bool {
    let tokens = Tokens::new(condition, *syntax);
    let words = tokens.rest();
    let is_not_null = |four: &&[Token<'_>]| four[1].is("is") && four[2].is("not") && four[3].is("null");
    let tests = || words.windows(4).filter(is_not_null);
    let negations = words.iter().filter(|token| token.is("not")).count();
    let chooses = words.iter().any(|token| token.is_any(&["or", "case", "iif"]));
    !chooses && negations == tests().count() && tests().any(|four| names(&four[0], column))
}

/// Whether the value is never NULL: a literal, or something with COALESCE, IFNULL or CASE in it.
pub fn guards_null(value: &str, syntax: &Syntax) -> bool {
    let tokens = Tokens::new(value, *syntax);
    match tokens.rest() {
        [only] => only.text.starts_with(|first: char| first == '\'' || first.is_ascii_digit()),
        words => words.iter().any(|token| token.is_any(&["coalesce", "ifnull", "case", "iif"])),
    }
}

/// The clause for which a copy of rows may leave some out, as words; none where it takes every row.
///
/// Only the outermost SELECT counts, and no UNION, whose parts may have all rows together.
pub fn leaves_out(sql: &str, syntax: &Syntax) -> Option<&'static str> {
    let mut tokens = Tokens::new(sql, *syntax);
    let mut outer: Vec<Token<'_>> = Vec::new();
    while let Some(token) = tokens.peek() {
        outer.push(token);
        tokens.group();
    }
    let select = outer.iter().position(|token| token.is("select"))?;
    let (head, query) = outer.split_at(select);
    if query.iter().any(|token| token.is("union")) {
        return None;
    }
    if head.windows(2).any(|two| two[0].is("or") && two[1].is("ignore")) {
        return Some("OR IGNORE");
    }
    if head.first().is_some_and(|first| first.is("replace")) || head.iter().any(|word| word.is("replace")) {
        return Some("REPLACE");
    }
    if query.windows(2).any(|two| two[0].is("on") && two[1].is("conflict")) {
        return Some("ON CONFLICT");
    }
    if head.iter().any(|word| word.is("with")) {
        return Some("WITH");
    }
    if query.windows(2).any(|two| two[0].is_any(&AGGREGATES) && two[1].text == "(") {
        return Some("an aggregate");
    }
    if let Some(sources) = query.iter().position(|token| token.is("from")).map(|from| &query[from + 1..]) {
        if sources.first().is_some_and(|first| first.text == "(") {
            return Some("a subquery");
        }
        let ends = |token: &Token<'_>| CLAUSES.iter().any(|clause| token.is(clause.trim_end_matches(" BY")));
        if sources
            .iter()
            .take_while(|token| !ends(token) && !token.is("order"))
            .any(|token| token.text == ",")
        {
            return Some("a second table");
        }
    }
    if query.get(1).is_some_and(|token| token.is("distinct")) {
        return Some("DISTINCT");
    }
    query.iter().enumerate().find_map(|(at, token)| {
        let clause = CLAUSES.into_iter().find(|clause| token.is(clause.trim_end_matches(" BY")))?;
        let leaves_out = match clause {
            "WHERE" => !is_always_true(&query[at + 1..]),
            "JOIN" => !query[at.saturating_sub(2)..at].iter().any(|word| word.is_any(&["left", "full"])),
            _ => true,
        };
        leaves_out.then_some(clause)
    })
}

/// Functions that make one row of many.
const AGGREGATES: [&str; 7] =
    ["count", "sum", "total", "avg", "group_concat", "string_agg", "json_group_array"];

/// What stands between a query and fewer rows.
const CLAUSES: [&str; 7] = ["WHERE", "JOIN", "GROUP BY", "HAVING", "LIMIT", "EXCEPT", "INTERSECT"];

/// Whether the condition is the one that only stands there for the grammar, as before ON CONFLICT.
fn is_always_true(condition: &[Token<'_>]) -> bool {
    let ends = |next: Option<&Token<'_>>| next.is_none_or(|next| next.is_any(&["on", "order"]));
    condition.first().is_some_and(|first| first.is("true") || first.text == "1") && ends(condition.get(1))
}

/// Every word and quoted name of the text, without quotes.
pub fn words(sql: &str, syntax: &Syntax) -> Vec<String> {
    Tokens::new(sql, *syntax).rest().iter().filter_map(Token::name).collect()
}

/// Whether the name stands anywhere in the text as a word or quoted name.
pub fn mentions(sql: &str, name: &str, syntax: &Syntax) -> bool {
    Tokens::new(sql, *syntax).rest().iter().any(|token| names(token, name))
}

fn names(token: &Token<'_>, name: &str) -> bool {
    matches!(token.kind, Kind::Word | Kind::Quoted) && unquote(token.text).eq_ignore_ascii_case(name)
}

fn column_list(tokens: &mut Tokens<'_>) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    loop {
        columns.push(tokens.next()?.name()?);
        if tokens.symbol(b')') {
            return Some(columns);
        }
        if !tokens.symbol(b',') {
            return None;
        }
    }
}

/// The parts between the commas up to FROM or the end.
fn select_list<'a>(tokens: &mut Tokens<'a>) -> Vec<&'a str> {
    let mut values = Vec::new();
    let mut value = None;
    while let Some(token) = tokens.peek() {
        if token.is("from") {
            break;
        }
        if tokens.symbol(b',') {
            values.extend(value.take().map(|span| tokens.text(span)));
            continue;
        }
        let Some(span) = tokens.group() else { break };
        value = Some(value.map_or(span, |value: crate::text::Span| value.joined(span)));
    }
    values.extend(value.map(|span| tokens.text(span)));
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQLITE: Syntax = Syntax::SQLITE;

    #[test]
    fn a_copy_pairs_columns_with_values() {
        let sql = r#"INSERT INTO "new users" (id, [e mail], at) SELECT id, COALESCE(email, ','), max(a, b) FROM users;"#;
        let copied = Copied::read(sql, &SQLITE).unwrap();
        assert_eq!(copied.value_of("E MAIL", [].into_iter()), Some("COALESCE(email, ',')"));
        assert_eq!(copied.value_of("at", [].into_iter()), Some("max(a, b)"));
        assert_eq!(copied.value_of("other", ["other"].into_iter()), None);
        assert!(!copied.writes("other"));
    }

    #[test]
    fn a_copy_without_names_may_write_every_column() {
        let copied = Copied::read("INSERT INTO t SELECT * FROM users", &SQLITE).unwrap();
        assert!(copied.writes("id"));
        assert_eq!(copied.value_of("id", ["id", "name"].into_iter()), None, "`*` hides them");
        let copied = Copied::read("INSERT INTO t SELECT id, 0 FROM users", &SQLITE).unwrap();
        assert_eq!(copied.value_of("name", ["id", "name"].into_iter()), Some("0"));
        assert_eq!(copied.value_of("name", ["id", "name", "at"].into_iter()), None);
    }

    #[test]
    fn what_is_no_plain_copy_is_not_read_as_one() {
        for sql in ["INSERT INTO t VALUES (1)", "INSERT INTO", "INSERT INTO t (a", "SELECT 1", ""] {
            assert_eq!(Copied::read(sql, &SQLITE), None, "{sql}");
        }
    }

    #[test]
    fn a_copy_leaves_rows_out_by_a_clause_of_its_query() {
        for (sql, clause) in [
            ("INSERT INTO n SELECT * FROM t WHERE a > 1", Some("WHERE")),
            ("INSERT INTO n (a) SELECT DISTINCT a FROM t", Some("DISTINCT")),
            ("CREATE TABLE n AS SELECT a FROM t ORDER BY a LIMIT 5", Some("LIMIT")),
            ("INSERT INTO n SELECT t.a FROM t INNER JOIN u ON u.id = t.id", Some("JOIN")),
            ("INSERT OR IGNORE INTO n SELECT a FROM t", Some("OR IGNORE")),
            ("INSERT INTO n SELECT max(a) FROM t GROUP BY b", Some("GROUP BY")),
            ("INSERT INTO n SELECT t.a FROM t LEFT OUTER JOIN u ON u.id = t.id", None),
            ("INSERT INTO n SELECT (SELECT b FROM u WHERE u.id = t.id LIMIT 1) FROM t", None),
            ("INSERT INTO n SELECT a FROM t WHERE a UNION ALL SELECT b FROM t WHERE NOT a", None),
            ("INSERT INTO n SELECT a FROM t WHERE true ON CONFLICT DO UPDATE SET a = 1", Some("ON CONFLICT")),
            ("REPLACE INTO n SELECT a FROM t", Some("REPLACE")),
            ("WITH some AS (SELECT a FROM t LIMIT 1) INSERT INTO n SELECT a FROM some", Some("WITH")),
            ("INSERT INTO n SELECT count(*) FROM t", Some("an aggregate")),
            ("INSERT INTO n SELECT a FROM (SELECT a FROM t LIMIT 1)", Some("a subquery")),
            ("INSERT INTO n SELECT t.a FROM t, u", Some("a second table")),
            ("INSERT INTO n SELECT a, \"where\" FROM t ORDER BY a", None),
            ("INSERT INTO n VALUES (1)", None),
        ] {
            assert_eq!(leaves_out(sql, &SQLITE), clause, "{sql}");
        }
    }

    #[test]
    fn a_where_finds_the_rows_without_a_value() {
        for sql in ["UPDATE t SET a = 1 WHERE a IS NULL", r#"UPDATE t SET "a" = 1 WHERE t."a" isnull and b"#]
        {
            assert!(tests_for_null(sql, "A", &SQLITE), "{sql}");
        }
        for sql in ["UPDATE t SET a = 1 WHERE b IS NULL", "UPDATE t SET a = 1 WHERE a IS NOT NULL"] {
            assert!(!tests_for_null(sql, "a", &SQLITE), "{sql}");
        }
    }

    #[test]
    fn a_check_forbids_null_only_where_nothing_lets_it_through() {
        for check in ["a IS NOT NULL", "(a is not null AND length(a) > 3)", r#""a" IS NOT NULL"#] {
            assert!(forbids_null(check, "a", &SQLITE), "{check}");
        }
        for check in [
            "a IS NOT NULL OR b",
            "b IS NOT NULL",
            "NOT (a IS NOT NULL)",
            "a > 3",
            "iif(b, a IS NOT NULL, 1)",
        ] {
            assert!(!forbids_null(check, "a", &SQLITE), "{check}");
        }
    }

    #[test]
    fn a_guard_is_clearly_there() {
        for value in ["0", "'x'", "COALESCE(a, 0)", "lower(ifnull(a, ''))", "CASE WHEN a IS NULL THEN 1 END"]
        {
            assert!(guards_null(value, &SQLITE), "{value}");
        }
        for value in ["a", "t.a", "NULL", "lower(a)", r#""a""#, ""] {
            assert!(!guards_null(value, &SQLITE), "{value}");
        }
    }
}

//! What SQLite's pragmas do not tell about a table or an index, read from its stored CREATE statement.
//!
//! SQLite has accepted the text already, so this reads tokens forward and checks no grammar. What it
//! does not recognise it skips; the pragmas remain the truth for everything that they show.

use super::sqlite_tokens::{Token, TokenKind, tokens};

/// What the text of a CREATE TABLE says beyond the pragmas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableText {
    /// The columns in order.
    pub columns: Vec<ColumnText>,
    /// The primary key, on a column or on the table.
    pub primary_key: Option<KeyText>,
    /// UNIQUE constraints, on columns or on the table.
    pub uniques: Vec<KeyText>,
    /// CHECK constraints, on columns or on the table: name and condition as written.
    pub checks: Vec<(Option<String>, String)>,
    /// Foreign keys in the order of the text.
    pub foreign_keys: Vec<ForeignKeyText>,
    /// AUTOINCREMENT.
    pub auto_increment: bool,
}

/// What the text says about one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnText {
    /// Its name.
    pub name: String,
    /// COLLATE.
    pub collation: Option<String>,
    /// NOT NULL ON CONFLICT, as written.
    pub on_null: Option<String>,
    /// The expression of GENERATED ALWAYS AS, as written.
    pub generated: Option<String>,
}

/// What the text says about a primary key or a UNIQUE constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyText {
    /// CONSTRAINT.
    pub name: Option<String>,
    /// The columns as written, without quotes.
    pub columns: Vec<String>,
    /// ON CONFLICT, as written.
    pub on_conflict: Option<String>,
}

/// What the text says about a foreign key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignKeyText {
    /// CONSTRAINT.
    pub name: Option<String>,
    /// The columns of this table.
    pub columns: Vec<String>,
    /// DEFERRABLE INITIALLY DEFERRED.
    pub deferred: bool,
}

/// What the text of a CREATE INDEX says beyond the pragmas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexText {
    /// The parts as written, without ASC or DESC.
    pub parts: Vec<String>,
    /// The condition as written.
    pub predicate: Option<String>,
}

/// Reads the text of a CREATE TABLE; none where it is not one.
pub fn table(sql: &str) -> Option<TableText> {
    let tokens = tokens(sql)?;
    let open = tokens.iter().position(|token| token.text == "(")?;
    tokens[..open].iter().find(|token| token.is("TABLE"))?;
    let mut reader = Reader { sql, tokens: &tokens, at: open + 1 };
    let mut table = TableText::default();
    while let Some(token) = reader.peek() {
        if token.text == ")" {
            break;
        } else if token.text == "," {
            reader.at += 1;
        } else if is_table_constraint(token) {
            reader.table_constraint(&mut table);
        } else {
            reader.column(&mut table);
        }
    }
    Some(table)
}

/// Reads the text of a CREATE INDEX; none where it is not one.
pub fn index(sql: &str) -> Option<IndexText> {
    let tokens = tokens(sql)?;
    let on = tokens.iter().position(|token| token.is("ON"))?;
    let open = on + tokens[on..].iter().position(|token| token.text == "(")?;
    let mut reader = Reader { sql, tokens: &tokens, at: open };
    let group = reader.group();
    let parts = split(group).map(|part| text_of(sql, without_order(part))).collect();
    let predicate = reader.take("WHERE").then(|| {
        let rest = &tokens[reader.at..];
        let end = rest.iter().position(|token| token.text == ";").unwrap_or(rest.len());
        text_of(sql, &rest[..end])
    });
    Some(IndexText { parts, predicate })
}

fn is_table_constraint(token: &Token<'_>) -> bool {
    ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|word| token.is(word))
}

/// The text between the first and the last of some tokens.
fn text_of(sql: &str, tokens: &[Token<'_>]) -> String {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => sql.get(first.start..last.end).unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}

/// A part of an index without ASC, DESC and NULLS at its end.
fn without_order<'t, 'a>(mut part: &'t [Token<'a>]) -> &'t [Token<'a>] {
    while let [rest @ .., last] = part
        && !rest.is_empty()
        && ["ASC", "DESC", "NULLS", "FIRST", "LAST"].iter().any(|word| last.is(word))
    {
        part = rest;
    }
    part
}

/// Splits at the commas that stand outside of parentheses.
fn split<'t, 'a>(group: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let mut depth = 0_usize;
    group.split(move |token| {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.text == ","
    })
}

struct Reader<'t, 'a> {
    sql: &'a str,
    tokens: &'t [Token<'a>],
    at: usize,
}

impl<'t, 'a> Reader<'t, 'a> {
    fn peek(&self) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'t Token<'a>> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    /// Steps over the word if it is next.
    fn take(&mut self, word: &str) -> bool {
        let here = self.peek().is_some_and(|token| token.is(word));
        self.at += usize::from(here);
        here
    }

    /// The tokens inside the parentheses that open here, if they do; steps over all of it.
    fn group(&mut self) -> &'t [Token<'a>] {
        if self.peek().is_none_or(|token| token.text != "(") {
            return &[];
        }
        let (start, mut depth) = (self.at + 1, 0_usize);
        while let Some(token) = self.next() {
            match token.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return &self.tokens[start..self.at - 1];
            }
        }
        &[]
    }

    fn group_text(&mut self) -> String {
        let group = self.group();
        text_of(self.sql, group)
    }

    /// ON CONFLICT with its resolution, as written.
    fn conflict(&mut self) -> Option<String> {
        let [on, conflict, how, ..] = self.tokens.get(self.at..)? else { return None };
        (on.is("ON") && conflict.is("CONFLICT")).then(|| {
            self.at += 3;
            how.text.to_owned()
        })
    }

    fn key(&mut self, name: Option<String>, columns: Vec<String>) -> KeyText {
        KeyText { name, columns, on_conflict: self.conflict() }
    }

    fn names(&mut self) -> Vec<String> {
        split(self.group()).filter_map(|part| part.first().map(Token::name)).collect()
    }

    fn table_constraint(&mut self, table: &mut TableText) {
        let mut name = None;
        while self.take("CONSTRAINT") {
            name = self.next().map(Token::name);
        }
        if self.take("PRIMARY") {
            self.take("KEY");
            // AUTOINCREMENT may stand after the column, inside the parentheses.
            let group = self.group();
            table.auto_increment |= group.iter().any(|token| token.is("AUTOINCREMENT"));
            let columns = split(group).filter_map(|part| part.first().map(Token::name)).collect();
            table.primary_key = Some(self.key(name, columns));
        } else if self.take("UNIQUE") {
            let columns = self.names();
            let key = self.key(name, columns);
            table.uniques.push(key);
        } else if self.take("CHECK") {
            table.checks.push((name, self.group_text()));
            self.conflict();
        } else if self.take("FOREIGN") {
            self.take("KEY");
            let columns = self.names();
            self.take("REFERENCES");
            self.reference();
            let deferred = self.deferrable().unwrap_or_default();
            table.foreign_keys.push(ForeignKeyText { name, columns, deferred });
        } else {
            self.at += 1;
        }
    }

    fn column(&mut self, table: &mut TableText) {
        let Some(name) = self.next().map(Token::name) else { return };
        let mut column = ColumnText { name, ..ColumnText::default() };
        let mut constraint = None;
        while let Some(token) = self.peek() {
            if token.text == "," || token.text == ")" {
                break;
            }
            if self.take("CONSTRAINT") {
                constraint = self.next().map(Token::name);
                continue;
            }
            self.column_part(table, &mut column, &mut constraint);
        }
        table.columns.push(column);
    }

    /// One constraint of a column, or one token of its type.
    fn column_part(
        &mut self,
        table: &mut TableText,
        column: &mut ColumnText,
        constraint: &mut Option<String>,
    ) {
        let name = column.name.clone();
        if let Some(deferred) = self.deferrable() {
            if let Some(key) = table.foreign_keys.last_mut() {
                key.deferred = deferred;
            }
        } else if self.take("NOT") {
            self.take("NULL");
            column.on_null = self.conflict();
            *constraint = None;
        } else if self.take("PRIMARY") {
            self.take("KEY");
            let _ = self.take("ASC") || self.take("DESC");
            table.primary_key = Some(self.key(constraint.take(), vec![name]));
            table.auto_increment |= self.take("AUTOINCREMENT");
        } else if self.take("UNIQUE") {
            let key = self.key(constraint.take(), vec![name]);
            table.uniques.push(key);
        } else if self.take("CHECK") {
            table.checks.push((constraint.take(), self.group_text()));
        } else if self.take("REFERENCES") {
            self.reference();
            let key = ForeignKeyText { name: constraint.take(), columns: vec![name], deferred: false };
            table.foreign_keys.push(key);
        } else if self.take("COLLATE") {
            column.collation = self.next().map(Token::name);
        } else if self.take("AS") {
            column.generated = Some(self.group_text());
        } else if self.take("DEFAULT") {
            self.default_value();
        } else if self.peek().is_some_and(|token| token.text == "(") {
            self.group();
        } else {
            self.at += 1;
        }
    }

    fn default_value(&mut self) {
        match self.peek().map(|token| token.text) {
            Some("(") => {
                self.group();
            }
            Some("+" | "-") => self.at += 2,
            _ => self.at += 1,
        }
    }

    /// The table, columns and actions after REFERENCES.
    fn reference(&mut self) {
        self.at += 1;
        self.group();
        loop {
            if self.take("MATCH") {
                self.at += 1;
            } else if self.peek().is_some_and(|token| token.is("ON"))
                && !self.tokens.get(self.at + 1).is_some_and(|token| token.is("CONFLICT"))
            {
                self.at += 2;
                // CASCADE and RESTRICT are one word; the others have SET or NO before it.
                let _ = self.take("SET") || self.take("NO");
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// `[NOT] DEFERRABLE [INITIALLY …]`, as whether it is checked at commit.
    fn deferrable(&mut self) -> Option<bool> {
        let not = self.peek().is_some_and(|token| token.is("NOT"));
        if !self.tokens.get(self.at + usize::from(not)).is_some_and(|token| token.is("DEFERRABLE")) {
            return None;
        }
        self.at += 1 + usize::from(not);
        let late = self.take("INITIALLY") && self.next().is_some_and(|token| token.is("DEFERRED"));
        Some(late && !not)
    }
}

/// The words of a definition that may name a table, a view or a column, in lower case, sorted.
pub fn mentioned(sql: &str) -> Vec<String> {
    let mut names: Vec<String> = tokens(sql)
        .unwrap_or_default()
        .iter()
        .filter(|token| {
            matches!(token.kind, TokenKind::Name | TokenKind::Quoted | TokenKind::Keyword)
                || token.text.starts_with('\'')
        })
        .map(|token| token.name().to_ascii_lowercase())
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_gives_what_pragmas_hide() {
        let text = table(
            "CREATE TABLE \"t x\" (id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT, \
             [a] VARCHAR(10, 2) NOT NULL ON CONFLICT REPLACE DEFAULT (1 + (2)) COLLATE \"NoCase\" \
             CONSTRAINT pos CHECK (a > ')' AND (a <> 1)) UNIQUE ON CONFLICT IGNORE, \
             b REFERENCES u (x) ON DELETE SET NULL ON UPDATE CASCADE NOT NULL DEFERRABLE INITIALLY DEFERRED, \
             c GENERATED ALWAYS AS (a || b) STORED, \
             CONSTRAINT f FOREIGN KEY (a, b) REFERENCES u MATCH FULL NOT DEFERRABLE INITIALLY DEFERRED \
             UNIQUE (a, b) CHECK (1)) STRICT",
        )
        .unwrap();
        assert_eq!(
            text.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
            ["id", "a", "b", "c"]
        );
        assert!(text.auto_increment);
        assert_eq!(text.primary_key.unwrap().name.as_deref(), Some("pk"));
        assert_eq!(text.columns[1].collation.as_deref(), Some("NoCase"));
        assert_eq!(text.columns[1].on_null.as_deref(), Some("REPLACE"));
        assert_eq!(text.columns[3].generated.as_deref(), Some("a || b"));
        assert_eq!(
            text.checks,
            [(Some("pos".to_owned()), "a > ')' AND (a <> 1)".to_owned()), (None, "1".to_owned())]
        );
        assert_eq!(text.uniques.len(), 2);
        assert_eq!(text.uniques[0].on_conflict.as_deref(), Some("IGNORE"));
        let keys = text.foreign_keys;
        assert_eq!((keys[0].columns.as_slice(), keys[0].deferred), (["b".to_owned()].as_slice(), true));
        assert_eq!((keys[1].name.as_deref(), keys[1].deferred), (Some("f"), false));
    }

    #[test]
    fn an_index_gives_its_expressions_and_its_condition() {
        let text =
            index("CREATE UNIQUE INDEX i ON t (a DESC, lower(b, 'x,y') COLLATE NOCASE ASC) WHERE a > 0");
        let text = text.unwrap();
        assert_eq!(text.parts, ["a", "lower(b, 'x,y') COLLATE NOCASE"]);
        assert_eq!(text.predicate.as_deref(), Some("a > 0"));
    }

    #[test]
    fn broken_text_is_read_without_a_panic() {
        for sql in [
            "",
            "CREATE TABLE",
            "CREATE TABLE t (",
            "CREATE TABLE t (a DEFAULT",
            "CREATE TABLE t (a REFERENCES",
            "CREATE TABLE t (a ON CONFLICT",
            "CREATE TABLE t (FOREIGN",
            "CREATE TABLE t (CONSTRAINT",
            "CREATE TABLE t ())))",
        ] {
            let _ = table(sql);
            let _ = index(sql);
        }
        assert_eq!(index("CREATE INDEX i ON"), None);
    }
}

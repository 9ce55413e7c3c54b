//! What the first words of a statement say, where no grammar took it.

use std::collections::BTreeSet;

use crate::sql::{
    Alter, ColumnFacts, Facts, Kind, Syntax, Transaction, lexeme,
    tokens::{Token, Tokens},
};

use super::{column, is_temporary, object, sorted};

/// What a statement is about by its words alone.
pub(super) fn classify(sql: &str) -> Facts {
    let mut tokens = Tokens::new(sql, Syntax::SQLITE);
    let reads = reads(tokens.rest());
    Facts { kind: kind(&mut tokens).unwrap_or(Kind::Opaque), reads }
}

/// What ADD COLUMN says after the name of the column.
pub(super) fn added_column(sql: &str) -> ColumnFacts {
    match kind(&mut Tokens::new(sql, Syntax::SQLITE)) {
        Some(Kind::AlterTable { action: Alter::AddColumn { definition, .. }, .. }) => definition,
        _ => ColumnFacts::default(),
    }
}

fn kind(tokens: &mut Tokens<'_>) -> Option<Kind> {
    let Some(first) = tokens.next() else { return Some(Kind::Select) };
    let word = first.text.to_ascii_uppercase();
    match word.as_str() {
        "CREATE" => create(tokens),
        "DROP" => drop(tokens),
        "ALTER" => alter(tokens),
        "INSERT" | "REPLACE" => insert(tokens),
        "UPDATE" => update(tokens),
        "DELETE" => delete(tokens),
        "WITH" => with(tokens),
        "SELECT" | "VALUES" | "EXPLAIN" => Some(Kind::Select),
        "PRAGMA" => pragma(tokens),
        "BEGIN" | "START" => Some(Kind::Transaction(Transaction::Begin)),
        "COMMIT" | "END" => Some(Kind::Transaction(Transaction::Commit)),
        "ROLLBACK" => Some(Kind::Transaction(rollback(tokens))),
        "SAVEPOINT" | "RELEASE" => Some(Kind::Transaction(Transaction::Savepoint)),
        "ATTACH" | "DETACH" => Some(Kind::Attach),
        "VACUUM" => Some(Kind::Vacuum),
        "REINDEX" | "ANALYZE" => Some(Kind::Maintain),
        _ => None,
    }
}

/// ROLLBACK ends the transaction, ROLLBACK TO a savepoint does not.
fn rollback(tokens: &mut Tokens<'_>) -> Transaction {
    tokens.take("TRANSACTION");
    if tokens.take("TO") { Transaction::Savepoint } else { Transaction::Rollback }
}

fn create(tokens: &mut Tokens<'_>) -> Option<Kind> {
    tokens.take_all(&["OR", "REPLACE"]);
    let temporary = tokens.take("TEMP") || tokens.take("TEMPORARY");
    let unique = tokens.take("UNIQUE");
    let virtual_table = tokens.take("VIRTUAL");
    tokens.take("MATERIALIZED");
    let object_kind = tokens.next()?.text.to_ascii_uppercase();
    tokens.take("CONCURRENTLY");
    let if_not_exists = tokens.take_all(&["IF", "NOT", "EXISTS"]);
    let (schema, name) = tokens.name()?;
    let schema = if temporary { Some("temp".to_owned()) } else { schema };
    match object_kind.as_str() {
        "TABLE" if virtual_table => Some(Kind::CreateVirtualTable { table: object(schema.as_deref(), name) }),
        "TABLE" => Some(Kind::CreateTable {
            table: name,
            if_not_exists,
            temporary: schema.as_deref().is_some_and(is_temporary),
        }),
        "VIEW" => Some(Kind::CreateView { view: object(schema.as_deref(), name) }),
        "INDEX" => {
            after(tokens, "ON")?;
            let (_, table) = tokens.name()?;
            Some(Kind::CreateIndex { index: object(schema.as_deref(), name), table, unique })
        }
        "TRIGGER" => {
            after(tokens, "ON")?;
            let (on_schema, on) = tokens.name()?;
            let trigger = object(schema.as_deref(), name);
            Some(Kind::CreateTrigger { trigger, on: object(on_schema.as_deref(), on) })
        }
        _ => None,
    }
}

fn drop(tokens: &mut Tokens<'_>) -> Option<Kind> {
    let object_kind = tokens.next()?.text.to_ascii_uppercase();
    tokens.take("CONCURRENTLY");
    let if_exists = tokens.take_all(&["IF", "EXISTS"]);
    let (schema, name) = tokens.name()?;
    if tokens.rest().iter().any(|token| token.kind == lexeme::Kind::Symbol(b',')) {
        return None;
    }
    let name = object(schema.as_deref(), name);
    match object_kind.as_str() {
        "TABLE" => Some(Kind::DropTable { table: name, if_exists }),
        "INDEX" => Some(Kind::DropIndex { index: name }),
        "VIEW" => Some(Kind::DropView { view: name }),
        "TRIGGER" => Some(Kind::DropTrigger { trigger: name }),
        "SCHEMA" | "DATABASE" => Some(Kind::DropSchema { schema: name }),
        _ => None,
    }
}

fn alter(tokens: &mut Tokens<'_>) -> Option<Kind> {
    if !tokens.take("TABLE") {
        return None;
    }
    tokens.take_all(&["IF", "EXISTS"]);
    tokens.take("ONLY");
    let (schema, table) = tokens.name()?;
    let several = has_top_level_comma(tokens.rest());
    let action = if several { Alter::Other } else { action(tokens).unwrap_or(Alter::Other) };
    Some(Kind::AlterTable { table: object(schema.as_deref(), table), action })
}

/// What can stand after ADD or DROP in the place of a column.
const PARTS: [&str; 10] = [
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "FOREIGN",
    "CHECK",
    "INDEX",
    "KEY",
    "FULLTEXT",
    "SPATIAL",
    "PARTITION",
];

fn action(tokens: &mut Tokens<'_>) -> Option<Alter> {
    let verb = tokens.next()?;
    if verb.is("RENAME") && tokens.take("TO") {
        return Some(Alter::RenameTable { to: tokens.name()?.1 });
    }
    let column_said = tokens.take("COLUMN");
    if verb.is("RENAME") {
        let from = tokens.next()?.name()?;
        after(tokens, "TO")?;
        return Some(Alter::RenameColumn { from, to: tokens.next()?.name()? });
    }
    if !column_said && tokens.peek()?.is_any(&PARTS) {
        return None;
    }
    if verb.is("ADD") {
        tokens.take_all(&["IF", "NOT", "EXISTS"]);
        let column = tokens.next()?.name()?;
        return Some(Alter::AddColumn { column, definition: column::facts(tokens) });
    }
    if verb.is("DROP") {
        tokens.take_all(&["IF", "EXISTS"]);
        return Some(Alter::DropColumn { column: tokens.next()?.name()? });
    }
    None
}

fn insert(tokens: &mut Tokens<'_>) -> Option<Kind> {
    after(tokens, "INTO")?;
    let (schema, table) = tokens.name()?;
    Some(Kind::Insert { table: object(schema.as_deref(), table) })
}

fn update(tokens: &mut Tokens<'_>) -> Option<Kind> {
    if tokens.take("OR") {
        tokens.next();
    }
    let (schema, table) = tokens.name()?;
    let filtered = is_filtered(tokens.rest());
    let columns = assigned(tokens.rest());
    Some(Kind::Update { table: object(schema.as_deref(), table), filtered, columns })
}

fn delete(tokens: &mut Tokens<'_>) -> Option<Kind> {
    if !tokens.take("FROM") {
        return None;
    }
    let (schema, table) = tokens.name()?;
    Some(Kind::Delete { table: object(schema.as_deref(), table), filtered: is_filtered(tokens.rest()) })
}

/// Goes on behind the definitions of a WITH.
fn with(tokens: &mut Tokens<'_>) -> Option<Kind> {
    loop {
        let token = tokens.peek()?;
        if token.is_any(&["SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE"]) {
            return kind(tokens);
        }
        tokens.group();
    }
}

fn pragma(tokens: &mut Tokens<'_>) -> Option<Kind> {
    let (_, name) = tokens.name()?;
    let rest = tokens.rest();
    let value = match rest {
        [sign, first, ..] if matches!(sign.kind, lexeme::Kind::Symbol(b'=' | b'(')) => {
            let inner = rest.iter().skip(1).filter(|token| token.kind != lexeme::Kind::Symbol(b')'));
            let span = inner.fold(first.span, |span, token| span.joined(token.span));
            Some(tokens.text(span).to_owned())
        }
        _ => None,
    };
    Some(Kind::Pragma { name: name.to_ascii_lowercase(), value })
}

/// Takes all up to and with a word outside of parentheses.
fn after(tokens: &mut Tokens<'_>, word: &str) -> Option<()> {
    loop {
        if tokens.take(word) {
            return Some(());
        }
        tokens.group()?;
    }
}

fn is_filtered(rest: &[Token<'_>]) -> bool {
    outside(rest).any(|token| token.is("WHERE"))
}

/// The names that stand before an `=` between SET and WHERE.
fn assigned(rest: &[Token<'_>]) -> Vec<String> {
    let list: Vec<_> = outside(rest)
        .skip_while(|token| !token.is("SET"))
        .take_while(|token| !token.is_any(&["WHERE", "FROM", "RETURNING"]))
        .collect();
    let starts = list.windows(3).filter(|three| {
        three[2].kind == lexeme::Kind::Symbol(b'=')
            && (three[0].is("SET") || three[0].kind == lexeme::Kind::Symbol(b','))
    });
    starts.filter_map(|three| three[1].name()).collect()
}

fn has_top_level_comma(rest: &[Token<'_>]) -> bool {
    outside(rest).any(|token| token.kind == lexeme::Kind::Symbol(b','))
}

/// The tokens outside of parentheses.
fn outside<'a, 'b>(rest: &'a [Token<'b>]) -> impl Iterator<Item = &'a Token<'b>> {
    let mut depth = 0_usize;
    rest.iter().filter(move |token| {
        match token.kind {
            lexeme::Kind::Symbol(b'(') => depth += 1,
            lexeme::Kind::Symbol(b')') => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    })
}

/// The names behind FROM, JOIN, INTO and UPDATE, and in the list that a FROM starts.
fn reads(tokens: &[Token<'_>]) -> Vec<String> {
    let defined = defined(tokens);
    let mut found = Vec::new();
    // Whether a comma brings another table, for each open parenthesis.
    let mut listing = vec![false];
    for (at, token) in tokens.iter().enumerate() {
        let previous = at.checked_sub(1).map(|before| &tokens[before]);
        let lists = listing.last().copied().unwrap_or_default();
        let named = match token.kind {
            lexeme::Kind::Symbol(b'(') => {
                listing.push(previous.is_some_and(|before| before.is_any(&["FROM", "JOIN"])));
                listing.len() > 2 && listing[listing.len() - 1]
            }
            lexeme::Kind::Symbol(b')') => {
                if listing.len() > 1 {
                    listing.pop();
                }
                false
            }
            lexeme::Kind::Symbol(b',') => lists,
            _ if token.is("FROM") => {
                let compares = previous.is_some_and(|before| before.is("DISTINCT"));
                set_last(&mut listing, !compares);
                !compares
            }
            _ if token
                .is_any(&["SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "SET", "UNION", "ON"]) =>
            {
                set_last(&mut listing, false);
                false
            }
            _ => token.is_any(&["JOIN", "INTO"]) || (token.is("UPDATE") && !after_on(previous)),
        };
        if named && let Some(name) = table(&tokens[at + 1..]) {
            found.push(name);
        }
    }
    found.retain(|name| !defined.contains(&name.to_ascii_lowercase()));
    sorted(found)
}

fn set_last(listing: &mut [bool], value: bool) {
    if let Some(last) = listing.last_mut() {
        *last = value;
    }
}

/// ON UPDATE, DO UPDATE and FOR UPDATE name no table.
fn after_on(previous: Option<&Token<'_>>) -> bool {
    previous.is_some_and(|before| before.is_any(&["ON", "DO", "FOR", "AFTER", "BEFORE", "OF"]))
}

/// The name at the start, unless it is called as a function.
fn table(rest: &[Token<'_>]) -> Option<String> {
    let first = rest.first()?;
    if first.is_any(&["SELECT", "VALUES", "OR", "OF"]) {
        return None;
    }
    let name = first.name()?;
    let dotted = rest.get(1).is_some_and(|token| token.kind == lexeme::Kind::Symbol(b'.'));
    let (schema, name, next) =
        if dotted { (Some(name), rest.get(2)?.name()?, rest.get(3)) } else { (None, name, rest.get(1)) };
    let called = next.is_some_and(|token| token.kind == lexeme::Kind::Symbol(b'('));
    (!called).then(|| object(schema.as_deref(), name))
}

/// The names that a WITH defines, in lower case.
fn defined(tokens: &[Token<'_>]) -> BTreeSet<String> {
    if !tokens.iter().any(|token| token.is("WITH")) {
        return BTreeSet::new();
    }
    let pairs = tokens.windows(3).filter(|three| {
        three[1].is("AS")
            && (three[2].kind == lexeme::Kind::Symbol(b'(') || three[2].is_any(&["NOT", "MATERIALIZED"]))
    });
    pairs.filter_map(|three| three[0].name()).map(|name| name.to_ascii_lowercase()).collect()
}

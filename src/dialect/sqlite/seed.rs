//! Rows for the tables, so that what fails on data fails in review.
//!
//! Each value follows from the table, the column and the number of the row alone. A foreign key takes
//! the value that the same rule gives its target, so rows of different tables fit together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Sqlite, quote};
use crate::{
    dialect::Seed,
    planner,
    schema::{Column, ForeignKey, PartOn, Realm, Table},
    sql::{
        sqlite_ddl,
        sqlite_tokens::{Token, TokenKind, tokens},
    },
};

/// How many rows each table gets: one with NULLs, one without, and one that repeats it where it may.
const ROWS: usize = 3;

/// How far a chain of foreign keys is followed for a value.
const DEEPEST: usize = 16;

/// Rows for the tables and for those that they refer to, in the order of their foreign keys.
pub(super) fn seed(realm: &Realm, tables: &[&Table]) -> Vec<Seed> {
    let all: BTreeMap<String, &Table> =
        realm.tables().map(|table| (quote::key(&table.name), table)).collect();
    let mut wanted: BTreeMap<String, &Table> = BTreeMap::new();
    let mut open: Vec<String> = tables.iter().map(|table| quote::key(&table.name)).collect();
    while let Some(key) = open.pop() {
        if let (Some(table), false) = (all.get(&key), wanted.contains_key(&key)) {
            open.extend(table.foreign_keys.iter().map(|key| quote::key(&key.ref_table)));
            wanted.insert(key, table);
        }
    }
    let wanted: Vec<&Table> = wanted.into_values().collect();
    let ordered = planner::tables_in_order(&Sqlite, &wanted);
    let shapes =
        ordered.iter().enumerate().map(|(at, table)| (quote::key(&table.name), Shape::of(table, at)));
    let values = Values { tables: shapes.collect() };
    ordered
        .into_iter()
        .filter_map(|table| {
            let inserts: Vec<String> = (0..ROWS).filter_map(|row| values.insert(table, row)).collect();
            (!inserts.is_empty()).then(|| Seed { table: table.name.clone(), inserts })
        })
        .collect()
}

/// What decides the values of one table.
struct Shape<'a> {
    /// Where the table stands among those that are filled.
    place: usize,
    columns: BTreeMap<String, &'a Column>,
    /// Columns whose values must differ from row to row.
    unique: BTreeSet<String>,
    /// Columns that take no NULL though they are declared to.
    keyed: BTreeSet<String>,
    foreign: BTreeMap<String, (&'a ForeignKey, usize)>,
    limits: BTreeMap<String, Limits>,
}

impl<'a> Shape<'a> {
    fn of(table: &'a Table, place: usize) -> Self {
        let mut unique = BTreeSet::new();
        let mut keyed = BTreeSet::new();
        for part in table.primary_key.iter().flat_map(|key| &key.parts) {
            keyed.extend(part.column_name().map(quote::key));
        }
        let uniques = table.uniques.iter().map(|unique| &unique.parts);
        let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| &index.parts);
        for part in uniques.chain(indexes).flatten() {
            match &part.on {
                PartOn::Column(name) => unique.extend([quote::key(name)]),
                PartOn::Expr(text) => unique.extend(sqlite_ddl::mentioned(text)),
            }
        }
        unique.extend(keyed.iter().cloned());
        let mut foreign = BTreeMap::new();
        for key in &table.foreign_keys {
            let columns: Vec<String> = key.columns.iter().map(|name| quote::key(name)).collect();
            if columns.iter().any(|name| unique.contains(name)) {
                unique.extend(columns.iter().cloned());
            }
            for (at, name) in columns.into_iter().enumerate() {
                foreign.entry(name).or_insert((key, at));
            }
        }
        let columns: BTreeMap<_, _> =
            table.columns.iter().map(|column| (quote::key(&column.name), column)).collect();
        let mut limits = BTreeMap::new();
        for check in &table.checks {
            limits_of(&check.expr, &columns, &mut limits);
        }
        Self { place, columns, unique, keyed, foreign, limits }
    }
}

impl Shape<'_> {
    /// Whether a column refers to a table that is filled later, as only a cycle makes it.
    fn refers_to_later(&self, tables: &BTreeMap<String, Shape<'_>>, column: &str) -> bool {
        let target = self.foreign.get(column).and_then(|(key, _)| tables.get(&quote::key(&key.ref_table)));
        target.is_some_and(|target| target.place > self.place)
    }
}

struct Values<'a> {
    tables: BTreeMap<String, Shape<'a>>,
}

impl Values<'_> {
    fn insert(&self, table: &Table, row: usize) -> Option<String> {
        let columns: Vec<&Column> =
            table.columns.iter().filter(|column| column.generated.is_none()).collect();
        let values: Vec<String> = columns
            .iter()
            .map(|column| self.value(&table.name, &column.name, row, 0))
            .collect::<Option<_>>()?;
        (!columns.is_empty()).then(|| {
            format!(
                "INSERT INTO {} ({}) VALUES ({})",
                quote::name(&table.name),
                quote::names(columns.iter().map(|column| column.name.as_str())),
                values.join(", ")
            )
        })
    }

    fn value(&self, table: &str, column: &str, row: usize, depth: usize) -> Option<String> {
        let shape = self.tables.get(&quote::key(table))?;
        let key = quote::key(column);
        let definition = shape.columns.get(&key)?;
        let may_be_null = definition.nullable && !shape.keyed.contains(&key);
        if may_be_null && (row == 0 || shape.refers_to_later(&self.tables, &key)) {
            return Some("NULL".to_owned());
        }
        let row = if shape.unique.contains(&key) { row } else { row.min(1) };
        if let Some((foreign, at)) = shape.foreign.get(&key).filter(|_| depth < DEEPEST) {
            let target = foreign.ref_columns.get(*at);
            let itself = foreign.ref_table.eq_ignore_ascii_case(table)
                && target.is_some_and(|target| target.eq_ignore_ascii_case(column));
            let value = target.filter(|_| !itself).and_then(|target| {
                let first = self.value(&foreign.ref_table, target, row, depth + 1)?;
                if first == "NULL" {
                    self.value(&foreign.ref_table, target, 1, depth + 1)
                } else {
                    Some(first)
                }
            });
            if value.is_some() {
                return value;
            }
        }
        Some(plain(definition, shape.limits.get(&key), row))
    }
}

/// A value of the column's type within its limits; another for each row as far as they allow.
fn plain(column: &Column, limits: Option<&Limits>, row: usize) -> String {
    let number = i64::try_from(row).unwrap_or(0) + 1;
    let limits = limits.cloned().unwrap_or_default();
    if let Some(choice) = limits.choices.get(row % limits.choices.len().max(1)) {
        return choice.clone();
    }
    let number = match (limits.least, limits.most) {
        (Some(least), _) => least.saturating_add(number - 1),
        (None, Some(most)) => most.saturating_sub(number - 1).min(number),
        (None, None) => number,
    };
    let ty = column.ty.as_str();
    let is = |words: &[&str]| words.iter().any(|word| ty.contains(word));
    if is(&["bool"]) {
        (number % 2).to_string()
    } else if is(&["int"]) {
        number.to_string()
    } else if limits.json || is(&["json"]) {
        format!("'{{\"n\":{number}}}'")
    } else if is(&["char", "clob", "text"]) || ty.is_empty() {
        text(number, &limits)
    } else if is(&["blob"]) {
        format!("x'{:02X}'", number.rem_euclid(256))
    } else if is(&["real", "floa", "doub"]) {
        format!("{number}.5")
    } else if is(&["time"]) {
        format!("'2024-01-01 00:00:{:02}'", number.rem_euclid(60))
    } else if is(&["date"]) {
        format!("'2024-01-{:02}'", number.rem_euclid(28) + 1)
    } else if is(&["uuid"]) {
        format!("'00000000-0000-4000-8000-{:012}'", number.rem_euclid(1000))
    } else {
        number.to_string()
    }
}

fn text(number: i64, limits: &Limits) -> String {
    let word = format!("v{number}");
    let least = limits.shortest.unwrap_or(0).clamp(0, 4096);
    let most = limits.longest.unwrap_or(i64::MAX).max(0);
    let mut word =
        format!("{}{word}", "x".repeat(usize::try_from(least).unwrap_or(0).saturating_sub(word.len())));
    if word.len() > usize::try_from(most).unwrap_or(usize::MAX) {
        word = number.rem_euclid(10).to_string();
    }
    quote::text(&word)
}

/// What simple checks ask of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Limits {
    choices: Vec<String>,
    least: Option<i64>,
    most: Option<i64>,
    shortest: Option<i64>,
    longest: Option<i64>,
    json: bool,
}

/// Reads what it understands of a check: IN, BETWEEN and comparisons of a column or its length with literals.
fn limits_of(expr: &str, columns: &BTreeMap<String, &Column>, limits: &mut BTreeMap<String, Limits>) {
    let Some(tokens) = tokens(expr) else { return };
    for (at, token) in tokens.iter().enumerate() {
        let name = quote::key(&token.name());
        if token.kind == TokenKind::Literal || !columns.contains_key(&name) {
            continue;
        }
        let call = at.checked_sub(2).map(|before| &tokens[before..at]);
        let is_in =
            |function: &str| matches!(call, Some([name, open]) if name.is(function) && open.text == "(");
        let limits = limits.entry(name).or_default();
        let is_length = is_in("length");
        limits.json |= is_in("json_valid");
        let rest = &tokens[at + 1..];
        let rest = if is_length { rest.get(1..).unwrap_or_default() } else { rest };
        limit(limits, rest, is_length);
    }
}

fn limit(limits: &mut Limits, rest: &[Token<'_>], is_length: bool) {
    let number = |at: usize| {
        let (sign, at) =
            if rest.get(at).is_some_and(|token| token.text == "-") { (-1, at + 1) } else { (1, at) };
        rest.get(at)?.text.parse::<f64>().ok().map(|number| {
            #[expect(clippy::cast_possible_truncation, reason = "a cast from float to integer saturates")]
            let number = number as i64;
            sign * number
        })
    };
    let Some(first) = rest.first() else { return };
    let (mut least, mut most) = (None, None);
    match first.text.to_ascii_uppercase().as_str() {
        ">" => least = number(1).map(|number| number.saturating_add(1)),
        ">=" => least = number(1),
        "<" => most = number(1).map(|number| number.saturating_sub(1)),
        "<=" => most = number(1),
        "=" => match rest.get(1) {
            Some(token) if token.kind == TokenKind::Literal && !is_length => {
                limits.choices = vec![token.text.to_owned()];
            }
            _ => (least, most) = (number(1), number(1)),
        },
        "BETWEEN" => {
            least = number(1);
            let and = rest.iter().take(5).position(|token| token.is("AND"));
            most = and.and_then(|and| number(and + 1));
        }
        "IN" => {
            let list = rest.iter().skip(1).take_while(|token| token.text != ")");
            limits.choices = list
                .filter(|token| token.kind == TokenKind::Literal)
                .map(|token| token.text.to_owned())
                .collect();
        }
        _ => {}
    }
    let (low, high) = if is_length {
        (&mut limits.shortest, &mut limits.longest)
    } else {
        (&mut limits.least, &mut limits.most)
    };
    *low = least.or(*low);
    *high = most.or(*high);
}

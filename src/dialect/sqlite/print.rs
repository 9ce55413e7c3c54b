//! Objects of the schema as CREATE statements.

use super::{normalize, quote};
use crate::{
    schema::{
        Action, Check, Column, Conflict, ForeignKey, GeneratedStorage, Index, IndexPart, PartOn, PrimaryKey,
        Table,
    },
    sql::sqlite_tokens::{TokenKind, tokens},
};

/// CREATE TABLE under the given name.
pub(super) fn table(table: &Table, name: &str) -> String {
    let inline = table.primary_key.as_ref().filter(|key| is_inline(table, key));
    let mut lines: Vec<String> = table.columns.iter().map(|part| column(part, inline)).collect();
    if let Some(key) = table.primary_key.as_ref().filter(|_| inline.is_none()) {
        lines.push(format!(
            "{}PRIMARY KEY ({}){}",
            constraint(key.name.as_deref()),
            parts(&key.parts),
            conflict(key.on_conflict)
        ));
    }
    lines.extend(table.uniques.iter().map(|unique| {
        format!(
            "{}UNIQUE ({}){}",
            constraint(unique.name.as_deref()),
            parts(&unique.parts),
            conflict(unique.on_conflict)
        )
    }));
    lines.extend(table.foreign_keys.iter().map(|key| {
        let columns = quote::names(key.columns.iter().map(String::as_str));
        format!("{}FOREIGN KEY ({columns}) {}", constraint(key.name.as_deref()), references(key))
    }));
    lines.extend(table.checks.iter().map(check));
    let mut options = Vec::new();
    options.extend(table.options.strict.then_some("STRICT"));
    options.extend(table.options.without_rowid.then_some("WITHOUT ROWID"));
    let space = if options.is_empty() { "" } else { " " };
    format!("CREATE TABLE {} (\n  {}\n){space}{}", quote::name(name), lines.join(",\n  "), options.join(", "))
}

/// The definition of a column that is added alone, with the constraints that only concern it.
pub(super) fn added_column(part: &Column, key: Option<&ForeignKey>, checks: &[&Check]) -> String {
    let mut text = column(part, None);
    if let Some(key) = key {
        text += &format!(" {}{}", constraint(key.name.as_deref()), references(key));
    }
    for part in checks {
        text += &format!(" {}", check(part));
    }
    text
}

/// CREATE INDEX.
pub(super) fn index(table: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let (name, table, parts) = (quote::name(&index.name), quote::name(table), parts(&index.parts));
    let predicate = index.predicate.as_ref().map(|text| format!(" WHERE {text}")).unwrap_or_default();
    format!("CREATE {unique}INDEX {name} ON {table} ({parts}){predicate}")
}

/// Whether the primary key must stand on its column: to number rows, or to stay no alias of the rowid.
fn is_inline(table: &Table, key: &PrimaryKey) -> bool {
    let [part] = key.parts.as_slice() else { return false };
    let Some(column) = part.column_name().and_then(|name| table.column(name)) else { return false };
    column.auto_increment || part.descending && column.ty == "integer" && !table.options.without_rowid
}

fn column(column: &Column, key: Option<&PrimaryKey>) -> String {
    let mut text = quote::name(&column.name);
    if !column.ty.is_empty() {
        text += &format!(" {}", declared_type(&column.ty));
    }
    if let Some(generated) = &column.generated {
        let storage = match generated.storage {
            GeneratedStorage::Virtual => "VIRTUAL",
            GeneratedStorage::Stored => "STORED",
        };
        text += &format!(" AS ({}) {storage}", generated.expr);
    }
    if !column.nullable {
        text += &format!(" NOT NULL{}", conflict(column.on_null));
    }
    match &column.default {
        Some(default) if normalize::is_literal(default) => text += &format!(" DEFAULT {default}"),
        Some(default) => text += &format!(" DEFAULT ({default})"),
        None => {}
    }
    if let Some(collation) = &column.collation {
        text += &format!(" COLLATE {}", quote::bare(collation));
    }
    if let Some(key) = key.filter(|key| key.parts[0].column_name() == Some(&column.name)) {
        let order = if key.parts[0].descending { " DESC" } else { "" };
        let number = if column.auto_increment { " AUTOINCREMENT" } else { "" };
        let name = constraint(key.name.as_deref());
        text += &format!(" {name}PRIMARY KEY{order}{}{number}", conflict(key.on_conflict));
    }
    text
}

/// The type as declared, in quotes where a bare one could be read as something else.
fn declared_type(ty: &str) -> String {
    let plain = tokens(ty).is_some_and(|tokens| {
        let words = tokens.iter().take_while(|token| token.kind == TokenKind::Name).count();
        let size: Vec<&str> =
            tokens[words..].iter().map(|token| token.text).filter(|text| *text != "-").collect();
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        words > 0
            && match size.as_slice() {
                [] => true,
                ["(", length, ")"] => number(length),
                ["(", precision, ",", scale, ")"] => number(precision) && number(scale),
                _ => false,
            }
    });
    if plain { ty.to_owned() } else { format!("\"{}\"", ty.replace('"', "\"\"")) }
}

fn parts(parts: &[IndexPart]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| {
            let on = match &part.on {
                PartOn::Column(name) => quote::name(name),
                PartOn::Expr(text) => text.clone(),
            };
            let collation = part
                .collation
                .as_ref()
                .map(|name| format!(" COLLATE {}", quote::bare(name)))
                .unwrap_or_default();
            let order = if part.descending { " DESC" } else { "" };
            format!("{on}{collation}{order}")
        })
        .collect();
    parts.join(", ")
}

fn references(key: &ForeignKey) -> String {
    let mut text = format!("REFERENCES {}", quote::name(&key.ref_table));
    if !key.ref_columns.is_empty() {
        text += &format!(" ({})", quote::names(key.ref_columns.iter().map(String::as_str)));
    }
    for (event, action) in [("UPDATE", key.on_update), ("DELETE", key.on_delete)] {
        if action != Action::NoAction {
            text += &format!(" ON {event} {}", action.sql());
        }
    }
    if key.deferred {
        text += " DEFERRABLE INITIALLY DEFERRED";
    }
    text
}

fn check(check: &Check) -> String {
    format!("{}CHECK ({})", constraint(check.name.as_deref()), check.expr)
}

fn constraint(name: Option<&str>) -> String {
    name.map(|name| format!("CONSTRAINT {} ", quote::name(name))).unwrap_or_default()
}

fn conflict(conflict: Conflict) -> String {
    if conflict == Conflict::Abort { String::new() } else { format!(" ON CONFLICT {}", conflict.sql()) }
}

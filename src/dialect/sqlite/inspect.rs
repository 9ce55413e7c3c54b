//! The schema as SQLite's catalog has it.
//!
//! Five queries, whatever the size of the database. The pragmas are the truth; the stored CREATE text
//! adds what they lack (names of constraints, checks, collations, expressions). Text that cannot be
//! read adds nothing, and fails nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{normalize, normalize::ColumnNames, quote};
use crate::{
    dialect::{CatalogQuery, CatalogRows, Scope},
    error::{Error, Result},
    schema::{
        Action, Check, Column, Conflict, ForeignKey, Generated, GeneratedStorage, Index, IndexPart, PartOn,
        PrimaryKey, Realm, Schema, Table, TableOptions, Trigger, Unique, Unmanaged, View,
    },
    sql::sqlite_ddl::{self, IndexText, TableText},
};

/// The one schema.
pub(super) const SCHEMA: &str = "main";

/// The queries for a scope, in the order in which [`read`] takes their rows.
///
/// Tables of a scope are asked for by name: a trace looks at one object after each of many statements,
/// and a list of all tables to choose from would make every statement cost what the whole schema does.
pub(super) fn catalog(scope: Scope<'_>) -> Vec<CatalogQuery> {
    let (objects, listed, stored, parents) = match scope {
        Scope::All => (
            String::new(),
            String::new(),
            "main.sqlite_schema m WHERE m.type = 'table' AND m.rootpage > 0".to_owned(),
            // Reached by an index that SQLite makes for the query.
            "main.sqlite_schema p ON p.name = f.\"table\" COLLATE NOCASE AND p.type = 'table' AND p.rootpage > 0",
        ),
        Scope::Objects(names) => {
            let keys: BTreeSet<String> = names.iter().map(|name| quote::key(name)).collect();
            let names = keys.iter().map(|key| quote::text(key)).collect::<Vec<_>>().join(", ");
            (
                format!(" AND m.tbl_name COLLATE NOCASE IN ({names})"),
                format!(" AND l.arg IN ({names})"),
                format!(
                    "pragma_table_list m WHERE m.arg IN ({names}) AND m.schema = 'main' AND m.type = 'table'"
                ),
                "pragma_table_list p ON p.arg = f.\"table\" AND p.schema = 'main' AND p.type IN ('table', 'shadow')",
            )
        }
    };
    // CROSS JOIN keeps SQLite from calling a pragma before it knows the name to ask for.
    let joined = |join: &str| stored.replacen(" WHERE", &format!(" {join} WHERE"), 1);
    vec![
        CatalogQuery {
            name: "objects",
            sql: format!(
                "SELECT m.type, m.name, m.tbl_name, m.sql FROM main.sqlite_schema m WHERE TRUE{objects}"
            ),
        },
        CatalogQuery {
            name: "tables",
            sql: format!(
                "SELECT l.name, l.type, l.wr, l.strict FROM pragma_table_list l \
                 WHERE l.schema = 'main' AND l.type <> 'view'{listed}"
            ),
        },
        CatalogQuery {
            name: "columns",
            sql: format!(
                "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden FROM {} \
                 ORDER BY m.name, c.cid",
                joined("CROSS JOIN pragma_table_xinfo(m.name, 'main') c")
            ),
        },
        CatalogQuery {
            name: "indexes",
            sql: format!(
                "SELECT m.name, i.name, i.\"unique\", i.origin, x.cid, x.name, x.\"desc\", x.coll FROM {} \
                 AND x.key = 1 ORDER BY m.name, i.name, x.seqno",
                joined(
                    "CROSS JOIN pragma_index_list(m.name, 'main') i \
                     CROSS JOIN pragma_index_xinfo(i.name, 'main') x"
                )
            ),
        },
        CatalogQuery {
            name: "foreign keys",
            // A reference without columns is to the primary key; names take the parent's spelling.
            sql: format!(
                "SELECT m.name, f.id, coalesce(p.name, f.\"table\"), f.\"from\", \
                 coalesce((SELECT c.name FROM pragma_table_xinfo(f.\"table\", 'main') c \
                 WHERE CASE WHEN f.\"to\" IS NULL THEN c.pk = f.seq + 1 \
                 ELSE c.name = f.\"to\" COLLATE NOCASE END), f.\"to\"), f.on_update, f.on_delete FROM {} \
                 ORDER BY m.name, f.id DESC, f.seq",
                joined(&format!("CROSS JOIN pragma_foreign_key_list(m.name, 'main') f LEFT JOIN {parents}"))
            ),
        },
    ]
}

/// Reads the rows of [`catalog`].
pub(super) fn read(rows: &[CatalogRows]) -> Result<Realm> {
    let [objects, tables, columns, indexes, foreign_keys] = rows else {
        return Err(Error::bug(format!("the catalog has five parts, not {}", rows.len())));
    };
    let texts = Texts::of(objects);
    let mut schema = Schema { name: SCHEMA.to_owned(), ..Schema::default() };
    for row in tables {
        let (name, kind) = (text(row, 0), text(row, 1));
        if kind != "table" {
            let kind = format!("{kind} table");
            schema.unmanaged.push(Unmanaged { kind, name: name.to_owned() });
        } else if !is_internal(name) {
            let options = TableOptions { strict: text(row, 3) == "1", without_rowid: text(row, 2) == "1" };
            let table =
                Table { schema: SCHEMA.to_owned(), name: name.to_owned(), options, ..Table::default() };
            schema.tables.insert(name.to_owned(), table);
        }
    }
    schema.unmanaged.sort_by(|a, b| a.name.cmp(&b.name));
    let (columns, indexes, foreign_keys) = (by_table(columns), by_table(indexes), by_table(foreign_keys));
    for table in schema.tables.values_mut() {
        let written = texts.tables.get(table.name.as_str()).and_then(|sql| sqlite_ddl::table(sql));
        let mut reader =
            Reader { written: written.unwrap_or_default(), texts: &texts, names: ColumnNames::default() };
        reader.columns(table, rows_of(&columns, &table.name));
        reader.indexes(table, rows_of(&indexes, &table.name));
        reader.foreign_keys(table, rows_of(&foreign_keys, &table.name));
        reader.checks(table);
    }
    for row in objects {
        let (kind, name, on, definition) = (text(row, 0), text(row, 1), text(row, 2), text(row, 3));
        let (schema_name, name, definition) = (SCHEMA.to_owned(), name.to_owned(), definition.to_owned());
        match kind {
            "view" => {
                schema.views.insert(name.clone(), View { schema: schema_name, name, definition });
            }
            "trigger" => {
                let trigger = Trigger { schema: schema_name, name, on: on.to_owned(), definition };
                schema.triggers.insert(trigger.name.clone(), trigger);
            }
            _ => {}
        }
    }
    Ok(Realm { schemas: BTreeMap::from([(SCHEMA.to_owned(), schema)]) })
}

/// Whether SQLite keeps the table for itself.
fn is_internal(name: &str) -> bool {
    name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"))
}

fn text(row: &[Option<String>], at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

type Rows<'a> = Vec<&'a [Option<String>]>;

fn by_table(rows: &CatalogRows) -> BTreeMap<&str, Rows<'_>> {
    let mut tables: BTreeMap<&str, Rows<'_>> = BTreeMap::new();
    for row in rows {
        tables.entry(text(row, 0)).or_default().push(row);
    }
    tables
}

fn rows_of<'r, 'a>(rows: &'r BTreeMap<&str, Rows<'a>>, table: &str) -> &'r [&'a [Option<String>]] {
    rows.get(table).map(Vec::as_slice).unwrap_or_default()
}

/// The stored CREATE texts by the name of their object.
struct Texts<'a> {
    tables: BTreeMap<&'a str, &'a str>,
    indexes: BTreeMap<&'a str, &'a str>,
}

impl<'a> Texts<'a> {
    fn of(objects: &'a CatalogRows) -> Self {
        let of_kind = |kind: &str| {
            objects
                .iter()
                .filter(|row| text(row, 0) == kind)
                .map(|row| (text(row, 1), text(row, 3)))
                .collect()
        };
        Self { tables: of_kind("table"), indexes: of_kind("index") }
    }
}

/// Fills one table.
struct Reader<'a> {
    written: TableText,
    texts: &'a Texts<'a>,
    names: ColumnNames,
}

impl Reader<'_> {
    fn columns(&mut self, table: &mut Table, rows: &[&[Option<String>]]) {
        self.names = ColumnNames::new(rows.iter().map(|row| text(row, 1)));
        let mut keyed = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let name = text(row, 1).to_owned();
            // The text has the columns in the same order, hidden ones excepted, which only virtual tables have.
            let written =
                self.written.columns.get(at).filter(|column| column.name.eq_ignore_ascii_case(&name));
            let storage = match text(row, 6) {
                "2" => Some(GeneratedStorage::Virtual),
                "3" => Some(GeneratedStorage::Stored),
                _ => None,
            };
            let generated = storage.map(|storage| {
                let expr = written.and_then(|column| column.generated.as_deref()).unwrap_or_default();
                Generated { expr: normalize::expression(expr, &self.names), storage }
            });
            if let Ok(position @ 1..) = text(row, 5).parse::<usize>() {
                keyed.insert(position, IndexPart::column(&name));
            }
            table.columns.push(Column {
                name,
                ty: normalize::ty(text(row, 2)),
                nullable: text(row, 3) != "1",
                default: row.get(4).and_then(Option::as_deref).map(normalize::default),
                generated,
                collation: written.and_then(|column| column.collation.as_deref()).and_then(collation),
                auto_increment: false,
                on_null: conflict(written.and_then(|column| column.on_null.as_deref())),
            });
        }
        if !keyed.is_empty() {
            table.primary_key = Some(PrimaryKey {
                name: self.written.primary_key.as_ref().and_then(|key| key.name.clone()),
                parts: keyed.into_values().collect(),
                on_conflict: conflict(
                    self.written.primary_key.as_ref().and_then(|key| key.on_conflict.as_deref()),
                ),
            });
        }
    }

    fn indexes(&self, table: &mut Table, rows: &[&[Option<String>]]) {
        let mut has_key_index = false;
        for rows in rows.chunk_by(|a, b| text(a, 1) == text(b, 1)) {
            let (name, unique, origin) = (text(rows[0], 1), text(rows[0], 2) == "1", text(rows[0], 3));
            let written =
                self.texts.indexes.get(name).and_then(|sql| sqlite_ddl::index(sql)).unwrap_or_default();
            let parts = self.parts(table, rows, &written);
            match origin {
                "pk" => {
                    has_key_index = true;
                    if let Some(key) = &mut table.primary_key {
                        key.parts = parts;
                    }
                }
                "u" => {
                    let unique = self.unique(parts);
                    table.uniques.push(unique);
                }
                _ => table.indexes.push(Index {
                    name: name.to_owned(),
                    unique,
                    parts,
                    predicate: written.predicate.map(|text| normalize::expression(&text, &self.names)),
                }),
            }
        }
        table.uniques.sort_by_key(|unique| (unique.name.clone(), format!("{:?}", unique.parts)));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        if !has_key_index {
            self.alias_of_rowid(table);
        }
    }

    /// A key without an index of its own is the rowid: it is never NULL, whatever the column says.
    fn alias_of_rowid(&self, table: &mut Table) {
        let Some([part]) = table.primary_key.as_ref().map(|key| key.parts.as_slice()) else { return };
        let name = part.column_name().map(str::to_owned);
        if let Some(column) = table.columns.iter_mut().find(|column| Some(&column.name) == name.as_ref()) {
            column.nullable = false;
            column.auto_increment = self.written.auto_increment;
        }
    }

    fn parts(&self, table: &Table, rows: &[&[Option<String>]], written: &IndexText) -> Vec<IndexPart> {
        rows.iter()
            .enumerate()
            .map(|(at, row)| {
                let descending = text(row, 6) == "1";
                let name = row.get(5).and_then(Option::as_deref);
                let Some(name) = name else {
                    let expr = written.parts.get(at).map(String::as_str).unwrap_or_default();
                    let expr = if text(row, 4) == "-1" { "rowid" } else { expr };
                    let on = PartOn::Expr(normalize::expression(expr, &self.names));
                    return IndexPart { on, descending, collation: None };
                };
                let own = table.column(name).and_then(|column| column.collation.as_deref());
                let collation = Some(text(row, 7))
                    .filter(|name| !name.eq_ignore_ascii_case(own.unwrap_or("BINARY")))
                    .map(str::to_ascii_uppercase);
                IndexPart { on: PartOn::Column(name.to_owned()), descending, collation }
            })
            .collect()
    }

    /// Joins the columns of an automatic index with the constraint that the text has for them.
    fn unique(&self, parts: Vec<IndexPart>) -> Unique {
        let columns: Vec<&str> = parts.iter().filter_map(IndexPart::column_name).collect();
        let written = self.written.uniques.iter().find(|unique| {
            unique.columns.len() == columns.len()
                && unique.columns.iter().zip(&columns).all(|(a, b)| a.eq_ignore_ascii_case(b))
        });
        Unique {
            name: written.and_then(|unique| unique.name.clone()),
            on_conflict: conflict(written.and_then(|unique| unique.on_conflict.as_deref())),
            parts,
        }
    }

    fn foreign_keys(&self, table: &mut Table, rows: &[&[Option<String>]]) {
        // The rows stand in the order of the text: the last key in it has the number 0.
        let keys: Vec<_> = rows.chunk_by(|a, b| text(a, 1) == text(b, 1)).collect();
        let same_count = keys.len() == self.written.foreign_keys.len();
        for (at, rows) in keys.into_iter().enumerate() {
            let columns: Vec<String> = rows.iter().map(|row| self.names.spell(text(row, 3))).collect();
            let written = self.written.foreign_keys.get(at).filter(|_| same_count);
            let ref_columns: Option<Vec<String>> =
                rows.iter().map(|row| row.get(4).cloned().flatten()).collect();
            table.foreign_keys.push(ForeignKey {
                name: written.and_then(|key| key.name.clone()),
                columns,
                ref_schema: SCHEMA.to_owned(),
                ref_table: text(rows[0], 2).to_owned(),
                ref_columns: ref_columns.unwrap_or_default(),
                on_update: action(text(rows[0], 5)),
                on_delete: action(text(rows[0], 6)),
                deferred: written.is_some_and(|key| key.deferred),
            });
        }
        table.foreign_keys.sort_by_key(|key| (key.name.clone(), key.columns.clone(), key.ref_table.clone()));
    }

    fn checks(&self, table: &mut Table) {
        table.checks = self
            .written
            .checks
            .iter()
            .map(|(name, expr)| Check { name: name.clone(), expr: normalize::expression(expr, &self.names) })
            .collect();
        table.checks.sort_by(|a, b| (&a.name, &a.expr).cmp(&(&b.name, &b.expr)));
        table.checks.dedup();
    }
}

/// A collation that is not the usual one.
fn collation(name: &str) -> Option<String> {
    Some(name.to_ascii_uppercase()).filter(|name| name != "BINARY")
}

fn conflict(written: Option<&str>) -> Conflict {
    Conflict::ALL
        .into_iter()
        .find(|conflict| written.is_some_and(|text| text.eq_ignore_ascii_case(conflict.sql())))
        .unwrap_or_default()
}

fn action(text: &str) -> Action {
    [Action::Restrict, Action::Cascade, Action::SetNull, Action::SetDefault]
        .into_iter()
        .find(|action| text.eq_ignore_ascii_case(action.sql()))
        .unwrap_or_default()
}

//! A schema as JSON, in the shape that Atlas's `schema inspect` has, and more where it says nothing.

use serde::Serialize;

use crate::{
    render::pretty,
    schema::{Action, Column, ForeignKey, GeneratedStorage, Index, IndexPart, PartOn, Realm, Schema, Table},
};

/// The realm as one JSON document that ends in a line break.
pub fn schema_json(realm: &Realm) -> String {
    pretty(&Document { schemas: realm.schemas.values().map(schema).collect() })
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    schemas: Vec<SchemaOut<'a>>,
}

#[derive(Serialize)]
struct SchemaOut<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tables: Vec<TableOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    views: Vec<DefinedOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    triggers: Vec<DefinedOut<'a>>,
}

#[derive(Serialize)]
struct TableOut<'a> {
    name: &'a str,
    columns: Vec<ColumnOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<IndexOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_key: Option<IndexOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    foreign_keys: Vec<ForeignKeyOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<CheckOut<'a>>,
    #[serde(skip_serializing_if = "is_off")]
    strict: bool,
    #[serde(skip_serializing_if = "is_off")]
    without_rowid: bool,
}

#[derive(Serialize)]
struct ColumnOut<'a> {
    name: &'a str,
    #[serde(rename = "type", skip_serializing_if = "str::is_empty")]
    ty: &'a str,
    #[serde(skip_serializing_if = "is_off")]
    null: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generated: Option<GeneratedOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collate: Option<&'a str>,
    #[serde(skip_serializing_if = "is_off")]
    auto_increment: bool,
}

#[derive(Serialize)]
struct GeneratedOut<'a> {
    expr: &'a str,
    #[serde(rename = "type")]
    storage: &'static str,
}

#[derive(Serialize)]
struct IndexOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "is_off")]
    unique: bool,
    parts: Vec<PartOut<'a>>,
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    predicate: Option<&'a str>,
}

#[derive(Serialize)]
struct PartOut<'a> {
    #[serde(skip_serializing_if = "is_off")]
    desc: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expr: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collate: Option<&'a str>,
}

#[derive(Serialize)]
struct ForeignKeyOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    columns: &'a [String],
    references: ReferencesOut<'a>,
    #[serde(skip_serializing_if = "is_no_action")]
    on_update: &'static str,
    #[serde(skip_serializing_if = "is_no_action")]
    on_delete: &'static str,
}

#[derive(Serialize)]
struct ReferencesOut<'a> {
    table: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    columns: &'a [String],
}

#[derive(Serialize)]
struct CheckOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    expr: &'a str,
}

#[derive(Serialize)]
struct DefinedOut<'a> {
    name: &'a str,
    definition: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
const fn is_off(flag: &bool) -> bool {
    !*flag
}

fn is_no_action(action: &str) -> bool {
    action == Action::NoAction.sql()
}

fn schema(schema: &Schema) -> SchemaOut<'_> {
    SchemaOut {
        name: &schema.name,
        tables: schema.tables.values().map(table).collect(),
        views: schema
            .views
            .values()
            .map(|view| DefinedOut { name: &view.name, definition: &view.definition })
            .collect(),
        triggers: schema
            .triggers
            .values()
            .map(|trigger| DefinedOut { name: &trigger.name, definition: &trigger.definition })
            .collect(),
    }
}

fn table(table: &Table) -> TableOut<'_> {
    let mut indexes: Vec<IndexOut<'_>> = table.indexes.iter().map(index).collect();
    indexes.extend(table.uniques.iter().map(|unique| IndexOut {
        name: unique.name.as_deref(),
        unique: true,
        parts: unique.parts.iter().map(part).collect(),
        predicate: None,
    }));
    TableOut {
        name: &table.name,
        columns: table.columns.iter().map(column).collect(),
        indexes,
        primary_key: table.primary_key.as_ref().map(|key| IndexOut {
            name: key.name.as_deref(),
            unique: false,
            parts: key.parts.iter().map(part).collect(),
            predicate: None,
        }),
        foreign_keys: table.foreign_keys.iter().map(foreign_key).collect(),
        checks: table
            .checks
            .iter()
            .map(|check| CheckOut { name: check.name.as_deref(), expr: &check.expr })
            .collect(),
        strict: table.options.strict,
        without_rowid: table.options.without_rowid,
    }
}

fn column(column: &Column) -> ColumnOut<'_> {
    ColumnOut {
        name: &column.name,
        ty: &column.ty,
        null: column.nullable,
        default: column.default.as_deref(),
        generated: column.generated.as_ref().map(|generated| GeneratedOut {
            expr: &generated.expr,
            storage: match generated.storage {
                GeneratedStorage::Virtual => "VIRTUAL",
                GeneratedStorage::Stored => "STORED",
            },
        }),
        collate: column.collation.as_deref(),
        auto_increment: column.auto_increment,
    }
}

fn index(index: &Index) -> IndexOut<'_> {
    IndexOut {
        name: Some(&index.name),
        unique: index.unique,
        parts: index.parts.iter().map(part).collect(),
        predicate: index.predicate.as_deref(),
    }
}

fn part(part: &IndexPart) -> PartOut<'_> {
    let (column, expr) = match &part.on {
        PartOn::Column(name) => (Some(name.as_str()), None),
        PartOn::Expr(expr) => (None, Some(expr.as_str())),
    };
    PartOut { desc: part.descending, column, expr, collate: part.collation.as_deref() }
}

fn foreign_key(key: &ForeignKey) -> ForeignKeyOut<'_> {
    ForeignKeyOut {
        name: key.name.as_deref(),
        columns: &key.columns,
        references: ReferencesOut { table: &key.ref_table, columns: &key.ref_columns },
        on_update: key.on_update.sql(),
        on_delete: key.on_delete.sql(),
    }
}

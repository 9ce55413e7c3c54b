//! The canonical text of a state and its hash, by which a plan recognises the state it was made for.

use std::fmt::{self, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use super::{GeneratedStorage, IndexPart, PartOn, Realm, Table};

/// A SHA-256 over canonical text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Hashes the bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first four and the last bytes, as people compare them: `sha256:1f0a…77`.
    pub fn short(&self) -> String {
        let hex = self.hex();
        format!("sha256:{}…{}", &hex[..4], &hex[62..])
    }

    /// All of it in lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes all text");
            text
        })
    }

    /// All of it in standard base 64, as Atlas writes hashes.
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

/// The hash of a state: of its canonical text, one line an object, described in `docs/reference/fingerprints.md`.
pub fn fingerprint(realm: &Realm) -> Fingerprint {
    Fingerprint::of(canonical(realm))
}

fn canonical(realm: &Realm) -> String {
    let mut out = Lines(String::new());
    for schema in realm.schemas.values() {
        out.line("schema", &[&schema.name]);
        for table in schema.tables.values() {
            table_lines(&mut out, table);
        }
        for view in schema.views.values() {
            out.line("view", &[&view.name, &view.definition]);
        }
        for trigger in schema.triggers.values() {
            out.line("trigger", &[&trigger.name, &trigger.on, &trigger.definition]);
        }
    }
    out.0
}

fn table_lines(out: &mut Lines, table: &Table) {
    out.line(
        "table",
        &[
            &table.name,
            flag(table.options.strict, "strict"),
            flag(table.options.without_rowid, "without rowid"),
        ],
    );
    for column in &table.columns {
        let (expr, storage) = match &column.generated {
            Some(generated) => (
                generated.expr.as_str(),
                match generated.storage {
                    GeneratedStorage::Virtual => "virtual",
                    GeneratedStorage::Stored => "stored",
                },
            ),
            None => ("", ""),
        };
        out.line(
            "column",
            &[
                &column.name,
                &column.ty,
                flag(!column.nullable, "not null"),
                flag(column.default.is_some(), "default"),
                column.default.as_deref().unwrap_or_default(),
                expr,
                storage,
                column.collation.as_deref().unwrap_or_default(),
                flag(column.auto_increment, "auto increment"),
                column.on_null.sql(),
            ],
        );
    }
    if let Some(key) = &table.primary_key {
        out.line(
            "primary key",
            &[key.name.as_deref().unwrap_or_default(), &parts(&key.parts), key.on_conflict.sql()],
        );
    }
    for unique in &table.uniques {
        out.line(
            "unique",
            &[unique.name.as_deref().unwrap_or_default(), &parts(&unique.parts), unique.on_conflict.sql()],
        );
    }
    for index in &table.indexes {
        out.line(
            "index",
            &[
                &index.name,
                flag(index.unique, "unique"),
                &parts(&index.parts),
                index.predicate.as_deref().unwrap_or_default(),
            ],
        );
    }
    for key in &table.foreign_keys {
        out.line(
            "foreign key",
            &[
                key.name.as_deref().unwrap_or_default(),
                &key.columns.join("\u{1f}"),
                &key.ref_schema,
                &key.ref_table,
                &key.ref_columns.join("\u{1f}"),
                key.on_update.sql(),
                key.on_delete.sql(),
                flag(key.deferred, "deferred"),
            ],
        );
    }
    for check in &table.checks {
        out.line("check", &[check.name.as_deref().unwrap_or_default(), &check.expr]);
    }
}

fn parts(parts: &[IndexPart]) -> String {
    let mut text = String::new();
    for part in parts {
        let (kind, name) = match &part.on {
            PartOn::Column(name) => ("column", name),
            PartOn::Expr(expr) => ("expr", expr),
        };
        let collation = part.collation.as_deref().unwrap_or_default();
        let order = flag(part.descending, "desc");
        write!(text, "{kind}\u{1e}{name}\u{1e}{order}\u{1e}{collation}\u{1f}")
            .expect("a string takes all text");
    }
    text
}

const fn flag(on: bool, word: &'static str) -> &'static str {
    if on { word } else { "" }
}

/// Lines of fields, each with its length, so that no value can be mistaken for two.
struct Lines(String);

impl Lines {
    fn line(&mut self, kind: &str, fields: &[&str]) {
        self.0.push_str(kind);
        for field in fields {
            write!(self.0, " {}:{field}", field.len()).expect("a string takes all text");
        }
        self.0.push('\n');
    }
}

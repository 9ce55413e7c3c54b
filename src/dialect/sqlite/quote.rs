//! Names and values as SQL.

use crate::sql::sqlite_tokens;

/// A name in backticks.
///
/// SQLite reads `"x"` as a string where no column has that name; it never does so with backticks.
pub(super) fn name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Names in backticks, with commas between them.
pub(super) fn names<'a>(list: impl IntoIterator<Item = &'a str>) -> String {
    list.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// A string literal.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A name inside an expression: bare where that is safe.
pub(super) fn bare(value: &str) -> String {
    if sqlite_tokens::is_plain_name(value) { value.to_owned() } else { name(value) }
}

/// The form of a name under which SQLite takes two spellings for the same.
pub(super) fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

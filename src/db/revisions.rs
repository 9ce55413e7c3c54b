//! The table of applied migrations, in the form that Atlas gives it, so that either tool reads the
//! other's.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{DbError, Server, Session, execute, query};

/// The name of the table.
pub const REVISIONS_TABLE: &str = "atlas_schema_revisions";

/// Rows that begin with this are notes of Atlas's service, not migrations.
const NOT_A_VERSION: &str = ".atlas_";

/// One applied migration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revision {
    /// The version of its file.
    pub version: String,
    /// The rest of the file's name.
    pub description: String,
    /// How the row came about.
    pub kind: RevisionType,
    /// How many of its statements ran.
    pub applied: u64,
    /// How many statements it has.
    pub total: u64,
    /// When it began, as the database writes it.
    pub executed_at: String,
    /// How long it took, in nanoseconds.
    pub execution_time: i64,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// The statement that failed.
    pub error_statement: Option<String>,
    /// The hash of its file in `atlas.sum`, without `h1:`.
    pub hash: String,
    /// The hashes of the statements that ran, where not all did.
    pub partial_hashes: Vec<String>,
    /// Who wrote the row, for example `Plinth 0.1.0`.
    pub operator: String,
}

/// How a row came about: bits, of which Atlas sets one or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RevisionType(pub u64);

impl RevisionType {
    /// The state that a database was in when it was first migrated.
    pub const BASELINE: Self = Self(1);
    /// A file that ran.
    pub const EXECUTED: Self = Self(2);
    /// A file that a person declared as done.
    pub const RESOLVED: Self = Self(4);

    /// In the words of Atlas.
    pub const fn words(self) -> &'static str {
        match self.0 {
            1 => "baseline",
            2 => "applied",
            4 => "manually set",
            6 => "applied + manually set",
            _ => "unknown (0)",
        }
    }

    /// Whether it has the bit of another.
    pub const fn is(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Revision {
    /// Whether some of its statements ran and some did not, and nobody has decided about it.
    pub fn is_partial(&self) -> bool {
        !self.kind.is(RevisionType::RESOLVED)
            && !self.kind.is(RevisionType::BASELINE)
            && (self.applied < self.total || self.error.is_some())
    }
}

/// Creates the table where there is none, and gives one of an older Atlas the columns that it lacks.
pub async fn ensure(session: &mut dyn Session, server: &dyn Server) -> Result<(), DbError> {
    execute(session, server.create_revisions()).await?;
    let there = columns(session, server).await?;
    for (name, definition) in server.revision_columns() {
        if !there.contains(*name) && added_later(name).is_some() {
            let add = format!("ALTER TABLE {REVISIONS_TABLE} ADD COLUMN {name} {definition}");
            execute(session, add).await?;
        }
    }
    Ok(())
}

/// Reads all rows, in the order of their versions; nothing where there is no table.
pub async fn read_all(session: &mut dyn Session, server: &dyn Server) -> Result<Vec<Revision>, DbError> {
    let there = columns(session, server).await?;
    if there.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<String> = server
        .revision_columns()
        .iter()
        .map(|(name, _)| match added_later(name) {
            Some(value) if !there.contains(*name) => value.to_owned(),
            _ => server.as_text(name),
        })
        .collect();
    let select = format!("SELECT {} FROM {REVISIONS_TABLE} ORDER BY version", values.join(", "));
    let rows = query(session, select).await?;
    let mut revisions: Vec<Revision> = rows
        .into_iter()
        .filter(|row| !matches!(row.first(), Some(Some(version)) if version.starts_with(NOT_A_VERSION)))
        .map(read)
        .collect::<Result<_, _>>()?;
    // Collations differ; the files are in the order of their bytes.
    revisions.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(revisions)
}

/// Writes a row; where the version is there already, version, description and time of it stay.
pub async fn write(
    session: &mut dyn Session,
    server: &dyn Server,
    revision: &Revision,
    executed_at: Timestamp,
) -> Result<(), DbError> {
    let text = |value: &str| server.literal(value);
    let hashes = if revision.partial_hashes.is_empty() {
        "null".to_owned()
    } else {
        serde_json::Value::from(revision.partial_hashes.clone()).to_string()
    };
    let values = [
        text(&revision.version),
        text(&revision.description),
        revision.kind.0.to_string(),
        revision.applied.to_string(),
        revision.total.to_string(),
        server.moment(executed_at),
        revision.execution_time.to_string(),
        text(revision.error.as_deref().unwrap_or_default()),
        text(revision.error_statement.as_deref().unwrap_or_default()),
        text(&revision.hash),
        server.json(&hashes),
        text(&revision.operator),
    ];
    execute(session, upsert(&values)).await
}

/// The names of the columns that the table has; none where there is no table.
async fn columns(session: &mut dyn Session, server: &dyn Server) -> Result<BTreeSet<String>, DbError> {
    let rows = query(session, server.columns_of(REVISIONS_TABLE)).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

/// What to read for a column that tables of older versions of Atlas lack.
fn added_later(column: &str) -> Option<&'static str> {
    match column {
        "type" => Some("'2'"),
        "applied" | "total" => Some("'0'"),
        "error" | "error_stmt" | "partial_hashes" => Some("NULL"),
        _ => None,
    }
}

fn upsert(values: &[String]) -> String {
    let columns = [
        "version",
        "description",
        "type",
        "applied",
        "total",
        "executed_at",
        "execution_time",
        "error",
        "error_stmt",
        "hash",
        "partial_hashes",
        "operator_version",
    ];
    let kept = ["version", "description", "executed_at"];
    let updates: Vec<String> = columns
        .iter()
        .filter(|column| !kept.contains(column))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!(
        "INSERT INTO {REVISIONS_TABLE} ({}) VALUES ({}) ON CONFLICT (version) DO UPDATE SET {}",
        columns.join(", "),
        values.join(", "),
        updates.join(", "),
    )
}

fn read(row: Vec<Option<String>>) -> Result<Revision, DbError> {
    let mut cells = row.into_iter();
    let mut text = || cells.next().flatten().unwrap_or_default();
    let number = |column: &str, value: String| {
        value.parse::<i64>().map_err(|_| {
            DbError::new(format!(
                "`{REVISIONS_TABLE}` has `{value}` in column `{column}`, which is no number"
            ))
        })
    };
    let count =
        |column: &str, value: String| number(column, value).map(|value| u64::try_from(value).unwrap_or(0));
    let full = |value: String| (!value.is_empty()).then_some(value);
    Ok(Revision {
        version: text(),
        description: text(),
        kind: RevisionType(count("type", text())?),
        applied: count("applied", text())?,
        total: count("total", text())?,
        executed_at: text(),
        execution_time: number("execution_time", text())?,
        error: full(text()),
        error_statement: full(text()),
        hash: text(),
        partial_hashes: serde_json::from_str(&text()).unwrap_or_default(),
        operator: text(),
    })
}

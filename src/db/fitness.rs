//! What the transactions of a file cannot hold.

use crate::{
    dialect::Dialect,
    migrations::TxMode,
    sql::{self, Facts, Kind},
};

/// Why a statement cannot stand in a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It begins or ends a transaction.
    Transaction,
    /// It is VACUUM, which no transaction can hold.
    Vacuum,
}

impl Unfit {
    /// The reason, to follow the name of the statement.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Transaction => "controls the transaction that its file runs in",
            Self::Vacuum => "cannot run in a transaction",
        }
    }

    /// What to do about it.
    pub const fn hint(self, mode: TxMode) -> &'static str {
        match (self, mode) {
            (_, TxMode::None) => "put it into a statement of its own, with the default delimiter",
            (Self::Transaction, _) => {
                "take the statement out: the file runs in one transaction, which keeps it whole or not at all"
            }
            (Self::Vacuum, _) => {
                "put it into a file of its own that begins with `-- atlas:txmode none` and an empty line"
            }
        }
    }
}

/// Why a statement cannot stand in a migration that runs in this mode; none where it can.
///
/// With a delimiter of its own a file may hold several statements as one: each of them counts.
pub fn unfit(dialect: &dyn Dialect, facts: &Facts, sql: &str, mode: TxMode) -> Option<Unfit> {
    match facts.kind {
        Kind::Transaction(_) | Kind::Vacuum if mode == TxMode::None => None,
        Kind::Transaction(_) => Some(Unfit::Transaction),
        Kind::Vacuum => Some(Unfit::Vacuum),
        Kind::Opaque => {
            // What cannot be cut apart, the database cannot read either.
            let parts = sql::split(sql, dialect.syntax(), None).unwrap_or_default();
            let mut parts = parts.iter().filter_map(|part| sql.get(part.span.range()));
            parts.find_map(|part| match dialect.classify(part).kind {
                Kind::Transaction(_) => Some(Unfit::Transaction),
                Kind::Vacuum => Some(Unfit::Vacuum),
                _ => None,
            })
        }
        _ => None,
    }
}

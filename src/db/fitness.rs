//! What cannot stand in a file that runs in one transaction.

use crate::{
    dialect::Dialect,
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
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Transaction => {
                "take the statement out: every file runs in one transaction, which keeps it whole or not at all"
            }
            Self::Vacuum => {
                "it needs `txmode none`, which is not supported yet: run VACUUM outside of migrations"
            }
        }
    }
}

/// Why a statement cannot stand in a migration; none where it can.
///
/// With a delimiter of its own a file may hold several statements as one: each of them counts.
pub fn unfit(dialect: &dyn Dialect, facts: &Facts, sql: &str) -> Option<Unfit> {
    match facts.kind {
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

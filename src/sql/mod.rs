//! SQL as text: statements and where they stand, and what kind each is.
//!
//! The only user of the SQL parsers. What no parser understands is carried as [`Kind::Opaque`]:
//! it still runs, and is still reported. SQL is never printed back from a tree.

mod block;
mod facts;
mod lexeme;
mod questions;
mod split;
pub mod sqlite;
pub mod sqlite_ddl;
pub mod sqlite_tokens;
mod tokens;

pub use facts::{Alter, ColumnFacts, Facts, Kind, Transaction};
pub use questions::{Copied, forbids_null, guards_null, leaves_out, mentions, tests_for_null, words};
pub use split::{
    Blocks, MOST_STATEMENTS, Script, SplitError, Statement, Syntax, script, split, unescape_delimiter,
};

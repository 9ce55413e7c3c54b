//! Tests of migrations: what a `*.test.hcl` file says, as typed commands, and whether an answer is the expected one.
//!
//! Nothing here runs anything: the answers of a database come in as rows.

mod answer;
mod case;
mod filter;
mod outcome;
mod read;
mod versions;

pub use answer::{Expected, Layout, Wanted, caught, held};
pub use case::{Act, Case, Catch, Command, Statement, Statements, TestFile};
pub use filter::Filter;
pub use outcome::{Message, Outcome, Verdict, all_passed};
pub use read::read;
pub use versions::check;

/// How the name of a file with tests ends.
pub const ENDING: &str = ".test.hcl";

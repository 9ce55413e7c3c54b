//! Folders of migrations: names, checksum file, directives, formats.
//!
//! Names, `atlas.sum` and directives are byte-compatible with Atlas. What is not read is
//! refused by its name: a file is never run as something else than it is.

mod body;
mod convert;
pub mod directives;
mod directory;
pub mod formats;
mod integrity;
mod migration;
mod name;
mod rebase;
mod sum;
pub mod txtar;

pub use body::{body, pieces, undoing};
pub use convert::{Converted, convert};
pub use directory::{Directory, from_last_checkpoint};
pub use formats::Format;
pub use integrity::{Difference, Mismatch};
pub use migration::{Check, Cut, Down, Migration, Part, Role, TxMode};
pub use name::{file_name, new_version};
pub use rebase::{Rename, half_moved, renamed, unfinished};
pub use sum::{Entry, ParseError, Sum, partial_hashes};

/// The name of the checksum file.
pub const SUM_FILE: &str = "atlas.sum";

//! The checksum file: one running hash over all names and contents, so that no file can be added,
//! edited or removed unseen.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::directives;

/// What a hash in text starts with.
const PREFIX: &str = "h1:";

/// The checksums of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    /// One entry a file, in the order in which they were hashed.
    pub entries: Vec<Entry>,
}

/// The checksum of one file and of all files before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name of the file.
    pub name: String,
    /// The hash in base64, without `h1:`, as the revisions table has it.
    pub hash: String,
}

impl Sum {
    /// Hashes files, which come in the order of their format: byte order of the names for Atlas.
    ///
    /// A file that starts with `atlas:sum ignore` counts by its name only and has no entry.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut running = Sha256::new();
        let mut entries = Vec::new();
        for (name, content) in files {
            running.update(name);
            if directives::is_ignored_by_sum(content) {
                continue;
            }
            running.update(content);
            entries.push(Entry { name: name.to_owned(), hash: STANDARD.encode(running.clone().finalize()) });
        }
        Self { entries }
    }

    /// The hash over all entries, in base64, without `h1:`.
    pub fn header(&self) -> String {
        let mut running = Sha256::new();
        for entry in &self.entries {
            running.update(&entry.name);
            running.update(&entry.hash);
        }
        STANDARD.encode(running.finalize())
    }

    /// The hash of one file, in base64, without `h1:`; looks at every entry.
    pub fn hash(&self, name: &str) -> Option<&str> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        Some(&entry.hash)
    }
}

/// The text of the file, with a line break at the end.
impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{PREFIX}{}", self.header())?;
        self.entries.iter().try_for_each(|entry| writeln!(f, "{} {PREFIX}{}", entry.name, entry.hash))
    }
}

/// What is wrong with the text of a checksum file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: &'static str,
    /// Whether two branches changed the file, and nobody has decided.
    pub is_conflict: bool,
}

impl FromStr for Sum {
    type Err = ParseError;

    /// Reads the text of a file; the hash of its first line is checked against its other lines.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let conflict =
            text.lines().position(|line| line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>"));
        if let Some(at) = conflict {
            return Err(ParseError {
                line: at + 1,
                message: "has the marks of a merge conflict",
                is_conflict: true,
            });
        }
        let mut lines = text.lines();
        let header = lines.next().and_then(|line| line.strip_prefix(PREFIX));
        let Some(header) = header else {
            return Err(ParseError { line: 1, message: "does not start with `h1:`", is_conflict: false });
        };
        let mut entries = Vec::new();
        for (at, line) in lines.enumerate() {
            let Some((name, hash)) = line.split_once(PREFIX) else {
                return Err(ParseError {
                    line: at + 2,
                    message: "is not a file name and its `h1:` hash",
                    is_conflict: false,
                });
            };
            entries.push(Entry { name: name.trim().to_owned(), hash: hash.to_owned() });
        }
        let sum = Self { entries };
        if sum.header() == header {
            Ok(sum)
        } else {
            Err(ParseError { line: 1, message: "is not the hash of the lines below it", is_conflict: false })
        }
    }
}

/// The SHA-256 of texts one after the other, in hexadecimal digits.
pub(super) fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut running = Sha256::new();
    for text in texts {
        running.update(text);
    }
    running.finalize().iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}

/// The running hash after each statement, with `h1:`, as the revisions table keeps them while a
/// file is half applied.
pub fn partial_hashes<'a>(statements: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut running = Sha256::new();
    let hash = |statement: &str| {
        running.update(statement);
        format!("{PREFIX}{}", STANDARD.encode(running.clone().finalize()))
    };
    statements.into_iter().map(hash).collect()
}

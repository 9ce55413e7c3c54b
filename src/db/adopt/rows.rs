//! What the rows of other tools' history tables say.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::Rows;

/// What a table says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// What is applied: how it is found, and how the tool calls it.
    pub(super) applied: BTreeMap<String, String>,
    /// Repeatable migrations as they last ran: one whose content changed since is to run again.
    pub(super) repeatable: BTreeSet<String>,
    /// Versions that speak for all lower ones.
    pub(super) up_to: Vec<String>,
    /// What failed in the middle.
    pub(super) failed: Option<String>,
}

impl Said {
    fn add(&mut self, key: impl Into<String>, name: &str) {
        self.applied.insert(key.into(), name.to_owned());
    }
}

/// golang-migrate: one row, `version, dirty`; a negative version is none.
pub(super) fn latest_version(rows: &Rows) -> Said {
    let mut said = Said::default();
    for [version, dirty] in cells(rows) {
        if is_true(dirty) {
            said.failed = Some(version.to_owned());
        } else if !version.is_empty() && !version.starts_with('-') {
            said.up_to.push(version.to_owned());
        }
    }
    said
}

/// A row for each version, in the first column.
pub(super) fn versions(rows: &Rows) -> Said {
    let mut said = Said::default();
    for [version] in cells(rows) {
        said.add(number(version), version);
    }
    said
}

/// goose: `version_id, is_applied`, of which the last row counts; the first row is 0.
pub(super) fn goose(rows: &Rows) -> Said {
    let mut said = Said::default();
    for [version, is_applied] in cells(rows) {
        let key = number(version);
        if is_true(is_applied) && key != "0" {
            said.add(key, version);
        } else {
            said.applied.remove(&key);
        }
    }
    said
}

/// Flyway: `version, description, type, script, checksum, success`.
pub(super) fn flyway(rows: &Rows) -> Said {
    let mut said = Said::default();
    let mut latest = BTreeMap::new();
    for [version, description, kind, script, checksum, success] in cells(rows) {
        let name = if version.is_empty() { script } else { version };
        let is_undone = kind == "DELETE" || kind.starts_with("UNDO");
        match (is_true(success), kind) {
            (false, _) => said.failed = Some(name.to_owned()),
            (_, "SCHEMA") => {}
            _ if version.is_empty() && is_undone => {
                latest.remove(description);
            }
            _ if version.is_empty() => {
                latest.insert(description, checksum);
            }
            _ if is_undone => {
                said.applied.remove(&dotted(version));
            }
            // `BASELINE` was declared, `SQL_BASELINE` ran a file.
            _ if kind.ends_with("BASELINE") => said.up_to.push(version.replace('_', ".")),
            _ => said.add(dotted(version), version),
        }
    }
    for (description, checksum) in latest {
        said.repeatable.insert(repeatable(description, checksum));
    }
    said
}

/// Liquibase: `ID, AUTHOR, EXECTYPE`.
pub(super) fn liquibase(rows: &Rows) -> Said {
    let mut said = Said::default();
    for [id, author, kind] in cells(rows) {
        if matches!(kind, "EXECUTED" | "RERAN" | "MARK_RAN") {
            let name = format!("{author}:{id}");
            said.add(name.clone(), &name);
        }
    }
    said
}

/// sqlx: `version, success`.
pub(super) fn sqlx(rows: &Rows) -> Said {
    let mut said = Said::default();
    for [version, success] in cells(rows) {
        if is_true(success) {
            said.add(number(version), version);
        } else {
            said.failed = Some(version.to_owned());
        }
    }
    said
}

/// Prisma: `migration_name, finished_at, rolled_back_at`; a migration may have been tried before.
pub(super) fn prisma(rows: &Rows) -> Said {
    let mut said = Said::default();
    for [name, finished, rolled_back] in cells(rows) {
        if !rolled_back.is_empty() {
            continue;
        }
        if finished.is_empty() {
            said.failed = Some(name.to_owned());
        } else {
            said.add(name, name);
        }
    }
    said
}

/// Drizzle: `hash, created_at`, the hash of the file and the moment of its entry in the journal.
pub(super) fn drizzle(rows: &Rows) -> Said {
    let mut said = Said::default();
    for [hash, created] in cells(rows) {
        said.add(hash, &format!("a migration of the journal's moment {}", created.escape_debug()));
    }
    said
}

/// A number without leading zeros; anything else as it is.
pub(super) fn number(text: &str) -> String {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.trim_start_matches('0') {
        "" if is_number => "0".to_owned(),
        digits if is_number => digits.to_owned(),
        _ => text.to_owned(),
    }
}

/// The parts of a version as numbers, without zeros at its end.
pub(super) fn dotted(version: &str) -> String {
    let mut parts: Vec<String> = version.split(['.', '_']).map(number).collect();
    while parts.len() > 1 && parts.last().is_some_and(|part| part == "0") {
        parts.pop();
    }
    parts.join(".")
}

/// How a repeatable migration is found.
pub(super) fn repeatable(description: &str, checksum: &str) -> String {
    format!("R {description} {checksum}")
}

/// Flyway's checksum: CRC-32 over the lines without their ends, as a signed number.
pub(super) fn checksum(text: &str) -> i32 {
    let text = text.trim_start_matches('\u{feff}');
    let bytes = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r'));
    let crc = bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
    });
    (!crc).cast_signed()
}

fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "true" | "TRUE" | "True")
}

/// The first so many cells of each row; NULL is the empty text.
fn cells<const N: usize>(rows: &Rows) -> impl Iterator<Item = [&str; N]> {
    rows.iter()
        .map(|row| std::array::from_fn(|at| row.get(at).and_then(Option::as_deref).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[&[&str]]) -> Rows {
        let cell = |text: &&str| (*text != "NULL").then(|| (*text).to_owned());
        cells.iter().map(|row| row.iter().map(cell).collect()).collect()
    }

    fn keys(said: &Said) -> Vec<&str> {
        said.applied.keys().map(String::as_str).collect()
    }

    #[test]
    fn the_last_row_of_goose_counts() {
        let said = goose(&rows(&[&["0", "1"], &["1", "1"], &["2", "1"], &["2", "0"], &["003", "1"]]));
        assert_eq!(keys(&said), ["1", "3"]);
    }

    #[test]
    fn what_flyway_undid_is_not_applied() {
        let row = |version, kind, success| [version, "d", kind, "s", "1", success];
        let said = flyway(&rows(&[
            &row("1", "BASELINE", "1"),
            &row("2.0", "SQL", "1"),
            &row("3", "SQL", "1"),
            &row("3", "UNDO_SQL", "1"),
            &row("NULL", "SCHEMA", "1"),
            &row("4", "SQL", "1"),
            &row("4", "DELETE", "1"),
        ]));
        assert_eq!((keys(&said), &*said.up_to), (vec!["2"], &["1".to_owned()][..]));
        assert_eq!(flyway(&rows(&[&row("1", "SQL", "0")])).failed.as_deref(), Some("1"));
    }

    #[test]
    fn what_prisma_rolled_back_counts_as_never_tried() {
        let said = prisma(&rows(&[&["1_a", "NULL", "t"], &["1_a", "t", "NULL"], &["2_b", "NULL", "t"]]));
        assert_eq!((keys(&said), &said.failed), (vec!["1_a"], &None));
        assert_eq!(prisma(&rows(&[&["1_a", "NULL", "NULL"]])).failed.as_deref(), Some("1_a"));
    }

    #[test]
    fn checksums_are_those_of_flyway() {
        assert_eq!(checksum("123456789"), 0xcbf4_3926_u32.cast_signed());
        assert_eq!(checksum("\u{feff}1234\r\n56789\n"), checksum("123456789"));
    }
}

//! The names of migration files: `<version>[_<description>].sql`.

use std::cmp::Ordering;

use jiff::Timestamp;

/// What a file name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) version: String,
    pub(super) description: String,
}

/// How long the description in a new file name is at most, in characters.
const LONGEST: usize = 100;

/// Reads a file name; the reason where it is none of a migration.
///
/// Atlas takes any text for a version. Here it has a digit and no sign but `.`, `-` and `+`, so
/// that a `schema.sql` that lies around is not run as a migration.
pub(super) fn parse(file: &str) -> Result<Name, &'static str> {
    if file.chars().any(char::is_control) {
        return Err("its name has a control character");
    }
    if file.contains("h1:") {
        return Err("its name has `h1:` in it, which `atlas.sum` cannot hold");
    }
    let Some(stem) = file.strip_suffix(".sql") else {
        return Err("its name does not end in a lower-case `.sql`");
    };
    let (version, description) = stem.split_once('_').unwrap_or((stem, ""));
    let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '+');
    let starts_well = version.starts_with(|char: char| char.is_ascii_alphanumeric());
    if !starts_well || !version.chars().all(allowed) || !version.contains(|char: char| char.is_ascii_digit())
    {
        return Err("its name does not start with a version");
    }
    Ok(Name { version: version.to_owned(), description: description.to_owned() })
}

/// The version of a migration that is made now: `yyyymmddHHMMSS` in UTC.
pub fn new_version(now: Timestamp) -> String {
    now.strftime("%Y%m%d%H%M%S").to_string()
}

/// The file name of a new migration; everything in the name but letters, digits and `-` becomes `_`.
pub fn file_name(version: &str, name: &str) -> String {
    let mut safe = String::new();
    for char in name.trim().chars().take(LONGEST) {
        let char = if char.is_alphanumeric() || char == '-' { char } else { '_' };
        if char != '_' || !safe.ends_with('_') {
            safe.push(char);
        }
    }
    match safe.trim_matches('_') {
        "" => format!("{version}.sql"),
        safe => format!("{version}_{safe}.sql"),
    }
}

/// The next number, with as many zeros before it.
pub(super) fn next_number(last: &str) -> Option<String> {
    let next = last.parse::<u64>().ok()?.checked_add(1)?;
    Some(format!("{next:0width$}", width = last.len()))
}

/// The version after `last`: the given one where it sorts behind it, the next number otherwise.
///
/// Where the next number would sort before it too, as 10 before 9 in the order of bytes, a digit is added.
pub(super) fn following(last: Option<&str>, new: String, compare: impl Fn(&str, &str) -> Ordering) -> String {
    let Some(last) = last.filter(|last| compare(last, &new).is_ge()) else { return new };
    let next = next_number(last).filter(|next| compare(next, last).is_gt());
    next.unwrap_or_else(|| format!("{last}0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_following_version_sorts_behind() {
        let after = |last: &str| following(Some(last), "2026".to_owned(), str::cmp);
        assert_eq!(after("2025"), "2026");
        assert_eq!(after("2026"), "2027");
        assert_eq!(after("2999"), "3000");
        assert_eq!(after("9"), "90");
        assert_eq!(after("9999"), "99990");
        assert_eq!(after("v5"), "v50");
        assert_eq!(after("18446744073709551615"), "2026", "the order is that of bytes");
        assert_eq!(after("98446744073709551615"), "984467440737095516150");
    }
}

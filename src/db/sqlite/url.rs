//! SQLite URLs, as Atlas and the drivers behind it take them.

use crate::error::{Error, Result};

/// What a SQLite URL says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Where the database lives.
    pub place: Place,
    /// What the URL allows, where it says so.
    pub mode: Mode,
    /// Whether the connection enforces foreign keys outside of migrations (`_fk=1`).
    pub foreign_keys: bool,
    /// How long to wait for another writer, in milliseconds, where the URL says so.
    pub busy_timeout: Option<u64>,
}

/// Where a SQLite database lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the memory of this process, gone with the connection.
    Memory,
    /// In a file, relative to the working directory or absolute.
    File(String),
}

/// The `mode` parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Not given.
    #[default]
    Unspecified,
    /// `ro`
    ReadOnly,
    /// `rw`
    ReadWrite,
    /// `rwc`
    Create,
}

impl Url {
    /// Reads `sqlite://path?parameters`.
    ///
    /// The path is taken as it stands, percent-decoded; `file:` in front of it means nothing.
    /// Of the parameters `mode`, `cache`, `_fk`/`_foreign_keys` and `_busy_timeout`/`_timeout` have a
    /// meaning here; the others are settings of one driver or another and are passed over.
    pub fn parse(text: &str) -> Result<Self> {
        let rest = ["sqlite://", "sqlite3://", "file://", "sqlite:", "sqlite3:", "file:"]
            .into_iter()
            .find_map(|prefix| strip_prefix_ignoring_case(text, prefix))
            .ok_or_else(|| Error::usage("not an SQLite URL").hint("write for example `sqlite://app.db`"))?;
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = percent_decoded(path.strip_prefix("file:").unwrap_or(path))?;
        let mut url = Self {
            place: Place::File(path.clone()),
            mode: Mode::default(),
            foreign_keys: false,
            busy_timeout: None,
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            url.set(&name, &value)?;
        }
        if path == ":memory:" {
            url.place = Place::Memory;
        }
        if url.place == Place::File(String::new()) {
            return Err(Error::usage("the SQLite URL names no file")
                .hint("write `sqlite://app.db` for a file, or `sqlite://dev?mode=memory`"));
        }
        Ok(url)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "mode" => match value {
                "ro" => self.mode = Mode::ReadOnly,
                "rw" => self.mode = Mode::ReadWrite,
                "rwc" => self.mode = Mode::Create,
                "memory" => self.place = Place::Memory,
                _ => {
                    return Err(Error::usage(format!("the SQLite URL has the unknown mode `{value}`"))
                        .hint("a mode is one of `ro`, `rw`, `rwc`, `memory`"));
                }
            },
            "_fk" | "_foreign_keys" => {
                self.foreign_keys =
                    matches!(value.to_ascii_lowercase().as_str(), "1" | "on" | "true" | "yes");
            }
            "_busy_timeout" | "_timeout" => {
                let wait = value.parse().map_err(|_| {
                    Error::usage(format!("the SQLite URL has `{name}` with `{value}`"))
                        .hint(format!("`{name}` is a number of milliseconds"))
                })?;
                self.busy_timeout = Some(wait);
            }
            _ => {}
        }
        Ok(())
    }

    /// The URL as people know it; a SQLite URL has no password, but parameters may be keys.
    pub fn name(&self) -> String {
        match &self.place {
            Place::Memory => "sqlite://:memory:".into(),
            Place::File(path) => format!("sqlite://{path}"),
        }
    }
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn percent_decoded(path: &str) -> Result<String> {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| path.get(at + 1..at + 3)).flatten();
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    match String::from_utf8(out) {
        Ok(path) if !path.contains('\0') => Ok(path),
        _ => Err(Error::usage("the path in the SQLite URL is not text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> String {
        match Url::parse(text).unwrap().place {
            Place::File(path) => path,
            Place::Memory => "memory".into(),
        }
    }

    #[test]
    fn paths_are_relative_after_two_slashes_and_absolute_after_three() {
        assert_eq!(file("sqlite://app.db?_fk=1"), "app.db");
        assert_eq!(file("sqlite:///srv/app.db"), "/srv/app.db");
        assert_eq!(file("sqlite://./data/app.db"), "./data/app.db");
        assert_eq!(file("sqlite://file:app.db?cache=shared"), "app.db");
        assert_eq!(file("sqlite3://a%20b.db"), "a b.db");
        assert_eq!(file("SQLite:app.db#x"), "app.db");
    }

    #[test]
    fn memory_has_several_spellings() {
        for url in ["sqlite://:memory:", "sqlite://dev?mode=memory&cache=shared", "sqlite://file?mode=memory"]
        {
            assert_eq!(file(url), "memory", "{url}");
        }
    }

    #[test]
    fn parameters_are_read_and_strange_ones_passed_over() {
        let url = Url::parse("sqlite://a.db?_fk=true&mode=rwc&_busy_timeout=99&_journal=WAL").unwrap();
        assert!(url.foreign_keys);
        assert_eq!(url.mode, Mode::Create);
        assert_eq!(url.busy_timeout, Some(99));
    }

    #[test]
    fn a_wrong_url_says_what_is_wrong() {
        for (url, message) in [
            ("sqlite://", "names no file"),
            ("sqlite://a?mode=x", "unknown mode `x`"),
            ("sqlite://a?_timeout=x", "`_timeout` with `x`"),
            ("sqlite://a%00", "not text"),
            ("postgres://a", "not an SQLite URL"),
        ] {
            let error = Url::parse(url).unwrap_err();
            assert!(error.message().contains(message), "{url}: {error}");
        }
    }
}

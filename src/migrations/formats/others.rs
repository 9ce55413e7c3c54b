//! Knows the folders of tools that no format reads by their shape, to refuse them by their name.

use std::path::Path;

use crate::{error::Error, folder::Folder, migrations::SUM_FILE};

/// Why the folder of another tool cannot be read, if it is one.
pub(super) fn refuse(folder: &Folder) -> Option<Error> {
    let (tool, because) = by_files(folder).or_else(|| by_shape(folder))?;
    let message = format!("`{}` is a folder of {tool} ({because}), which is not read yet", folder.path);
    Some(
        Error::usage(message)
            .hint("put the statements that go up into files `<version>_<name>.sql` in a folder of their own")
            .hint("then write their checksums with `plinth migrate hash`"),
    )
}

/// By files that would be run wrongly, whether or not there is a checksum file.
fn by_files(folder: &Folder) -> Option<(&'static str, String)> {
    folder.files.iter().find_map(|(name, content)| {
        let tool = by_name(name).or_else(|| if is_sql(name) { by_content(content) } else { None })?;
        Some((tool, format!("`{}`", shown(name))))
    })
}

fn by_name(name: &str) -> Option<&'static str> {
    match name {
        "script.py.mako" => Some("Alembic"),
        _ if name.starts_with("db.changelog") || name.contains(".changelog.") => Some("Liquibase"),
        _ => None,
    }
}

fn by_content(content: &[u8]) -> Option<&'static str> {
    let mut lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
    let is = |line: &[u8], mark: &[u8]| {
        line.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
    };
    let is_marked = |line: &[u8]| is(line, b"-- +migrate up") || is(line, b"-- +migrate down");
    lines.any(is_marked).then_some("sql-migrate")
}

/// By what lies around, where no checksum file says that the folder is one of ours.
fn by_shape(folder: &Folder) -> Option<(&'static str, String)> {
    if folder.files.contains_key(SUM_FILE) || folder.files.keys().any(|name| is_sql(name)) {
        return None;
    }
    let found = folder.files.keys().find_map(|name| Some((by_program(name)?, name)));
    found.map(|(tool, name)| (tool, format!("`{}`", shown(name))))
}

/// Migrations that are programs.
fn by_program(name: &str) -> Option<&'static str> {
    let numbered = name.starts_with(|char: char| char.is_ascii_digit());
    match name.rsplit_once('.')?.1 {
        "rb" if numbered => Some("Rails"),
        "py" if numbered || name == "__init__.py" => Some("Django or Alembic"),
        "js" | "ts" | "mjs" | "cjs" if numbered => Some("a JavaScript tool"),
        "php" if numbered => Some("a PHP tool"),
        _ => None,
    }
}

fn is_sql(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "sql")
}

/// A file name without what could pose as other text.
fn shown(name: &str) -> String {
    name.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}

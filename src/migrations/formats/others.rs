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
        _ if name.ends_with(".up.sql") || name.ends_with(".down.sql") => Some("golang-migrate or sqlx"),
        _ if is_flyway(name) => Some("Flyway"),
        "migration_lock.toml" => Some("Prisma"),
        "script.py.mako" => Some("Alembic"),
        _ if name.starts_with("db.changelog") || name.contains(".changelog.") => Some("Liquibase"),
        _ => None,
    }
}

/// `V1.2__name.sql`, `U1__…`, `B1__…`, `R__…`.
fn is_flyway(name: &str) -> bool {
    let Some((prefix, _)) = name.strip_suffix(".sql").and_then(|stem| stem.split_once("__")) else {
        return false;
    };
    let mut chars = prefix.chars();
    match chars.next() {
        Some('R') => chars.as_str().is_empty(),
        Some('V' | 'U' | 'B') => chars.as_str().starts_with(|char: char| char.is_ascii_digit()),
        _ => false,
    }
}

fn by_content(content: &[u8]) -> Option<&'static str> {
    content.split(|byte| *byte == b'\n').find_map(|line| {
        let line = line.trim_ascii_start();
        let is = |mark: &[u8]| line.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
        match () {
            () if !line.starts_with(b"--") => None,
            () if is(b"-- +goose ") => Some("goose"),
            () if is(b"-- migrate:up") || is(b"-- migrate:down") => Some("dbmate"),
            () if is(b"--liquibase formatted sql") || is(b"-- liquibase formatted sql") => Some("Liquibase"),
            () if is(b"-- +migrate up") || is(b"-- +migrate down") => Some("sql-migrate"),
            () => None,
        }
    })
}

/// By what lies around, where no checksum file says that the folder is one of ours.
fn by_shape(folder: &Folder) -> Option<(&'static str, String)> {
    if folder.files.contains_key(SUM_FILE) {
        return None;
    }
    let breakpoint = |content: &[u8]| content.windows(24).any(|window| window == b"--> statement-breakpoint");
    let drizzle = folder.files.iter().find(|(name, content)| is_sql(name) && breakpoint(content));
    if let Some((name, _)) = drizzle {
        return Some(("Drizzle", format!("`{}`", shown(name))));
    }
    if folder.files.keys().any(|name| is_sql(name)) {
        return None;
    }
    let file = folder.files.keys().find_map(|name| Some((by_program(name)?, name)));
    let named = file.or_else(|| folder.folders.iter().find_map(|name| Some((by_folder(name)?, name))));
    named.map(|(tool, name)| (tool, format!("`{}`", shown(name))))
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

/// Migrations that are folders.
fn by_folder(name: &str) -> Option<&'static str> {
    let digits = name.chars().take_while(char::is_ascii_digit).count();
    let rest = &name[digits..];
    let dashed = name.split('_').next().is_some_and(|date| date.split('-').count() == 4);
    match () {
        () if digits == 4 && dashed => Some("Diesel"),
        () if name == "00000000000000_diesel_initial_setup" => Some("Diesel"),
        () if digits >= 10 && rest.starts_with('_') => Some("Prisma or Diesel"),
        () => None,
    }
}

fn is_sql(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "sql")
}

/// A file name without what could pose as other text.
fn shown(name: &str) -> String {
    name.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}

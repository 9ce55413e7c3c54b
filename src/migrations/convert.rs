//! A folder of another tool as a folder of Atlas: names that sort as the migrations run, and files that hold the
//! same statements.

use crate::{
    error::{Error, Result},
    folder::Folder,
    sql::Syntax,
    text::{Source, Span},
};

use super::{
    Cut, Directory, Down, Format, Migration, Part, Role, SUM_FILE, TxMode, file_name, formats::Atlas, name,
};

/// A folder that was converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The folder, with its checksum file.
    pub folder: Folder,
    /// The names of the repeatable migrations, which are versioned ones now.
    pub repeatable: Vec<String>,
}

/// The migrations of a folder as files of Atlas in a folder at `path`.
///
/// What goes down stands beside what goes up, in an archive. Refused is a file whose statements would be others.
pub fn convert(directory: &Directory, path: &str, syntax: &Syntax) -> Result<Converted> {
    let mut folder = Folder { path: path.to_owned(), ..Folder::default() };
    let names = names(&directory.migrations);
    for (migration, name) in directory.migrations.iter().zip(&names) {
        let text = text(migration, directory.format);
        folder.files.insert(name.clone(), text.into_bytes());
    }
    let converted = Directory::open_as(&folder, &Atlas)?;
    for (was, is) in directory.migrations.iter().zip(&converted.migrations) {
        check(was, is, *syntax)?;
    }
    folder.files.insert(SUM_FILE.to_owned(), converted.sum().to_string().into_bytes());
    let repeatable = directory.migrations.iter().filter(|migration| migration.role == Role::Repeatable);
    let repeatable = repeatable.map(|migration| migration.name.clone()).collect();
    Ok(Converted { folder, repeatable })
}

/// File names whose byte order is the order of the migrations: with the versions as they are, with zeros before
/// their numbers, or with numbers of their own.
fn names(migrations: &[Migration]) -> Vec<String> {
    let kept = migrations.iter().map(|migration| file_name(&migration.version, &migration.description));
    let kept: Vec<String> = kept.collect();
    if fits(&kept) {
        return kept;
    }
    if let Some(padded) = padded(migrations).filter(|names| fits(names)) {
        return padded;
    }
    let width = migrations.len().to_string().len().max(4);
    let numbered = migrations.iter().enumerate().map(|(at, migration)| {
        let description =
            if migration.description.is_empty() { &migration.version } else { &migration.description };
        file_name(&format!("{:0width$}", at + 1), description)
    });
    numbered.collect()
}

/// Whether the names are those of migrations, in order, each with a version of its own.
fn fits(names: &[String]) -> bool {
    let parsed: Option<Vec<_>> = names.iter().map(|file| name::parse(file).ok()).collect();
    let Some(parsed) = parsed else { return false };
    let mut versions: Vec<&str> = parsed.iter().map(|name| name.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    versions.len() == names.len() && names.is_sorted()
}

/// The numbers of all versions with zeros before them, and as many as the longest has.
///
/// What stands behind a version of the same number gets a letter behind it that sorts so.
fn padded(migrations: &[Migration]) -> Option<Vec<String>> {
    let mut last = Vec::new();
    let mut repeatable = 0;
    let mut versions = Vec::new();
    for migration in migrations {
        let (number, suffix) = match migration.role {
            Role::Repeatable => {
                repeatable += 1;
                (None, format!("r{repeatable}"))
            }
            _ => match migration.version.strip_prefix('B') {
                Some(number) => (Some(number), "b".to_owned()),
                None => (Some(migration.version.as_str()), String::new()),
            },
        };
        if let Some(number) = number {
            last = number.split('.').map(|part| part.trim_start_matches('0')).collect();
            let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
            if !number.split('.').all(|part| !part.is_empty()) || !last.iter().all(is_number) {
                return None;
            }
        }
        if last.is_empty() {
            return None;
        }
        versions.push((last.clone(), suffix));
    }
    let mut widths: Vec<usize> = Vec::new();
    for (parts, _) in &versions {
        widths.resize(widths.len().max(parts.len()), 1);
        for (width, part) in widths.iter_mut().zip(parts) {
            *width = part.len().max(*width);
        }
    }
    let version = |(parts, suffix): &(Vec<&str>, String)| {
        let part =
            |(at, width): (usize, &usize)| format!("{:0>width$}", parts.get(at).copied().unwrap_or(""));
        let parts: Vec<String> = widths.iter().enumerate().map(part).collect();
        format!("{}{suffix}", parts.join("."))
    };
    let names = versions.iter().zip(migrations);
    Some(names.map(|(parts, migration)| file_name(&version(parts), &migration.description)).collect())
}

/// The text of the file.
fn text(migration: &Migration, format: &dyn Format) -> String {
    let Migration { source, up, directives, .. } = migration;
    let mut header = Vec::new();
    if let (Role::Checkpoint { .. }, None) = (&migration.role, directives.get("checkpoint")) {
        header.push("-- atlas:checkpoint".to_owned());
    }
    let is_apart =
        |span: &Span| !up.iter().any(|part| part.span.start <= span.start && span.end <= part.span.end);
    let apart = directives.all.iter().filter(|directive| is_apart(&directive.span));
    header.extend(apart.map(|directive| source.slice(directive.span).to_owned()));
    let is_said = directives.get("txmode").is_some();
    header.extend(said(migration.mode.filter(|_| !is_said), up, directives.get("delimiter").is_some()));
    let body = below(&header, &pieces(source, up, format));
    let down = migration.down.as_ref().map(|down| undone(down, format));
    match down.filter(|down| !down.trim().is_empty()) {
        Some(down) => format!("-- atlas:txtar\n\n-- migration.sql --\n{body}-- down.sql --\n{down}"),
        None => body,
    }
}

fn undone(down: &Down, format: &dyn Format) -> String {
    let text = pieces(&down.source, &down.parts, format);
    if text.trim().is_empty() {
        return String::new();
    }
    below(
        &said(
            down.mode.filter(|_| !text.contains("atlas:txmode")),
            &down.parts,
            text.contains("atlas:delimiter"),
        ),
        &text,
    )
}

/// What the tool says in its own words about transactions and delimiters, in those of Atlas.
fn said(mode: Option<TxMode>, parts: &[Part], has_delimiter: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if mode == Some(TxMode::None) {
        lines.push("-- atlas:txmode none".to_owned());
    }
    let delimiter = parts.iter().find_map(|part| match &part.cut {
        Cut::At(delimiter) => Some(delimiter.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")),
        Cut::Default | Cut::Whole => None,
    });
    lines.extend(
        delimiter.filter(|_| !has_delimiter).map(|delimiter| format!("-- atlas:delimiter {delimiter}")),
    );
    lines
}

/// The pieces of a text without the lines that only the tool understands, and with a line break at the end.
fn pieces(source: &Source, parts: &[Part], format: &dyn Format) -> String {
    let mut text = String::new();
    for part in parts {
        let piece = source.slice(part.span).trim_start_matches('\u{feff}');
        for line in piece.split_inclusive('\n').filter(|line| !format.is_mark(line.trim_end())) {
            text.push_str(line);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }
    let start = text.find(|char: char| !char.is_whitespace()).unwrap_or(text.len());
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let text = text[line..].trim_end();
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

/// Puts directives above a text: in the block of comments at its top where that stands for itself.
fn below(header: &[String], text: &str) -> String {
    if header.is_empty() {
        return text.to_owned();
    }
    let mut lines = text.lines().skip_while(|line| line.starts_with("--") || line.starts_with('#'));
    let has_block = text.starts_with("--") || text.starts_with('#');
    let joins = has_block && lines.next().is_none_or(|line| line.trim().is_empty());
    format!("{}\n{}{text}", header.join("\n"), if joins { "" } else { "\n" })
}

/// Whether the file says the same: an archive, for one, must not find its own marks in the statements.
fn check(was: &Migration, is: &Migration, syntax: Syntax) -> Result<()> {
    let differs = || {
        Error::usage(format!(
            "`{}` cannot be converted: its statements would be others",
            was.source.path().escape_debug()
        ))
        .hint("a comment between ` -- ` at both ends, as `-- x --`, is a mark in an archive: write it in another way")
    };
    let texts = |migration: &Migration| -> Result<Vec<String>> {
        let script = migration.script(&syntax)?;
        Ok(script.statements.iter().map(|one| migration.source.slice(one.span).to_owned()).collect())
    };
    let undone = |migration: &Migration| -> Result<Vec<String>> {
        let Some(down) = &migration.down else { return Ok(Vec::new()) };
        let script = down.script(&syntax)?;
        Ok(script.statements.iter().map(|one| down.source.slice(one.span).to_owned()).collect())
    };
    let runs_alone = |migration: &Migration| migration.mode == Some(TxMode::None);
    let same = texts(was)? == texts(is)? && undone(was)? == undone(is)? && runs_alone(was) == runs_alone(is);
    if same { Ok(()) } else { Err(differs()) }
}

//! What the formats of other tools have in common: names, the order of numbers, lines, the words of Atlas.

use std::{cmp::Ordering, path::Path};

use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Cut, Migration, Part, Role, directives::FileDirectives, name},
    text::{Source, Span},
};

use super::Format;

/// One line of a text.
pub(super) struct Line<'a> {
    /// Its bytes, without the line break.
    pub(super) span: Span,
    /// Where the next line starts.
    pub(super) next: usize,
    /// The text, without the line break and without a byte order mark.
    pub(super) text: &'a str,
}

/// The lines of a text.
pub(super) fn lines(source: &Source) -> impl Iterator<Item = Line<'_>> {
    let mut next = 0;
    source.text().split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        let text = line.trim_end_matches(['\n', '\r']);
        let text = if start == 0 { text.trim_start_matches('\u{feff}') } else { text };
        Line { span: Span::new(start, start + line.trim_end_matches(['\n', '\r']).len()), next, text }
    })
}

/// Whether a file stands at the top of the folder and is called `*.sql`.
pub(super) fn is_top_sql(file: &str) -> bool {
    !file.contains('/') && has_ending(file, "sql")
}

/// The files that may give away a folder with sub-folders: those at its top, or all where no SQL stands there, since
/// a folder of migrations may lie beside a schema.
pub(super) fn scripts(folder: &Folder) -> impl Iterator<Item = &String> {
    let is_flat = folder.files.keys().any(|file| has_ending(file, "sql"));
    folder.files.keys().chain(folder.nested.keys().filter(move |_| !is_flat))
}

/// Whether what follows the last dot of a name is this.
pub(super) fn has_ending(file: &str, ending: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found == ending)
}

/// The digits that a name begins with, and what follows the `_` behind them.
pub(super) fn numbered(name: &str) -> Option<(&str, &str)> {
    let (version, rest) = name.split_once('_')?;
    is_number(version).then_some((version, rest))
}

/// Whether a text is nothing but decimal digits.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The order of versions that are numbers of any length; what is none comes last.
pub fn by_number(one: &str, other: &str) -> Ordering {
    magnitude(one).cmp(&magnitude(other))
}

/// The order of versions that is the byte order of names that go on with a `_`.
pub(super) fn by_name(one: &str, other: &str) -> Ordering {
    let bytes = |version: &str| version.bytes().chain([b'_']).collect::<Vec<_>>();
    bytes(one).cmp(&bytes(other))
}

/// What orders numbers by their size, without leading zeros.
pub(super) fn magnitude(text: &str) -> (bool, usize, &str) {
    if !is_number(text) {
        return (true, 0, text);
    }
    let digits = text.trim_start_matches('0');
    (false, digits.len(), digits)
}

/// Numbers shorter than this are counted, others are moments.
const SHORTEST_MOMENT: usize = 8;

/// The number after the last where these are counted, the given moment otherwise.
pub(super) fn next_number(last: Option<&str>, now: String) -> String {
    let counted = last.filter(|last| last.len() < SHORTEST_MOMENT).and_then(name::next_number);
    counted.unwrap_or_else(|| name::following(last, now, by_number))
}

/// An error about a place in a file.
pub(super) fn refused(source: &Source, span: Span, message: &str) -> Error {
    let line = source.position(span.start).line;
    Error::usage(format!("{}:{line}: {message}", source.path())).at(source, span, "here")
}

/// An error about a file that the tool would not run as a migration, or not read at all.
pub(super) fn stranger(format: &dyn Format, source: &Source, shape: &str) -> Error {
    let path = source.path().escape_debug();
    Error::usage(format!("`{path}` has no name that {} reads", format.title()))
        .hint(format!("migrations are called {shape}"))
        .hint("keep other SQL files outside of the folder")
}

/// Refuses names that could pose as other text, or that `atlas.sum` cannot hold.
pub(super) fn check_name(file: &str, source: &Source) -> Result<()> {
    let what = match () {
        () if file.chars().any(char::is_control) => "a control character",
        () if file.contains("h1:") => "`h1:`, which `atlas.sum` cannot hold,",
        () => return Ok(()),
    };
    let path = source.path().escape_debug();
    Err(Error::usage(format!("`{path}` has {what} in its name")).hint("give the file another name"))
}

/// The directives at the top of a file and, where these are apart, at the top of the part that goes up.
pub(super) fn directives(source: &Source, up: Span) -> FileDirectives {
    let file = FileDirectives::read(source);
    if file.header.end > up.start {
        return file;
    }
    let mut part = FileDirectives::read_part(source, up);
    part.all.splice(0..0, file.all);
    part.nolint.splice(0..0, file.nolint);
    part
}

/// A migration as its text alone says, all of which goes up.
pub(super) fn whole(file: &str, version: &str, description: &str, source: &Source) -> Migration {
    bare(file, version, description, source, FileDirectives::read(source))
}

/// The same where the directives are known: a text of many migrations is not to be searched for each of them.
pub(super) fn bare(
    file: &str,
    version: &str,
    description: &str,
    source: &Source,
    directives: FileDirectives,
) -> Migration {
    Migration {
        name: file.to_owned(),
        version: version.to_owned(),
        description: description.to_owned(),
        role: Role::Versioned,
        source: source.clone(),
        mode: None,
        up: vec![Part { span: Span::new(0, source.text().len()), cut: Cut::Default }],
        down: None,
        checks: Vec::new(),
        directives,
    }
}

/// A migration with what its directives say, which counts more than the words of the tool.
pub(super) fn directed(migration: Migration) -> Result<Migration> {
    let Migration { source, directives, .. } = &migration;
    check_name(&migration.name, source)?;
    directives.check(source)?;
    if let Some(archive) = directives.get("txtar") {
        return Err(archive
            .refused(source, "archives (`atlas:txtar`) are read in Atlas's own format only")
            .hint("convert the folder with `plinth migrate import`"));
    }
    let mode = directives.mode(source)?.or(migration.mode);
    let role = match directives.get("checkpoint") {
        Some(checkpoint) => Role::Checkpoint { tag: checkpoint.arguments.clone() },
        None => migration.role.clone(),
    };
    let chosen = directives.cut();
    let mut up = migration.up.clone();
    for part in up.iter_mut().filter(|part| part.cut == Cut::Default) {
        part.cut.clone_from(&chosen);
    }
    Ok(Migration { role, mode, up, ..migration })
}

/// Puts migrations into the order of their versions; two of one version are an error.
pub(super) fn in_order(format: &dyn Format, mut migrations: Vec<Migration>) -> Result<Vec<Migration>> {
    migrations.sort_by(|one, other| format.compare(&one.version, &other.version));
    for pair in migrations.windows(2) {
        if format.compare(&pair[0].version, &pair[1].version) == Ordering::Equal {
            return Err(same_version(&pair[0].name, &pair[1].source));
        }
    }
    Ok(migrations)
}

/// An error about a file that has the version of another.
pub(super) fn same_version(other: &str, source: &Source) -> Error {
    Error::usage(format!("`{}` has the version of `{}`", source.path(), other.escape_debug()))
        .at(source, Span::default(), "this file")
        .hint("give one of them another version")
}

//! A folder of migrations as a value.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    error::{Error, Result},
    folder::Folder,
    sql::{self, Script, Syntax},
    text::{Source, Span},
};

use super::{
    SUM_FILE, Sum,
    directives::{Directive, FileDirectives},
    formats, name,
};

/// A folder of migrations in the order in which they run, which is the byte order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The path of the folder as users know it.
    pub path: String,
    /// The migrations.
    pub migrations: Vec<Migration>,
    /// The checksum file, as it is.
    pub sum_file: Option<Source>,
}

/// One migration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The file name.
    pub name: String,
    /// The version: the name up to the first `_`.
    pub version: String,
    /// What follows the version in the name; may be empty.
    pub description: String,
    /// The text, which has exactly the bytes of the file.
    pub source: Source,
    /// What the comments at the top of the file say.
    pub directives: FileDirectives,
}

/// The longest delimiter that a file can choose, in bytes.
const LONGEST_DELIMITER: usize = 64;

impl Directory {
    /// Reads the migrations of a folder; does not compare them with the checksum file.
    ///
    /// Refuses what is not a folder of migrations, what another tool wrote, names without a
    /// version, text that is not UTF-8, and what is not read yet.
    pub fn open(folder: &Folder) -> Result<Self> {
        if let Some(error) = formats::refuse(folder) {
            return Err(error);
        }
        let mut migrations = Vec::new();
        for (file, content) in folder.files.iter().filter(|(file, _)| has_sql_ending(file)) {
            migrations.push(Migration::read(&folder.path_of(file), file, content)?);
        }
        let sum_file = folder.files.get(SUM_FILE);
        let sum_file =
            sum_file.map(|content| Source::new(folder.path_of(SUM_FILE), String::from_utf8_lossy(content)));
        if migrations.is_empty() && sum_file.is_none() && !is_bare(folder) {
            return Err(not_a_folder(folder));
        }
        check_versions(&migrations)?;
        Ok(Self { path: folder.path.clone(), migrations, sum_file })
    }

    /// The checksums of the files as they are.
    pub fn sum(&self) -> Sum {
        Sum::of(self.migrations.iter().map(|file| (file.name.as_str(), file.source.text().as_bytes())))
    }

    /// The migration of a version.
    pub fn migration(&self, version: &str) -> Option<&Migration> {
        self.migrations.iter().find(|migration| migration.version == version)
    }

    /// The version of a migration that is made now, behind all others.
    pub fn next_version(&self, now: Timestamp) -> String {
        name::following(self.migrations.last().map(|last| last.version.as_str()), name::new_version(now))
    }

    /// The path of a file in the folder.
    pub fn path_of(&self, file: &str) -> String {
        Folder { path: self.path.clone(), ..Folder::default() }.path_of(file)
    }
}

impl Migration {
    /// The statements of the file and the comments outside of them.
    pub fn script(&self, syntax: &Syntax) -> Result<Script> {
        let delimiter = self.directives.get("delimiter");
        let delimiter = delimiter.map(|delimiter| sql::unescape_delimiter(&delimiter.arguments));
        sql::script(self.source.text(), syntax, delimiter.as_deref())
            .map_err(|error| error.into_error(&self.source))
    }

    fn read(path: &str, file: &str, content: &[u8]) -> Result<Self> {
        let name = name::parse(file).map_err(|reason| {
            Error::usage(format!("`{}` is not a migration: {reason}", path.escape_debug()))
                .hint("migrations are called `<version>_<name>.sql`, for example `20260102150405_add_users.sql`")
                .hint("keep other SQL files outside of the folder")
        })?;
        let source = Source::new(path, text(path, content)?);
        let directives = FileDirectives::read(&source);
        check_directives(&source, &directives)?;
        Ok(Self {
            name: file.to_owned(),
            version: name.version,
            description: name.description,
            source,
            directives,
        })
    }
}

fn text<'a>(path: &str, content: &'a [u8]) -> Result<&'a str> {
    let (valid, reason) = match std::str::from_utf8(content) {
        Ok(text) => match text.find('\0') {
            None => return Ok(text),
            Some(at) => (at, "has a NUL byte, behind which a database reads nothing"),
        },
        Err(error) => (error.valid_up_to(), "is not UTF-8"),
    };
    let line = String::from_utf8_lossy(&content[..valid]).matches('\n').count() + 1;
    let error = Error::usage(format!("{path}:{line}: the text {reason}"));
    let utf16 = content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]);
    Err(error.hint(if utf16 { "it looks like UTF-16: save it as UTF-8" } else { "save the file as UTF-8" }))
}

fn check_directives(source: &Source, directives: &FileDirectives) -> Result<()> {
    for word in ["txmode", "delimiter"] {
        let mut same = directives.all.iter().filter(|directive| directive.word == word);
        if let (Some(_), Some(second)) = (same.next(), same.next()) {
            return Err(refused(source, second, &format!("a second `atlas:{word}` in one file")));
        }
    }
    for directive in &directives.all {
        check_directive(source, directive)?;
    }
    Ok(())
}

fn check_directive(source: &Source, directive: &Directive) -> Result<()> {
    let later = |what: &str| {
        Err(refused(source, directive, &format!("{what} not read yet"))
            .hint("write what it does as plain statements, or leave this folder to Atlas until then"))
    };
    match (directive.word.as_str(), directive.arguments.as_str()) {
        ("txtar", _) => later("archives (`atlas:txtar`) are"),
        ("checkpoint", _) => later("checkpoints (`atlas:checkpoint`) are"),
        ("import", _) => later("imports (`atlas:import`) are"),
        ("txmode", "none" | "all") => Err(refused(
            source,
            directive,
            &format!("`atlas:txmode {}` is not run yet: every file is one transaction", directive.arguments),
        )
        .hint("remove the line if the statements can run in one transaction; otherwise run them by hand")),
        ("txmode", mode) if mode != "file" => {
            Err(refused(source, directive, &format!("`{mode}` is no transaction mode: use `file`")))
        }
        ("delimiter", "") => Err(refused(source, directive, "`atlas:delimiter` without a delimiter")),
        ("delimiter", text) if text.len() > LONGEST_DELIMITER => Err(refused(
            source,
            directive,
            &format!("the delimiter is longer than {LONGEST_DELIMITER} bytes"),
        )),
        _ => Ok(()),
    }
}

fn refused(source: &Source, directive: &Directive, message: &str) -> Error {
    Error::usage(format!("{}:{}: {message}", source.path(), directive.line)).at(
        source,
        directive.span,
        "this directive",
    )
}

/// Two files of one version would be one row of the revisions table.
fn check_versions(migrations: &[Migration]) -> Result<()> {
    let mut seen: BTreeMap<&str, &Migration> = BTreeMap::new();
    for migration in migrations {
        if let Some(other) = seen.insert(&migration.version, migration) {
            let message = format!("`{}` has the version of `{}`", migration.source.path(), other.name);
            return Err(Error::usage(message)
                .at(&migration.source, Span::default(), "this file")
                .hint("give one of them another version, then run `plinth migrate hash`"));
        }
    }
    Ok(())
}

fn has_sql_ending(file: &str) -> bool {
    let ending = file.len().checked_sub(4).and_then(|at| file.get(at..));
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case(".sql"))
}

/// Whether nothing but what people put into empty folders is there.
fn is_bare(folder: &Folder) -> bool {
    let usual = |file: &String| file.starts_with('.') || file.to_ascii_lowercase().starts_with("readme");
    folder.folders.is_empty() && folder.files.keys().all(usual)
}

fn not_a_folder(folder: &Folder) -> Error {
    Error::usage(format!(
        "`{}` is not a folder of migrations: it has neither `{SUM_FILE}` nor `*.sql`",
        folder.path
    ))
    .hint("name the folder with `dir`, or start one with `plinth migrate new`")
}

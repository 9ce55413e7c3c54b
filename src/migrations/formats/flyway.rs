//! The format of Flyway: `V<version>__<name>.sql`, `U…` to undo it, `B…` for a whole state, `R__<name>.sql`.

use std::{cmp::Ordering, collections::BTreeMap};

use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Down, Migration, Part, Role, TxMode, directives::FileDirectives},
    text::{Source, Span, file_name},
};

use super::{
    Contents, Draft, Format,
    common::{
        directed, in_order, is_number, lines, magnitude, next_number, refused, same_version, scripts,
        stranger, whole,
    },
};

/// The format of Flyway.
pub(super) struct Flyway;

/// What scripts are called, in any case.
const ENDING: &str = ".sql";

/// What the settings of one script are called, behind the name of the script.
const SETTINGS: &str = ".conf";

/// Endings of migrations that are programs.
const PROGRAMS: [&str; 11] =
    ["bash", "bat", "class", "cmd", "groovy", "java", "kt", "ps1", "py", "scala", "sh"];

impl Format for Flyway {
    fn name(&self) -> &'static str {
        "flyway"
    }

    fn title(&self) -> &'static str {
        "Flyway"
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let mut files = scripts(folder);
        files.find(|file| is_sql(file) && file.contains("__") && Name::parse(file).is_some()).cloned()
    }

    fn is_repeatable(&self, version: &str) -> bool {
        version.starts_with("R__")
    }

    fn is_read(&self, file: &str) -> bool {
        is_sql(file) || file.strip_suffix(SETTINGS).is_some_and(is_sql)
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        refuse_programs(folder.folder)?;
        let mut migrations = Vec::new();
        let mut downs: BTreeMap<Key, (&str, Down)> = BTreeMap::new();
        for (file, source) in folder.sources.iter().filter(|(file, _)| is_sql(file)) {
            let name = Name::parse(file).ok_or_else(|| self.stranger(file, source))?;
            let settings = folder.sources.get(&format!("{file}{SETTINGS}"));
            let settings = settings.map(Settings::read).transpose()?.unwrap_or_default();
            if settings.replaces {
                refuse_placeholders(source)?;
            }
            if name.kind == Kind::Undo {
                let key = Key::of(&name.version());
                if let Some((other, _)) = downs.insert(key, (file, undone(source, settings.mode)?)) {
                    return Err(same_version(other, source));
                }
                continue;
            }
            migrations.push(Migration {
                role: name.kind.role(),
                mode: settings.mode,
                ..whole(file, &name.version(), name.description, source)
            });
        }
        for migration in migrations.iter_mut().filter(|migration| migration.role == Role::Versioned) {
            migration.down = downs.remove(&Key::of(&migration.version)).map(|(_, down)| down);
        }
        if let Some((_, down)) = downs.into_values().next() {
            return Err(Error::usage(format!("`{}` undoes no migration", down.source.path().escape_debug()))
                .at(&down.source, Span::default(), "this file")
                .hint("the file that goes up has the same version behind a `V`"));
        }
        in_order(self, migrations.into_iter().map(directed).collect::<Result<_>>()?)
    }

    /// From the newest baseline on, the repeatable ones last: what an empty database gets.
    fn hashed<'a>(&self, folder: &'a Contents<'_>) -> Vec<&'a str> {
        let key = |file: &'a str| Some((Name::parse(file)?, file));
        let files = folder.sources.keys().filter(|file| is_sql(file)).filter_map(|file| key(file));
        let mut files: Vec<_> = files
            .filter(|(name, _)| name.kind != Kind::Undo)
            .map(|(name, file)| (Key::of(&name.version()), name.kind, file))
            .collect();
        files.sort();
        let baseline = files.iter().rposition(|(_, kind, _)| *kind == Kind::Baseline).unwrap_or(0);
        files[baseline..].iter().map(|(.., file)| *file).collect()
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        Key::of(one).cmp(&Key::of(other))
    }

    /// Counts the first part of the version, as Flyway's own examples do.
    fn next_version(&self, last: Option<&str>, now: String) -> String {
        let first = last.map(|last| last.trim_start_matches('B').split('.').next().unwrap_or(last));
        next_number(first.or(Some("0")), now)
    }

    fn draft(&self, draft: &Draft<'_>) -> Option<Vec<(String, String)>> {
        let stem = draft.stem().replacen('_', "__", 1);
        let file = |letter: char, statements: &[String]| (format!("{letter}{stem}.sql"), statements.concat());
        let down = (!draft.down.is_empty()).then(|| file('U', draft.down));
        Some([file('V', draft.up)].into_iter().chain(down).collect())
    }
}

impl Flyway {
    fn stranger(&self, file: &str, source: &Source) -> Error {
        let stem = file_name(file);
        let is_callback = ["before", "after", "create"].iter().any(|when| stem.starts_with(when));
        if is_callback {
            let path = source.path().escape_debug();
            return Error::usage(format!("`{path}` is a callback, which is not run"))
                .hint("put its statements into migrations, or leave this folder to Flyway");
        }
        stranger(self, source, "`V<version>__<name>.sql`, or with `U`, `B`, or `R` and no version")
    }
}

/// What the first letter of a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Versioned,
    Undo,
    Baseline,
    Repeatable,
}

impl Kind {
    fn role(self) -> Role {
        match self {
            Self::Baseline => Role::Checkpoint { tag: String::new() },
            Self::Repeatable => Role::Repeatable,
            Self::Versioned | Self::Undo => Role::Versioned,
        }
    }
}

/// The name of a file.
struct Name<'a> {
    kind: Kind,
    number: &'a str,
    description: &'a str,
}

impl<'a> Name<'a> {
    fn parse(file: &'a str) -> Option<Self> {
        let file = file_name(file);
        let stem = file.get(..file.len().checked_sub(ENDING.len())?)?;
        let kind = match stem.as_bytes().first()? {
            b'V' => Kind::Versioned,
            b'U' => Kind::Undo,
            b'B' => Kind::Baseline,
            b'R' => Kind::Repeatable,
            _ => return None,
        };
        let (number, description) = stem[1..].split_once("__").unwrap_or((&stem[1..], ""));
        let is_version = !number.is_empty() && number.split(['.', '_']).all(is_number);
        let fits =
            if kind == Kind::Repeatable { number.is_empty() && !description.is_empty() } else { is_version };
        fits.then_some(Self { kind, number, description })
    }

    /// With dots; a baseline and a repeatable one keep their letter, so that each stands once in the folder.
    fn version(&self) -> String {
        match self.kind {
            Kind::Versioned | Kind::Undo => self.number.replace('_', "."),
            Kind::Baseline => format!("B{}", self.number.replace('_', ".")),
            Kind::Repeatable => format!("R__{}", self.description),
        }
    }
}

/// What orders versions: numbers by their parts, a baseline behind its version, then the repeatable ones.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Version(Vec<(usize, String)>, bool),
    Other(String),
}

impl Key {
    fn of(version: &str) -> Self {
        let (number, is_baseline) = version.strip_prefix('B').map_or((version, false), |rest| (rest, true));
        if !number.split('.').all(is_number) {
            return Self::Other(version.to_owned());
        }
        let size = |part: &str| {
            let (_, length, digits) = magnitude(part);
            (length, digits.to_owned())
        };
        let mut parts: Vec<_> = number.split('.').map(size).collect();
        while parts.len() > 1 && parts.last().is_some_and(|(length, _)| *length == 0) {
            parts.pop();
        }
        Self::Version(parts, is_baseline)
    }
}

/// What the file beside a script says about it.
struct Settings {
    mode: Option<TxMode>,
    replaces: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mode: None, replaces: true }
    }
}

impl Settings {
    fn read(source: &Source) -> Result<Self> {
        let mut settings = Self::default();
        for line in lines(source) {
            let text = line.text.trim();
            if text.is_empty() || text.starts_with(['#', '!']) {
                continue;
            }
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            match (key.trim(), value.trim().to_ascii_lowercase().as_str()) {
                ("executeInTransaction", "false") => settings.mode = Some(TxMode::None),
                ("executeInTransaction", "true") => settings.mode = Some(TxMode::File),
                ("placeholderReplacement", "false") => settings.replaces = false,
                ("placeholderReplacement", "true") | ("encoding", "utf-8" | "utf8") => {}
                _ => {
                    return Err(refused(source, line.span, "this setting of a script is not read")
                        .hint("read are `executeInTransaction` and `placeholderReplacement`"));
                }
            }
        }
        Ok(settings)
    }
}

fn undone(source: &Source, mode: Option<TxMode>) -> Result<Down> {
    let directives = FileDirectives::read(source);
    directives.check(source)?;
    let mode = directives.mode(source)?.or(mode);
    Ok(Down { parts: vec![Part::all(source, &directives)], source: source.clone(), mode })
}

fn refuse_placeholders(source: &Source) -> Result<()> {
    let text = source.text();
    let Some(start) = text.find("${") else { return Ok(()) };
    let length = text[start..].find(['}', '\n']).map_or(2, |length| length + 1);
    Err(refused(source, Span::new(start, start + length), "placeholders (`${…}`) are not replaced")
        .hint("write the value into the file")
        .hint("or say `placeholderReplacement=false` in a file of the same name with `.conf` behind it"))
}

fn refuse_programs(folder: &Folder) -> Result<()> {
    let is_program = |file: &&String| {
        let Some((stem, ending)) = file_name(file).rsplit_once('.') else { return false };
        PROGRAMS.contains(&ending) && Name::parse(&format!("{stem}.sql")).is_some()
    };
    let Some(file) = folder.files.keys().chain(folder.nested.keys()).find(is_program) else { return Ok(()) };
    let path = folder.path_of(file);
    Err(Error::usage(format!("`{}` is a migration that is a program, which is not run", path.escape_debug()))
        .hint("write what it does as SQL, or leave this folder to Flyway"))
}

fn is_sql(file: &str) -> bool {
    let ending = file.len().checked_sub(ENDING.len()).and_then(|at| file.get(at..));
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING))
}

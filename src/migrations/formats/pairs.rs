//! Migrations as pairs of files, one that goes up and one that goes down.

use std::collections::BTreeMap;

use crate::{
    error::{Error, Result},
    migrations::{Down, Migration, Part, TxMode, directives::FileDirectives},
    text::{Source, Span},
};

use super::{
    Contents, Draft, Format,
    common::{directed, in_order, magnitude, numbered, same_version, stranger, whole},
};

/// How the file that goes up ends.
pub(super) const UP: &str = ".up.sql";
/// How the file that goes down ends.
pub(super) const DOWN: &str = ".down.sql";

/// How a tool writes pairs.
pub(super) struct Pairs<'a> {
    /// The tool.
    pub(super) format: &'a dyn Format,
    /// The names, for people.
    pub(super) shape: &'static str,
    /// Whether a file may go up alone, without a direction in its name.
    pub(super) single: bool,
    /// How a file wants to run.
    pub(super) mode: fn(&Source) -> Option<TxMode>,
}

/// Whether a file is called `<number>_<name>.up.sql` or `….down.sql`.
pub(super) fn has_direction(file: &str) -> bool {
    numbered(file).is_some_and(|(_, rest)| rest.ends_with(UP) || rest.ends_with(DOWN))
}

/// The two files of a new migration.
pub(super) fn draft(draft: &Draft<'_>) -> Vec<(String, String)> {
    let file =
        |ending: &str, statements: &[String]| (format!("{}{ending}", draft.stem()), statements.concat());
    vec![file(UP, draft.up), file(DOWN, draft.down)]
}

impl Pairs<'_> {
    /// Reads a folder; a file that goes down needs one that goes up, not the other way round.
    pub(super) fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let mut migrations = Vec::new();
        let mut downs: BTreeMap<_, (&str, &Source)> = BTreeMap::new();
        for (file, source) in &folder.sources {
            let stranger = || stranger(self.format, source, self.shape);
            let (version, rest) = numbered(file).ok_or_else(stranger)?;
            if rest.ends_with(DOWN) {
                if let Some((other, _)) = downs.insert(magnitude(version), (file, source)) {
                    return Err(same_version(other, source));
                }
                continue;
            }
            let single = || rest.strip_suffix(".sql").filter(|_| self.single);
            let description = rest.strip_suffix(UP).or_else(single).ok_or_else(stranger)?;
            let mode = (self.mode)(source);
            migrations.push(Migration { mode, ..whole(file, version, description, source) });
        }
        for migration in &mut migrations {
            let down = downs.remove(&magnitude(&migration.version));
            migration.down = down.map(|(_, source)| self.undone(source)).transpose()?;
        }
        if let Some((_, source)) = downs.into_values().next() {
            return Err(Error::usage(format!("`{}` undoes no migration", source.path().escape_debug()))
                .at(source, Span::default(), "this file")
                .hint(format!("the file that goes up has the same number and ends in `{UP}`")));
        }
        in_order(self.format, migrations.into_iter().map(directed).collect::<Result<_>>()?)
    }

    fn undone(&self, source: &Source) -> Result<Down> {
        let directives = FileDirectives::read(source);
        directives.check(source)?;
        let mode = directives.mode(source)?.or((self.mode)(source));
        Ok(Down { parts: vec![Part::all(source, &directives)], source: source.clone(), mode })
    }
}

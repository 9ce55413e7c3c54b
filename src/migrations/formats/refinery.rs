//! The format of refinery: `V<number>__<name>.sql`, and `U<number>__<name>.sql` for those that may come late.

use std::{cmp::Ordering, collections::BTreeSet};

use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::Migration,
    text::file_name,
};

use super::{
    Contents, Draft, Format,
    common::{
        by_number, directed, has_ending, in_order, is_number, magnitude, next_number, scripts, stranger,
        whole,
    },
};

/// The format of refinery.
pub(super) struct Refinery;

impl Format for Refinery {
    fn name(&self) -> &'static str {
        "refinery"
    }

    fn title(&self) -> &'static str {
        "refinery"
    }

    /// A migration in Rust, or a `U` that is no way back of a `V`: the rest looks like a folder of Flyway.
    fn detect(&self, folder: &Folder) -> Option<String> {
        let files: Vec<&String> = scripts(folder).collect();
        if let Some(program) = files.iter().find(|file| is_program(file)) {
            return Some((*program).clone());
        }
        let names: Option<Vec<_>> =
            files.iter().filter(|file| has_ending(file, "sql")).map(|file| parse(file, ".sql")).collect();
        let names = names?;
        let versioned: BTreeSet<_> = names
            .iter()
            .filter(|(letter, ..)| *letter == 'V')
            .map(|(_, number, _)| magnitude(number))
            .collect();
        let is_late = |file: &&&String| {
            parse(file, ".sql")
                .is_some_and(|(letter, number, _)| letter == 'U' && !versioned.contains(&magnitude(number)))
        };
        files.iter().find(is_late).map(|file| (*file).clone())
    }

    fn is_read(&self, file: &str) -> bool {
        has_ending(file, "sql")
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let files = folder.folder;
        if let Some(file) = files.files.keys().chain(files.nested.keys()).find(|file| is_program(file)) {
            let path = files.path_of(file);
            return Err(Error::usage(format!(
                "`{}` is a migration in Rust, which is not run",
                path.escape_debug()
            ))
            .hint("write what it does as SQL, or leave this folder to refinery"));
        }
        let migrations = folder.sources.iter().map(|(file, source)| {
            let Some((_, number, description)) = parse(file, ".sql") else {
                return Err(stranger(self, source, "`V<number>__<name>.sql` or `U<number>__<name>.sql`"));
            };
            directed(whole(file, number, description, source))
        });
        in_order(self, migrations.collect::<Result<_>>()?)
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        by_number(one, other)
    }

    fn next_version(&self, last: Option<&str>, now: String) -> String {
        next_number(last, now)
    }

    fn draft(&self, draft: &Draft<'_>) -> Option<Vec<(String, String)>> {
        let stem = draft.stem().replacen('_', "__", 1).replace('-', "_");
        Some(vec![(format!("V{stem}.sql"), draft.up.concat())])
    }
}

/// The letter, the number and the description of a name.
fn parse<'a>(file: &'a str, ending: &str) -> Option<(char, &'a str, &'a str)> {
    let stem = file_name(file).strip_suffix(ending)?;
    let letter = stem.chars().next().filter(|letter| matches!(letter, 'V' | 'U'))?;
    let (number, description) = stem[1..].split_once("__")?;
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let fits = is_number(number) && !description.is_empty() && description.chars().all(is_word);
    fits.then_some((letter, number, description))
}

fn is_program(file: &str) -> bool {
    parse(file, ".rs").is_some()
}

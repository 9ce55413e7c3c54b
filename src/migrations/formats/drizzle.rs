//! The format of drizzle-kit: `<number>_<name>.sql` in the order of `meta/_journal.json`.

use std::{cmp::Ordering, collections::BTreeSet};

use serde_json::Value;

use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Cut, Migration, Part, SUM_FILE},
    text::{Source, Span},
};

use super::{
    Contents, Draft, Format,
    common::{by_number, directed, in_order, is_top_sql, numbered, refused, whole},
};

/// The format of drizzle-kit.
pub(super) struct Drizzle;

/// The list of migrations.
const JOURNAL: &str = "meta/_journal.json";
/// What stands between two statements.
const BREAKPOINT: &str = "--> statement-breakpoint";

impl Format for Drizzle {
    fn name(&self) -> &'static str {
        "drizzle"
    }

    fn title(&self) -> &'static str {
        "Drizzle"
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        if folder.nested.contains_key(JOURNAL) {
            return Some(JOURNAL.to_owned());
        }
        let breaks =
            |content: &[u8]| content.windows(BREAKPOINT.len()).any(|text| text == BREAKPOINT.as_bytes());
        let is_cut = |(file, content): &(&String, &Vec<u8>)| is_top_sql(file) && breaks(content);
        let found = folder.files.iter().find(is_cut).map(|(file, _)| file.clone());
        // An `atlas.sum` says that somebody brought the files over.
        found.filter(|_| !folder.files.contains_key(SUM_FILE))
    }

    fn is_loose(&self) -> bool {
        false
    }

    fn is_read(&self, file: &str) -> bool {
        is_top_sql(file) || file == JOURNAL
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let Some(journal) = folder.sources.get(JOURNAL) else {
            return Err(Error::usage(format!("there is no `{}`", folder.folder.path_of(JOURNAL)))
                .hint("drizzle-kit writes it with `drizzle-kit generate`"));
        };
        let mut migrations = Vec::new();
        let mut listed = BTreeSet::new();
        for tag in tags(journal)? {
            let file = format!("{tag}.sql");
            let Some((name, source)) = folder.sources.get_key_value(&file) else {
                return Err(wrong(journal, &format!("there is no file for `{}`", tag.escape_debug())));
            };
            let Some((number, description)) = numbered(&tag) else {
                return Err(wrong(
                    journal,
                    &format!("`{}` does not begin with a number", tag.escape_debug()),
                )
                .hint("the prefixes that are read are `index`, `timestamp` and `unix`"));
            };
            listed.insert(name);
            let migration = whole(name, number, description, source);
            migrations.push(directed(Migration { up: parts(source), ..migration })?);
        }
        let is_loose = |file: &&String| is_top_sql(file) && !listed.contains(file);
        if let Some(file) = folder.sources.keys().find(is_loose) {
            let path = folder.folder.path_of(file);
            return Err(Error::usage(format!("`{}` is not in `{}`", path.escape_debug(), journal.path()))
                .hint(
                    "Drizzle does not run it: bring it in with `drizzle-kit generate --custom`, or remove it",
                ));
        }
        let names: Vec<_> = migrations.iter().map(|migration| migration.name.clone()).collect();
        let migrations = in_order(self, migrations)?;
        if let Some((migration, _)) =
            migrations.iter().zip(names).find(|(migration, name)| migration.name != *name)
        {
            let message =
                format!("`{}` does not stand where its number puts it", migration.name.escape_debug());
            return Err(wrong(journal, &message).hint("number the files in the order of the journal"));
        }
        Ok(migrations)
    }

    /// The journal and the snapshots are the work of drizzle-kit.
    fn draft(&self, _: &Draft<'_>) -> Option<Vec<(String, String)>> {
        None
    }

    fn hashed<'a>(&self, folder: &'a Contents<'_>) -> Vec<&'a str> {
        folder.sources.keys().map(String::as_str).filter(|file| is_top_sql(file)).collect()
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        by_number(one, other)
    }
}

/// The names of the files without their ending, in order.
fn tags(journal: &Source) -> Result<Vec<String>> {
    let value: Value = serde_json::from_str(journal.text())
        .map_err(|error| wrong(journal, &format!("the journal is no JSON: {error}")))?;
    let entries = value.get("entries").and_then(Value::as_array);
    let entries = entries.ok_or_else(|| wrong(journal, "it has no list `entries`"))?;
    let tag = |entry: &Value| {
        let tag = entry.get("tag").and_then(Value::as_str).map(str::to_owned);
        tag.ok_or_else(|| wrong(journal, "an entry has no `tag`"))
    };
    entries.iter().map(tag).collect()
}

/// The pieces between the breakpoints, which Drizzle looks for everywhere.
fn parts(source: &Source) -> Vec<Part> {
    let text = source.text();
    let mut start = 0;
    let ends = text.match_indices(BREAKPOINT).map(|(at, mark)| (at, at + mark.len()));
    ends.chain([(text.len(), text.len())])
        .map(|(end, next)| {
            let span = Span::new(start, end);
            start = next;
            Part { span, cut: Cut::Default }
        })
        .collect()
}

fn wrong(journal: &Source, message: &str) -> Error {
    refused(journal, Span::default(), message)
}

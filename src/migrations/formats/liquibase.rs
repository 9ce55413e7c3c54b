//! The format of Liquibase's formatted SQL: files of changesets, each of which is a migration of its own.

use std::collections::BTreeSet;

use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Cut, Down, Migration, Part, directives::FileDirectives},
    text::{Source, Span},
};

use super::{
    Contents, Draft, Format,
    changeset::{Attributes, Word, word},
    common::{Line, bare, directed, is_top_sql, lines, refused},
};

/// The format of Liquibase.
pub(super) struct Liquibase;

/// The most directives above the first changeset.
const MOST_DIRECTIVES: usize = 64;

/// The endings of changelogs that are not SQL.
const OTHER_CHANGELOGS: [&str; 4] = [".xml", ".yaml", ".yml", ".json"];

impl Format for Liquibase {
    fn name(&self) -> &'static str {
        "liquibase"
    }

    fn title(&self) -> &'static str {
        "Liquibase"
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let is_formatted = |(file, content): &(&String, &Vec<u8>)| {
            let text = String::from_utf8_lossy(content);
            let first = text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty());
            is_top_sql(file) && matches!(first.and_then(word), Some(Word::Header))
        };
        folder.files.iter().find(is_formatted).map(|(file, _)| file.clone())
    }

    fn is_read(&self, file: &str) -> bool {
        is_top_sql(file)
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let is_changelog = |file: &&String| {
            let file = file.to_ascii_lowercase();
            file.contains("changelog") && OTHER_CHANGELOGS.iter().any(|ending| file.ends_with(ending))
        };
        if let Some(file) = folder.folder.files.keys().find(is_changelog) {
            let path = folder.folder.path_of(file);
            return Err(Error::usage(format!("`{}` is a changelog that is not read", path.escape_debug()))
                .hint(
                    "read are folders of formatted SQL, in the order of their names; name the one with these",
                ));
        }
        let mut migrations = Vec::new();
        let mut seen = BTreeSet::new();
        for (file, source) in &folder.sources {
            for (line, migration) in File::read(source)?.migrations(file, source)? {
                if !seen.insert(migration.version.clone()) {
                    let message = format!("a second changeset `{}`", migration.version);
                    return Err(refused(source, line, &message)
                        .hint("Liquibase tells them apart by file, but here a version stands once"));
                }
                migrations.push(migration);
            }
        }
        Ok(migrations)
    }

    /// They run as the files have them, and a changeset may be put anywhere.
    fn is_ordered(&self) -> bool {
        false
    }

    /// Which file of a changelog it belongs to is the author's to say.
    fn draft(&self, _: &Draft<'_>) -> Option<Vec<(String, String)>> {
        None
    }

    fn is_mark(&self, line: &str) -> bool {
        word(line).is_some()
    }
}

/// A file as its lines say.
struct File {
    changesets: Vec<Changeset>,
    /// What undoes the changesets, each line on the line that it has in the file.
    undoing: String,
}

/// One changeset.
struct Changeset {
    /// The line that begins it.
    line: Span,
    attributes: Attributes,
    comment: String,
    /// The bytes of its statements, between the lines that undo them.
    up: Vec<Span>,
    /// The bytes of everything.
    span: Span,
    /// The bytes of what undoes it, in the text of its own; none where nothing is said.
    down: Option<Span>,
    /// Where that text begins.
    down_start: usize,
}

impl File {
    fn read(source: &Source) -> Result<Self> {
        let mut reader =
            Reader { source, file: Self { changesets: Vec::new(), undoing: String::new() }, inside: None };
        let mut has_header = false;
        for line in lines(source) {
            let blank = line.text.trim().is_empty();
            has_header |= matches!(word(line.text), Some(Word::Header));
            if !has_header && !blank {
                return Err(refused(
                    source,
                    line.span,
                    "the file does not begin with `--liquibase formatted sql`",
                )
                .hint("keep SQL that is not formatted outside of the folder"));
            }
            reader.line(&line)?;
            reader.file.undoing.push('\n');
        }
        if let Some(open) = reader.inside {
            return Err(refused(source, open, "this comment with a rollback is not closed"));
        }
        let mut file = reader.file;
        if let Some(last) = file.changesets.last_mut() {
            last.end(source.text().len(), file.undoing.len());
        }
        Ok(file)
    }

    fn migrations(self, file: &str, source: &Source) -> Result<Vec<(Span, Migration)>> {
        let top = self.changesets.first().map_or(source.text().len(), |first| first.line.start);
        let top = FileDirectives::read_part(source, Span::new(0, top));
        if let Some(first) = top.all.get(MOST_DIRECTIVES) {
            return Err(first.refused(
                source,
                "too many directives above the first changeset, each of which has them all",
            ));
        }
        let undoing = Source::new(source.path(), self.undoing);
        let migrations = self.changesets.into_iter().map(|changeset| {
            let line = changeset.line;
            Ok((line, changeset.migration(file, source, &undoing, &top)?))
        });
        migrations.collect()
    }
}

impl Changeset {
    fn end(&mut self, at: usize, undoing: usize) {
        self.down = self.down.map(|_| Span::new(self.down_start, undoing));
        self.span.end = at;
        if let Some(last) = self.up.last_mut() {
            last.end = at;
        }
    }

    fn migration(
        self,
        file: &str,
        source: &Source,
        undoing: &Source,
        top: &FileDirectives,
    ) -> Result<Migration> {
        let Attributes { author, id, mode, delimiter, rollback_delimiter } = self.attributes;
        let cut = |delimiter: Option<String>| delimiter.map_or(Cut::Default, Cut::At);
        let mut directives = FileDirectives::read_part(source, self.span);
        directives.all.splice(0..0, top.all.iter().cloned());
        directives.nolint.splice(0..0, top.nolint.iter().cloned());
        let down = self.down.map(|span| {
            let text = undoing.slice(span).trim().to_ascii_lowercase();
            let is_nothing = text.starts_with("not required") || text.starts_with("empty");
            let part = Part { span, cut: cut(rollback_delimiter) };
            Down { source: undoing.clone(), parts: if is_nothing { Vec::new() } else { vec![part] }, mode }
        });
        let cut = cut(delimiter);
        let version = format!("{author}:{id}");
        directed(Migration {
            name: format!("{file}:{version}"),
            up: self
                .up
                .iter()
                .filter_map(|span| Some(Part { span: tight(source, *span)?, cut: cut.clone() }))
                .collect(),
            down,
            mode,
            ..bare(file, &version, &self.comment, source, directives)
        })
    }
}

struct Reader<'a> {
    source: &'a Source,
    file: File,
    /// The line that began the comment with a rollback that is open.
    inside: Option<Span>,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line<'_>) -> Result<()> {
        if self.inside.is_some() {
            self.block_line(line);
            return Ok(());
        }
        match word(line.text) {
            Some(word) => self.word(line, word),
            None => self.other(line),
        }
    }

    fn word(&mut self, line: &Line<'_>, word: Word<'_>) -> Result<()> {
        match word {
            Word::Header | Word::Harmless => Ok(()),
            Word::Changeset(text) => {
                let attributes = Attributes::read(self.source, line.span, text)?;
                if let Some(last) = self.file.changesets.last_mut() {
                    last.end(line.span.start, self.file.undoing.len());
                }
                let span = Span::new(line.span.start, line.next);
                let comment = String::new();
                self.file.changesets.push(Changeset {
                    line: line.span,
                    attributes,
                    comment,
                    up: vec![span],
                    span,
                    down: None,
                    down_start: self.file.undoing.len(),
                });
                Ok(())
            }
            Word::Comment(text) => {
                if let Some(last) = self.file.changesets.last_mut() {
                    text.trim().clone_into(&mut last.comment);
                }
                Ok(())
            }
            Word::Rollback(text) => {
                self.begin_rollback(line)?;
                self.file.undoing.push_str(text);
                Ok(())
            }
            Word::RollbackBlock => {
                self.inside = Some(line.span);
                self.begin_rollback(line)
            }
            Word::Refused(what) => Err(refused(self.source, line.span, &format!("{what} not read"))
                .hint("write what it does as plain statements, or leave this folder to Liquibase")),
        }
    }

    /// A line that says nothing to Liquibase.
    fn other(&self, line: &Line<'_>) -> Result<()> {
        let text = line.text.trim();
        if self.file.changesets.is_empty() && !text.is_empty() && !text.starts_with("--") {
            return Err(refused(self.source, line.span, "a statement above the first `--changeset`"));
        }
        placeholder(self.source, line)
    }

    /// Cuts the statements of the changeset at a line that undoes it.
    fn begin_rollback(&mut self, line: &Line<'_>) -> Result<()> {
        let Some(last) = self.file.changesets.last_mut() else {
            return Err(refused(self.source, line.span, "a rollback above the first `--changeset`"));
        };
        last.down.get_or_insert_default();
        if let Some(part) = last.up.last_mut() {
            part.end = line.span.start;
        }
        last.up.push(Span::new(line.next, line.next));
        if line.text.to_ascii_lowercase().contains("changesetid") {
            return Err(refused(
                self.source,
                line.span,
                "rollbacks that name another changeset are not read",
            ));
        }
        placeholder(self.source, line)
    }

    /// A line of a comment with a rollback.
    fn block_line(&mut self, line: &Line<'_>) {
        let text = match line.text.split_once("*/") {
            Some((text, _)) => {
                self.inside = None;
                text
            }
            None => line.text,
        };
        self.file.undoing.push_str(text);
        if let Some(part) = self.file.changesets.last_mut().and_then(|last| last.up.last_mut()) {
            *part = Span::new(line.next, line.next);
        }
    }
}

/// A piece without the white space around it, which changes with what follows the changeset; none where that is all.
fn tight(source: &Source, span: Span) -> Option<Span> {
    let text = source.slice(span);
    let start = span.start + text.len() - text.trim_start().len();
    let tight = Span::new(start, start + text.trim().len());
    (tight.start < tight.end).then_some(tight)
}

/// Refuses a parameter that Liquibase would replace.
fn placeholder(source: &Source, line: &Line<'_>) -> Result<()> {
    let Some(start) = line.text.find("${").filter(|at| line.text[*at..].contains('}')) else { return Ok(()) };
    let at = line.span.start + start;
    Err(refused(source, Span::new(at, at + 2), "parameters (`${…}`) are not replaced")
        .hint("write the value into the file, or leave this folder to Liquibase"))
}

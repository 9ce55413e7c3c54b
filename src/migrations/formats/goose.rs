//! The format of goose: `<number>_<name>.sql` with lines `-- +goose <word>`.

use std::cmp::Ordering;

use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Cut, Down, Migration, Part, TxMode},
    text::{Source, Span},
};

use super::{
    Contents, Draft, Format,
    common::{
        Line, by_number, directed, directives, has_ending, in_order, is_top_sql, lines, next_number,
        numbered, refused, stranger, whole,
    },
};

/// The format of goose.
pub(super) struct Goose;

/// What goose's lines begin with behind `--`.
const MARK: &str = "+goose";

/// What to do about a file without that line.
const BELOW: &str = "goose runs what stands below that line; keep other SQL files outside of the folder";

impl Format for Goose {
    fn name(&self) -> &'static str {
        "goose"
    }

    fn title(&self) -> &'static str {
        "goose"
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let is_marked = |(file, content): &(&String, &Vec<u8>)| {
            let mut lines = content.split(|byte| *byte == b'\n');
            is_top_sql(file) && lines.any(|line| is_mark(&String::from_utf8_lossy(line)))
        };
        folder.files.iter().find(is_marked).map(|(file, _)| file.clone())
    }

    fn is_read(&self, file: &str) -> bool {
        is_top_sql(file)
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let is_program = |file: &&String| {
            numbered(file).is_some_and(|(_, rest)| has_ending(rest, "go") && !rest.ends_with("_test.go"))
        };
        if let Some(file) = folder.folder.files.keys().find(is_program) {
            let path = folder.folder.path_of(file);
            return Err(Error::usage(format!(
                "`{}` is a migration in Go, which is not run",
                path.escape_debug()
            ))
            .hint("write what it does as SQL, or leave this folder to goose"));
        }
        let migrations = folder.sources.iter().map(|(file, source)| self.migration(file, source));
        in_order(self, migrations.collect::<Result<_>>()?)
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        by_number(one, other)
    }

    fn next_version(&self, last: Option<&str>, now: String) -> String {
        next_number(last, now)
    }

    /// Goose cuts at every `;` that ends a line, but between its own lines.
    fn draft(&self, draft: &Draft<'_>) -> Option<Vec<(String, String)>> {
        let piece = |text: &String| {
            let is_cut = text.matches(';').count() > 1;
            let (begin, end) = ("-- +goose StatementBegin\n", "-- +goose StatementEnd\n");
            if is_cut { format!("{begin}{text}{end}") } else { text.clone() }
        };
        let part = |statements: &[String]| statements.iter().map(piece).collect::<String>();
        let text = format!("-- +goose Up\n{}\n-- +goose Down\n{}", part(draft.up), part(draft.down));
        Some(vec![(format!("{}.sql", draft.stem()), text)])
    }

    fn is_mark(&self, line: &str) -> bool {
        is_mark(line)
    }
}

impl Goose {
    fn migration(&self, file: &str, source: &Source) -> Result<Migration> {
        let name = numbered(file.trim_end_matches(".sql"))
            .filter(|(number, _)| !number.trim_matches('0').is_empty());
        let Some((version, description)) = name else {
            return Err(stranger(self, source, "`<number>_<name>.sql`, with a number from 1"));
        };
        let parts = Parts::read(source)?;
        let down = (!parts.down.is_empty()).then(|| Down {
            source: source.clone(),
            parts: parts.down,
            mode: parts.mode,
        });
        let directives = directives(source, Span::new(parts.up_line, source.text().len()));
        let migration = whole(file, version, description, source);
        directed(Migration { up: parts.up, down, mode: parts.mode, directives, ..migration })
    }
}

/// What the lines of one file say.
#[derive(Default)]
struct Parts {
    up: Vec<Part>,
    down: Vec<Part>,
    mode: Option<TxMode>,
    up_line: usize,
}

/// Where in a file a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Up,
    Down,
}

impl Parts {
    fn read(source: &Source) -> Result<Self> {
        let mut parts = Self::default();
        let mut state = State::Before;
        let mut start = 0;
        let mut begun: Option<Span> = None;
        for line in lines(source) {
            let Some(word) = word(&line) else {
                if state == State::Before && !is_blank(line.text) {
                    return Err(refused(source, line.span, "a statement above `-- +goose Up`").hint(BELOW));
                }
                continue;
            };
            let wrong = |why: &str| Err(refused(source, line.span, why));
            match (word.to_ascii_lowercase().as_str(), state) {
                ("up" | "down" | "statementbegin", _) if begun.is_some() => {
                    return wrong("this stands between `StatementBegin` and `StatementEnd`");
                }
                ("up", State::Before) => {
                    (parts.up_line, state) = (line.span.start, State::Up);
                }
                ("up", _) => return wrong("a second `-- +goose Up`"),
                ("down", State::Up) => {
                    parts.end(state, start, line.span.start);
                    (start, state) = (line.span.start, State::Down);
                }
                ("down", _) => return wrong("`-- +goose Down` is not below `-- +goose Up`"),
                ("statementbegin", State::Up | State::Down) => begun = Some(line.span),
                ("statementend", _) if begun.take().is_some() => {
                    // Its last statement may have no `;`.
                    parts.end(state, start, line.span.start);
                    start = line.span.start;
                }
                ("statementbegin" | "statementend", _) => {
                    return wrong("`StatementBegin` and `StatementEnd` stand in pairs below `Up` or `Down`");
                }
                ("no transaction", _) => parts.mode = Some(TxMode::None),
                ("envsub off", _) => {}
                ("envsub on", _) => {
                    return Err(refused(
                        source,
                        line.span,
                        "variables of the environment (`ENVSUB`) are not put in",
                    )
                    .hint("write the values into the file, or leave this folder to goose"));
                }
                _ => return wrong("goose has no such annotation"),
            }
        }
        if let Some(span) = begun {
            return Err(refused(source, span, "this `StatementBegin` has no `StatementEnd`"));
        }
        if state == State::Before {
            return Err(refused(source, Span::default(), "the file has no line `-- +goose Up`").hint(BELOW));
        }
        parts.end(state, start, source.text().len());
        Ok(parts)
    }

    fn end(&mut self, state: State, start: usize, end: usize) {
        let part = Part { span: Span::new(start, end), cut: Cut::Default };
        if state == State::Down { self.down.push(part) } else { self.up.push(part) }
    }
}

/// The words of a line `-- +goose <words>`.
fn word<'a>(line: &Line<'a>) -> Option<&'a str> {
    is_mark(line.text).then(|| line.text.split_once(MARK).map_or("", |(_, words)| words.trim()))
}

/// A line that goose takes for its own: a comment that names it anywhere.
fn is_mark(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim_start();
    line.starts_with("--") && line.contains(MARK)
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with("--")
}

//! The format of dbmate: `<version>_<name>.sql` with lines `-- migrate:up` and `-- migrate:down`.

use std::cmp::Ordering;

use crate::{
    error::Result,
    folder::Folder,
    migrations::{Cut, Down, Migration, Part, TxMode},
    text::{Source, Span},
};

use super::{
    Contents, Draft, Format,
    common::{
        Line, by_name, directed, directives, in_order, is_top_sql, lines, numbered, refused, stranger, whole,
    },
};

/// The format of dbmate.
pub(super) struct Dbmate;

impl Format for Dbmate {
    fn name(&self) -> &'static str {
        "dbmate"
    }

    fn title(&self) -> &'static str {
        "dbmate"
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let is_marked = |(file, content): &(&String, &Vec<u8>)| {
            let mut lines = content.split(|byte| *byte == b'\n');
            is_top_sql(file) && lines.any(|line| mark(&String::from_utf8_lossy(line)).is_some())
        };
        folder.files.iter().find(is_marked).map(|(file, _)| file.clone())
    }

    fn is_read(&self, file: &str) -> bool {
        is_top_sql(file)
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let migrations = folder.sources.iter().map(|(file, source)| self.migration(file, source));
        in_order(self, migrations.collect::<Result<_>>()?)
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        by_name(one, other)
    }

    fn draft(&self, draft: &Draft<'_>) -> Option<Vec<(String, String)>> {
        let text = format!("-- migrate:up\n{}\n-- migrate:down\n{}", draft.up.concat(), draft.down.concat());
        Some(vec![(format!("{}.sql", draft.stem()), text)])
    }

    fn is_mark(&self, line: &str) -> bool {
        mark(line).is_some()
    }
}

impl Dbmate {
    fn migration(&self, file: &str, source: &Source) -> Result<Migration> {
        let Some((version, description)) = numbered(file.trim_end_matches(".sql")) else {
            return Err(stranger(self, source, "`<number>_<name>.sql`"));
        };
        let marks = Marks::read(source)?;
        let end = source.text().len();
        let up = Span::new(marks.up.0, marks.down.map_or(end, |(start, _)| start));
        let down = marks.down.map(|(start, mode)| Down {
            source: source.clone(),
            parts: vec![Part { span: Span::new(start, end), cut: Cut::Default }],
            mode,
        });
        directed(Migration {
            directives: directives(source, up),
            // Above the mark are comments only.
            up: vec![Part { span: Span::new(0, up.end), cut: Cut::Default }],
            down,
            mode: marks.up.1,
            ..whole(file, version, description, source)
        })
    }
}

/// Where the parts of a file begin, with their marks, and how they want to run.
struct Marks {
    up: (usize, Option<TxMode>),
    down: Option<(usize, Option<TxMode>)>,
}

impl Marks {
    fn read(source: &Source) -> Result<Self> {
        let (mut up, mut down) = (None, None);
        for line in lines(source) {
            let Some((direction, options)) = mark(line.text) else {
                let text = line.text.trim();
                if up.is_none() && !text.is_empty() && !text.starts_with("--") {
                    return Err(refused(source, line.span, "a statement above `-- migrate:up`"));
                }
                continue;
            };
            let place = (line.span.start, mode(source, &line, options)?);
            match (direction, up, down) {
                ("up", None, None) => up = Some(place),
                ("down", Some(_), None) => down = Some(place),
                ("down", None, _) => {
                    return Err(refused(source, line.span, "`-- migrate:down` is not below `-- migrate:up`"));
                }
                _ => return Err(refused(source, line.span, "a second mark of one direction")),
            }
        }
        let no_up = || refused(source, Span::default(), "the file has no line `-- migrate:up`");
        Ok(Self { up: up.ok_or_else(no_up)?, down })
    }
}

/// The direction and the options of a line `-- migrate:<direction> <options>`.
fn mark(line: &str) -> Option<(&str, &str)> {
    let rest =
        line.trim_start_matches('\u{feff}').strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    let (direction, options) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    matches!(direction, "up" | "down").then_some((direction, options.trim()))
}

fn mode(source: &Source, line: &Line<'_>, options: &str) -> Result<Option<TxMode>> {
    let mut mode = None;
    for option in options.split_whitespace() {
        mode = match option {
            "transaction:false" => Some(TxMode::None),
            "transaction:true" => Some(TxMode::File),
            _ => {
                return Err(refused(source, line.span, "dbmate has no such option")
                    .hint("the one option is `transaction:false`"));
            }
        };
    }
    Ok(mode)
}

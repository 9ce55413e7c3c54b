//! A piece of a file with something underlined, for terminals and logs.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use crate::{
    render::escape::{cut, is_hidden, one_line},
    text::{Position, Source, Span},
};

/// Whether text for a terminal has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// None: text alone.
    Plain,
    /// ANSI escape sequences.
    Ansi,
}

impl Colour {
    /// Colours where `on` says so.
    pub fn when(on: bool) -> Self {
        if on { Self::Ansi } else { Self::Plain }
    }
}

/// How far the lines of a snippet are looked for, in bytes: a file may be one line of megabytes.
const REACH: usize = 240;
/// The longest piece that is shown, in bytes.
const LONGEST: usize = 1_200;
/// The most lines that are shown.
const MOST_LINES: usize = 12;

/// Some lines of a text, made visible character by character, with the bytes to underline.
pub(super) struct Shown {
    text: String,
    span: Range<usize>,
    start: Position,
    /// Whether the first line is whole, so that columns can be counted in it.
    is_whole: bool,
}

impl Shown {
    /// The lines around a span of a source; `position` is that of the span's start.
    pub(super) fn of(source: &Source, span: Span, position: Position) -> Self {
        let text = source.text();
        let start = floor(text, span.start);
        let end = floor(text, span.end.max(start).min(start + LONGEST));
        let reach = floor(text, start.saturating_sub(REACH));
        let line_start = text[reach..start].rfind('\n').map(|at| reach + at + 1);
        let from = line_start.unwrap_or(reach);
        let upto = floor(text, end.saturating_add(REACH));
        let upto = text[end..upto].find('\n').map_or(upto, |at| end + at);
        let is_whole = line_start.is_some() || reach == 0;
        Self::new(&text[from..upto], start - from..end - from, position, is_whole)
    }

    /// A statement alone, where its file is not at hand.
    pub(super) fn of_statement(statement: &str, start: Position) -> Self {
        let end = floor(statement, LONGEST);
        let indent = start.column.saturating_sub(1);
        if indent > REACH {
            return Self::new(&statement[..end], 0..end, start, false);
        }
        let text = format!("{:indent$}{}", "", &statement[..end]);
        Self::new(&text, indent..text.len(), start, true)
    }

    fn new(text: &str, span: Range<usize>, start: Position, is_whole: bool) -> Self {
        let mut out = String::with_capacity(text.len());
        let mut shown = 0..0;
        let mut lines = 0;
        for (at, c) in text.char_indices() {
            if at == span.start {
                shown.start = out.len();
            }
            if at == span.end {
                shown.end = out.len();
            }
            lines += usize::from(c == '\n');
            if lines == MOST_LINES {
                break;
            }
            match c {
                '\n' => out.push('\n'),
                '\t' => out.push(' '),
                '\r' if text[at + 1..].starts_with('\n') => {}
                c if is_hidden(c) => out.push(char::REPLACEMENT_CHARACTER),
                c => out.push(c),
            }
        }
        if span.start >= text.len() {
            shown.start = out.len();
        }
        if shown.end <= shown.start {
            shown.end = out.len();
        }
        Self { text: out, span: shown, start, is_whole }
    }
}

/// A message with its snippet, and what else there is to say about it.
pub(super) struct Said<'a> {
    /// How bad it is.
    pub(super) level: Level<'a>,
    /// A code that stands behind the level.
    pub(super) id: Option<&'a str>,
    /// The message.
    pub(super) title: String,
    /// The file and what to show of it.
    pub(super) place: Option<(&'a str, Shown)>,
    /// What to write under the underlined bytes.
    pub(super) label: String,
    /// Further lines, each with the word that it begins with.
    pub(super) lines: Vec<(&'static str, String)>,
}

impl Said<'_> {
    /// As lines of text that end in a line break.
    pub(super) fn render(self, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Plain => Renderer::plain(),
            Colour::Ansi => Renderer::styled(),
        };
        let mut title = self.level.primary_title(one_line(&self.title));
        if let Some(id) = self.id {
            title = title.id(one_line(id));
        }
        let Some((path, shown)) = self.place else {
            let mut text = renderer.render(&[Group::with_title(title)]);
            for (word, line) in &self.lines {
                text.push_str(&format!("\n  {word}: {}", one_line(line)));
            }
            text.push('\n');
            return text;
        };
        let mut elements = place(path, shown, &self.label);
        elements.extend(self.lines.into_iter().map(|(word, line)| -> Element<'_> {
            Level::NOTE.with_name(word).message(one_line(&line)).into()
        }));
        let mut text = renderer.render(&[title.elements(elements)]);
        text.push('\n');
        text
    }
}

fn place<'a>(path: &str, shown: Shown, label: &str) -> Vec<Element<'a>> {
    let Shown { text, span, start: Position { line, column }, is_whole } = shown;
    let lines_before = text[..span.start].matches('\n').count();
    let label = one_line(&cut(label, REACH));
    let label = (!label.is_empty()).then_some(label);
    let snippet = Snippet::source(text)
        .line_start(line.saturating_sub(lines_before))
        .annotation(AnnotationKind::Primary.span(span).label(label));
    if is_whole {
        vec![snippet.path(one_line(path)).into()]
    } else {
        vec![Origin::path(one_line(path)).line(line).char_column(column).into(), snippet.into()]
    }
}

/// The nearest place at or before `at` that cuts no character.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

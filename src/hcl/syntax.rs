//! The shape of a file: what stands where, in the order of the file, with nothing evaluated.

use std::ops::Range;

use hcl_edit::{
    Span as _, expr, parser,
    structure::{self, Structure},
};

use super::complaint;
use crate::{
    error::{Error, Result},
    text::{Source, Span},
};

/// The longest file, in bytes: its tree takes many times as much memory.
const LONGEST: usize = 8 << 20;

/// What a file or a block holds, in order.
#[derive(Debug)]
pub struct Body {
    /// The attributes and blocks.
    pub items: Vec<Item>,
}

/// One attribute or block.
#[derive(Debug)]
pub enum Item {
    /// `name = value`.
    Attribute(Attribute),
    /// `kind "label" { … }`.
    Block(Block),
}

/// A word of the file and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The word, a label without its quotes.
    pub text: String,
    /// Its bytes.
    pub span: Span,
}

/// A named value.
#[derive(Debug)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// The value.
    pub value: Expression,
}

/// A block.
#[derive(Debug)]
pub struct Block {
    /// The word that says what it is.
    pub kind: Name,
    /// The labels behind it.
    pub labels: Vec<Name>,
    /// What stands inside.
    pub body: Body,
}

/// A value that is not evaluated yet.
#[derive(Debug)]
pub struct Expression {
    /// Its bytes.
    pub span: Span,
    pub(super) tree: expr::Expression,
}

/// Reads the shape of a file.
///
/// Bodies have no attribute twice. Nesting and the length of the file have an upper limit, so that no file
/// exhausts the stack or the memory.
pub fn parse(source: &Source) -> Result<Body> {
    let text = source.text();
    if text.len() > LONGEST {
        let message = format!("`{}` is longer than {} MiB", source.path(), LONGEST >> 20);
        return Err(Error::usage(message).hint("split it into several files"));
    }
    if let Some(at) = text.find('\0') {
        return Err(complaint(source, Span::new(at, at + 1), "the text has a NUL byte", "here"));
    }
    let body = parser::parse_body(text).map_err(|error| {
        let at = error.location().offset().min(text.len());
        let end = text[at..].chars().next().map_or(at, |char| at + char.len_utf8());
        let message = format!("this is not HCL: {}", error.message());
        complaint(source, Span::new(at, end), &message, "here")
    })?;
    Ok(Body::of(body))
}

impl Body {
    fn of(body: structure::Body) -> Self {
        let items = body.into_iter().map(|structure| match structure {
            Structure::Attribute(attribute) => Item::Attribute(Attribute::of(attribute)),
            Structure::Block(block) => Item::Block(Block::of(block)),
        });
        Self { items: items.collect() }
    }
}

impl Attribute {
    fn of(attribute: structure::Attribute) -> Self {
        let name = Name { text: attribute.key.as_str().to_owned(), span: span(attribute.key.span()) };
        let value = Expression { span: span(attribute.value.span()), tree: attribute.value };
        Self { name, value }
    }
}

impl Block {
    fn of(block: structure::Block) -> Self {
        let label = |label: &structure::BlockLabel| Name {
            text: label.as_str().to_owned(),
            span: span(label.span()),
        };
        Self {
            kind: Name { text: block.ident.as_str().to_owned(), span: span(block.ident.span()) },
            labels: block.labels.iter().map(label).collect(),
            body: Body::of(block.body),
        }
    }

    /// The bytes from the kind to the last label.
    pub fn head(&self) -> Span {
        self.labels.last().map_or(self.kind.span, |label| self.kind.span.joined(label.span))
    }
}

/// Everything that the parser made has a place; the start of the file stands in for one that is missing.
pub(super) fn span(range: Option<Range<usize>>) -> Span {
    range.map_or(Span::default(), |range| Span::new(range.start, range.end))
}

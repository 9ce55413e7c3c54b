//! The values of expressions that need nothing but themselves: texts, heredocs, numbers, `true` and `false`.

use hcl_edit::{
    Span as _,
    expr::Expression as Tree,
    template::{Element, HeredocTemplate},
};

use super::{
    complaint,
    syntax::{Expression, span},
};
use crate::{
    error::{Error, Result},
    text::{Source, Span},
};

/// A value as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// A text in quotes, or a heredoc.
    Text(Text),
    /// A number, as it is written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
}

/// A text that remembers its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, with escapes resolved, indentation removed and line breaks as `\n`.
    pub text: String,
    /// Its bytes in the file, with the marks around it.
    pub span: Span,
    /// The line of its first character, from 1.
    line: usize,
    /// Whether each line of the text is one of the file.
    has_lines: bool,
}

impl Text {
    /// The line of the file that a byte of the text stands on, from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or_default();
        self.line + if self.has_lines { before.matches('\n').count() } else { 0 }
    }
}

impl Expression {
    /// The value, where nothing else has to be known for it.
    pub fn literal(&self, source: &Source) -> Result<Literal> {
        self.literal_of(source, &self.tree)
    }

    /// The text; numbers and truth values become one, as everywhere in HCL.
    pub fn text(&self, source: &Source) -> Result<Text> {
        let text = match self.literal(source)? {
            Literal::Text(text) => return Ok(text),
            Literal::Number(number) => number,
            Literal::Bool(value) => value.to_string(),
        };
        let line = source.position(self.span.start).line;
        Ok(Text { text, span: self.span, line, has_lines: false })
    }

    /// The truth value.
    pub fn truth(&self, source: &Source) -> Result<bool> {
        match self.literal(source)? {
            Literal::Bool(value) => Ok(value),
            Literal::Text(_) | Literal::Number(_) => {
                Err(complaint(source, self.span, "this takes `true` or `false`", "here"))
            }
        }
    }

    /// The bare word that the expression is, as `csv` in `format = csv`.
    pub fn word(&self) -> Option<&str> {
        self.tree.as_variable().map(hcl_edit::Ident::as_str)
    }

    fn literal_of(&self, source: &Source, tree: &Tree) -> Result<Literal> {
        let line = source.position(self.span.start).line;
        match tree {
            Tree::String(text) => Ok(Literal::Text(Text {
                text: text.as_str().to_owned(),
                span: self.span,
                line,
                has_lines: false,
            })),
            Tree::HeredocTemplate(heredoc) => self.heredoc(source, heredoc).map(Literal::Text),
            Tree::Number(number) => Ok(Literal::Number(
                span_of(number).map_or_else(|| number.to_string(), |span| source.slice(span).to_owned()),
            )),
            Tree::Bool(value) => Ok(Literal::Bool(**value)),
            Tree::Parenthesis(inner) => self.literal_of(source, inner.inner()),
            Tree::Null(_) => Err(complaint(source, self.span, "`null` is no value here", "leave it out")),
            Tree::StringTemplate(template) => {
                let first = template.iter().find_map(|element| placeholder(source, element));
                Err(first.unwrap_or_else(|| later(source, self.span, "templates are")))
            }
            Tree::Array(_) | Tree::Object(_) => {
                Err(complaint(source, self.span, "lists and objects are no value here", "here"))
            }
            Tree::Variable(_) | Tree::Traversal(_) => Err(later(source, self.span, "references are")),
            Tree::FuncCall(_) => Err(later(source, self.span, "function calls are")),
            Tree::Conditional(_) | Tree::UnaryOp(_) | Tree::BinaryOp(_) => {
                Err(later(source, self.span, "operators are"))
            }
            Tree::ForExpr(_) => Err(later(source, self.span, "`for` expressions are")),
        }
    }

    fn heredoc(&self, source: &Source, heredoc: &HeredocTemplate) -> Result<Text> {
        let mut text = String::new();
        for element in &heredoc.template {
            if let Some(error) = placeholder(source, element) {
                return Err(error);
            }
            text.extend(element.as_literal().map(|literal| literal.as_str()));
        }
        // The first line of the text follows the line of the mark.
        let line = source.position(self.span.start).line + 1;
        Ok(Text { text: text.replace("\r\n", "\n"), span: self.span, line, has_lines: true })
    }
}

/// What is not read yet of a template: everything but its text.
fn placeholder(source: &Source, element: &Element) -> Option<Error> {
    match element {
        Element::Literal(_) => None,
        Element::Interpolation(inner) => Some(
            later(source, span(inner.span()), "`${…}` in texts is").hint("write `$${` for the text `${`"),
        ),
        Element::Directive(inner) => Some(
            later(source, span(inner.span()), "`%{…}` in texts is").hint("write `%%{` for the text `%{`"),
        ),
    }
}

fn span_of(node: &impl hcl_edit::Span) -> Option<Span> {
    node.span().map(|range| Span::new(range.start, range.end))
}

fn later(source: &Source, span: Span, what: &str) -> Error {
    complaint(source, span, &format!("{what} not read yet"), "this must be evaluated")
        .hint("write the value itself, in quotes or as a heredoc")
}

//! HCL as text: blocks, attributes and expressions with their places in the file, and the values of literals.
//!
//! The only user of `hcl_edit`. What an expression says needs nothing but the expression so far: references,
//! functions and templates are refused by their place.

mod literal;
mod syntax;

pub use literal::{Literal, Text};
pub use syntax::{Attribute, Block, Body, Expression, Item, Name, parse};

use crate::{
    error::Error,
    text::{Source, Span},
};

/// An error about a piece of an HCL file: file, line and column in the message, and the piece underlined.
pub fn complaint(source: &Source, span: Span, message: &str, label: &str) -> Error {
    let place = source.position(span.start);
    Error::usage(format!("{}:{place}: {message}", source.path())).at(source, span, label)
}

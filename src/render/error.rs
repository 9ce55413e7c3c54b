//! An error as text for a terminal or a log.

use annotate_snippets::Level;

use crate::{
    error::{Error, Snippet},
    render::snippet::{Colour, Said, Shown},
};

/// The message, the place, the causes and the hints, in this order.
pub fn error(error: &Error, colour: Colour) -> String {
    let mut lines: Vec<(&str, String)> =
        error.causes().into_iter().map(|cause| ("caused by", cause)).collect();
    lines.extend(error.hints().iter().map(|hint| ("hint", hint.clone())));
    Said {
        level: Level::ERROR,
        id: None,
        title: error.message().to_owned(),
        place: error.snippet().map(|Snippet { source, span, .. }| {
            (source.path(), Shown::of(source, *span, source.position(span.start)))
        }),
        label: error.snippet().map(|snippet| snippet.label.clone()).unwrap_or_default(),
        lines,
    }
    .render(colour)
}

//! A report as Markdown for GitHub, always below the limit of the place that it is for.

mod view;

use crate::{
    error::Result,
    render::templates::Templates,
    report::{Report, Risk},
};

use view::Budget;

/// How much a place takes.
#[derive(Clone, Copy)]
enum Limit {
    /// Characters, as GitHub counts a comment; also in UTF-16 units, which are never fewer.
    Characters(usize),
    /// Bytes, as the runner counts a step summary.
    Bytes(usize),
}

impl Limit {
    fn takes(self, text: &str) -> bool {
        match self {
            Self::Characters(most) => text.len() <= most || text.encode_utf16().count() <= most,
            Self::Bytes(most) => text.len() <= most,
        }
    }

    fn bytes(self) -> usize {
        match self {
            // A character of one UTF-16 unit has three bytes at most.
            Self::Characters(most) => most.saturating_mul(3),
            Self::Bytes(most) => most,
        }
    }
}

/// The comment on a pull request, of at most `most` characters and UTF-16 units.
///
/// What does not fit goes in this order: diagram and SQL, the length of findings, the lightest
/// findings, all but counts. Fails only where a template of the project's own does.
pub fn comment(report: &Report, templates: &Templates, most: usize) -> Result<String> {
    fitted("comment.md.j2", report, templates, Limit::Characters(most))
}

/// The summary of a job, of at most `most` bytes; cut as a comment is.
pub fn summary(report: &Report, templates: &Templates, most: usize) -> Result<String> {
    fitted("summary.md.j2", report, templates, Limit::Bytes(most))
}

fn fitted(name: &str, report: &Report, templates: &Templates, limit: Limit) -> Result<String> {
    let embedded;
    let mut tries = vec![templates];
    if templates.are_own() {
        embedded = Templates::embedded();
        tries.push(&embedded);
    }
    for templates in tries {
        for budget in Budget::LADDER {
            let data = view::data(report, &budget, limit.bytes());
            if let Some(text) = templates.render(name, data, limit.bytes())?
                && limit.takes(&text)
            {
                return Ok(text);
            }
        }
    }
    let verdict = least(report.verdict.risk);
    Ok(verdict.chars().take(limit.bytes() / 3).collect())
}

/// What is said where nothing else fits.
fn least(risk: Risk) -> &'static str {
    match risk {
        Risk::Green => "Nothing objects. The log has the rest.",
        Risk::Yellow => "Decide first. The log has the rest.",
        Risk::Red => "Do not merge yet. The log has the rest.",
    }
}

//! A report as text for a terminal or a log, in the order of the comment.

use std::collections::BTreeMap;

use annotate_snippets::Level as Mark;

use crate::{
    finding::{Evidence, Finding, Level, Silencer},
    prose::Prose,
    render::{
        escape::{cut, lines, one_line},
        snippet::{Colour, Said, Shown},
    },
    report::{ApplyLog, Kind, ObjectRow, Report, Risk},
    review::duration,
    text::Source,
};

/// Wider cells of the table are cut.
const WIDEST_CELL: usize = 60;

/// The whole report; `sources` are the files that findings stand in, for their lines.
pub fn terminal(report: &Report, sources: &[Source], colour: Colour) -> String {
    let sources: BTreeMap<&str, &Source> = sources.iter().map(|source| (source.path(), source)).collect();
    let paint = Paint(colour);
    let mut out = format!("{}\n", paint.risk(report.verdict.risk, &plain(&report.verdict.text)));
    let summary: Vec<String> = report.summary.iter().map(plain).collect();
    if !summary.is_empty() {
        out.push_str(&format!("{}\n", summary.join(" · ")));
    }
    if let Some(log) = &report.applied {
        applied(&mut out, log, paint);
    }
    objects(&mut out, &report.objects, paint);
    if let Some(broken) = &report.broken {
        let shown = match sources.get(broken.place.path.as_str()) {
            Some(source) => Shown::of(source, broken.place.span, broken.place.start),
            None => Shown::of_statement(&broken.statement, broken.place.start),
        };
        out.push('\n');
        out.push_str(
            &Said {
                level: Mark::ERROR,
                id: None,
                title: "this statement fails".to_owned(),
                place: Some((&broken.place.path, shown)),
                label: broken.message.clone(),
                lines: Vec::new(),
            }
            .render(colour),
        );
    }
    for finding in report.standing() {
        out.push('\n');
        out.push_str(&said(finding, &sources).render(colour));
    }
    silenced(&mut out, report);
    sql(&mut out, report);
    for note in &report.notes {
        out.push_str(&format!("\nnote: {}\n", plain(note)));
    }
    footer(&mut out, report, paint);
    out
}

fn said<'a>(finding: &'a Finding, sources: &BTreeMap<&str, &Source>) -> Said<'a> {
    let place = &finding.place;
    let shown = match sources.get(place.path.as_str()) {
        Some(source) => Shown::of(source, place.span, place.start),
        None => Shown::of_statement(&finding.statement, place.start),
    };
    let mut lines = Vec::new();
    if !finding.seen.is_empty() {
        lines.push(("seen", finding.seen.to_string()));
    }
    if !finding.instead.is_empty() {
        lines.push(("instead", finding.instead.to_string()));
    }
    let evidence = match finding.evidence {
        Evidence::Syntax => "read in the text",
        Evidence::State => "seen in the schema before and after",
        Evidence::Observed => "observed",
    };
    lines.push(("rule", format!("`{}` · {evidence}", finding.rule.name)));
    Said {
        level: match finding.level {
            Level::Error => Mark::ERROR,
            Level::Warning => Mark::WARNING,
            Level::Info => Mark::INFO,
        },
        id: Some(finding.rule.code),
        title: finding.headline.to_string(),
        place: Some((&place.path, shown)),
        label: String::new(),
        lines,
    }
}

fn objects(out: &mut String, rows: &[ObjectRow], paint: Paint) {
    if rows.is_empty() {
        return;
    }
    let cells: Vec<[String; 4]> = rows
        .iter()
        .map(|row| {
            [one_line(&row.object), plain(&row.change), plain(&row.meanwhile), plain(&row.work)]
                .map(|cell| cut(&cell, WIDEST_CELL))
        })
        .collect();
    out.push('\n');
    for (row, line) in rows.iter().zip(table(&cells)) {
        out.push_str(&format!("  {}  {}\n", paint.mark(row.risk), line));
    }
}

/// Lines whose cells stand below each other.
fn table<const N: usize>(rows: &[[String; N]]) -> impl Iterator<Item = String> + '_ {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    rows.iter().map(move |row| {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    })
}

fn applied(out: &mut String, log: &ApplyLog, paint: Paint) {
    if log.files.is_empty() {
        return;
    }
    let cells: Vec<[String; 3]> =
        log.files.iter().map(|file| [one_line(&file.path), file.extent(), duration(file.millis)]).collect();
    out.push('\n');
    for (file, line) in log.files.iter().zip(table(&cells)) {
        let risk = if file.is_kept() { Risk::Green } else { Risk::Red };
        out.push_str(&format!("  {}  {line}\n", paint.mark(risk)));
    }
    for file in &log.files {
        if let Some(failure) = &file.failure {
            let start = crate::text::Position { line: failure.line, column: 1 };
            out.push('\n');
            out.push_str(
                &Said {
                    level: Mark::ERROR,
                    id: None,
                    title: "this statement failed".to_owned(),
                    place: Some((&file.path, Shown::of_statement(&failure.statement, start))),
                    label: failure.message.clone(),
                    lines: Vec::new(),
                }
                .render(paint.0),
            );
        }
    }
}

fn silenced(out: &mut String, report: &Report) {
    if report.findings.silenced.is_empty() {
        return;
    }
    out.push_str("\nsilenced:\n");
    for silenced in &report.findings.silenced {
        let finding = &silenced.finding;
        let by = match silenced.by {
            Silencer::Directive { line } => format!("a directive on line {line}"),
            Silencer::Check { line } => format!("the check on line {line}"),
            Silencer::Revert => "the check that a revert makes".to_owned(),
            Silencer::Baseline => "the baseline".to_owned(),
        };
        let reason = silenced.reason.as_deref().map(|reason| format!(" (“{}”)", one_line(reason)));
        out.push_str(&format!(
            "  {} {}:{}: {}, accepted by {by}{}\n",
            finding.rule.code,
            one_line(&finding.place.path),
            finding.place.start.line,
            plain(&finding.headline),
            reason.unwrap_or_default(),
        ));
    }
}

fn sql(out: &mut String, report: &Report) {
    if report.files.iter().all(|file| file.statements.is_empty()) {
        return;
    }
    out.push_str(match (report.kind, &report.applied) {
        (Kind::Review, _) => "\nSQL to be applied on merge:\n",
        (Kind::Apply, Some(_)) => "\nSQL that was applied:\n",
        (Kind::Apply, None) => "\nSQL that would run:\n",
    });
    for file in report.files.iter().filter(|file| !file.statements.is_empty()) {
        out.push_str(&format!("  -- {}\n", one_line(file.path())));
        for statement in file.texts() {
            for line in lines(statement).trim().trim_end_matches(';').lines() {
                out.push_str(&format!("  {line}\n"));
            }
            out.truncate(out.trim_end_matches('\n').len());
            out.push_str(";\n");
        }
    }
}

fn footer(out: &mut String, report: &Report, paint: Paint) {
    let origin = &report.origin;
    let mut parts = Vec::new();
    if let Some(head) = &origin.head {
        parts.push(format!("at {}", commit(head)));
    }
    match (&origin.base_branch, &origin.base) {
        (Some(branch), Some(base)) => parts.push(format!("against {} at {}", one_line(branch), commit(base))),
        (Some(only), None) => parts.push(format!("against {}", one_line(only))),
        (None, Some(base)) => parts.push(format!("against {}", commit(base))),
        (None, None) => {}
    }
    if let Some(plan) = &origin.plan {
        parts.push(format!("plan {}", one_line(plan)));
    }
    if let Some(format) = &origin.format {
        parts.push(format!("format: {}", one_line(format)));
    }
    if let Some(database) = &origin.dev_database {
        parts.push(format!("dev database: {}", one_line(database)));
    }
    parts.push(format!("trust: {}", origin.trust));
    out.push_str(&format!("\n{}\n", paint.dim(&parts.join(" · "))));
}

fn commit(id: &str) -> String {
    one_line(&id.chars().take(7).collect::<String>())
}

fn plain(prose: &Prose) -> String {
    one_line(&prose.to_string())
}

/// Puts colours on, or not.
#[derive(Clone, Copy)]
struct Paint(Colour);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        match self.0 {
            Colour::Plain => text.to_owned(),
            Colour::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    fn risk(self, risk: Risk, text: &str) -> String {
        self.with(
            match risk {
                Risk::Green => "1;32",
                Risk::Yellow => "1;33",
                Risk::Red => "1;31",
            },
            text,
        )
    }

    /// The weight of a row, as a word of one width.
    fn mark(self, risk: Risk) -> String {
        self.risk(
            risk,
            match risk {
                Risk::Green => "ok     ",
                Risk::Yellow => "warning",
                Risk::Red => "error  ",
            },
        )
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }
}

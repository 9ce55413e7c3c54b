//! Findings as annotations, worst first within what the runner keeps.

use super::command::{Command, disarmed};
use crate::{
    finding::{Finding, Level},
    platform::visible::visible,
    report::{AppliedFile, Report},
};

/// How many annotations of each level the runner keeps for one step.
const KEPT: usize = 10;
/// How long a message may be, in UTF-16 units, before the runner cuts it.
const MESSAGE_LIMIT: usize = 4096;
/// How long a title may be, in UTF-16 units.
const TITLE_LIMIT: usize = 255;

/// The annotations of all reports: where not all fit, one that says so comes first.
pub(super) fn lines(reports: &[Report]) -> Vec<String> {
    let mut found: Vec<(Level, String)> = Vec::new();
    for report in reports {
        let files = report.applied.iter().flat_map(|log| &log.files);
        found.extend(files.filter_map(failure).map(|line| (Level::Error, line)));
    }
    let mut findings: Vec<_> = reports.iter().flat_map(Report::standing).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    found.extend(findings.into_iter().map(|finding| (finding.level, annotation(finding))));

    let count = |level| found.iter().filter(|(at, _)| *at == level).count();
    let levels = [Level::Error, Level::Warning, Level::Info];
    let over = levels.into_iter().find(|level| count(*level) > KEPT);
    let mut lines: Vec<_> = over.map(|level| overview(level, levels.map(count))).into_iter().collect();
    for level in levels {
        let room = if over == Some(level) { KEPT - 1 } else { KEPT };
        lines.extend(found.iter().filter(|(at, _)| *at == level).take(room).map(|(_, line)| line.clone()));
    }
    lines
}

/// The annotation of an error that has no place in a file.
pub(super) fn complaint(message: &str) -> String {
    Command::new("error").with("title", "Plinth").line(&readable(message))
}

fn annotation(finding: &Finding) -> String {
    let mut message = finding.headline.to_string();
    if !finding.seen.is_empty() {
        message.push_str(&format!("\n{}", finding.seen));
    }
    if !finding.instead.is_empty() {
        message.push_str(&format!("\nInstead: {}", finding.instead));
    }
    Command::new(name(finding.level))
        .with("file", &finding.place.path)
        .with("line", finding.place.start.line)
        .with("endLine", finding.place.end.line)
        .with("title", cut(&format!("{} {}", finding.rule.code, finding.rule.name), TITLE_LIMIT))
        .line(&readable(&message))
}

fn failure(file: &AppliedFile) -> Option<String> {
    let failure = file.failure.as_ref()?;
    let command = Command::new("error").with("file", &file.path).with("line", failure.line);
    Some(command.with("title", "The database refused a statement").line(&readable(&failure.message)))
}

fn overview(level: Level, counts: [usize; 3]) -> String {
    let words = [("error", "errors"), ("warning", "warnings"), ("notice", "notices")];
    let counted = counts.iter().zip(words).filter(|(count, _)| **count > 0);
    let parts: Vec<_> = counted
        .map(|(count, (one, many))| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    let message =
        format!("{}: the worst are shown here, all of them in the summary of the job", parts.join(", "));
    Command::new(name(level)).with("title", "Plinth").line(&message)
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "notice",
    }
}

/// The message with its own lines kept and everything else made visible, within the limit.
fn readable(message: &str) -> String {
    let lines: Vec<_> = message.split('\n').map(|line| disarmed(&visible(line))).collect();
    cut(&lines.join("\n"), MESSAGE_LIMIT)
}

/// The text within so many UTF-16 units, an ellipsis in place of what is missing.
fn cut(text: &str, limit: usize) -> String {
    let mut units = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units < limit {
            end = at + c.len_utf8();
        }
    }
    if units <= limit { text.to_owned() } else { format!("{}…", &text[..end]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("abcd", 4), "abcd");
        assert_eq!(cut("abcde", 4), "abc…");
        assert_eq!(cut("🔴🔴🔴", 6), "🔴🔴🔴");
        assert_eq!(cut("🔴🔴🔴", 5), "🔴🔴…");
        assert_eq!(cut("🔴🔴🔴", 4), "🔴…");
    }
}

//! Repairs a file under review: the edits that findings offer, and checks around what destroys.

use std::collections::BTreeSet;

use crate::{
    dialect::Dialect,
    finding::{Finding, Fix},
    migrations::txtar,
};

/// The name of the member that is written.
const MEMBER: &str = "checks/destructive";

/// The text of a file with every edit that its findings offer, and with a check for each finding that a check
/// can answer; none where there is nothing to repair.
///
/// Of two edits of one place the first is made. Only some formats have checks: `checks` says whether this one does.
pub fn repaired(dialect: &dyn Dialect, text: &str, findings: &[&Finding], checks: bool) -> Option<String> {
    let edited = edited(text, findings.iter().filter_map(|finding| finding.fix.as_ref()));
    let check = check(dialect, findings).filter(|_| checks);
    let guarded = check.map(|check| inserted(edited.as_deref().unwrap_or(text), &check));
    guarded.or(edited)
}

fn edited<'f>(text: &str, fixes: impl Iterator<Item = &'f Fix>) -> Option<String> {
    let mut fixes: Vec<&Fix> = fixes.collect();
    fixes.sort_by_key(|fix| fix.span);
    let (mut out, mut at) = (String::new(), 0);
    for fix in fixes {
        if fix.span.start >= at
            && let Some(before) = text.get(at..fix.span.start)
        {
            out.push_str(before);
            out.push_str(&fix.text);
            at = fix.span.end;
        }
    }
    (at > 0 || !out.is_empty()).then(|| out + text.get(at..).unwrap_or_default())
}

/// The text of the check that the findings need; none where no check can answer any.
fn check(dialect: &dyn Dialect, findings: &[&Finding]) -> Option<String> {
    let mut codes = BTreeSet::new();
    let mut queries: Vec<String> = Vec::new();
    for finding in findings {
        let (Some(object), code) = (finding.object.as_deref(), finding.rule.code) else { continue };
        let Some(query) = query(dialect, code, object) else { continue };
        codes.insert(code);
        if !queries.contains(&query) {
            queries.push(query);
        }
    }
    let codes: Vec<&str> = codes.into_iter().collect();
    (!queries.is_empty()).then(|| format!("-- atlas:assert {}\n{}\n", codes.join(" "), queries.join("\n")))
}

/// The query that is true where nothing is lost.
fn query(dialect: &dyn Dialect, code: &str, object: &str) -> Option<String> {
    let quote = |name: &str| dialect.quote(name);
    match (code, object.split_once('.')) {
        ("DS102", _) => {
            Some(format!("SELECT NOT EXISTS (SELECT 1 FROM {}) AS {};", quote(object), quote("is_empty")))
        }
        ("DS103", Some((table, column))) => Some(format!(
            "SELECT NOT EXISTS (SELECT 1 FROM {} WHERE {} IS NOT NULL) AS {};",
            quote(table),
            quote(column),
            quote("is_empty")
        )),
        _ => None,
    }
}

/// The text as an archive with one more member before its statements.
fn inserted(text: &str, body: &str) -> String {
    let members = txtar::members(text);
    let is_archive = text.trim_start_matches('\u{feff}').starts_with("-- atlas:txtar");
    let Some(up) = members.iter().find(|member| is_archive && member.name == "migration.sql") else {
        return format!("-- atlas:txtar\n\n-- {MEMBER}.sql --\n{body}\n-- migration.sql --\n{text}");
    };
    let taken = |name: &str| members.iter().any(|member| member.name == name);
    let names =
        std::iter::once(format!("{MEMBER}.sql")).chain((2..).map(|number| format!("{MEMBER}_{number}.sql")));
    let name = names.into_iter().find(|name| !taken(name)).unwrap_or_default();
    format!("{}-- {name} --\n{body}\n{}", &text[..up.line.start], &text[up.line.start..])
}

//! A migration as an archive in one text: checks, statements that go up, statements that go down.
//!
//! The form is txtar, as Go's tools write it: behind a comment, members that each begin with a line
//! `-- name --` and last until the next such line.

use crate::{
    error::{Error, Result},
    text::{Source, Span},
};

use super::{Check, Down, Part, directives::FileDirectives};

/// The member that goes up.
const UP: &str = "migration.sql";
/// The member that goes down.
const DOWN: &str = "down.sql";
/// The member with the checks, and the folder of members with more of them.
const CHECKS: (&str, &str) = ("checks.sql", "checks/");

/// One member of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name, as the line has it.
    pub name: String,
    /// The line that begins it.
    pub line: Span,
    /// Its text.
    pub span: Span,
}

/// What the members of a migration are for.
pub(super) struct Archive {
    pub(super) directives: FileDirectives,
    pub(super) up: Part,
    pub(super) down: Option<Down>,
    pub(super) checks: Vec<Check>,
}

/// The members of an archive, in order; what stands before the first is its comment.
pub fn members(text: &str) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some(name) = name_of(line) {
            if let Some(last) = members.last_mut() {
                last.span.end = start;
            }
            let line = Span::new(start, start + line.trim_end().len());
            members.push(Member { name: name.to_owned(), line, span: Span::new(at, text.len()) });
        }
    }
    members
}

/// Reads a migration whose first line is `-- atlas:txtar`.
pub(super) fn read(source: &Source) -> Result<Archive> {
    let members = members(source.text());
    for (at, member) in members.iter().enumerate() {
        let is_check = member.name.starts_with(CHECKS.1) && member.name.strip_suffix(".sql").is_some();
        if ![UP, DOWN, CHECKS.0].contains(&member.name.as_str()) && !is_check {
            let names = format!("`{}`, `{}*.sql`, `{UP}` and `{DOWN}`", CHECKS.0, CHECKS.1);
            return Err(refused(source, member.line, "a migration has no such member")
                .hint(format!("its members are {names}"))
                .hint("a comment that is no member must not both begin and end with ` --`"));
        }
        if members[..at].iter().any(|other| other.name == member.name) {
            return Err(refused(source, member.line, "a second member of that name"));
        }
    }
    let find = |name: &str| members.iter().find(|member| member.name == name);
    let Some(up) = find(UP) else {
        return Err(refused(source, Span::default(), &format!("an archive without `{UP}`"))
            .hint(format!("put the statements below a line `-- {UP} --`")));
    };
    let directives = FileDirectives::read_part(source, up.span);
    let down = find(DOWN).map(|member| down(source, member.span)).transpose()?;
    let is_check = |member: &&Member| member.name == CHECKS.0 || member.name.starts_with(CHECKS.1);
    let checks =
        members.iter().filter(is_check).map(|member| check(source, member)).collect::<Result<_>>()?;
    Ok(Archive { up: Part { span: up.span, cut: directives.cut() }, directives, down, checks })
}

fn down(source: &Source, span: Span) -> Result<Down> {
    let directives = FileDirectives::read_part(source, span);
    let mode = directives.mode(source)?;
    Ok(Down { source: source.clone(), parts: vec![Part { span, cut: directives.cut() }], mode })
}

fn check(source: &Source, member: &Member) -> Result<Check> {
    let directives = FileDirectives::read_part(source, member.span);
    let mut check = Check { name: member.name.clone(), span: member.span, one_of: false, codes: Vec::new() };
    for directive in directives.all.iter().filter(|directive| directive.word == "assert") {
        match directive.arguments.as_str() {
            "" => {
                return Err(refused(source, directive.span, "`atlas:assert` without what is asserted")
                    .hint("write `oneof`, or the code of the finding that the check answers"));
            }
            "oneof" => check.one_of = true,
            codes => {
                check
                    .codes
                    .extend(codes.split([' ', ',']).filter(|code| !code.is_empty()).map(str::to_owned));
            }
        }
    }
    Ok(check)
}

/// The name in a line `-- name --`.
fn name_of(line: &str) -> Option<&str> {
    let name = line.trim_end_matches(['\n', '\r']).strip_prefix("-- ")?.strip_suffix(" --")?.trim();
    (!name.is_empty()).then_some(name)
}

fn refused(source: &Source, span: Span, message: &str) -> Error {
    let line = source.position(span.start).line;
    Error::usage(format!("{}:{line}: {message}", source.path())).at(source, span, "here")
}

//! Archives: the members make up the whole text, and a statement stays within its member.
//!
//! The first byte chooses the syntax, the rest is what follows the line that makes a migration an archive.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plinth::{
    folder::Folder,
    migrations::{Directory, txtar},
    sql::{Script, Syntax},
    text::Span,
};

const SYNTAXES: [Syntax; 4] = [Syntax::SQLITE, Syntax::MYSQL, Syntax::POSTGRES, Syntax::GENERIC];

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let syntax = SYNTAXES[usize::from(*choice) % SYNTAXES.len()];
    let text = format!("-- atlas:txtar\n{}", String::from_utf8_lossy(rest));
    members(&text);
    let files = [("1_a.sql".to_owned(), text.into_bytes())].into();
    let folder = Folder { path: "m".into(), files, ..Folder::default() };
    let Ok(directory) = Directory::open(&folder) else { return };
    let migration = &directory.migrations[0];
    if let Ok(script) = migration.script(&syntax) {
        let parts: Vec<Span> = migration.up.iter().map(|part| part.span).collect();
        within(&script, &parts);
    }
    for check in &migration.checks {
        if let Ok(script) = check.script(&migration.source, &syntax) {
            within(&script, &[check.span]);
        }
    }
    if let Some(down) = &migration.down
        && let Ok(script) = down.script(&syntax)
    {
        let parts: Vec<Span> = down.parts.iter().map(|part| part.span).collect();
        within(&script, &parts);
    }
});

fn members(text: &str) {
    let members = txtar::members(text);
    let mut end = members.first().map_or(text.len(), |first| first.line.start);
    for member in &members {
        assert_eq!(member.line.start, end);
        let line = &text[member.line.range()];
        assert!(line.starts_with("-- ") && line.ends_with(" --") && line.contains(&member.name), "{line:?}");
        assert!(text[member.line.end..member.span.start].trim().is_empty());
        assert!(text[..member.span.start].ends_with('\n') || member.span.start == text.len());
        end = member.span.end;
    }
    assert_eq!(end, text.len());
}

fn within(script: &Script, parts: &[Span]) {
    let comments = script.statements.iter().flat_map(|statement| statement.comments.iter());
    let statements = script.statements.iter().map(|statement| &statement.span);
    for span in comments.chain(statements).chain(&script.loose) {
        let is_in = |part: &Span| part.start <= span.start && span.end <= part.end;
        assert!(parts.iter().any(is_in), "{span:?} is in none of {parts:?}");
    }
}

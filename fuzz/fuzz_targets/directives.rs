//! Comments that speak to the tool: a file of any bytes is read or refused, and a directive is a comment.
//!
//! The first byte chooses the syntax, the rest is the content of a migration.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plinth::{
    folder::Folder,
    migrations::{
        Directory,
        directives::{self, FileDirectives},
    },
    sql::Syntax,
};

const SYNTAXES: [Syntax; 4] = [Syntax::SQLITE, Syntax::MYSQL, Syntax::POSTGRES, Syntax::GENERIC];

fuzz_target!(|data: &[u8]| {
    let Some((choice, content)) = data.split_first() else { return };
    let syntax = SYNTAXES[usize::from(*choice) % SYNTAXES.len()];
    let files = [("1_a.sql".to_owned(), content.to_vec())].into();
    let folder = Folder { path: "m".into(), files, ..Folder::default() };
    let Ok(directory) = Directory::open(&folder) else { return };
    let migration = &directory.migrations[0];
    let source = &migration.source;
    assert_eq!(source.text().as_bytes(), content);
    let file = FileDirectives::read(source);
    for directive in &file.all {
        assert!(file.header.start <= directive.span.start && directive.span.end <= file.header.end);
        assert!(source.slice(directive.span).contains("atlas:"));
        assert_eq!(source.position(directive.span.start).line, directive.line);
    }
    for one in &file.nolint {
        assert!(file.all.iter().any(|directive| directive.span == one.span));
    }
    let Ok(script) = migration.script(&syntax) else { return };
    for stray in directives::stray(source, &file, &script) {
        assert!(file.nolint.iter().all(|one| one.span != stray.directive.span));
    }
    for statement in &script.statements {
        for one in directives::statement_nolints(source, &statement.comments) {
            assert!(one.names.iter().all(|name| !name.is_empty() && !name.contains(char::is_whitespace)));
        }
    }
});

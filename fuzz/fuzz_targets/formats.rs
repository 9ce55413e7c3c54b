//! Folders of every tool: any files are read or refused, and what is read stays what it is.
//!
//! The first byte chooses the format, or to look for it. The rest are files, cut at NUL bytes: a line with the
//! name, and the content.

#![no_main]

use std::cmp::Ordering;

use libfuzzer_sys::fuzz_target;
use plinth::{
    folder::{Folder, is_nested_file},
    migrations::{
        Directory, Migration, Role, SUM_FILE, Sum, convert,
        formats::{self, Atlas},
    },
    sql::Syntax,
};

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let folder = folder(rest);
    let format = formats::ALL.get(usize::from(*choice) % (formats::ALL.len() + 1)).copied();
    let open = |folder: &Folder| match format {
        Some(format) => Directory::open_as(folder, format),
        None => Directory::open(folder),
    };
    let Ok(directory) = open(&folder) else { return };
    for migration in &directory.migrations {
        read(migration);
    }
    let versioned: Vec<&Migration> =
        directory.migrations.iter().filter(|migration| migration.role == Role::Versioned).collect();
    let ordered = if directory.format.is_ordered() { versioned } else { Vec::new() };
    for pair in ordered.windows(2) {
        let order = directory.compare(&pair[0].version, &pair[1].version);
        assert_ne!(order, Ordering::Greater, "{:?}: {:?} {:?}", directory.format, pair[0].name, pair[1].name);
    }
    directory.way_to(None);
    if let Ok(converted) = convert(&directory, "n", &Syntax::SQLITE) {
        let again = Directory::open_as(&converted.folder, &Atlas).expect("a folder of Atlas");
        assert!(again.verify().is_ok(), "{:?}", again.verify());
        assert_eq!(statements(&directory), statements(&again));
    }
    let sum = directory.sum();
    let Ok(read_back) = sum.to_string().parse::<Sum>() else { return };
    if read_back == sum {
        let mut summed = folder.clone();
        summed.files.insert(SUM_FILE.into(), sum.to_string().into_bytes());
        // Looked for again, the format may be Atlas's now.
        let summed = Directory::open_as(&summed, directory.format).expect("a folder with its checksum file");
        assert!(summed.verify().is_ok(), "{:?}", summed.verify());
    }
});

/// What goes up, in order.
fn statements(directory: &Directory) -> Vec<String> {
    let mut all = Vec::new();
    for migration in &directory.migrations {
        let script = migration.script(&Syntax::SQLITE).expect("what was converted is cut");
        all.extend(script.statements.iter().map(|one| migration.source.slice(one.span).to_owned()));
    }
    all
}

fn folder(data: &[u8]) -> Folder {
    let mut folder = Folder { path: "m".into(), ..Folder::default() };
    for file in data.split(|byte| *byte == 0).take(16) {
        let (name, content) =
            file.split_at(file.iter().position(|byte| *byte == b'\n').unwrap_or(file.len()));
        let content = content.strip_prefix(b"\n").unwrap_or_default().to_vec();
        let Ok(name) = str::from_utf8(name) else { continue };
        if name.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            continue;
        }
        match name.split_once('/') {
            None => {
                folder.files.insert(name.to_owned(), content);
            }
            Some((within, _)) => {
                if !folder.folders.contains(&within.to_owned()) {
                    folder.folders.push(within.to_owned());
                }
                if is_nested_file(name.rsplit('/').next().unwrap_or_default()) {
                    folder.nested.insert(name.to_owned(), content);
                }
            }
        }
    }
    folder.folders.sort();
    folder
}

fn read(migration: &Migration) {
    let text = migration.source.text();
    for part in &migration.up {
        assert!(text.get(part.span.range()).is_some(), "{:?} cuts a character", part.span);
    }
    for syntax in [Syntax::SQLITE, Syntax::MYSQL, Syntax::POSTGRES] {
        if let Ok(script) = migration.script(&syntax) {
            for statement in &script.statements {
                let sql = &text[statement.span.range()];
                assert!(!sql.is_empty() && sql == sql.trim(), "{sql:?}");
                let is_in =
                    |start: usize, end: usize| start <= statement.span.start && statement.span.end <= end;
                assert!(migration.up.iter().any(|part| is_in(part.span.start, part.span.end)));
            }
        }
        if let Some(Ok(script)) = migration.down.as_ref().map(|down| down.script(&syntax)) {
            let source = &migration.down.as_ref().expect("it was cut").source;
            for statement in &script.statements {
                assert!(!source.slice(statement.span).is_empty());
            }
        }
        for check in &migration.checks {
            let _ = check.script(&migration.source, &syntax);
        }
    }
}

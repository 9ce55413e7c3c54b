//! The histories: lines of a table, made of blocks of statements.

use std::collections::BTreeMap;

/// Some files of migrations, and how they are applied.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Its line, with the database that it is for.
    pub(super) name: String,
    /// The value of `--tx-mode`.
    pub(super) mode: String,
    /// How many files are applied before anything is killed.
    pub(super) applied: usize,
    /// Whether the first file after those fails, and is then made to work.
    pub(super) fails: bool,
    database: String,
    files: Vec<String>,
}

/// What the block `fails` waits for.
pub(super) const REPAIR: &str = "CREATE TABLE later (what text)";

/// All of them, in order.
pub(super) fn all() -> Vec<History> {
    let blocks = blocks(include_str!("../../cases/kill/blocks.sql"));
    let lines = include_str!("../../cases/kill/histories.txt").lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .flat_map(|line| read(line, &blocks))
        .collect()
}

impl History {
    /// Its files: names and texts.
    pub(super) fn files(&self) -> impl Iterator<Item = (String, &str)> {
        self.files.iter().enumerate().map(|(at, text)| (format!("{}_it.sql", at + 1), text.as_str()))
    }

    /// What makes the database before any file is applied.
    pub(super) fn setup(&self) -> &'static [&'static str] {
        match self.database.as_str() {
            "new" => &[],
            "old" | "keys" => &["PRAGMA user_version = 1"],
            "wal" => &["PRAGMA journal_mode = wal"],
            "small" => &["PRAGMA page_size = 512", "PRAGMA user_version = 1"],
            "auto" => &["PRAGMA auto_vacuum = full", "PRAGMA user_version = 1"],
            other => panic!("no database `{other}`"),
        }
    }

    /// The parameters of its URL.
    pub(super) fn parameters(&self) -> &'static str {
        if self.database == "keys" { "?_fk=1" } else { "" }
    }
}

/// The statements of each block, by its name.
fn blocks(text: &str) -> BTreeMap<&str, &str> {
    let blocks = text.split("-- block: ").skip(1);
    blocks.map(|block| block.split_once('\n').unwrap()).collect()
}

fn read(line: &str, blocks: &BTreeMap<&str, &str>) -> Vec<History> {
    let columns: Vec<&str> = line.split('|').map(str::trim).collect();
    let [databases, modes, before, killed] = columns[..] else { panic!("not four columns: {line}") };
    let before = before.trim_matches('-');
    let mut number = 0;
    let mut file = |name: &str| file(name, blocks, &mut number);
    let files: Vec<String> = before
        .split_whitespace()
        .chain(killed.trim_start_matches('!').split_whitespace())
        .map(&mut file)
        .collect();
    let fails = killed.starts_with('!');
    let applied = before.split_whitespace().count();
    let history = |database: &str, mode: &str| History {
        name: format!("{database}, {mode}, {before} | {killed}"),
        mode: mode.to_owned(),
        applied,
        fails,
        database: database.to_owned(),
        files: files.clone(),
    };
    let pairs = databases.split(',').flat_map(|database| modes.split(',').map(move |mode| (database, mode)));
    pairs.map(|(database, mode)| history(database, mode)).collect()
}

fn file(name: &str, blocks: &BTreeMap<&str, &str>, number: &mut usize) -> String {
    let (mut text, names) = match name.split_once(':') {
        Some((mode, names)) => (format!("-- atlas:txmode {mode}\n\n"), names),
        None => (String::new(), name),
    };
    for name in names.split('+') {
        *number += 1;
        let block = blocks.get(name).unwrap_or_else(|| panic!("no block `{name}`"));
        text.push_str(&block.replace('@', &number.to_string()));
    }
    text
}

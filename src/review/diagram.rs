//! The schema as a Mermaid entity-relationship diagram, safe for any name.
//!
//! Mermaid looks for directives (`%%{`), entities (`#…;`) and keywords before and while it parses,
//! so names and types are cut down to letters, digits and a few signs before they go in.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    change::{Change, TableChange},
    schema::{Column, ForeignKey, Realm, Table},
};

/// More tables than this make a picture that nobody reads.
const MOST_TABLES: usize = 24;
/// More columns of one table than this are summed up.
const MOST_COLUMNS: usize = 30;
/// Longer names and types are cut.
const LONGEST_WORD: usize = 60;

/// What Mermaid's lexer reads as something else than a name, in lower case.
const RESERVED: &[&str] = &[
    "acc_descr",
    "accdescr",
    "acctitle",
    "bottom",
    "class",
    "classdef",
    "direction",
    "end",
    "erdiagram",
    "left",
    "many",
    "more",
    "one",
    "only",
    "optionally",
    "right",
    "style",
    "title",
    "to",
    "top",
    "u",
    "zero",
];

/// The changed tables and their neighbours by foreign key, as they are after the changes.
///
/// None where no table changes, or none is left. At most 24 tables, by name.
pub fn diagram(after: &Realm, changes: &[&Change]) -> Option<String> {
    if after.is_empty() {
        return None;
    }
    let marks = Marks::of(changes);
    let mut shown: BTreeSet<(&str, &str)> = BTreeSet::new();
    for table in after.tables().filter(|table| marks.changed.contains(table.name.as_str())) {
        if shown.len() < MOST_TABLES {
            shown.insert(key(table));
        }
    }
    if shown.is_empty() {
        return None;
    }
    let seeds = shown.clone();
    for table in after.tables() {
        for foreign in &table.foreign_keys {
            let (from, to) = (key(table), (foreign.ref_schema.as_str(), foreign.ref_table.as_str()));
            let touches = seeds.contains(&from) || seeds.contains(&to);
            if touches && shown.len() < MOST_TABLES && after.table(to.0, to.1).is_some() {
                shown.insert(from);
                if shown.len() < MOST_TABLES {
                    shown.insert(to);
                }
            }
        }
    }
    let tables: Vec<&Table> = after.tables().filter(|table| shown.contains(&key(table))).collect();
    Some(draw(&tables, &marks))
}

/// All tables.
pub fn diagram_of_all(realm: &Realm) -> String {
    draw(&realm.tables().collect::<Vec<_>>(), &Marks::default())
}

fn key(table: &Table) -> (&str, &str) {
    (&table.schema, &table.name)
}

/// What to write beside tables and columns; the changes are told apart by the tables' names.
#[derive(Default)]
struct Marks<'a> {
    changed: BTreeSet<&'a str>,
    new_tables: BTreeSet<&'a str>,
    columns: BTreeMap<&'a str, BTreeMap<&'a str, String>>,
    new_keys: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Marks<'a> {
    fn of(changes: &[&'a Change]) -> Self {
        let mut marks = Self::default();
        for change in changes {
            match change {
                Change::AddTable(table) => {
                    marks.changed.insert(&table.name);
                    marks.new_tables.insert(&table.name);
                }
                Change::RenameTable { to, .. } => {
                    marks.changed.insert(&to.name);
                }
                Change::ModifyTable { to, changes, .. } => {
                    marks.changed.insert(&to.name);
                    for change in changes {
                        marks.part(&to.name, change);
                    }
                }
                _ => {}
            }
        }
        marks
    }

    fn part(&mut self, table: &'a str, change: &'a TableChange) {
        match change {
            TableChange::AddColumn(column) => self.mark(table, &column.name, "new".to_owned()),
            TableChange::RenameColumn { from, to } => {
                self.mark(table, &to.name, format!("was {}", comment(&from.name)));
            }
            TableChange::ModifyColumn { from, to } => self.mark(table, &to.name, modified(from, to)),
            TableChange::AddIndex(index) => {
                let words = if index.unique { "new unique index" } else { "new index" };
                for name in index.parts.iter().filter_map(|part| part.column_name()) {
                    self.mark(table, name, words.to_owned());
                }
            }
            TableChange::AddForeignKey(foreign) => {
                self.new_keys.insert((table, &foreign.ref_table));
            }
            _ => {}
        }
    }

    fn of_column(&self, table: &Table, column: &Column) -> Option<&str> {
        self.columns.get(table.name.as_str())?.get(column.name.as_str()).map(String::as_str)
    }

    fn mark(&mut self, table: &'a str, column: &'a str, words: String) {
        self.columns
            .entry(table)
            .or_default()
            .entry(column)
            .and_modify(|known| {
                if known.len() < 120 {
                    known.push_str(", ");
                    known.push_str(&words);
                }
            })
            .or_insert(words);
    }
}

fn modified(from: &Column, to: &Column) -> String {
    if from.ty != to.ty {
        format!("was {}", comment(&from.ty))
    } else if from.nullable != to.nullable {
        if to.nullable { "takes NULL now" } else { "now NOT NULL" }.to_owned()
    } else {
        "changed".to_owned()
    }
}

fn draw(tables: &[&Table], marks: &Marks<'_>) -> String {
    let mut names = Names::default();
    let ids: BTreeMap<(&str, &str), String> =
        tables.iter().map(|table| (key(table), names.entity(&table.name))).collect();
    let mut out = String::from("erDiagram\n");
    for table in tables {
        let mut drawn = BTreeSet::new();
        for foreign in &table.foreign_keys {
            let to = (foreign.ref_schema.as_str(), foreign.ref_table.as_str());
            let Some(parent) = ids.get(&to) else { continue };
            if drawn.insert(to) {
                let is_new = marks.new_tables.contains(table.name.as_str())
                    || marks.new_keys.contains(&(table.name.as_str(), to.1));
                let label = if is_new { "new" } else { "" };
                let lines = cardinality(table, foreign);
                out.push_str(&format!("    {parent} {lines} {} : \"{label}\"\n", ids[&key(table)]));
            }
        }
    }
    for table in tables {
        out.push_str(&format!("    {} {{\n", ids[&key(table)]));
        columns(&mut out, table, marks);
        out.push_str("    }\n");
    }
    out
}

fn columns(out: &mut String, table: &Table, marks: &Marks<'_>) {
    let primary: BTreeSet<&str> = table
        .primary_key
        .iter()
        .flat_map(|key| key.parts.iter().filter_map(|part| part.column_name()))
        .collect();
    let foreign: BTreeSet<&str> =
        table.foreign_keys.iter().flat_map(|key| key.columns.iter().map(String::as_str)).collect();
    let unique: BTreeSet<&str> = table
        .uniques
        .iter()
        .map(|unique| &unique.parts)
        .chain(table.indexes.iter().filter(|index| index.unique).map(|index| &index.parts))
        .filter(|parts| parts.len() == 1)
        .filter_map(|parts| parts[0].column_name())
        .collect();
    let weight = |column: &Column| {
        marks.of_column(table, column).is_some()
            || primary.contains(column.name.as_str())
            || foreign.contains(column.name.as_str())
    };
    let mut room = MOST_COLUMNS.saturating_sub(table.columns.iter().filter(|column| weight(column)).count());
    let mut shown = 0;
    for column in &table.columns {
        if weight(column) {
            if shown >= MOST_COLUMNS {
                continue;
            }
        } else if room == 0 {
            continue;
        } else {
            room -= 1;
        }
        shown += 1;
        let name = column.name.as_str();
        let keys: Vec<&str> = [(&primary, "PK"), (&foreign, "FK"), (&unique, "UK")]
            .into_iter()
            .filter(|(set, _)| set.contains(name))
            .map(|(_, key)| key)
            .collect();
        let mut line = format!("        {} {}", type_word(&column.ty), word(name, ""));
        if !keys.is_empty() {
            line.push(' ');
            line.push_str(&keys.join(", "));
        }
        if let Some(mark) = marks.of_column(table, column) {
            line.push_str(&format!(" \"{mark}\""));
        } else if marks.new_tables.contains(table.name.as_str()) {
            line.push_str(" \"new\"");
        }
        out.push_str(&line);
        out.push('\n');
    }
    let left = table.columns.len() - shown;
    if left > 0 {
        out.push_str(&format!("        and others \"{left} not shown\"\n"));
    }
}

/// Whether the parent must be there, and how many rows may point to it.
fn cardinality(table: &Table, foreign: &ForeignKey) -> &'static str {
    let optional =
        foreign.columns.iter().any(|name| table.column(name).is_some_and(|column| column.nullable));
    if optional { "|o--o{" } else { "||--o{" }
}

/// Gives each table a name of its own.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    fn entity(&mut self, name: &str) -> String {
        let mut word: String = comment(name);
        if word.trim().is_empty() {
            "unnamed".clone_into(&mut word);
        }
        let seen = self.0.entry(word.clone()).or_default();
        *seen += 1;
        if *seen > 1 {
            word = format!("{word} ({seen})");
        }
        let plain = word.starts_with(|first: char| first.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !RESERVED.contains(&word.to_ascii_lowercase().as_str());
        if plain { word } else { format!("\"{word}\"") }
    }
}

/// Text that may stand between double quotes.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_alphanumeric() || "_-. (),'".contains(c) { c } else { '_' })
        .take(LONGEST_WORD)
        .collect()
}

fn type_word(ty: &str) -> String {
    if ty.is_empty() { "untyped".to_owned() } else { word(ty, "()") }
}

/// A bare word of letters, digits, underscores and what else is allowed, that is no keyword.
fn word(text: &str, also: &str) -> String {
    let mut word: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || also.contains(c) { c } else { '_' })
        .take(LONGEST_WORD)
        .collect();
    if !word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        word.insert(0, '_');
    }
    if ["pk", "fk", "uk"].contains(&word.to_ascii_lowercase().as_str()) {
        word.push('_');
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn table(name: &str, columns: &[&str], refers: &[&str]) -> Table {
        Table {
            schema: "main".into(),
            name: name.into(),
            columns: columns
                .iter()
                .map(|&name| Column { name: name.into(), ty: "integer".into(), ..Column::default() })
                .collect(),
            foreign_keys: refers
                .iter()
                .map(|&to| ForeignKey {
                    columns: vec![columns[0].into()],
                    ref_schema: "main".into(),
                    ref_table: to.into(),
                    ..ForeignKey::default()
                })
                .collect(),
            ..Table::default()
        }
    }

    fn realm(tables: Vec<Table>) -> Realm {
        let tables = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
        let schema = Schema { name: "main".into(), tables, ..Schema::default() };
        Realm { schemas: [("main".to_owned(), schema)].into() }
    }

    #[test]
    fn neighbours_are_drawn_and_strangers_are_not() {
        let new = table("audit", &["user_id", "at"], &["users"]);
        let realm = realm(vec![new.clone(), table("users", &["id"], &[]), table("stranger", &["id"], &[])]);
        let text = diagram(&realm, &[&Change::AddTable(new.into())]).unwrap();
        assert_eq!(
            text,
            "erDiagram\n    users ||--o{ audit : \"new\"\n    audit {\n        integer user_id FK \"new\"\n        \
             integer at \"new\"\n    }\n    users {\n        integer id\n    }\n"
        );
    }

    #[test]
    fn hostile_names_stay_names() {
        let names = ["a\"b\n```\n<script>", "title", "%%{init: {}}%%", "", "a\"b\n'''\n<script>"];
        let text =
            diagram_of_all(&realm(names.iter().map(|name| table(name, &["PK", "1\"x"], &[])).collect()));
        assert!(!text.contains('%') && !text.contains('`') && !text.contains('<'), "{text}");
        assert!(
            text.contains("    \"title\" {\n        integer PK_\n        integer _1_x\n    }\n"),
            "{text}"
        );
        assert!(text.contains("    unnamed {\n"), "{text}");
    }

    #[test]
    fn large_schemas_are_cut() {
        let many: Vec<Table> = (0..5_000).map(|at| table(&format!("t{at}"), &["id"], &["t0"])).collect();
        let change = Change::AddTable(many[0].clone().into());
        let text = diagram(&realm(many), &[&change]).unwrap();
        assert_eq!(text.matches(" {\n").count(), MOST_TABLES);
    }
}

//! Whether what a database answered is what a test expects.

use regex_lite::Regex;

/// What the rows of a statement must look like.
#[derive(Debug)]
pub struct Expected {
    /// How rows are written as text.
    pub layout: Layout,
    /// What that text must be.
    pub wanted: Wanted,
}

/// How rows are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One line a row, values separated by commas; those with a comma, a quote or a line break stand in quotes.
    Csv,
    /// A head with the names of the columns, a rule, and one line a row.
    Table,
}

/// What the rows must be as text.
#[derive(Debug)]
pub enum Wanted {
    /// This text.
    Output(String),
    /// Something that this regular expression finds.
    Match(Regex),
}

/// Rows as a database answers them: texts, none for NULL; the names of the columns come first.
type Table = [Vec<Option<String>>];

/// How NULL is written.
const NULL: &str = "NULL";

/// What a boolean answer may be to count as true: the spellings of the servers.
const TRUE: [&str; 3] = ["1", "t", "true"];

impl Expected {
    /// What is wrong with the rows, of which the first holds the names of the columns.
    pub fn objection(&self, table: &Table) -> Option<String> {
        let rows = table.get(1..).unwrap_or_default();
        let found = match self.layout {
            Layout::Csv => csv(rows, ","),
            Layout::Table => drawn(table),
        };
        match &self.wanted {
            Wanted::Output(wanted) => {
                let wanted = tidy(wanted);
                let fits = tidy(&found) == wanted
                    // Both are in use, also side by side in Atlas's own documentation.
                    || (self.layout == Layout::Csv && tidy(&csv(rows, ", ")) == wanted);
                (!fits).then(|| {
                    let (wanted, found) = (block(&wanted), block(&found));
                    format!("the output differs\nexpected:\n{wanted}\nfound:\n{found}")
                })
            }
            Wanted::Match(pattern) if pattern.is_match(found.trim_matches('\n')) => None,
            Wanted::Match(pattern) => {
                Some(format!("the output does not match `{pattern}`\nfound:\n{}", block(&found)))
            }
        }
    }
}

/// Why the rows are no single true value.
pub fn held(rows: &Table) -> Result<(), String> {
    match rows {
        [row] => match row.as_slice() {
            [Some(value)] if TRUE.iter().any(|word| value.eq_ignore_ascii_case(word)) => Ok(()),
            [Some(value)] => Err(format!("the answer is `{value}`, not true")),
            [None] => Err("the answer is NULL, not true".to_owned()),
            values => Err(format!("the answer has {} columns, not one", values.len())),
        },
        rows => Err(format!("the answer has {} rows, not one", rows.len())),
    }
}

/// Whether the message of a failure is the expected one: it contains the text, or the text finds it as a regular
/// expression.
pub fn caught(expected: &str, message: &str) -> bool {
    message.contains(expected) || Regex::new(expected).is_ok_and(|pattern| pattern.is_match(message))
}

fn csv(rows: &Table, separator: &str) -> String {
    let line = |row: &Vec<Option<String>>| {
        row.iter().map(|value| field(value.as_deref())).collect::<Vec<_>>().join(separator)
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn field(value: Option<&str>) -> String {
    match value {
        None => NULL.to_owned(),
        Some(text) if text.contains([',', '"', '\n', '\r']) => format!("\"{}\"", text.replace('"', "\"\"")),
        Some(text) => text.to_owned(),
    }
}

/// A table as PostgreSQL's own client draws it: names in the middle of their columns, values on the left.
fn drawn(table: &Table) -> String {
    let cell = |value: &Option<String>| value.as_deref().unwrap_or(NULL).to_owned();
    let cells: Vec<Vec<String>> = table.iter().map(|row| row.iter().map(cell).collect()).collect();
    let Some((names, rows)) = cells.split_first() else { return String::new() };
    let wide = |text: &String| text.chars().count();
    let width = |at: usize| cells.iter().filter_map(|row| row.get(at)).map(wide).max().unwrap_or(0);
    let widths: Vec<usize> = (0..names.len()).map(width).collect();
    let line = |row: &Vec<String>, head: bool| {
        let padded = row.iter().zip(&widths).map(|(text, width)| {
            if head { format!(" {text:^width$} ") } else { format!(" {text:<width$} ") }
        });
        padded.collect::<Vec<_>>().join("|").trim_end().to_owned()
    };
    let rule = widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("+");
    let rows = rows.iter().map(|row| line(row, false));
    [line(names, true), rule].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

/// Without empty lines around it, and without spaces that nobody sees at the ends of lines.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim_matches(['\n', '\r']).lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// Text under a heading of a message.
fn block(text: &str) -> String {
    if text.is_empty() { "  (nothing)".to_owned() } else { format!("  {}", text.replace('\n', "\n  ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[Option<&str>]]) -> Vec<Vec<Option<String>>> {
        rows.iter().map(|row| row.iter().map(|value| value.map(str::to_owned)).collect()).collect()
    }

    fn objection(layout: Layout, wanted: &str, rows: &[&[Option<&str>]]) -> Option<String> {
        Expected { layout, wanted: Wanted::Output(wanted.to_owned()) }.objection(&table(rows))
    }

    #[test]
    fn rows_are_compared_as_csv_with_both_separators() {
        let rows: &[&[Option<&str>]] =
            &[&[Some("a"), Some("b")], &[Some("Ada"), Some("x\"y")], &[None, Some("")]];
        assert_eq!(objection(Layout::Csv, "\nAda,\"x\"\"y\"\nNULL,\n", rows), None);
        assert_eq!(objection(Layout::Csv, "Ada, \"x\"\"y\"\nNULL, ", rows), None);
        let said = objection(Layout::Csv, "Bob,x", rows).unwrap();
        assert_eq!(said, "the output differs\nexpected:\n  Bob,x\nfound:\n  Ada,\"x\"\"y\"\n  NULL,");
    }

    #[test]
    fn tables_are_drawn_with_their_names() {
        let rows: &[&[Option<&str>]] =
            &[&[Some("a"), Some("b")], &[Some("1"), Some("one")], &[Some("2"), Some("two")]];
        let wanted = " a |  b\n---+-----\n 1 | one\n 2 | two\n";
        assert_eq!(objection(Layout::Table, wanted, rows), None);
        assert!(objection(Layout::Table, "1,one\n2,two", rows).is_some());
    }

    #[test]
    fn only_one_true_value_holds() {
        for value in ["1", "t", "TRUE"] {
            assert_eq!(held(&table(&[&[Some(value)]])), Ok(()));
        }
        let no: [&[&[Option<&str>]]; 6] = [
            &[],
            &[&[]],
            &[&[None]],
            &[&[Some("2")]],
            &[&[Some("1"), Some("1")]],
            &[&[Some("1")], &[Some("1")]],
        ];
        for rows in no {
            assert!(held(&table(rows)).is_err(), "{rows:?}");
        }
    }

    #[test]
    fn a_failure_is_known_by_a_part_or_by_a_pattern() {
        assert!(caught("constraint failed: t.a", "UNIQUE constraint failed: t.a"));
        assert!(caught("^UNIQUE .*a$", "UNIQUE constraint failed: t.a"));
        assert!(caught("near \"(\"", "near \"(\": syntax error"));
        assert!(!caught("CHECK", "UNIQUE constraint failed: t.a"));
    }
}

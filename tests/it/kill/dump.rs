//! Everything that a database file holds, as text; times are left out.

use std::{fs, path::Path};

use plinth::{
    db::{self, Access, Session},
    secret::Secret,
};

use super::DATABASE;

/// Makes a database by these statements; none makes none.
pub(super) fn make(path: &Path, statements: &[&str]) {
    if statements.is_empty() {
        return;
    }
    in_runtime(async {
        let mut target = db::connect(&url(path), Access::Write).await.unwrap();
        for statement in statements {
            db::execute(target.session.as_mut(), *statement).await.unwrap();
        }
        target.session.close().await;
    });
}

/// The names of the files in the folder, and everything in the database there.
pub(super) fn of(folder: &Path) -> String {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let content = in_runtime(async {
        let mut target = db::connect(&url(&folder.join(DATABASE)), Access::Read).await.unwrap();
        let content = content(target.session.as_mut()).await;
        target.session.close().await;
        content
    });
    format!("files: {}\n{content}", names.join(", "))
}

/// The lines that only one of the two has, cut to what can be read.
pub(super) fn difference(expected: &str, found: &str) -> String {
    let lost = expected.lines().filter(|line| !found.lines().any(|other| other == *line));
    let extra = found.lines().filter(|line| !expected.lines().any(|other| other == *line));
    let lines = lost.map(|line| format!("- {line}")).chain(extra.map(|line| format!("+ {line}")));
    let shown: Vec<String> = lines.take(12).map(|line| line.chars().take(300).collect()).collect();
    if shown.is_empty() {
        "the same lines, not as often, or in another order".to_owned()
    } else {
        shown.join("\n")
    }
}

async fn content(session: &mut dyn Session) -> String {
    let mut text = String::new();
    for pragma in
        ["integrity_check", "foreign_key_check", "journal_mode", "user_version", "page_size", "auto_vacuum"]
    {
        text.push_str(&format!("{pragma}: {}\n", rows(session, &format!("PRAGMA {pragma}")).await));
    }
    let schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid";
    text.push_str(&rows(session, schema).await);
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid";
    for table in db::query(session, tables).await.unwrap() {
        let table = table.into_iter().flatten().collect::<String>();
        let columns = format!(
            "SELECT name FROM pragma_table_info('{table}') \
             WHERE name NOT LIKE '%\\_at' ESCAPE '\\' AND name <> 'execution_time'"
        );
        let columns: Vec<String> =
            db::query(session, columns).await.unwrap().into_iter().flatten().flatten().collect();
        let select = format!("SELECT {} FROM {table}", columns.join(", "));
        text.push_str(&format!("\n{table}\n{}", rows(session, &select).await));
    }
    text
}

async fn rows(session: &mut dyn Session, sql: &str) -> String {
    let rows = db::query(session, sql).await.unwrap();
    let line = |row: Vec<Option<String>>| {
        row.into_iter().map(|cell| cell.unwrap_or("NULL".into())).collect::<Vec<_>>().join(" · ")
    };
    rows.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

fn url(path: &Path) -> Secret {
    Secret::new(format!("sqlite://{}", path.display()))
}

fn in_runtime<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

//! What `sqlparser` makes of a statement that the grammar of SQLite does not take.

use std::{collections::BTreeSet, ops::ControlFlow};

use sqlparser::{
    ast::{ObjectName, Query, Statement, TableFactor, Visit, Visitor},
    dialect::SQLiteDialect,
    parser::Parser,
};

use crate::sql::{Facts, Kind};

use super::{object, sorted};

/// The same facts with exact tables, where the statement is about rows and `sqlparser` reads it.
pub(super) fn refine(sql: &str, head: Facts) -> Facts {
    let about_rows =
        matches!(head.kind, Kind::Select | Kind::Insert { .. } | Kind::Update { .. } | Kind::Delete { .. });
    if !about_rows {
        return head;
    }
    match Parser::parse_sql(&SQLiteDialect {}, sql).as_deref() {
        Ok([statement]) => Facts { kind: head.kind, reads: reads(statement) },
        _ => head,
    }
}

fn reads(statement: &Statement) -> Vec<String> {
    let mut tables = Tables::default();
    // The visitor never breaks off.
    let _ = statement.visit(&mut tables);
    let names = tables.found.into_iter();
    sorted(names.filter(|name| !tables.others.contains(&name.to_ascii_lowercase())).collect())
}

#[derive(Default)]
struct Tables {
    found: Vec<String>,
    /// What a WITH defines and what is called as a function, in lower case.
    others: BTreeSet<String>,
}

impl Visitor for Tables {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let definitions = query.with.iter().flat_map(|with| &with.cte_tables);
        self.others.extend(definitions.map(|cte| cte.alias.name.value.to_ascii_lowercase()));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: Some(_), .. } = table {
            self.others.insert(read(name).to_ascii_lowercase());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        self.found.push(read(name));
        ControlFlow::Continue(())
    }
}

fn read(name: &ObjectName) -> String {
    let mut parts = name.0.iter().filter_map(|part| part.as_ident().map(|ident| ident.value.clone()));
    match (parts.next(), parts.next()) {
        (Some(schema), Some(name)) => object(Some(&schema), name),
        (Some(name), None) => name,
        (None, _) => String::new(),
    }
}

//! SQLite 3, as the bundled library has it.

mod alter;
mod fold;
mod impact;
mod inspect;
mod normalize;
mod plan;
mod print;
mod quote;
mod rebuild;
mod seed;
mod touched;

use std::collections::BTreeSet;

use super::{CatalogQuery, CatalogRows, Dialect, DialectId, Impact, Scope, Seed, Touched};
use crate::{
    change::Change,
    error::Result,
    plan::Plan,
    schema::{Column, Realm, Table},
    sql::{self, Facts, Syntax},
    step::Step,
};

/// The dialect.
#[derive(Debug)]
pub struct Sqlite;

impl Dialect for Sqlite {
    fn id(&self) -> DialectId {
        DialectId::Sqlite
    }

    fn title(&self) -> &'static str {
        "SQLite"
    }

    fn driver(&self) -> &'static str {
        "sqlite3"
    }

    fn default_schema(&self) -> &'static str {
        "main"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["sqlite", "sqlite3"]
    }

    fn syntax(&self) -> &'static Syntax {
        &Syntax::SQLITE
    }

    fn classify(&self, sql: &str) -> Facts {
        sql::sqlite::classify(sql)
    }

    fn quote(&self, name: &str) -> String {
        quote::name(name)
    }

    fn name_key(&self, name: &str) -> String {
        quote::key(name)
    }

    fn is_own_table(&self, table: &str) -> bool {
        quote::key(table).starts_with("sqlite_")
    }

    fn catalog(&self, scope: Scope<'_>) -> Vec<CatalogQuery> {
        inspect::catalog(scope)
    }

    fn read_catalog(&self, rows: &[CatalogRows]) -> Result<Realm> {
        inspect::read(rows)
    }

    fn touched(&self, facts: &Facts) -> Touched {
        touched::touched(facts)
    }

    fn same_column(&self, from: &Column, to: &Column) -> bool {
        *from == Column { name: from.name.clone(), ..to.clone() }
    }

    fn same_definition(&self, from: &str, to: &str) -> bool {
        from == to || normalize::definition(from) == normalize::definition(to)
    }

    fn rename_in(&self, expression: &str, from: &str, to: &str) -> String {
        normalize::renamed(expression, from, to)
    }

    fn plan(&self, from: &Realm, to: &Realm, changes: &[Change]) -> Result<Plan> {
        plan::plan(from, to, changes)
    }

    fn print(&self, realm: &Realm) -> Vec<String> {
        plan::create_all(realm)
    }

    fn fold(&self, steps: &mut [Step]) {
        fold::fold(steps);
    }

    fn seed(&self, realm: &Realm, tables: &[&Table]) -> Vec<Seed> {
        seed::seed(realm, tables)
    }

    fn impact(&self, step: &Step, fresh: &BTreeSet<String>) -> Impact {
        impact::impact(self, step, fresh)
    }
}

//! What differs between databases, behind one trait; shared code never asks which dialect it has.
//!
//! A dialect is pure: it says which catalog queries to run and reads their rows, it plans and
//! prints SQL, and it never touches a connection, a file or a clock.

pub mod sqlite;

use std::collections::BTreeSet;

use crate::{
    change::Change,
    error::Result,
    plan::Plan,
    prose::Prose,
    schema::{Column, Realm, Table},
    sql::{Facts, Syntax},
    step::Step,
};

/// The dialects; a closed set, in which [`DialectId::ops`] is the only match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DialectId {
    /// SQLite.
    Sqlite,
}

impl DialectId {
    /// The dialect of a project that names no database.
    pub const DEFAULT: Self = Self::Sqlite;

    /// Every dialect.
    pub const ALL: [Self; 1] = [Self::Sqlite];

    /// What the dialect does.
    pub fn ops(self) -> &'static dyn Dialect {
        match self {
            Self::Sqlite => &sqlite::Sqlite,
        }
    }

    /// The dialect whose URLs have this scheme.
    pub fn of_scheme(scheme: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.ops().schemes().contains(&scheme))
    }
}

/// A query of the catalog; its rows come back as text under the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogQuery {
    /// What the rows are known by, for [`Dialect::read_catalog`].
    pub name: &'static str,
    /// The query.
    pub sql: String,
}

/// The rows of one catalog query: each a list of texts, none where the value was NULL.
pub type CatalogRows = Vec<Vec<Option<String>>>;

/// How much of a database to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// All of it.
    All,
    /// The tables and views of these names, with their indexes and triggers.
    Objects(&'a [String]),
}

/// The objects whose definition a statement may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// None: the statement changes rows or settings only.
    Nothing,
    /// At most the tables and views of these names, with their indexes and triggers.
    Objects(Vec<String>),
    /// Unknown: inspect everything.
    Everything,
}

/// Rows to put into a table before new statements run, so that what fails on data fails in review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The table.
    pub table: String,
    /// One INSERT a row; the first has NULL wherever that is allowed.
    pub inserts: Vec<String>,
}

/// What a statement costs while it runs on a database with rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// How the work grows.
    pub effort: Effort,
    /// What kind of work the server does, for example `rewrites the table`.
    pub work: Prose,
    /// What others notice, for example `blocks **writes** to the database`.
    pub meanwhile: Prose,
}

/// How the work of a statement grows; the levels are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Not with the rows.
    Instant,
    /// With the rows, and others wait for it.
    Rows,
}

/// One kind of database server.
pub trait Dialect: Sync {
    /// Which one it is.
    fn id(&self) -> DialectId;

    /// Its name for people, for example `SQLite`.
    fn title(&self) -> &'static str;

    /// What Atlas calls its driver in documents.
    fn driver(&self) -> &'static str;

    /// The schema that unqualified names mean where a URL does not say it.
    fn default_schema(&self) -> &'static str;

    /// The URL schemes that lead to it.
    fn schemes(&self) -> &'static [&'static str];

    /// How its statements are cut apart.
    fn syntax(&self) -> &'static Syntax;

    /// What a statement is about; never fails, at worst [`crate::sql::Kind::Opaque`].
    fn classify(&self, sql: &str) -> Facts;

    /// An identifier as SQL, quoted so that it is always safe.
    fn quote(&self, name: &str) -> String;

    /// The form of a name under which two spellings are the same object.
    fn name_key(&self, name: &str) -> String;

    /// Whether the server keeps the table for itself, so that it is none of the user's objects.
    fn is_own_table(&self, table: &str) -> bool;

    /// The catalog queries that describe the scope.
    fn catalog(&self, scope: Scope<'_>) -> Vec<CatalogQuery>;

    /// Reads the rows of [`Dialect::catalog`], in the same order as its queries.
    fn read_catalog(&self, rows: &[CatalogRows]) -> Result<Realm>;

    /// What a statement may have changed.
    fn touched(&self, facts: &Facts) -> Touched;

    /// Whether two columns of one name are the same to the server.
    fn same_column(&self, from: &Column, to: &Column) -> bool;

    /// Whether two CREATE statements of a view or a trigger are the same to the server.
    fn same_definition(&self, from: &str, to: &str) -> bool;

    /// An expression over the columns of a table after one of them has got another name.
    fn rename_in(&self, expression: &str, from: &str, to: &str) -> String;

    /// The statements that make the changes, in an order that works, with their reverse.
    fn plan(&self, from: &Realm, to: &Realm, changes: &[Change]) -> Result<Plan>;

    /// The statements that create everything in the realm, in an order that works.
    fn print(&self, realm: &Realm) -> Vec<String>;

    /// Sees several statements as the one change that they are, as SQLite's rebuild of a table.
    ///
    /// The folded change stands on the step whose statement a reviewer should look at.
    fn fold(&self, steps: &mut [Step]);

    /// Rows for the tables, in the order of their foreign keys; tables that cannot be filled are left out.
    fn seed(&self, realm: &Realm, tables: &[&Table]) -> Vec<Seed>;

    /// What a statement costs while it runs; `fresh` holds the keys of the tables that earlier new
    /// statements made, which have no rows to speak of.
    fn impact(&self, step: &Step, fresh: &BTreeSet<String>) -> Impact;
}

//! Collects the tables that a tree names.
//!
//! A work list instead of recursion: a chain of operators is as deep as it is long.

use std::collections::BTreeSet;

use sqlite3_parser::ast::{
    CreateTableBody, Expr, FrameBound, FrameClause, FromClause, FunctionCallOrder, FunctionTail, InsertBody,
    JoinConstraint, Limit, OneSelect, Over, QualifiedName, ResultColumn, Select, SelectTable, Set,
    SortedColumn, Stmt, TriggerCmd, Upsert, UpsertDo, Window, With,
};

use crate::sql::tokens::unquote;

use super::{object, sorted};

/// Every table or view in a FROM, JOIN, INTO, UPDATE or IN, without the names that a WITH defines.
pub(super) fn of(stmt: &Stmt<'_>) -> Vec<String> {
    let mut reads = Reads::default();
    reads.statement(stmt);
    while let Some((node, scope)) = reads.work.pop() {
        reads.scope = scope;
        match node {
            Node::Expr(expr) => reads.expr(expr),
            Node::Select(select) => reads.select(select),
            Node::From(from) => reads.from(from),
        }
    }
    sorted(reads.found)
}

#[derive(Clone, Copy)]
enum Node<'a> {
    Expr(&'a Expr<'a>),
    Select(&'a Select<'a>),
    From(&'a FromClause<'a>),
}

/// The names that a WITH defines, inside those of another.
struct Scope {
    outer: Option<usize>,
    /// In lower case.
    names: BTreeSet<String>,
}

#[derive(Default)]
struct Reads<'a> {
    work: Vec<(Node<'a>, Option<usize>)>,
    scopes: Vec<Scope>,
    /// The scope of the node at work.
    scope: Option<usize>,
    found: Vec<String>,
}

impl<'a> Reads<'a> {
    fn statement(&mut self, stmt: &'a Stmt<'a>) {
        match stmt {
            Stmt::CreateTable { body: CreateTableBody::AsSelect(select), .. }
            | Stmt::CreateView { select, .. }
            | Stmt::Select(select) => self.push(Node::Select(select)),
            Stmt::CreateTrigger { when_clause, commands, .. } => {
                self.maybe(when_clause.as_ref());
                for command in *commands {
                    self.command(command);
                }
            }
            Stmt::CreateIndex { columns, where_clause, .. } => {
                self.sorts(Some(columns));
                self.maybe(where_clause.as_ref());
            }
            Stmt::Delete { with, tbl_name, where_clause, returning, order_by, limit, .. } => {
                self.table(tbl_name);
                self.with(with.as_ref());
                self.maybe(where_clause.as_ref());
                self.results(*returning);
                self.sorts(*order_by);
                self.limit(*limit);
            }
            Stmt::Insert { with, tbl_name, body, returning, .. } => {
                self.table(tbl_name);
                self.with(with.as_ref());
                if let InsertBody::Select(select, upsert) = body {
                    self.push(Node::Select(select));
                    self.upsert(*upsert);
                }
                self.results(*returning);
            }
            Stmt::Update { with, tbl_name, sets, from, where_clause, returning, order_by, limit, .. } => {
                self.table(tbl_name);
                self.with(with.as_ref());
                self.sets(sets);
                self.push_from(from.as_ref());
                self.maybe(where_clause.as_ref());
                self.results(*returning);
                self.sorts(*order_by);
                self.limit(*limit);
            }
            _ => {}
        }
    }

    fn command(&mut self, command: &'a TriggerCmd<'a>) {
        match command {
            TriggerCmd::Update { tbl_name, sets, from, where_clause, .. } => {
                self.table(tbl_name);
                self.sets(sets);
                self.push_from(from.as_ref());
                self.maybe(where_clause.as_ref());
            }
            TriggerCmd::Insert { tbl_name, select, upsert, .. } => {
                self.table(tbl_name);
                self.push(Node::Select(select));
                self.upsert(*upsert);
            }
            TriggerCmd::Delete { tbl_name, where_clause } => {
                self.table(tbl_name);
                self.maybe(where_clause.as_ref());
            }
            TriggerCmd::Select(select) => self.push(Node::Select(select)),
        }
    }

    fn select(&mut self, select: &'a Select<'a>) {
        self.with(select.with.as_ref());
        self.one_select(&select.body.select);
        for compound in select.body.compounds.iter().flatten() {
            self.one_select(&compound.select);
        }
        self.sorts(select.order_by);
        self.limit(select.limit);
    }

    fn one_select(&mut self, select: &'a OneSelect<'a>) {
        match select {
            OneSelect::Select { columns, from, where_clause, group_by, having, window_clause, .. } => {
                self.results(Some(columns));
                self.push_from(from.as_ref());
                self.maybe(*where_clause);
                self.exprs(*group_by);
                self.maybe(*having);
                for window in window_clause.iter().copied().flatten() {
                    self.window(&window.window);
                }
            }
            OneSelect::Values(rows) => rows.iter().flatten().for_each(|value| self.push(Node::Expr(value))),
        }
    }

    fn from(&mut self, from: &'a FromClause<'a>) {
        let joined = from.joins.iter().flatten();
        for table in from.select.into_iter().chain(joined.clone().map(|join| &join.table)) {
            match table {
                SelectTable::Table(name, ..) => self.table(name),
                SelectTable::TableCall(_, arguments, _) => self.exprs(*arguments),
                SelectTable::Select(select, _) => self.push(Node::Select(select)),
                SelectTable::Sub(from, _) => self.push(Node::From(from)),
            }
        }
        for join in joined {
            if let Some(JoinConstraint::On(condition)) = &join.constraint {
                self.push(Node::Expr(condition));
            }
        }
    }

    fn expr(&mut self, expr: &'a Expr<'a>) {
        match expr {
            Expr::Between { lhs, start, end, .. } => self.all([lhs, start, end]),
            Expr::Binary(left, _, right) => self.all([left, right]),
            Expr::Case { base, when_then_pairs, else_expr } => {
                self.maybe(*base);
                self.maybe(*else_expr);
                for (when, then) in *when_then_pairs {
                    self.all([when, then]);
                }
            }
            Expr::Cast { expr, .. }
            | Expr::Collate(expr, _)
            | Expr::IsNull(expr)
            | Expr::NotNull(expr)
            | Expr::Unary(_, expr) => self.push(Node::Expr(expr)),
            Expr::Exists(select) | Expr::Subquery(select) => self.push(Node::Select(select)),
            Expr::FunctionCall { args, order_by, filter_over, .. } => {
                self.exprs(*args);
                if let Some(FunctionCallOrder::SortList(columns)) = order_by {
                    self.sorts(Some(columns));
                }
                self.tail(filter_over.as_ref());
            }
            Expr::FunctionCallStar { filter_over, .. } => self.tail(filter_over.as_ref()),
            Expr::InList { lhs, rhs, .. } => {
                self.push(Node::Expr(lhs));
                self.exprs(*rhs);
            }
            Expr::InSelect { lhs, rhs, .. } => {
                self.push(Node::Expr(lhs));
                self.push(Node::Select(rhs));
            }
            Expr::InTable { lhs, rhs, args, .. } => {
                self.push(Node::Expr(lhs));
                match args {
                    Some(arguments) => self.exprs(Some(arguments)),
                    None => self.table(rhs),
                }
            }
            Expr::Like { lhs, rhs, escape, .. } => {
                self.all([lhs, rhs]);
                self.maybe(*escape);
            }
            Expr::Parenthesized(list) => list.iter().for_each(|expr| self.push(Node::Expr(expr))),
            Expr::Raise(_, message) => self.maybe(*message),
            Expr::DoublyQualified(..)
            | Expr::Id(_)
            | Expr::Literal(_)
            | Expr::Name(_)
            | Expr::Qualified(..)
            | Expr::Variable(_) => {}
        }
    }

    fn tail(&mut self, tail: Option<&'a FunctionTail<'a>>) {
        let Some(tail) = tail else { return };
        self.maybe(tail.filter_clause);
        if let Some(Over::Window(window)) = tail.over_clause {
            self.window(window);
        }
    }

    fn window(&mut self, window: &'a Window<'a>) {
        self.exprs(window.partition_by);
        self.sorts(window.order_by);
        if let Some(FrameClause { start, end, .. }) = &window.frame_clause {
            for bound in [Some(start), end.as_ref()].into_iter().flatten() {
                if let FrameBound::Following(expr) | FrameBound::Preceding(expr) = bound {
                    self.push(Node::Expr(expr));
                }
            }
        }
    }

    fn upsert(&mut self, mut upsert: Option<&'a Upsert<'a>>) {
        while let Some(clause) = upsert {
            if let Some(index) = &clause.index {
                self.sorts(Some(index.targets));
                self.maybe(index.where_clause.as_ref());
            }
            if let UpsertDo::Set { sets, where_clause } = &clause.do_clause {
                self.sets(sets);
                self.maybe(where_clause.as_ref());
            }
            upsert = clause.next;
        }
    }

    /// Enters the scope of a WITH; everything pushed from here on sees its names.
    fn with(&mut self, with: Option<&'a With<'a>>) {
        let Some(with) = with else { return };
        let names = with.ctes.iter().map(|cte| unquote(cte.tbl_name.0).to_ascii_lowercase()).collect();
        self.scopes.push(Scope { outer: self.scope, names });
        self.scope = Some(self.scopes.len() - 1);
        for cte in with.ctes {
            self.push(Node::Select(cte.select));
        }
    }

    fn table(&mut self, name: &QualifiedName<'_>) {
        let table = unquote(name.name.0);
        let schema = name.db_name.as_ref().map(|schema| unquote(schema.0));
        if schema.is_some() || !self.is_defined(&table) {
            self.found.push(object(schema.as_deref(), table));
        }
    }

    fn is_defined(&self, table: &str) -> bool {
        let table = table.to_ascii_lowercase();
        let mut scope = self.scope;
        while let Some(at) = scope {
            if self.scopes[at].names.contains(&table) {
                return true;
            }
            scope = self.scopes[at].outer;
        }
        false
    }

    fn push(&mut self, node: Node<'a>) {
        self.work.push((node, self.scope));
    }

    fn push_from(&mut self, from: Option<&'a FromClause<'a>>) {
        if let Some(from) = from {
            self.push(Node::From(from));
        }
    }

    fn maybe(&mut self, expr: Option<&'a Expr<'a>>) {
        if let Some(expr) = expr {
            self.push(Node::Expr(expr));
        }
    }

    fn all<const N: usize>(&mut self, exprs: [&'a Expr<'a>; N]) {
        for expr in exprs {
            self.push(Node::Expr(expr));
        }
    }

    fn exprs(&mut self, exprs: Option<&'a [Expr<'a>]>) {
        exprs.into_iter().flatten().for_each(|expr| self.push(Node::Expr(expr)));
    }

    fn sets(&mut self, sets: &'a [Set<'a>]) {
        for set in sets {
            self.push(Node::Expr(&set.expr));
        }
    }

    fn sorts(&mut self, columns: Option<&'a [SortedColumn<'a>]>) {
        columns.into_iter().flatten().for_each(|column| self.push(Node::Expr(&column.expr)));
    }

    fn results(&mut self, columns: Option<&'a [ResultColumn<'a>]>) {
        for column in columns.into_iter().flatten() {
            if let ResultColumn::Expr(expr, _) = column {
                self.push(Node::Expr(expr));
            }
        }
    }

    fn limit(&mut self, limit: Option<&'a Limit<'a>>) {
        if let Some(limit) = limit {
            self.push(Node::Expr(&limit.expr));
            self.maybe(limit.offset.as_ref());
        }
    }
}

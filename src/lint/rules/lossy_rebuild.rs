//! A rebuild that does not bring back all that went with the old table.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    change::{Change, TableChange},
    dialect::DialectId,
    lint::{At, Site},
    prose,
    prose::Prose,
    schema::{Index, PartOn, Table, TableOptions},
    sql::{self, Alter, Kind},
    step::Outcome,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "LT103", name: "lossy-rebuild", analyzer: "rebuild" },
    level: Level::Error,
    dialects: Dialects::Only(&[DialectId::Sqlite]),
    looks_at: LooksAt::Everything,
    silence: Silence::Allowed,
    summary: "a rebuild loses rows, an index, a trigger or a property of the table",
    doc: include_str!("lossy_rebuild.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    // Behind a statement that fails nothing ran, and what is missing may be made again there.
    let stop = pass.sites().find(|site| matches!(site.step.outcome, Outcome::Failed(_))).map(|site| site.at);
    for site in pass.sites().filter(|site| site.is_rebuild() && stop.is_none_or(|stop| stop < site.at)) {
        let meant = dropped_on_purpose(site);
        for change in &site.step.changes {
            match change {
                Change::ModifyTable { from, to, changes } => {
                    for change in changes {
                        table_change(site, from, to, change, &meant, out);
                    }
                }
                Change::DropTrigger(trigger) => {
                    let name = pass.dialect.name_key(&trigger.name);
                    if !meant.contains(&name)
                        && !pass.history.trigger_after(pass.dialect, &trigger.name, site.at)
                    {
                        let sql = format!("{};", trigger.definition);
                        out.at(
                            site,
                            prose!("the rebuild of {} loses the trigger {}", &trigger.on, &trigger.name),
                        )
                        .object(&trigger.name)
                        .instead(prose!("Create it again at the end of the rebuild: {}", &sql))
                        .append(last_part(site), "create the trigger again", &sql);
                    }
                }
                _ => {}
            }
        }
    }
    if stop.is_none() {
        left_behind(pass, out);
    }
    left_out(pass, stop, out);
}

/// Reports copies that do not take every row of the old table.
fn left_out(pass: &Pass<'_>, stop: Option<At>, out: &mut Findings<'_>) {
    let copies = Copies::of(pass);
    for site in pass.sites().filter(|site| site.is_rebuild() && stop.is_none_or(|stop| stop < site.at)) {
        let Some(table) = rebuilt_table(site).filter(|table| !site.is_new_table(table)) else { continue };
        for part in &site.step.folded {
            let at = At { step: *part, ..site.at };
            let Some(copy) = pass.site(at).filter(|copy| copies.is_only(*copy, &site.step.folded)) else {
                continue;
            };
            let Some(clause) = sql::leaves_out(copy.text(), pass.dialect.syntax()) else { continue };
            let headline =
                prose!("the rebuild of {} loses every row that its copy leaves out by {}", table, clause);
            out.at(copy, headline).object(table).instead(prose!(
                "Copy every row. Where some are meant to go, delete them in a statement of their own before the rebuild.",
            ));
        }
    }
}

/// The table that a rebuild is about, under its final name.
fn rebuilt_table(site: Site<'_>) -> Option<&str> {
    let Kind::CreateTable { table: created, .. } = &site.step.facts.kind else { return None };
    let key = |name: &str| site.pass.dialect.name_key(name);
    let renamed = site.parts().find_map(|part| match &part.facts.kind {
        Kind::AlterTable { table, action: Alter::RenameTable { to } } if key(table) == key(created) => {
            Some(to)
        }
        _ => None,
    });
    Some(renamed.unwrap_or(created))
}

/// Where a table takes the rows of a query, by file and the key of the table.
struct Copies(BTreeMap<(usize, String), Vec<usize>>);

impl Copies {
    fn of(pass: &Pass<'_>) -> Self {
        let mut copies: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for site in pass.sites() {
            if let Some(key) = Self::key(site) {
                copies.entry(key).or_default().push(site.at.step);
            }
        }
        Self(copies)
    }

    /// Whether the statement is a copy, and no other one within the rebuild may bring the rows that it leaves out.
    fn is_only(&self, copy: Site<'_>, rebuild: &[usize]) -> bool {
        let Some(list) = Self::key(copy).and_then(|key| self.0.get(&key)) else { return false };
        let Some((from, to)) = rebuild.iter().min().zip(rebuild.iter().max()) else { return false };
        list.partition_point(|step| step <= to) - list.partition_point(|step| step < from) == 1
    }

    fn key(site: Site<'_>) -> Option<(usize, String)> {
        match &site.step.facts.kind {
            Kind::Insert { table } | Kind::CreateTable { table, .. } if !site.step.facts.reads.is_empty() => {
                Some((site.at.file, site.pass.dialect.name_key(table)))
            }
            _ => None,
        }
    }
}

/// Reports what followed an old table to another name and refers to a table that is gone in the end.
fn left_behind(pass: &Pass<'_>, out: &mut Findings<'_>) {
    let gone: Vec<(Site<'_>, &str)> = pass
        .sites()
        .filter(Site::is_rebuild)
        .filter_map(|site| renamed_and_dropped(site).map(|gone| (site, gone)))
        .collect();
    if gone.is_empty() {
        return;
    }
    let names = Referrers::of(pass);
    for (site, gone) in gone {
        for object in names.to(&pass.dialect.name_key(gone)) {
            let headline = prose!("the rebuild leaves {} referring to {}, which it drops", object, gone);
            out.at(site, headline).object(object).instead(prose!(
                "Create the new table under another name and rename it at the end, so that nothing follows the old one.",
            ));
        }
    }
}

/// What refers to tables in the end, by the key of a table that does not exist.
struct Referrers(BTreeMap<String, BTreeSet<String>>);

impl Referrers {
    fn of(pass: &Pass<'_>) -> Self {
        let key = |name: &str| pass.dialect.name_key(name);
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for table in pass.after.tables() {
            for foreign in &table.foreign_keys {
                names.entry(key(&foreign.ref_table)).or_default().insert(table.name.clone());
            }
        }
        for view in pass.after.views() {
            for word in sql::words(&view.definition, pass.dialect.syntax()) {
                names.entry(key(&word)).or_default().insert(view.name.clone());
            }
        }
        for table in pass.after.tables() {
            names.remove(&key(&table.name));
        }
        Self(names)
    }

    fn to(&self, key: &str) -> impl Iterator<Item = &String> {
        self.0.get(key).into_iter().flatten()
    }
}

/// The name that a rebuild gave to the old table before it dropped it.
fn renamed_and_dropped(site: Site<'_>) -> Option<&str> {
    let mut renamed = BTreeSet::new();
    for part in site.parts() {
        match &part.facts.kind {
            Kind::AlterTable { action: Alter::RenameTable { to }, .. } => {
                renamed.insert(to.as_str());
            }
            Kind::DropTable { table, .. } if renamed.contains(table.as_str()) => return Some(table),
            _ => {}
        }
    }
    None
}

fn table_change(
    site: Site<'_>,
    from: &Table,
    to: &Table,
    change: &TableChange,
    meant: &BTreeSet<String>,
    out: &mut Findings<'_>,
) {
    match change {
        TableChange::DropIndex(index) => {
            let dialect = site.pass.dialect;
            if meant.contains(&dialect.name_key(&index.name))
                || site.pass.history.index_after(dialect, &index.name, site.at)
                || !still_fits(index, to)
            {
                return;
            }
            let sql = create_index(site, to, index);
            out.at(site, prose!("the rebuild of {} loses the index {}", &to.name, &index.name))
                .object(&index.name)
                .instead(prose!("Create it again at the end of the rebuild: {}", &sql))
                .append(last_part(site), "create the index again", &sql);
        }
        TableChange::ModifyColumn { from: old, to: new } if old.auto_increment && !new.auto_increment => {
            lost(site, from, "AUTOINCREMENT", "numbers of deleted rows are used again", out);
        }
        TableChange::SetOptions { from: old, to: new } => options(site, from, *old, *new, out),
        _ => {}
    }
}

fn options(site: Site<'_>, table: &Table, old: TableOptions, new: TableOptions, out: &mut Findings<'_>) {
    if old.strict && !new.strict {
        lost(site, table, "STRICT", "values of any type go into every column", out);
    }
    if old.without_rowid && !new.without_rowid {
        lost(site, table, "WITHOUT ROWID", "the primary key gets an index of its own", out);
    }
}

fn lost(site: Site<'_>, table: &Table, property: &'static str, effect: &'static str, out: &mut Findings<'_>) {
    out.at(site, prose!("the rebuild of {} loses {}: ", &table.name, property).then(Prose::plain(effect)))
        .object(&table.name)
        .instead(prose!("Write {} in the definition of the new table as well.", property));
}

/// The indexes and triggers that a statement of the rebuild drops by name.
fn dropped_on_purpose(site: Site<'_>) -> BTreeSet<String> {
    let names = site.parts().filter_map(|part| match &part.facts.kind {
        Kind::DropIndex { index } => Some(index),
        Kind::DropTrigger { trigger } => Some(trigger),
        _ => None,
    });
    names.map(|name| site.pass.dialect.name_key(name)).collect()
}

/// Whether the table still has every column that the index names.
fn still_fits(index: &Index, table: &Table) -> bool {
    let mut columns = index.parts.iter().filter_map(|part| part.column_name());
    columns.all(|name| table.column(name).is_some())
}

fn create_index(site: Site<'_>, table: &Table, index: &Index) -> String {
    let quote = |name: &str| site.pass.dialect.quote(name);
    let parts = index.parts.iter().map(|part| {
        let mut text = match &part.on {
            PartOn::Column(name) => quote(name),
            PartOn::Expr(expr) => expr.clone(),
        };
        if let Some(collation) = &part.collation {
            text.push_str(&format!(" COLLATE {}", quote(collation)));
        }
        if part.descending {
            text.push_str(" DESC");
        }
        text
    });
    let parts: Vec<_> = parts.collect();
    format!(
        "CREATE {}INDEX {} ON {} ({}){};",
        if index.unique { "UNIQUE " } else { "" },
        quote(&index.name),
        quote(&table.name),
        parts.join(", "),
        index.predicate.as_ref().map(|predicate| format!(" WHERE {predicate}")).unwrap_or_default(),
    )
}

/// The last statement of the rebuild, behind which something can be added.
fn last_part(site: Site<'_>) -> Site<'_> {
    let last = site.step.folded.iter().copied().max().unwrap_or(site.at.step);
    site.pass.site(At { step: last, ..site.at }).unwrap_or(site)
}

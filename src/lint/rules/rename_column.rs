//! Renaming a column that releases in use still name.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{change::TableChange, lint::Site, prose, schema::Column, sql};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "BC102", name: "rename-column", analyzer: "incompatible" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a column gets another name",
    doc: include_str!("rename_column.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, from, to, change) in pass.table_changes() {
        let (old, new) = match change {
            TableChange::RenameColumn { from: old, to: new } => (old, new),
            TableChange::DropColumn(old) => match site.carried_to(from, to, old) {
                Some(new) => (old, new),
                None => continue,
            },
            _ => continue,
        };
        if site.is_new_column(&from.name, &old.name)
            || pass.history.regains_name(pass.dialect, &from.name, &old.name, site.at)
            || is_still_readable(site, &to.name, old)
        {
            continue;
        }
        let object = format!("{}.{}", from.name, old.name);
        let quote = |name: &str| pass.dialect.quote(name);
        let shim = format!(
            "ALTER TABLE {} ADD COLUMN {}{} GENERATED ALWAYS AS ({}) VIRTUAL;",
            quote(&to.name),
            quote(&old.name),
            if new.ty.is_empty() { String::new() } else { format!(" {}", new.ty) },
            quote(&new.name),
        );
        out.at(site, prose!("renaming {} breaks every release that still reads or writes it", &object))
            .object(&object)
            .instead(prose!(
                "Keep the old name readable in the same migration, until no release uses it: {}",
                &shim
            ));
    }
}

/// Whether the old name is still there: as a computed column, or in a view that took the table's old name.
fn is_still_readable(site: Site<'_>, table: &str, old: &Column) -> bool {
    let (dialect, history) = (site.pass.dialect, &site.pass.history);
    let view = history
        .base_name(dialect, table, site.at)
        .and_then(|name| history.view_after(dialect, name, site.at))
        .and_then(|at| site.pass.site(at));
    history.computed_after(dialect, table, &old.name, site.at)
        || view.is_some_and(|view| sql::mentions(view.text(), &old.name, dialect.syntax()))
}

//! Renaming a table that releases in use still name.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{change::Change, prose};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "BC101", name: "rename-table", analyzer: "incompatible" },
    level: Level::Warning,
    dialects: Dialects::All,
    looks_at: LooksAt::OneStatement,
    silence: Silence::Allowed,
    summary: "a table gets another name",
    doc: include_str!("rename_table.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for (site, change) in pass.changes() {
        let Change::RenameTable { from, to } = change else { continue };
        if site.is_new_table(&from.name)
            || pass.history.base_name(pass.dialect, &from.name, site.at).is_some()
            || pass.history.keeps_name(pass.dialect, &from.name)
            || pass.history.view_after(pass.dialect, &from.name, site.at).is_some()
        {
            continue;
        }
        let (old, new) = (pass.dialect.quote(&from.name), pass.dialect.quote(&to.name));
        let view = format!("CREATE VIEW {old} AS SELECT * FROM {new};");
        out.at(site, prose!("renaming {} breaks every release that still reads or writes it", &from.name))
            .object(&from.name)
            .instead(prose!(
                "Keep the old name readable in the same migration, until no release uses it: {}",
                &view
            ))
            .append(site, "keep the old name as a view", &view);
    }
}

//! ALTER TABLE in a form that SQLite lacks.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    dialect::DialectId,
    finding::Evidence,
    prose,
    prose::Prose,
    sql::{Alter, Kind},
    step::Outcome,
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "LT105", name: "refused-statement", analyzer: "refused" },
    level: Level::Error,
    dialects: Dialects::Only(&[DialectId::Sqlite]),
    looks_at: LooksAt::OneStatement,
    silence: Silence::UnlessObserved,
    summary: "SQLite has no such ALTER TABLE",
    doc: include_str!("refused_statement.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for site in pass.sites() {
        let Kind::AlterTable { table, action } = &site.step.facts.kind else { continue };
        let refusal = match &site.step.outcome {
            Outcome::Failed(message) => Some(message),
            Outcome::NotRun | Outcome::Ran => None,
        };
        let Some(reason) = reason(action, refusal) else { continue };
        let headline = prose!("this statement fails: SQLite cannot ").then(Prose::plain(reason));
        let draft = out.at(site, headline.then(prose!(" of {}", table)));
        draft.object(table).evidence(Evidence::Syntax);
        if let Some(message) = refusal {
            draft.evidence(Evidence::Observed).seen(prose!("The dev database refused it: {}.", message));
        }
        draft.instead(match refusal {
            Some(message) if is_in_another(message) => prose!(
                "Drop the view, trigger or index that the message names before this, and create it again behind, without what is gone. {} writes this for you.",
                "plinth migrate diff",
            ),
            _ => prose!(
                "Rebuild the table: create it anew under another name, copy the rows, drop the old one, rename the new one. {} writes this for you.",
                "plinth migrate diff",
            ),
        });
    }
}

/// Whether SQLite stumbled over an object that names the table, not over the table.
fn is_in_another(message: &str) -> bool {
    ["error in view ", "error in trigger ", "error in index "].iter().any(|start| message.starts_with(start))
}

/// What SQLite cannot do to a table; for a drop only its own refusal tells.
fn reason(action: &Alter, refusal: Option<&String>) -> Option<&'static str> {
    match action {
        Alter::Other => Some("change columns or constraints"),
        Alter::AddColumn { definition, .. } if definition.primary_key => {
            Some("add a primary key to the rows")
        }
        Alter::AddColumn { definition, .. } if definition.unique => {
            Some("add a column with UNIQUE to the rows")
        }
        Alter::DropColumn { .. } => {
            // The check of foreign keys at the end of a file is not about the column either.
            let others = ["no such", "foreign key"];
            let is_about_the_column = |message: &&String| {
                others.iter().all(|start| !message.to_ascii_lowercase().starts_with(start))
            };
            refusal.filter(is_about_the_column).map(|_| "drop a key, or a column that something else needs,")
        }
        Alter::RenameTable { .. } => refusal
            .filter(|message| is_in_another(message))
            .map(|_| "change the name, while a view or a trigger reads what is not there,"),
        Alter::AddColumn { .. } | Alter::RenameColumn { .. } => None,
    }
}

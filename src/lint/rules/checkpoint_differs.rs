//! A checkpoint that makes something else than the files before it.

use super::{Dialects, Findings, Level, LooksAt, Pass, Rule, RuleId, Silence};
use crate::{
    change::Change,
    finding::Evidence,
    lint::{Replayed, ReviewedFile, findings::listed},
    prose,
    prose::Prose,
    text::{Span, file_name},
};

pub(in crate::lint) static RULE: Rule = Rule {
    id: RuleId { code: "CP101", name: "checkpoint-differs", analyzer: "checkpoint" },
    level: Level::Error,
    dialects: Dialects::All,
    looks_at: LooksAt::Everything,
    silence: Silence::Allowed,
    summary: "a checkpoint makes another schema than the files before it",
    doc: include_str!("checkpoint_differs.md"),
    check,
};

fn check(pass: &Pass<'_>, out: &mut Findings<'_>) {
    for file in pass.files {
        match file.checkpoint.as_ref().and_then(|checkpoint| checkpoint.replayed.as_ref()) {
            Some(Replayed::Failed { span, message }) => refused(file, *span, message, out),
            Some(Replayed::Compared(changes)) if !changes.is_empty() => differs(file, changes, out),
            Some(Replayed::Compared(_)) | None => {}
        }
    }
}

fn refused(file: &ReviewedFile, span: Span, message: &str, out: &mut Findings<'_>) {
    let headline = prose!("no new database can begin with {}: {}", file_name(file.source.path()), message);
    out.in_file(&file.source, span, headline)
        .evidence(Evidence::Observed)
        .instead(prose!("Write the checkpoint again with {}.", "plinth migrate checkpoint"));
}

fn differs(file: &ReviewedFile, changes: &[Change], out: &mut Findings<'_>) {
    let (mut lacking, mut own, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::DropSchema(schema) => lacking.push(schema.name.as_str()),
            Change::DropTable(table) => lacking.push(&table.name),
            Change::DropView(view) => lacking.push(&view.name),
            Change::DropTrigger(trigger) => lacking.push(&trigger.name),
            Change::AddSchema(schema) => own.push(schema.name.as_str()),
            Change::AddTable(table) => own.push(&table.name),
            Change::AddView(view) => own.push(&view.name),
            Change::AddTrigger(trigger) => own.push(&trigger.name),
            Change::RenameTable { from, to } => {
                lacking.push(&from.name);
                own.push(&to.name);
            }
            Change::ModifyTable { to, .. } => other.push(to.name.as_str()),
            Change::ModifyView { to, .. } => other.push(&to.name),
            Change::ModifyTrigger { to, .. } => other.push(&to.name),
        }
    }
    let all: Vec<&str> = [&lacking[..], &own, &other].concat();
    let headline = prose!("a new database that begins with {} differs in ", file_name(file.source.path()))
        .then(listed(&all));
    let draft = out.in_file(&file.source, Span::default(), headline);
    draft.evidence(Evidence::State);
    for (start, names, end) in [
        ("It lacks ", &lacking, ", which the files before it make."),
        ("It makes ", &own, ", which the files before it do not."),
        ("It makes ", &other, " otherwise than the files before it."),
    ] {
        if !names.is_empty() {
            draft.seen(Prose::plain(start).then(listed(names)).then(Prose::plain(end)));
        }
    }
    if let [only] = all.as_slice() {
        draft.object(*only);
    }
    draft.instead(prose!("Write the checkpoint again with {}.", "plinth migrate checkpoint"));
}

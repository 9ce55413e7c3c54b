//! The table of objects: one row for each object that the new files change, worst first.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    change::{Change, TableChange},
    dialect::{Effort, Impact},
    finding::{Evidence, Finding, FindingSet, Level, Silenced, Silencer},
    lint::{At, Pass, Site},
    prose,
    prose::Prose,
    report::{ObjectRow, Risk},
    review::words,
    schema::{Column, ForeignKey, Table},
    sql,
    step::{Seeded, Step},
};

/// A row, and what the headline must know about it.
pub(super) struct Row {
    /// What readers see.
    pub(super) shown: ObjectRow,
    /// How the work grows.
    pub(super) effort: Effort,
    /// What it counts as.
    pub(super) tally: Tally,
}

/// What a change counts as in a headline; the order is that of the headline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tally {
    NewTable,
    NewColumn,
    NewIndex,
    NewView,
    NewTrigger,
    Renamed,
    Dropped,
    Changed,
    RowsDeleted,
    Rows,
}

/// One thing that happens to one object.
struct Event {
    object: String,
    /// Under which other names findings may speak of it.
    alias: Option<String>,
    change: Prose,
    tally: Tally,
}

/// The rows, worst first.
pub(super) fn rows(pass: &Pass<'_>, findings: &FindingSet) -> Vec<Row> {
    let has_findings = !findings.findings.is_empty() || !findings.silenced.is_empty();
    let mut table = Rows { has_findings, ..Rows::default() };
    let mut fresh = BTreeSet::new();
    let spelled = spellings(pass);
    let observed = observed(findings);
    for (file_at, file) in pass.files.iter().enumerate() {
        let folded: BTreeSet<usize> =
            file.steps.iter().flat_map(|step| step.folded.iter().copied()).collect();
        for (at, step) in file.steps.iter().enumerate() {
            let rows_event = rows_event(pass, &spelled, step);
            let is_read = !step.facts.reads.is_empty();
            if step.changes.is_empty() && rows_event.is_none() && step.folded.is_empty() && !is_read {
                continue;
            }
            let mut impact = pass.dialect.impact(step, &fresh);
            if observed.contains(&(file.source.path(), step.span.start)) {
                impact = with_rows(step, impact);
            }
            for change in &step.changes {
                match change {
                    Change::AddTable(table) => {
                        fresh.insert(pass.dialect.name_key(&table.name));
                    }
                    Change::RenameTable { from, to }
                        if fresh.contains(&pass.dialect.name_key(&from.name)) =>
                    {
                        fresh.insert(pass.dialect.name_key(&to.name));
                    }
                    _ => {}
                }
                let site = pass.site(At { file: file_at, step: at });
                for event in events(site, change) {
                    table.add(file.source.path(), step, event, &impact);
                }
            }
            let is_helper = folded.contains(&at);
            if let sql::Kind::Insert { table } | sql::Kind::CreateTable { table, .. } = &step.facts.kind
                && is_read
            {
                // It has the rows of another table now, and what follows works on these.
                fresh.remove(&pass.dialect.name_key(table));
            }
            if let Some(event) = rows_event
                && !is_helper
                && impact.effort > Effort::Instant
            {
                table.add(file.source.path(), step, event, &impact);
            }
            for &other in &step.folded {
                if let Some(other) = file.steps.get(other) {
                    table.stand_in(file.source.path(), step, other);
                }
            }
        }
    }
    table.weigh(&findings.findings);
    table.accept(&findings.silenced);
    table.finish()
}

/// The statements, by file and first byte, about which a run said something that counts.
fn observed(findings: &FindingSet) -> BTreeSet<(&str, usize)> {
    let silenced = findings.silenced.iter().map(|silenced| &silenced.finding);
    let all = findings.findings.iter().chain(silenced);
    all.filter(|finding| finding.evidence == Evidence::Observed)
        .map(|finding| (finding.place.path.as_str(), finding.place.span.start))
        .collect()
}

/// What was seen with rows in the tables overrules what is expected.
fn with_rows(step: &Step, impact: Impact) -> Impact {
    match &step.seeded {
        Seeded::NotTried | Seeded::Passed => impact,
        Seeded::Failed { .. } => Impact {
            work: prose!("**failed** on generated rows"),
            meanwhile: prose!("the migration stops if it fails"),
            ..impact
        },
        Seeded::LostRows { table, .. } => Impact { work: prose!("**loses rows** of {}", table), ..impact },
    }
}

fn events(site: Option<Site<'_>>, change: &Change) -> Vec<Event> {
    let one =
        |object: &str, change, tally| vec![Event { object: object.to_owned(), alias: None, change, tally }];
    match change {
        Change::AddSchema(schema) => one(&schema.name, prose!("new schema"), Tally::Changed),
        Change::DropSchema(schema) => one(&schema.name, prose!("schema dropped"), Tally::Dropped),
        Change::AddTable(table) => one(&table.name, prose!("new table"), Tally::NewTable),
        Change::DropTable(table) => one(&table.name, prose!("table dropped"), Tally::Dropped),
        Change::RenameTable { from, to } => vec![Event {
            object: to.name.clone(),
            alias: Some(from.name.clone()),
            change: prose!("renamed from {}", &from.name),
            tally: Tally::Renamed,
        }],
        Change::ModifyTable { from, to, changes } => part_events(site, from, to, changes),
        Change::AddView(view) => one(&view.name, prose!("new view"), Tally::NewView),
        Change::DropView(view) => one(&view.name, prose!("view dropped"), Tally::Dropped),
        Change::ModifyView { to, .. } => one(&to.name, prose!("view changed"), Tally::Changed),
        Change::AddTrigger(trigger) => {
            one(&trigger.name, prose!("new trigger on {}", &trigger.on), Tally::NewTrigger)
        }
        Change::DropTrigger(trigger) => {
            one(&trigger.name, prose!("trigger on {} dropped", &trigger.on), Tally::Dropped)
        }
        Change::ModifyTrigger { to, .. } => {
            one(&to.name, prose!("trigger on {} changed", &to.on), Tally::Changed)
        }
    }
}

/// What happens inside a table; what goes and comes again in another form is one change of it.
fn part_events(site: Option<Site<'_>>, from: &Table, to: &Table, changes: &[TableChange]) -> Vec<Event> {
    let mut keys: BTreeMap<&[String], (Option<&ForeignKey>, Option<&ForeignKey>)> = BTreeMap::new();
    let mut renamed: BTreeMap<&str, &Column> = BTreeMap::new();
    let mut left_out: BTreeSet<&str> = BTreeSet::new();
    for change in changes {
        match change {
            TableChange::DropForeignKey(key) => keys.entry(&key.columns).or_default().0 = Some(key),
            TableChange::AddForeignKey(key) => keys.entry(&key.columns).or_default().1 = Some(key),
            TableChange::DropColumn(old) => {
                if let Some(new) = site.and_then(|site| site.carried_to(from, to, old)) {
                    renamed.insert(&new.name, old);
                    left_out.insert(&old.name);
                }
            }
            _ => {}
        }
    }
    let event = |change: &TableChange| match change {
        TableChange::DropColumn(old) if left_out.contains(old.name.as_str()) => None,
        TableChange::AddColumn(new) if let Some(old) = renamed.get(new.name.as_str()) => {
            let change = TableChange::RenameColumn { from: (*old).clone(), to: new.clone() };
            Some(part_event(&to.name, &change))
        }
        TableChange::DropForeignKey(key) if matches!(keys.get(&*key.columns), Some((_, Some(_)))) => None,
        TableChange::AddForeignKey(key) => {
            let event = part_event(&to.name, change);
            Some(match keys.get(&*key.columns) {
                Some((Some(old), _)) => Event { change: words::foreign_key(old, key), ..event },
                _ => event,
            })
        }
        _ => Some(part_event(&to.name, change)),
    };
    changes.iter().filter_map(event).collect()
}

fn part_event(table: &str, change: &TableChange) -> Event {
    let column = |name: &str| format!("{table}.{name}");
    let (object, alias, tally) = match change {
        TableChange::AddColumn(new) => (column(&new.name), None, Tally::NewColumn),
        TableChange::DropColumn(old) => (column(&old.name), None, Tally::Dropped),
        TableChange::RenameColumn { from, to } => {
            (column(&to.name), Some(column(&from.name)), Tally::Renamed)
        }
        TableChange::ModifyColumn { to, .. } => (column(&to.name), None, Tally::Changed),
        TableChange::AddIndex(index) => (index.name.clone(), None, Tally::NewIndex),
        TableChange::DropIndex(index) => (index.name.clone(), None, Tally::Dropped),
        TableChange::ModifyIndex { to, .. } => (to.name.clone(), None, Tally::Changed),
        TableChange::AddForeignKey(key) | TableChange::DropForeignKey(key) => {
            let object = match key.columns.as_slice() {
                [only] => column(only),
                _ => table.to_owned(),
            };
            (object, Some(table.to_owned()), Tally::Changed)
        }
        TableChange::SetPrimaryKey { .. }
        | TableChange::AddUnique(_)
        | TableChange::DropUnique(_)
        | TableChange::AddCheck(_)
        | TableChange::DropCheck(_)
        | TableChange::SetOptions { .. } => (table.to_owned(), None, Tally::Changed),
    };
    Event { object, alias, change: words::part(change), tally }
}

/// The names of tables as the schema has them, by key.
fn spellings<'p>(pass: &Pass<'p>) -> BTreeMap<String, &'p str> {
    let added = pass.files.iter().flat_map(|file| &file.steps).flat_map(|step| &step.changes);
    let tables = pass.before.tables().chain(added.filter_map(Change::table)).chain(pass.after.tables());
    tables.map(|table| (pass.dialect.name_key(&table.name), table.name.as_str())).collect()
}

/// The rows that a statement changes, where it does, under the name that the schema has for the table.
fn rows_event(pass: &Pass<'_>, spelled: &BTreeMap<String, &str>, step: &Step) -> Option<Event> {
    let (table, change) = match &step.facts.kind {
        sql::Kind::Insert { table } => (table, prose!("rows added")),
        sql::Kind::Update { table, filtered: true, .. } => (table, prose!("some rows updated")),
        sql::Kind::Update { table, .. } => (table, prose!("all rows updated")),
        sql::Kind::Delete { table, filtered: true } => (table, prose!("some rows deleted")),
        sql::Kind::Delete { table, .. } => (table, prose!("all rows deleted")),
        _ => return None,
    };
    let tally = match step.facts.kind {
        sql::Kind::Delete { .. } => Tally::RowsDeleted,
        _ => Tally::Rows,
    };
    if pass.dialect.is_own_table(table) {
        return None;
    }
    let object = spelled.get(&pass.dialect.name_key(table)).map_or(table.as_str(), |name| name);
    Some(Event { object: object.to_owned(), alias: None, change, tally })
}

#[derive(Default)]
struct Rows {
    /// Whether any finding will ask which rows are its statement's.
    has_findings: bool,
    all: Vec<Row>,
    of_object: BTreeMap<String, usize>,
    of_alias: BTreeMap<String, usize>,
    /// By file and first byte of a statement: its last byte and its rows.
    of_step: BTreeMap<String, BTreeMap<usize, (usize, Vec<usize>)>>,
}

impl Rows {
    /// One row an object: what happens to it later is added to what happened before.
    fn add(&mut self, path: &str, step: &Step, event: Event, impact: &Impact) {
        let Event { object, alias, change, tally } = event;
        let at = if let Some(&at) = self.of_object.get(&object) {
            let known = &mut self.all[at];
            if known.shown.change.pieces().len() < 40 && known.shown.change != change {
                known.shown.change = std::mem::take(&mut known.shown.change).then(prose!(", ")).then(change);
            }
            if impact.effort > known.effort {
                known.effort = impact.effort;
                known.shown.work = impact.work.clone();
                known.shown.meanwhile = impact.meanwhile.clone();
            }
            at
        } else {
            let at = self.all.len();
            self.of_object.insert(object.clone(), at);
            self.all.push(Row {
                shown: ObjectRow {
                    risk: Risk::Green,
                    object,
                    change,
                    meanwhile: impact.meanwhile.clone(),
                    work: impact.work.clone(),
                },
                effort: impact.effort,
                tally,
            });
            at
        };
        if let Some(alias) = alias {
            self.of_alias.entry(alias).or_insert(at);
        }
        if !self.has_findings {
            return;
        }
        let (_, rows) =
            self.of_file(path).entry(step.span.start).or_insert_with(|| (step.span.end, Vec::new()));
        if rows.last() != Some(&at) {
            rows.push(at);
        }
    }

    /// Lets a finding on `other` count for the rows of `step`, whose folded change it is part of.
    fn stand_in(&mut self, path: &str, step: &Step, other: &Step) {
        if step.span == other.span {
            return;
        }
        let steps = self.of_file(path);
        if let Some((_, rows)) = steps.get(&step.span.start) {
            let rows = rows.clone();
            steps.insert(other.span.start, (other.span.end, rows));
        }
    }

    fn of_file(&mut self, path: &str) -> &mut BTreeMap<usize, (usize, Vec<usize>)> {
        if !self.of_step.contains_key(path) {
            self.of_step.insert(path.to_owned(), BTreeMap::new());
        }
        self.of_step.get_mut(path).expect("it is there or was just made")
    }

    /// Gives each row the weight of the worst finding about its object, else on its statement.
    fn weigh(&mut self, findings: &[Finding]) {
        for finding in findings {
            let risk = risk(finding.level);
            for at in self.about(finding) {
                let row = &mut self.all[at].shown;
                row.risk = row.risk.max(risk);
            }
        }
    }

    /// Says of the rows that are green by somebody's decision that they are.
    fn accept(&mut self, silenced: &[Silenced]) {
        let mut accepted: BTreeMap<usize, &Silenced> = BTreeMap::new();
        for silenced in silenced.iter().filter(|silenced| silenced.finding.level > Level::Info) {
            for at in self.about(&silenced.finding) {
                let by = accepted.entry(at).or_insert(silenced);
                if by.reason.is_none() {
                    *by = silenced;
                }
            }
        }
        for (at, silenced) in accepted {
            let row = &mut self.all[at].shown;
            if row.risk == Risk::Green {
                let note = match (&silenced.reason, &silenced.by) {
                    (Some(reason), _) => {
                        prose!(", accepted: “").then(Prose::message(reason)).then(prose!("”"))
                    }
                    (None, Silencer::Check { .. } | Silencer::Revert) => {
                        prose!(", stopped by a check if anything would be lost")
                    }
                    (None, _) => prose!(", accepted without a reason"),
                };
                row.change = std::mem::take(&mut row.change).then(note);
            }
        }
    }

    /// The rows of the object that the finding names, else of its statement.
    fn about(&self, finding: &Finding) -> Vec<usize> {
        let named = finding
            .object
            .as_ref()
            .and_then(|object| self.of_object.get(object).or_else(|| self.of_alias.get(object)));
        let of_statement = self.at(finding);
        match named {
            // A failure names the table that had the rows; the row of the statement says what failed.
            Some(&at) if of_statement.is_empty() || of_statement.contains(&at) => vec![at],
            Some(_) if finding.evidence == Evidence::Observed => of_statement,
            Some(&at) => vec![at],
            None => of_statement,
        }
    }

    /// The rows of the statement that the finding stands on.
    fn at(&self, finding: &Finding) -> Vec<usize> {
        let place = &finding.place;
        let steps = self.of_step.get(&place.path);
        match steps.and_then(|steps| steps.range(..=place.span.start).next_back()) {
            Some((_, (end, rows))) if place.span.start < *end => rows.clone(),
            _ => Vec::new(),
        }
    }

    fn finish(mut self) -> Vec<Row> {
        self.all.sort_by_key(|row| std::cmp::Reverse((row.shown.risk, row.effort)));
        self.all
    }
}

fn risk(level: Level) -> Risk {
    match level {
        Level::Info => Risk::Green,
        Level::Warning => Risk::Yellow,
        Level::Error => Risk::Red,
    }
}

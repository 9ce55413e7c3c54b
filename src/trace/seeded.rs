//! Runs the new statements again with rows in the tables that they touch.
//!
//! Nothing here fails the review: where rows cannot be made, nothing is learned.

use std::collections::{BTreeMap, BTreeSet};

use super::{Flow, batch, fitting, is_passed_over, last_about, live::Live};
use crate::{
    db::{self, Server, Session},
    dialect::{Dialect, Touched},
    lint::ReviewedFile,
    schema::{Realm, Table},
    sql::{Alter, Facts, Kind},
    step::{Outcome, Seeded, Step},
};

/// The most tables that get rows.
const TABLES: usize = 500;

/// The most tables whose rows are counted, and how often.
const WATCHED: usize = 50;
const COUNTS: usize = 500;

/// Runs the statements that ran on empty tables, and writes down what was different.
pub(super) async fn run(
    dialect: &dyn Dialect,
    server: &dyn Server,
    session: &mut dyn Session,
    before: &Realm,
    files: &mut [ReviewedFile],
) {
    let live = Live::new(dialect, before.clone());
    let named = named_tables(dialect, &live, files);
    let tables = with_relatives(dialect, &live, before, &named);
    let filled = fill(dialect, session, before, &tables).await;
    if filled.is_empty() {
        return;
    }
    let Ok(begun) = server.begin(session).await else { return };
    let mut rerun = Rerun { dialect, session, filled, watched: BTreeMap::new(), counts: 0 };
    rerun.watch(dialect, files, &live).await;
    for file in files.iter_mut() {
        if rerun.file(file).await == Flow::Stop {
            break;
        }
        if let Err(error) = server.check(rerun.session, &begun).await {
            rerun.blame(file, error.message);
            break;
        }
    }
    server.rollback(rerun.session, &begun).await;
}

/// The tables of the base that some new statement names, as their keys.
fn named_tables(dialect: &dyn Dialect, live: &Live<'_>, files: &[ReviewedFile]) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for step in files.iter().flat_map(|file| &file.steps) {
        named.extend(names(dialect, &step.facts).filter(|name| live.table(name).is_some()));
        let owner = match &step.facts.kind {
            Kind::DropIndex { index } => live.owner_of_index(index),
            Kind::DropTrigger { trigger } => live.owner_of_trigger(trigger),
            _ => None,
        };
        named.extend(owner.map(|owner| dialect.name_key(owner)));
    }
    named
}

/// The named tables with those that refer to them, and all that these need rows in.
fn with_relatives<'r>(
    dialect: &dyn Dialect,
    live: &Live<'_>,
    before: &'r Realm,
    named: &BTreeSet<String>,
) -> Vec<&'r Table> {
    let mut wanted = named.clone();
    for table in before.tables() {
        let refers = |key: &crate::schema::ForeignKey| named.contains(&dialect.name_key(&key.ref_table));
        if table.foreign_keys.iter().any(refers) {
            wanted.insert(dialect.name_key(&table.name));
        }
    }
    let mut open: Vec<String> = wanted.iter().cloned().collect();
    while let Some(key) = open.pop() {
        let parents = live.table(&key).into_iter().flat_map(|table| &table.foreign_keys);
        for parent in parents.map(|key| dialect.name_key(&key.ref_table)) {
            if wanted.insert(parent.clone()) {
                open.push(parent);
            }
        }
    }
    before.tables().filter(|table| wanted.contains(&dialect.name_key(&table.name))).take(TABLES).collect()
}

/// Puts rows into the tables; those that have some now, by key.
async fn fill(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    before: &Realm,
    tables: &[&Table],
) -> BTreeMap<String, String> {
    let mut filled = BTreeMap::new();
    for seed in dialect.seed(before, tables) {
        for insert in seed.inserts {
            match db::execute(session, insert).await {
                Ok(()) => {
                    filled.insert(dialect.name_key(&seed.table), seed.table.clone());
                }
                Err(error) if error.lost => return BTreeMap::new(),
                // A CHECK, or a trigger, that no generated row satisfies.
                Err(_) => {}
            }
        }
    }
    filled
}

struct Rerun<'a> {
    dialect: &'a dyn Dialect,
    session: &'a mut dyn Session,
    /// The tables that have rows, by key.
    filled: BTreeMap<String, String>,
    /// The tables that no new statement redefines, by key: their names, and their rows at last count.
    watched: BTreeMap<String, (String, u64)>,
    counts: usize,
}

impl Rerun<'_> {
    async fn watch(&mut self, dialect: &dyn Dialect, files: &[ReviewedFile], live: &Live<'_>) {
        let mut redefined = BTreeSet::new();
        for step in files.iter().flat_map(|file| &file.steps) {
            match dialect.touched(&step.facts) {
                Touched::Nothing => {}
                Touched::Objects(names) => redefined.extend(names.iter().map(|name| dialect.name_key(name))),
                Touched::Everything
                    if matches!(step.facts.kind, Kind::DropIndex { .. } | Kind::DropTrigger { .. }) => {}
                Touched::Everything => return,
            }
        }
        let untouched = self.filled.keys().filter(|key| !redefined.contains(*key)).take(WATCHED);
        for (key, table) in untouched.filter_map(|key| Some((key, live.table(key)?))) {
            self.watched.insert(key.clone(), (table.name.clone(), 0));
        }
        self.count().await;
    }

    async fn file(&mut self, file: &mut ReviewedFile) -> Flow {
        let mut at = 0;
        while at < file.steps.len() {
            if is_passed_over(file, &file.steps[at]) {
                at += 1;
                continue;
            }
            if file.steps[at].outcome != Outcome::Ran {
                break;
            }
            let is_plain = |step: &&Step| step.outcome == Outcome::Ran && !self.may_lose_rows(&step.facts);
            let plain = fitting(file.steps[at..].iter().take_while(is_plain));
            let count = plain.max(1);
            let failure = batch(self.session, file, at, count).await.err();
            let ran = failure.as_ref().map_or(count, |error| error.statement.min(count));
            for step in &mut file.steps[at..at + ran] {
                step.seeded = self.passed(&step.facts);
            }
            if let Some(error) = failure {
                let tables = self.rows_in(&file.steps[at + ran].facts);
                file.steps[at + ran].seeded = Seeded::Failed { message: error.message, tables };
                return Flow::Stop;
            }
            if plain == 0
                && let Some(lost) = self.lost(&file.steps[at].facts).await
            {
                file.steps[at].seeded = lost;
            }
            at += count;
        }
        if at < file.steps.len() { Flow::Stop } else { Flow::On }
    }

    /// Whether rows of a table may go that the statement does not name.
    fn may_lose_rows(&self, facts: &Facts) -> bool {
        !self.watched.is_empty()
            && matches!(
                facts.kind,
                Kind::Delete { .. }
                    | Kind::Update { .. }
                    | Kind::DropTable { .. }
                    | Kind::AlterTable { .. }
                    | Kind::Opaque
            )
    }

    fn passed(&mut self, facts: &Facts) -> Seeded {
        let met = names(self.dialect, facts).any(|name| self.filled.contains_key(&name));
        if !met {
            return Seeded::NotTried;
        }
        match &facts.kind {
            Kind::AlterTable { table, action: Alter::RenameTable { to } } => {
                self.filled.remove(&self.dialect.name_key(table));
                self.filled.insert(self.dialect.name_key(to), to.clone());
            }
            Kind::Insert { table } | Kind::CreateTable { table, .. } => {
                self.filled.insert(self.dialect.name_key(table), table.clone());
            }
            Kind::DropTable { table, .. } => {
                self.filled.remove(&self.dialect.name_key(table));
            }
            _ => {}
        }
        Seeded::Passed
    }

    /// The tables with rows that a statement names, for people; all of them where it names none.
    fn rows_in(&self, facts: &Facts) -> Vec<String> {
        let named: BTreeSet<&String> =
            names(self.dialect, facts).filter_map(|key| self.filled.get(&key)).collect();
        if named.is_empty() {
            self.filled.values().cloned().collect()
        } else {
            named.into_iter().cloned().collect()
        }
    }

    /// Counts again, and says which table has fewer rows though the statement does not name it.
    async fn lost(&mut self, facts: &Facts) -> Option<Seeded> {
        let own: BTreeSet<String> = own_tables(facts).map(|name| self.dialect.name_key(name)).collect();
        let before = self.watched.clone();
        self.count().await;
        self.watched.iter().find_map(|(key, (table, after))| {
            let (_, before) = before.get(key)?;
            (after < before && !own.contains(key)).then(|| Seeded::LostRows {
                table: table.clone(),
                before: *before,
                after: *after,
            })
        })
    }

    async fn count(&mut self) {
        self.counts += 1;
        let sql = self
            .watched
            .values()
            .map(|(table, _)| format!("SELECT count(*) FROM {}", self.dialect.quote(table)))
            .collect();
        let counted = if self.counts > COUNTS { None } else { db::queries(self.session, sql).await.ok() };
        let Some(answers) = counted else {
            self.watched.clear();
            return;
        };
        for ((_, rows), answer) in self.watched.values_mut().zip(answers) {
            *rows = answer.first().and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or(0);
        }
    }

    /// What only shows at the end of a file stands on the last statement that may have done it.
    fn blame(&mut self, file: &mut ReviewedFile, message: String) {
        let takes = |facts: &Facts| {
            matches!(
                facts.kind,
                Kind::Delete { .. } | Kind::Update { .. } | Kind::DropTable { .. } | Kind::Insert { .. }
            )
        };
        let at = last_about(self.dialect, &file.steps, &message, takes)
            .or_else(|| file.steps.iter().rposition(|step| takes(&step.facts)))
            .or(file.steps.len().checked_sub(1));
        if let Some(step) = at.and_then(|at| file.steps.get_mut(at)) {
            step.seeded = Seeded::Failed { message, tables: self.rows_in(&step.facts) };
        }
    }
}

/// The keys of all that a statement names.
fn names<'a>(dialect: &'a dyn Dialect, facts: &'a Facts) -> impl Iterator<Item = String> + use<'a> {
    facts.reads.iter().map(String::as_str).chain(own_tables(facts)).map(|name| dialect.name_key(name))
}

/// The table that a statement is about.
fn own_tables(facts: &Facts) -> impl Iterator<Item = &str> {
    let table = match &facts.kind {
        Kind::CreateTable { table, .. }
        | Kind::CreateVirtualTable { table }
        | Kind::AlterTable { table, .. }
        | Kind::DropTable { table, .. }
        | Kind::CreateIndex { table, .. }
        | Kind::Insert { table }
        | Kind::Update { table, .. }
        | Kind::Delete { table, .. } => Some(table),
        Kind::CreateTrigger { on, .. } => Some(on),
        Kind::DropIndex { .. }
        | Kind::CreateView { .. }
        | Kind::DropView { .. }
        | Kind::DropTrigger { .. }
        | Kind::DropSchema { .. }
        | Kind::Select
        | Kind::Pragma { .. }
        | Kind::Transaction(_)
        | Kind::Attach
        | Kind::Vacuum
        | Kind::Maintain
        | Kind::Opaque => None,
    };
    table.into_iter().map(String::as_str)
}

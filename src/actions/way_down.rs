//! The way down to an older version: what the files say, what was recorded when they ran, or what is computed.

use std::collections::BTreeSet;

use super::{
    Context, apply,
    down_texts::{Texts, down_path},
    project, review,
};
use crate::{
    db::{self, Cut, File, Reversal, Reverted, Revision, RevisionType, WayDown},
    devdb::DevDb,
    dialect::Dialect,
    diff,
    error::Result,
    lint::ReviewedFile,
    migrations::{self, Cut as Delimited, Down, Migration, Part, Role, TxMode, directives::FileDirectives},
    schema::Realm,
    sql::Kind,
    state,
    text::{Source, Span, file_name},
};

/// A way down, with the texts that it was read from.
pub(super) struct Planned {
    /// What runs.
    pub way: WayDown,
    /// Its files in the form that a review reads, in the same order.
    pub files: Vec<ReviewedFile>,
    /// The versions whose rows change and that have no way down of their own.
    pub keeps_rows: Vec<String>,
}

/// The target as it is, for ways down that start there.
pub(super) struct Live {
    /// Its state, without the tables that migrations are written down in.
    pub realm: Realm,
}

/// Works out the way down from the newest of the rows that go to the last that stays.
///
/// Without `live` the target is where the files lead. A dev database is started only where something is computed.
pub(super) async fn plan(
    cx: &Context,
    dialect: &'static dyn Dialect,
    texts: &Texts<'_>,
    cut: &Cut,
    live: Option<&Live>,
) -> Result<Planned> {
    let mut source = Planner { cx, dialect, texts, cut, dev: None };
    let mut planned = Planned { way: WayDown::default(), files: Vec::new(), keeps_rows: Vec::new() };
    let mut at = 0;
    while let Some(row) = cut.gone.get(at) {
        let written = texts.down(&row.version).filter(|_| !row.is_partial());
        let (rows, migration) = if let Some(down) = written {
            (&cut.gone[at..=at], source.written(&row.version, down)?)
        } else {
            let more = cut.gone[at + 1..].iter().take_while(|row| texts.down(&row.version).is_none());
            let rows = &cut.gone[at..=at + more.count()];
            planned.keeps_rows.extend(source.changing_rows(rows)?);
            (rows, source.computed(at, rows, live.filter(|_| at == 0)).await?)
        };
        at += rows.len();
        let to = cut.gone.get(at).or_else(|| cut.kept.last()).map(|row| row.version.clone());
        let reversal = source.reversal(rows, &migration, to, written.is_none())?;
        planned.way.reversals.push(reversal);
        planned.files.push(ReviewedFile { is_revert: true, ..ReviewedFile::read(dialect, &migration)? });
    }
    planned.way.current = cut.gone.first().or_else(|| cut.kept.last()).map(|row| row.version.clone());
    planned.way.target = cut.kept.last().map(|row| row.version.clone());
    Ok(planned)
}

impl apply::Opened {
    /// The files that ran on the target, as they were.
    pub(super) async fn remembered(&mut self) -> Result<Vec<db::Remembered>> {
        let server = db::server(self.target.dialect);
        let remembered = db::remembered(self.target.session.as_mut(), server).await;
        remembered.map_err(|error| server.error(&self.target.name, &error))
    }

    /// The way down from the target as it is, with what must be empty before it is gone.
    pub(super) async fn way_down(
        &mut self,
        cx: &Context,
        texts: &Texts<'_>,
        cut: &db::Cut,
        accept_losses: bool,
    ) -> Result<Planned> {
        let dialect = self.target.dialect.ops();
        let realm = state::of_target(&mut self.target).await?;
        let live = Live { realm };
        let mut planned = plan(cx, dialect, texts, cut, Some(&live)).await?;
        planned.way.versions = self.recorded.revisions.iter().map(|row| row.version.clone()).collect();
        if !accept_losses {
            let losses = db::losses(dialect, &live.realm, &mut planned.files);
            for (reversal, losses) in planned.way.reversals.iter_mut().zip(losses) {
                reversal.losses = losses;
            }
        }
        Ok(planned)
    }
}

struct Planner<'a> {
    cx: &'a Context,
    dialect: &'static dyn Dialect,
    texts: &'a Texts<'a>,
    cut: &'a Cut,
    dev: Option<DevDb>,
}

impl Planner<'_> {
    /// The way down that somebody wrote, as a migration.
    fn written(&self, version: &str, down: &Down) -> Result<Migration> {
        let migration = self.texts.find(version)?;
        Ok(Migration {
            directives: down
                .parts
                .first()
                .map(|part| FileDirectives::read_part(&down.source, part.span))
                .unwrap_or_default(),
            source: down.source.clone(),
            role: Role::Versioned,
            mode: down.mode,
            up: down.parts.clone(),
            down: None,
            checks: Vec::new(),
            ..migration.clone()
        })
    }

    /// The way down that leads from the state after the rows to the one before them, as a migration.
    async fn computed(&mut self, at: usize, rows: &[Revision], live: Option<&Live>) -> Result<Migration> {
        let bottom = self.replayed(at + rows.len(), None).await?;
        let top = self.replayed(at, Some(rows)).await?;
        let from = match live {
            Some(live) => of_the_folder(self.dialect, &live.realm, [&top, &bottom]),
            None => top,
        };
        let changes = diff::diff(self.dialect, &from, &bottom);
        let plan = self.dialect.plan(&from, &bottom, &changes)?;
        let newest = self.texts.find(&rows[0].version)?;
        let source = Source::new(down_path(newest), migrations::body(&plan));
        let span = Span::new(0, source.text().len());
        Ok(Migration {
            directives: FileDirectives::default(),
            role: Role::Versioned,
            mode: None,
            up: vec![Part { span, cut: Delimited::Default }],
            down: None,
            checks: Vec::new(),
            source,
            ..newest.clone()
        })
    }

    /// The state before the newest of `gone` from `at` on ran; of `rows`, one that ran in part counts as far as it did.
    async fn replayed(&mut self, at: usize, rows: Option<&[Revision]>) -> Result<Realm> {
        let kept = self.cut.kept.iter().chain(self.cut.gone[at..].iter().rev());
        let kept: Vec<&Revision> = kept.collect();
        let mut way: Vec<&Migration> = Vec::new();
        let is_baseline = |row: &&&Revision| row.kind.is(RevisionType::BASELINE);
        let baseline = kept.iter().rposition(|row| is_baseline(&row));
        if let Some(baseline) = baseline {
            way.extend(self.texts.directory.way_to(Some(&kept[baseline].version)));
        }
        for row in &kept[baseline.map_or(0, |at| at + 1)..] {
            let migration = self.texts.find(&row.version)?;
            if matches!(migration.role, Role::Checkpoint { .. }) {
                way.clear();
            }
            way.push(migration);
        }
        let mut files = review::base_files(self.dialect, &way)?;
        let partial = rows.and_then(|rows| rows.first()).filter(|row| row.is_partial());
        if let (Some(row), Some(file)) = (partial, files.last_mut()) {
            file.statements.truncate(usize::try_from(row.applied).unwrap_or(usize::MAX));
        }
        if self.dev.is_none() {
            self.dev = Some(project::dev_database(self.cx).await?);
        }
        let Some(dev) = &mut self.dev else { return Ok(Realm::default()) };
        state::replayed(dev, &files).await
    }

    /// The versions among the rows whose files change rows, which no computed plan brings back.
    fn changing_rows(&self, rows: &[Revision]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for row in rows {
            let migration = self.texts.find(&row.version)?;
            let script = migration.script(self.dialect.syntax())?;
            let mut facts = script
                .statements
                .iter()
                .map(|statement| self.dialect.classify(migration.source.slice(statement.span)));
            if facts.any(|facts| {
                matches!(facts.kind, Kind::Insert { .. } | Kind::Update { .. } | Kind::Delete { .. })
            }) {
                found.push(row.version.clone());
            }
        }
        Ok(found)
    }

    fn reversal(
        &self,
        rows: &[Revision],
        migration: &Migration,
        to: Option<String>,
        computed: bool,
    ) -> Result<Reversal> {
        let script = migration.script(self.dialect.syntax())?;
        let versions: Vec<&str> = rows.iter().map(|row| row.version.as_str()).collect();
        let reverted = |row: &Revision| {
            let found = self.texts.find(&row.version)?;
            Ok(Reverted {
                version: row.version.clone(),
                description: found.description.clone(),
                name: file_name(found.source.path()).to_owned(),
            })
        };
        Ok(Reversal {
            file: File {
                version: versions.join(", "),
                description: migration.description.clone(),
                role: Role::Versioned,
                source: migration.source.clone(),
                statements: script.statements.iter().map(|statement| statement.span).collect(),
                mode: migration.mode.filter(|mode| *mode == TxMode::None),
                guards: Vec::new(),
                hash: String::new(),
                digest: migration.digest(),
                down: None,
            },
            reverted: rows.iter().map(reverted).collect::<Result<_>>()?,
            to,
            computed,
            losses: Vec::new(),
        })
    }
}

/// The part of a state that the folder knows something about: what stands beside it in the database is nobody's to drop.
fn of_the_folder(dialect: &dyn Dialect, live: &Realm, known: [&Realm; 2]) -> Realm {
    let keys = |names: &dyn Fn(&crate::schema::Schema) -> Vec<String>| -> BTreeSet<String> {
        let schemas = known.iter().flat_map(|realm| realm.schemas.values());
        schemas.flat_map(names).map(|name| dialect.name_key(&name)).collect()
    };
    let tables = keys(&|schema| schema.tables.keys().cloned().collect());
    let views = keys(&|schema| schema.views.keys().cloned().collect());
    let triggers = keys(&|schema| schema.triggers.keys().cloned().collect());
    let mut realm = live.clone();
    for schema in realm.schemas.values_mut() {
        schema.tables.retain(|name, _| tables.contains(&dialect.name_key(name)));
        schema.views.retain(|name, _| views.contains(&dialect.name_key(name)));
        schema.triggers.retain(|name, _| triggers.contains(&dialect.name_key(name)));
    }
    realm
}

//! One shop with users and orders, and what happens to it: the reports that goldens are made of.

use plinth::{
    change::{Change, TableChange},
    dialect::DialectId,
    finding::{Evidence, Finding, FindingSet, Level, Place, RuleId, Silenced, Silencer},
    lint::{Pass, ReviewedFile},
    prose,
    report::{AppliedFile, ApplyLog, Failure, Fate, Origin, Report},
    review::{self, Application, Ending, Review, Since},
    schema::{Action, Column, ForeignKey, Index, IndexPart, PrimaryKey, Realm, Schema, Table},
    sql::{Alter, ColumnFacts, Facts, Kind},
    step::{Outcome, Seeded, Step},
    text::{Source, Span},
    trust::Trust,
};

const DS103: RuleId = RuleId { code: "DS103", name: "drop-column", analyzer: "destructive" };
const MF103: RuleId = RuleId { code: "MF103", name: "add-not-null-column", analyzer: "data_depend" };
const MF105: RuleId = RuleId { code: "MF105", name: "fails-with-rows", analyzer: "data_depend" };

/// The rules of the example.
pub(super) const RULES: [(RuleId, Level, &str); 3] = [
    (DS103, Level::Error, "a column is dropped with its data"),
    (MF103, Level::Warning, "a column without default must not be NULL"),
    (MF105, Level::Error, "a statement works on empty tables only"),
];

const CLEANUP: &str = "\
-- The old CRM is gone.
ALTER TABLE users DROP COLUMN legacy_id;

ALTER TABLE orders ADD COLUMN currency text NOT NULL;

-- atlas:nolint drop-column unused since 3.2, backup kept
ALTER TABLE users DROP COLUMN fax;
";

const AUDIT: &str = "\
CREATE TABLE audit (
  id integer PRIMARY KEY,
  user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  at text NOT NULL
);
CREATE INDEX audit_by_user ON audit (user_id);
ALTER TABLE users ADD COLUMN city text;
CREATE INDEX orders_by_user ON orders (user_id);
";

const CLEANUP_PATH: &str = "migrations/20261120093000_cleanup.sql";
const AUDIT_PATH: &str = "migrations/20261121101500_audit.sql";

/// The files of the example.
pub(super) fn sources() -> Vec<Source> {
    vec![Source::new(CLEANUP_PATH, CLEANUP), Source::new(AUDIT_PATH, AUDIT)]
}

fn column(name: &str, ty: &str) -> Column {
    Column { name: name.into(), ty: ty.into(), nullable: true, ..Column::default() }
}

fn required(name: &str, ty: &str) -> Column {
    Column { nullable: false, ..column(name, ty) }
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    Table {
        schema: "main".into(),
        name: name.into(),
        columns,
        primary_key: Some(PrimaryKey { parts: vec![IndexPart::column("id")], ..PrimaryKey::default() }),
        ..Table::default()
    }
}

fn to_users() -> ForeignKey {
    ForeignKey {
        columns: vec!["user_id".into()],
        ref_schema: "main".into(),
        ref_table: "users".into(),
        ref_columns: vec!["id".into()],
        on_delete: Action::Cascade,
        ..ForeignKey::default()
    }
}

fn realm(tables: Vec<Table>) -> Realm {
    let tables = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
    let schema = Schema { name: "main".into(), tables, ..Schema::default() };
    Realm { schemas: [("main".to_owned(), schema)].into() }
}

fn users_before() -> Table {
    table(
        "users",
        vec![
            column("id", "integer"),
            required("email", "text"),
            column("legacy_id", "integer"),
            column("fax", "text"),
        ],
    )
}

fn users_after() -> Table {
    table("users", vec![column("id", "integer"), required("email", "text"), column("city", "text")])
}

fn orders(columns: &[Column], indexes: Vec<Index>) -> Table {
    let mut all = vec![column("id", "integer"), required("user_id", "integer"), required("total", "integer")];
    all.extend_from_slice(columns);
    Table { foreign_keys: vec![to_users()], indexes, ..table("orders", all) }
}

fn orders_by_user() -> Index {
    Index { name: "orders_by_user".into(), parts: vec![IndexPart::column("user_id")], ..Index::default() }
}

fn audit(indexes: Vec<Index>) -> Table {
    let columns = vec![column("id", "integer"), required("user_id", "integer"), required("at", "text")];
    Table { foreign_keys: vec![to_users()], indexes, ..table("audit", columns) }
}

fn audit_by_user() -> Index {
    Index { name: "audit_by_user".into(), parts: vec![IndexPart::column("user_id")], ..Index::default() }
}

fn before() -> Realm {
    realm(vec![users_before(), orders(&[], Vec::new())])
}

/// The state after the example.
pub(super) fn after() -> Realm {
    realm(vec![
        users_after(),
        orders(&[required("currency", "text")], vec![orders_by_user()]),
        audit(vec![audit_by_user()]),
    ])
}

fn span(text: &str, statement: &str) -> Span {
    let start = text.find(statement).expect("the statement stands in the file");
    Span::new(start, start + statement.len())
}

fn step(text: &str, statement: &str, kind: Kind, changes: Vec<Change>) -> Step {
    Step {
        span: span(text, statement),
        comments: Vec::new(),
        nolints: Vec::new(),
        facts: Facts { kind, reads: Vec::new() },
        changes,
        evidence: Evidence::Observed,
        outcome: Outcome::Ran,
        seeded: Seeded::NotTried,
        folded: Vec::new(),
    }
}

fn modify(from: Table, to: Table, change: TableChange) -> Vec<Change> {
    vec![Change::ModifyTable { from: from.into(), to: to.into(), changes: vec![change] }]
}

fn alter(table: &str, action: Alter) -> Kind {
    Kind::AlterTable { table: table.into(), action }
}

fn add(table: &str, column: &str) -> Kind {
    alter(table, Alter::AddColumn { column: column.into(), definition: ColumnFacts::default() })
}

fn drop(table: &str, column: &str) -> Kind {
    alter(table, Alter::DropColumn { column: column.into() })
}

fn file(at: usize, version: &str, steps: Vec<Step>) -> ReviewedFile {
    ReviewedFile {
        source: sources().swap_remove(at),
        version: version.into(),
        mode: plinth::migrations::TxMode::File,
        checks: Vec::new(),
        is_revert: false,
        behind: None,
        nolints: Vec::new(),
        checkpoint: None,
        strays: Vec::new(),
        steps,
    }
}

fn cleanup() -> ReviewedFile {
    let dropped = |column| modify(users_before(), users_after(), TableChange::DropColumn(column));
    let added = modify(
        orders(&[], Vec::new()),
        orders(&[required("currency", "text")], Vec::new()),
        TableChange::AddColumn(required("currency", "text")),
    );
    let mut cleanup = file(
        0,
        "20261120093000",
        vec![
            step(
                CLEANUP,
                "ALTER TABLE users DROP COLUMN legacy_id",
                drop("users", "legacy_id"),
                dropped(column("legacy_id", "integer")),
            ),
            step(
                CLEANUP,
                "ALTER TABLE orders ADD COLUMN currency text NOT NULL",
                add("orders", "currency"),
                added,
            ),
            step(
                CLEANUP,
                "ALTER TABLE users DROP COLUMN fax",
                drop("users", "fax"),
                dropped(column("fax", "text")),
            ),
        ],
    );
    cleanup.steps[1].seeded = Seeded::Failed {
        message: "Cannot add a NOT NULL column with default value NULL".into(),
        tables: vec!["orders".into()],
    };
    cleanup
}

fn audited() -> ReviewedFile {
    let create = &AUDIT[..AUDIT.find(';').expect("a statement ends")];
    let index = |table: &str, index: &str| Kind::CreateIndex {
        index: index.into(),
        table: table.into(),
        unique: false,
    };
    let created = Kind::CreateTable { table: "audit".into(), if_not_exists: false, temporary: false };
    let orders_now = || orders(&[required("currency", "text")], Vec::new());
    file(
        1,
        "20261121101500",
        vec![
            step(AUDIT, create, created, vec![Change::AddTable(audit(Vec::new()).into())]),
            step(
                AUDIT,
                "CREATE INDEX audit_by_user ON audit (user_id)",
                index("audit", "audit_by_user"),
                modify(
                    audit(Vec::new()),
                    audit(vec![audit_by_user()]),
                    TableChange::AddIndex(audit_by_user()),
                ),
            ),
            step(
                AUDIT,
                "ALTER TABLE users ADD COLUMN city text",
                add("users", "city"),
                modify(users_before(), users_after(), TableChange::AddColumn(column("city", "text"))),
            ),
            step(
                AUDIT,
                "CREATE INDEX orders_by_user ON orders (user_id)",
                index("orders", "orders_by_user"),
                modify(orders_now(), orders_now(), TableChange::AddIndex(orders_by_user())),
            ),
        ],
    )
}

fn finding(rule: RuleId, level: Level, file: &ReviewedFile, at: usize, object: &str) -> Finding {
    let step = &file.steps[at];
    Finding {
        rule,
        level,
        evidence: Evidence::Observed,
        place: Place {
            path: file.source.path().into(),
            span: step.span,
            start: file.source.position(step.span.start),
            end: file.source.position(step.span.end - 1),
        },
        statement: file.text(step).into(),
        object: Some(object.into()),
        headline: prose!("dropping {} deletes its data", object),
        seen: plinth::prose::Prose::default(),
        instead: plinth::prose::Prose::default(),
        fix: None,
    }
}

fn findings(cleanup: &ReviewedFile) -> FindingSet {
    let instead = prose!(
        "ship a release that no longer reads {}, keep a copy, then drop it. If the data is worthless, say so above the \
         statement: {}",
        "users.legacy_id",
        "-- atlas:nolint drop-column <reason>"
    );
    FindingSet {
        findings: vec![
            Finding {
                headline: prose!("adding {} fails as soon as {} has rows", "orders.currency", "orders"),
                seen: prose!(
                    "With one row in {}, SQLite refused it: {}.",
                    "orders",
                    "Cannot add a NOT NULL column with default value NULL"
                ),
                instead: prose!("give the new column a default, for example {}.", "DEFAULT 'EUR'"),
                evidence: Evidence::Observed,
                ..finding(MF103, Level::Warning, cleanup, 1, "orders.currency")
            },
            Finding {
                seen: prose!("The column exists before this change, and nothing in it can be brought back."),
                instead,
                evidence: Evidence::State,
                ..finding(DS103, Level::Error, cleanup, 0, "users.legacy_id")
            },
        ],
        silenced: vec![Silenced {
            finding: finding(DS103, Level::Error, cleanup, 2, "users.fax"),
            by: Silencer::Directive { line: 6 },
            reason: Some("unused since 3.2, backup kept".into()),
        }],
    }
}

/// Where the example comes from.
pub(super) fn origin() -> Origin {
    Origin {
        server: "SQLite".into(),
        format: None,
        head: Some("9f2c1e7d4b6a8c0e2f4a6b8c0d2e4f6a8b0c2d4e".into()),
        base: Some("41d07aa5c3e1f9b7d5a3c1e9f7b5d3a1c9e7f5b3".into()),
        base_branch: Some("main".into()),
        plan: None,
        dev_database: Some("in-memory SQLite 3.51.3".into()),
        trust: Trust::Internal,
        log_url: Some("https://example.com/o/r/actions/runs/18".into()),
        run: Some(18),
        blob_url: Some("https://example.com/o/r/blob/9f2c1e7d4b6a8c0e2f4a6b8c0d2e4f6a8b0c2d4e/".into()),
        rules_url: Some("https://example.com/rules/".into()),
        reproduce: "plinth ci --base main".into(),
    }
}

fn reviewed(files: &[ReviewedFile], findings: FindingSet, since: Option<Since>) -> Report {
    let (before, after) = (before(), after());
    let pass = Pass::new(DialectId::Sqlite.ops(), &before, &after, files, &[]);
    review::report(Review {
        pass: &pass,
        findings,
        project: "migrations".into(),
        since,
        reverts: 0,
        notes: Vec::new(),
        origin: origin(),
    })
}

/// A change with an error, a warning and a silenced finding.
pub(super) fn review() -> Report {
    let files = [cleanup(), audited()];
    let findings = findings(&files[0]);
    reviewed(&files, findings, Some(Since { fixed: 1, open: 1, new: 1 }))
}

/// A change that nothing is wrong with.
pub(super) fn clean() -> Report {
    let mut file = audited();
    file.steps.truncate(3);
    reviewed(&[file], FindingSet::default(), Some(Since { fixed: 2, open: 0, new: 0 }))
}

/// No change at all.
pub(super) fn nothing() -> Report {
    reviewed(&[], FindingSet::default(), None)
}

/// A statement that the dev database refused.
pub(super) fn broken() -> Report {
    let mut file = audited();
    file.steps[1].outcome = Outcome::Failed("table audit has no column named user_id".into());
    file.steps[1].changes.clear();
    for step in &mut file.steps[2..] {
        step.outcome = Outcome::NotRun;
        step.changes.clear();
    }
    reviewed(&[file], FindingSet::default(), None)
}

fn ran(file: &ReviewedFile, statements: usize, failure: Option<Failure>) -> AppliedFile {
    let (version, description) =
        file.source.path()["migrations/".len()..].split_once('_').expect("a version");
    AppliedFile {
        path: file.source.path().into(),
        version: version.into(),
        description: description.trim_end_matches(".sql").into(),
        statements: file.steps.iter().take(statements).map(|step| (file.text(step).to_owned(), 12)).collect(),
        total: file.steps.len(),
        checks: Vec::new(),
        skipped: 0,
        fate: if failure.is_some() { Fate::RolledBack } else { Fate::Kept },
        started_at: jiff::Timestamp::UNIX_EPOCH,
        failure,
        millis: 1_234,
    }
}

fn application(ending: Ending) -> Report {
    let mut origin = origin();
    origin.trust = Trust::Trusted;
    origin.base = None;
    origin.base_branch = None;
    origin.dev_database = None;
    origin.reproduce = String::new();
    review::applied(Application { project: "migrations".into(), ending, notes: Vec::new(), origin })
}

/// An apply that went well.
pub(super) fn applied() -> Report {
    application(Ending::Ran(ApplyLog {
        target: "sqlite://shop.db".into(),
        from: Some("20261001120000".into()),
        to: Some("20261121101500".into()),
        files: vec![ran(&cleanup(), 3, None), ran(&audited(), 4, None)],
        pending: 2,
        started_at: jiff::Timestamp::UNIX_EPOCH,
        millis: 2_468,
    }))
}

/// An apply whose second file failed.
pub(super) fn failed() -> Report {
    let failure = Failure {
        line: 6,
        statement: "CREATE INDEX audit_by_user ON audit (user_id)".into(),
        message: "index audit_by_user already exists".into(),
    };
    application(Ending::Ran(ApplyLog {
        target: "sqlite://shop.db".into(),
        from: Some("20261001120000".into()),
        to: Some("20261120093000".into()),
        files: vec![ran(&cleanup(), 3, None), ran(&audited(), 1, Some(failure))],
        pending: 2,
        started_at: jiff::Timestamp::UNIX_EPOCH,
        millis: 2_468,
    }))
}

/// An apply that did not begin.
pub(super) fn refused() -> Report {
    application(Ending::Unreviewed {
        reasons: vec![prose!("{} was changed after the review of {}", AUDIT_PATH, "#482")],
    })
}

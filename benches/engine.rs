//! How fast the engine is, part by part: `cargo bench --bench engine`.
//!
//! `figures.py` beside this file measures the whole program.

use std::{
    collections::{BTreeMap, BTreeSet},
    hint::black_box,
    time::Duration,
};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use plinth::{
    dialect::{Dialect, DialectId},
    diff,
    finding::{Evidence, Level},
    lint::{self, Pass, ReviewedFile, Settings},
    render::{self, Colour, RuleDoc, Templates},
    report::{Origin, Report},
    review::{self, Review},
    schema::{Column, Index, IndexPart, PrimaryKey, Realm, Schema, Table},
    sql,
    step::{Outcome, Seeded, Step},
    text::Source,
    trust::Trust,
};

/// The tables of a large schema, of ten columns each.
const TABLES: usize = 5_000;

/// The groups of statements of a large file, of ten statements each.
const GROUPS: usize = 1_000;

fn dialect() -> &'static dyn Dialect {
    DialectId::Sqlite.ops()
}

/// A file of one `CREATE TABLE` in ten statements, and others that rules have an opinion about.
fn text() -> String {
    let group = |at: usize| {
        format!(
            "CREATE TABLE t{at} (id integer PRIMARY KEY, a integer NOT NULL, b text, c text);\n\
             CREATE INDEX t{at}_a ON t{at} (a);\n\
             -- a comment; with a semicolon\n\
             INSERT INTO t{at} (id, a, b) VALUES (1, {at}, 'it''s; here');\n\
             ALTER TABLE old{at} ADD COLUMN x text;\n\
             ALTER TABLE old{at} DROP COLUMN y;\n\
             ALTER TABLE old{at} RENAME COLUMN v TO w;\n\
             CREATE UNIQUE INDEX old{at}_w ON old{at} (w);\n\
             UPDATE old{at} SET x = 'x' WHERE id > {at};\n\
             DELETE FROM old{at} WHERE x IS NULL;\n\
             DROP TABLE gone{at};\n"
        )
    };
    (0..GROUPS).map(group).collect()
}

fn file() -> ReviewedFile {
    let source = Source::new("migrations/20200101000000_big.sql", text());
    let script = sql::script(source.text(), dialect().syntax(), None).expect("the file is whole");
    let steps = script.statements.into_iter().map(|statement| Step {
        span: statement.span,
        comments: statement.comments,
        nolints: Vec::new(),
        facts: dialect().classify(source.slice(statement.span)),
        changes: Vec::new(),
        evidence: Evidence::Syntax,
        outcome: Outcome::NotRun,
        seeded: Seeded::NotTried,
        folded: Vec::new(),
    });
    let steps = steps.collect();
    let mut files = [ReviewedFile {
        source,
        version: "20200101000000".to_owned(),
        mode: plinth::migrations::TxMode::File,
        checks: Vec::new(),
        is_revert: false,
        behind: None,
        nolints: Vec::new(),
        checkpoint: None,
        strays: Vec::new(),
        steps,
    }];
    lint::derive(dialect(), [], &mut files);
    let [file] = files;
    file
}

fn report(pass: &Pass<'_>) -> Report {
    let origin = Origin {
        server: dialect().title().to_owned(),
        format: None,
        head: None,
        base: None,
        base_branch: None,
        plan: None,
        dev_database: None,
        trust: Trust::Trusted,
        log_url: None,
        run: None,
        blob_url: None,
        rules_url: None,
        reproduce: String::new(),
    };
    let findings = lint::lint(pass, &Settings::default());
    review::report(Review {
        pass,
        findings,
        project: "migrations".to_owned(),
        since: None,
        reverts: 0,
        notes: Vec::new(),
        origin,
    })
}

/// A schema of many tables; `odd` gives every odd table one column more.
fn realm(odd: bool) -> Realm {
    let table = |at: usize| {
        let columns = (0..10).chain((odd && at % 2 == 1).then_some(10));
        let name = format!("table_{at}");
        Table {
            schema: "main".to_owned(),
            name: name.clone(),
            columns: columns
                .map(|column| Column {
                    name: format!("column_{column}"),
                    ty: "text".to_owned(),
                    nullable: column > 0,
                    ..Column::default()
                })
                .collect(),
            primary_key: Some(PrimaryKey {
                parts: vec![IndexPart::column("column_0")],
                ..PrimaryKey::default()
            }),
            indexes: vec![Index {
                name: format!("{name}_index"),
                parts: vec![IndexPart::column("column_1")],
                ..Index::default()
            }],
            ..Table::default()
        }
    };
    let tables = (0..TABLES).map(table).map(|table| (table.name.clone(), table)).collect();
    let schema = Schema { name: "main".to_owned(), tables, ..Schema::default() };
    Realm { schemas: BTreeMap::from([("main".to_owned(), schema)]) }
}

fn statements(bench: &mut Criterion) {
    let text = text();
    let mut group = bench.benchmark_group("statements");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("split", |bench| {
        bench.iter(|| sql::script(black_box(&text), dialect().syntax(), None));
    });
    let spans = sql::split(&text, dialect().syntax(), None).expect("the file is whole");
    group.bench_function("classify", |bench| {
        bench
            .iter(|| spans.iter().map(|one| dialect().classify(&text[one.span.range()])).collect::<Vec<_>>());
    });
    group.finish();
}

fn schemas(bench: &mut Criterion) {
    let (from, to) = (realm(false), realm(true));
    bench.bench_function("schemas/diff", |bench| bench.iter(|| diff::diff(dialect(), &from, &to)));
    let changes = diff::diff(dialect(), &from, &to);
    bench.bench_function("schemas/plan", |bench| bench.iter(|| dialect().plan(&from, &to, &changes)));
    let names: BTreeSet<&str> = to.tables().map(|table| table.name.as_str()).collect();
    assert_eq!((names.len(), changes.len()), (TABLES, TABLES / 2));
}

fn reviews(bench: &mut Criterion) {
    let realm = Realm::default();
    let files = [file()];
    bench.bench_function("lint/derive", |bench| {
        let fresh = || files.clone();
        bench.iter_batched_ref(fresh, |files| lint::derive(dialect(), [], files), BatchSize::LargeInput);
    });
    bench.bench_function("lint/pass", |bench| {
        bench.iter(|| {
            let pass = Pass::new(dialect(), &realm, &realm, &files, &[]);
            lint::lint(&pass, &Settings::default())
        });
    });
    let pass = Pass::new(dialect(), &realm, &realm, &files, &[]);
    bench.bench_function("review/report", |bench| bench.iter(|| report(&pass)));
}

fn outputs(bench: &mut Criterion) {
    let realm = Realm::default();
    let files = [file()];
    let pass = Pass::new(dialect(), &realm, &realm, &files, &[]);
    let report = report(&pass);
    let sources = [files[0].source.clone()];
    assert!(report.findings.count(Level::Error) >= GROUPS);
    bench.bench_function("render/text", |bench| {
        bench.iter(|| render::terminal(&report, &sources, Colour::Plain));
    });
    bench.bench_function("render/json", |bench| bench.iter(|| render::json(&[&report])));
    let rules: Vec<RuleDoc<'_>> = lint::rules::ALL
        .iter()
        .map(|rule| RuleDoc {
            id: rule.id,
            summary: rule.summary,
            help_markdown: rule.doc,
            level: rule.level,
        })
        .collect();
    bench.bench_function("render/sarif", |bench| bench.iter(|| render::sarif(&[&report], &rules)));
    let templates = Templates::embedded();
    bench.bench_function("render/markdown", |bench| {
        bench.iter(|| render::comment(&report, &templates, usize::MAX));
    });
    bench.bench_function("render/comment of 65,536 characters", |bench| {
        bench.iter(|| render::comment(&report, &templates, 65_536));
    });
}

criterion_group! {
    name = engine;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = statements, schemas, reviews, outputs
}
criterion_main!(engine);

//! States by their URLs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{fs, path::PathBuf};

use plinth::{
    db::{self, Access},
    devdb::{self, Spec},
    dialect::DialectId,
    error::Result,
    secret::Secret,
    state::{self, Loaded},
};

struct Bench(tempfile::TempDir);

impl Bench {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    async fn load(&self, urls: &[&str]) -> Result<Loaded> {
        let spec = Spec {
            dialect: DialectId::Sqlite,
            url: None,
            executable: PathBuf::from(env!("CARGO_BIN_EXE_plinth")),
            lifetime: devdb::LIFETIME,
        };
        let urls: Vec<Secret> = urls.iter().map(|url| Secret::from(*url)).collect();
        state::load(&urls, self.0.path(), &mut devdb::start(spec).await.unwrap()).await
    }
}

fn tables(loaded: &Loaded) -> Vec<&str> {
    loaded.realm.tables().map(|table| table.name.as_str()).collect()
}

#[tokio::test]
async fn files_and_folders_of_sql_are_states() {
    let bench = Bench::new(&[
        ("a.sql", "CREATE TABLE a (x);"),
        ("schema/1.sql", "CREATE TABLE b (x);\n-- and\nCREATE TABLE c (x);"),
        ("schema/2.sql", "ALTER TABLE b RENAME TO d;"),
        ("schema/README.md", "no SQL"),
    ]);
    let one = bench.load(&["file://a.sql"]).await.unwrap();
    assert_eq!((tables(&one), one.description.as_str()), (vec!["a"], "a.sql"));
    let both = bench.load(&["file://a.sql", "file://schema/"]).await.unwrap();
    assert_eq!((tables(&both), both.description.as_str()), (vec!["a", "c", "d"], "a.sql, schema"));
    let absolute = format!("file://{}/schema", bench.0.path().display());
    assert_eq!(tables(&bench.load(&[&absolute]).await.unwrap()), ["c", "d"]);
}

#[tokio::test]
async fn folders_of_migrations_are_states_up_to_a_version() {
    let bench = Bench::new(&[
        ("migrations/20240101000000_a.sql", "CREATE TABLE a (x);\n"),
        ("migrations/20240102000000_b.sql", "CREATE TABLE b (x);\n"),
    ]);
    assert_eq!(tables(&bench.load(&["file://migrations"]).await.unwrap()), ["a", "b"]);
    let first = bench.load(&["file://migrations?version=20240101000000"]).await.unwrap();
    assert_eq!((tables(&first), first.description.as_str()), (vec!["a"], "migrations up to 20240101000000"));
    let error = bench.load(&["file://migrations?version=3"]).await.unwrap_err();
    assert!(error.message().contains("no migration of the version `3`"), "{error}");
}

#[tokio::test]
async fn a_database_is_a_state_without_the_tables_of_applied_migrations() {
    let bench = Bench::new(&[]);
    let url = format!("sqlite://{}/app.db", bench.0.path().display());
    let mut target = db::connect(&Secret::new(&*url), Access::Write).await.unwrap();
    db::execute(target.session.as_mut(), "CREATE TABLE users (id)").await.unwrap();
    db::ensure(target.session.as_mut(), db::server(target.dialect)).await.unwrap();
    drop(target);
    let loaded = bench.load(&[&url]).await.unwrap();
    assert_eq!((tables(&loaded), &loaded.description), (vec!["users"], &url));
}

#[tokio::test]
async fn what_is_no_state_says_why() {
    let bench = Bench::new(&[
        ("a.sql", "CREATE TABLE a (x);\n\nCREATE TABLE a (y);"),
        ("b.hcl", ""),
        ("c.txt", ""),
        ("h/a.hcl", ""),
        ("empty/x.md", ""),
    ]);
    fs::write(bench.0.path().join("latin.sql"), b"SELECT 1;\nSELECT '\xe9';").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", bench.0.path().join("link.sql")).unwrap();
    for (urls, words) in [
        (&["file://a.sql"][..], "a.sql:3: the statement fails"),
        (&["file://b.hcl"], "`b.hcl`: schemas in HCL are not read yet"),
        (&["file://c.txt"], "`c.txt` describes no schema"),
        (&["file://h"], "`h/a.hcl`: schemas in HCL"),
        (&["file://empty"], "has no `.sql` files"),
        (&["file://none"], "there is no `none`"),
        (&["file://latin.sql"], "not valid UTF-8 in line 2"),
        (&["file://link.sql"], "leads out of the repository"),
        (&["file://../x.sql"], "there is no `../x.sql`"),
        (&["file://a.sql?format=ghost", "file://a.sql"], "no format of migrations called `ghost`"),
        (&["docker://postgres/17"], "`docker` are not read yet"),
        (&["env://src"], "`env` are not read yet"),
        (&["sqlite://none.db"], "there is no database at `none.db`"),
        (&["sqlite://none.db", "file://a.sql"], "cannot be combined"),
        (&["oracle://x"], "`oracle` are not supported"),
        (&[], "no URL says"),
    ] {
        let error = bench.load(urls).await.unwrap_err();
        assert!(error.message().contains(words), "{urls:?}: {error}");
    }
}

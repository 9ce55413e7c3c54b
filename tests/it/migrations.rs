//! Folders of migrations are read to the byte as Atlas reads them, and refused where they are not.

use plinth::{
    error::Kind,
    folder::Folder,
    migrations::{
        self, Difference, Directory, Sum, body,
        directives::{self, FileDirectives, Why},
        file_name, new_version, partial_hashes,
    },
    plan::{Plan, Statement},
    sql::{self, Syntax},
    text::{Source, Span},
};
use proptest::prelude::*;

const FIRST: (&str, &str) = ("1_a.sql", "CREATE TABLE t (c int);\n");
const SECOND: (&str, &str) = ("2_b.sql", "DROP TABLE t;\n");
const SUM: &str = "h1:UK2DkakxkUZYI2b0uWlQ/EQey5GClLvHErHZtxs23b4=\n\
                   1_a.sql h1:KPYkcSLH8cE4AL6nhZXW7WbvpA5lkEOtTvphn2WF3EI=\n\
                   2_b.sql h1:OPCkAJy0tDQQQq3LbSElW/4enieWx/iJ9j7JtaCtOYI=\n";

#[test]
fn checksums_are_those_of_atlas() {
    let directory = open(&[FIRST, SECOND]);
    assert_eq!(directory.sum().to_string(), SUM);
    assert_eq!(directory.sum().hash("2_b.sql"), Some("OPCkAJy0tDQQQq3LbSElW/4enieWx/iJ9j7JtaCtOYI="));
    assert_eq!(directory.sum().hash("3_c.sql"), None);
    assert_eq!(open(&[]).sum().to_string(), "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
}

#[test]
fn files_run_in_the_order_of_their_versions_and_are_hashed_in_that_of_their_names() {
    let files = [("1_a.sql", ""), ("1.5_b.sql", ""), ("10_c.sql", ""), ("2_d.sql", ""), ("atlas.sum", "")];
    let directory = open(&files);
    let versions: Vec<_> = directory.migrations.iter().map(|one| one.version.as_str()).collect();
    assert_eq!(versions, ["1", "1.5", "10", "2"]);
    assert!(versions.windows(2).all(|pair| directory.compare(pair[0], pair[1]).is_lt()));
    let sum = directory.sum();
    let names: Vec<_> = sum.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["1.5_b.sql", "10_c.sql", "1_a.sql", "2_d.sql"]);
}

#[test]
fn hashes_of_half_applied_files_are_those_of_atlas() {
    let directory = open(&[("1.sql", "-- a comment\nCREATE TABLE t (c int);\n\nDROP TABLE t;\n")]);
    let source = &directory.migrations[0].source;
    let script = directory.migrations[0].script(&Syntax::SQLITE).unwrap();
    let hashes = partial_hashes(script.statements.iter().map(|statement| source.slice(statement.span)));
    assert_eq!(
        hashes,
        [
            "h1:m5vfJ81HQYPuHna7avSpChCTzbkn7nnwvqFg78pD6qQ=",
            "h1:4bHrwjeyiZvN/C3EXndvJv0VuPu58VP5UbJn0Mq+ff8=",
        ]
    );
}

#[test]
fn a_file_can_ask_to_be_left_out_of_the_checksums() {
    let ignored = "-- atlas:sum ignore\nDROP TABLE x;\n";
    let sum = open(&[FIRST, ("2_b.sql", ignored)]).sum();
    assert_eq!(sum.entries.len(), 1);
    let edited = "-- atlas:sum ignore\nDROP TABLE y;\n";
    let with_third = |second| open(&[FIRST, ("2_b.sql", second), ("3.sql", ";")]).sum();
    assert_eq!(with_third(ignored), with_third(edited));
    assert_ne!(with_third(ignored).entries[1], open(&[FIRST, ("3.sql", ";")]).sum().entries[1]);
    for close in
        ["-- atlas:sum ignore \n", "\n-- atlas:sum ignore\n", "-- atlas:sum\n", "-- atlas:summary ignore\n"]
    {
        assert_eq!(open(&[("1.sql", close)]).sum().entries.len(), 1, "{close:?}");
    }
    for same in ["-- atlas:sum ignore", "atlas:sum   ignore\r\n", "# atlas:x atlas:sum ignore\n"] {
        assert_eq!(open(&[("1.sql", same)]).sum().entries.len(), 0, "{same:?}");
    }
}

#[test]
fn a_whole_folder_verifies() {
    open(&[FIRST, SECOND, ("atlas.sum", SUM)]).verify().unwrap();
    open(&[FIRST, SECOND, ("atlas.sum", &SUM.replace('\n', "\r\n"))]).verify().unwrap();
    open(&[]).verify().unwrap();
    open(&[(".gitkeep", ""), ("README.md", "")]).verify().unwrap();
}

#[test]
fn a_difference_names_the_line_and_the_file() {
    let edited = "DROP TABLE u;\n";
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[FIRST, ("2_b.sql", edited)], "L3: `2_b.sql` was edited"),
        (&[("1_a.sql", edited), SECOND], "L2: `1_a.sql` was edited"),
        (&[FIRST], "L3: `2_b.sql` was removed"),
        (&[SECOND], "L2: `1_a.sql` was removed"),
        (&[FIRST, SECOND, ("3_c.sql", ";")], "L4: `3_c.sql` was added"),
        (&[FIRST, ("1a.sql", ";"), SECOND], "L3: `1a.sql` was added"),
        (&[("0.sql", ";"), FIRST, SECOND], "L2: `0.sql` was added"),
    ];
    for (files, expected) in cases {
        let error = open(&[files, &[("atlas.sum", SUM)]].concat()).verify().unwrap_err();
        assert_eq!(error.message(), format!("the files differ from `db/m/atlas.sum`: {expected}"));
        assert_eq!(
            error.hints(),
            ["if the files are as they should be, run `plinth migrate hash --dir db/m`"]
        );
        assert_eq!(error.kind(), Kind::Usage);
    }
}

#[test]
fn the_snippet_of_a_difference_is_its_line() {
    let error = open(&[FIRST, ("2_b.sql", ";"), ("atlas.sum", SUM)]).verify().unwrap_err();
    let snippet = error.snippet().unwrap();
    assert!(snippet.source.slice(snippet.span).starts_with("2_b.sql h1:OPC"));
    assert!(snippet.source.slice(snippet.span).ends_with("OYI="));
}

#[test]
fn a_difference_of_line_endings_alone_is_named() {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let files = [("1_a.sql", &*crlf(FIRST.1)), ("2_b.sql", &*crlf(SECOND.1)), ("atlas.sum", SUM)];
    let error = open(&files).verify().unwrap_err();
    assert!(error.hints()[0].contains("CRLF here and had LF"), "{:?}", error.hints());
    assert!(error.hints()[1].contains("`db/m/*.sql text eol=lf` to `.gitattributes`"), "{:?}", error.hints());
    assert_eq!(error.hints().len(), 2);

    let hashed = open(&files[..2]).sum().to_string();
    let error = open(&[FIRST, SECOND, ("atlas.sum", &hashed)]).verify().unwrap_err();
    assert!(error.hints()[0].contains("LF here and had CRLF"), "{:?}", error.hints());
    assert!(error.hints()[1].contains("`db/m/*.sql -text` to `.gitattributes`"), "{:?}", error.hints());
}

#[test]
fn a_broken_checksum_file_is_named_with_its_line() {
    let cases = [
        ("", "db/m/atlas.sum:1: the checksum file does not start with `h1:`"),
        ("h1:x\n", "db/m/atlas.sum:1: the checksum file is not the hash of the lines below it"),
        ("h1:x\nnonsense\n", "db/m/atlas.sum:2: the checksum file is not a file name and its `h1:` hash"),
        (
            "h1:x\n1.sql h1:y\n<<<<<<< HEAD\n",
            "db/m/atlas.sum:3: the checksum file has the marks of a merge conflict",
        ),
    ];
    for (sum, expected) in cases {
        let error = open(&[FIRST, ("atlas.sum", sum)]).verify().unwrap_err();
        assert_eq!(error.message(), expected);
    }
    let error = open(&[FIRST]).verify().unwrap_err();
    assert_eq!(error.message(), "`db/m/atlas.sum` is missing, so nothing says that its migrations are whole");
}

#[test]
fn an_edit_that_makes_a_file_ignored_is_an_edit() {
    let directory = open(&[FIRST, ("2_b.sql", "-- atlas:sum ignore\n"), ("atlas.sum", SUM)]);
    let mismatch = directory.mismatch(&SUM.parse().unwrap()).unwrap();
    assert_eq!((mismatch.line, &*mismatch.file, mismatch.difference), (3, "2_b.sql", Difference::Edited));
}

#[test]
fn migrations_come_in_byte_order_of_their_names() {
    let directory =
        open(&[("2_b.sql", ";"), ("10.sql", ";"), ("1.sql", ";"), ("v3-rc.1_Add Users.sql", ";")]);
    let read: Vec<_> = directory.migrations.iter().map(|file| (&*file.version, &*file.description)).collect();
    assert_eq!(read, [("1", ""), ("10", ""), ("2", "b"), ("v3-rc.1", "Add Users")]);
    assert_eq!(directory.migrations[2].source.path(), "db/m/2_b.sql");
    assert_eq!(directory.migration("2").unwrap().name, "2_b.sql");
}

#[test]
fn other_names_are_refused_by_name() {
    for name in [
        "schema.sql",
        "_1.sql",
        ".sql",
        ".1_a.sql",
        "add users.sql",
        "1.SQL",
        "1\n2.sql",
        "1_h1:x.sql",
        "ü1.sql",
    ] {
        let error = refused(&[FIRST, (name, ";")]);
        assert!(error.starts_with(&format!("`db/m/{}` is not a migration", name.escape_debug())), "{error}");
    }
    assert_eq!(open(&[FIRST, ("notes.txt", ""), ("seed.sh", "")]).migrations.len(), 1);
}

#[test]
fn a_version_stands_once() {
    let error = refused(&[FIRST, ("1_b.sql", ";")]);
    assert_eq!(error, "`db/m/1_b.sql` has the version of `1_a.sql`");
}

#[test]
fn text_that_is_not_utf8_is_named_with_its_line() {
    let cases: [(&[u8], &str); 3] = [
        (b"SELECT 1;\n\xff", "db/m/1.sql:2: the text is not UTF-8"),
        (b"\xff\xfeS\0", "db/m/1.sql:1: the text is not UTF-8"),
        (b"\n\nSELECT 1;\0", "db/m/1.sql:3: the text has a NUL byte, behind which a database reads nothing"),
    ];
    for (content, expected) in cases {
        let mut folder = folder(&[]);
        folder.files.insert("1.sql".to_owned(), content.to_vec());
        assert_eq!(Directory::open(&folder).unwrap_err().message(), expected);
    }
}

#[test]
fn what_is_not_read_yet_is_refused_by_its_name() {
    let cases = [
        ("-- atlas:txtar\n\n-- down.sql --\n", "an archive without `migration.sql`"),
        ("-- atlas:txtar\n-- a --\n", "a migration has no such member"),
        ("-- atlas:txtar\n-- migration.sql --\n-- migration.sql --\n", "a second member of that name"),
        (
            "-- atlas:txtar\n-- migration.sql --\n-- checks.sql --\n-- atlas:assert\n",
            "`atlas:assert` without what is asserted",
        ),
        ("-- atlas:import x.sql\n", "imports (`atlas:import`) are not read yet"),
        ("-- atlas:txmode all\n\n", "`all` cannot be the mode of one file"),
        ("-- atlas:txmode nothing\n\n", "`nothing` is no transaction mode: use `file` or `none`"),
        ("-- atlas:txmode file\n-- atlas:txmode file\n", "a second `atlas:txmode` in one file"),
        ("-- atlas:delimiter\n", "`atlas:delimiter` without a delimiter"),
    ];
    for (text, expected) in cases {
        let line = match expected {
            _ if expected.starts_with("a migration has") || expected.starts_with("a second `atlas") => 2,
            _ if expected.starts_with("a second member") => 3,
            _ if expected.starts_with("`atlas:assert`") => 4,
            _ => 1,
        };
        assert_eq!(refused(&[("1.sql", text)]), format!("db/m/1.sql:{line}: {expected}"));
    }
    open(&[("1.sql", "-- atlas:txmode file\nSELECT 1;")]);
}

#[test]
fn folders_of_other_tools_are_refused_by_their_name() {
    type Files = &'static [(&'static str, &'static str)];
    let cases: [(Files, &str); 6] = [
        (&[("db.changelog-master.xml", "")], "Liquibase (`db.changelog-master.xml`)"),
        (&[FIRST, ("2_b.sql", "-- +migrate Up\n")], "sql-migrate (`2_b.sql`)"),
        (&[("env.py", ""), ("script.py.mako", "")], "Alembic (`script.py.mako`)"),
        (&[("0001_initial.py", ""), ("__init__.py", "")], "Django or Alembic (`0001_initial.py`)"),
        (&[("20240101000000_users.rb", "")], "Rails (`20240101000000_users.rb`)"),
        (&[("20240101_users.ts", "")], "a JavaScript tool (`20240101_users.ts`)"),
    ];
    for (files, expected) in cases {
        let error = Directory::open(&folder(files)).unwrap_err();
        assert_eq!(error.message(), format!("`db/m` is a folder of {expected}, which is not read yet"));
        assert!(error.hints()[0].contains("`<version>_<name>.sql`"));
    }
}

#[test]
fn a_folder_of_something_else_is_refused() {
    let expected = "`db/m` is not a folder of migrations: it has neither `atlas.sum` nor `*.sql`";
    assert_eq!(refused(&[("Cargo.toml", ""), ("main.rs", "")]), expected);
    assert_eq!(open(&[("atlas.sum", "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]).migrations, []);
}

#[test]
fn a_file_can_choose_its_delimiter() {
    let text = "-- atlas:delimiter \\n-- end\n\nSELECT 1;\nSELECT 2;\n-- end\nSELECT 3\n-- end\n";
    let directory = open(&[("1.sql", text)]);
    let script = directory.migrations[0].script(&Syntax::SQLITE).unwrap();
    let source = &directory.migrations[0].source;
    let texts: Vec<_> = script.statements.iter().map(|statement| source.slice(statement.span)).collect();
    assert_eq!(texts, ["SELECT 1;\nSELECT 2;", "SELECT 3"]);
}

#[test]
fn a_file_that_cannot_be_cut_is_named_with_its_line() {
    let error =
        open(&[("1.sql", "SELECT 1;\nSELECT (1;\n")]).migrations[0].script(&Syntax::SQLITE).unwrap_err();
    assert_eq!(error.message(), "db/m/1.sql:2: this `(` is not closed");
}

#[test]
fn nolint_at_the_top_silences_the_file_or_the_first_statement() {
    type Names = &'static [&'static [&'static str]];
    let cases: [(&str, Names, Names); 9] = [
        ("-- atlas:nolint\n\nDROP TABLE t;", &[&[]], &[]),
        (
            "\u{feff}-- atlas:nolint DS102, destructive\r\n\r\nDROP TABLE t;",
            &[&["DS102", "destructive"]],
            &[],
        ),
        ("# licence\n--atlas:nolint DS102\n", &[&["DS102"]], &[]),
        ("-- atlas:nolint DS102\nDROP TABLE t;", &[], &[&["DS102"]]),
        ("-- licence\n\n-- atlas:nolint\n-- atlas:nolint X\nDROP TABLE t;", &[], &[&[], &["X"]]),
        ("\n-- atlas:nolint\n   \nDROP TABLE t;", &[&[]], &[]),
        ("/* atlas:nolint DS102 */\nDROP TABLE t;", &[], &[&["DS102"]]),
        ("-- see atlas:nolint\nDROP TABLE t;", &[], &[]),
        ("-- atlas:nolint-all\nDROP TABLE t;", &[], &[]),
    ];
    for (text, file, first) in cases {
        let source = Source::new("1.sql", text);
        let read = |nolints: &[directives::Nolint]| -> Vec<Vec<String>> {
            nolints.iter().map(|nolint| nolint.names.clone()).collect()
        };
        assert_eq!(read(&FileDirectives::read(&source).nolint), file, "{text:?}");
        let script = sql::script(text, &Syntax::SQLITE, None).unwrap();
        let comments = script.statements.first().map(|statement| &*statement.comments).unwrap_or_default();
        assert_eq!(read(&directives::statement_nolints(&source, comments)), first, "{text:?}");
    }
}

#[test]
fn nolint_can_have_a_reason() {
    let source =
        Source::new("1.sql", "\n-- atlas:nolint DS103 drop-column -- not read since 3.2 – really\nSELECT 1;");
    let nolints = directives::statement_nolints(&source, &[Span::new(1, 68)]);
    assert_eq!(nolints[0].names, ["DS103", "drop-column"]);
    assert_eq!(nolints[0].reason.as_deref(), Some("not read since 3.2 – really"));
    assert_eq!(nolints[0].line, 2);
    let source = Source::new("1.sql", "-- atlas:nolint -- because");
    let nolints = FileDirectives::read(&source).nolint;
    assert_eq!((nolints[0].names.len(), nolints[0].reason.as_deref()), (0, Some("because")));
}

#[test]
fn directives_without_effect_are_listed() {
    let text = "-- atlas:txmode file\n-- atlas:nolnt\n\n-- atlas:nolint\n\nSELECT 1; -- atlas:nolint DS101\n\
                -- atlas:txmode none\n-- atlas:nolint MF101\nSELECT 2;\n-- atlas:nolint\n";
    let source = Source::new("1.sql", text);
    let script = sql::script(text, &Syntax::SQLITE, None).unwrap();
    let stray: Vec<_> = directives::stray(&source, &FileDirectives::read(&source), &script)
        .into_iter()
        .map(|stray| (stray.directive.line, stray.directive.word, stray.why))
        .collect();
    let expected = [
        (2, "nolnt", Why::UnknownWord),
        (4, "nolint", Why::NoStatementBelow),
        (6, "nolint", Why::NoStatementBelow),
        (7, "txmode", Why::NotAtTheTop),
        (10, "nolint", Why::NoStatementBelow),
    ];
    assert_eq!(stray, expected.map(|(line, word, why)| (line, word.to_owned(), why)));
}

#[test]
fn a_nolint_that_reaches_neither_file_nor_statement_is_listed() {
    let text = "-- atlas:nolint\n/* a */\n\nSELECT 1;";
    let source = Source::new("1.sql", text);
    let script = sql::script(text, &Syntax::SQLITE, None).unwrap();
    assert_eq!(
        directives::stray(&source, &FileDirectives::read(&source), &script)[0].why,
        Why::NoStatementBelow
    );
}

#[test]
fn new_files_have_names_that_sort_last_and_hold_no_surprise() {
    let now = "2026-01-02T15:04:05Z".parse().unwrap();
    assert_eq!(new_version(now), "20260102150405");
    assert_eq!(open(&[]).next_version(now), "20260102150405");
    assert_eq!(open(&[("20260102150405_a.sql", "")]).next_version(now), "20260102150406");
    assert_eq!(open(&[("20270102150405.sql", "")]).next_version(now), "20270102150406");
    assert_eq!(open(&[FIRST]).next_version(now), "20260102150405");
    let cases = [
        ("add users", "1_add_users.sql"),
        ("", "1.sql"),
        ("  ../../etc/passwd ", "1_etc_passwd.sql"),
        ("a.up", "1_a_up.sql"),
        ("Ünïcode-name", "1_Ünïcode-name.sql"),
        ("__", "1.sql"),
    ];
    for (name, expected) in cases {
        assert_eq!(file_name("1", name), expected);
    }
    assert!(file_name("1", &"x".repeat(5_000)).len() < 110);
}

#[test]
fn a_plan_becomes_a_file_that_is_cut_into_the_same_statements() {
    let statement = |sql: &str, comment: &str| Statement {
        sql: sql.to_owned(),
        comment: comment.to_owned(),
        reverse: Vec::new(),
    };
    let plan = Plan {
        statements: vec![
            statement("CREATE TABLE `users` (`id` integer)", "create \"users\" table"),
            statement("DROP TABLE `x`", "drop \"x\n; DROP TABLE users;\" table"),
            statement("CREATE TRIGGER t AFTER INSERT ON users BEGIN\n  SELECT 1;\nEND", ""),
        ],
    };
    let text = body(&plan);
    assert!(text.starts_with("-- Create \"users\" table\nCREATE TABLE `users` (`id` integer);\n"), "{text}");
    let statements = sql::split(&text, &Syntax::SQLITE, None).unwrap();
    let cut: Vec<_> =
        statements.iter().map(|statement| text[statement.span.range()].trim_end_matches(';')).collect();
    assert_eq!(cut, plan.statements.iter().map(|statement| &*statement.sql).collect::<Vec<_>>());
}

#[test]
fn large_folders_are_read() {
    let mut folder = folder(&[]);
    for number in 0..10_000 {
        folder.files.insert(format!("{number:06}_change.sql"), b"SELECT 1;\n".to_vec());
    }
    let sum = Directory::open(&folder).unwrap().sum().to_string();
    folder.files.insert(migrations::SUM_FILE.to_owned(), sum.into_bytes());
    folder.files.insert("009999_change.sql".to_owned(), b"SELECT 2;\n".to_vec());
    let error = Directory::open(&folder).unwrap().verify().unwrap_err();
    assert!(error.message().ends_with("L10001: `009999_change.sql` was edited"), "{error}");
}

proptest! {
    #[test]
    fn a_checksum_file_reads_back(files in proptest::collection::btree_map("[a-z0-9_][a-z0-9_ ]{0,8}\\.sql", "\\PC{0,20}", 0..8)) {
        let sum = Sum::of(files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())));
        prop_assert_eq!(sum.to_string().parse::<Sum>(), Ok(sum));
    }

    #[test]
    fn the_order_in_which_files_are_found_does_not_matter(files in hashed().prop_shuffle()) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in &files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let read = plinth::files::read_folder(folder.path(), "").unwrap();
        let mut sorted = files;
        sorted.sort();
        let sum = Sum::of(sorted.iter().map(|(name, content)| (name.as_str(), content.as_bytes())));
        prop_assert_eq!(Directory::open(&read).unwrap().sum(), sum);
    }

    #[test]
    fn an_edit_of_any_byte_is_noticed(files in hashed(), change in 1_u8.., at in any::<prop::sample::Index>()) {
        let mut folder = folder(&[]);
        folder.files.extend(files.into_iter().map(|(name, content)| (name, content.into_bytes())));
        let sum = Directory::open(&folder).unwrap().sum();
        folder.files.insert(migrations::SUM_FILE.to_owned(), sum.to_string().into_bytes());
        prop_assert!(Directory::open(&folder).unwrap().verify().is_ok());
        let places = folder.files.iter().flat_map(|(name, content)| (0..content.len()).map(move |at| (name.clone(), at)));
        let places: Vec<(String, usize)> = places.collect();
        let (name, place) = at.get(&places);
        folder.files.get_mut(name).unwrap()[*place] ^= change;
        let Ok(edited) = Directory::open(&folder) else { return Ok(()) };
        // White space around the names in the checksum file means nothing.
        let means_the_same = edited.sum() == sum && edited.sum_file.as_ref().unwrap().text().parse() == Ok(sum);
        prop_assert!(edited.verify().is_err() || means_the_same, "byte {} of `{}`", place, name);
    }

    #[test]
    fn any_text_can_be_read_for_checksums_and_directives(text in "(\\PC|\n|-- atlas:[a-z]{1,9} ?){0,40}") {
        let source = Source::new("1.sql", text.as_str());
        let file = FileDirectives::read(&source);
        prop_assert!(file.header.end <= text.len());
        if let Ok(script) = sql::script(&text, &Syntax::SQLITE, None) {
            directives::stray(&source, &FileDirectives::read(&source), &script);
        }
        prop_assert!(text.parse::<Sum>().is_err());
    }
}

/// Migrations that `atlas.sum` holds, in the order of their names.
fn hashed() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = |(at, text): (usize, (String, String))| (format!("{at}_{}.sql", text.0), text.1);
    proptest::collection::vec(("[a-z]{1,3}", "(\\PC|\n|;){1,20}"), 1..6)
        .prop_map(move |texts| texts.into_iter().enumerate().map(name).collect())
}

fn folder(files: &[(&str, &str)]) -> Folder {
    Folder {
        nested: std::collections::BTreeMap::new(),
        path: "db/m".to_owned(),
        files: files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect(),
        folders: Vec::new(),
    }
}

fn open(files: &[(&str, &str)]) -> Directory {
    Directory::open(&folder(files)).expect("a folder that is read")
}

fn refused(files: &[(&str, &str)]) -> String {
    Directory::open(&folder(files)).expect_err("a folder that is refused").message().to_owned()
}

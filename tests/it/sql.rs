//! Statements are cut where the database would cut them, and say what they are about.

use std::path::Path;

use plinth::{
    sql::{self, Facts, Kind, Script, Statement, Syntax, sqlite},
    text::{Source, Span},
};
use proptest::prelude::*;
use sqlparser::{
    dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect},
    tokenizer::{Token, Tokenizer},
};

use crate::support::account::unaccounted;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/sql");

#[test]
fn files_are_cut_as_their_dialect_says() {
    let folder = Path::new(CASES).join("split");
    let mut cases: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    cases.sort();
    assert_eq!(cases.len(), 8);
    for path in cases {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let source = Source::new(name, std::fs::read_to_string(&path).unwrap());
        let delimiter =
            source.text().strip_prefix("-- atlas:delimiter ").and_then(|rest| rest.lines().next());
        let delimiter = delimiter.map(sql::unescape_delimiter);
        let (_, syntax) = name.split_once('.').unwrap();
        let script = sql::script(source.text(), &syntax_of(syntax), delimiter.as_deref()).unwrap();
        snapshot("split", name, &listing(&source, &script));
    }
}

#[test]
fn statements_say_what_they_are_about() {
    let text = std::fs::read_to_string(Path::new(CASES).join("classify.sql")).unwrap();
    let mut listing = String::new();
    for statement in sql::split(&text, &Syntax::SQLITE, None).unwrap() {
        let sql = &text[statement.span.range()];
        let Facts { kind, reads } = sqlite::classify(sql);
        listing.push_str(&format!("{sql}\n    {kind:?}\n"));
        if !reads.is_empty() {
            listing.push_str(&format!("    reads {}\n", reads.join(", ")));
        }
    }
    snapshot(".", "classify", &listing);
}

#[test]
fn what_does_not_close_is_named_where_it_opens() {
    let cases: [(Syntax, &str, (usize, usize), &str); 14] = [
        (Syntax::SQLITE, "SELECT 'a; SELECT 1;", (7, 8), "the quote `'` is not closed"),
        (Syntax::SQLITE, "SELECT 1; SELECT \"a''", (17, 18), "the quote `\"` is not closed"),
        (Syntax::SQLITE, "SELECT `a", (7, 8), "the quote ``` is not closed"),
        (Syntax::SQLITE, "SELECT [a", (7, 8), "the quote `[` is not closed"),
        (Syntax::SQLITE, "SELECT 1; /* x; SELECT 1;", (10, 12), "the comment `/*` is not closed"),
        (Syntax::POSTGRES, "/* /* */ SELECT 1;", (0, 2), "the comment `/*` is not closed"),
        (Syntax::POSTGRES, "SELECT $a$ ; $b$;", (7, 10), "the quote `$a$` is not closed"),
        (Syntax::POSTGRES, "SELECT e'\\';", (7, 9), "the quote `'` is not closed"),
        (
            Syntax::SQLITE,
            "SELECT 1; CREATE TABLE t (a int, (b;\nDROP TABLE x;",
            (25, 26),
            "this `(` is not closed",
        ),
        (Syntax::SQLITE, "SELECT 1);", (8, 9), "this `)` closes nothing"),
        (
            Syntax::SQLITE,
            "CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT 1 END; SELECT 2;",
            (35, 40),
            "this `BEGIN` has no `END` after the `;` of its last statement",
        ),
        (
            Syntax::MYSQL,
            "CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF;",
            (21, 26),
            "this `BEGIN` has no `END` after the `;` of its last statement",
        ),
        (
            Syntax::POSTGRES,
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;",
            (32, 37),
            "this `BEGIN` has no `END` after the `;` of its last statement",
        ),
        (Syntax::MYSQL, "DELIMITER  \nSELECT 1;", (0, 11), "`DELIMITER` without a delimiter"),
    ];
    for (syntax, text, (start, end), message) in cases {
        let error = sql::split(text, &syntax, None).unwrap_err();
        assert_eq!((error.span, error.message.as_str()), (Span::new(start, end), message), "{text}");
    }
}

#[test]
fn a_split_error_names_file_and_line() {
    let source = Source::new("m/1.sql", "SELECT 1;\nSELECT 'a;");
    let error = sql::split(source.text(), &Syntax::SQLITE, None).unwrap_err().into_error(&source);
    assert_eq!(error.to_string(), "m/1.sql:2: the quote `'` is not closed");
    assert_eq!(error.snippet().unwrap().span, Span::new(17, 18));
}

#[test]
fn an_empty_file_has_no_statements() {
    for text in ["", " \n", "-- only a comment", "\u{feff}", "/* a */\n\n-- b\n"] {
        assert_eq!(sql::split(text, &Syntax::SQLITE, None).unwrap(), [], "{text:?}");
    }
}

#[test]
fn several_statements_between_custom_delimiters_are_opaque() {
    let facts = sqlite::classify("SELECT 1 FROM a; DROP TABLE users;");
    assert_eq!(facts.kind, Kind::Opaque);
    assert_eq!(facts.reads, ["a"]);
    let trigger = "CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT 1; SELECT 2; END;";
    assert!(matches!(sqlite::classify(trigger).kind, Kind::CreateTrigger { .. }));
}

#[test]
fn statements_too_large_for_a_parser_still_have_their_kind() {
    let parens = 100_000;
    let cases = [
        format!("CREATE TABLE users (a int DEFAULT {}1{});", "(".repeat(parens), ")".repeat(parens)),
        format!("CREATE TABLE users ({}z int);", "column_name int, ".repeat(20_000)),
        format!("CREATE TABLE users (a int CHECK (1{}));", "+1".repeat(100_000)),
        format!("CREATE TABLE users (a int CHECK (1{}));", "+1".repeat(30_000)),
        format!("CREATE TABLE users (a int CHECK ({}1));", "NOT ".repeat(15_000)),
        format!("CREATE TABLE users (a int CHECK ({}1));", "- ".repeat(30_000)),
        format!(
            "CREATE TABLE users (a int CHECK ({}1{}));",
            "CASE WHEN ".repeat(3_000),
            " THEN 1 END".repeat(3_000)
        ),
    ];
    for sql in cases {
        let kind = Kind::CreateTable { table: "users".to_owned(), if_not_exists: false, temporary: false };
        assert_eq!(sqlite::classify(&sql).kind, kind, "{}", &sql[..60]);
    }
    let rows = format!("INSERT INTO users VALUES {}(1);", "(1, 'a'), ".repeat(100_000));
    assert_eq!(sqlite::classify(&rows).kind, Kind::Insert { table: "users".to_owned() });
}

#[test]
fn statements_that_sqlite_refuses_are_read_in_bounded_time() {
    let nested = format!("SELECT * FROM {}a{} CROSS APPLY b", "(".repeat(8), ")".repeat(8));
    assert_eq!(sqlite::classify(&nested).kind, Kind::Select);
    let chain = format!("SELECT 1{} CROSS APPLY b", "+1".repeat(900));
    assert_eq!(sqlite::classify(&chain).kind, Kind::Select);
}

#[test]
fn a_nul_byte_in_a_name_is_no_panic() {
    let facts = sqlite::classify("CREATE TABLE [](t)[\0]");
    assert_eq!(
        facts.kind,
        Kind::CreateTable { table: String::new(), if_not_exists: false, temporary: false }
    );
}

#[test]
fn large_files_are_cut() {
    let count = 100_000;
    let cases = [
        "INSERT INTO t VALUES ('it''s', \"b\", [c]); -- d\n".repeat(count),
        "BEGIN TRANSACTION;".repeat(count),
        "CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END;".repeat(count),
        ";".repeat(count),
    ];
    for text in cases {
        assert_eq!(sql::split(&text, &Syntax::SQLITE, None).unwrap().len(), count);
    }
    let tags = "$a $b ".repeat(count);
    assert_eq!(sql::split(&tags, &Syntax::POSTGRES, None).unwrap().len(), 1);
    let nested = format!("SELECT {}1{};", "(".repeat(count), ")".repeat(count));
    assert_eq!(sql::split(&nested, &Syntax::MYSQL, None).unwrap().len(), 1);
}

proptest! {
    #[test]
    fn every_byte_is_in_one_statement_one_comment_or_between(text in pieces(), syntax in syntaxes(), custom in delimiters()) {
        let Ok(script) = sql::script(&text, &syntax, custom.as_deref()) else { return Ok(()) };
        prop_assert_eq!(unaccounted(&text, &script, syntax, custom.as_deref()), None);
        for statement in &script.statements {
            let sql = &text[statement.span.range()];
            prop_assert_eq!(sql, sql.trim());
        }
    }

    #[test]
    fn a_statement_cut_again_is_itself(text in pieces()) {
        let Ok(statements) = sql::split(&text, &Syntax::SQLITE, None) else { return Ok(()) };
        for statement in statements {
            let sql = &text[statement.span.range()];
            let again = sql::split(sql, &Syntax::SQLITE, None).unwrap();
            let whole = Statement { span: Span::new(0, sql.len()), comments: Vec::new() };
            prop_assert_eq!(again, [whole]);
        }
    }

    #[test]
    fn statements_end_where_the_tokenizer_of_sqlparser_sees_a_semicolon(text in plain()) {
        let pairs: [(Syntax, &dyn Dialect); 3] = [
            (Syntax::SQLITE, &SQLiteDialect {}),
            (Syntax::MYSQL, &MySqlDialect {}),
            (Syntax::POSTGRES, &PostgreSqlDialect {}),
        ];
        for (syntax, dialect) in pairs {
            let Ok(tokens) = Tokenizer::new(dialect, &text).with_unescape(false).tokenize() else { continue };
            let Ok(statements) = sql::split(&text, &syntax, None) else { continue };
            prop_assert_eq!(statements.len(), count(&tokens), "{:?}", tokens);
        }
    }

    #[test]
    fn classification_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in pieces()) {
        sqlite::classify(&String::from_utf8_lossy(&bytes));
        sqlite::classify(&text);
    }
}

/// Statements by the tokens: what a semicolon outside of parentheses ends, and the rest.
fn count(tokens: &[Token]) -> usize {
    let mut statements = 0;
    let mut depth = 0_usize;
    let mut open = false;
    for token in tokens {
        match token {
            Token::Whitespace(_) => continue,
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::SemiColon if depth == 0 => {
                statements += 1;
                open = false;
                continue;
            }
            _ => {}
        }
        open = true;
    }
    statements + usize::from(open)
}

/// Text made of what matters to the splitter.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            ";", "(", ")", "'", "\"", "`", "[", "]", "--", "/*", "*/", "#", "$$", "$a$", "\\", "\n", "\n\n", "\r\n", " ",
            "//", "-- end", ",", "=", ".", "\u{feff}", "\u{a0}", "é",
        ]),
        2 => prop::sample::select(vec![
            "CREATE", "TRIGGER", "TABLE", "t", "BEGIN", "END", "CASE", "WHEN", "ATOMIC", "FUNCTION", "PROCEDURE", "LOOP",
            "IF", "SELECT", "1", "FROM", "WITH", "AS", "INSERT INTO", "VALUES", "ALTER TABLE", "ADD COLUMN", "DEFAULT",
            "DELIMITER //\n", "E'", "PRAGMA", "UPDATE", "SET", "WHERE", "NOT NULL", "ON", "IN", "JOIN", "temp.",
        ]),
    ];
    let spaced = (piece, prop::sample::select(vec!["", " "]));
    proptest::collection::vec(spaced, 0..40)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, space)| [piece, space]).collect())
}

/// Text without blocks, whose quotes and comments all close.
fn plain() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "; ",
        "( ",
        ") ",
        "'a;' ",
        "'a'';' ",
        "\"a;\" ",
        "/* a; */ ",
        "-- a;\n",
        "\n",
        "a ",
        "1 ",
        ", ",
        "= ",
        "x.y ",
    ]);
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn syntaxes() -> impl Strategy<Value = Syntax> {
    prop::sample::select(vec![
        Syntax::SQLITE,
        Syntax::MYSQL,
        Syntax::POSTGRES,
        Syntax::GENERIC,
        Syntax::default(),
    ])
}

fn delimiters() -> impl Strategy<Value = Option<String>> {
    prop::sample::select(vec![None, Some("//"), Some("\n\n"), Some("-- end"), Some("$$")])
        .prop_map(|delimiter| delimiter.map(str::to_owned))
}

fn syntax_of(name: &str) -> Syntax {
    match name {
        "sqlite" => Syntax::SQLITE,
        "mysql" => Syntax::MYSQL,
        "postgres" => Syntax::POSTGRES,
        "generic" => Syntax::GENERIC,
        _ => panic!("no syntax {name}"),
    }
}

fn listing(source: &Source, script: &Script) -> String {
    let mut text = String::new();
    for statement in &script.statements {
        for comment in &statement.comments {
            text.push_str(&format!(
                "{} comment {:?}\n",
                source.position(comment.start),
                source.slice(*comment)
            ));
        }
        text.push_str(&format!(
            "{} {}\n",
            source.position(statement.span.start),
            source.slice(statement.span)
        ));
    }
    for comment in &script.loose {
        text.push_str(&format!("{} loose {:?}\n", source.position(comment.start), source.slice(*comment)));
    }
    text
}

fn snapshot(folder: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(CASES).join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

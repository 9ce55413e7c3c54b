//! Nothing that a pull request names or writes becomes anything but text: whatever stands in the
//! fields of a report, the tree of its Markdown is that of a harmless one.

use comrak::{
    Arena, Options,
    nodes::{AstNode, NodeValue},
    parse_document,
};
use plinth::{
    finding::{Evidence, Finding, FindingSet, Level, Place, RuleId, Silenced, Silencer},
    prose,
    render::{self, Colour, Templates},
    report::{
        AppliedFile, ApplyLog, Broken, CheckLog, Failure, Fate, Kind, ObjectRow, Report, Risk, SqlFile,
        Verdict,
    },
    review,
    schema::{Column, ForeignKey, Realm, Schema, Table},
    text::{Position, Span},
};
use proptest::prelude::*;

use super::example;

const RULE: RuleId = RuleId { code: "DS103", name: "drop-column", analyzer: "destructive" };

/// What has broken somebody's comment, or would.
pub(super) const NASTY: [&str; 43] = [
    "```",
    "~~~",
    "`",
    "``",
    "````sql",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "|",
    "- ",
    "1. ",
    "\t\t\t\tx",
    "\\|",
    "\\",
    "<script>alert(1)</script>",
    "<img src=//evil.example/x>",
    "</details>",
    "</summary><h1>",
    "</sub>",
    "</code>",
    "<!-- plinth {\"v\":1} -->",
    "-->",
    "# Approved",
    "\n# Approved\n",
    "\n---\n",
    "\n> [!NOTE]\n> approved",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "https://evil.example",
    "www.evil.example",
    "me@evil.example",
    "@team",
    "#123",
    "owner/repo#1",
    "**bold**",
    "_it_",
    "~~gone~~",
    "$x$",
    ":+1:",
    "[^1]\n\n[^1]: note",
    "\u{202e}\u{200d}\u{0}\u{1b}[31m\u{2028}",
    "&lt;b&gt; &#64;team",
];

fn finding(text: &str) -> Finding {
    Finding {
        rule: RULE,
        level: Level::Error,
        evidence: Evidence::Observed,
        place: place(text),
        statement: text.into(),
        object: Some(text.into()),
        headline: prose!("dropping {} deletes {}{}", text, text, text),
        seen: prose!("{} was seen, {}", text, text),
        instead: prose!("do {}", text),
        fix: None,
    }
}

fn place(text: &str) -> Place {
    let start = Position { line: 3, column: 1 };
    Place { path: format!("migrations/1{text}.sql"), span: Span::new(4, 9), start, end: start }
}

/// A report that says `text` wherever somebody else's text can be.
pub(super) fn report(text: &str) -> Report {
    let mut origin = example::origin();
    origin.head = Some(text.into());
    origin.base = Some(text.into());
    origin.base_branch = Some(text.into());
    origin.dev_database = Some(text.into());
    origin.reproduce = text.into();
    origin.server = text.into();
    origin.plan = Some(text.into());
    let file = AppliedFile {
        path: format!("migrations/1{text}.sql"),
        version: text.into(),
        description: text.into(),
        statements: vec![(text.into(), 1)],
        total: 2,
        checks: vec![CheckLog {
            name: text.into(),
            statements: vec![(text.into(), Some(text.into()))],
            failed: true,
        }],
        skipped: 0,
        fate: Fate::Partial,
        started_at: jiff::Timestamp::UNIX_EPOCH,
        failure: Some(Failure { line: 7, statement: text.into(), message: text.into() }),
        millis: 3,
    };
    let columns = vec![Column { name: text.into(), ty: text.into(), ..Column::default() }];
    let table = Table { schema: "main".into(), name: text.into(), columns, ..Table::default() };
    let schema =
        Schema { name: "main".into(), tables: [(text.to_owned(), table)].into(), ..Schema::default() };
    Report {
        project: text.into(),
        kind: Kind::Review,
        verdict: Verdict { risk: Risk::Red, text: prose!("Do not merge yet: {}", text) },
        summary: vec![prose!("1 new migration in {}", text), prose!("**{} error**", 1)],
        objects: vec![ObjectRow {
            risk: Risk::Red,
            object: text.into(),
            change: prose!("renamed from {}", text),
            meanwhile: prose!("blocks **writes** on {}", text),
            work: prose!("instant"),
        }],
        findings: FindingSet {
            findings: vec![finding(text)],
            silenced: vec![Silenced {
                finding: finding(text),
                by: Silencer::Baseline,
                reason: Some(format!("x{text}")),
            }],
        },
        broken: Some(Broken { place: place(text), statement: text.into(), message: text.into() }),
        files: vec![SqlFile::of(&format!("migrations/1{text}.sql"), [text, text])],
        diagram: Some(review::diagram_of_all(&Realm { schemas: [("main".to_owned(), schema)].into() })),
        notes: vec![prose!("{} also changes {}", text, text)],
        applied: Some(ApplyLog {
            target: text.into(),
            from: None,
            to: None,
            files: vec![file],
            pending: 1,
            started_at: jiff::Timestamp::UNIX_EPOCH,
            millis: 4,
        }),
        origin,
    }
}

/// As GitHub reads a comment, and stricter: more extensions, more that could be mistaken.
fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.strikethrough = true;
    extension.table = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    extension.math_code = true;
    options
}

/// The shape of the tree, a line a node: everything but what text and code say.
fn shape(markdown: &str) -> String {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options());
    let mut out = Vec::new();
    walk(root, 0, &mut out);
    out.dedup_by(|next, last| next == last && last.trim_start() == "text");
    // `<code>` stands in for backticks where the code holds a pipe.
    let joined = out.join("\n");
    let mut lines: Vec<String> = Vec::new();
    let mut within = false;
    for line in joined.lines() {
        match line.trim_start() {
            "html <code>" => within = true,
            "html </code>" => {
                assert!(within);
                within = false;
                lines.push(line.replace("html </code>", "code"));
            }
            inner if within => assert_eq!(inner, "text", "only text stands in <code>:\n{markdown}"),
            _ => lines.push(line.to_owned()),
        }
    }
    assert!(!within);
    lines.join("\n")
}

fn walk<'a>(node: &'a AstNode<'a>, depth: usize, out: &mut Vec<String>) {
    let line = match &node.data.borrow().value {
        NodeValue::Text(text) => {
            let mut chars = text.chars().peekable();
            while let Some(c) = chars.next() {
                let next = chars.peek().copied().unwrap_or(' ');
                assert!(c != '@' || !next.is_alphanumeric(), "a mention in {text:?}");
                assert!(c != '#' || !next.is_ascii_digit(), "a reference in {text:?}");
            }
            "text".to_owned()
        }
        NodeValue::Code(_) => "code".to_owned(),
        NodeValue::CodeBlock(block) => format!("block {}", block.info),
        NodeValue::HtmlInline(html) => format!("html {html}"),
        NodeValue::HtmlBlock(html) => format!("html block {:?}", html.literal),
        NodeValue::Heading(heading) => format!("heading {}", heading.level),
        NodeValue::Link(link) => {
            let ours = link.url.starts_with("https://example.com/");
            let plain =
                link.url.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/-_.#%".contains(&byte));
            assert!(ours && plain, "a link to {}", link.url);
            "link".to_owned()
        }
        other => format!("{other:?}").split(['(', ' ']).next().unwrap_or_default().to_owned(),
    };
    assert!(!line.starts_with("Image"), "an image");
    out.push(format!("{}{line}", " ".repeat(depth)));
    for child in node.children() {
        walk(child, depth + 1, out);
    }
}

fn markdown(text: &str) -> String {
    render::comment(&report(text), &Templates::embedded(), usize::MAX / 8)
        .expect("the embedded templates work")
}

fn stays_text(text: &str) {
    let harmless = shape(&markdown("name"));
    let markdown = markdown(text);
    assert_eq!(shape(&markdown), harmless, "{text:?} becomes more than text:\n{markdown}");
    assert!(!markdown.contains("<!--"), "{markdown}");
    let hidden =
        |c: char| c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{202a}'..='\u{202e}');
    assert!(!markdown.contains(hidden), "{markdown:?}");
    let terminal = render::terminal(&report(text), &[], Colour::Plain);
    assert!(!terminal.contains(hidden), "{terminal:?}");
}

#[test]
fn what_broke_others_stays_text() {
    for text in NASTY.iter().filter(|text| !text.trim().is_empty()) {
        stays_text(text);
        stays_text(&format!("a{text}b"));
        stays_text(&format!("{text}|"));
    }
    stays_text(&NASTY.join(" "));
    stays_text(&NASTY.concat());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mixture_stays_text(parts in proptest::collection::vec(prop_oneof![
        proptest::sample::select(&NASTY[..]).prop_map(str::to_owned),
        "\\PC{0,6}",
        "[ -~\n\r\t|`~<>&*_#@$\\[\\]()!:-]{0,8}",
    ], 1..7)) {
        let text = parts.concat();
        prop_assume!(!text.trim().is_empty());
        stays_text(&text);
    }

    #[test]
    fn any_limit_is_kept(limit in 0_usize..6_000, many in 0_usize..60, text in "\\PC{1,30}") {
        let mut report = report(&text);
        let one = report.findings.findings[0].clone();
        report.findings.findings = vec![one; many];
        let markdown = render::comment(&report, &Templates::embedded(), limit).unwrap();
        prop_assert!(markdown.encode_utf16().count() <= limit);
        // Were a fence open, the footer would be code.
        let is_whole = shape(&markdown).ends_with("html </sub>");
        prop_assert!(is_whole || markdown.len() <= 40, "{}", markdown);
        prop_assert_eq!(markdown.matches("<details>").count(), markdown.matches("</details>").count());
    }
}

/// A schema whose every name and type is nasty, with keywords of Mermaid among them.
pub(super) fn realm() -> Realm {
    let keywords = ["title", "erDiagram", "one", "to", "end", "style", "u", "ü", "a b", "PK"];
    let names: Vec<&str> = NASTY.into_iter().chain(keywords).collect();
    let columns: Vec<Column> = names
        .iter()
        .map(|name| Column { name: (*name).into(), ty: (*name).into(), ..Column::default() })
        .collect();
    let tables = names.iter().map(|name| {
        let foreign = ForeignKey {
            columns: vec![(*name).into()],
            ref_schema: "main".into(),
            ref_table: "title".into(),
            ..ForeignKey::default()
        };
        let table = Table {
            schema: "main".into(),
            name: (*name).into(),
            columns: columns.clone(),
            foreign_keys: vec![foreign],
            ..Table::default()
        };
        ((*name).to_owned(), table)
    });
    let schema = Schema { name: "main".into(), tables: tables.collect(), ..Schema::default() };
    Realm { schemas: [("main".to_owned(), schema)].into() }
}

#[test]
fn what_is_too_long_is_cut_worst_first() {
    let mut report = report("name");
    let error = report.findings.findings[0].clone();
    let warning = Finding { level: Level::Warning, headline: prose!("a lesser thing"), ..error.clone() };
    report.findings.findings = vec![error; 3];
    report.findings.findings.extend(vec![warning; 5_000]);
    report.files[0] = SqlFile::of("migrations/1.sql", vec!["SELECT 1"; 100_000]);
    let text = render::comment(&report, &Templates::embedded(), 65_536).unwrap();
    assert!(text.encode_utf16().count() <= 65_536);
    assert_eq!(text.matches("#### 🔴 Dropping").count(), 3);
    assert!(
        text.contains("4803 warnings; all of them are in the [log](https://example.com/o/r/actions/runs/18)"),
        "{text}"
    );
    assert!(text.contains("left out here: the SQL"), "{text}");
    let text = render::comment(&report, &Templates::embedded(), 1_500).unwrap();
    assert!(text.contains("3 errors, 5000 warnings"), "{text}");
    let text = render::comment(&report, &Templates::embedded(), 60).unwrap();
    assert_eq!(text, "Do not merge yet. The log has the rest.");
}

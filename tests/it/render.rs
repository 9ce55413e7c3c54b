//! What readers see: the documents of `tests/cases/render/`, and that nothing hostile gets through.
//!
//! `UPDATE=1` rewrites the documents.

mod example;
mod hostile;

use std::{fs, path::Path};

use plinth::{
    error::Error,
    render::{self, Colour, RuleDoc, Templates},
    text::{Source, Span},
};

use crate::support;
use example::{applied, broken, clean, failed, nothing, refused, review, sources};

/// GitHub's limit for a comment.
const COMMENT: usize = 65_536;

fn golden(name: &str, actual: &str) {
    support::golden::golden(&format!("render/{name}"), actual);
}

fn comment(report: &plinth::report::Report) -> String {
    render::comment(report, &Templates::embedded(), COMMENT).expect("the embedded templates work")
}

#[test]
fn comments_are_as_they_were_seen() {
    golden("review.md", &comment(&review()));
    golden("clean.md", &comment(&clean()));
    golden("nothing.md", &comment(&nothing()));
    golden("broken.md", &comment(&broken()));
    golden("applied.md", &comment(&applied()));
    golden("failed.md", &comment(&failed()));
    golden("refused.md", &comment(&refused()));
}

#[test]
fn terminals_get_the_same_in_the_same_order() {
    golden("review.txt", &render::terminal(&review(), &sources(), Colour::Plain));
    golden("clean.txt", &render::terminal(&clean(), &[], Colour::Plain));
    golden("broken.txt", &render::terminal(&broken(), &[], Colour::Plain));
    golden("failed.txt", &render::terminal(&failed(), &[], Colour::Plain));
}

#[test]
fn colours_are_there_only_when_asked_for() {
    assert!(!render::terminal(&review(), &sources(), Colour::Plain).contains('\u{1b}'));
    assert!(render::terminal(&review(), &sources(), Colour::Ansi).contains("\u{1b}[1;31mDo not merge yet"));
}

#[test]
fn json_has_a_version_and_everything_else() {
    golden("review.json", &render::json(&[&review()]));
    golden("failed.json", &render::json(&[&failed()]));
}

#[test]
fn sarif_is_what_code_scanning_takes() {
    let rules: Vec<RuleDoc<'_>> = example::RULES
        .iter()
        .map(|&(id, level, summary)| RuleDoc { id, summary, help_markdown: "# Help", level })
        .collect();
    let sarif = render::sarif(&[&review()], &rules);
    golden("review.sarif", &sarif.replace(env!("CARGO_PKG_VERSION"), "0.0.0"));
    conforms(&sarif);
    conforms(&render::sarif(&[&hostile::report(&hostile::NASTY.join(" "))], &rules));
}

/// Checks against the published schema, where the folder of contracts is at hand.
#[expect(clippy::disallowed_methods, reason = "the folder of contracts is named by the environment")]
#[expect(clippy::print_stderr, reason = "a check that did not run says so")]
fn conforms(sarif: &str) {
    let Some(contracts) = std::env::var_os("PLINTH_CONTRACTS") else {
        eprintln!("PLINTH_CONTRACTS is not set: not checked against the schema of SARIF");
        return;
    };
    let schema = fs::read_to_string(Path::new(&contracts).join("schemas/sarif-2.1.0.json"))
        .expect("the schema is there");
    let validator =
        jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema");
    let document = serde_json::from_str(sarif).expect("JSON");
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn diagrams_of_any_names_are_what_mermaid_reads() {
    // Mermaid 11 parses this document; it was tried in a browser when the document was made.
    golden("hostile.mmd", &plinth::review::diagram_of_all(&hostile::realm()));
}

#[test]
fn schemas_have_the_shape_of_atlas() {
    golden("schema.json", &render::schema_json(&example::after()));
}

#[test]
fn errors_show_the_place_the_causes_and_the_way_out() {
    let source = Source::new("migrations/1.sql", "-- x\nCREATE TABEL t (id);\n\u{1b}[31mred");
    let error = Error::usage("`1.sql` cannot be read")
        .at(&source, Span::new(12, 17), "no such word")
        .because(std::io::Error::other("line 2\nbroke\u{7}"))
        .hint("write `TABLE`");
    golden("error.txt", &render::error(&error, Colour::Plain));
    golden("error-bare.txt", &render::error(&Error::outside("`db` is gone").hint("start it"), Colour::Plain));
}

#[test]
fn templates_can_be_replaced_and_say_where_they_fail() {
    let own = Templates::embedded().with("comment.md.j2", "{{ verdict.text }}\n{{ nothing.here }}").unwrap();
    let error = render::comment(&review(), &own, COMMENT).unwrap_err();
    assert_eq!(
        error.message(),
        "`comment.md.j2:2` cannot be filled in: undefined value: `nothing` is undefined"
    );
    let own = Templates::embedded().with("footer.md.j2", "by {{ verdict.risk }}").unwrap();
    assert!(render::comment(&review(), &own, COMMENT).unwrap().ends_with("\nby red"));
    let error = Templates::embedded().with("comment.md.j2", "a\n{% if %}").unwrap_err();
    assert!(error.message().starts_with("`comment.md.j2:2` cannot be filled in: syntax error"), "{error}");
    let error = Templates::embedded().with("other.md.j2", "").unwrap_err();
    assert_eq!(error.message(), "there is no template `other.md.j2` to replace");
}

#[test]
fn templates_that_do_not_end_are_stopped() {
    let endless =
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ loop.index }}{% endfor %}{% endfor %}";
    let own = Templates::embedded().with("footer.md.j2", endless).unwrap();
    let text = render::comment(&review(), &own, COMMENT).unwrap();
    assert!(text.starts_with("### 🔴"), "the embedded ones are used where the limit is passed");
    let silent = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
    let own = Templates::embedded().with("footer.md.j2", silent).unwrap();
    let error = render::comment(&review(), &own, COMMENT).unwrap_err();
    assert!(error.message().contains("engine ran out of fuel"), "{error}");
}

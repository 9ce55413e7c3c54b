//! What platforms make of their surroundings, and what they print.

use std::{fs, path::Path};

use plinth::{
    env::Env,
    finding::{Evidence, Finding, FindingSet, Level, Place, RuleId},
    platform::{Effect, Event, Output, Trigger, detect},
    prose,
    prose::Prose,
    report::{Kind, Origin, Report, Risk, Verdict},
    text::{Position, Span},
    trust::Trust,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{
    contracts,
    runner::{commands, values},
};

fn env(variables: &[(&str, &str)]) -> Env {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn github(more: &[(&str, &str)]) -> Env {
    env(&[
        &[("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "/summary"), ("GITHUB_OUTPUT", "/output")],
        more,
    ]
    .concat())
}

#[test]
fn github_actions_is_known_by_its_variable_and_all_else_is_local() {
    assert_eq!(detect(&github(&[])).title(), "GitHub Actions");
    assert_eq!(detect(&env(&[("GITHUB_ACTIONS", "false")])).title(), "this machine");
    let trigger = detect(&env(&[])).trigger(&env(&[]), None).unwrap();
    assert_eq!((trigger.event, trigger.trust), (Event::Local, Trust::Trusted));
}

#[test]
fn an_input_is_the_first_variable_that_is_not_blank() {
    let value = |env: &Env| {
        detect(env).input(env, "dev-url").map(|given| format!("{}={}", given.variable, given.value))
    };
    let all = [
        ("ATLAS_INPUT_DEV_URL", "atlas"),
        ("INPUT_DEV-URL", " dashes\n"),
        ("INPUT_DEV_URL", "underscores"),
        ("PLINTH_INPUT_DEV_URL", "own"),
    ];
    assert_eq!(value(&github(&all)).as_deref(), Some("PLINTH_INPUT_DEV_URL=own"));
    assert_eq!(value(&github(&all[..3])).as_deref(), Some("INPUT_DEV-URL=dashes"));
    assert_eq!(value(&github(&all[..1])).as_deref(), Some("ATLAS_INPUT_DEV_URL=atlas"));
    assert_eq!(value(&github(&[("INPUT_DEV-URL", " \n")])), None);
    assert_eq!(value(&env(&all[..3])).as_deref(), Some("INPUT_DEV_URL=underscores"));
    assert_eq!(value(&env(&all)).as_deref(), Some("PLINTH_INPUT_DEV_URL=own"));
}

/// The facts of a trigger on one line each, as the cases spell them.
fn facts(trigger: &Trigger) -> Value {
    let pull = trigger.pull_request.as_ref().map(|pull| {
        let fork = if pull.fork { " from a fork" } else { "" };
        format!(
            "#{} {}..{} on {} by {}{fork}",
            pull.number, pull.base, pull.head, pull.base_branch, pull.author
        )
    });
    serde_json::json!({
        "event": format!("{:?}", trigger.event),
        "trust": trigger.trust.to_string(),
        "head": trigger.head,
        "base": trigger.base,
        "branch": trigger.branch,
        "pull": pull,
        "default": trigger.repository.as_ref().and_then(|repository| repository.default_branch.clone()),
    })
}

#[test]
fn every_event_of_github_becomes_its_trigger() {
    let folder = Path::new("tests/cases/platforms/github");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 20, "the cases are there");
    for path in names {
        let case: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let variables: Vec<_> = case["env"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let env = github(&variables);
        let payload = case.get("event").map(Value::to_string);
        let shown = match detect(&env).trigger(&env, payload.as_deref()) {
            Ok(trigger) => facts(&trigger),
            Err(error) => Value::from(error.message()),
        };
        assert_eq!(shown, case["expect"], "{}", path.display());
    }
}

#[test]
fn the_vendors_own_event_files_become_their_triggers() {
    let Some(folder) = contracts::folder() else { return };
    let opened = ("PullRequest", "internal", "ec26c3e57ca3a959ca5aad62de7213c562f8c821", Some(2));
    let closed = ("Other", opened.1, opened.2, opened.3);
    let pushed = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
    let run = "1111111111111111111111111111111111111111";
    let expected = [
        ("issue_comment.created-on-pr.derived", ("Privileged", "untrusted", "", None)),
        ("issue_comment.created", ("Other", "untrusted", "", None)),
        (
            "merge_group.checks_requested",
            ("MergeGroup", "internal", "2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d", None),
        ),
        ("pull_request.closed-merged.derived", closed),
        ("pull_request.closed", closed),
        ("pull_request.labeled", opened),
        ("pull_request.opened-fork.derived", ("PullRequest", "untrusted", opened.2, opened.3)),
        ("pull_request.opened", opened),
        ("pull_request.ready_for_review", opened),
        ("pull_request.reopened", opened),
        ("pull_request.synchronize", opened),
        ("push.branch-created", ("Push", "trusted", pushed, None)),
        ("push.branch-deleted.derived", ("Deleted", "internal", "", None)),
        ("push.branch-updated.derived", ("Push", "trusted", pushed, None)),
        ("push.tag-deleted", ("Deleted", "internal", "", None)),
        ("workflow_dispatch", ("Dispatch", "trusted", run, None)),
    ];
    let mut files: Vec<_> = fs::read_dir(folder.join("github/events"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().trim_end_matches(".json").to_owned())
        .collect();
    files.sort();
    let mut known = expected.map(|(name, _)| name);
    known.sort_unstable();
    assert_eq!(files, known, "every event file has an expectation");

    for (name, (event, trust, head, pull)) in expected {
        let text = fs::read_to_string(folder.join(format!("github/events/{name}.json"))).unwrap();
        let env = github(&[
            ("GITHUB_EVENT_NAME", name.split('.').next().unwrap()),
            ("GITHUB_REF", "refs/heads/master"),
            ("GITHUB_SHA", run),
        ]);
        let trigger = detect(&env).trigger(&env, Some(&text)).unwrap();
        let number = trigger.pull_request.as_ref().map(|pull| pull.number);
        assert_eq!(format!("{:?}", trigger.event), event, "{name}");
        assert_eq!(trigger.trust.to_string(), trust, "{name}");
        assert_eq!(trigger.head.as_deref().unwrap_or_default(), head, "{name}");
        assert_eq!(number, pull, "{name}");
        assert!(trigger.repository.unwrap().default_branch.is_some(), "{name}");
    }
}

#[test]
fn the_surroundings_of_a_run_are_told() {
    let env = github(&[
        ("GITHUB_EVENT_NAME", "schedule"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_API_URL", "https://ghe.example.com/api/v3/"),
        ("GITHUB_SERVER_URL", "https://ghe.example.com"),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_ACTOR", "ada"),
        ("GITHUB_TOKEN", "ghs_secret"),
        ("GITHUB_EVENT_PATH", "/event.json"),
    ]);
    let platform = detect(&env);
    assert_eq!(platform.event_file(&env).as_deref(), Some("/event.json"));
    let trigger = platform.trigger(&env, None).unwrap();
    assert!(!format!("{trigger:?}").contains("ghs_secret"));
    let repository = trigger.repository.unwrap();
    assert_eq!(repository.api_url, "https://ghe.example.com/api/v3");
    assert_eq!(repository.token.unwrap().expose(), "ghs_secret");
    assert_eq!(trigger.log_url.as_deref(), Some("https://ghe.example.com/acme/shop/actions/runs/42"));
    assert_eq!((trigger.run, trigger.actor.as_deref()), (Some(42), Some("ada")));
}

fn finding(level: Level, path: &str, name: &str) -> Finding {
    Finding {
        rule: RuleId { code: "DS103", name: "drop-column", analyzer: "destructive" },
        level,
        evidence: Evidence::State,
        place: Place {
            path: path.to_owned(),
            span: Span::new(0, 1),
            start: Position { line: 3, column: 1 },
            end: Position { line: 4, column: 9 },
        },
        statement: String::new(),
        object: None,
        headline: prose!("dropping {} deletes its data", name),
        seen: Prose::default(),
        instead: Prose::plain("Ship a release first."),
        fix: None,
    }
}

fn report(findings: Vec<Finding>) -> Report {
    Report {
        project: "m".to_owned(),
        kind: Kind::Review,
        verdict: Verdict { risk: Risk::Red, text: Prose::plain("do not merge yet") },
        summary: Vec::new(),
        objects: Vec::new(),
        findings: FindingSet { findings, silenced: Vec::new() },
        files: Vec::new(),
        diagram: None,
        broken: None,
        notes: Vec::new(),
        applied: None,
        origin: Origin {
            server: "SQLite".to_owned(),
            format: None,
            head: None,
            base: None,
            base_branch: None,
            plan: None,
            dev_database: None,
            trust: Trust::Untrusted,
            log_url: None,
            run: None,
            blob_url: None,
            rules_url: None,
            reproduce: "plinth ci".to_owned(),
        },
    }
}

fn log(effects: &[Effect]) -> String {
    let lines = effects.iter().filter_map(|effect| match effect {
        Effect::Log(line) => Some(line.as_str()),
        Effect::Append { .. } | Effect::Write { .. } => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn findings_are_annotations_with_their_lines() {
    let env = github(&[]);
    let effects =
        detect(&env).show(&env, &[report(vec![finding(Level::Error, "m/1.sql", "a.b")])], "# Summary");
    let obeyed = commands(&log(&effects));
    assert_eq!(obeyed.len(), 1);
    assert_eq!(obeyed[0].name, "error");
    assert_eq!(obeyed[0].property("file"), Some("m/1.sql"));
    assert_eq!((obeyed[0].property("line"), obeyed[0].property("endLine")), (Some("3"), Some("4")));
    assert_eq!(obeyed[0].property("title"), Some("DS103 drop-column"));
    assert_eq!(obeyed[0].data, "dropping `a.b` deletes its data\nInstead: Ship a release first.");
    let summary = Effect::Append { path: "/summary".to_owned(), text: "# Summary\n".to_owned() };
    assert_eq!(effects.last(), Some(&summary));
}

#[test]
fn of_many_findings_the_worst_are_annotated_and_the_first_line_counts_them() {
    let mut findings = vec![finding(Level::Info, "m/1.sql", "info")];
    findings.extend((0..12).map(|number| finding(Level::Warning, "m/1.sql", &format!("w{number}"))));
    findings.extend((0..3).map(|number| finding(Level::Error, "m/1.sql", &format!("e{number}"))));
    let halves = [report(findings.split_off(8)), report(findings)];
    let env = github(&[]);
    let obeyed = commands(&log(&detect(&env).show(&env, &halves, "")));
    let names: Vec<_> = obeyed.iter().map(|command| command.name.as_str()).collect();
    let expected = [&["warning"][..], &["error"; 3], &["warning"; 9], &["notice"]].concat();
    assert_eq!(names, expected);
    let first =
        "3 errors, 12 warnings, 1 notice: the worst are shown here, all of them in the summary of the job";
    assert_eq!(obeyed[0].data, first);
}

#[test]
fn secrets_are_masked_unless_they_are_too_short() {
    let env = github(&[]);
    let obeyed = commands(&log(&detect(&env).mask(&["p%40ss\nword", "abc", "  ab  "])));
    assert_eq!(obeyed.len(), 1);
    assert_eq!((obeyed[0].name.as_str(), obeyed[0].data.as_str()), ("add-mask", "p%40ss\nword"));
}

#[test]
fn without_the_files_of_the_runner_nothing_is_handed_over() {
    let env = env(&[("GITHUB_ACTIONS", "true")]);
    let output = Output { name: "report", value: "x".to_owned() };
    assert_eq!(detect(&env).hand_over(&env, &[output]).unwrap(), []);
    assert_eq!(detect(&env).show(&env, &[report(Vec::new())], "x"), []);
}

const HIDDEN: [char; 6] = ['\r', '\x1b', '\0', '\u{202e}', '\u{200b}', '\u{2028}'];

/// Text of an author who knows the grammar.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = [
        "::",
        "##[",
        "]",
        "::error",
        "::add-mask::x",
        "##[set-output name=a]b",
        "::set-output name=x::y",
        "::stop-commands::t",
        "\n",
        "\r",
        "\r\n",
        "%0A",
        "%25",
        ",line=1",
        "file=",
        " ",
        "\u{a0}",
        "\u{2003}",
        "\u{feff}",
        "\u{200b}",
        "\u{202e}",
        "\x1b[31m",
        "\0",
        "=",
        "<<",
        "<<EOF",
        "EOF",
        "plinth_0",
        "🔴",
        "é",
        "`",
        "\t",
        "##",
        "[",
        "\u{2028}",
        "\u{85}",
        "\u{c}",
    ];
    let piece =
        prop_oneof![4 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_in_a_log_line_is_obeyed(text in hostile()) {
        for env in [github(&[]), env(&[])] {
            let line = detect(&env).log_line(&text);
            prop_assert!(!line.contains(HIDDEN), "{:?}", line);
            prop_assert!(!line.contains('\n'));
        }
        let line = detect(&github(&[])).log_line(&text);
        prop_assert_eq!(commands(&line), []);
    }

    #[test]
    fn hostile_findings_stay_inside_their_annotation(path in hostile(), name in hostile(), levels in 1..4_usize) {
        let levels = [Level::Error, Level::Warning, Level::Info].into_iter().take(levels);
        let findings: Vec<_> = levels.map(|level| finding(level, &path, &name)).collect();
        let env = github(&[]);
        let log = log(&detect(&env).show(&env, &[report(findings.clone())], ""));
        prop_assert!(!log.contains(HIDDEN), "{:?}", log);
        prop_assert_eq!(log.lines().count(), findings.len());
        let obeyed = commands(&log);
        let names: Vec<_> = obeyed.iter().map(|command| command.name.as_str()).collect();
        prop_assert_eq!(&names[..], &["error", "warning", "notice"][..findings.len()]);
        for command in &obeyed {
            let keys: Vec<_> = command.properties.iter().map(|(key, _)| key.as_str()).collect();
            prop_assert_eq!(keys, ["file", "line", "endLine", "title"]);
            prop_assert!(command.data.starts_with("dropping `"));
            prop_assert!(command.data.encode_utf16().count() <= 4096);
        }
    }

    #[test]
    fn outputs_come_back_as_they_were(one in hostile(), two in hostile()) {
        let outputs = [Output { name: "report", value: one.clone() }, Output { name: "dev-url", value: two.clone() }];
        let env = github(&[]);
        let effects = detect(&env).hand_over(&env, &outputs).unwrap();
        let [Effect::Append { path, text }] = &effects[..] else { panic!("one file") };
        prop_assert_eq!(path, "/output");
        prop_assert_eq!(values(text).unwrap(), [("report".to_owned(), one), ("dev-url".to_owned(), two)]);
    }
}

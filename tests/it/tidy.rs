//! The architecture's invariants, checked against the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The layers from the bottom; a module uses only those of its own layer or below.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &["env", "error", "folder", "pending", "prose", "secret", "text", "trust"]),
    ("model", &["change", "finding", "plan", "report", "schema"]),
    (
        "engine",
        &["diff", "hcl", "lint", "migrations", "planner", "review", "sql", "step", "testing", "dialect"],
    ),
    (
        "edge",
        &["db", "devdb", "editor", "files", "forge", "git", "platform", "render", "state", "trace", "trial"],
    ),
    ("operations", &["actions", "manifest"]),
    ("program", &["cli", "run", "main", "lib"]),
];

/// The edge modules that may use each other: who, and whom.
const EDGES: &[(&str, &[&str])] = &[
    ("db", &["files"]),
    ("devdb", &["db", "files"]),
    ("forge", &["platform"]),
    ("state", &["db", "devdb", "files"]),
    ("trace", &["db", "devdb"]),
    ("trial", &["db", "devdb"]),
];

/// The only places that may name a library or a door of the standard library.
const DOORS: &[(&str, &[&str])] = &[
    ("sqlx", &["src/db/"]),
    ("libsqlite3_sys", &["src/db/"]),
    ("unsafe", &["src/db/sqlite/guard.rs", "src/devdb/descriptors.rs"]),
    ("octocrab", &["src/forge/github"]),
    ("sqlparser", &["src/sql/"]),
    ("sqlite3_parser", &["src/sql/"]),
    ("minijinja", &["src/render/"]),
    ("clap", &["src/cli.rs"]),
    ("hcl_edit", &["src/hcl/"]),
    ("quick_junit", &["src/render/"]),
    ("regex", &["src/testing/"]),
    ("gix", &["src/git/"]),
    ("std::fs", &["src/files.rs", "src/files/"]),
    ("std::env", &["src/run.rs"]),
    ("std::process::Command", &["src/devdb/", "src/editor.rs"]),
    ("tokio::process", &["src/devdb/"]),
];

/// Lines that a file may have; longer ones are more than one subject.
const LONGEST: usize = 600;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> BTreeMap<String, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&root().join("src"), &mut found);
    found
}

/// Without comments and string literals, so that prose does not count as use.
fn code(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        let outside = line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
        out.push_str(&outside);
        out.push('\n');
    }
    out
}

fn module_of(path: &str) -> &str {
    path.trim_start_matches("src/").split('/').next().unwrap().trim_end_matches(".rs")
}

fn layer_of(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|(_, modules)| modules.contains(&module))
        .unwrap_or_else(|| panic!("module `{module}` is in no layer"))
}

/// The modules of this crate that the code names by `crate::…`, also inside braces.
fn used_modules(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let known: BTreeSet<&str> = LAYERS.iter().flat_map(|(_, modules)| modules.iter().copied()).collect();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(inside) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for letter in inside.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    _ => {}
                }
                if letter.is_alphanumeric() || letter == '_' {
                    word.push(letter);
                } else {
                    if depth == 0 && known.contains(word.as_str()) {
                        used.insert(word.clone());
                    }
                    word.clear();
                }
            }
        } else {
            let word: String =
                rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            if known.contains(word.as_str()) {
                used.insert(word);
            }
        }
    }
    used
}

#[test]
fn a_module_uses_only_its_own_layer_and_those_below() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = module_of(&path).to_owned();
        for used in used_modules(&code(&text)) {
            let (own, other) = (layer_of(&module), layer_of(&used));
            let edge = LAYERS[own].0 == "edge" && own == other && used != module;
            let allowed = EDGES.iter().any(|(who, whom)| *who == module && whom.contains(&used.as_str()));
            if other > own || (edge && !allowed) {
                wrong.push(format!("{path} uses `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_library_has_one_door() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let code = code(&text);
        for (library, doors) in DOORS {
            let named = code.match_indices(library).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                let after = code[at + library.len()..].chars().next();
                let word = |letter: Option<char>| letter.is_some_and(|c| c.is_alphanumeric() || c == '_');
                !word(before) && !word(after)
            });
            if named && !doors.iter().any(|door| path.starts_with(door)) {
                wrong.push(format!("{path} names `{library}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_dialects_and_their_table_name_a_dialect() {
    for (path, text) in sources() {
        let named = code(&text).contains("DialectId::Sqlite");
        // A rule says for which dialects it is; it does not ask which one it has.
        let doors = ["src/dialect/", "src/db/", "src/devdb/", "src/lint/rules/"];
        let allowed = doors.iter().any(|door| path.starts_with(door));
        assert!(!named || allowed, "{path} asks which dialect it has");
    }
}

#[test]
fn the_model_has_no_wire_format() {
    for (path, text) in sources() {
        let layer = LAYERS[layer_of(module_of(&path))].0;
        let derives = code(&text).contains("Serialize");
        assert!(!derives || !["base", "model", "engine"].contains(&layer), "{path} knows a wire format");
    }
}

#[test]
fn a_file_has_one_subject() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:#?}");
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{path} has no module documentation");
    }
}

#[test]
fn every_module_stands_in_the_architecture_page() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(page.lines().count() <= 200, "ARCHITECTURE.md has more than 200 lines");
    for (path, _) in sources() {
        let module = module_of(&path);
        assert!(page.contains(&format!("`{module}")), "ARCHITECTURE.md does not name `{module}`");
    }
}

#[test]
fn every_rule_and_operation_is_in_its_table() {
    let sources = sources();
    for (folder, table) in
        [("src/lint/rules/", "src/lint/rules/mod.rs"), ("src/actions/", "src/actions/mod.rs")]
    {
        for path in sources.keys().filter(|path| path.starts_with(folder) && path.as_str() != table) {
            let module = Path::new(path).file_stem().unwrap().to_str().unwrap();
            assert!(sources[table].contains(&format!("mod {module};")), "{path} is in no table");
        }
    }
}

#[test]
fn every_declared_input_is_read() {
    let sources = sources();
    let declarations = sources["src/actions/inputs.rs"].clone()
        + &sources
            .iter()
            .filter(|(path, _)| path.starts_with("src/actions/"))
            .map(|(_, text)| text.as_str())
            .collect::<String>();
    let names: BTreeSet<&str> = declarations
        .split("static ")
        .skip(1)
        .filter_map(|rest| rest.split_once(": Input<").map(|(name, _)| name))
        .filter(|name| name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'))
        .collect();
    assert!(names.len() > 5, "{names:?}");
    let readers = ["get(&", "need(&", "is_on(&", "is_given(&", "only(cx, &"];
    for name in names {
        let read = sources.iter().filter(|(path, _)| path.starts_with("src/actions/")).any(|(path, text)| {
            path.as_str() != "src/actions/input.rs"
                && readers.iter().any(|reader| {
                    ["", "inputs::", "ci::"].iter().any(|module| {
                        let call = format!("{reader}{module}{name}");
                        [")", ","].iter().any(|end| text.contains(&(call.clone() + end)))
                    })
                })
        }) || ["NAME", "MODE", "WAIT", "PASSWORD", "OTHER"].contains(&name);
        assert!(read, "the input `{name}` is declared and never read");
    }
}

#[test]
fn versions_agree() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(changelog.contains(&format!("## [{version}]")) || changelog.contains("## [Unreleased]"));
}

//! Generated files are what the tables say; `UPDATE=1` rewrites them.

use std::{fs, path::Path};

use crate::support::{available, contracts};

#[test]
#[expect(clippy::disallowed_methods, reason = "the one switch of generated files")]
fn generated_files_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let update = std::env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    for file in plinth::manifest::all() {
        let path = root.join(&file.path);
        if std::fs::read_to_string(&path).ok().as_deref() == Some(&file.text) {
            continue;
        }
        if update {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &file.text).unwrap();
        } else {
            stale.push(file.path);
        }
    }
    assert!(stale.is_empty(), "run again with UPDATE=1 to rewrite {stale:?}");
}

#[test]
fn no_rule_page_is_left_behind() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let generated = plinth::manifest::all();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            generated.iter().any(|file| file.path == format!("docs/rules/{name}")),
            "`docs/rules/{name}` belongs to no rule"
        );
    }
}

#[test]
fn the_action_and_the_workflows_have_the_form_that_github_reads() {
    let contracts = contracts::folder();
    if !available("PLINTH_CONTRACTS", contracts.is_some()) {
        return;
    }
    let schemas = contracts.unwrap().join("schemas");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    check(&schemas.join("github-action.json"), &root.join("action.yml"));
    let workflows = fs::read_dir(root.join(".github/workflows")).unwrap();
    for workflow in workflows {
        check(&schemas.join("github-workflow.json"), &workflow.unwrap().path());
    }
}

fn check(schema: &Path, file: &Path) {
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let value: serde_json::Value = serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<_> =
        validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{}: {faults:#?}", file.display());
}

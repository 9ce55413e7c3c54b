//! What the README tells people to type works as it stands there.

use std::{fs, path::Path};

use crate::support::sandbox::Sandbox;

/// Commands that start the program, by what they begin with.
const STARTS: [&str; 2] = ["plinth ", "cargo run --release -- "];

/// Commands that are not run here, each with the reason.
const NOT_RUN: [(&str, &str); 1] = [("tests/run", "it would run this test again")];

/// Commands that end with another exit code than zero, and which.
const OBJECTS: [(&str, i32); 1] = [("cargo run --release -- ci", 1)];

#[test]
fn every_command_of_the_readme_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mut ran = 0;
    for block in blocks(&readme, "sh") {
        let sandbox = project(root);
        for line in block.lines().filter(|line| !line.trim().is_empty()) {
            let command = line.split(" # ").next().unwrap_or_default().trim();
            if NOT_RUN.iter().any(|(known, _)| *known == command) {
                continue;
            }
            let Some(arguments) = STARTS.iter().find_map(|start| command.strip_prefix(start)) else {
                panic!("`{command}` is neither run nor left out with a reason");
            };
            let objects = OBJECTS.iter().find(|(start, _)| command.starts_with(start));
            let run = sandbox.plinth(arguments);
            assert_eq!(run.code, objects.map_or(0, |(_, code)| *code), "{command}: {}", run.all());
            assert!(!run.stdout.is_empty(), "`{command}` says nothing");
            ran += 1;
        }
    }
    assert!(ran >= 6, "only {ran} commands were found");
}

/// A repository with the shop's schema and migrations at its top and in `examples/shop`, on `main`.
fn project(root: &Path) -> Sandbox {
    let sandbox = Sandbox::repository(&[]);
    let shop = root.join("examples/shop");
    for folder in ["", "examples/shop/"] {
        sandbox.write(&format!("{folder}schema.sql"), &fs::read_to_string(shop.join("schema.sql")).unwrap());
        for entry in fs::read_dir(shop.join("migrations")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            sandbox.write(&format!("{folder}migrations/{name}"), &fs::read_to_string(&path).unwrap());
        }
    }
    sandbox.checkout.commit("the shop");
    sandbox
}

/// The contents of the fenced blocks in this language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.split(open.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

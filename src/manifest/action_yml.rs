//! `action.yml`: the Docker container action of GitHub.

use super::{Generated, inputs_by_name};
use crate::actions;

/// Makes the file.
pub(super) fn generate() -> Generated {
    let mut text = String::from(
        "# Generated from the table of operations by `UPDATE=1 cargo nextest run -E 'test(generated)'`.\n\
         name: Plinth\n\
         description: Reviews every database schema change in the pull request and applies it on merge\n\
         author: The Plinth authors\n\
         branding:\n  icon: database\n  color: blue\n\
         inputs:\n",
    );
    let ids: Vec<_> = actions::ALL.iter().map(|spec| spec.id).collect();
    let action = format!("What to do: one of {}. `ci` chooses by the event.", ids.join(", "));
    input(&mut text, "action", &action, "ci");
    input(&mut text, actions::WORKING_DIRECTORY, "The folder to work in, relative to the repository.", "");
    for (name, variants) in inputs_by_name() {
        let several = variants.len() > 1;
        let docs: Vec<_> = variants
            .iter()
            .map(|(input, users)| {
                if several {
                    format!("{} ({}).", input.docs, users.join(", "))
                } else {
                    format!("{}.", input.docs)
                }
            })
            .collect();
        // Defaults stay with the program: one written here would look like a value that was given.
        input(&mut text, name, &docs.join(" "), "");
    }
    text.push_str("outputs:\n");
    let mut outputs: Vec<_> = actions::ALL.iter().flat_map(|spec| spec.outputs).collect();
    outputs.sort_by_key(|output| output.name);
    outputs.dedup_by_key(|output| output.name);
    for output in outputs {
        text.push_str(&format!("  {}:\n    description: {}\n", output.name, quoted(output.docs)));
    }
    text.push_str("runs:\n  using: docker\n  image: Dockerfile\n");
    Generated { path: "action.yml".to_owned(), text }
}

fn input(text: &mut String, name: &str, docs: &str, default: &str) {
    text.push_str(&format!("  {name}:\n    description: {}\n    required: false\n", quoted(docs)));
    if !default.is_empty() {
        text.push_str(&format!("    default: {default}\n"));
    }
}

/// A YAML double-quoted scalar, which is a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

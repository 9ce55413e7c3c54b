//! The table of operations → `action.yml` and the reference documentation.
//!
//! Generated files are committed; a test compares them, and rewrites them with `UPDATE=1`.

mod action_yml;
mod reference;

use std::collections::BTreeMap;

use crate::actions::{self, InputSpec};

/// A generated file: its path in the repository and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The path, relative to the repository.
    pub path: String,
    /// The text.
    pub text: String,
}

/// Every generated file.
pub fn all() -> Vec<Generated> {
    let mut files = vec![action_yml::generate()];
    files.extend(reference::generate());
    files
}

/// The inputs of all operations by name, each with the operations that take it.
///
/// Two operations may use one name for different things; then both descriptions are kept.
fn inputs_by_name() -> BTreeMap<&'static str, Vec<(&'static InputSpec, Vec<&'static str>)>> {
    let mut inputs: BTreeMap<_, Vec<(&InputSpec, Vec<&str>)>> = BTreeMap::new();
    for spec in actions::ALL {
        for input in spec.inputs {
            let same_name = inputs.entry(input.name).or_default();
            match same_name.iter_mut().find(|(known, _)| known.docs == input.docs) {
                Some((_, users)) => users.push(spec.id),
                None => same_name.push((*input, vec![spec.id])),
            }
        }
    }
    inputs
}

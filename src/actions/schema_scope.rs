//! Which schemas a plan is about: inputs of Atlas that SQLite, with its one schema, has little use for.

use super::{Context, inputs};
use crate::error::{Error, Result};

/// The one schema that there is.
const ONLY: &str = "main";

/// Refuses schemas that are not there, and names in front of tables where there is nothing to choose.
pub(super) fn check(cx: &Context) -> Result<()> {
    let schemas = cx.inputs.get(&inputs::SCHEMA)?.unwrap_or_default();
    if let Some(other) = schemas.iter().find(|schema| *schema != ONLY) {
        return Err(Error::usage(format!("there is no schema `{other}`")).hint("SQLite has only `main`"));
    }
    match cx.inputs.get(&inputs::QUALIFIER)? {
        None => Ok(()),
        Some(qualifier) => Err(Error::usage(format!("`qualifier` cannot be `{qualifier}`"))
            .hint("SQLite has one schema, so that names need none in front of them: leave the input out")),
    }
}

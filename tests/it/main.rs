//! The one integration binary: the modules in reading order.
#![expect(clippy::unwrap_used, reason = "a test that unwraps fails, as it should")]

mod forge;
mod git;
mod migrations;
mod platform;
mod render;
mod sql;
mod support;

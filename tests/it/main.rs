//! The one integration binary: the modules in reading order.
#![expect(clippy::unwrap_used, reason = "a test that unwraps fails, as it should")]

mod adopt;
mod apply;
mod at_once;
mod autorebase;
mod bad_input;
mod ci;
mod cli;
mod container;
mod devdb;
mod directory;
mod docs;
mod down;
mod drafts;
mod forge;
mod formats;
mod generated;
mod git;
mod hostile;
mod import;
mod kill;
mod migrate_test;
mod migrations;
mod oracle;
mod platform;
mod rebuilds;
mod render;
mod rules;
mod sql;
mod state;
mod stories;
mod support;
mod tidy;
mod trace;

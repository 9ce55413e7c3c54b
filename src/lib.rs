//! Plinth reviews every database schema change in the pull request and applies it on merge.
//!
//! The modules in reading order; `ARCHITECTURE.md` explains the layers and what each may use.

// base
pub mod env;
pub mod error;
pub mod folder;
pub mod pending;
pub mod prose;
pub mod secret;
pub mod text;
pub mod trust;

// model
pub mod change;
pub mod finding;
pub mod plan;
pub mod report;
pub mod schema;

// engine
pub mod diff;
pub mod hcl;
pub mod lint;
pub mod migrations;
pub mod planner;
pub mod review;
pub mod sql;
pub mod step;
pub mod testing;

// dialects
pub mod dialect;

// edge
pub mod db;
pub mod devdb;
pub mod editor;
pub mod files;
pub mod forge;
pub mod git;
pub mod platform;
pub mod render;
pub mod state;
pub mod trace;
pub mod trial;

// operations
pub mod actions;
pub mod manifest;

// program
pub mod cli;
pub mod run;

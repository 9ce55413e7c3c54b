//! `ci` as a workflow meets it: the built program in the environment of GitHub's runner, in real
//! repositories, against a fake of the forge whose every exchange is checked.
//!
//! A snapshot is the exit code, both streams, the comments, the outputs and the summary of the step.

mod applies;
mod autorebase;
mod events;
mod faults;
mod hostile;
mod job;
mod policy;
mod reverts;
mod reviews;

//! `ci`, as a pipeline meets it.

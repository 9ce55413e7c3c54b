//! The futures that trait objects return.

use std::{future::Future, pin::Pin};

/// A future that a trait object may return, and that may move between threads.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

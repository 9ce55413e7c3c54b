//! SQLite: the connection, the guard around hostile SQL, and how a file of statements is run.

mod connect;
mod guard;
mod server;
mod session;
mod url;

pub(super) use connect::connect;
pub use connect::{open_guarded, version};
pub(super) use server::Sqlite;
pub use session::Session;
pub use url::{Place, Url};

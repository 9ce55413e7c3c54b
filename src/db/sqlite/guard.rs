//! The guard around a SQLite connection that runs SQL nobody has read yet.
//!
//! The driver has no interface for the authorizer, the limits and the defensive mode, so this module
//! calls the library itself, which is `unsafe`. It is the inner wall; the outer
//! one is the process around it, which can neither open nor grow a file.

#![expect(unsafe_code, reason = "the driver offers no safe way to SQLite's authorizer and limits")]

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    ptr,
    sync::Mutex,
};

use libsqlite3_sys as ffi;
use sqlx::SqliteConnection;

use super::session::db_error;
use crate::db::DbError;

/// What the guard refused last.
#[derive(Clone, Copy)]
pub(super) struct Refusals(&'static Mutex<Option<String>>);

impl Refusals {
    /// The last refusal, once.
    pub(super) fn take(self) -> Option<String> {
        self.0.lock().ok()?.take()
    }
}

/// What a connection under guard may not be asked, by limit: the library's default where none is set.
///
/// See <https://www.sqlite.org/c3ref/c_limit_attached.html>.
const LIMITS: [(c_int, c_int); 6] = [
    (ffi::SQLITE_LIMIT_ATTACHED, 0),
    (ffi::SQLITE_LIMIT_WORKER_THREADS, 0),
    (ffi::SQLITE_LIMIT_LENGTH, 64 << 20),
    (ffi::SQLITE_LIMIT_SQL_LENGTH, 32 << 20),
    (ffi::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    (ffi::SQLITE_LIMIT_TRIGGER_DEPTH, 100),
];

/// Switches of the connection; see <https://www.sqlite.org/c3ref/c_dbconfig_defensive.html>.
const SWITCHES: [(c_int, c_int); 7] = [
    (ffi::SQLITE_DBCONFIG_DEFENSIVE, 1),
    (ffi::SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0),
    (ffi::SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
    (ffi::SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    (ffi::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0),
    (ffi::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, 0),
    (ffi::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, 0),
];

/// Functions that reach outside of the database.
const FUNCTIONS: [&str; 6] = ["edit", "fts3_tokenizer", "load_extension", "lsdir", "readfile", "writefile"];

/// Settings that a migration has no business with, and that could reach outside or lift the guard.
const SETTINGS: [&str; 12] = [
    "activate_extensions",
    "data_store_directory",
    "hard_heap_limit",
    "hexkey",
    "key",
    "lock_proxy_file",
    "rekey",
    "schema_version",
    "soft_heap_limit",
    "temp_store_directory",
    "trusted_schema",
    "writable_schema",
];

/// Settings of storage and speed, which mean nothing in memory: they are accepted and do nothing.
const WITHOUT_EFFECT: [&str; 17] = [
    "auto_vacuum",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "default_cache_size",
    "incremental_vacuum",
    "journal_mode",
    "journal_size_limit",
    "locking_mode",
    "max_page_count",
    "mmap_size",
    "page_size",
    "synchronous",
    "temp_store",
    "threads",
    "wal_autocheckpoint",
    "wal_checkpoint",
];

/// Puts the guard around a connection, for as long as it lives.
pub(super) async fn harden(connection: &mut SqliteConnection) -> Result<Refusals, DbError> {
    // The library keeps the address and the connection is closed by a thread of its own at a time
    // that nobody learns of; a few bytes a connection stay until the process ends.
    let refusals: &'static Mutex<Option<String>> = Box::leak(Box::new(Mutex::new(None)));
    let mut handle = connection.lock_handle().await.map_err(|error| db_error(&error))?;
    let database = handle.as_raw_handle().as_ptr();
    for (limit, value) in LIMITS {
        // SAFETY: the handle is open and locked; the call takes plain numbers.
        unsafe { ffi::sqlite3_limit(database, limit, value) };
    }
    for (switch, value) in SWITCHES {
        // SAFETY: as above; every switch of the list takes an int and a pointer that may be null.
        let code = unsafe { ffi::sqlite3_db_config(database, switch, value, ptr::null_mut::<c_int>()) };
        if code != ffi::SQLITE_OK {
            return Err(DbError::new(format!("the guard could not set SQLite's switch {switch}")));
        }
    }
    let address = ptr::from_ref(refusals).cast_mut().cast::<c_void>();
    // SAFETY: `address` points to a value that is never freed, and `authorize` reads it as what it is.
    let code = unsafe { ffi::sqlite3_set_authorizer(database, Some(authorize), address) };
    if code == ffi::SQLITE_OK {
        Ok(Refusals(refusals))
    } else {
        Err(DbError::new("the guard could not be set"))
    }
}

/// Asked by the library for every part of every statement while it is prepared.
///
/// See <https://www.sqlite.org/c3ref/set_authorizer.html> for what the arguments are.
unsafe extern "C" fn authorize(
    refusals: *mut c_void,
    action: c_int,
    first: *const c_char,
    second: *const c_char,
    _database: *const c_char,
    _trigger: *const c_char,
) -> c_int {
    // SAFETY: the library passes null or a string that ends with a zero byte and outlives the call.
    let (first, second) = unsafe { (text(first), text(second)) };
    let what = match judge(action, first, second) {
        Verdict::Allowed => return ffi::SQLITE_OK,
        Verdict::WithoutEffect => return ffi::SQLITE_IGNORE,
        Verdict::Refused(what) => what,
    };
    // SAFETY: `harden` passed the address of a value of this type that is never freed.
    let refusals = unsafe { &*refusals.cast::<Mutex<Option<String>>>() };
    if let Ok(mut last) = refusals.lock() {
        *last = Some(what);
    }
    ffi::SQLITE_DENY
}

unsafe fn text<'a>(text: *const c_char) -> &'a CStr {
    if text.is_null() {
        return c"";
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }
}

enum Verdict {
    Allowed,
    WithoutEffect,
    Refused(String),
}

fn judge(action: c_int, first: &CStr, second: &CStr) -> Verdict {
    match action {
        ffi::SQLITE_ATTACH | ffi::SQLITE_DETACH => Verdict::Refused(
            "a dev database takes no ATTACH and DETACH, nor VACUUM, which is made of them".into(),
        ),
        ffi::SQLITE_FUNCTION if is_among(&FUNCTIONS, second) => Verdict::Refused(format!(
            "a dev database takes no `{}`",
            second.to_string_lossy().to_ascii_lowercase()
        )),
        ffi::SQLITE_PRAGMA => judge_setting(first, second),
        _ => Verdict::Allowed,
    }
}

fn judge_setting(name: &CStr, value: &CStr) -> Verdict {
    let is_question = value.is_empty();
    let is_version = name.to_bytes().eq_ignore_ascii_case(b"schema_version");
    if is_among(&SETTINGS, name) && !(is_question && is_version) {
        let name = name.to_string_lossy().to_ascii_lowercase();
        return Verdict::Refused(format!("a dev database takes no `PRAGMA {name}`"));
    }
    // Virtual tables ask for the size of a page.
    if is_among(&WITHOUT_EFFECT, name) && !is_question { Verdict::WithoutEffect } else { Verdict::Allowed }
}

fn is_among(names: &[&str], name: &CStr) -> bool {
    names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name.to_bytes()))
}

//! The child's side of a dev database: gives up every right it does not need, then answers requests.
//!
//! Before the first request the process has no file but its three streams, has limits on memory and time, cannot grow a file, runs as
//! nobody where it was root, and dies with its parent; before the first SQL it cannot open a file at
//! all, nor start a process or a thread. It needs no file system: it works in an empty container.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{descriptors, frame};
use crate::db::{self, DbError, Reply, Request, Session};

pub use super::child::ARGUMENT;

/// The most address space, in bytes; SQLite's own limit below it turns most floods into plain errors.
const ADDRESS_SPACE: u64 = 1 << 30;

/// The processor time where the parent names none, in seconds.
const SECONDS: u64 = 60;

/// Runs the dev database until the parent closes its end; `seconds` is the lifetime that it was given.
///
/// Called by the program itself as the very first thing, when its first argument is [`ARGUMENT`].
pub fn serve(seconds: Option<&str>) -> ExitCode {
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    descriptors::close_inherited();
    let confined = confine(seconds);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return ExitCode::FAILURE };
    let opened = match confined {
        Ok(()) => runtime.block_on(db::open_guarded()),
        Err(error) => Err(cannot_confine(&error)),
    };
    // The connection's thread is running: from here on there is nothing to open and nothing to start.
    let opened =
        opened.and_then(|session| close_the_door().map(|()| session).map_err(|error| cannot_confine(&error)));
    let mut session = match opened {
        Ok(session) => session,
        Err(error) => {
            reply(&Err(error)).ok();
            return ExitCode::FAILURE;
        }
    };
    let done = reply(&Ok(Reply::Done { changed: 0 })).and_then(|()| {
        while let Some(request) = request()? {
            reply(&runtime.block_on(session.call(request)))?;
        }
        Ok(())
    });
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Gives up what is not needed to open a database in memory.
fn confine(seconds: u64) -> io::Result<()> {
    limit(Resource::As, ADDRESS_SPACE)?;
    limit(Resource::Cpu, seconds.saturating_add(1))?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, 16)?;
    #[cfg(target_os = "linux")]
    {
        rustix::thread::set_no_new_privs(true)?;
        become_nobody();
        // After the change of user, which would clear it.
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    }
    Ok(())
}

/// Leaves no number for another file than the three pipes, and no room for another process.
fn close_the_door() -> io::Result<()> {
    limit(Resource::Nofile, 3)?;
    limit(Resource::Nproc, 0)
}

fn limit(resource: Resource, value: u64) -> io::Result<()> {
    // A parent may have set a lower one, which cannot be raised again.
    let value = rustix::process::getrlimit(resource).maximum.map_or(value, |maximum| value.min(maximum));
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}

/// Where the process is root, it becomes a user that owns nothing.
///
/// The process has one thread at this point. Inside of some containers no other user exists: then the
/// other walls have to do.
#[cfg(target_os = "linux")]
fn become_nobody() {
    use rustix::{
        process::{Gid, Uid, geteuid},
        thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid},
    };
    const NOBODY: u32 = 65_534;
    if geteuid().is_root() {
        let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        set_thread_groups(&[]).ok();
        set_thread_res_gid(group, group, group).ok();
        set_thread_res_uid(user, user, user).ok();
    }
}

fn cannot_confine(error: &io::Error) -> DbError {
    DbError::lost(format!("the operating system does not let the dev database be confined: {error}"))
}

fn request() -> io::Result<Option<Request>> {
    let mut input = io::stdin().lock();
    let mut head = [0; frame::HEAD];
    match input.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut message = vec![0; frame::length(head)?];
    input.read_exact(&mut message)?;
    frame::decode(&message).map(Some)
}

fn reply(answer: &Result<Reply, DbError>) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(&frame::encode(answer)?)?;
    output.flush()
}

//! Closing the files that a process got from whoever started it.

#![expect(unsafe_code, reason = "closing a descriptor by its number cannot be proven safe")]

use std::os::fd::BorrowedFd;

use rustix::{
    fs::{Dir, Mode, OFlags},
    process::{Resource, getrlimit},
};

/// The first number after the three standard streams.
const FIRST: i32 = 3;

/// The most numbers that are tried where the system does not list those in use.
const MOST: i32 = 65_536;

/// Closes every file but the three standard streams.
///
/// To be called before the program has opened anything, while it has one thread.
pub(super) fn close_inherited() {
    for number in listed().unwrap_or_else(|| (FIRST..limit()).collect()) {
        // SAFETY: nothing in this process owns a file beyond the standard streams yet; the call only asks.
        let is_open = rustix::io::fcntl_getfd(unsafe { BorrowedFd::borrow_raw(number) }).is_ok();
        if is_open {
            // SAFETY: as above, and the number is one of an open file.
            unsafe { rustix::io::close(number) };
        }
    }
}

/// The numbers in use beyond the standard streams; none where `/proc` is not there.
///
/// The listing's own number is among them when it is made, and free when it is returned.
fn listed() -> Option<Vec<i32>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open("/proc/self/fd", flags, Mode::empty()).ok()?;
    let mut numbers = Vec::new();
    for entry in Dir::new(folder).ok()? {
        let number = entry.ok()?.file_name().to_str().ok().and_then(|name| name.parse().ok());
        numbers.extend(number.filter(|number: &i32| *number >= FIRST));
    }
    Some(numbers)
}

fn limit() -> i32 {
    let most = getrlimit(Resource::Nofile).current.and_then(|most| i32::try_from(most).ok());
    most.map_or(MOST, |most| most.min(MOST))
}

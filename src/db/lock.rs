//! The lock that lets one run at a time change a SQLite database: Atlas's lock file.
//!
//! The file holds the moment when the lock expires, in nanoseconds since 1970. Plinth writes a `+` in
//! front of it, which Atlas reads as the same number, and holds the system's own lock on the file as
//! well: where the `+` is there and nobody holds the file, its writer is dead, and nobody waits for it.
//! The file says nothing to other machines; every file of migrations runs in an immediate transaction too.

use std::{path::Path, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use tokio::{task::JoinHandle, time};

use super::{Clock, Target};
use crate::{
    error::{Error, Result},
    files::LockedFile,
};

/// The name of the lock that applying takes, as Atlas has it.
pub const EXECUTE_LOCK: &str = "atlas_migrate_execute";

/// How long a lock is valid without being renewed.
const LEASE: Duration = Duration::from_mins(1);

/// How to wait for a lock.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    /// The folder of the lock files: the system's for temporary files, as for Atlas.
    pub folder: &'a Path,
    /// How long to wait.
    pub timeout: Duration,
    /// The clock that expiry goes by.
    pub clock: Clock<'a>,
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: Option<LockedFile>,
    renewal: Option<JoinHandle<()>>,
}

impl Lock {
    /// Takes the lock of that name on a target, waiting for whoever holds it.
    pub async fn take(target: &Target, name: &str, waiting: &Waiting<'_>) -> Result<Self> {
        let Some(path) = &target.lock_path else { return Ok(Self { file: None, renewal: None }) };
        let path = waiting.folder.join(format!("{name}_{:x}.lock", adler32(path.as_bytes())));
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(25))
            .with_max_delay(Duration::from_secs(1))
            .without_max_times()
            .with_jitter()
            .build();
        let deadline = time::Instant::now() + waiting.timeout;
        loop {
            let now = (waiting.clock)();
            if let Some(file) = try_take(&path, now)? {
                let renewal = file.try_clone().map(|file| renew_for_ever(file, now)).ok();
                return Ok(Self { file: Some(file), renewal });
            }
            let delay = delays.next().unwrap_or(LEASE);
            if time::Instant::now() + delay >= deadline {
                return Err(taken(target, name, &path, waiting.timeout));
            }
            time::sleep(delay).await;
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(renewal) = self.renewal.take() {
            renewal.abort();
        }
        if let Some(file) = self.file.take() {
            file.remove();
        }
    }
}

fn try_take(path: &Path, now: Timestamp) -> Result<Option<LockedFile>> {
    let Some(file) = LockedFile::try_open(path)? else { return Ok(None) };
    let content = file.read()?;
    let is_ours = content.starts_with('+');
    let expires: i128 = content.trim().parse().unwrap_or(0);
    if !is_ours && expires > now.as_nanosecond() {
        return Ok(None);
    }
    file.write(&lease(now, Duration::ZERO))?;
    Ok(Some(file))
}

fn lease(taken: Timestamp, since: Duration) -> String {
    format!("+{}", taken.as_nanosecond() + (since + LEASE).as_nanos().cast_signed())
}

fn renew_for_ever(file: LockedFile, taken: Timestamp) -> JoinHandle<()> {
    let began = time::Instant::now();
    tokio::spawn(async move {
        loop {
            time::sleep(LEASE / 3).await;
            // Where it cannot be written, the system's lock on the file still holds.
            file.write(&lease(taken, began.elapsed())).ok();
        }
    })
}

fn taken(target: &Target, name: &str, path: &Path, waited: Duration) -> Error {
    Error::outside(format!(
        "another run holds the lock `{name}` on `{}`: waited {} s for it",
        target.name,
        waited.as_secs_f64(),
    ))
    .hint("wait for the other run, or wait longer with `--lock-timeout`")
    .hint(format!("the lock file is `{}`", path.display()))
}

/// The checksum of RFC 1950, by which Atlas names the file.
fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        assert_eq!(adler32(b""), 1);
    }
}

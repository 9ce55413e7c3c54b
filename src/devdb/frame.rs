//! The messages between a dev database and its parent: a length in four bytes, then JSON.

use std::io;

use serde::{Serialize, de::DeserializeOwned};

/// The longest message, in bytes.
pub(super) const LONGEST: usize = 256 << 20;

/// The number of bytes that hold the length.
pub(super) const HEAD: usize = 4;

/// A whole message as bytes.
pub(super) fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; HEAD];
    serde_json::to_writer(&mut bytes, message)?;
    let length = bytes.len() - HEAD;
    match u32::try_from(length) {
        Ok(short) if length <= LONGEST => bytes[..HEAD].copy_from_slice(&short.to_le_bytes()),
        _ => return Err(io::Error::other("the message is too long")),
    }
    Ok(bytes)
}

/// The length that the head says.
pub(super) fn length(head: [u8; HEAD]) -> io::Result<usize> {
    match usize::try_from(u32::from_le_bytes(head)) {
        Ok(length) if length <= LONGEST => Ok(length),
        _ => Err(io::Error::other("the message is too long")),
    }
}

/// The message of the bytes after the head.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(bytes)?)
}

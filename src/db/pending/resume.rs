//! Where to go on in a file that an earlier run began.

use super::{File, Files};
use crate::{
    db::{REVISIONS_TABLE, Recorded, Revision},
    error::{Error, Result},
    migrations::partial_hashes,
};

/// How far an earlier run came in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// How many of its statements ran, which are proven to be the first of the file.
    pub done: usize,
    /// Whether Plinth's own history has the file as begun.
    pub recorded: bool,
}

/// The file that was applied in part, if there is one.
///
/// The statements that ran must be the first ones of the file as it is: their hashes prove it.
pub(super) fn find<'a>(
    files: Files<'a>,
    revisions: &[Revision],
    recorded: &Recorded,
) -> Result<Option<(&'a File, Resume)>> {
    let mut partial = revisions.iter().filter(|revision| revision.is_partial());
    let Some(revision) = partial.next() else { return Ok(None) };
    if let Some(other) = partial.next() {
        return Err(Error::refused(format!(
            "two files were applied in part: `{}` and `{}`",
            revision.version, other.version
        ))
        .hint(by_hand(&revision.version)));
    }
    let Some(file) = files.files.iter().find(|file| file.version == revision.version) else {
        return Err(Error::refused(format!(
            "the migration `{}` was applied in part, {} of {} statements, and its file is not there any more",
            revision.version, revision.applied, revision.total
        ))
        .hint("bring the file back: what is left of it must still run")
        .hint(by_hand(&revision.version)));
    };
    let done = usize::try_from(revision.applied).unwrap_or(usize::MAX);
    if done > file.statements.len() {
        return Err(Error::refused(format!(
            "`{}` got shorter: {done} of its statements ran, and it has {} by now",
            file.source.path(),
            file.statements.len()
        ))
        .hint("bring the statements back that ran, and change only what comes after them")
        .hint(by_hand(&file.version)));
    }
    prove(file, revision, done, recorded)?;
    Ok(Some((file, Resume { done, recorded: recorded.unfinished.contains_key(&file.version) })))
}

/// Whether the first statements of the file are those that ran.
fn prove(file: &File, revision: &Revision, done: usize, recorded: &Recorded) -> Result<()> {
    let now = partial_hashes(file.texts().take(done));
    if revision.partial_hashes.len() == done {
        return match now.iter().zip(&revision.partial_hashes).position(|(now, then)| now != then) {
            Some(at) => Err(changed(file, at)),
            None => Ok(()),
        };
    }
    let own = recorded.unfinished.get(&file.version).filter(|progress| progress.done == done);
    match own {
        Some(progress) if now.last() == progress.hash.as_ref() => Ok(()),
        Some(_) => Err(changed(file, 0)),
        None => Err(Error::refused(format!(
            "`{}` was applied in part by `{}`, {} of {} statements, and nothing proves which ones ran",
            file.source.path(),
            revision.operator,
            revision.applied,
            revision.total
        ))
        .hint(by_hand(&file.version))
        .hint(format!("its row of `{REVISIONS_TABLE}` has no `partial_hashes`"))),
    }
}

fn changed(file: &File, at: usize) -> Error {
    let span = file.statements.get(at).copied().unwrap_or_default();
    let place = file.source.position(span.start);
    Error::refused(format!(
        "history changed: statement {} of `{}` (line {}) is not the one that ran",
        at + 1,
        file.source.path(),
        place.line
    ))
    .at(&file.source, span, "ran in another form")
    .hint("bring the statements back that ran, and change only what comes after them")
    .hint(by_hand(&file.version))
}

fn by_hand(version: &str) -> String {
    format!("or repair the database by hand and say so: `plinth migrate set {version} --url …`")
}

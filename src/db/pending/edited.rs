//! Applied files that are no longer what ran.

use std::collections::BTreeSet;

use super::{File, Files};
use crate::{
    db::{Recorded, Revision},
    error::{Error, Result},
    migrations::{Role, Sum},
    text::{Span, file_name},
};

/// Refuses applied files that were edited afterwards, save those of the versions that `allowed` names.
pub fn refuse(files: Files<'_>, recorded: &Recorded, allowed: &[String]) -> Result<()> {
    let edited = find(files, recorded);
    let mut edited = edited.iter().filter(|(file, _)| !allowed.contains(&file.version));
    let Some((file, revision)) = edited.next() else { return Ok(()) };
    let more = match edited.count() {
        0 => String::new(),
        1 => ", and so was one other".to_owned(),
        more => format!(", and so were {more} others"),
    };
    Err(Error::refused(format!(
        "`{}` was edited after it was applied on {}{more}",
        file.source.path(),
        revision.executed_at
    ))
    .at(&file.source, Span::default(), "this file")
    .hint("bring the file back as it was, and put the change into a new migration")
    .hint(format!("or accept that they differ: `--allow-edited {}`", file.version)))
}

/// The applied files whose statements are not those that ran, as far as anything proves it.
///
/// Plinth's own history has the digest of what ran. Rows of Atlas have the running hash over all files up to
/// this one, as they were: an edit changes the hashes of all later files too, so that only the first is named.
pub(super) fn find<'a, 'r>(files: Files<'a>, recorded: &'r Recorded) -> Vec<(&'a File, &'r Revision)> {
    let applied = |file: &&'a File| {
        let row = recorded.revisions.binary_search_by(|row| row.version.as_str().cmp(&file.version)).ok()?;
        // A repeatable file is meant to be edited.
        let counts = |row: &Revision| row.ran_whole() && file.role != Role::Repeatable;
        Some((*file, &recorded.revisions[row])).filter(|(_, row)| counts(row))
    };
    let mut edited = Vec::new();
    let mut hashes: Option<Hashes> = None;
    let mut is_chain_broken = false;
    for (file, row) in files.files.iter().filter_map(|file| applied(&file)) {
        if let Some(digest) = recorded.digests.get(&row.version) {
            if *digest != file.digest {
                edited.push((file, row));
                is_chain_broken = true;
            }
        } else if !is_chain_broken && !row.hash.is_empty() && !file.hash.is_empty() {
            let hashes = hashes.get_or_insert_with(|| Hashes::of_applied(files, recorded));
            if row.hash != bare(&file.hash) && !hashes.has(file, &row.hash) {
                edited.push((file, row));
                is_chain_broken = true;
            }
        }
    }
    edited
}

/// Whether a repeatable file is to run: it never did, or it did with another text.
pub(super) fn runs_again(file: &File, recorded: &Recorded) -> bool {
    recorded.digests.get(&file.version) != Some(&file.digest)
}

/// The running hashes over the applied files alone: what the sum was before files came in between.
struct Hashes(BTreeSet<(String, String)>);

impl Hashes {
    fn of_applied(files: Files<'_>, recorded: &Recorded) -> Self {
        let rows: BTreeSet<&str> = recorded.revisions.iter().map(|row| row.version.as_str()).collect();
        let applied = files.files.iter().filter(|file| rows.contains(file.version.as_str()));
        let sum = Sum::of(applied.map(|file| (file_name(file.source.path()), file.source.text().as_bytes())));
        Self(sum.entries.into_iter().map(|entry| (entry.name, entry.hash)).collect())
    }

    fn has(&self, file: &File, hash: &str) -> bool {
        self.0.contains(&(file_name(file.source.path()).to_owned(), hash.to_owned()))
    }
}

fn bare(hash: &str) -> &str {
    hash.strip_prefix("h1:").unwrap_or(hash)
}

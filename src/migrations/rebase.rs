//! Migrations that move behind all others: the names that they get, their texts untouched.
//!
//! The checksum file is what makes it one step. It is written first, with the new names in it; the files
//! get theirs one by one after that. A run that is cut off in between leaves a folder that nothing runs,
//! because it does not match, and whose checksum file says what is left to do.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::{
    error::{Error, Result},
    folder::Folder,
    text::Span,
};

use super::{Directory, Migration, Role, Sum};

/// A file that gets another name in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The name that it has.
    pub from: String,
    /// The name that it gets.
    pub to: String,
}

impl Directory {
    /// The new names with which these migrations come last, in the order that they have among themselves.
    ///
    /// None where they come last already. Refuses what has no place in the order of versions, and to move
    /// what a checkpoint behind it holds.
    pub fn moved_to_end(&self, chosen: &[&Migration], now: Timestamp) -> Result<Vec<Rename>> {
        let is_chosen =
            |migration: &Migration| chosen.iter().any(|chosen| chosen.version == migration.version);
        let versioned: Vec<&Migration> =
            self.migrations.iter().filter(|migration| migration.role != Role::Repeatable).collect();
        let Some(first) = versioned.iter().position(|migration| is_chosen(migration)) else {
            return chosen.first().map_or(Ok(Vec::new()), |chosen| Err(no_order(chosen)));
        };
        for migration in chosen {
            match migration.role {
                Role::Versioned => {}
                Role::Checkpoint { .. } => return Err(holds_others(migration)),
                Role::Repeatable => return Err(no_order(migration)),
            }
        }
        if versioned[first..].iter().all(|migration| is_chosen(migration)) {
            return Ok(Vec::new());
        }
        if let Some(checkpoint) = versioned[first..].iter().find(|migration| migration.role.is_checkpoint()) {
            return Err(held(versioned[first], checkpoint));
        }
        let stays = versioned.iter().rfind(|migration| !is_chosen(migration));
        let mut last = stays.map(|migration| migration.version.clone());
        let mut renames = Vec::new();
        for (seconds, migration) in
            (0..).zip(versioned[first..].iter().filter(|migration| is_chosen(migration)))
        {
            let at = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
            let version = self.version_after(last.as_deref(), at);
            renames.extend(self.with_version(migration, &version)?);
            last = Some(version);
        }
        Ok(renames)
    }

    /// The new names with which migrations that another branch lacks come behind all of its own, in their order.
    ///
    /// This is the folder of the branch that has them, `is_new` tells them by name. Those that come behind as it is
    /// keep their names. Refuses a new checkpoint where the other branch has migrations that it does not hold.
    pub fn moved_behind(
        &self,
        target: &Self,
        is_new: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Result<Vec<Rename>> {
        let overtaken = target
            .migrations
            .iter()
            .find(|theirs| !self.migrations.iter().any(|ours| ours.name == theirs.name));
        let stays = target.migrations.iter().rfind(|migration| migration.role != Role::Repeatable);
        let mut last = stays.map(|migration| migration.version.clone());
        let mut renames = Vec::new();
        let mut seconds = 0;
        for migration in self.migrations.iter().filter(|migration| is_new(&migration.name)) {
            if migration.role == Role::Repeatable {
                continue;
            }
            if let (Role::Checkpoint { .. }, Some(theirs)) = (&migration.role, overtaken) {
                return Err(outdated(migration, theirs));
            }
            let is_behind = last.as_ref().is_none_or(|last| self.compare(&migration.version, last).is_gt());
            if is_behind {
                last = Some(migration.version.clone());
                continue;
            }
            let at = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
            let version = self.version_after(last.as_deref(), at);
            renames.extend(self.with_version(migration, &version)?);
            last = Some(version);
            seconds += 1;
        }
        Ok(renames)
    }

    /// The files that a migration is made of, by name: its own comes last.
    pub fn files_of(&self, migration: &Migration) -> Vec<String> {
        let down = migration.down.as_ref().map(|down| down.source.path().to_owned());
        let name = |path: String| {
            let above = self.path_of("");
            path.strip_prefix(&above).map_or(path.clone(), str::to_owned)
        };
        let beside = down.filter(|path| path != migration.source.path()).map(name);
        beside.into_iter().chain([migration.name.clone()]).collect()
    }

    /// The names of a migration's files with another version in them.
    fn with_version(&self, migration: &Migration, version: &str) -> Result<Vec<Rename>> {
        let files = self.files_of(migration).into_iter();
        let renamed = files.map(|from| {
            let (before, after) =
                around(&from, &migration.version).ok_or_else(|| no_version(migration, &from))?;
            let to = format!("{before}{version}{after}");
            Ok(Rename { from, to })
        });
        renamed.collect()
    }
}

/// The folder with other names for some of its files.
pub fn renamed(folder: &Folder, renames: &[Rename]) -> Folder {
    let mut folder = folder.clone();
    for Rename { from, to } in renames {
        for files in [&mut folder.files, &mut folder.nested] {
            if let Some(content) = files.remove(from) {
                files.insert(to.clone(), content);
            }
        }
    }
    folder
}

/// What a move that was cut off has still to do: the renames that make the files those of the checksum file.
///
/// None where nothing was cut off.
pub fn unfinished(folder: &Folder, directory: &Directory) -> Option<Vec<Rename>> {
    let stored: Sum = directory.sum_file.as_ref()?.text().parse().ok()?;
    let on_disk = |name: &str| directory.hashed.iter().any(|(file, _)| file == name);
    let in_sum = |name: &str| stored.entries.iter().any(|entry| entry.name == name);
    let missing: Vec<&str> =
        stored.entries.iter().map(|entry| entry.name.as_str()).filter(|name| !on_disk(name)).collect();
    let left: Vec<&Migration> =
        directory.migrations.iter().filter(|migration| !in_sum(&migration.name)).collect();
    if missing.is_empty() || missing.len() != left.len() {
        return None;
    }
    let mut renames = Vec::new();
    for (migration, to) in left.into_iter().zip(missing) {
        let (before, after) = around(&migration.name, &migration.version)?;
        let version = to.strip_prefix(before)?.strip_suffix(after)?;
        renames.extend(directory.with_version(migration, version).ok()?);
    }
    let finished = Directory::open_as(&renamed(folder, &renames), directory.format).ok()?;
    (finished.sum() == stored).then_some(renames)
}

/// The rest of a move that was cut off between two files of one migration, which leaves what cannot be read.
///
/// The versions are those that were to move. None where this is not what is wrong with the folder, or where more
/// than one version could be the new one.
pub fn half_moved(
    folder: &Folder,
    versions: &[String],
    open: impl Fn(&Folder) -> Option<Directory>,
) -> Option<Vec<Rename>> {
    let names: Vec<&str> = folder.files.keys().chain(folder.nested.keys()).map(String::as_str).collect();
    for version in versions {
        let left: Vec<(&str, (&str, &str))> =
            names.iter().filter_map(|name| Some((*name, around_whole(name, version)?))).collect();
        let Some((_, (_, after))) = left.first() else { continue };
        let stem = format!("{}.", after.split('.').next().unwrap_or_default());
        let heads = names.iter().filter_map(|name| Some(name.split_once(&stem)?.0));
        let moved = heads.map(|head| head.trim_start_matches(|char: char| char.is_ascii_alphabetic()));
        let candidates: BTreeSet<&str> = moved.collect();
        let fitting = candidates.into_iter().filter_map(|moved| {
            let to = |(before, after): (&str, &str)| format!("{before}{moved}{after}");
            let renames: Vec<_> = left
                .iter()
                .map(|(from, parts)| Rename { from: (*from).to_owned(), to: to(*parts) })
                .collect();
            let directory = open(&renamed(folder, &renames))?;
            directory.compare(moved, version).is_gt().then_some(renames)
        });
        if let [renames] = fitting.collect::<Vec<_>>().as_slice() {
            return Some(renames.clone());
        }
    }
    None
}

/// What stands around a version that is the whole one of a file: `1` is none of `10_users.sql` or `V1.1__users.sql`.
fn around_whole<'a>(file: &'a str, version: &str) -> Option<(&'a str, &'a str)> {
    around(file, version).filter(|(_, after)| ends_version(after))
}

/// Whether a version ends where this text begins.
fn ends_version(after: &str) -> bool {
    let mut chars = after.chars();
    match chars.next() {
        Some('_') => true,
        Some('.') => chars.next().is_some_and(char::is_alphabetic),
        _ => false,
    }
}

/// What stands before and behind the version in the name of a file.
fn around<'a>(file: &'a str, version: &str) -> Option<(&'a str, &'a str)> {
    let base = file.rfind('/').map_or(0, |slash| slash + 1);
    let at = base + file[base..].find(version)?;
    // `V1__users.sql` of Flyway.
    let marked = file[base..at].bytes().all(|byte| byte.is_ascii_alphabetic()) && at - base <= 1;
    marked.then(|| (&file[..at], &file[at + version.len()..]))
}

fn no_order(migration: &Migration) -> Error {
    Error::usage(format!("`{}` runs after all others: it cannot be moved", migration.source.path()))
}

fn holds_others(migration: &Migration) -> Error {
    let message = format!(
        "`{}` is a checkpoint: it holds what the files before it make and cannot be moved behind others",
        migration.source.path()
    );
    Error::usage(message)
        .at(&migration.source, Span::default(), "a checkpoint")
        .hint("remove it with `plinth migrate rm`, and write a new one with `plinth migrate checkpoint`")
}

fn held(first: &Migration, checkpoint: &Migration) -> Error {
    let message = format!(
        "`{}` cannot be moved: the checkpoint `{}` behind it holds what it makes",
        first.source.path(),
        checkpoint.name
    );
    Error::usage(message)
        .hint("remove the checkpoint with `plinth migrate rm` first, and write a new one after")
}

fn outdated(checkpoint: &Migration, theirs: &Migration) -> Error {
    let message = format!(
        "the checkpoint `{}` does not hold `{}`, which came to the other branch",
        checkpoint.source.path(),
        theirs.name
    );
    Error::usage(message).hint(
        "remove it with `plinth migrate rm`, merge, and write a new one with `plinth migrate checkpoint`",
    )
}

fn no_version(migration: &Migration, file: &str) -> Error {
    Error::usage(format!("the name of `{file}` does not start with its version `{}`", migration.version))
        .hint("rename it by hand, then run `plinth migrate hash`")
}

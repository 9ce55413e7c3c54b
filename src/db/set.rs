//! The history of a target, changed by hand: which rows come, change and go.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    DbError, File, Files, REVISIONS_TABLE, Recorded, Revision, RevisionType, Server, Session, execute,
    history, revisions,
};
use crate::error::{Error, Result};

/// One row to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting<'a> {
    /// A file without a row gets one: a person says that it is done.
    Add(&'a File),
    /// A file that was applied in part counts as done.
    Resolve(Revision),
    /// The row of a later version goes.
    Remove(String),
}

/// What leads to a history that ends at a version, in the order of the versions.
pub fn settings<'a>(files: Files<'a>, recorded: &Recorded, version: &str) -> Result<Vec<Setting<'a>>> {
    let Some(at) = files.files.iter().position(|file| file.version == version) else {
        return Err(Error::usage(format!("there is no migration of the version `{version}`"))
            .hint("`plinth migrate ls` names the versions of the folder"));
    };
    let rows: BTreeMap<&str, &Revision> =
        recorded.revisions.iter().map(|row| (row.version.as_str(), row)).collect();
    let upto = files.files[..=at].iter().filter_map(|file| match rows.get(file.version.as_str()) {
        None => Some(Setting::Add(file)),
        Some(row) if row.is_partial() => Some(Setting::Resolve((*row).clone())),
        Some(_) => None,
    });
    let later: BTreeSet<&str> = files.files[at + 1..].iter().map(|file| file.version.as_str()).collect();
    let is_behind = |row: &&Revision| {
        if files.format.is_ordered() {
            files.format.compare(&row.version, version).is_gt()
        } else {
            later.contains(row.version.as_str())
        }
    };
    let behind = recorded.revisions.iter().filter(is_behind).map(|row| Setting::Remove(row.version.clone()));
    Ok(upto.chain(behind).collect())
}

/// Writes the rows, all or none.
pub async fn set(
    session: &mut dyn Session,
    server: &dyn Server,
    settings: &[Setting<'_>],
    operator: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    execute(session, server.begin_short()).await?;
    let written = async {
        revisions::ensure(session, server).await?;
        history::ensure(session, server).await?;
        for setting in settings {
            write(session, server, setting, operator, now).await?;
        }
        execute(session, "COMMIT").await
    }
    .await;
    if written.is_err() {
        execute(session, "ROLLBACK").await.ok();
    }
    written
}

async fn write(
    session: &mut dyn Session,
    server: &dyn Server,
    setting: &Setting<'_>,
    operator: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let revision = match setting {
        Setting::Remove(version) => {
            let version = server.literal(version);
            return execute(session, format!("DELETE FROM {REVISIONS_TABLE} WHERE version = {version}"))
                .await;
        }
        Setting::Add(file) => Revision {
            version: file.version.clone(),
            description: file.description.clone(),
            kind: RevisionType::RESOLVED,
            hash: file.hash.strip_prefix("h1:").unwrap_or(&file.hash).to_owned(),
            operator: operator.to_owned(),
            ..Revision::default()
        },
        // What ran stays on record, with what a person said about it.
        Setting::Resolve(row) => {
            Revision { kind: RevisionType(row.kind.0 | RevisionType::RESOLVED.0), ..row.clone() }
        }
    };
    revisions::write(session, server, &revision, now).await
}

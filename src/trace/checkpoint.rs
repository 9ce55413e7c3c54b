//! New checkpoints: each runs alone on an empty database, to be compared with the files before it.

use std::collections::BTreeMap;

use crate::{
    db,
    devdb::{self, BaseFile, DevDb},
    dialect::{Dialect, Scope},
    diff,
    error::Result,
    lint::{Checkpoint, Replayed, ReviewedFile},
    migrations::TxMode,
    schema::Realm,
    text::Span,
};

/// What became of each checkpoint, by the index of its file.
pub(super) type Checkpoints = BTreeMap<usize, Ended>;

/// What became of one checkpoint.
pub(super) enum Ended {
    /// It made this.
    Made(Realm),
    /// A statement was refused, with this message.
    Refused(Span, String),
}

impl Ended {
    /// What it is worth behind files that made this state.
    pub(super) fn compared_with(self, dialect: &dyn Dialect, others: &Realm) -> Replayed {
        match self {
            Self::Made(own) => Replayed::Compared(diff::diff(dialect, others, &own)),
            Self::Refused(span, message) => Replayed::Failed { span, message },
        }
    }
}

/// Runs every checkpoint among the files, each on a database of its own.
pub(super) async fn replay_all(
    dialect: &dyn Dialect,
    dev: &mut DevDb,
    files: &[ReviewedFile],
) -> Result<Checkpoints> {
    let mut all = Checkpoints::new();
    for (at, file) in files.iter().enumerate() {
        if let Some(checkpoint) = &file.checkpoint {
            all.insert(at, replay(dialect, dev, file, checkpoint).await?);
        }
    }
    Ok(all)
}

async fn replay(
    dialect: &dyn Dialect,
    dev: &mut DevDb,
    file: &ReviewedFile,
    checkpoint: &Checkpoint,
) -> Result<Ended> {
    for span in &checkpoint.statements {
        let sql = file.source.slice(*span);
        if let Some(unfit) = db::unfit(dialect, &dialect.classify(sql), sql, file.mode) {
            return Ok(Ended::Refused(*span, format!("the statement {}", unfit.why())));
        }
    }
    let mut session = dev.database().await?;
    let own = BaseFile {
        source: file.source.clone(),
        statements: checkpoint.statements.clone(),
        alone: file.mode == TxMode::None,
    };
    if let Err(error) = devdb::replay(session.as_mut(), dialect, &[own]).await {
        return match (error.snippet().map(|snippet| snippet.span), error.causes().first()) {
            (Some(span), Some(message)) => Ok(Ended::Refused(span, message.clone())),
            _ => Err(error),
        };
    }
    Ok(Ended::Made(db::inspect(session.as_mut(), dialect, Scope::All).await?))
}

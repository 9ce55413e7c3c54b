//! How far the author of the code under review is trusted, and what each level may do.

use std::fmt;

use crate::error::{Error, Result};

/// The trust in the code that this run reads; the levels are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// A fork, or a head that is not known: its SQL may be hostile.
    Untrusted,
    /// A pull request of the same repository, or a merge queue entry.
    Internal,
    /// A push to the default branch or an apply branch, a schedule or dispatch on them, local use.
    Trusted,
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untrusted => "untrusted",
            Self::Internal => "internal",
            Self::Trusted => "trusted",
        })
    }
}

/// Something that needs a least level of trust; the table below is the whole policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Running the migrations in the isolated dev database.
    Replay,
    /// Posting and updating the review comment.
    Comment,
    /// Connecting to a database that the caller names, as dev database or as target, to read.
    ConnectToUrl,
    /// Adding a commit to the branch that the run is about.
    Push,
    /// Changing a target database.
    Apply,
}

impl Feature {
    /// Every feature, for the documentation and the tests.
    pub const ALL: [Self; 5] = [Self::Replay, Self::Comment, Self::ConnectToUrl, Self::Push, Self::Apply];

    /// The least trust that the feature needs.
    pub const fn least(self) -> Trust {
        match self {
            Self::Replay | Self::Comment => Trust::Untrusted,
            Self::ConnectToUrl | Self::Push => Trust::Internal,
            Self::Apply => Trust::Trusted,
        }
    }

    /// What the feature does, to follow "refused to".
    pub const fn what(self) -> &'static str {
        match self {
            Self::Replay => "run migrations in the isolated dev database",
            Self::Comment => "post the review comment",
            Self::ConnectToUrl => "connect to the database of an input",
            Self::Push => "add a commit to a branch",
            Self::Apply => "change a target database",
        }
    }
}

impl Trust {
    /// Refuses where this level does not reach what the feature needs.
    pub fn require(self, feature: Feature) -> Result<()> {
        if self >= feature.least() {
            return Ok(());
        }
        Err(Error::refused(format!(
            "refused to {}: this run is `{self}`, it must be `{}`",
            feature.what(),
            feature.least(),
        ))
        .hint("the trust levels are explained in docs/security.md"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_code_changes_a_target() {
        for feature in Feature::ALL {
            assert!(Trust::Trusted.require(feature).is_ok());
        }
        assert!(Trust::Internal.require(Feature::ConnectToUrl).is_ok());
        assert!(Trust::Internal.require(Feature::Apply).is_err());
        assert!(Trust::Internal.require(Feature::Push).is_ok());
        assert!(Trust::Untrusted.require(Feature::Push).is_err());
        assert!(Trust::Untrusted.require(Feature::ConnectToUrl).is_err());
        assert!(Trust::Untrusted.require(Feature::Replay).is_ok());
    }
}

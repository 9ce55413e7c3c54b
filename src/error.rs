//! The one error type that crosses module boundaries: what happened, where, why and what to do.
//!
//! Modules may have precise error types of their own; they turn into this one where the cause is
//! known, so that hints are written by the code that understands the failure.

use std::{error::Error as StdError, fmt};

use crate::text::{Source, Span};

/// The result of everything that can fail at the boundary of a module.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who is at fault, which decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Findings or a policy say no.
    Refused,
    /// The command line, an input, a file of the project.
    Usage,
    /// A database, a forge, git, the operating system.
    Outside,
    /// The target database is no longer what it was before, and the work is not finished.
    Partial,
    /// Plinth itself.
    Bug,
}

impl Kind {
    /// The process exit code that stands for this kind.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Refused => exit::REFUSED,
            Self::Usage => exit::USAGE,
            Self::Outside => exit::OUTSIDE,
            Self::Partial => exit::PARTIAL,
            Self::Bug => exit::BUG,
        }
    }
}

/// The exit codes of the program; `docs/reference/exit-codes.md` is this list.
pub mod exit {
    /// Everything was done, nothing objects.
    pub const OK: u8 = 0;
    /// Findings of level error, or a policy refused.
    pub const REFUSED: u8 = 1;
    /// The command line, an input or a file of the project is wrong.
    pub const USAGE: u8 = 2;
    /// The outside world failed: database, forge, git, operating system.
    pub const OUTSIDE: u8 = 3;
    /// An apply stopped half-way: the target differs from before.
    pub const PARTIAL: u8 = 4;
    /// A bug in Plinth.
    pub const BUG: u8 = 70;
}

/// The piece of a file that an error is about.
#[derive(Debug, Clone)]
pub struct Snippet {
    /// The file.
    pub source: Source,
    /// The bytes to underline.
    pub span: Span,
    /// What to write under them; may be empty.
    pub label: String,
}

/// A failure: a message, and where, why and what to do where these are known.
///
/// The message is a lower-case fragment without a final period; values stand in backticks.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    message: String,
    snippet: Option<Snippet>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    hints: Vec<String>,
}

impl Error {
    /// Makes an error of the given kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), snippet: None, cause: None, hints: Vec::new() }))
    }

    /// Makes an error of kind [`Kind::Usage`].
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Makes an error of kind [`Kind::Outside`].
    pub fn outside(message: impl Into<String>) -> Self {
        Self::new(Kind::Outside, message)
    }

    /// Makes an error of kind [`Kind::Refused`].
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// Makes an error of kind [`Kind::Bug`].
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(Kind::Bug, message)
    }

    /// Adds a line that says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Names the cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Says where in a file it happened.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Span, label: impl Into<String>) -> Self {
        self.0.snippet = Some(Snippet { source: source.clone(), span, label: label.into() });
        self
    }

    /// Changes the kind, where a caller knows more about the consequences.
    #[must_use]
    pub fn kind_is(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Who is at fault.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it happened, if in a file.
    pub fn snippet(&self) -> Option<&Snippet> {
        self.0.snippet.as_ref()
    }

    /// The lines that say what to do.
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// The messages of the causes, outermost first.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.0.cause.as_deref().map(|cause| cause as &dyn StdError);
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        causes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)?;
        for cause in self.causes() {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

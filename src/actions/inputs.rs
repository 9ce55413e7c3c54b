//! The inputs that operations share; their names are Atlas's where Atlas has them.

use std::time::Duration;

use super::input::Input;
use crate::secret::Secret;

/// The folder of migrations of one operation.
pub(super) static DIR: Input<String> =
    Input::text("dir", "The folder of migrations, as a path or a `file://` URL").default("file://migrations");

/// The folders of migrations of a CI run.
pub(super) static DIRS: Input<Vec<String>> = Input::list(
    "dir",
    "The folders of migrations, as paths or `file://` URLs. Without it, every folder that holds an `atlas.sum`",
);

/// The format of the folders of migrations.
pub(super) static DIR_FORMAT: Input<String> = Input::text(
    "dir-format",
    "The format of the folder, for example `atlas` or `goose`. Without it, or `?format=` in `dir`, the shape of the \
     folder decides",
);

/// The migrations that an operation is about.
pub(super) static VERSIONS: Input<Vec<String>> =
    Input::list("versions", "The migrations, by version or by file name").argument();

/// Whether to open what was written.
pub(super) static EDIT: Input<bool> =
    Input::flag("edit", "Open the new file in an editor before it is hashed");

/// Which schemas to look at.
pub(super) static SCHEMA: Input<Vec<String>> =
    Input::list("schema", "The schemas to look at. SQLite has only `main`").short('s');

/// What to write in front of names.
pub(super) static QUALIFIER: Input<String> = Input::text(
    "qualifier",
    "The schema to write in front of table names. Not for SQLite, which has only one",
);

/// The target.
pub(super) static URL: Input<Secret> =
    Input::secret("url", "The database to apply to or to look at, for example `sqlite://app.db`").short('u');

/// The dev database.
pub(super) static DEV_URL: Input<Secret> = Input::secret(
    "dev-url",
    "The dev database that migrations are replayed in. Without it, Plinth starts its own: SQLite in memory",
);

/// The desired state.
pub(super) static TO: Input<Vec<Secret>> = Input::secrets(
    "to",
    "The desired state: a `file://` URL of an SQL file, of a folder of them or of a migration folder, or a database",
);

/// The state to compare from.
pub(super) static FROM: Input<Vec<Secret>> =
    Input::secrets("from", "The state to start from, in the same forms as `to`").short('f');

/// Where the revisions table lives.
pub(super) static REVISIONS_SCHEMA: Input<String> = Input::text(
    "revisions-schema",
    "The schema of the table `atlas_schema_revisions`. SQLite has only `main`",
);

/// How long to wait for the lock.
pub(super) static LOCK_TIMEOUT: Input<Duration> =
    Input::duration("lock-timeout", "How long to wait for another run that holds the lock of the database")
        .default("10s");

/// The wall clock of the dev database.
pub(super) static DEV_TIMEOUT: Input<Duration> = Input::duration(
    "dev-timeout",
    "How long the migrations may take in the dev database before it is stopped",
)
.default("60s");

/// Where the project file is.
pub(super) static CONFIG: Input<Vec<String>> =
    Input::list("config", "The project file. Atlas's `atlas.hcl` is not read yet: giving it is an error")
        .short('c');

/// The environment of the project file.
pub(super) static ENV: Input<String> =
    Input::text("env", "The environment of the project file. Not read yet: giving it is an error");

/// The levels of rules.
pub(super) static LINT_LEVELS: Input<Vec<String>> = Input::list(
    "lint-levels",
    "The level of rules, as `<code, name or analyzer>=<off|info|warning|error>`, for example `DS103=warning`",
);

/// The accepted findings.
pub(super) static BASELINE: Input<String> = Input::text(
    "baseline",
    "A committed file of accepted findings, each keyed by its code and the hash of its statement",
);

/// What a review stands on at the most.
pub(super) static EVIDENCE: Input<String> = Input::choice(
    "evidence",
    &["syntax", "state", "observed"],
    "What findings may stand on: `syntax` reads the text alone and needs no dev database, `state` replays the \
     migrations, `observed` also runs the new ones on tables with rows",
)
.default("observed");

/// Where to write the findings as accepted ones.
pub(super) static WRITE_BASELINE: Input<String> = Input::text(
    "write-baseline",
    "Write the findings of this run to this file, as accepted ones for `baseline`",
);

/// The form of a report on standard output.
pub(super) static FORMAT_REPORT: Input<String> = Input::text(
    "format",
    "The form of the report on standard output: `text`, `json`, `sarif` or `markdown`; `{{ json . }}` is the document \
     of Atlas's lint, and a Jinja template is given that one",
)
.default("text");

/// The form of a document on standard output.
pub(super) static FORMAT_DOCUMENT: Input<String> = Input::text(
    "format",
    "The form of the answer on standard output: `text`, `json` (or `{{ json . }}`), or a Jinja template over the \
     JSON document",
)
.default("text");

/// The name of the lock.
pub(super) static LOCK_NAME: Input<String> = Input::text(
    "lock-name",
    "The name of the lock that lets one run at a time change the database; Atlas takes the same by default",
)
.default("atlas_migrate_execute");

/// Applied files that may have been edited.
pub(super) static ALLOW_EDITED: Input<Vec<String>> = Input::list(
    "allow-edited",
    "The versions of applied files that may differ from what ran; any other such file is refused",
);

/// Branches whose pushes are applied, beside the default branch.
pub(super) static APPLY_BRANCHES: Input<Vec<String>> =
    Input::list("apply-branches", "Branches whose pushes are applied, beside the default branch");

/// The revision to compare with.
pub(super) static BASE: Input<String> = Input::text(
    "base",
    "The branch or commit to compare with. In a pull request it is the branch that it goes to, else the default branch",
);

/// Instead of a revision.
pub(super) static CI_LATEST: Input<usize> =
    Input::number("latest", "Review the last so many files of each folder instead of comparing with git");

/// Templates of the comment.
pub(super) static TEMPLATES: Input<String> = Input::text(
    "templates",
    "A folder of templates that replace the built-in ones; in a pull request it is read from the base",
);

/// Where the comment goes on a laptop.
pub(super) static COMMENT_FILE: Input<String> = Input::text(
    "comment-file",
    "Outside CI: the file to write the comment to. By default `plinth-comment.md` in the folder of git itself",
);

/// A file for code scanning.
pub(super) static SARIF_FILE: Input<String> =
    Input::text("sarif-file", "Also write the findings to this file, as SARIF 2.1.0");

/// Whether the comment is a duty.
pub(super) static REQUIRE_COMMENT: Input<bool> =
    Input::flag("require-comment", "Fail the run if the comment cannot be posted");

/// What to do with files that nobody reviewed.
pub(super) static UNREVIEWED: Input<String> = Input::choice(
    "unreviewed",
    &["fail", "apply"],
    "What to do with pending files that came by no merged pull request",
)
.default("apply");

/// What to do where files that ran were removed from the branch.
pub(super) static ON_REVERT: Input<String> = Input::choice(
    "on-revert",
    &["down", "fail"],
    "What to do when a merge removes the last files of a folder that ran already: revert them on the database, or fail",
)
.default("down");

//! Whether the files of a folder are those that its checksum file names.

use crate::{
    error::{Error, Result},
    text::{Source, Span, shell_word},
};

use super::{Directory, SUM_FILE, Sum};

/// The first difference between a folder and its checksum file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The line of `atlas.sum`, from 1; one past the last where a file is missing there.
    pub line: usize,
    /// The name of the file.
    pub file: String,
    /// What happened to it.
    pub difference: Difference,
    /// The line endings under which the folder would match.
    pub would_match: Option<LineEndings>,
}

/// What happened to a file since the checksum file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// It is not in the checksum file.
    Added,
    /// Its content changed.
    Edited,
    /// It is in the checksum file only.
    Removed,
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEndings {
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
}

impl Directory {
    /// Checks that the files are those that `atlas.sum` names; a folder without files needs none.
    pub fn verify(&self) -> Result<()> {
        let Some(stored) = &self.sum_file else {
            let missing = self.format.needs_sum() && !self.migrations.is_empty();
            return if missing { Err(self.no_sum_file()) } else { Ok(()) };
        };
        let sum: Sum = stored.text().parse().map_err(|error: super::ParseError| {
            let message = format!("{}:{}: the checksum file {}", stored.path(), error.line, error.message);
            Error::usage(message).at(stored, line_span(stored, error.line), "this line").hint(
                if error.is_conflict {
                    "`plinth migrate autorebase` resolves it: migrations of the branch move behind the others"
                        .to_owned()
                } else {
                    self.hash_hint()
                },
            )
        })?;
        match self.mismatch(&sum) {
            None => Ok(()),
            Some(mismatch) => Err(self.mismatched(stored, &mismatch)),
        }
    }

    /// The first difference between the files and a checksum file.
    pub fn mismatch(&self, stored: &Sum) -> Option<Mismatch> {
        let found = self.sum();
        let at = first_difference(stored, &found)?;
        let (file, difference) = self.difference(stored, &found, at);
        Some(Mismatch { line: at + 2, file, difference, would_match: self.would_match(stored) })
    }

    fn difference(&self, stored: &Sum, found: &Sum, at: usize) -> (String, Difference) {
        let on_disk = |name: &str| self.hashed.iter().any(|(file, _)| file == name);
        match (stored.entries.get(at), found.entries.get(at)) {
            (Some(entry), _) if !on_disk(&entry.name) => (entry.name.clone(), Difference::Removed),
            (Some(entry), Some(other)) if entry.name != other.name && !names(stored, &other.name) => {
                (other.name.clone(), Difference::Added)
            }
            (Some(entry), _) => (entry.name.clone(), Difference::Edited),
            (None, other) => (other.map(|entry| entry.name.clone()).unwrap_or_default(), Difference::Added),
        }
    }

    /// Whether other line endings explain everything.
    fn would_match(&self, stored: &Sum) -> Option<LineEndings> {
        let matches = |change: &dyn Fn(&str) -> String| {
            let files: Vec<_> =
                self.hashed.iter().map(|(name, source)| (name, change(source.text()))).collect();
            let sum = Sum::of(files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())));
            first_difference(stored, &sum).is_none()
        };
        let lf = |text: &str| text.replace("\r\n", "\n");
        let carriage_returns = self.hashed.iter().any(|(_, source)| source.text().contains("\r\n"));
        if carriage_returns && matches(&lf) {
            return Some(LineEndings::Lf);
        }
        matches(&|text| lf(text).replace('\n', "\r\n")).then_some(LineEndings::CrLf)
    }

    fn no_sum_file(&self) -> Error {
        let message =
            format!("`{}` is missing, so nothing says that its migrations are whole", self.path_of(SUM_FILE));
        Error::usage(message)
            .hint(self.hash_hint())
            .hint("if nobody keeps checksums here, name the format of the folder with `dir-format`, for example `plain`")
    }

    fn mismatched(&self, stored: &Source, mismatch: &Mismatch) -> Error {
        let Mismatch { line, file, difference, would_match } = mismatch;
        let verb = match difference {
            Difference::Added => "added",
            Difference::Edited => "edited",
            Difference::Removed => "removed",
        };
        let message = format!("the files differ from `{}`: L{line}: `{file}` was {verb}", stored.path());
        let error = Error::usage(message).at(stored, line_span(stored, *line), verb);
        let Some(endings) = would_match else { return error.hint(self.hash_hint()) };
        let hint = match endings {
            LineEndings::Lf => {
                "only the line endings differ: the files have CRLF here and had LF when they were hashed (git with \
                 `core.autocrlf`?)"
            }
            LineEndings::CrLf => {
                "only the line endings differ: the files have LF here and had CRLF when they were hashed"
            }
        };
        let pattern = self.path_of("*.sql");
        let attribute = match endings {
            LineEndings::Lf => "text eol=lf",
            LineEndings::CrLf => "-text",
        };
        let error = error.hint(hint).hint(format!(
            "add the line `{pattern} {attribute}` to `.gitattributes` and check the files out again"
        ));
        if *endings == LineEndings::CrLf { error.hint(self.hash_hint()) } else { error }
    }

    fn hash_hint(&self) -> String {
        format!(
            "if the files are as they should be, run `plinth migrate hash --dir {}`",
            shell_word(&self.path)
        )
    }
}

fn names(sum: &Sum, name: &str) -> bool {
    sum.entries.iter().any(|entry| entry.name == name)
}

fn first_difference(stored: &Sum, found: &Sum) -> Option<usize> {
    let common = stored.entries.iter().zip(&found.entries).position(|(stored, found)| stored != found);
    let shorter = stored.entries.len().min(found.entries.len());
    common.or_else(|| (stored.entries.len() != found.entries.len()).then_some(shorter))
}

/// The bytes of a line without its line break; the end of the text where there is no such line.
fn line_span(source: &Source, line: usize) -> Span {
    let mut start = 0;
    for text in source.text().split_inclusive('\n').take(line.saturating_sub(1)) {
        start += text.len();
    }
    let rest = source.text().get(start..).unwrap_or_default();
    Span::new(start, start + rest.lines().next().map_or(0, str::len))
}

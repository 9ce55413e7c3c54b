//! Comments that speak to the tool: `-- atlas:<word> [arguments]`, in `--`, `#` and `/* */` comments.
//!
//! The block of comments at the top of a file speaks for the file. With a blank line below it (or
//! nothing), its `nolint` silences the file; without one, the first statement, as in Atlas. The
//! other words of that block count for the file in both cases. Anywhere else a directive belongs
//! to the statement directly below it.
//!
//! `-- atlas:nolint DS103 destructive -- no longer read since 3.2`: codes, names or analyzers, and
//! behind ` -- ` a reason for people.

use std::collections::BTreeSet;

use crate::{
    error::{Error, Result},
    sql::{self, Script},
    text::{Source, Span},
};

use super::{Cut, TxMode};

/// The words that mean something somewhere.
pub const WORDS: [&str; 8] =
    ["nolint", "txmode", "delimiter", "checkpoint", "sum", "txtar", "import", "assert"];

/// The longest delimiter that a file can choose, in bytes.
const LONGEST_DELIMITER: usize = 64;

/// One directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The word after `atlas:`.
    pub word: String,
    /// What follows it, trimmed.
    pub arguments: String,
    /// The bytes of the comment.
    pub span: Span,
    /// The line, from 1.
    pub line: usize,
}

/// What silences findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nolint {
    /// Codes, names or analyzers; none silences everything.
    pub names: Vec<String>,
    /// Why, for people.
    pub reason: Option<String>,
    /// The bytes of the comment.
    pub span: Span,
    /// The line, from 1.
    pub line: usize,
}

/// The directives of the block of comments at the top of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileDirectives {
    /// All of them in order, known or not.
    pub all: Vec<Directive>,
    /// Those that silence the whole file; empty where no blank line follows the block.
    pub nolint: Vec<Nolint>,
    /// The bytes of the block.
    pub header: Span,
}

/// A directive without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The directive.
    pub directive: Directive,
    /// Why it has none.
    pub why: Why,
}

/// Why a directive has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nobody knows the word.
    UnknownWord,
    /// It speaks for a file, and stands elsewhere than in the block at the top.
    NotAtTheTop,
    /// It silences a statement, and no statement is directly below it.
    NoStatementBelow,
}

impl FileDirectives {
    /// Reads the block of comments at the top of a file.
    pub fn read(source: &Source) -> Self {
        Self::read_part(source, Span::new(0, source.text().len()))
    }

    /// Reads the block of comments at the top of a part of a file.
    pub fn read_part(source: &Source, part: Span) -> Self {
        let text = source.slice(part);
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let start = part.end - body.trim_start().len();
        let mut end = start;
        let mut all = Vec::new();
        let mut lines = source.slice(Span::new(start, part.end)).split_inclusive('\n').peekable();
        while let Some(line) = lines.next_if(|line| is_comment(line.trim())) {
            let indent = line.len() - line.trim_start().len();
            let span = Span::new(end + indent, end + line.trim_end().len());
            all.extend(directive(source, span));
            end += line.len();
        }
        let stands_alone = lines.peek().is_none_or(|line| line.trim().is_empty());
        let silencing = all.iter().filter(|directive| stands_alone && directive.word == "nolint");
        let nolint = silencing.map(Nolint::of).collect();
        Self { all, nolint, header: Span::new(start, end) }
    }

    /// The first directive of the block with this word.
    pub fn get(&self, word: &str) -> Option<&Directive> {
        self.all.iter().find(|directive| directive.word == word)
    }

    /// How the text below is cut into statements.
    pub fn cut(&self) -> Cut {
        match self.get("delimiter") {
            Some(delimiter) => Cut::At(sql::unescape_delimiter(&delimiter.arguments)),
            None => Cut::Default,
        }
    }

    /// How the file wants to run; none where it does not say.
    pub fn mode(&self, source: &Source) -> Result<Option<TxMode>> {
        let Some(directive) = self.get("txmode") else { return Ok(None) };
        match directive.arguments.as_str() {
            "file" => Ok(Some(TxMode::File)),
            "none" => Ok(Some(TxMode::None)),
            "all" => Err(directive
                .refused(source, "`all` cannot be the mode of one file")
                .hint("give `--tx-mode all` to the run, or write `file` or `none` here")),
            mode => {
                Err(directive
                    .refused(source, &format!("`{mode}` is no transaction mode: use `file` or `none`")))
            }
        }
    }

    /// Refuses what is said twice, and what cannot be meant.
    pub(super) fn check(&self, source: &Source) -> Result<()> {
        for word in ["txmode", "delimiter"] {
            let mut same = self.all.iter().filter(|directive| directive.word == word);
            if let (Some(_), Some(second)) = (same.next(), same.next()) {
                return Err(second.refused(source, &format!("a second `atlas:{word}` in one file")));
            }
        }
        let refused = |directive: &Directive| match (directive.word.as_str(), directive.arguments.as_str()) {
            ("import", _) => Some(
                directive
                    .refused(source, "imports (`atlas:import`) are not read yet")
                    .hint("write what it does as plain statements, or leave this folder to Atlas until then"),
            ),
            ("delimiter", "") => Some(directive.refused(source, "`atlas:delimiter` without a delimiter")),
            ("delimiter", text) if text.len() > LONGEST_DELIMITER => {
                let message = format!("the delimiter is longer than {LONGEST_DELIMITER} bytes");
                Some(directive.refused(source, &message))
            }
            _ => None,
        };
        self.all.iter().find_map(refused).map_or(Ok(()), Err)
    }
}

impl Directive {
    /// An error about it.
    pub(super) fn refused(&self, source: &Source, message: &str) -> Error {
        let message = format!("{}:{}: {message}", source.path(), self.line);
        Error::usage(message).at(source, self.span, "this directive")
    }
}

impl Nolint {
    fn of(directive: &Directive) -> Self {
        let arguments = directive.arguments.as_str();
        let (names, reason) = match arguments.strip_prefix("-- ") {
            Some(reason) => ("", Some(reason)),
            None => arguments
                .split_once(" -- ")
                .map_or((arguments, None), |(names, reason)| (names, Some(reason))),
        };
        let split = names.split(|char: char| char.is_whitespace() || char == ',');
        Self {
            names: split.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            reason: reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
            span: directive.span,
            line: directive.line,
        }
    }
}

/// What silences the statement with these comments above it.
pub fn statement_nolints(source: &Source, comments: &[Span]) -> Vec<Nolint> {
    let directives = comments.iter().filter_map(|span| directive(source, *span));
    directives
        .filter(|directive| directive.word == "nolint")
        .map(|directive| Nolint::of(&directive))
        .collect()
}

/// The directives of a file that have no effect, in order; `file` is what stands at its top.
pub fn stray(source: &Source, file: &FileDirectives, script: &Script) -> Vec<Stray> {
    let above: BTreeSet<Span> =
        script.statements.iter().flat_map(|statement| statement.comments.iter().copied()).collect();
    let mut comments: Vec<Span> = above.iter().chain(&script.loose).copied().collect();
    comments.sort_unstable();
    let directives = comments.into_iter().filter_map(|span| directive(source, span));
    let why = |directive: &Directive| match directive.word.as_str() {
        word if !WORDS.contains(&word) => Some(Why::UnknownWord),
        "nolint" => {
            let silences =
                above.contains(&directive.span) || file.nolint.iter().any(|one| one.span == directive.span);
            (!silences).then_some(Why::NoStatementBelow)
        }
        _ => (directive.span.start >= file.header.end).then_some(Why::NotAtTheTop),
    };
    directives.filter_map(|directive| why(&directive).map(|why| Stray { directive, why })).collect()
}

/// The directive that a comment is, if it is one.
pub fn directive(source: &Source, comment: Span) -> Option<Directive> {
    let text = source.slice(comment);
    let inner = text
        .strip_prefix("--")
        .or_else(|| text.strip_prefix('#'))
        .or_else(|| text.strip_prefix("/*")?.strip_suffix("*/"))?;
    let rest = inner.trim_start_matches([' ', '\t']).strip_prefix("atlas:")?;
    let length = rest.find(|char: char| !is_word(char)).unwrap_or(rest.len());
    let (word, arguments) = rest.split_at(length);
    let ends = arguments.is_empty() || arguments.starts_with(char::is_whitespace);
    (ends && !word.is_empty()).then(|| Directive {
        word: word.to_owned(),
        arguments: arguments.trim().to_owned(),
        span: comment,
        line: source.position(comment.start).line,
    })
}

/// Whether Atlas leaves the content of the file out of the checksums.
///
/// To the byte as Atlas finds it: at the very first byte of the file, behind anything printable.
pub(super) fn is_ignored_by_sum(content: &[u8]) -> bool {
    let printable = content.iter().position(|byte| !matches!(byte, b' '..=b'~')).unwrap_or(content.len());
    let line = String::from_utf8_lossy(&content[..printable]);
    let mut named = line.rmatch_indices("atlas:").map(|(at, mark)| &line[at + mark.len()..]);
    let last = named.find(|rest| rest.starts_with(is_word));
    last.and_then(|rest| rest.strip_prefix("sum"))
        .is_some_and(|rest| rest.starts_with(' ') && rest.trim_start_matches(' ') == "ignore")
}

fn is_comment(line: &str) -> bool {
    line.starts_with("--") || line.starts_with('#')
}

fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

//! Sentences that mix our words with names that somebody else chose.
//!
//! The words come from `&'static str` only; everything from outside is a [`Piece::Code`], so that
//! each renderer escapes it for its own context, at one place, and nothing can pose as our words.

use std::fmt;

/// One run of text of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Our own words.
    Plain(&'static str),
    /// Our own words, to stand out.
    Strong(&'static str),
    /// A name, a value or SQL, from anywhere.
    Code(String),
    /// Words that somebody else wrote, such as an error's.
    Foreign(String),
    /// A number or a date that we computed.
    Figure(String),
    /// The same, to stand out.
    StrongFigure(String),
}

/// A sentence or two, for any output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose(Pieces);

/// Most prose is one piece, which needs no memory of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pieces {
    One(Piece),
    Many(Vec<Piece>),
}

impl Default for Pieces {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl From<Vec<Piece>> for Pieces {
    fn from(mut pieces: Vec<Piece>) -> Self {
        match pieces.pop() {
            Some(only) if pieces.is_empty() => Self::One(only),
            last => {
                pieces.extend(last);
                Self::Many(pieces)
            }
        }
    }
}

/// A value that takes the place of a `{}` in a [`Prose`] template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg(Piece);

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self(Piece::Code(value.to_owned()))
    }
}

impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self(Piece::Code(value.clone()))
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self(Piece::Code(value))
    }
}

impl From<usize> for Arg {
    fn from(value: usize) -> Self {
        Self(Piece::Figure(value.to_string()))
    }
}

impl Arg {
    /// A number, a duration or a date that we computed and formatted.
    pub fn figure(text: impl Into<String>) -> Self {
        Self(Piece::Figure(text.into()))
    }
}

impl Prose {
    /// Fills the template: each `{}` takes the next value, `**words and {} figures**` stand out.
    ///
    /// # Panics
    ///
    /// Where the template and the values do not match, which is a bug of the caller.
    pub fn new<const N: usize>(template: &'static str, values: [Arg; N]) -> Self {
        if N == 0 && !template.contains(['{', '*']) {
            return if template.is_empty() {
                Self::default()
            } else {
                Self(Pieces::One(Piece::Plain(template)))
            };
        }
        let mut values = values.into_iter();
        let mut pieces = Vec::with_capacity(2 * N + 1);
        let mut strong = false;
        for (at, part) in template.split("{}").enumerate() {
            if at > 0 {
                pieces.push(match values.next().expect("a value for each `{}`").0 {
                    Piece::Figure(figure) if strong => Piece::StrongFigure(figure),
                    piece => piece,
                });
            }
            for (at, words) in part.split("**").enumerate() {
                strong ^= at > 0;
                if !words.is_empty() {
                    pieces.push(if strong { Piece::Strong(words) } else { Piece::Plain(words) });
                }
            }
        }
        assert!(values.next().is_none(), "a `{{}}` for each value");
        Self(pieces.into())
    }

    /// A message from elsewhere, in which backticks mark code.
    pub fn message(text: &str) -> Self {
        let pieces = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
        let pieces = pieces.map(|(at, part)| {
            if at % 2 == 1 { Piece::Code(part.to_owned()) } else { Piece::Foreign(part.to_owned()) }
        });
        Self(pieces.collect::<Vec<_>>().into())
    }

    /// Our own words alone.
    pub fn plain(words: &'static str) -> Self {
        Self::new(words, [])
    }

    /// Both, one after the other.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        let mut pieces = match self.0 {
            Pieces::One(piece) => vec![piece],
            Pieces::Many(pieces) => pieces,
        };
        match other.0 {
            Pieces::One(piece) => pieces.push(piece),
            Pieces::Many(mut more) => pieces.append(&mut more),
        }
        Self(pieces.into())
    }

    /// The pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        match &self.0 {
            Pieces::One(piece) => std::slice::from_ref(piece),
            Pieces::Many(pieces) => pieces,
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.pieces().is_empty()
    }
}

/// Makes a [`Prose`]: `prose!("dropping {} deletes its data", name)`.
#[macro_export]
macro_rules! prose {
    ($template:literal $(, $value:expr)* $(,)?) => {
        $crate::prose::Prose::new($template, [$($crate::prose::Arg::from($value)),*])
    };
}

/// As plain text, with code in backticks.
impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.pieces() {
            match piece {
                Piece::Plain(words) | Piece::Strong(words) => f.write_str(words)?,
                Piece::Code(value) => write!(f, "`{value}`")?,
                Piece::Foreign(value) | Piece::Figure(value) | Piece::StrongFigure(value) => {
                    f.write_str(value)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_code_and_stars_stand_out() {
        let text = prose!("{} blocks **reads** for {} s", "a**b", 3);
        assert_eq!(
            text.pieces(),
            [
                Piece::Code("a**b".into()),
                Piece::Plain(" blocks "),
                Piece::Strong("reads"),
                Piece::Plain(" for "),
                Piece::Figure("3".into()),
                Piece::Plain(" s"),
            ]
        );
        assert_eq!(text.to_string(), "`a**b` blocks reads for 3 s");
    }

    #[test]
    fn figures_stand_out_with_the_words_around_them() {
        let text = prose!("**{} errors**, {}", 2, "a");
        assert_eq!(
            text.pieces(),
            [
                Piece::StrongFigure("2".into()),
                Piece::Strong(" errors"),
                Piece::Plain(", "),
                Piece::Code("a".into()),
            ]
        );
    }
}

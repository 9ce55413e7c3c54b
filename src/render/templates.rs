//! The templates: embedded in the program, each replaceable by a project's own.
//!
//! A template receives [`Escaped`] pieces only: Markdown that is already safe wherever it is put.
//! There is no way from a template to the text behind a piece, so there is nothing to forget.

use std::{collections::BTreeMap, fmt, io, sync::Arc};

use minijinja::{
    Environment, UndefinedBehavior, Value,
    syntax::SyntaxConfig,
    value::{Object, ObjectRepr},
};

use crate::error::{Error, Result};

/// The templates that exist, by name; all that a project may replace.
const EMBEDDED: [(&str, &str); 8] = [
    ("comment.md.j2", include_str!("templates/comment.md.j2")),
    ("summary.md.j2", include_str!("templates/summary.md.j2")),
    ("objects.md.j2", include_str!("templates/objects.md.j2")),
    ("findings.md.j2", include_str!("templates/findings.md.j2")),
    ("applied.md.j2", include_str!("templates/applied.md.j2")),
    ("folds.md.j2", include_str!("templates/folds.md.j2")),
    ("notes.md.j2", include_str!("templates/notes.md.j2")),
    ("footer.md.j2", include_str!("templates/footer.md.j2")),
];

/// The instructions that one rendering may take; the longest report takes a fraction of it.
const FUEL: u64 = 2_000_000;

/// The templates of a run.
#[derive(Debug, Clone)]
pub struct Templates(BTreeMap<String, String>);

impl Templates {
    /// Those that come with the program.
    pub fn embedded() -> Self {
        Self(EMBEDDED.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect())
    }

    /// The same with one replaced; refuses a name that is none of [`Templates::names`], and bad syntax.
    pub fn with(mut self, name: &str, text: impl Into<String>) -> Result<Self> {
        if !self.0.contains_key(name) {
            let known: Vec<&str> = Self::names().collect();
            return Err(Error::usage(format!("there is no template `{name}` to replace"))
                .hint(format!("the templates are `{}`", known.join("`, `"))));
        }
        self.0.insert(name.to_owned(), text.into());
        self.environment()?;
        Ok(self)
    }

    /// The names of the templates that can be replaced.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// Whether any was replaced.
    pub(super) fn are_own(&self) -> bool {
        EMBEDDED.iter().any(|(name, text)| self.0[*name] != *text)
    }

    /// Fills a template in; none where the text would be longer than `most` bytes.
    pub(super) fn render(&self, name: &str, data: Value, most: usize) -> Result<Option<String>> {
        let environment = self.environment()?;
        let template = environment.get_template(name).map_err(|error| described(&error))?;
        let mut out = Bounded { bytes: Vec::new(), most };
        match template.render_captured_to(data, &mut out) {
            Ok(_) => {}
            Err(_) if out.is_full() => return Ok(None),
            Err(error) => return Err(described(&error)),
        }
        String::from_utf8(out.bytes)
            .map(Some)
            .map_err(|error| Error::bug("a template wrote no UTF-8").because(error))
    }

    fn environment(&self) -> Result<Environment<'_>> {
        let mut environment = Environment::new();
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .build()
                .map_err(|error| Error::bug("the template syntax is wrong").because(error))?,
        );
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        for (name, text) in &self.0 {
            environment.add_template(name, text).map_err(|error| described(&error))?;
        }
        Ok(environment)
    }
}

/// Names the innermost template and line that an error comes from.
fn described(error: &minijinja::Error) -> Error {
    let mut inner = error;
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        if let Some(source) = source.downcast_ref::<minijinja::Error>()
            && source.name().is_some()
        {
            inner = source;
        }
        next = source.source();
    }
    let place = match (inner.name(), inner.line()) {
        (Some(name), Some(line)) => format!("{name}:{line}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => "a template".to_owned(),
    };
    let detail = inner.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    Error::usage(format!("`{place}` cannot be filled in: {}{detail}", inner.kind()))
        .hint("the values that templates receive are listed in docs/reference/templates.md")
}

/// Markdown that is safe in a line of text, a cell or a heading; a template can only put it somewhere.
#[derive(Debug)]
pub(super) struct Escaped(String);

impl Escaped {
    /// Hands Markdown from [`super::escape`] to a template.
    pub(super) fn value(markdown: impl Into<String>) -> Value {
        Value::from_object(Self(markdown.into()))
    }
}

impl Object for Escaped {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Takes so many bytes and no more.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Bounded {
    fn is_full(&self) -> bool {
        self.bytes.len() > self.most
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if self.is_full() { Err(io::Error::other("longer than the limit")) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

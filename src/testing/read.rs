//! A test file in HCL, read into typed commands; whatever is not understood is refused by its place.

use regex_lite::Regex;

use super::{
    Act, Case, Catch, Command, Expected, Layout, Statements, TestFile, Wanted, filter::regular_expression,
};
use crate::{
    error::{Error, Result},
    hcl::{self, Attribute, Block, Body, Item, Name},
    sql::Syntax,
    text::{Source, Span},
};

/// The kinds of test that other commands of Atlas run.
const OTHER_KINDS: [&str; 3] = ["schema", "plan", "script"];

/// Blocks beside tests that must be evaluated.
const EVALUATED: [&str; 3] = ["variable", "locals", "data"];

/// The commands of a test.
const COMMANDS: [&str; 6] = ["migrate", "exec", "assert", "catch", "cleanup", "log"];

/// Reads the tests of a file; `syntax` is that of the SQL in it.
pub fn read(source: &Source, syntax: &Syntax) -> Result<TestFile> {
    let reader = Reader { source, syntax };
    let mut cases = Vec::new();
    for item in &hcl::parse(source)?.items {
        match item {
            Item::Block(block) if block.kind.text == "test" => cases.push(reader.case(block)?),
            Item::Block(block) => return Err(reader.no_test(block)),
            Item::Attribute(Attribute { name, .. }) => {
                let message = format!("`{}` stands outside of a test", name.text);
                return Err(reader
                    .refuse(name.span, &message, "here")
                    .hint("a test file holds `test` blocks"));
            }
        }
    }
    Ok(TestFile { source: source.clone(), cases })
}

struct Reader<'a> {
    source: &'a Source,
    syntax: &'a Syntax,
}

/// The attributes of a command, all of them known.
struct Fields<'a> {
    block: &'a Block,
    given: Vec<&'a Attribute>,
}

impl<'a> Reader<'a> {
    fn case(&self, block: &'a Block) -> Result<Case> {
        let name = self.name(block)?;
        let mut case = Case {
            name: name.text.clone(),
            line: self.line(block.kind.span),
            skip: false,
            commands: Vec::new(),
            cleanups: Vec::new(),
        };
        for item in &block.body.items {
            match item {
                Item::Attribute(attribute) if attribute.name.text == "skip" => {
                    case.skip = attribute.value.truth(self.source)?;
                }
                Item::Attribute(attribute) => return Err(self.no_argument(&attribute.name)),
                Item::Block(block) if block.kind.text == "cleanup" => {
                    let fields = self.fields(block, &["sql"])?;
                    case.cleanups.push(self.statements(&fields)?);
                }
                Item::Block(block) => {
                    case.commands.push(Command { line: self.line(block.kind.span), act: self.act(block)? });
                }
            }
        }
        Ok(case)
    }

    fn name(&self, block: &'a Block) -> Result<&'a Name> {
        let [kind, name] = block.labels.as_slice() else {
            return Err(self
                .refuse(block.head(), "a test has two labels: its kind and its name", "here")
                .hint("write `test \"migrate\" \"what it is about\" { … }`"));
        };
        match kind.text.as_str() {
            "migrate" => Ok(name),
            other if OTHER_KINDS.contains(&other) => Err(self
                .refuse(kind.span, &format!("tests of the kind `{other}` are not run yet"), "here")
                .hint("keep them in files of their own, and name the files to run as arguments")),
            other => Err(self
                .refuse(kind.span, &format!("`{other}` is no kind of test"), "here")
                .hint("the kind that is run is `migrate`")),
        }
    }

    fn act(&self, block: &'a Block) -> Result<Act> {
        match block.kind.text.as_str() {
            "migrate" => {
                let to = self.fields(block, &["to"])?.need(self, "to")?;
                let text = to.value.text(self.source)?.text;
                Ok(Act::Migrate(Name { text, span: to.value.span }))
            }
            "exec" => self.exec(block),
            "assert" => {
                let fields = self.fields(block, &["sql", "error_message"])?;
                Ok(Act::Assert(self.statements(&fields)?, self.text_of(&fields, "error_message")?))
            }
            "catch" => {
                let fields = self.fields(block, &["sql", "error"])?;
                let error = self.text_of(&fields, "error")?;
                Ok(Act::Catch(Catch { sql: self.statements(&fields)?, error }))
            }
            "log" => {
                let message = self.fields(block, &["message"])?.need(self, "message")?;
                Ok(Act::Log(message.value.text(self.source)?.text))
            }
            "external" => Err(self
                .refuse(block.kind.span, "`external` is not run yet: tests start no programs", "here")
                .hint("write what the program does as SQL in an `exec`")),
            other => Err(self
                .refuse(block.kind.span, &format!("`{other}` is no command of a test of migrations"), "here")
                .hint(format!("the commands are `{}`", COMMANDS.join("`, `")))),
        }
    }

    fn exec(&self, block: &'a Block) -> Result<Act> {
        let fields = self.fields(block, &["sql", "output", "match", "format"])?;
        let statements = self.statements(&fields)?;
        let layout = fields.get("format").map(|format| self.layout(format)).transpose()?;
        let wanted = match (fields.get("output"), fields.get("match")) {
            (Some(output), None) => Some(Wanted::Output(output.value.text(self.source)?.text)),
            (None, Some(pattern)) => Some(Wanted::Match(self.pattern(pattern)?)),
            (Some(_), Some(second)) => {
                return Err(self.refuse(second.name.span, "`output` and `match` exclude each other", "here"));
            }
            (None, None) => None,
        };
        if let (None, Some(format)) = (&wanted, fields.get("format")) {
            return Err(self
                .refuse(format.name.span, "`format` without `output` or `match` says nothing", "here")
                .hint("add the `output` that is expected"));
        }
        let expected = wanted.map(|wanted| Expected { layout: layout.unwrap_or(Layout::Csv), wanted });
        Ok(Act::Exec(statements, expected))
    }

    fn layout(&self, format: &Attribute) -> Result<Layout> {
        let word = match format.value.word() {
            Some(word) => word.to_owned(),
            None => format.value.text(self.source)?.text,
        };
        match word.as_str() {
            "csv" => Ok(Layout::Csv),
            "table" => Ok(Layout::Table),
            other => Err(self
                .refuse(format.value.span, &format!("`{other}` is no format of rows"), "here")
                .hint("the formats are `csv` and `table`")),
        }
    }

    fn pattern(&self, attribute: &Attribute) -> Result<Regex> {
        let text = attribute.value.text(self.source)?.text;
        regular_expression(&text).map_err(|reason| {
            self.refuse(attribute.value.span, "this is no regular expression", "here").because(reason)
        })
    }

    fn text_of(&self, fields: &Fields<'a>, name: &str) -> Result<Option<String>> {
        fields.get(name).map(|attribute| Ok(attribute.value.text(self.source)?.text)).transpose()
    }

    fn statements(&self, fields: &Fields<'a>) -> Result<Statements> {
        let sql = fields.need(self, "sql")?;
        let text = sql.value.text(self.source)?;
        Statements::of(&text, self.syntax)
            .ok_or_else(|| self.refuse(sql.value.span, "there is no statement in this SQL", "here"))
    }

    /// The attributes of a block that has nothing else, and none but the known.
    fn fields(&self, block: &'a Block, known: &[&str]) -> Result<Fields<'a>> {
        let takes = format!("`{}` takes `{}`", block.kind.text, known.join("`, `"));
        if let Some(label) = block.labels.first() {
            return Err(self.refuse(label.span, &format!("`{}` has no labels", block.kind.text), "here"));
        }
        let Body { items } = &block.body;
        let mut given = Vec::new();
        for item in items {
            match item {
                Item::Attribute(attribute) if known.contains(&attribute.name.text.as_str()) => {
                    given.push(attribute);
                }
                Item::Attribute(Attribute { name, .. }) | Item::Block(Block { kind: name, .. }) => {
                    let message = format!("`{}` has no `{}`", block.kind.text, name.text);
                    return Err(self.refuse(name.span, &message, "here").hint(takes));
                }
            }
        }
        Ok(Fields { block, given })
    }

    fn no_test(&self, block: &Block) -> Error {
        let kind = &block.kind;
        if EVALUATED.contains(&kind.text.as_str()) {
            return self
                .refuse(kind.span, &format!("`{}` blocks are not read yet", kind.text), "here")
                .hint("write the values themselves into the tests");
        }
        self.refuse(kind.span, &format!("`{}` is no block of a test file", kind.text), "here")
            .hint("a test file holds `test` blocks")
    }

    fn no_argument(&self, name: &Name) -> Error {
        match name.text.as_str() {
            "for_each" => self
                .refuse(name.span, "`for_each` is not read yet", "here")
                .hint("write one test for each value"),
            "parallel" => self
                .refuse(name.span, "`parallel` is for tests of a schema", "here")
                .hint("tests of migrations run one after the other"),
            other => self
                .refuse(name.span, &format!("a test has no `{other}`"), "here")
                .hint("a test takes `skip`"),
        }
    }

    fn refuse(&self, span: Span, message: &str, label: &str) -> Error {
        hcl::complaint(self.source, span, message, label)
    }

    fn line(&self, span: Span) -> usize {
        self.source.position(span.start).line
    }
}

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<&'a Attribute> {
        self.given.iter().copied().find(|attribute| attribute.name.text == name)
    }

    fn need(&self, reader: &Reader<'_>, name: &str) -> Result<&'a Attribute> {
        self.get(name).ok_or_else(|| {
            let message = format!("`{}` needs `{name}`", self.block.kind.text);
            reader.refuse(self.block.kind.span, &message, "here")
        })
    }
}

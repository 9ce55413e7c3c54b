//! What a statement of SQLite is about.
//!
//! Three readers, the best first: the grammar of SQLite itself, `sqlparser` for what other
//! databases write, and the words at the head. The first two recurse, and some of their checks
//! are quadratic: a statement goes to them only within the limits of `Size`. Text is hostile here.

mod column;
mod foreign;
mod head;
mod reads;
mod tree;

use super::{
    Facts, Kind, Syntax,
    lexeme::{self, Lexer},
};

/// What one statement is about; never fails, at worst it is [`Kind::Opaque`].
///
/// A text of several statements (between custom delimiters) is opaque too: no single kind tells
/// what all of it does.
pub fn classify(sql: &str) -> Facts {
    let size = Size::of(sql);
    if size.several {
        return Facts { kind: Kind::Opaque, ..head::classify(sql) };
    }
    if size.fits(Size::GRAMMAR)
        && let Some(facts) = tree::classify(sql)
    {
        return facts;
    }
    let head = head::classify(sql);
    if size.fits(Size::FOREIGN) { foreign::refine(sql, head) } else { head }
}

/// How much a statement would ask of a parser.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    bytes: usize,
    /// How deep parentheses nest.
    nesting: usize,
    /// How many commas stand in one pair of parentheses.
    list: usize,
    /// Whether something follows a semicolon that is not in a trigger's body.
    several: bool,
}

impl Size {
    /// `sqlite3-parser` compares each column of a list with all before it, and frees parentheses recursively.
    const GRAMMAR: Self = Self { bytes: 64 * 1024, nesting: 100, list: 500, several: false };

    /// `sqlparser` tries some parentheses in several ways, each time they nest, and frees chains recursively.
    const FOREIGN: Self = Self { bytes: 2 * 1024, nesting: 8, list: 500, several: false };

    fn fits(self, limit: Self) -> bool {
        self.bytes <= limit.bytes && self.nesting <= limit.nesting && self.list <= limit.list
    }

    fn of(sql: &str) -> Self {
        let mut size = Self { bytes: sql.len(), ..Self::default() };
        let mut lists: Vec<usize> = Vec::new();
        let mut block = super::block::Block::new(Syntax::SQLITE.blocks);
        let mut ended = false;
        let mut lexer = Lexer::new(sql, Syntax::SQLITE);
        while let Ok(Some(lexeme)) = lexer.next() {
            match lexeme.kind {
                lexeme::Kind::Space | lexeme::Kind::Comment => continue,
                lexeme::Kind::Word => block.word(&sql[lexeme.span.range()], lexeme.span),
                lexeme::Kind::Quoted => block.symbol(b'"'),
                lexeme::Kind::Symbol(byte) => {
                    block.symbol(byte);
                    size.symbol(byte, &mut lists);
                }
            }
            let ends = lexeme.kind == lexeme::Kind::Symbol(b';');
            size.several |= ended && !ends;
            ended |= ends && block.open().is_none();
        }
        size
    }

    fn symbol(&mut self, byte: u8, lists: &mut Vec<usize>) {
        match byte {
            b'(' => {
                lists.push(0);
                self.nesting = self.nesting.max(lists.len());
            }
            b')' => {
                lists.pop();
            }
            b',' => {
                if let Some(list) = lists.last_mut() {
                    *list += 1;
                    self.list = self.list.max(*list);
                }
            }
            _ => {}
        }
    }
}

/// The name of an object: alone in schema `main`, with its schema elsewhere.
fn object(schema: Option<&str>, name: String) -> String {
    match schema {
        Some(schema) if !schema.eq_ignore_ascii_case("main") => {
            format!("{}.{name}", schema.to_ascii_lowercase())
        }
        _ => name,
    }
}

/// Whether a schema is the one that goes with the connection.
fn is_temporary(schema: &str) -> bool {
    schema.eq_ignore_ascii_case("temp")
}

/// Sorted, without repeats.
fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

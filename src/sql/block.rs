//! Follows BEGIN … END in one statement, to know which semicolons do not end it.

use crate::text::Span;

use super::Blocks;

/// The state of one statement; made anew for the next.
#[derive(Debug, Clone)]
pub(super) struct Block {
    blocks: Blocks,
    head: Head,
    /// How many BEGIN and CASE are open.
    depth: usize,
    /// The outermost BEGIN.
    opened: Span,
    previous: Previous,
}

/// How much of the statement's head was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    Start,
    Create,
    /// The statement makes something that may have a body.
    Body,
    /// The statement has no body, or its body is closed.
    Plain,
}

/// What stands before the current word, as far as it says what the word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Previous {
    Other,
    Begin(Span),
    /// END of MySQL, whose next word says whether it closes a block.
    End,
    /// A statement can start after it: `;`, `:`, THEN, ELSE, DO, LOOP, REPEAT.
    Opens,
    /// A name follows: `.`, AS.
    Names,
}

impl Block {
    /// At the start of a statement.
    pub(super) fn new(blocks: Blocks) -> Self {
        let head = if blocks == Blocks::None { Head::Plain } else { Head::Start };
        Self { blocks, head, depth: 0, opened: Span::default(), previous: Previous::Other }
    }

    /// The BEGIN that is still open; a delimiter does not end the statement then.
    pub(super) fn open(&self) -> Option<Span> {
        (self.depth > 0).then_some(self.opened)
    }

    /// Takes the next word.
    pub(super) fn word(&mut self, word: &str, span: Span) {
        match self.head {
            Head::Plain => {}
            Head::Start => self.head = self.start(word),
            Head::Create => self.head = self.create(word),
            Head::Body => match self.blocks {
                Blocks::None => {}
                Blocks::Triggers => self.trigger(word, span),
                Blocks::Atomic => self.atomic(word, span),
                Blocks::Routines => self.routine(word, span),
            },
        }
    }

    /// Takes the next symbol, quote or the end of the text; `;` is a symbol too.
    pub(super) fn symbol(&mut self, byte: u8) {
        if self.previous == Previous::End {
            self.close();
        }
        if self.head == Head::Create && self.blocks == Blocks::Routines && byte == b'(' {
            self.head = Head::Plain;
        }
        self.previous = match byte {
            b';' | b':' => Previous::Opens,
            b'.' => Previous::Names,
            _ => Previous::Other,
        };
    }

    fn start(&self, word: &str) -> Head {
        let explain = self.blocks == Blocks::Triggers && is(word, &["EXPLAIN", "QUERY", "PLAN"]);
        let alter = self.blocks == Blocks::Routines && is(word, &["ALTER"]);
        match () {
            () if explain => Head::Start,
            () if alter || is(word, &["CREATE"]) => Head::Create,
            () => Head::Plain,
        }
    }

    fn create(&self, word: &str) -> Head {
        let (body, between): (&[&str], &[&str]) = match self.blocks {
            Blocks::None => (&[], &[]),
            Blocks::Triggers => (&["TRIGGER"], &["TEMP", "TEMPORARY"]),
            Blocks::Atomic => (&["FUNCTION", "PROCEDURE"], &["OR", "REPLACE"]),
            Blocks::Routines => (&["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"], &[]),
        };
        // MySQL may have a user's name between CREATE and the kind, so there the other kinds are listed.
        let plain = [
            "TABLE",
            "TEMPORARY",
            "VIEW",
            "INDEX",
            "UNIQUE",
            "FULLTEXT",
            "SPATIAL",
            "DATABASE",
            "SCHEMA",
            "USER",
            "ROLE",
            "SERVER",
            "SEQUENCE",
            "TABLESPACE",
            "LOGFILE",
            "RESOURCE",
        ];
        match self.blocks {
            _ if is(word, body) => Head::Body,
            Blocks::Routines if !is(word, &plain) => Head::Create,
            _ if is(word, between) => Head::Create,
            _ => Head::Plain,
        }
    }

    /// As SQLite's own shell: the body ends at an END that directly follows a semicolon.
    fn trigger(&mut self, word: &str, span: Span) {
        let previous = std::mem::replace(&mut self.previous, Previous::Other);
        if self.depth == 0 && is(word, &["BEGIN"]) {
            self.begin(span);
        } else if self.depth > 0
            && is(word, &["END"])
            && matches!(previous, Previous::Opens | Previous::Begin(_))
        {
            self.close();
        }
    }

    fn atomic(&mut self, word: &str, span: Span) {
        let previous = std::mem::replace(&mut self.previous, Previous::Other);
        if let (0, Previous::Begin(begin)) = (self.depth, previous)
            && is(word, &["ATOMIC"])
        {
            self.depth = 1;
            self.opened = begin;
        } else if is(word, &["BEGIN"]) {
            self.previous = Previous::Begin(span);
        } else if is(word, &["AS"]) {
            self.previous = Previous::Names;
        } else if self.depth > 0 && previous != Previous::Names {
            self.count(word);
        }
    }

    fn routine(&mut self, word: &str, span: Span) {
        let previous = std::mem::replace(&mut self.previous, Previous::Other);
        if previous == Previous::End {
            if is(word, &["IF", "LOOP", "REPEAT", "WHILE", "FOR"]) {
                return;
            }
            self.close();
            if is(word, &["CASE"]) {
                return;
            }
        }
        let begins = self.depth == 0 || matches!(previous, Previous::Opens | Previous::Begin(_));
        if begins && previous != Previous::Names && is(word, &["BEGIN"]) {
            self.begin(span);
        } else if is(word, &["THEN", "ELSE", "DO", "LOOP", "REPEAT"]) {
            self.previous = Previous::Opens;
        } else if self.depth > 0 && previous != Previous::Names {
            if is(word, &["END"]) {
                self.previous = Previous::End;
            } else {
                self.count(word);
            }
        }
    }

    fn count(&mut self, word: &str) {
        if is(word, &["CASE"]) {
            self.depth += 1;
        } else if is(word, &["END"]) {
            self.close();
        }
    }

    fn begin(&mut self, span: Span) {
        if self.depth == 0 {
            self.opened = span;
        }
        self.depth += 1;
        self.previous = Previous::Begin(span);
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.previous = Previous::Other;
        if self.depth == 0 {
            self.head = Head::Plain;
        }
    }
}

fn is(word: &str, any: &[&str]) -> bool {
    any.iter().any(|one| word.eq_ignore_ascii_case(one))
}

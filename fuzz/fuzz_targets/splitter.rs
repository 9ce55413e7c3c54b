//! Any text, in any syntax, with any delimiter: every byte is accounted for, and nothing panics.
//!
//! The first byte chooses the syntax and the delimiter, the rest is the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plinth::{
    sql::{self, Syntax, sqlite},
    text::Source,
};

#[path = "../../tests/it/support/account.rs"]
mod account;

const SYNTAXES: [Syntax; 4] = [Syntax::SQLITE, Syntax::MYSQL, Syntax::POSTGRES, Syntax::GENERIC];
const DELIMITERS: [Option<&str>; 6] = [None, Some("//"), Some("\n\n"), Some("-- end"), Some("$$"), Some("é")];

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let choice = usize::from(*choice);
    let syntax = SYNTAXES[choice % SYNTAXES.len()];
    let delimiter = DELIMITERS[choice / SYNTAXES.len() % DELIMITERS.len()];
    let script = match sql::script(&text, &syntax, delimiter) {
        Ok(script) => script,
        Err(error) => {
            let _ = error.into_error(&Source::new("1.sql", &*text));
            return;
        }
    };
    assert_eq!(account::unaccounted(&text, &script, syntax, delimiter), None);
    for statement in &script.statements {
        let sql = &text[statement.span.range()];
        sqlite::classify(sql);
        if delimiter.is_none() && syntax == Syntax::SQLITE {
            let again = sql::split(sql, &syntax, None).expect("a statement can be cut again");
            assert_eq!(again.len(), 1, "{sql:?}");
            assert_eq!(again[0].span.range(), 0..sql.len());
        }
    }
});

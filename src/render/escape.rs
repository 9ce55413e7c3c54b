//! The one place where text becomes Markdown: an escape for each context that it may stand in.
//!
//! Whatever goes in, what comes out is text to a reader: never HTML, the end of a fence, a mention,
//! a link, a heading or a cell. Everything for a line of text is safe in a table cell too.

use std::fmt::Write;

use crate::prose::{Piece, Prose};

/// Splits what GitHub would link, and the marks of HTML comments: it has no width.
const BREAK: char = '\u{200b}';
/// Longer code in a line is cut.
pub(super) const LONGEST_CODE: usize = 240;
/// Longer foreign text in a line is cut.
pub(super) const LONGEST_TEXT: usize = 600;

/// The first `most` characters, with `…` where something was cut.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// Whether a character has no shape of its own, or changes how others are shown.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Text on one line, with hidden characters shown as `\u{…}` and line breaks as spaces.
pub(super) fn one_line(text: &str) -> String {
    let text = text.replace("\r\n", " ");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            c if is_hidden(c) => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a string takes all text"),
            c => out.push(c),
        }
    }
    out
}

/// Text of several lines, with hidden characters shown as `\u{…}`.
pub(super) fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if is_hidden(c) => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a string takes all text"),
            c => out.push(c),
        }
    }
    out
}

/// A name, a value or SQL in a line of text.
pub(super) fn code(value: &str) -> String {
    let value = one_line(&cut(value, LONGEST_CODE)).replace("<!--", &format!("<{BREAK}!--"));
    if value.is_empty() {
        return "`\"\"`".to_owned();
    }
    // A pipe would end the cell of a table even within backticks, and `\|` is right only there.
    if value.contains('|') {
        return format!("<code>{}</code>", entities(&unlinked(&value)));
    }
    let ticks = "`".repeat(longest_run(&value, '`') + 1);
    let is_blank = value.chars().all(|c| c == ' ');
    let pad =
        if !is_blank && (value.starts_with(['`', ' ']) || value.ends_with(['`', ' '])) { " " } else { "" };
    format!("{ticks}{pad}{value}{pad}{ticks}")
}

/// Foreign text as text: what it says can be read, what it does is nothing, even where a line begins.
pub(super) fn text(value: &str) -> String {
    let value = one_line(&cut(value, LONGEST_TEXT)).replace("<!--", "<!\u{200b}--");
    let value = value.trim();
    let escaped = entities(&unlinked(value));
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    // Both would be the first item of a list.
    if value.starts_with('-') {
        escaped.replacen('-', "&#45;", 1)
    } else if digits > 0 && value[digits..].starts_with('.') {
        escaped.replacen('.', "&#46;", 1)
    } else {
        escaped
    }
}

/// A block of code in a fence that the content cannot end; `language` is one of our own words.
pub(super) fn fence(language: &'static str, content: &str) -> String {
    let content = lines(content).replace("<!--", &format!("<{BREAK}!--"));
    let (ticks, tildes) = (longest_run(&content, '`'), longest_run(&content, '~'));
    let mark = if ticks <= tildes || ticks < 3 {
        "`".repeat(ticks.max(2) + 1)
    } else {
        "~".repeat(tildes.max(2) + 1)
    };
    format!("{mark}{language}\n{}\n{mark}", content.trim_end_matches('\n'))
}

/// A link, where the address is one of the web; else the text alone. `label` is already Markdown.
pub(super) fn link(label: &str, base: Option<&str>, path: &str) -> String {
    match base.filter(|base| base.starts_with("https://") || base.starts_with("http://")) {
        Some(base) => format!("[{label}]({}{path})", url_kept(base)),
        None => label.to_owned(),
    }
}

/// A path of a file as the path of a URL.
pub(super) fn url_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes all text");
        }
    }
    out
}

/// Our words and their arguments, in a line of text.
pub(super) fn prose(prose: &Prose) -> String {
    let mut out = String::new();
    let mut strong = false;
    for piece in prose.pieces() {
        let is_strong = matches!(piece, Piece::Strong(_) | Piece::StrongFigure(_));
        if is_strong != strong {
            out.push_str("**");
            strong = is_strong;
        }
        let next = match piece {
            Piece::Plain(words) | Piece::Strong(words) => own(words),
            Piece::Code(value) => code(value),
            // Words between two names keep their distance from them.
            Piece::Foreign(words) => {
                let before = if words.starts_with(' ') && !out.is_empty() { " " } else { "" };
                let after = if words.ends_with(' ') && !words.trim().is_empty() { " " } else { "" };
                format!("{before}{}{after}", text(words))
            }
            Piece::Figure(figure) | Piece::StrongFigure(figure) => text(figure),
        };
        // Two runs of backticks must not become one.
        if out.ends_with(['`', '>']) && next.starts_with(['`', '<']) {
            out.push(BREAK);
        }
        out.push_str(&next);
    }
    if strong {
        out.push_str("**");
    }
    out
}

/// Our own words may hold code in backticks; elsewhere `<` and `|` are meant as themselves.
fn own(words: &str) -> String {
    let balanced = words.matches('`').count().is_multiple_of(2);
    let mut in_code = false;
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '`' if balanced => {
                in_code = !in_code;
                out.push(c);
            }
            '`' => out.push_str("&#96;"),
            '<' if !in_code => out.push_str("&lt;"),
            '|' if !in_code => out.push_str("&#124;"),
            c => out.push(c),
        }
    }
    out
}

/// A base of URLs, which comes from the platform: kept but for what would end a link.
fn url_kept(base: &str) -> String {
    let mut out = String::with_capacity(base.len());
    for byte in base.bytes() {
        if byte.is_ascii_graphic() && !b"<>()[]\\\"'`|*".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes all text");
        }
    }
    out
}

/// Every sign that Markdown or HTML reads, as a character reference.
fn entities(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '!' | '#' | '$' | '(' | ')' | '*' | '+' | '[' | '\\' | ']' | '^' | '_' | '`' | '{' | '|'
            | '}' | '~' | '@' | ':' | '=' => {
                write!(out, "&#{};", u32::from(c)).expect("a string takes all text");
            }
            c => out.push(c),
        }
    }
    out
}

/// Breaks what a forge links by itself, after Markdown: mentions, numbers, addresses, commits, emoji.
fn unlinked(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut hex = 0;
    let mut last = [' '; 3];
    for c in value.chars() {
        let breaks = match last {
            [.., '@' | '#' | '$' | ':'] => !c.is_whitespace(),
            ['w' | 'W', 'w' | 'W', 'w' | 'W'] => c == '.',
            [.., before, '-'] => before.is_alphabetic() && c.is_ascii_digit(),
            _ => false,
        };
        hex = if c.is_ascii_hexdigit() { hex + 1 } else { 0 };
        if breaks || hex == 7 {
            out.push(BREAK);
            hex = 1;
        }
        out.push(c);
        last = [last[1], last[2], c];
    }
    out
}

fn longest_run(text: &str, of: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prose;

    #[test]
    fn code_outlasts_its_backticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(" "), "` `");
        assert_eq!(code(""), "`\"\"`");
        assert_eq!(code("a\nb\u{202e}c\rd"), "`a b\\u{202e}c\\u{d}d`");
        assert_eq!(code("a|<b>`"), "<code>a&#124;&lt;b&gt;&#96;</code>");
    }

    #[test]
    fn text_does_nothing() {
        assert_eq!(text("ask @team about #12"), "ask &#64;\u{200b}team about &#35;\u{200b}12");
        assert_eq!(text("<b>*x*</b>"), "&lt;b&gt;&#42;x&#42;&lt;/b&gt;");
        assert_eq!(text("https://x.y"), "https&#58;\u{200b}//x.y");
        assert_eq!([text("- a"), text("1. a"), text("\t\t\ta ")], ["&#45; a", "1&#46; a", "a"]);
        assert_eq!(text("www.x.y, GH-1"), "www\u{200b}.x.y, GH-\u{200b}1");
        assert_eq!(text("41d07aa9f2c1e7"), "41d07a\u{200b}a9f2c1\u{200b}e7");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("sql", "SELECT 1;\n"), "```sql\nSELECT 1;\n```");
        assert_eq!(fence("sql", "a\n```\nb"), "~~~sql\na\n```\nb\n~~~");
        assert_eq!(fence("sql", "````\n~~~~~"), "`````sql\n````\n~~~~~\n`````");
        assert_eq!(fence("sql", "<!-- x"), "```sql\n<\u{200b}!-- x\n```");
    }

    #[test]
    fn links_lead_to_the_web_or_nowhere() {
        assert_eq!(link("`a`", Some("https://h/b/"), "x"), "[`a`](https://h/b/x)");
        assert_eq!(link("`a`", Some("javascript:alert(1)//"), "x"), "`a`");
        assert_eq!(link("`a`", Some("https://h/) [x](y"), ""), "[`a`](https://h/%29%20%5Bx%5D%28y)");
        assert_eq!(url_path("a b/ü)%.sql"), "a%20b/%C3%BC%29%25.sql");
    }

    #[test]
    fn prose_keeps_words_and_values_apart() {
        assert_eq!(
            prose(&prose!("**{} errors** in {}{}", 2, "a`", "`b")),
            "**2 errors** in `` a` ``\u{200b}`` `b ``"
        );
        assert_eq!(prose(&prose!("`{}` < 5", "x")), "&#96;`x`&#96; &lt; 5");
    }
}

//! Text whose every character can be seen, for places that show it as it is.

/// The text with line ends, control characters, and characters that hide or reorder others written
/// out: `\n`, `\u{1b}`. Tabs stay.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push(c),
            _ if is_hidden(c) => shown.extend(c.escape_unicode()),
            _ => shown.push(c),
        }
    }
    shown
}

/// Whether a character is a control character, invisible, or changes the order of others.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_written_out_and_the_rest_stays() {
        assert_eq!(visible("a\tb é 表 🔴"), "a\tb é 表 🔴");
        assert_eq!(visible("a\r\nb\x1b[31m\0"), "a\\r\\nb\\u{1b}[31m\\u{0}");
        assert_eq!(visible("x\u{202e}y\u{200b}\u{feff}\u{85}"), "x\\u{202e}y\\u{200b}\\u{feff}\\u{85}");
    }
}

//! The text of a new migration.

use crate::plan::Plan;

/// The statements of a plan as Atlas writes them: a comment that starts with a capital, and the statement.
///
/// Comments hold names that somebody else chose: a line break in one cannot end the comment.
pub fn body(plan: &Plan) -> String {
    let mut text = String::new();
    for statement in &plan.statements {
        let comment: String =
            statement.comment.chars().map(|char| if breaks_line(char) { ' ' } else { char }).collect();
        let mut chars = comment.trim().chars();
        if let Some(first) = chars.next() {
            text.push_str(&format!("-- {}{}\n", first.to_ascii_uppercase(), chars.as_str()));
        }
        text.push_str(&format!("{};\n", statement.sql));
    }
    text
}

fn breaks_line(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}' | '\u{2029}')
}

//! The text of a new migration.

use crate::plan::{Plan, Statement};

/// The statements of a plan as Atlas writes them: a comment that starts with a capital, and the statement.
///
/// Comments hold names that somebody else chose: a line break in one cannot end the comment.
pub fn body(plan: &Plan) -> String {
    pieces(plan).concat()
}

/// The statements of [`body`], each with its comment.
pub fn pieces(plan: &Plan) -> Vec<String> {
    let piece = |statement: &Statement| {
        let mut text = String::new();
        let comment: String =
            statement.comment.chars().map(|char| if breaks_line(char) { ' ' } else { char }).collect();
        let mut chars = comment.trim().chars();
        if let Some(first) = chars.next() {
            text.push_str(&format!("-- {}{}\n", first.to_ascii_uppercase(), chars.as_str()));
        }
        text.push_str(&format!("{};\n", statement.sql));
        text
    };
    plan.statements.iter().map(piece).collect()
}

/// The statements that undo a plan; none where one of its statements cannot be undone.
pub fn undoing(plan: &Plan) -> Vec<String> {
    if plan.statements.iter().any(|statement| statement.reverse.is_empty()) {
        return Vec::new();
    }
    plan.reverse().map(|sql| format!("{sql};\n")).collect()
}

fn breaks_line(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}' | '\u{2029}')
}

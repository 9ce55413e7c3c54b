//! The files through which a step hands over outputs and its summary.
//!
//! `GITHUB_ENV` and `GITHUB_PATH` are never written: they change what later steps run.

use super::command::Command;
use crate::{
    error::{Error, Result},
    platform::{Effect, Output},
};

/// The most that all outputs of a job may hold, in UTF-16 units.
const OUTPUT_LIMIT: usize = 1_000_000;
/// The largest summary of a step, in bytes; the runner drops larger ones whole.
const SUMMARY_LIMIT: usize = 1 << 20;

/// The outputs as text for the output file, each ended by a line that its value cannot contain.
///
/// Outputs that do not fit are left out, and the log says which.
pub(super) fn hand_over(
    path: &str,
    outputs: &[Output],
    delimiter: impl Fn() -> Result<String>,
) -> Result<Vec<Effect>> {
    let mut text = String::new();
    let mut effects = Vec::new();
    let mut units = 0;
    for Output { name, value } in outputs {
        let size = value.encode_utf16().count();
        if units + size > OUTPUT_LIMIT {
            let message =
                format!("the output `{name}` is left out: GitHub takes 1 MB for all outputs of a job");
            effects.push(Effect::Log(Command::new("warning").with("title", "Plinth").line(&message)));
            continue;
        }
        units += size;
        text.push_str(&heredoc(name, value, &delimiter()?)?);
    }
    if !text.is_empty() {
        effects.insert(0, Effect::Append { path: path.to_owned(), text });
    }
    Ok(effects)
}

fn heredoc(name: &str, value: &str, delimiter: &str) -> Result<String> {
    let odd = |byte: u8| !(byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if name.is_empty() || name.bytes().any(odd) {
        return Err(Error::bug(format!("`{}` cannot be the name of an output", name.escape_debug())));
    }
    if value.contains(delimiter) {
        return Err(Error::bug(format!("the output `{name}` contains the line that would end it")));
    }
    Ok(format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
}

/// A line of 128 random bits.
pub(super) fn random_delimiter() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::outside("the operating system gives no random numbers").because(error))?;
    Ok(format!("plinth_{:032x}", u128::from_be_bytes(bytes)))
}

/// The summary within its limit: cut after a line, with what was open closed, and saying so.
pub(super) fn summary(markdown: &str) -> String {
    const NOTE: &str = "\n\n_The rest is left out: GitHub takes 1 MiB for the summary of a step._\n";
    if markdown.len() < SUMMARY_LIMIT {
        return format!("{}\n", markdown.trim_end_matches('\n'));
    }
    // Room for the closing lines: a fence is as long as its opening one, folds are few.
    let mut end = markdown.floor_char_boundary(SUMMARY_LIMIT - NOTE.len() - 4096);
    end = markdown[..end].rfind('\n').unwrap_or(end);
    let kept = &markdown[..end];
    let closing = closing(kept);
    let closing = if closing.len() > 4096 { String::new() } else { closing };
    format!("{kept}{closing}{NOTE}")
}

/// What closes the code block and the folds that are still open at the end of the text.
fn closing(markdown: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut folds = 0_usize;
    for line in markdown.lines() {
        let line = line.trim_start();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~')).unwrap_or(' ');
        let run = &line[..line.len() - line.trim_start_matches(mark).len()];
        if let Some(open) = fence {
            let closes = run.len() >= open.len() && run.starts_with(open) && line.trim_end() == run;
            fence = if closes { None } else { fence };
        } else if run.len() >= 3 && mark != ' ' {
            fence = Some(run);
        } else if line.starts_with("<details") {
            folds += 1;
        } else if line.starts_with("</details>") {
            folds = folds.saturating_sub(1);
        }
    }
    let fence = fence.map(|fence| format!("\n{fence}")).unwrap_or_default();
    format!("{fence}{}", "\n\n</details>".repeat(folds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_long_and_differ() {
        let (one, two) = (random_delimiter().unwrap(), random_delimiter().unwrap());
        assert_eq!(one.len(), "plinth_".len() + 32);
        assert_ne!(one, two);
    }

    #[test]
    fn a_value_that_contains_its_end_is_refused() {
        let outputs = [Output { name: "report", value: "a\nEND\nother=x".to_owned() }];
        assert!(hand_over("f", &outputs, || Ok("END".to_owned())).is_err());
        let effects = hand_over("f", &outputs, || Ok("FIN".to_owned())).unwrap();
        let text = "report<<FIN\na\nEND\nother=x\nFIN\n".to_owned();
        assert_eq!(effects, [Effect::Append { path: "f".to_owned(), text }]);
    }

    #[test]
    fn outputs_beyond_the_limit_are_left_out_and_named() {
        let big = Output { name: "big", value: "é".repeat(OUTPUT_LIMIT + 1) };
        let small = Output { name: "small", value: "1".to_owned() };
        let effects = hand_over("f", &[big, small], || Ok("END".to_owned())).unwrap();
        let text = "small<<END\n1\nEND\n".to_owned();
        assert_eq!(effects[0], Effect::Append { path: "f".to_owned(), text });
        assert!(matches!(&effects[1], Effect::Log(line) if line.contains("`big` is left out")));
    }

    #[test]
    fn a_long_summary_is_cut_after_a_line_with_everything_closed() {
        let long = format!(
            "# x\n<details><summary>s</summary>\n\n````sql\n{}",
            "SELECT 1; -- é ```\n".repeat(80_000)
        );
        let text = summary(&long);
        assert!(text.len() <= SUMMARY_LIMIT, "{}", text.len());
        assert!(
            text.contains("```\n````\n\n</details>\n\n_The rest is left out"),
            "{}",
            &text[text.len() - 300..]
        );
        assert_eq!(summary("# x"), "# x\n");
    }
}

//! The one comment of a project on a pull request: found, written, never overwritten by an older run.
//!
//! A comment is ours if this run's identity wrote it and its very first characters are our marker;
//! nothing that stands further down, such as SQL of the pull request, can pose as one. The marker
//! only finds the comment: what it says is never taken as a fact about the change.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Forge, Note, Posted};
use crate::error::{Error, Result};

/// The version of the marker that is written here.
const VERSION: u64 = 1;
const START: &str = "<!-- plinth ";
const END: &str = " -->";

/// Which comment of a pull request is meant, and for which state of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The stable key of the project.
    pub project: String,
    /// What the comment is, for example `review`; each kind has a comment of its own.
    pub kind: String,
    /// The commit that the comment is about.
    pub head: String,
    /// The number of the run; a comment of a greater one stays.
    pub run: u64,
}

/// What became of the comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There was none; now there is, at this page.
    Created(String),
    /// It said something else before.
    Updated(String),
    /// It said the same already.
    Unchanged(String),
    /// A newer run wrote it, so it was left alone.
    Superseded(String),
    /// It was left alone for the reason given.
    Refused {
        /// Its page.
        url: String,
        /// Why.
        reason: &'static str,
    },
}

/// How long the text of a comment may be, its marker aside, in UTF-16 units.
pub fn room(forge: &dyn Forge, slot: &Slot) -> usize {
    let marker = Marker::new(slot, "").to_string().encode_utf16().count() + 1;
    forge.note_limit().saturating_sub(marker)
}

/// Makes the comment say `body`: creates it, changes it, or leaves it; removes copies of it.
///
/// # Errors
///
/// Whatever the forge refuses; it says nothing about the change that was reviewed.
pub async fn upsert(forge: &dyn Forge, pull: u64, slot: &Slot, body: &str) -> Result<Outcome> {
    let marker = Marker::new(slot, body);
    let text = format!("{marker}\n{body}");
    if text.encode_utf16().count() > forge.note_limit() {
        return Err(Error::bug(format!("the comment is longer than the {} that fit", forge.note_limit())));
    }
    let found = found(forge, pull, slot).await?;
    let Some((note, known)) = found.first() else {
        return create(forge, pull, slot, &text).await;
    };
    let url = note.url.clone();
    if found.iter().any(|(_, known)| known.run() > slot.run) {
        return Ok(Outcome::Superseded(url));
    }
    if found.iter().any(|(_, known)| known.v > VERSION) {
        return Ok(Outcome::Refused { url, reason: "a newer version of Plinth wrote it" });
    }
    let outcome = if known.body == marker.body && known.head == marker.head {
        Outcome::Unchanged(url)
    } else {
        Outcome::Updated(forge.update(note.id, &text).await?.url)
    };
    for (copy, _) in &found[1..] {
        // A copy that stays is confusing, not wrong; the next run tries again.
        forge.delete(copy.id).await.ok();
    }
    Ok(outcome)
}

/// The projects that have a comment of ours of this kind.
pub async fn projects(forge: &dyn Forge, pull: u64, kind: &str) -> Result<BTreeSet<String>> {
    let notes = forge.notes(pull).await?;
    let markers = notes.iter().filter(|note| note.own).filter_map(|note| Marker::parse(&note.body));
    Ok(markers.filter(|marker| marker.kind == kind).map(|marker| marker.project).collect())
}

async fn create(forge: &dyn Forge, pull: u64, slot: &Slot, text: &str) -> Result<Outcome> {
    // A second comment is worse than none, so a lost answer leads to a look before the next try.
    for last in [false, true] {
        match forge.create(pull, text).await? {
            Posted::Done(note) => return Ok(Outcome::Created(note.url)),
            Posted::Unknown(cause) => match found(forge, pull, slot).await?.into_iter().next() {
                Some((note, _)) => return Ok(Outcome::Created(note.url)),
                None if last => return Err(cause),
                None => {}
            },
        }
    }
    Err(Error::bug("the comment was tried more than twice"))
}

/// Our comments in this slot, oldest first.
async fn found(forge: &dyn Forge, pull: u64, slot: &Slot) -> Result<Vec<(Note, Marker)>> {
    let notes = forge.notes(pull).await?;
    let mut found: Vec<_> = notes
        .into_iter()
        .filter(|note| note.own)
        .filter_map(|note| Marker::parse(&note.body).map(|marker| (note, marker)))
        .filter(|(_, marker)| marker.project == slot.project && marker.kind == slot.kind)
        .collect();
    found.sort_by_key(|(note, _)| note.id);
    Ok(found)
}

/// The first line of a comment of ours; a comment of HTML, so readers do not see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Marker {
    v: u64,
    project: String,
    kind: String,
    #[serde(default)]
    head: String,
    /// As text, because readers of JSON may cut large numbers.
    #[serde(default)]
    run: String,
    /// The hash of what follows the marker.
    #[serde(default)]
    body: String,
}

impl Marker {
    fn new(slot: &Slot, body: &str) -> Self {
        let hash = Sha256::digest(body.as_bytes());
        Self {
            v: VERSION,
            project: slot.project.clone(),
            kind: slot.kind.clone(),
            head: slot.head.clone(),
            run: slot.run.to_string(),
            // 128 bits: an author must not be able to make two bodies that count as one.
            body: hash.iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]).map(hexadecimal).collect(),
        }
    }

    /// Reads the marker at the very start of a comment.
    fn parse(text: &str) -> Option<Self> {
        let line = text.lines().next()?.trim_end();
        let json = line.strip_prefix(START)?.strip_suffix(END)?;
        serde_json::from_str(json).ok()
    }

    fn run(&self) -> u64 {
        self.run.parse().unwrap_or(0)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(START)?;
        let mut before = ' ';
        for c in json.chars() {
            // Outside of strings JSON has none of these, so all of them may be escaped alike.
            if !c.is_ascii() || matches!(c, '<' | '>' | '&') || (c == '-' && before == '-') {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(f, "\\u{unit:04x}")?;
                }
            } else {
                write!(f, "{c}")?;
            }
            before = c;
        }
        f.write_str(END)
    }
}

fn hexadecimal(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(project: &str) -> Slot {
        Slot { project: project.to_owned(), kind: "review".to_owned(), head: "9f2c1e7".to_owned(), run: 18 }
    }

    #[test]
    fn a_marker_is_one_line_that_comes_back() {
        let marker = Marker::new(&slot("migrations"), "x");
        assert_eq!(
            marker.to_string(),
            "<!-- plinth {\"v\":1,\"project\":\"migrations\",\"kind\":\"review\",\"head\":\"9f2c1e7\",\
             \"run\":\"18\",\"body\":\"2d711642b726b04401627ca9fbac32f5\"} -->"
        );
        assert_eq!(Marker::parse(&format!("{marker}\r\nbody")), Some(marker));
    }

    #[test]
    fn a_hostile_project_stays_inside_its_marker() {
        for project in
            ["a --> <b>", "--!>", "x\n<!-- plinth {} -->", "é\u{202e}🔴", "\"},{\"v\":9", "&gt;", "\\u003e"]
        {
            let marker = Marker::new(&slot(project), "x");
            let line = marker.to_string();
            assert!(line.is_ascii() && !line.contains('\n'), "{line}");
            let inner = &line[START.len()..line.len() - END.len()];
            assert!(!inner.contains(['<', '>']) && !inner.contains("--"), "{line}");
            assert_eq!(Marker::parse(&line), Some(marker));
        }
    }

    #[test]
    fn only_the_very_start_is_a_marker() {
        let line = Marker::new(&slot("m"), "x").to_string();
        for text in [
            format!(" {line}"),
            format!("\n{line}"),
            format!("```\n{line}"),
            format!("{line} x"),
            String::new(),
        ] {
            assert_eq!(Marker::parse(&text), None, "{text:?}");
        }
        for text in
            ["<!-- plinth {} -->", "<!-- plinth -->", "<!-- plinth {\"v\":\"1\"} -->", "<!-- plinth  -->"]
        {
            assert_eq!(Marker::parse(text), None, "{text:?}");
        }
    }
}

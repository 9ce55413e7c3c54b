//! A checksum file, and a folder: what is read prints back, and no edit goes unnoticed.
//!
//! The first byte chooses: an even one, the rest is the text of a checksum file; an odd one, the rest are
//! files, cut at NUL bytes, and the last two bytes say which byte of them is changed, and to what.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plinth::{
    folder::Folder,
    migrations::{Directory, SUM_FILE, Sum},
};

fuzz_target!(|data: &[u8]| match data.split_first() {
    Some((choice, rest)) if choice % 2 == 0 => text(&String::from_utf8_lossy(rest)),
    Some((_, [files @ .., at, change])) => folder(files, *at, *change),
    _ => {}
});

fn text(text: &str) {
    let Ok(sum) = text.parse::<Sum>() else { return };
    assert_eq!(sum.to_string().parse::<Sum>().as_ref(), Ok(&sum));
    for entry in &sum.entries {
        sum.hash(&entry.name);
    }
}

fn folder(files: &[u8], at: u8, change: u8) {
    let texts: Vec<&[u8]> = files.split(|byte| *byte == 0).take(8).collect();
    let named = texts.iter().enumerate().map(|(at, text)| (format!("{at}_a.sql"), text.to_vec()));
    let mut folder = Folder { path: "m".into(), files: named.collect(), ..Folder::default() };
    let Ok(before) = Directory::open(&folder) else { return };
    folder.files.insert(SUM_FILE.into(), before.sum().to_string().into_bytes());
    let whole = Directory::open(&folder).expect("a folder with its checksum file");
    assert!(whole.verify().is_ok());
    let name = format!("{}_a.sql", usize::from(at) % texts.len());
    let ignored = before.sum().hash(&name).is_none();
    let text = folder.files.get_mut(&name).expect("a file of the folder");
    if text.is_empty() || change == 0 {
        return;
    }
    let place = usize::from(at) % text.len();
    text[place] ^= change;
    let Ok(edited) = Directory::open(&folder) else { return };
    // What says that it has no checksum may change; everything else may not.
    assert!(edited.verify().is_err() || ignored, "an edit of `{name}` goes unnoticed");
}

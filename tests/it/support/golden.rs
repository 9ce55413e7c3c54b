//! Documents that were looked at once and must stay as they are.

use std::{fs, path::Path};

/// Compares a text with the document of that path under `tests/cases`; `UPDATE=1` rewrites it.
#[expect(clippy::disallowed_methods, reason = "the one switch of the goldens")]
pub(crate) fn golden(path: &str, actual: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&file, actual).expect("the golden can be written");
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(expected, actual, "{} differs; UPDATE=1 rewrites it", file.display());
}

//! The user's own editor: the one program that Plinth starts for a person, and only outside CI.

use std::{
    io::{self, IsTerminal},
    path::Path,
    process::Command,
};

use crate::{
    env::Env,
    error::{Error, Result},
};

/// The editor of a terminal whose user has chosen none.
const USUAL: &str = "vi";

/// The editor that the environment names, with its arguments; the usual one where a person sits at a terminal.
pub fn find(env: &Env) -> Result<String> {
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| env.get(name));
    match named.map(str::trim).filter(|command| !command.is_empty()) {
        Some(command) => Ok(command.to_owned()),
        None if io::stdin().is_terminal() && io::stdout().is_terminal() => Ok(USUAL.to_owned()),
        None => {
            Err(Error::usage("there is no terminal to edit in, and neither `VISUAL` nor `EDITOR` is set")
                .hint("set `EDITOR`, or edit the file and run `plinth migrate hash`"))
        }
    }
}

/// Opens a file in the editor and waits until it is closed.
///
/// The command is split by a shell, as git does it; the path is never part of its text.
pub fn edit(command: &str, path: &Path) -> Result<()> {
    let failed = |why: String| Error::outside(format!("the editor `{command}` failed: {why}"));
    let ended = Command::new("sh")
        .args(["-c", &format!("{command} \"$@\""), command])
        .arg(path)
        .status()
        .map_err(|error| failed("no shell can be started".to_owned()).because(error))?;
    if ended.success() { Ok(()) } else { Err(failed(ended.to_string())) }
}

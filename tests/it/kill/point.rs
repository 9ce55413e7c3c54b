//! Where a run can be killed: the system calls that change or sync what must survive.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::Command,
};

use super::{DATABASE, in_folder};

/// The calls that count. A `?` is for those that not every machine has.
const CALLS: &str = "openat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,?truncate,fallocate,fsync,fdatasync,\
                     ?unlink,unlinkat,?rename,?renameat,renameat2";

/// A call, as one of a run begins; it is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point {
    /// The file's name in the folder of the run; empty for the folder itself.
    file: String,
    call: String,
    /// Which of the calls of that name on that file, from 1.
    nth: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of `{}`", self.call, self.nth, self.file)
    }
}

impl Point {
    /// The program under a tracer that kills it there; the program's arguments are still to be added.
    pub(super) fn killer(&self, folder: &Path) -> Command {
        let path = if self.file.is_empty() { folder.to_owned() } else { folder.join(&self.file) };
        let mut command = in_folder("strace", folder);
        command.args(["-f", "-qq", "-o", "/dev/null", "-P"]).arg(path);
        command.arg("-e").arg(format!("trace={}", self.call));
        command.arg("-e").arg(format!("inject={}:signal=SIGKILL:when={}", self.call, self.nth));
        command.arg(env!("CARGO_BIN_EXE_plinth"));
        command
    }

    /// Whether a run of that killer was killed.
    pub(super) fn kills(killer: &mut Command) -> bool {
        killer.output().unwrap().status.signal() == Some(9)
    }
}

/// Whether programs can be traced here.
pub(super) fn can_trace() -> bool {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    traced.is_ok_and(|output| output.status.success())
}

/// The program under a tracer that lists its calls in a file; the program's arguments are still to be added.
pub(super) fn tracer(folder: &Path, list: &Path) -> Command {
    let mut command = in_folder("strace", folder);
    command.args(["-f", "-qq", "-y", "-e", &format!("trace={CALLS}"), "-o"]).arg(list);
    command.arg(env!("CARGO_BIN_EXE_plinth"));
    command
}

/// The points of a run in this folder, from the list of its calls.
pub(super) fn all(list: &str, folder: &Path) -> Vec<Point> {
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut points = BTreeSet::new();
    for line in list.lines() {
        let Some((_, rest)) = line.split_once(char::is_whitespace) else { continue };
        let Some((call, arguments)) = rest.trim_start().split_once('(') else { continue };
        let Some(file) = file(arguments, folder).filter(|_| !call.starts_with('<')) else { continue };
        let nth = counts.entry((file.clone(), call)).or_default();
        *nth += 1;
        // An open file changes nothing, a new one does.
        if call != "openat" || arguments.contains("O_CREAT") {
            points.insert(Point { file, call: call.to_owned(), nth: *nth });
        }
    }
    points.into_iter().collect()
}

/// The name of the file that a call is about, if it is one of those that must survive.
fn file(arguments: &str, folder: &Path) -> Option<String> {
    let is_descriptor = arguments.starts_with(|letter: char| letter.is_ascii_digit());
    let path = if is_descriptor { arguments.split(['<', '>']).nth(1) } else { arguments.split('"').nth(1) };
    let name = Path::new(path?).strip_prefix(folder).ok()?.to_str()?;
    let survives = name.is_empty() || name.starts_with(DATABASE) || name.starts_with("atlas_migrate_");
    survives.then(|| name.to_owned())
}

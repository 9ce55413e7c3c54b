//! A folder of its own for runs of the built program, in an environment that is otherwise empty.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::checkout::Checkout;

/// A temporary folder, and the program run inside of it.
pub(crate) struct Sandbox {
    /// The folder, with its repository if it is one.
    pub(crate) checkout: Checkout,
    environment: Vec<(String, String)>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Sandbox {
    /// An empty folder that is no repository.
    pub(crate) fn folder() -> Self {
        Self { checkout: Checkout::bare(), environment: Vec::new() }
    }

    /// A git repository with these files committed on `main`.
    pub(crate) fn repository(files: &[(&str, &str)]) -> Self {
        let sandbox = Self { checkout: Checkout::new(), environment: Vec::new() };
        for (path, text) in files {
            sandbox.checkout.write(path, text);
        }
        sandbox
    }

    /// This checkout.
    pub(crate) fn of(checkout: Checkout) -> Self {
        Self { checkout, environment: Vec::new() }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.checkout.path()
    }

    /// A path inside of it.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    /// Writes a file, with its folders.
    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        self.checkout.write(path, text);
        self
    }

    /// Reads a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.file(path)).unwrap()
    }

    /// Sets a variable for every run from here on.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Forgets every variable that was set.
    pub(crate) fn forget(&mut self) -> &mut Self {
        self.environment.clear();
        self
    }

    /// Runs the program with these arguments, split at spaces.
    pub(crate) fn plinth(&self, arguments: &str) -> Run {
        self.plinth_with(&arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs the program with these arguments; it must succeed.
    pub(crate) fn must(&self, arguments: &str) -> Run {
        let run = self.plinth(arguments);
        assert_eq!(run.code, 0, "plinth {arguments}: {}", run.all());
        run
    }

    /// Starts the program with these arguments, split at spaces; what it says is lost.
    pub(crate) fn start(&self, arguments: &str) -> Child {
        let mut command = self.command();
        command.args(arguments.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plinth"));
        command
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("TMPDIR", self.path().parent().unwrap())
            .env("LC_ALL", "C.UTF-8")
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program with these arguments.
    pub(crate) fn plinth_with(&self, arguments: &[&str]) -> Run {
        let output = self.command().args(arguments).output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: self.scrub(&String::from_utf8(output.stdout).unwrap()),
            stderr: self.scrub(&String::from_utf8(output.stderr).unwrap()),
        }
    }

    /// The text without what differs from run to run: the folder, commits, times, versions of libraries.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let text = text.replace(self.path().to_str().unwrap(), "@DIR@");
        let words =
            text.split_inclusive(|letter: char| !(letter.is_alphanumeric() || "._µ".contains(letter)));
        let scrubbed: String = words.map(scrub_word).collect();
        scrub_spaced_times(&scrubbed)
    }
}

/// Takes the number out of times such as `12 ms`.
fn scrub_spaced_times(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = [" ms", " s\n", " s)", " s "].iter().filter_map(|unit| rest.find(unit)).min() {
        let (before, after) = rest.split_at(at);
        let bare = before.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        out.push_str(bare);
        out.push_str(if bare.len() < before.len() { "@N@" } else { "" });
        out.push_str(&after[..2]);
        rest = &after[2..];
    }
    out + rest
}

/// A time such as `1.2ms`, a commit, or a version of SQLite, each replaced by a mark.
fn scrub_word(word: &str) -> String {
    let bare = word.trim_end_matches(|letter: char| !(letter.is_alphanumeric() || letter == 'µ'));
    let rest = &word[bare.len()..];
    let is_number =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_time = ["ms", "µs", "ns", "s"].iter().any(|unit| bare.strip_suffix(unit).is_some_and(is_number));
    let is_commit = [7, 10, 40].contains(&bare.len())
        && bare.bytes().all(|byte| byte.is_ascii_hexdigit())
        && bare.bytes().any(|byte| byte.is_ascii_alphabetic())
        && bare.bytes().any(|byte| byte.is_ascii_digit());
    let is_version = bare.starts_with("3.") && bare.matches('.').count() == 2 && is_number(bare);
    let mark = match (is_time, is_commit, is_version) {
        (true, ..) => "@TIME@",
        (_, true, _) => "@COMMIT@",
        (.., true) => "@VERSION@",
        _ => return word.to_owned(),
    };
    format!("{mark}{rest}")
}

impl Run {
    /// Everything about the run as one text, for a snapshot.
    pub(crate) fn all(&self) -> String {
        let section = |name: &str, text: &str| match text.trim_end() {
            "" => String::new(),
            text => format!("--- {name}\n{text}\n"),
        };
        format!("exit {}\n{}{}", self.code, section("stdout", &self.stdout), section("stderr", &self.stderr))
    }
}

//! A git repository in a folder of its own, made by the real git.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A repository that is deleted at the end of its test.
pub(crate) struct Checkout {
    folder: TempDir,
    root: PathBuf,
}

impl Checkout {
    /// An empty repository whose branch is `main`.
    pub(crate) fn new() -> Self {
        let checkout = Self::at("work");
        checkout.git(&["init", "--quiet", "--initial-branch=main"]);
        checkout
    }

    /// A clone of this one, with these extra options.
    pub(crate) fn cloned(&self, options: &[&str]) -> Self {
        let clone = Self::at("clone");
        let source = format!("file://{}", self.root.display());
        clone.git(&[&["clone", "--quiet"], options, &[&source, "."]].concat());
        clone
    }

    /// The folder of the work tree.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Runs git, which must succeed, and gives what it printed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_with(arguments, "")
    }

    /// Runs git, which may well fail, and says whether it did not.
    pub(crate) fn try_git(&self, arguments: &[&str]) -> bool {
        self.run(arguments, "").status.success()
    }

    /// Runs git with this text as its input.
    pub(crate) fn git_with(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new("git")
            .args([
                "-c",
                "user.name=Ada",
                "-c",
                "user.email=ada@example.com",
                "-c",
                "commit.gpgsign=false",
                "-c",
                "core.editor=true",
            ])
            .args(["-c", "core.hooksPath=/dev/null", "-c", "protocol.file.allow=always"])
            .args(arguments)
            .current_dir(&self.root)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
            .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git runs");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("git reads");
        child.wait_with_output().expect("git ends")
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, path: &str, content: &str) -> &Self {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders are made");
        fs::write(path, content).expect("a file is written");
        self
    }

    /// Commits everything in the work tree and gives the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// A folder that is no repository.
    pub(crate) fn bare() -> Self {
        Self::at("work")
    }

    fn at(name: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("a path").join(name);
        fs::create_dir(&root).expect("a folder is made");
        Self { folder, root }
    }
}

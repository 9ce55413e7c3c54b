//! Objects that a client stores one by one, kept by the real git in a bare repository.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    REPOSITORY, bodies,
    data::{Data, Reply, ok, refused},
};

impl Data {
    /// Stores a file, a tree or a commit.
    pub(super) fn store(&self, kind: &str, input: &Value) -> Reply {
        let Some(store) = &self.store else { return refused(404, "Not Found") };
        let stored = match kind {
            "blobs" => blob(store, input),
            "trees" => tree(store, input),
            _ => commit(store, input),
        };
        let url = format!("{}/repos/{REPOSITORY}/git/{kind}", self.url);
        match stored {
            Err(why) => refused(422, &why),
            Ok(sha) => {
                let body = match kind {
                    "blobs" => json!({ "sha": sha, "url": url }),
                    "trees" => json!({ "sha": sha, "url": url, "truncated": false, "tree": [] }),
                    _ => bodies::commit(&url, &sha, input),
                };
                Reply { status: 201, ..ok(&body) }
            }
        }
    }

    /// Moves a branch; without force only to what comes after it.
    pub(super) fn move_branch(&mut self, branch: &str, input: &Value) -> Reply {
        let Some(store) = &self.store else { return refused(404, "Not Found") };
        let Some(old) = self.branches.get(branch) else { return refused(422, "Reference does not exist") };
        let new = input["sha"].as_str().unwrap_or_default();
        if git(store, &["cat-file", "-e", &format!("{new}^{{commit}}")], b"").is_err() {
            return refused(422, "Object does not exist");
        }
        let follows = git(store, &["merge-base", "--is-ancestor", old, new], b"").is_ok();
        if input["force"] != true && !follows {
            return refused(422, "Update is not a fast forward");
        }
        git(store, &["update-ref", &format!("refs/heads/{branch}"), new], b"").expect("a branch");
        let reply = ok(&bodies::reference(&self.url, REPOSITORY, branch, new));
        self.branches.insert(branch.to_owned(), new.to_owned());
        reply
    }
}

fn blob(store: &Path, input: &Value) -> Result<String, String> {
    let content = input["content"].as_str().unwrap_or_default();
    let content = match input["encoding"].as_str() {
        Some("base64") => BASE64_STANDARD.decode(content).map_err(|error| error.to_string())?,
        _ => content.as_bytes().to_vec(),
    };
    git(store, &["hash-object", "-w", "--stdin"], &content)
}

fn tree(store: &Path, input: &Value) -> Result<String, String> {
    git(store, &["read-tree", "--empty"], b"")?;
    if let Some(base) = input["base_tree"].as_str() {
        git(store, &["read-tree", base], b"")?;
    }
    let mut lines = String::new();
    for entry in input["tree"].as_array().into_iter().flatten() {
        let text = |name: &str| entry[name].as_str().unwrap_or_default();
        let zero = "0".repeat(40);
        let (mode, sha) =
            if entry["sha"].is_null() { ("0", zero.as_str()) } else { (text("mode"), text("sha")) };
        lines.push_str(&format!("{mode} {sha}\t{}\0", text("path")));
    }
    git(store, &["update-index", "-z", "--index-info"], lines.as_bytes())?;
    git(store, &["write-tree"], b"")
}

fn commit(store: &Path, input: &Value) -> Result<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let author = &input["author"];
    let who = |name: &str, usual: &str| author[name].as_str().unwrap_or(usual).to_owned();
    let tree = text(&input["tree"]);
    let parents: Vec<_> = input["parents"].as_array().into_iter().flatten().map(text).collect();
    let name = format!("user.name={}", who("name", "github-actions[bot]"));
    let email = format!("user.email={}", who("email", "bot@example.com"));
    let mut arguments = vec!["-c", &name, "-c", &email, "commit-tree", &tree];
    for parent in &parents {
        git(store, &["cat-file", "-e", parent], b"")?;
        arguments.extend(["-p", parent]);
    }
    git(store, &arguments, text(&input["message"]).as_bytes())
}

fn git(store: &Path, arguments: &[&str], input: &[u8]) -> Result<String, String> {
    let mut child = Command::new("git")
        .arg("--git-dir")
        .arg(store)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
        .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git runs");
    child.stdin.take().expect("a pipe").write_all(input).expect("git reads");
    let output = child.wait_with_output().expect("git ends");
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

//! A repository on a forge, and the jobs that its events start.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::support::{
    checkout::Checkout,
    fake_github::{FakeGitHub, REPOSITORY, TOKEN},
    golden,
    runner::{self, Obeyed},
    sandbox::{Run, Sandbox},
};

/// The number of the pull request of most tests.
pub(super) const PULL: u64 = 7;

/// The table that is there before every pull request.
pub(super) const USERS: &str =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nickname text);\n";
/// Where it is made.
pub(super) const USERS_FILE: &str = "migrations/20260101000000_users.sql";
/// A migration that nobody minds.
pub(super) const POSTS: &str =
    "CREATE TABLE posts (id integer PRIMARY KEY, author integer NOT NULL REFERENCES users (id));\n";
/// Where it stands.
pub(super) const POSTS_FILE: &str = "migrations/20260102000000_posts.sql";
/// A migration that loses data.
pub(super) const DROP: &str = "ALTER TABLE users DROP COLUMN nickname;\n";
/// Where it stands.
pub(super) const DROP_FILE: &str = "migrations/20260103000000_drop_nickname.sql";

/// A repository with its forge, and what the next job is told.
pub(super) struct Job {
    pub(super) sandbox: Sandbox,
    pub(super) fake: FakeGitHub,
    /// The number of the next run.
    pub(super) next_run: u64,
    /// The token; none for a job without one.
    pub(super) token: Option<String>,
    /// The repository that the head of pull requests lives in; 1 is the own one.
    pub(super) head_repository: u64,
    variables: Vec<(String, String)>,
}

/// What a job left behind.
pub(super) struct Done {
    pub(super) run: Run,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) summary: String,
    /// The commands that the runner obeys.
    pub(super) obeyed: Vec<Obeyed>,
}

impl Job {
    /// A repository whose `main` has these files; its folders of migrations are hashed.
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        Self::of(Checkout::new(), files)
    }

    /// The usual repository: one migration.
    pub(super) fn usual() -> Self {
        Self::new(&[(USERS_FILE, USERS)])
    }

    fn of(checkout: Checkout, files: &[(&str, &str)]) -> Self {
        let job = Self {
            sandbox: Sandbox::of(checkout),
            fake: FakeGitHub::start(),
            next_run: 100,
            token: Some(TOKEN.to_owned()),
            head_repository: 1,
            variables: Vec::new(),
        };
        job.write(files);
        let commit = job.sandbox.checkout.commit("base");
        job.fake.set_branch("main", &commit);
        job
    }

    /// Writes files, and the checksum files of the folders that they are in.
    pub(super) fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            self.sandbox.write(path, text);
        }
        for (path, _) in files {
            if let Some((folder, name)) = path.rsplit_once('/')
                && Path::new(name).extension().is_some_and(|extension| extension == "sql")
            {
                self.hash(folder);
            }
        }
    }

    /// Writes the checksum file of a folder.
    pub(super) fn hash(&self, folder: &str) {
        let run = self.sandbox.plinth_with(&["migrate", "hash", "--dir", folder]);
        assert_eq!(run.code, 0, "{}", run.all());
    }

    /// Opens pull request [`PULL`] with these files, or pushes them to it.
    pub(super) fn propose(&self, files: &[(&str, &str)]) {
        self.propose_as(PULL, "feature", |job| job.write(files));
    }

    /// Changes the work tree on a branch and opens a pull request with it, or pushes to it.
    pub(super) fn propose_as(&self, number: u64, branch: &str, change: impl FnOnce(&Self)) {
        let checkout = &self.sandbox.checkout;
        let known = !checkout.git(&["branch", "--list", branch]).is_empty();
        let new: &[&str] = if known { &[branch] } else { &["-B", branch, "main"] };
        checkout.git(&[&["checkout", "--quiet"], new].concat());
        change(self);
        let head = checkout.commit("a change");
        self.publish(&head);
        if known {
            self.fake.move_pull(number, &head);
        } else {
            self.fake.open_pull(number, &head);
        }
        // What the runner checks out: the merge that would be made.
        checkout.git(&["checkout", "--quiet", "--detach", "main"]);
        checkout.git(&["merge", "--quiet", "--no-ff", "--message", "would be merged", branch]);
    }

    /// Gives the forge the files of the commit that is checked out.
    fn publish(&self, commit: &str) {
        for path in self.sandbox.checkout.git(&["ls-files", "-z"]).split('\0').filter(|path| !path.is_empty())
        {
            self.fake.put_file(commit, path, fs::read(self.sandbox.file(path)).expect("a job of the test"));
        }
    }

    /// Merges a branch into `main` as its pull request, and gives the commit.
    pub(super) fn merge(&self, number: u64, branch: &str) -> String {
        self.merge_with(number, branch, |_| {})
    }

    /// Merges a branch into `main`, with changes that were not in the pull request.
    pub(super) fn merge_with(&self, number: u64, branch: &str, change: impl FnOnce(&Self)) -> String {
        let checkout = &self.sandbox.checkout;
        checkout.git(&["checkout", "--quiet", "main"]);
        checkout.git(&["merge", "--quiet", "--no-ff", "--no-commit", branch]);
        change(self);
        let commit = checkout.commit("a merge");
        self.fake.merge(number, &commit);
        commit
    }

    /// Pushes these files to `main` without a pull request.
    pub(super) fn push_to_main(&self, files: &[(&str, &str)]) {
        self.sandbox.checkout.git(&["checkout", "--quiet", "main"]);
        self.write(files);
        let commit = self.sandbox.checkout.commit("straight to main");
        self.fake.set_branch("main", &commit);
    }

    /// Sets an input of the step.
    pub(super) fn input(&mut self, name: &str, value: &str) -> &mut Self {
        self.variable(&format!("INPUT_{}", name.to_uppercase()), value)
    }

    /// Sets a variable of the step.
    pub(super) fn variable(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Names the target, a new database beside the repository.
    pub(super) fn with_target(mut self) -> Self {
        let target = self.target();
        fs::write(&target, "").expect("a job of the test");
        let url = format!("sqlite://{}", target.display());
        self.input("url", &url);
        self
    }

    /// The database to apply to.
    pub(super) fn target(&self) -> PathBuf {
        self.beside("app.db")
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.sandbox.path().parent().expect("a job of the test").join(name)
    }

    /// Runs the job of pull request [`PULL`].
    pub(super) fn review(&mut self) -> Done {
        self.review_of(PULL, "feature")
    }

    /// Runs the job of a pull request.
    pub(super) fn review_of(&mut self, number: u64, branch: &str) -> Done {
        let event = self.pull_event(number, branch);
        self.on("pull_request", &event, &format!("refs/pull/{number}/merge"))
    }

    /// The event of a pull request.
    pub(super) fn pull_event(&self, number: u64, branch: &str) -> Value {
        let commit = |revision: &str| self.sandbox.checkout.git(&["rev-parse", revision]);
        json!({
            "action": "synchronize",
            "number": number,
            "pull_request": {
                "number": number,
                "head": { "sha": commit(branch), "ref": branch, "repo": { "id": self.head_repository } },
                "base": { "sha": commit("main"), "ref": "main", "repo": { "id": 1 } },
                "user": { "login": "ada" },
            },
        })
    }

    /// Runs the job of a push to a branch that is checked out.
    pub(super) fn push(&mut self, branch: &str) -> Done {
        let after = self.sandbox.checkout.git(&["rev-parse", "HEAD"]);
        let name = format!("refs/heads/{branch}");
        let event = json!({ "ref": name, "before": "0".repeat(40), "after": after, "deleted": false });
        self.on("push", &event, &name)
    }

    /// Runs the job of an event.
    pub(super) fn on(&mut self, name: &str, event: &Value, reference: &str) -> Done {
        self.run(&[], name, event, reference)
    }

    /// Runs the job of pull request [`PULL`] with these arguments.
    pub(super) fn review_with(&mut self, arguments: &[&str]) -> Done {
        let event = self.pull_event(PULL, "feature");
        self.run(arguments, "pull_request", &event, "refs/pull/7/merge")
    }

    fn run(&mut self, arguments: &[&str], name: &str, event: &Value, reference: &str) -> Done {
        let mut event = event.clone();
        event["repository"] = json!({ "id": 1, "full_name": REPOSITORY, "default_branch": "main" });
        event["sender"] = json!({ "login": "ada" });
        let files = ["event.json", "output", "summary"].map(|name| self.beside(name));
        fs::write(&files[0], event.to_string()).expect("a job of the test");
        fs::write(&files[1], "").expect("a job of the test");
        fs::write(&files[2], "").expect("a job of the test");
        let [event, output, summary] = files.map(|path| path.to_str().expect("a job of the test").to_owned());
        let sha = self.sandbox.checkout.git(&["rev-parse", "HEAD"]);
        let (run, url) = (self.next_run.to_string(), self.fake.url());
        for (name, value) in [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "ada"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", &event),
            ("GITHUB_REPOSITORY", REPOSITORY),
            ("GITHUB_API_URL", &url),
            ("GITHUB_SERVER_URL", "https://github.example.com"),
            ("GITHUB_SHA", &sha),
            ("GITHUB_REF", reference),
            ("GITHUB_RUN_ID", &run),
            ("GITHUB_OUTPUT", &output),
            ("GITHUB_STEP_SUMMARY", &summary),
        ] {
            self.sandbox.set(name, value);
        }
        if let Some(token) = &self.token {
            self.sandbox.set("GITHUB_TOKEN", token);
        }
        for (name, value) in &self.variables {
            self.sandbox.set(name, value);
        }
        self.next_run += 1;
        let run = self.sandbox.plinth_with(arguments);
        self.sandbox.forget();
        self.fake.assert_contracts();
        let read = |path: &str| fs::read_to_string(path).expect("a job of the test");
        let outputs = runner::values(&read(&output)).expect("a job of the test");
        let obeyed = runner::commands(&format!("{}\n{}", run.stdout, run.stderr));
        Done { run, outputs: outputs.into_iter().collect(), summary: read(&summary), obeyed }
    }

    /// The comments of a pull request.
    pub(super) fn comments(&self, number: u64) -> Vec<String> {
        self.fake.comments(number).into_iter().map(|comment| comment.body).collect()
    }

    /// Everything about a job as one text.
    pub(super) fn shown(&self, done: &Done) -> String {
        let mut text = done.run.all();
        let comments: Vec<_> =
            [PULL, PULL + 1].into_iter().flat_map(|pull| self.fake.comments(pull)).collect();
        for comment in &comments {
            text.push_str(&format!("--- comment by {}\n{}\n", comment.author, comment.body.trim_end()));
        }
        let outputs: Vec<_> = done
            .outputs
            .iter()
            .map(|(name, value)| {
                // The report is long, and has a test of its own.
                let value = if name == "report" { "(JSON)" } else { value };
                format!("{name}: {}", value.replace('\n', " ¶ "))
            })
            .collect();
        if !outputs.is_empty() {
            text.push_str(&format!("--- outputs\n{}\n", outputs.join("\n")));
        }
        let is_comment = comments.iter().any(|comment| {
            comment.body.split_once('\n').is_some_and(|(_, body)| body.trim_end() == done.summary.trim_end())
        });
        match done.summary.trim_end() {
            "" => {}
            _ if is_comment => text.push_str("--- summary\n(the comment)\n"),
            summary => text.push_str(&format!("--- summary\n{summary}\n")),
        }
        self.scrub(&text)
    }

    /// The text without what differs from run to run.
    pub(super) fn scrub(&self, text: &str) -> String {
        let text = self.sandbox.scrub(text);
        let text = text.replace(
            self.sandbox.path().parent().expect("a job of the test").to_str().expect("a job of the test"),
            "@TMP@",
        );
        let text = text.replace(&self.fake.url(), "@FORGE@");
        let lines = text.lines().map(|line| match line.split_once("\"body\":\"") {
            Some((start, _)) if line.starts_with("<!-- plinth ") => {
                format!("{start}\"body\":\"@HASH@\"}} -->")
            }
            _ => without_times(line),
        });
        lines.map(|line| line + "\n").collect()
    }
}

/// Compares jobs in their order with a document.
pub(super) fn golden(case: &str, steps: &[(&str, String)]) {
    let steps: Vec<_> = steps.iter().map(|(title, text)| format!("=== {title}\n{text}")).collect();
    golden::golden(&format!("ci/{case}.txt"), &steps.join("\n"));
}

/// The line with each `12 ms` and `1.2 s` replaced.
fn without_times(line: &str) -> String {
    let words: Vec<_> = line.split(' ').collect();
    let is_unit = |word: Option<&&str>| {
        word.is_some_and(|word| {
            matches!(word.trim_end_matches(|letter: char| !letter.is_alphanumeric()), "ms" | "s")
        })
    };
    let shown = words.iter().enumerate().map(|(at, word)| {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if is_number && is_unit(words.get(at + 1)) { "@" } else { word }
    });
    shown.collect::<Vec<_>>().join(" ")
}

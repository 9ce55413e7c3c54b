//! A branch that was overtaken gets a commit that brings it behind its base branch, and nothing else is touched.

use serde_json::json;

use super::job::{Done, Job, PULL, USERS, USERS_FILE, golden};
use crate::support::{checkout::Checkout, fake_github::Fault};

const POSTS: &str = "CREATE TABLE posts (id integer PRIMARY KEY);\n";
const POSTS_FILE: &str = "migrations/29990102000000_posts.sql";
const TAGS: &str = "CREATE TABLE tags (id integer PRIMARY KEY);\n";
const TAGS_FILE: &str = "migrations/29990105000000_tags.sql";

/// A text that both branches can change apart.
const README: &str = "one\n\n\n\ntwo\n\n\n\nthree\n";

/// A job on `feature`, and the repository that its forge keeps.
struct Overtaken {
    job: Job,
    store: Checkout,
}

impl Overtaken {
    /// `feature` and `main` after each did its own.
    fn new(base: &[(&str, &str)], feature: impl FnOnce(&Job), main: impl FnOnce(&Job)) -> Self {
        let mut job = Job::new(base);
        let checkout = &job.sandbox.checkout;
        checkout.git(&["checkout", "--quiet", "-b", "feature"]);
        feature(&job);
        checkout.commit("of the branch");
        checkout.git(&["checkout", "--quiet", "main"]);
        main(&job);
        checkout.commit("of main");
        checkout.git(&["checkout", "--quiet", "feature"]);
        let store = checkout.cloned(&["--bare"]);
        checkout.git(&["remote", "add", "origin", store.path().to_str().unwrap()]);
        checkout.git(&["fetch", "--quiet", "origin"]);
        job.fake.keep_in(store.path());
        for branch in ["main", "feature"] {
            job.fake.set_branch(branch, &checkout.git(&["rev-parse", branch]));
        }
        job.input("action", "migrate/autorebase");
        Self { job, store }
    }

    /// Both branches bring a migration, and change a text at two places.
    fn usual() -> Self {
        Self::new(
            &[(USERS_FILE, USERS), ("README.md", README)],
            |job| {
                job.write(&[
                    (POSTS_FILE, POSTS),
                    ("README.md", &README.replace("one", "ONE")),
                    ("run.sh", "#!/bin/sh\n"),
                ]);
                job.sandbox.checkout.git(&["add", "--all"]);
                job.sandbox.checkout.git(&["update-index", "--chmod=+x", "run.sh"]);
                job.sandbox.checkout.git(&["commit", "--quiet", "--message", "posts"]);
                job.sandbox.checkout.git(&["checkout", "--quiet", "--force", "feature"]);
            },
            |job| job.write(&[(TAGS_FILE, TAGS), ("README.md", &README.replace("three", "THREE"))]),
        )
    }

    fn run(&mut self) -> Done {
        self.job.push("feature")
    }

    /// What the forge has at a revision.
    fn git(&self, arguments: &[&str]) -> String {
        self.store.git(arguments)
    }

    /// Checks a commit of the forge out, and the folder of migrations in it.
    fn check(&self, commit: &str, folder: &str) {
        let checkout = &self.job.sandbox.checkout;
        checkout.git(&["fetch", "--quiet", "origin"]);
        checkout.git(&["checkout", "--quiet", "--force", "--detach", commit]);
        let run = self.job.sandbox.plinth_with(&[
            "migrate",
            "validate",
            "--dir",
            folder,
            "--dev-url",
            "sqlite://d?mode=memory",
        ]);
        assert_eq!(run.code, 0, "{}", run.all());
    }

    /// What was asked of the forge to change something.
    fn writes(&self) -> Vec<String> {
        self.job.fake.requests().into_iter().filter(|request| !request.starts_with("GET")).collect()
    }
}

#[test]
fn a_merge_brings_the_migrations_of_the_branch_behind() {
    let mut case = Overtaken::usual();
    let (head, main) = (case.job.fake.branch("feature"), case.job.fake.branch("main"));
    let done = case.run();
    golden("autorebase", &[("pushed", case.job.shown(&done))]);
    assert_eq!(done.outputs["rebased"], "true");
    let commit = case.job.fake.branch("feature");
    assert_eq!(done.outputs["commit"], commit);
    assert_eq!(
        case.git(&["rev-parse", &format!("{commit}^1"), &format!("{commit}^2")]),
        format!("{head}\n{main}")
    );
    assert_eq!(
        case.git(&["show", &format!("{commit}:README.md")]),
        README.replace("one", "ONE").replace("three", "THREE").trim()
    );
    assert!(case.git(&["ls-tree", &commit, "run.sh"]).starts_with("100755"));
    assert_eq!(
        case.git(&["diff", "--name-status", "--no-renames", &main, &commit]),
        ["M\tREADME.md", "A\tmigrations/29990105000001_posts.sql", "M\tmigrations/atlas.sum", "A\trun.sh",]
            .join("\n")
    );
    golden(
        "autorebase-message",
        &[("message", case.git(&["show", "--no-patch", "--format=%an: %B", &commit]))],
    );
    case.check(&commit, "migrations");
    assert_eq!(
        case.writes(),
        [
            "POST /git/blobs",
            "POST /git/blobs",
            "POST /git/trees",
            "POST /git/commits",
            "PATCH /git/refs/heads/feature"
        ]
    );
    // A job of the new commit has nothing to do.
    case.job.sandbox.checkout.git(&["checkout", "--quiet", "-B", "feature", &commit]);
    let again = case.run();
    assert_eq!((again.run.code, again.outputs["rebased"].as_str()), (0, "false"), "{}", again.run.all());
    assert_eq!(case.writes().len(), 5);
}

#[test]
fn commits_are_put_behind_the_base_branch_one_by_one() {
    let mut case = Overtaken::new(
        &[(USERS_FILE, USERS), ("README.md", README)],
        |job| {
            job.write(&[(POSTS_FILE, POSTS)]);
            job.sandbox.checkout.git(&["add", "--all"]);
            job.sandbox.checkout.git(&[
                "commit",
                "--quiet",
                "--author",
                "Grace <grace@example.com>",
                "--message",
                "posts\n\nwith a body",
            ]);
            job.write(&[("migrations/29990103000000_more.sql", "ALTER TABLE posts ADD COLUMN body text;\n")]);
            job.sandbox.checkout.commit("more");
            // An edit of what the first commit brought, under the name that it had.
            job.write(&[
                (POSTS_FILE, "CREATE TABLE posts (id integer PRIMARY KEY, title text);\n"),
                ("README.md", &README.replace("one", "ONE")),
            ]);
        },
        |job| job.write(&[(TAGS_FILE, TAGS), ("README.md", &README.replace("three", "THREE"))]),
    );
    case.job.input("strategy", "rebase");
    let main = case.job.fake.branch("main");
    let done = case.run();
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    let log = case.git(&["log", "--format=%an|%s|%b", &format!("{main}..feature")]);
    assert_eq!(log, "Ada|of the branch|\nAda|more|\nGrace|posts|with a body");
    assert_eq!(case.git(&["rev-parse", "feature~3"]), main);
    assert_eq!(
        case.git(&["show", "feature:README.md"]),
        README.replace("one", "ONE").replace("three", "THREE").trim()
    );
    let commits = case.git(&["rev-list", &format!("{main}..feature")]);
    for commit in commits.lines() {
        case.check(commit, "migrations");
    }
    let names = case.git(&["ls-tree", "--name-only", "feature", "migrations/"]);
    assert_eq!(
        names.lines().collect::<Vec<_>>(),
        [
            USERS_FILE,
            TAGS_FILE,
            "migrations/29990105000001_posts.sql",
            "migrations/29990105000002_more.sql",
            "migrations/atlas.sum",
        ]
    );
    assert!(case.git(&["show", "feature:migrations/29990105000001_posts.sql"]).contains("title"));
}

#[test]
fn several_folders_and_equal_versions_are_resolved_at_once() {
    let mut case = Overtaken::new(
        &[(USERS_FILE, USERS), ("audit/0001_log.sql", "CREATE TABLE log (id integer);\n")],
        |job| job.write(&[(POSTS_FILE, POSTS), ("audit/0002_ours.sql", "CREATE TABLE ours (id integer);\n")]),
        |job| {
            job.write(&[(TAGS_FILE, TAGS), ("audit/0002_theirs.sql", "CREATE TABLE theirs (id integer);\n")]);
        },
    );
    let done = case.run();
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    let commit = case.job.fake.branch("feature");
    for folder in ["migrations", "audit"] {
        case.check(&commit, folder);
    }
    let names = case.git(&["ls-tree", "--name-only", &commit, "audit/"]);
    let names: Vec<_> = names.lines().collect();
    assert_eq!(names[1], "audit/0002_theirs.sql");
    assert!(names[2] > names[1] && names[2].ends_with("_ours.sql"), "{names:?}");
}

#[test]
fn anything_else_that_conflicts_is_listed_and_nothing_is_sent() {
    let mut case = Overtaken::new(
        &[(USERS_FILE, USERS), ("README.md", README), ("gone.txt", "x\n")],
        |job| {
            job.write(&[(POSTS_FILE, POSTS), ("README.md", "ours\n")]);
            std::fs::remove_file(job.sandbox.file("gone.txt")).unwrap();
        },
        |job| job.write(&[(TAGS_FILE, TAGS), ("README.md", "theirs\n"), ("gone.txt", "y\n")]),
    );
    let done = case.run();
    golden("autorebase-conflict", &[("merge", case.job.shown(&done))]);
    assert_eq!(done.run.code, 1);
    case.job.input("strategy", "rebase");
    assert_eq!(case.run().run.code, 1);
    assert_eq!(case.job.fake.requests(), [""; 0]);
}

#[test]
fn what_is_not_in_conflict_is_left_alone() {
    let nothing = |case: &mut Overtaken, branch: &str| {
        let done = case.job.push(branch);
        assert_eq!((done.run.code, done.outputs["rebased"].as_str()), (0, "false"), "{}", done.run.all());
        assert_eq!(case.job.fake.requests(), [""; 0]);
    };
    nothing(
        &mut Overtaken::new(&[(USERS_FILE, USERS)], |job| job.write(&[(POSTS_FILE, POSTS)]), |_| {}),
        "feature",
    );
    nothing(
        &mut Overtaken::new(&[(USERS_FILE, USERS)], |_| {}, |job| job.write(&[(TAGS_FILE, TAGS)])),
        "feature",
    );
    nothing(&mut Overtaken::usual(), "main");
}

#[test]
fn what_nobody_hashed_and_an_outdated_checkpoint_are_refused() {
    let mut case = Overtaken::new(
        &[(USERS_FILE, USERS)],
        |job| {
            job.write(&[(POSTS_FILE, POSTS)]);
            job.sandbox.write(POSTS_FILE, "DROP TABLE users;\n");
        },
        |job| job.write(&[(TAGS_FILE, TAGS)]),
    );
    let done = case.run();
    assert_eq!(done.run.code, 2);
    let mut steps = vec![("edited after it was hashed", case.job.shown(&done))];
    let mut case = Overtaken::new(
        &[(USERS_FILE, USERS)],
        |job| job.write(&[("migrations/29990102000000_all.sql", &format!("-- atlas:checkpoint\n\n{USERS}"))]),
        |job| job.write(&[(TAGS_FILE, TAGS)]),
    );
    let done = case.run();
    assert_eq!(done.run.code, 2);
    steps.push(("a checkpoint that does not hold it all", case.job.shown(&done)));
    golden("autorebase-refused", &steps);
}

#[test]
fn a_branch_that_moved_on_stays_as_it_is() {
    for strategy in ["merge", "rebase"] {
        let mut case = Overtaken::usual();
        case.job.input("strategy", strategy);
        let main = case.job.fake.branch("main");
        case.job.fake.set_branch("feature", &main);
        let done = case.run();
        assert_eq!(done.run.code, 3, "{}", done.run.all());
        assert!(done.run.stderr.contains("the branch `feature` has moved on"), "{}", done.run.all());
        assert_eq!((case.job.fake.branch("feature"), case.writes().len()), (main, 0));
    }
}

#[test]
fn a_branch_that_moves_on_meanwhile_is_not_overwritten() {
    for strategy in ["merge", "rebase"] {
        let mut case = Overtaken::usual();
        case.job.input("strategy", strategy);
        let pushed = case.git(&["commit-tree", "-p", "feature", "-m", "pushed meanwhile", "feature^{tree}"]);
        case.job.fake.meanwhile("POST", "/git/commits", "feature", &pushed);
        let done = case.run();
        assert_eq!(done.run.code, 3, "{}", done.run.all());
        assert!(done.run.stderr.contains("the branch `feature` has moved on"), "{}", done.run.all());
        assert_eq!(case.job.fake.branch("feature"), pushed);
    }
}

#[test]
fn lost_answers_are_asked_for_again() {
    for (method, part) in [("POST", "/git/blobs"), ("POST", "/git/trees"), ("PATCH", "/git/refs")] {
        let mut case = Overtaken::usual();
        case.job.fake.fault(method, part, Fault::Lost, 1);
        let done = case.run();
        assert_eq!(done.run.code, 0, "{method} {part}: {}", done.run.all());
        case.check(&case.job.fake.branch("feature"), "migrations");
    }
}

#[test]
fn without_the_right_to_write_the_permission_is_named() {
    let mut case = Overtaken::usual();
    case.job.fake.read_only();
    let done = case.run();
    assert_eq!(done.run.code, 3);
    assert!(done.run.stderr.contains("`contents: write`"), "{}", done.run.all());
    case.job.token = None;
    assert_eq!(case.run().run.code, 2);
}

#[test]
fn a_pull_request_is_not_pushed_to_and_least_of_all_a_fork() {
    let mut case = Overtaken::usual();
    let event = case.job.pull_event(PULL, "feature");
    let own = case.job.on("pull_request", &event, "refs/pull/7/merge");
    assert_eq!(own.run.code, 2, "{}", own.run.all());
    case.job.head_repository = 2;
    let event = case.job.pull_event(PULL, "feature");
    for name in ["pull_request", "pull_request_target"] {
        let fork = case.job.on(name, &event, "refs/pull/7/merge");
        assert_eq!(fork.run.code, 1, "{}", fork.run.all());
    }
    let comment = json!({ "issue": { "pull_request": {} } });
    assert_eq!(case.job.on("issue_comment", &comment, "refs/heads/main").run.code, 1);
    assert_eq!(case.job.fake.requests(), [""; 0]);
}

#[test]
fn no_program_of_the_repository_runs() {
    let mut case = Overtaken::new(
        &[
            (USERS_FILE, USERS),
            ("README.md", README),
            (".gitattributes", "* merge=evil filter=evil diff=evil\n"),
        ],
        |job| job.write(&[(POSTS_FILE, POSTS), ("README.md", &README.replace("one", "ONE"))]),
        |job| job.write(&[(TAGS_FILE, TAGS), ("README.md", &README.replace("three", "THREE"))]),
    );
    let trap = case.job.sandbox.file("../trap");
    let program = format!("touch {}; false", trap.display());
    for key in [
        "merge.evil.driver",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.command",
        "diff.evil.textconv",
    ] {
        case.job.sandbox.checkout.git(&["config", key, &program]);
    }
    let done = case.run();
    assert_eq!(done.run.code, 0, "{}", done.run.all());
    assert!(!trap.exists());
}

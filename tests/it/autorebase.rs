//! A merge or a rebase on a laptop that stopped at `atlas.sum`, finished with the commands that are printed.

use crate::support::{golden::golden, sandbox::Sandbox};

const USERS: &str = "CREATE TABLE users (id integer PRIMARY KEY);\n";
const POSTS: &str = "CREATE TABLE posts (id integer PRIMARY KEY);\n";
const TAGS: &str = "CREATE TABLE tags (id integer PRIMARY KEY);\n";
const POSTS_FILE: &str = "migrations/29990102000000_posts.sql";
const TAGS_FILE: &str = "migrations/29990105000000_tags.sql";
const MOVED_FILE: &str = "migrations/29990105000001_posts.sql";

/// On `feature`, which was overtaken by `main`; each has changed the text in its way.
fn overtaken(ours: &str, theirs: &str) -> Sandbox {
    let sandbox =
        Sandbox::repository(&[("migrations/29990101000000_users.sql", USERS), ("README.md", "start\n")]);
    sandbox.must("migrate hash");
    sandbox.checkout.commit("base");
    sandbox.checkout.git(&["checkout", "--quiet", "-b", "feature"]);
    sandbox.write(POSTS_FILE, POSTS).write("README.md", ours);
    sandbox.must("migrate hash");
    sandbox.checkout.commit("posts");
    sandbox.checkout.git(&["checkout", "--quiet", "main"]);
    sandbox.write(TAGS_FILE, TAGS).write("README.md", theirs);
    sandbox.must("migrate hash");
    sandbox.checkout.commit("tags");
    sandbox.checkout.git(&["checkout", "--quiet", "feature"]);
    sandbox
}

/// Runs the commands that an answer ends with.
fn follow(sandbox: &Sandbox, answer: &str) {
    let (_, commands) = answer.split_once("finish it with:\n").unwrap();
    for command in commands.lines() {
        let words: Vec<_> = command.split_whitespace().collect();
        match words.as_slice() {
            ["git", "merge", rest @ ..] => assert!(!sandbox.checkout.try_git(&[&["merge"], rest].concat())),
            ["git", "commit"] => {
                sandbox.checkout.git(&["commit", "--message", "as a person would"]);
            }
            ["git", rest @ ..] => {
                sandbox.checkout.git(rest);
            }
            ["plinth", rest @ ..] => {
                sandbox.must(&rest.join(" "));
            }
            other => panic!("{other:?}"),
        }
    }
}

fn assert_resolved(sandbox: &Sandbox) {
    assert_eq!(sandbox.checkout.git(&["status", "--porcelain"]), "");
    sandbox.must("migrate validate");
    assert_eq!(sandbox.read(MOVED_FILE), POSTS);
    assert_eq!(sandbox.read(TAGS_FILE), TAGS);
    assert!(!sandbox.file(POSTS_FILE).exists());
    let again = sandbox.must("migrate autorebase").stdout;
    assert!(again.starts_with("No `atlas.sum` conflicts"), "{again}");
}

#[test]
fn a_merge_in_progress() {
    let sandbox = overtaken("start\n", "start\n");
    assert!(!sandbox.checkout.try_git(&["merge", "main"]));
    let run = sandbox.must("migrate autorebase");
    golden("autorebase/merge.txt", &run.all());
    follow(&sandbox, &run.stdout);
    assert_resolved(&sandbox);
    assert_eq!(sandbox.checkout.git(&["rev-list", "--count", "--merges", "HEAD"]), "1");
}

#[test]
fn a_rebase_in_progress() {
    let sandbox = overtaken("start\n", "start\n");
    assert!(!sandbox.checkout.try_git(&["rebase", "main"]));
    let run = sandbox.must("migrate autorebase");
    golden("autorebase/rebase.txt", &run.all());
    follow(&sandbox, &run.stdout);
    assert_resolved(&sandbox);
    assert_eq!(sandbox.checkout.git(&["rev-list", "--count", "--merges", "HEAD"]), "0");
}

#[test]
fn before_the_merge() {
    let sandbox = overtaken("start\n", "start\n");
    let run = sandbox.must("migrate autorebase --base-branch main");
    golden("autorebase/before.txt", &run.all());
    follow(&sandbox, &run.stdout);
    assert_resolved(&sandbox);
}

#[test]
fn from_a_folder_inside_the_repository() {
    let mut sandbox = overtaken("start\n", "start\n");
    assert!(!sandbox.checkout.try_git(&["merge", "main"]));
    sandbox.write("docs/readme", "");
    sandbox.set("PLINTH_INPUT_WORKING_DIRECTORY", "docs");
    let run = sandbox.must("migrate autorebase");
    assert!(run.stdout.contains("  git add --all -- :/migrations\n"), "{}", run.all());
    sandbox.forget();
    sandbox.checkout.git(&["-C", "docs", "add", "--all", "--", ":/migrations"]);
    sandbox.checkout.git(&["commit", "--no-edit"]);
    assert_eq!(sandbox.read(MOVED_FILE), POSTS);
    sandbox.must("migrate validate");
}

#[test]
fn on_the_base_branch_the_other_one_moves() {
    let sandbox = overtaken("start\n", "start\n");
    sandbox.checkout.git(&["checkout", "--quiet", "main"]);
    assert!(!sandbox.checkout.try_git(&["merge", "feature"]));
    let run = sandbox.must("migrate autorebase");
    follow(&sandbox, &run.stdout);
    assert_eq!(sandbox.read(MOVED_FILE), POSTS);
    sandbox.must("migrate validate");
}

#[test]
fn other_conflicts_come_first() {
    let sandbox = overtaken("ours\n", "theirs\n");
    let before = sandbox.plinth("migrate autorebase");
    golden("autorebase/conflict.txt", &before.all());
    assert_eq!(before.code, 1);
    assert!(!sandbox.checkout.try_git(&["merge", "main"]));
    assert_eq!(sandbox.plinth("migrate autorebase").code, 1);
    assert!(sandbox.file(POSTS_FILE).exists());
    sandbox.write("README.md", "both\n");
    let run = sandbox.must("migrate autorebase");
    sandbox.checkout.git(&["add", "README.md"]);
    follow(&sandbox, &run.stdout);
    assert_resolved(&sandbox);
}

#[test]
fn a_run_that_was_cut_off_is_finished_by_running_it_again() {
    let sandbox = overtaken("start\n", "start\n");
    assert!(!sandbox.checkout.try_git(&["merge", "main"]));
    let conflict = sandbox.read("migrations/atlas.sum");
    sandbox.must("migrate autorebase");
    let sum = sandbox.read("migrations/atlas.sum");
    for stale in [&conflict, &sum] {
        std::fs::rename(sandbox.file(MOVED_FILE), sandbox.file(POSTS_FILE)).unwrap();
        sandbox.write("migrations/atlas.sum", stale);
        sandbox.must("migrate autorebase");
        assert_eq!(
            (sandbox.read("migrations/atlas.sum"), sandbox.read(MOVED_FILE)),
            (sum.clone(), POSTS.to_owned())
        );
        // And once more, when nothing is left to do.
        sandbox.must("migrate autorebase");
        assert_eq!(sandbox.read("migrations/atlas.sum"), sum);
    }
}

#[test]
fn without_a_repository_or_a_base_branch_the_way_out_is_named() {
    assert_eq!(Sandbox::folder().plinth("migrate autorebase").code, 2);
    let sandbox = overtaken("start\n", "start\n");
    let run = sandbox.plinth("migrate autorebase --dir nowhere");
    assert_eq!(run.code, 2, "{}", run.all());
    let run = sandbox.plinth("migrate autorebase --base-branch nowhere");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("`nowhere` is not a commit, branch or tag"), "{}", run.all());
}

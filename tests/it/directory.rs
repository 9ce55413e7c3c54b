//! The commands that change a folder of migrations: what they write, what they refuse, and what a cut-off run leaves.

use std::{fs, path::Path, process::Command};

use crate::support::{golden::golden, sandbox::Sandbox};

const USERS: &str = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);\n";
const POSTS: &str = "CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users (id));\n";
const TAGS: &str = "CREATE TABLE tags (id integer PRIMARY KEY, post integer REFERENCES posts (id));\n";

const USERS_FILE: &str = "migrations/29990101000000_users.sql";
const POSTS_FILE: &str = "migrations/29990102000000_posts.sql";
const TAGS_FILE: &str = "migrations/29990103000000_tags.sql";

/// Three migrations, dated so that what is made now has a version that can be foretold.
fn project() -> Sandbox {
    let sandbox = Sandbox::folder();
    sandbox.write(USERS_FILE, USERS).write(POSTS_FILE, POSTS).write(TAGS_FILE, TAGS);
    sandbox.must("migrate hash");
    sandbox
}

/// The names in the folder, in their order.
fn names(sandbox: &Sandbox) -> Vec<String> {
    let entries = fs::read_dir(sandbox.file("migrations")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs the commands and compares everything that they say, and the folder after each that succeeds.
fn shown(name: &str, sandbox: &Sandbox, commands: &[&str]) {
    let mut text = String::new();
    for command in commands {
        let run = sandbox.plinth(command);
        assert!(!run.all().contains("panicked"), "{}", run.all());
        text.push_str(&format!("$ plinth {command}\n{}", run.all()));
        if run.code == 0 {
            text.push_str(&format!("--- folder\n{}\n", names(sandbox).join("\n")));
        }
        text.push('\n');
    }
    golden(&format!("directory/{name}.txt"), &text);
}

mod rebase {
    use super::*;

    #[test]
    fn named_migrations_move_to_the_end_and_keep_their_order_and_texts() {
        let sandbox = project();
        shown("rebase", &sandbox, &["migrate rebase 29990102000000 29990101000000", "migrate validate"]);
        assert_eq!(sandbox.read("migrations/29990103000001_users.sql"), USERS);
        assert_eq!(sandbox.read("migrations/29990103000002_posts.sql"), POSTS);
        shown("rebase-last", &sandbox, &["migrate rebase 29990103000002_posts.sql"]);
    }

    #[test]
    fn versions_that_are_past_now_follow_the_clock() {
        let sandbox = Sandbox::folder();
        sandbox.write("migrations/1_users.sql", USERS).write("migrations/20260101000000_posts.sql", POSTS);
        sandbox.must("migrate hash");
        sandbox.must("migrate rebase 1");
        let names = names(&sandbox);
        assert_eq!(names.len(), 3);
        assert!(
            names[1].len() == "20260101000000_users.sql".len() && names[1].ends_with("_users.sql"),
            "{names:?}"
        );
        sandbox.must("migrate validate");
    }

    #[test]
    fn what_cannot_move_is_refused_and_nothing_changes() {
        let sandbox = project();
        let before = names(&sandbox);
        sandbox.write(
            "migrations/29990104000000_all.sql",
            &format!("-- atlas:checkpoint\n\n{USERS}{POSTS}{TAGS}"),
        );
        sandbox.must("migrate hash");
        shown(
            "rebase-refused",
            &sandbox,
            &[
                "migrate rebase",
                "migrate rebase 29990109000000",
                "migrate rebase ../29990101000000_users.sql",
                "migrate rebase 29990101000000",
                "migrate rebase 29990104000000 29990101000000",
            ],
        );
        fs::remove_file(sandbox.file("migrations/29990104000000_all.sql")).unwrap();
        shown("rebase-mismatch", &sandbox, &["migrate rebase 29990101000000"]);
        sandbox.must("migrate hash");
        assert_eq!(names(&sandbox), before);
    }

    /// What is there after the checksum file was written and so many files were renamed.
    fn cut_off(renamed: usize) -> Sandbox {
        let (sandbox, done) = (project(), project());
        done.must("migrate rebase 29990101000000 29990102000000");
        sandbox.write("migrations/atlas.sum", &done.read("migrations/atlas.sum"));
        let moves = [(USERS_FILE, "29990103000001_users.sql"), (POSTS_FILE, "29990103000002_posts.sql")];
        for (from, to) in &moves[..renamed] {
            fs::rename(sandbox.file(from), sandbox.file("migrations").join(to)).unwrap();
        }
        sandbox
    }

    #[test]
    fn a_run_that_was_cut_off_is_finished_by_running_it_again() {
        for renamed in 0..2 {
            let sandbox = cut_off(renamed);
            assert_eq!(
                sandbox.plinth("migrate apply --url sqlite://app.db").code,
                2,
                "nothing runs the folder"
            );
            assert_eq!(sandbox.plinth("migrate rebase 29990103000000").code, 2, "another move must wait");
            sandbox.must("migrate rebase 29990101000000 29990102000000");
            sandbox.must("migrate validate");
            assert_eq!(sandbox.read("migrations/29990103000001_users.sql"), USERS);
            assert_eq!(sandbox.read("migrations/29990103000002_posts.sql"), POSTS);
            assert!(!sandbox.file(USERS_FILE).exists() && !sandbox.file(POSTS_FILE).exists());
        }
        shown(
            "rebase-cut-off",
            &cut_off(1),
            &["migrate rebase 29990103000000", "migrate rebase 29990101000000 29990102000000"],
        );
    }

    #[test]
    fn a_file_that_was_edited_meanwhile_is_not_taken_for_one_that_is_to_be_renamed() {
        let sandbox = cut_off(1);
        sandbox.write(POSTS_FILE, "DROP TABLE users;\n");
        assert_eq!(sandbox.plinth("migrate rebase 29990101000000 29990102000000").code, 2);
        assert!(sandbox.file(POSTS_FILE).exists());
    }

    #[test]
    fn a_name_that_is_a_link_out_of_the_folder_is_not_followed() {
        let sandbox = project();
        fs::remove_file(sandbox.file(USERS_FILE)).unwrap();
        std::os::unix::fs::symlink(Path::new("/etc/hostname"), sandbox.file(USERS_FILE)).unwrap();
        assert_eq!(sandbox.plinth("migrate rebase 29990101000000").code, 2);
        assert!(sandbox.file(USERS_FILE).is_symlink());
    }
}

mod checkpoint {
    use super::*;

    /// Everything that a checkpoint has to hold, made in a way that leaves traces in the order of things.
    const HISTORY: [(&str, &str); 4] = [
        (
            "29990101000000_start.sql",
            "CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL COLLATE NOCASE, UNIQUE (name));\n\
             CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users (id) ON DELETE CASCADE, body text);\n\
             INSERT INTO users (name) VALUES ('root');\n",
        ),
        (
            "29990102000000_more.sql",
            "ALTER TABLE users ADD COLUMN age integer CHECK (age >= 0);\n\
             CREATE INDEX posts_author ON posts (author DESC) WHERE author IS NOT NULL;\n\
             CREATE VIEW authors AS SELECT u.name FROM users u JOIN posts p ON p.author = u.id;\n",
        ),
        (
            "29990103000000_trigger.sql",
            "CREATE TABLE log (at text DEFAULT (datetime('now')), what text) STRICT;\n\
             CREATE TRIGGER logged AFTER INSERT ON posts BEGIN INSERT INTO log (what) VALUES ('x;y'); END;\n",
        ),
        (
            "29990104000000_rebuild.sql",
            "CREATE TABLE new_log (at text, what text NOT NULL, n integer GENERATED ALWAYS AS (length(what)) STORED) STRICT;\n\
             INSERT INTO new_log (at, what) SELECT at, what FROM log;\nDROP TRIGGER logged;\nDROP TABLE log;\n\
             ALTER TABLE new_log RENAME TO log;\n\
             CREATE TRIGGER logged AFTER INSERT ON posts BEGIN INSERT INTO log (what) VALUES ('x;y'); END;\n",
        ),
    ];

    fn history() -> Sandbox {
        let sandbox = Sandbox::folder();
        for (name, text) in HISTORY {
            sandbox.write(&format!("migrations/{name}"), text);
        }
        sandbox.must("migrate hash");
        sandbox
    }

    const CHECKPOINT: &str = "migrations/29990104000001_checkpoint.sql";

    #[test]
    fn a_replay_from_it_makes_what_a_replay_of_everything_makes() {
        let sandbox = history();
        let all = sandbox.must("schema inspect --url file://migrations").stdout;
        let all_json = sandbox.must("schema inspect --url file://migrations --format json").stdout;
        shown("checkpoint", &sandbox, &["migrate checkpoint v1.0", "migrate ls --format json"]);
        golden("directory/checkpoint.sql", &sandbox.read(CHECKPOINT));
        // From here on every replay begins with it.
        assert_eq!(sandbox.must("schema inspect --url file://migrations").stdout, all);
        assert_eq!(sandbox.must("schema inspect --url file://migrations --format json").stdout, all_json);
        for (name, _) in HISTORY {
            fs::remove_file(sandbox.file("migrations").join(name)).unwrap();
        }
        sandbox.must("migrate hash");
        assert_eq!(sandbox.must("schema inspect --url file://migrations").stdout, all);
        sandbox.must("migrate apply --url sqlite://new.db");
        assert_eq!(sandbox.must("schema inspect --url sqlite://new.db").stdout, all);
    }

    #[test]
    fn it_holds_whatever_a_schema_can_have() {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/diff");
        let mut tried = 0;
        for entry in fs::read_dir(cases).unwrap() {
            let case = entry.unwrap().path();
            let Ok(text) = fs::read_to_string(case.join("sqlite/to.sql")) else { continue };
            let sandbox = Sandbox::folder();
            sandbox.write("migrations/1_all.sql", &text);
            sandbox.must("migrate hash");
            let all = sandbox.must("schema inspect --url file://migrations").stdout;
            let run = sandbox.plinth("migrate checkpoint");
            if run.stderr.contains("cannot hold the virtual table") {
                continue;
            }
            assert_eq!(run.code, 0, "{}: {}", case.display(), run.all());
            assert_eq!(
                sandbox.must("schema inspect --url file://migrations").stdout,
                all,
                "{}",
                case.display()
            );
            tried += 1;
        }
        assert!(tried > 50, "only {tried} cases were found");
    }

    #[test]
    fn a_database_that_is_there_passes_it_over_and_a_new_one_begins_with_it() {
        let sandbox = history();
        sandbox.must("migrate apply --url sqlite://old.db");
        sandbox.must("migrate checkpoint");
        sandbox.write("migrations/29990105000000_next.sql", "ALTER TABLE users ADD COLUMN email text;\n");
        sandbox.must("migrate hash");
        for database in ["old", "new"] {
            let run = sandbox.must(&format!("migrate apply --url sqlite://{database}.db"));
            assert!(run.stdout.contains("29990105000000"), "{}", run.all());
            assert_eq!(
                run.stdout.contains("-- migrating version 29990104000001"),
                database == "new",
                "{}",
                run.all()
            );
        }
        let diff = sandbox.must("schema diff --from sqlite://old.db --to sqlite://new.db");
        assert_eq!(diff.stdout, "");
    }

    #[test]
    fn a_review_compares_it_and_does_not_run_it_behind_the_others() {
        let sandbox = history();
        sandbox.must("migrate checkpoint v1.0");
        shown(
            "checkpoint-review",
            &sandbox,
            &["migrate lint --latest 1", "migrate lint --latest 1 --evidence syntax"],
        );
        sandbox.write("migrations/29990105000000_next.sql", "ALTER TABLE users ADD COLUMN email text;\n");
        sandbox.must("migrate hash");
        for latest in 1..6 {
            let report = sandbox.plinth(&format!("migrate lint --latest {latest}")).stdout;
            assert!(report.contains("gets the schema of the files before it") || latest == 1, "{report}");
            assert!(!report.contains("EX101") && !report.contains("CP101"), "{report}");
        }
        sandbox.must("migrate validate --dev-url sqlite://dev?mode=memory");
        let text = sandbox.read(CHECKPOINT);
        let changed = text.replace("DESC", "").replace("CREATE VIEW authors", "CREATE VIEW writers");
        assert_ne!(changed, text.replace("DESC", ""));
        sandbox.write(CHECKPOINT, &changed);
        sandbox.must("migrate hash");
        shown("checkpoint-differs", &sandbox, &["migrate lint --latest 2"]);
        sandbox.write(CHECKPOINT, &text.replace("REFERENCES", "REFERENCE"));
        sandbox.must("migrate hash");
        shown("checkpoint-fails", &sandbox, &["migrate lint --latest 2"]);
        sandbox.write(CHECKPOINT, &format!("{text}COMMIT;\n"));
        sandbox.must("migrate hash");
        assert_eq!(sandbox.plinth("migrate lint --latest 2").code, 1);
    }

    #[test]
    fn the_first_file_of_a_folder_is_reviewed_as_any_other() {
        let sandbox = Sandbox::folder();
        sandbox.write("migrations/1_all.sql", &format!("-- atlas:checkpoint\n\n{USERS}"));
        sandbox.must("migrate hash");
        let report = sandbox.must("migrate lint --latest 1").stdout;
        assert!(report.contains("1 new table"), "{report}");
    }

    #[test]
    fn a_second_one_begins_at_the_first() {
        let sandbox = project();
        sandbox.must("migrate checkpoint one");
        shown("checkpoint-again", &sandbox, &["migrate checkpoint two"]);
        sandbox.write("migrations/29990104000000_more.sql", "DROP TABLE tags;\n");
        sandbox.must("migrate hash");
        shown("checkpoint-same-tag", &sandbox, &["migrate checkpoint one"]);
        sandbox.must("migrate checkpoint");
        let text = sandbox.read("migrations/29990104000001_checkpoint.sql");
        assert!(text.starts_with("-- atlas:checkpoint\n\n-- ") && !text.contains("tags"), "{text}");
        sandbox.must("migrate lint --latest 1");
    }

    #[test]
    fn what_it_cannot_hold_is_refused_and_nothing_is_written() {
        let sandbox = Sandbox::folder();
        sandbox.write(
            "migrations/1_search.sql",
            "CREATE TABLE t (a text);\nCREATE VIRTUAL TABLE search USING fts5(a);\n",
        );
        sandbox.must("migrate hash");
        let before = names(&sandbox);
        shown(
            "checkpoint-virtual",
            &sandbox,
            &[
                "migrate checkpoint",
                "migrate checkpoint --schema other",
                "migrate checkpoint --qualifier main",
            ],
        );
        assert_eq!(sandbox.plinth_with(&["migrate", "checkpoint", "a\nDROP TABLE t;"]).code, 2);
        assert_eq!(names(&sandbox), before);
        let empty = Sandbox::folder();
        assert_eq!(empty.plinth("migrate checkpoint").code, 2);
        assert!(!empty.file("migrations").exists());
    }
}

#[test]
fn migrations_are_listed() {
    let sandbox = project();
    shown(
        "ls",
        &sandbox,
        &[
            "migrate ls",
            "migrate ls --short",
            "migrate ls -l",
            "migrate ls -s -l",
            "migrate ls --latest --format json",
            "migrate ls --dir nowhere",
        ],
    );
    sandbox.write(USERS_FILE, "an edited file is still listed");
    assert_eq!(sandbox.must("migrate ls -s").stdout.lines().count(), 3);
}

mod rm {
    use super::*;

    #[test]
    fn files_go_and_the_checksum_file_follows() {
        let sandbox = project();
        shown("rm", &sandbox, &["migrate rm 29990103000000 29990102000000_posts.sql", "migrate validate"]);
        let sandbox = project();
        shown("rm-refused", &sandbox, &["migrate rm", "migrate rm 29990101000000 29990109000000"]);
        assert!(sandbox.file(USERS_FILE).exists());
        sandbox.write(TAGS_FILE, "edited");
        assert_eq!(sandbox.plinth("migrate rm 29990101000000").code, 2);
    }

    #[test]
    fn what_a_database_has_run_goes_only_by_its_name() {
        let sandbox = project();
        sandbox.must("migrate apply 2 --url sqlite://app.db");
        shown(
            "rm-applied",
            &sandbox,
            &[
                "migrate rm 29990102000000 29990103000000 --url sqlite://app.db",
                "migrate rm 29990102000000 29990103000000 --url sqlite://app.db --allow-applied 29990101000000",
                "migrate rm 29990103000000 --url sqlite://app.db",
                "migrate rm 29990102000000 --url sqlite://app.db --allow-applied 29990102000000",
            ],
        );
    }

    #[test]
    fn a_run_that_was_cut_off_is_finished_by_running_it_again() {
        let (sandbox, done) = (project(), project());
        done.must("migrate rm 29990102000000");
        sandbox.write("migrations/atlas.sum", &done.read("migrations/atlas.sum"));
        assert_eq!(sandbox.plinth("migrate validate").code, 2);
        sandbox.must("migrate rm 29990102000000");
        sandbox.must("migrate validate");
        assert!(!sandbox.file(POSTS_FILE).exists());
    }
}

mod edit {
    use super::*;

    /// An editor that adds a line to the file.
    fn with_editor(command: &str) -> Sandbox {
        let mut sandbox = project();
        sandbox.set("PATH", "/usr/bin:/bin").set("EDITOR", command);
        sandbox.write("editor", "#!/bin/sh\necho '-- seen' \"$1\" >> \"$2\"\n");
        sandbox
    }

    #[test]
    fn an_edited_file_is_hashed() {
        let sandbox = with_editor("sh ./editor -x");
        shown("edit", &sandbox, &["migrate edit 29990102000000", "migrate validate"]);
        assert_eq!(sandbox.read(POSTS_FILE), format!("{POSTS}-- seen -x\n"));
        let made = sandbox.must("migrate new tagged --edit").stdout;
        assert_eq!(sandbox.read(made.trim()), "-- seen -x\n");
        sandbox.write("schema.sql", USERS);
        let made = sandbox.must("migrate diff back --to file://schema.sql --edit").stdout;
        assert!(sandbox.read(made.trim()).ends_with("-- seen -x\n"));
        sandbox.must("migrate validate");
    }

    #[test]
    fn an_editor_that_fails_or_changes_nothing_leaves_the_folder_as_it_was() {
        let sandbox = with_editor("false");
        let before = names(&sandbox);
        shown("edit-fails", &sandbox, &["migrate edit 29990102000000", "migrate new more --edit"]);
        assert_eq!(names(&sandbox), before);
        let sandbox = with_editor("true");
        shown("edit-nothing", &sandbox, &["migrate edit 29990102000000"]);
        let sandbox = with_editor("printf '%s' '-- atlas:txmode some' >");
        shown("edit-broken", &sandbox, &["migrate edit 29990102000000"]);
    }

    #[test]
    fn without_a_person_there_is_no_editor() {
        let sandbox = project();
        shown("edit-nobody", &sandbox, &["migrate edit 29990102000000"]);
        let mut sandbox = with_editor("sh ./editor -x");
        sandbox.set("GITHUB_ACTIONS", "true").set("CI", "true");
        assert_eq!(sandbox.plinth("migrate edit 29990102000000").code, 2);
        assert_eq!(sandbox.read(POSTS_FILE), POSTS);
    }
}

mod diff {
    use super::*;

    #[test]
    fn a_migration_can_be_looked_at_before_it_is_written() {
        let sandbox = project();
        sandbox.write("schema.sql", USERS);
        let before = names(&sandbox);
        shown(
            "diff-dry-run",
            &sandbox,
            &[
                "migrate diff drop --to file://schema.sql --dry-run",
                "migrate diff drop --to file://schema.sql --dry-run --format json",
                "migrate diff none --to file://migrations --dry-run --format json",
            ],
        );
        assert_eq!(names(&sandbox), before);
        for form in ["{{ sql . }}", "{{ sql . \"  \" }}", "{{json .}}"] {
            let arguments =
                ["migrate", "diff", "drop", "--to", "file://schema.sql", "--dry-run", "--format", form];
            assert_eq!(sandbox.plinth_with(&arguments).code, 0, "{form}");
        }
        let run = sandbox.must("migrate diff drop --to file://schema.sql --format json");
        assert!(run.stdout.contains("29990103000001_drop.sql"), "{}", run.all());
        sandbox.must("migrate validate");
    }

    #[test]
    fn inputs_that_mean_nothing_here_are_refused_by_their_names() {
        let sandbox = project();
        sandbox.write("schema.sql", USERS);
        shown(
            "diff-refused",
            &sandbox,
            &[
                "migrate diff x --to file://schema.sql --format yaml",
                "migrate diff x --to file://schema.sql --schema public",
                "migrate diff x --to file://schema.sql --qualifier app",
                "migrate diff x --to file://schema.sql --dry-run --edit",
            ],
        );
        let arguments =
            ["migrate", "diff", "--to", "file://schema.sql", "--format", "{{ range .Changes }}{{ end }}"];
        assert_eq!(sandbox.plinth_with(&arguments).code, 2);
    }
}

mod foreign {
    use super::*;

    /// A folder of another tool, with these files.
    fn folder(files: &[(&str, &str)]) -> Sandbox {
        let sandbox = Sandbox::folder();
        for (name, text) in files {
            sandbox.write(&format!("migrations/{name}"), text);
        }
        sandbox
    }

    const GOLANG: [(&str, &str); 4] = [
        ("29990101000000_users.up.sql", USERS),
        ("29990101000000_users.down.sql", "DROP TABLE users;\n"),
        ("29990102000000_tags.up.sql", "CREATE TABLE tags (id integer);\n"),
        ("29990102000000_tags.down.sql", "DROP TABLE tags;\n"),
    ];

    #[test]
    fn a_pair_of_files_moves_and_goes_together() {
        let sandbox = folder(&GOLANG);
        shown(
            "golang",
            &sandbox,
            &["migrate ls", "migrate rebase 29990101000000", "migrate ls -l --format json"],
        );
        assert_eq!(sandbox.read("migrations/29990102000001_users.up.sql"), USERS);
        assert_eq!(sandbox.read("migrations/29990102000001_users.down.sql"), "DROP TABLE users;\n");
        shown("golang-rm", &sandbox, &["migrate rm 29990102000000"]);
    }

    #[test]
    fn a_pair_whose_move_was_cut_off_is_finished() {
        let command = "migrate rebase 29990101000000 29990102000000";
        for (hashed, renamed) in [(true, 0), (true, 1), (true, 2), (true, 3), (false, 1), (false, 3)] {
            let files = [&GOLANG[..], &[("29990103000000_last.up.sql", "CREATE TABLE last (id integer);\n")]]
                .concat();
            let (sandbox, done) = (folder(&files), folder(&files));
            for one in [&sandbox, &done] {
                if hashed {
                    one.must("migrate hash");
                }
            }
            let moves = done.must(command).stdout;
            if hashed {
                sandbox.write("migrations/atlas.sum", &done.read("migrations/atlas.sum"));
            }
            for line in moves.lines().take(renamed) {
                let (from, to) = line.split_once(" -> ").unwrap();
                fs::rename(sandbox.file(from), sandbox.file("migrations").join(to)).unwrap();
            }
            sandbox.must(command);
            assert_eq!(names(&sandbox), names(&done), "{hashed} {renamed}");
            sandbox.must("migrate validate");
        }
    }

    #[test]
    fn what_has_its_version_in_the_name_of_a_folder_is_moved_by_hand() {
        let sandbox = folder(&[
            ("migration_lock.toml", "provider = \"sqlite\"\n"),
            ("20260101000000_users/migration.sql", USERS),
            ("20260102000000_tags/migration.sql", "CREATE TABLE tags (id integer);\n"),
        ]);
        let before = names(&sandbox);
        shown("prisma", &sandbox, &["migrate ls", "migrate rebase 20260101000000"]);
        assert_eq!(names(&sandbox), before);
    }

    #[test]
    fn a_folder_that_is_broken_otherwise_stays_as_it_is() {
        let sandbox = folder(&[("1_users.up.sql", USERS), ("7_other.down.sql", "DROP TABLE other;\n")]);
        let before = names(&sandbox);
        for command in ["migrate rebase 1", "migrate rebase 7", "migrate rebase 3"] {
            let run = sandbox.plinth(command);
            assert_eq!(run.code, 2, "{}", run.all());
            assert!(run.stderr.contains("undoes no migration"), "{}", run.all());
            assert_eq!(names(&sandbox), before);
        }
    }

    #[test]
    fn versions_stand_where_the_tool_wants_them() {
        let sandbox = folder(&[
            ("V1__users.sql", USERS),
            ("V2.1__tags.sql", "CREATE TABLE tags (id integer);\n"),
            ("R__view.sql", "CREATE VIEW v AS SELECT 1;\n"),
        ]);
        shown("flyway-ls", &sandbox, &["migrate ls", "migrate ls -l", "migrate rebase R__view.sql"]);
        sandbox.must("migrate rebase 1");
        assert_eq!(sandbox.must("migrate ls").stdout, "V2.1__tags.sql\nV3__users.sql\nR__view.sql\n");
        let sandbox = folder(&[
            (
                "29990101000000_users.sql",
                &format!("-- +goose Up\n{USERS}-- +goose Down\nDROP TABLE users;\n"),
            ),
            ("29990102000000_tags.sql", "-- +goose Up\nCREATE TABLE tags (id integer);\n"),
        ]);
        sandbox.must("migrate rebase 29990101000000");
        assert_eq!(sandbox.must("migrate ls -s").stdout, "29990102000000\n29990102000001\n");
        assert_eq!(sandbox.plinth("migrate checkpoint").code, 2);
    }
}

mod killed {
    use std::os::unix::process::ExitStatusExt;

    use super::*;
    use crate::support::available;

    /// What a run does to a folder, as the system sees it; not every machine knows all of them.
    const CALLS: [&str; 7] =
        ["?rename", "?renameat", "?renameat2", "?unlink", "?unlinkat", "?fsync", "?linkat"];

    /// More calls of one name than any run makes.
    const MOST: usize = 50;

    /// Runs the command and kills it as its nth call of this name begins; whether there was one.
    fn kill(sandbox: &Sandbox, call: &str, nth: usize, command: &str) -> bool {
        let mut tracer = Command::new("strace");
        tracer.current_dir(sandbox.path()).env_clear().env("TMPDIR", sandbox.path().parent().unwrap());
        tracer.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
        tracer.args(["-e", &format!("inject={call}:signal=SIGKILL:when={nth}")]);
        tracer.arg(env!("CARGO_BIN_EXE_plinth")).args(command.split(' '));
        tracer.output().unwrap().status.signal() == Some(9)
    }

    /// The texts in the folder by name, but for what a killed run leaves unfinished under a name of its own.
    fn texts(sandbox: &Sandbox) -> Vec<(String, String)> {
        let names = names(sandbox).into_iter().filter(|name| !name.starts_with('.'));
        names.map(|name| (name.clone(), sandbox.read(&format!("migrations/{name}")))).collect()
    }

    /// Kills the command at each of its calls, then runs it again; gives how often it was killed.
    fn at_each_call(command: &str) -> usize {
        let done = project();
        done.must(command);
        CALLS
            .into_iter()
            .map(|call| (1..MOST).take_while(|nth| is_taken_up(&done, call, *nth, command)).count())
            .sum()
    }

    /// Whether there was such a call to be killed at; then a second run must end where `done` is.
    fn is_taken_up(done: &Sandbox, call: &str, nth: usize, command: &str) -> bool {
        let sandbox = project();
        if !kill(&sandbox, call, nth, command) {
            assert_eq!(texts(&sandbox), texts(done), "{command}");
            return false;
        }
        let again = sandbox.plinth(command);
        // All of it may have been done before.
        let was_done = again.stderr.contains("has no migration of the version");
        assert!(again.code == 0 || was_done, "{command}, {call} {nth}: {}", again.all());
        assert_eq!(texts(&sandbox), texts(done), "{command}, {call} {nth}");
        sandbox.must("migrate validate");
        true
    }

    #[test]
    fn what_a_killed_run_leaves_is_finished_by_the_same_command() {
        if !available(
            "strace",
            Command::new("strace")
                .args(["-f", "-o", "/dev/null", "true"])
                .status()
                .is_ok_and(|status| status.success()),
        ) {
            return;
        }
        assert!(at_each_call("migrate rebase 29990101000000 29990102000000") >= 4);
        assert!(at_each_call("migrate rm 29990102000000") >= 3);
        assert!(at_each_call("migrate hash") >= 2);
    }
}

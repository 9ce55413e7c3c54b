//! Reading real repositories, made by git itself.

use plinth::{
    error::Kind,
    git::{Repository, Status},
};

use crate::support::checkout::Checkout;

fn open(checkout: &Checkout) -> Repository {
    Repository::open(checkout.path()).expect("it opens")
}

fn changed(repository: &Repository, base: &str, head: &str) -> Vec<(Status, String)> {
    repository.changed(base, head).expect("a diff").into_iter().map(|file| (file.status, file.path)).collect()
}

#[test]
fn a_repository_is_found_from_a_folder_inside_it() {
    let checkout = Checkout::new();
    let commit = checkout.write("db/migrations/1.sql", "x").commit("one");
    let repository = Repository::open(checkout.path().join("db/migrations")).unwrap();
    assert_eq!(repository.root(), checkout.path());
    assert_eq!(repository.head().unwrap(), commit);
}

#[test]
fn a_folder_without_a_repository_and_one_without_commits_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let error = Repository::open(folder.path()).unwrap_err();
    assert!(error.message().ends_with("is not in a git repository"), "{error}");
    let error = open(&Checkout::new()).head().unwrap_err();
    assert_eq!((error.kind(), error.message()), (Kind::Usage, "the git repository has no commit yet"));
}

#[test]
fn revisions_are_branches_tags_ids_and_branches_of_origin() {
    let upstream = Checkout::new();
    let first = upstream.commit("one");
    upstream.git(&["tag", "--annotate", "--message=v1", "v1"]);
    let second = upstream.commit("two");
    upstream.git(&["branch", "release/1"]);
    let clone = upstream.cloned(&[]);
    let repository = open(&clone);
    let resolve = |revision: &str| repository.resolve(revision).unwrap();
    assert_eq!(resolve("main"), second);
    assert_eq!(resolve("release/1"), second);
    assert_eq!(resolve("origin/main~1"), first);
    assert_eq!(resolve("v1"), first);
    assert_eq!(resolve(&first), first);
    assert_eq!(resolve(&first[..12]), first);
    for bad in ["nowhere", "--help", "main..v1", &"0".repeat(40)] {
        assert_eq!(repository.resolve(bad).unwrap_err().kind(), Kind::Usage, "{bad}");
    }
}

#[test]
fn the_merge_base_of_branches_is_where_they_parted() {
    let checkout = Checkout::new();
    let fork_point = checkout.write("a", "1").commit("one");
    checkout.git(&["checkout", "--quiet", "-b", "feature"]);
    checkout.write("b", "1").commit("two");
    checkout.git(&["checkout", "--quiet", "main"]);
    checkout.write("c", "1").commit("three");
    let repository = open(&checkout);
    assert_eq!(repository.merge_base("main", "feature").unwrap(), fork_point);

    checkout.git(&["checkout", "--quiet", "feature"]);
    let merged = checkout.git(&["rev-parse", "main"]);
    checkout.git(&["merge", "--quiet", "--no-edit", "main"]);
    checkout.write("b", "2").commit("four");
    let repository = open(&checkout);
    assert_eq!(repository.merge_base("main", "feature").unwrap(), merged, "a merge of the base moves it");
    assert_eq!(changed(&repository, &merged, "feature"), [(Status::Added, "b".to_owned())]);
}

#[test]
fn unrelated_histories_have_no_merge_base() {
    let checkout = Checkout::new();
    checkout.commit("one");
    checkout.git(&["checkout", "--quiet", "--orphan", "other"]);
    checkout.commit("two");
    let error = open(&checkout).merge_base("main", "other").unwrap_err();
    assert!(error.message().contains("histories are unrelated"), "{error}");
}

#[test]
fn a_shallow_clone_names_the_fix() {
    let upstream = Checkout::new();
    let base = upstream.write("a", "1").commit("one");
    upstream.git(&["checkout", "--quiet", "-b", "feature"]);
    upstream.write("b", "1").commit("two");
    upstream.write("b", "2").commit("three");
    upstream.git(&["checkout", "--quiet", "main"]);
    upstream.write("c", "1").commit("four");
    let clone = upstream.cloned(&["--depth=1", "--no-single-branch"]);
    let repository = open(&clone);
    assert!(repository.is_shallow());
    assert!(!open(&upstream).is_shallow());

    for error in [
        repository.merge_base("origin/main", "origin/feature").unwrap_err(),
        repository.changed(&base, "origin/main").unwrap_err(),
        repository.resolve("v9").unwrap_err(),
    ] {
        assert_eq!(error.kind(), Kind::Usage, "{error}");
        let hints = error.hints().join("\n");
        assert!(
            hints.contains("`fetch-depth: 0`") && hints.contains("`git fetch --deepen=1000 origin`"),
            "{hints}"
        );
    }

    clone.git(&["fetch", "--quiet", "--deepen=1000", "origin"]);
    assert_eq!(open(&clone).merge_base("origin/main", "origin/feature").unwrap(), base);
}

#[test]
fn a_diff_lists_files_of_every_depth() {
    let checkout = Checkout::new();
    checkout
        .write("same/x", "1")
        .write("a/b/gone", "1")
        .write("a/b/edited", "1")
        .write("top", "1")
        .write("mode", "1");
    let base = checkout.write("becomes-folder", "1").commit("one");
    checkout.git(&["rm", "--quiet", "becomes-folder", "a/b/gone"]);
    checkout.write("a/b/edited", "2").write("a/new/deep/x", "1").write("becomes-folder/x", "1");
    checkout.git(&["mv", "top", "renamed"]);
    checkout.git(&["update-index", "--chmod=+x", "mode"]);
    checkout.git(&["add", "--all", "a", "becomes-folder", "renamed"]);
    checkout.git(&["commit", "--quiet", "--message=two"]);
    let repository = open(&checkout);
    let names = |list: &[(Status, String)]| {
        list.iter().map(|(status, path)| format!("{status:?} {path}")).collect::<Vec<_>>()
    };
    assert_eq!(
        names(&changed(&repository, &base, "HEAD")),
        [
            "Modified a/b/edited",
            "Deleted a/b/gone",
            "Added a/new/deep/x",
            "Deleted becomes-folder",
            "Added becomes-folder/x",
            "Modified mode",
            "Added renamed",
            "Deleted top",
        ]
    );
    assert_eq!(changed(&repository, "HEAD", "HEAD"), []);
}

#[test]
fn a_folder_at_a_commit_is_read_without_the_work_tree() {
    let checkout = Checkout::new();
    checkout.write("m/1.sql", "one").write("m/atlas.sum", "h1:").write("m/sub/x", "x");
    let first = checkout.commit("one");
    checkout.git(&["rm", "-r", "--quiet", "m"]);
    checkout.write("m2/1.sql", "one").commit("two");
    let repository = open(&checkout);

    let folder = repository.folder(&first, "./m/").unwrap().unwrap();
    assert_eq!(folder.path, "m");
    assert_eq!(folder.files["1.sql"], b"one");
    assert_eq!(folder.files.keys().collect::<Vec<_>>(), ["1.sql", "atlas.sum"]);
    assert_eq!(folder.folders, ["sub"]);
    assert_eq!(repository.folder("HEAD", "m").unwrap(), None);
    assert_eq!(repository.folder("HEAD", "m2/1.sql/x").unwrap(), None);
    assert_eq!(repository.folder(&first, "").unwrap().unwrap().folders, ["m"]);
    assert!(repository.folder(&first, "m/1.sql").unwrap_err().message().contains("is a file"));
    assert!(repository.folder(&first, "../m").is_err());

    assert_eq!(repository.file(&first, "m/1.sql").unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(repository.file(&first, "m/2.sql").unwrap(), None);
    assert!(repository.file(&first, "m").is_err());
    assert_eq!(repository.folders_with(&first, "atlas.sum").unwrap(), ["m"]);
    assert!(repository.folders_with("HEAD", "atlas.sum").unwrap().is_empty());
}

#[test]
#[cfg(unix)]
fn symbolic_links_are_refused_by_name() {
    let checkout = Checkout::new();
    checkout.write("m/1.sql", "one");
    std::os::unix::fs::symlink("/etc/passwd", checkout.path().join("m/2.sql")).unwrap();
    std::os::unix::fs::symlink("m", checkout.path().join("link")).unwrap();
    checkout.commit("one");
    let repository = open(&checkout);
    for (error, name) in [
        (repository.folder("HEAD", "m").unwrap_err(), "`m/2.sql`"),
        (repository.folder("HEAD", "link").unwrap_err(), "`link`"),
        (repository.file("HEAD", "link/1.sql").unwrap_err(), "`link`"),
        (repository.file("HEAD", "m/2.sql").unwrap_err(), "`m/2.sql`"),
    ] {
        assert_eq!(error.message(), format!("{name} is a symbolic link, which is not followed"));
    }
}

#[test]
#[cfg(unix)]
fn names_that_are_not_utf_8_are_shown_and_refused_where_they_would_be_read() {
    use std::os::unix::ffi::OsStrExt;
    let checkout = Checkout::new();
    let base = checkout.write("m/1.sql", "one").commit("one");
    let name = std::ffi::OsStr::from_bytes(b"m/\xff.sql");
    std::fs::write(checkout.path().join(name), "x").unwrap();
    checkout.commit("two");
    let repository = open(&checkout);
    assert_eq!(changed(&repository, &base, "HEAD"), [(Status::Added, "m/\u{fffd}.sql".to_owned())]);
    assert!(repository.folder("HEAD", "m").unwrap_err().message().contains("not valid UTF-8"));
    assert_eq!(repository.folders_with("HEAD", "1.sql").unwrap(), ["m"]);
}

#[test]
fn a_thousand_files_packed_and_loose_are_read() {
    let checkout = Checkout::new();
    let base = checkout.commit("empty");
    for number in 0..1000 {
        checkout.write(&format!("m/{number:04}.sql"), &format!("SELECT {number};"));
    }
    checkout.commit("many");
    for pack in [false, true] {
        if pack {
            checkout.git(&["gc", "--quiet"]);
        }
        let repository = open(&checkout);
        assert_eq!(repository.changed(&base, "HEAD").unwrap().len(), 1000);
        let folder = repository.folder("HEAD", "m").unwrap().unwrap();
        assert_eq!(folder.files.len(), 1000);
        assert_eq!(folder.files["0999.sql"], b"SELECT 999;");
    }
}

#[test]
fn a_linked_work_tree_is_a_repository() {
    let checkout = Checkout::new();
    let commit = checkout.write("m/1.sql", "one").commit("one");
    let linked = checkout.path().parent().unwrap().join("linked");
    checkout.git(&["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap()]);
    let repository = Repository::open(&linked).unwrap();
    assert_eq!(repository.head().unwrap(), commit);
    assert!(repository.folder("HEAD", "m").unwrap().is_some());
}

#[test]
fn a_submodule_is_neither_a_file_nor_a_folder_to_read() {
    let checkout = Checkout::new();
    let base = checkout.write("a", "1").commit("one");
    checkout.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{base},module")]);
    checkout.git(&["commit", "--quiet", "--message=two"]);
    let repository = open(&checkout);
    assert_eq!(changed(&repository, &base, "HEAD"), []);
    assert!(repository.folder("HEAD", "").unwrap().unwrap().folders.is_empty());
    assert_eq!(repository.folder("HEAD", "module/x").unwrap(), None);
}

#[test]
fn a_commit_that_names_billions_of_files_is_refused() {
    let checkout = Checkout::new();
    let base = checkout.commit("empty");
    let blob = checkout.git_with(&["hash-object", "-w", "--stdin"], "x");
    let mut entry = format!("100644 blob {blob}");
    for _ in 0..9 {
        let entries: Vec<_> = (0..32).map(|name| format!("{entry}\t{name}\n")).collect();
        entry = format!("040000 tree {}", checkout.git_with(&["mktree"], &entries.concat()));
    }
    let commit = checkout.git(&["commit-tree", &entry["040000 tree ".len()..], "-m", "bomb"]);
    let repository = open(&checkout);
    for error in [
        repository.changed(&base, &commit).unwrap_err(),
        repository.folders_with(&commit, "atlas.sum").unwrap_err(),
    ] {
        assert_eq!(error.kind(), Kind::Usage);
        assert!(error.message().starts_with("the commit names more than"), "{error}");
    }
}

#[test]
#[cfg(unix)]
fn a_repository_of_another_owner_is_read_and_none_of_its_programs_run() {
    let checkout = Checkout::new();
    let base = checkout.write("m/1.sql", "one").commit("one");
    let big = "x".repeat(20 << 20);
    checkout.write(".gitattributes", "*.sql filter=evil diff=evil\n").write("m/2.sql", &big).commit("two");
    let trap = checkout.path().join("trap");
    for key in ["core.fsmonitor", "filter.evil.smudge", "diff.evil.textconv", "core.sshCommand", "core.pager"]
    {
        checkout.git(&["config", key, &format!("touch {}", trap.display())]);
    }
    // Only root can give files away; elsewhere the rest of the test still holds.
    let _ = std::process::Command::new("chown").args(["-R", "12345:12345"]).arg(checkout.path()).status();
    let repository = open(&checkout);
    assert_eq!(repository.changed(&base, "HEAD").unwrap().len(), 2);
    assert_eq!(repository.folder("HEAD", "m").unwrap().unwrap().files["2.sql"].len(), big.len());
    assert!(!trap.exists());
}

/// A commit on a branch of `main`, made by a change of the work tree.
fn branch(checkout: &Checkout, name: &str, change: &dyn Fn(&Checkout)) -> String {
    checkout.git(&["checkout", "--quiet", "--force", "-B", name, "main"]);
    change(checkout);
    checkout.commit(name)
}

/// What a branch does to the work tree.
type Change = Box<dyn Fn(&Checkout)>;

#[test]
fn a_draft_merges_as_git_does() {
    let lines = |word: &str| {
        let lines: Vec<String> = (1..30).map(|at| format!("{word} {at}\n")).collect();
        lines.concat()
    };
    let remove = |path: &'static str| {
        move |checkout: &Checkout| std::fs::remove_file(checkout.path().join(path)).unwrap()
    };
    let git = |arguments: &'static [&'static str]| {
        move |checkout: &Checkout| {
            checkout.git(arguments);
        }
    };
    let write = |path: &'static str, text: String| {
        move |checkout: &Checkout| {
            checkout.write(path, &text);
        }
    };
    let changes: Vec<(&str, Change)> = vec![
        ("nothing", Box::new(|_: &Checkout| {})),
        ("the start", Box::new(write("a.txt", lines("a").replace("a 2\n", "a two\n")))),
        ("the end", Box::new(write("a.txt", lines("a").replace("a 28\n", "a twenty\n")))),
        ("all of it", Box::new(write("a.txt", "other\n".into()))),
        ("a new file", Box::new(write("deep/er/new.txt", "new\n".into()))),
        ("the same new file, otherwise", Box::new(write("deep/er/new.txt", "newer\n".into()))),
        ("gone", Box::new(remove("a.txt"))),
        ("moved", Box::new(git(&["mv", "a.txt", "deep/moved.txt"]))),
        ("executable", Box::new(git(&["update-index", "--chmod=+x", "a.txt"]))),
        ("a folder moved", Box::new(git(&["mv", "deep", "elsewhere"]))),
        (
            "a link",
            Box::new(|checkout: &Checkout| {
                std::os::unix::fs::symlink("a.txt", checkout.path().join("link")).unwrap();
            }),
        ),
        (
            "bytes",
            Box::new(|checkout: &Checkout| std::fs::write(checkout.path().join("b.bin"), b"\0\xff").unwrap()),
        ),
    ];
    let checkout = Checkout::new();
    checkout.git(&["config", "core.fileMode", "false"]);
    let base = checkout.write("a.txt", &lines("a")).write("deep/b.txt", &lines("b")).commit("base");
    let commits: Vec<_> = changes
        .iter()
        .enumerate()
        .map(|(at, (_, change))| branch(&checkout, &format!("b{at}"), change))
        .collect();
    let repository = open(&checkout);
    let (mut merged, mut conflicting) = (0, 0);
    for (one, ours) in commits.iter().enumerate() {
        for (two, theirs) in commits.iter().enumerate() {
            let case = format!("{} and {}", changes[one].0, changes[two].0);
            let mut draft = repository.draft(ours).unwrap();
            let conflicts = draft.merge(&base, theirs, &[]).unwrap();
            // Git takes what comes into a folder along with the folder, or refuses to.
            let comes = |at: usize| changes[at].0.contains("new file") || changes[at].0 == "moved";
            if case.contains("a folder moved") && (comes(one) || comes(two)) {
                assert_ne!(conflicts, [""; 0], "{case}");
                continue;
            }
            let clean = checkout.try_git(&["merge-tree", "--write-tree", ours, theirs]);
            assert_eq!(conflicts.is_empty(), clean, "{case}: {conflicts:?}");
            if clean {
                let tree = checkout.git(&["merge-tree", "--write-tree", ours, theirs]);
                assert_eq!(draft.id(), tree, "{case}");
                merged += 1;
            } else {
                assert_eq!(draft.id(), repository.tree_id(ours).unwrap(), "{case}: nothing changes");
                conflicting += 1;
            }
        }
    }
    assert!(merged > 50 && conflicting > 10, "{merged} merged, {conflicting} in conflict");
    // What was made stayed in memory.
    let before = checkout.git(&["count-objects"]);
    repository.draft(&base).unwrap().write("a.txt", b"never seen").unwrap();
    assert_eq!(checkout.git(&["count-objects"]), before);
}

#[test]
fn a_draft_says_what_leads_to_it() {
    let checkout = Checkout::new();
    let base = checkout.write("a", "1").write("b", "2").write("c/d", "3").commit("base");
    let other = checkout.write("a", "4").commit("other");
    let repository = open(&checkout);
    let mut draft = repository.draft(&base).unwrap();
    assert_eq!(draft.merge(&base, &other, &["b".to_owned()]).unwrap(), [""; 0]);
    draft.rename("c/d", "c/e").unwrap();
    draft.write("new", b"5").unwrap();
    assert!(draft.rename("c/e", "a").is_err(), "what is there stays");
    let differences = draft.differences_from(&repository.tree_id(&base).unwrap()).unwrap();
    let shown: Vec<_> = differences
        .iter()
        .map(|one| (one.path.as_str(), one.file.as_ref().map(|file| (file.mode, file.content.as_deref()))))
        .collect();
    let known = Some(("100644", None));
    assert_eq!(
        shown,
        [
            ("a", known),
            ("b", None),
            ("c/d", None),
            ("c/e", known),
            ("new", Some(("100644", Some(&b"5"[..])))),
        ]
    );
}

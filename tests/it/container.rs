//! The image of the action, built and started the way GitHub's runner starts it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use plinth::migrations::Sum;

use crate::support::{
    available,
    checkout::Checkout,
    fake_github::{FakeGitHub, REPOSITORY, TOKEN},
    runner,
};

/// The limit of the image, unpacked.
const LARGEST: u64 = 60 << 20;

/// Who owns a checkout on GitHub's runners; the container runs as root.
const RUNNER: u32 = 1001;

/// The pull request that is open.
const PULL: u64 = 7;

#[test]
fn the_image_reviews_as_the_runner_starts_it_and_also_offline_and_read_only() {
    let Some(image) = Image::build() else { return };
    image.is_small();
    reviews_a_pull_request_as_the_runner_starts_it(&image);
    a_review_of_files_needs_no_network(&image);
    a_review_needs_no_writable_root(&image);
}

fn reviews_a_pull_request_as_the_runner_starts_it(image: &Image) {
    let host = Host::with_a_pull_request();
    let before = host.workspace_files();
    let ran = host.run(image, &[]);
    assert_eq!(ran.code, 1, "the migration has an error: {}", ran.log);

    let comments = host.github.comments(PULL);
    let [comment] = &comments[..] else { panic!("{comments:#?}\n{}", ran.log) };
    assert!(comment.body.contains("Do not merge yet"), "{}", comment.body);
    host.github.assert_contracts();

    let outputs: BTreeMap<_, _> =
        runner::values(&host.read("file_commands/output")).unwrap().into_iter().collect();
    assert_eq!(outputs["verdict"], "red");
    // An input with a dash arrived: without it this is the one warning.
    assert_eq!(outputs["warnings"], "0", "{}", ran.log);
    assert!(host.read("file_commands/summary").contains("Do not merge yet"));
    let annotations = runner::commands(&ran.log);
    assert!(
        annotations.iter().any(|one| one.name == "error" && one.property("line").is_some()),
        "{}",
        ran.log
    );

    assert_eq!(host.workspace_files(), before, "nothing is left in the workspace");

    let again = host.run(image, &[]);
    assert_eq!(again.code, 1, "{}", again.log);
    assert_eq!(host.github.comments(PULL), comments, "the comment that is there is found again");
}

fn a_review_of_files_needs_no_network(image: &Image) {
    let host = Host::with_a_pull_request();
    let ran = image.run(
        &["--network", "none", "--workdir", "/w", "-v", &format!("{}:/w", host.path("workspace").display())],
        &["ci", "--latest", "1", "--comment-file", "/tmp/comment.md"],
        &BTreeMap::new(),
    );
    assert_eq!(ran.code, 1, "{}", ran.log);
    assert!(ran.log.contains("Do not merge yet"), "{}", ran.log);
}

fn a_review_needs_no_writable_root(image: &Image) {
    let host = Host::with_a_pull_request();
    let ran = host.run(image, &["--read-only"]);
    assert_eq!(ran.code, 1, "{}", ran.log);
    assert_eq!(host.github.comments(PULL).len(), 1, "{}", ran.log);
}

/// What a run printed on both streams, and how it ended.
struct Ran {
    code: i32,
    log: String,
}

/// The image under test; it and its containers are gone afterwards. Layers stay in the engine's build cache.
struct Image {
    engine: &'static str,
    name: String,
}

impl Image {
    /// Builds the image around the static program; none where there is no program or no engine.
    fn build() -> Option<Self> {
        let program = static_program();
        if !available("PLINTH_STATIC, the path of a static program,", program.is_some()) {
            return None;
        }
        let engine = ["docker", "podman"].into_iter().find(|engine| answers(engine));
        if !available("a container engine", engine.is_some()) {
            return None;
        }
        let image = Self { engine: engine?, name: format!("plinth-test:{}", std::process::id()) };
        let context = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir_all(context.path().join("dist")).unwrap();
        fs::create_dir_all(context.path().join("docker")).unwrap();
        fs::copy(program?, context.path().join("dist/plinth")).unwrap();
        for file in ["Dockerfile", ".dockerignore", "docker/build.sh"] {
            fs::copy(root.join(file), context.path().join(file)).unwrap();
        }
        let folder = context.path().to_str().unwrap();
        let built = image.engine(&["build", "--target", "slim", "--tag", &image.name, folder]);
        assert!(built.status.success(), "{}", text(&built));
        Some(image)
    }

    fn is_small(&self) {
        let inspected = self.engine(&["image", "inspect", "--format", "{{.Size}}", &self.name]);
        let size: u64 = String::from_utf8_lossy(&inspected.stdout).trim().parse().unwrap();
        assert!(size <= LARGEST, "the image has {size} bytes");
    }

    /// Starts a container with these options and arguments; the variables are those of the engine's client.
    fn run(&self, options: &[&str], arguments: &[&str], variables: &BTreeMap<String, String>) -> Ran {
        let mut command = self.client();
        command.envs(variables).args(["run", "--rm"]).args(options).arg(&self.name).args(arguments);
        let output = command.output().unwrap();
        Ran { code: output.status.code().unwrap_or(-1), log: text(&output) }
    }

    fn engine(&self, arguments: &[&str]) -> Output {
        self.client().args(arguments).output().unwrap()
    }

    fn client(&self) -> Command {
        client(self.engine)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        self.engine(&["image", "rm", "--force", &self.name]);
    }
}

/// The runner's side of a job: its folders, and the forge that it talks to.
struct Host {
    github: FakeGitHub,
    checkout: Checkout,
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Host {
    /// A job for a pull request that adds a migration to the shop; the merge commit is checked out.
    fn with_a_pull_request() -> Self {
        let checkout = Checkout::new();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop/migrations");
        let text = |name: &str| fs::read_to_string(example.join(name)).unwrap();
        let names = ["20260901080000_shop.sql", "20260915093000_items.sql", "20261120093000_accounts.sql"];
        let commit = |names: &[&str]| {
            let files: Vec<_> =
                names.iter().map(|name| ((*name).to_owned(), text(name).into_bytes())).collect();
            for (name, content) in &files {
                checkout.write(&format!("migrations/{name}"), std::str::from_utf8(content).unwrap());
            }
            checkout.write("migrations/atlas.sum", &sum(&files));
            checkout.commit("migrations")
        };
        let base = commit(&names[..2]);
        checkout.git(&["checkout", "--quiet", "-b", "accounts"]);
        let head = commit(&names);
        checkout.git(&["checkout", "--quiet", "--detach", "main"]);
        checkout.git(&["merge", "--quiet", "--no-ff", "--message", "merge", "accounts"]);
        let merge = checkout.git(&["rev-parse", "HEAD"]);

        let github = FakeGitHub::start();
        github.set_branch("main", &base);
        github.open_pull(PULL, &head);
        let folder = tempfile::tempdir().unwrap();
        for name in ["runner_temp", "home", "workflow", "file_commands"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let own = serde_json::json!({ "id": 1, "full_name": REPOSITORY, "default_branch": "main" });
        let event = serde_json::json!({
            "action": "opened",
            "number": PULL,
            "repository": own,
            "pull_request": {
                "number": PULL,
                "user": { "login": "ada" },
                "head": { "sha": head, "ref": "accounts", "repo": own },
                "base": { "sha": base, "ref": "main", "repo": own },
            },
        });
        fs::write(folder.path().join("workflow/event.json"), event.to_string()).unwrap();
        for name in ["output", "summary"] {
            fs::write(folder.path().join("file_commands").join(name), "").unwrap();
        }
        give_to_the_runner(checkout.path());
        give_to_the_runner(folder.path());
        let variables = variables(&github, &merge);
        Self { github, checkout, folder, variables }
    }

    /// The runner's own command line, with these options besides.
    fn run(&self, image: &Image, more: &[&str]) -> Ran {
        let mut options: Vec<String> = [
            "--name",
            &format!("plinth_test_{}_{}", std::process::id(), more.len()),
            "--label",
            "plinth-test",
            "--workdir",
            "/github/workspace",
        ]
        .map(str::to_owned)
        .to_vec();
        for name in self.variables.keys() {
            options.extend(["-e".to_owned(), name.clone()]);
        }
        options.extend(["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"].map(str::to_owned));
        // The runner names the network of the job; the forge of this test is on the host.
        options.extend(["--network", "host"].map(str::to_owned));
        // Other engines have no socket there, and the runner mounts it because Docker does.
        if Path::new("/var/run/docker.sock").exists() {
            options.extend(["-v", "/var/run/docker.sock:/var/run/docker.sock"].map(str::to_owned));
        }
        for (here, there) in [
            ("runner_temp", "/github/runner_temp"),
            ("home", "/github/home"),
            ("workflow", "/github/workflow"),
            ("file_commands", "/github/file_commands"),
            ("workspace", "/github/workspace"),
        ] {
            options.extend(["-v".to_owned(), format!("{}:{there}", self.path(here).display())]);
        }
        options.extend(more.iter().map(|&option| option.to_owned()));
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        image.run(&options, &[], &self.variables)
    }

    fn path(&self, name: &str) -> PathBuf {
        if name == "workspace" { self.checkout.path().to_owned() } else { self.folder.path().join(name) }
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.path().join(path)).unwrap()
    }

    /// Every file of the workspace, those of git too, with its content.
    fn workspace_files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        walk(self.checkout.path(), &mut |path| {
            files.insert(path.to_owned(), fs::read(path).unwrap_or_default());
        });
        files
    }
}

/// The variables that the runner hands over by name: those of the job, and every input of the action.
fn variables(github: &FakeGitHub, merge: &str) -> BTreeMap<String, String> {
    let job = [
        ("HOME", "/github/home"),
        ("GITHUB_API_URL", &github.url()),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", REPOSITORY),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", "/github/workflow/event.json"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_SHA", merge),
        ("GITHUB_HEAD_REF", "accounts"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_RUN_ID", "4711"),
        ("GITHUB_ACTOR", "ada"),
        ("GITHUB_WORKSPACE", "/github/workspace"),
        ("GITHUB_OUTPUT", "/github/file_commands/output"),
        ("GITHUB_STEP_SUMMARY", "/github/file_commands/summary"),
        ("GITHUB_TOKEN", TOKEN),
        ("RUNNER_TEMP", "/github/runner_temp"),
    ];
    let inputs =
        declared_inputs().into_iter().map(|name| (format!("INPUT_{}", name.to_uppercase()), String::new()));
    let mut variables: BTreeMap<_, _> = inputs.collect();
    variables.extend(job.map(|(name, value)| (name.to_owned(), value.to_owned())));
    variables.insert("INPUT_ACTION".to_owned(), "ci".to_owned());
    let levels = variables.insert("INPUT_LINT-LEVELS".to_owned(), "MF101=info\n".to_owned());
    assert!(levels.is_some(), "`lint-levels` is an input of the action");
    variables
}

/// The names of the inputs in `action.yml`.
fn declared_inputs() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    let (_, rest) = text.split_once("\ninputs:\n").unwrap();
    let (inputs, _) = rest.split_once("\noutputs:\n").unwrap();
    let names = inputs.lines().filter(|line| line.starts_with("  ") && !line.starts_with("    "));
    names.map(|line| line.trim().trim_end_matches(':').to_owned()).collect()
}

/// The checksum file of a folder.
fn sum(files: &[(String, Vec<u8>)]) -> String {
    Sum::of(files.iter().map(|(name, content)| (name.as_str(), content.as_slice()))).to_string()
}

/// Makes everything in a folder the runner's, where the test may give files away.
fn give_to_the_runner(folder: &Path) {
    let give = |path: &Path| std::os::unix::fs::lchown(path, Some(RUNNER), Some(RUNNER));
    if give(folder).is_ok() {
        walk(folder, &mut |path| give(path).unwrap());
    }
}

/// Visits everything below a folder.
fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        visit(&path);
        if path.is_dir() {
            walk(&path, visit);
        }
    }
}

/// Whether an engine is there and is itself: Docker's client loses exit codes when it talks to Podman.
fn answers(engine: &str) -> bool {
    let asked = client(engine).arg("version").output();
    asked.is_ok_and(|output| {
        output.status.success() && !(engine == "docker" && text(&output).contains("Podman"))
    })
}

/// A client of the engine that gets nothing of this environment but where the engine is.
#[expect(clippy::disallowed_methods, reason = "the tests have no composition root")]
fn client(engine: &str) -> Command {
    let mut command = Command::new(engine);
    let kept = ["PATH", "DOCKER_HOST", "CONTAINER_HOST", "HOME"];
    command.env_clear().envs(kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.stdin(Stdio::null());
    command
}

#[expect(clippy::disallowed_methods, reason = "the tests have no composition root")]
fn static_program() -> Option<PathBuf> {
    std::env::var_os("PLINTH_STATIC").filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

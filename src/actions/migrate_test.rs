//! `migrate/test`: the tests of migrations in `*.test.hcl` files, each on an empty dev database.

use std::{collections::BTreeSet, path::Path};

use super::{
    Context, Outcome, OutputSpec, Spec, apply, input::Input, inputs, project, project::Workspace, review,
};
use crate::{
    dialect::Dialect,
    error::{Error, Result, exit},
    files::{self, PathKind},
    migrations::{Directory, Role},
    platform::{Effect, Output},
    render,
    testing::{self, Filter, TestFile, Verdict},
    text::Source,
    trial::{self, Migrations},
};

static PATHS: Input<Vec<String>> = Input::list(
    "paths",
    "Files with tests, and folders with `*.test.hcl` files. Without it: the migration folder, the folder that it lies \
     in, and the working directory",
)
.argument();
static RUN: Input<String> =
    Input::text("run", "Run only the tests whose name this regular expression finds, for example `^users`");
static FORMAT: Input<String> =
    Input::choice("format", &["text", "json", "junit"], "The form of the answer on standard output")
        .default("text");
static JUNIT_FILE: Input<String> =
    Input::text("junit-file", "Also write how the tests ended to this file, as JUnit's XML");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/test",
    summary: "Run the tests of migrations in `*.test.hcl` files",
    docs: "Each test starts on an empty dev database and may take `dev-timeout`. The exit code is 1 if a test fails,\n\
           and 2 if a file cannot be read: then none is run.",
    inputs: &[
        &PATHS.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::DEV_URL.spec,
        &inputs::DEV_TIMEOUT.spec,
        &RUN.spec,
        &FORMAT.spec,
        &JUNIT_FILE.spec,
        &inputs::REVISIONS_SCHEMA.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[
        OutputSpec { name: "passed_count", docs: "How many tests passed" },
        OutputSpec { name: "failed_count", docs: "How many tests failed" },
        OutputSpec { name: "skipped_count", docs: "How many tests ask to be left out" },
    ],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    apply::refuse_schema(cx)?;
    let workspace = Workspace::open(cx)?;
    let directory = project::directory(cx, &workspace)?;
    let dialect = project::dialect(cx)?.ops();
    let files = tests(cx, &workspace, &directory, dialect)?;
    let migrations = migrations(&directory, dialect)?;
    let mut outcomes = Vec::new();
    for file in &files {
        for case in &file.cases {
            // One for each test, so that none takes the time of another.
            let mut dev = project::dev_database(cx).await?;
            let start = (cx.clock)();
            let mut outcome = trial::run(file.source.path(), case, &migrations, &mut dev).await?;
            outcome.took = (cx.clock)().duration_since(start).try_into().unwrap_or_default();
            outcomes.push(outcome);
        }
    }
    show(cx, &workspace, &outcomes)
}

/// The tests to run, read and checked before the first of them runs.
fn tests(
    cx: &Context,
    workspace: &Workspace,
    directory: &Directory,
    dialect: &dyn Dialect,
) -> Result<Vec<TestFile>> {
    let filter = cx.inputs.get(&RUN)?.map(|pattern| Filter::new(&pattern)).transpose()?;
    let mut files = Vec::new();
    for path in paths(cx, workspace, directory)? {
        let text = workspace.read_text(&path)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let mut file = testing::read(&Source::new(path, text), dialect.syntax())?;
        file.cases.retain(|case| filter.as_ref().is_none_or(|filter| filter.finds(&case.name)));
        for case in file.cases.iter().filter(|case| !case.skip) {
            testing::check(&file.source, case, directory)?;
        }
        files.push(file);
    }
    if files.iter().all(|file| file.cases.is_empty()) {
        let found =
            files.iter().map(|file| format!("`{}`", file.source.path())).collect::<Vec<_>>().join(", ");
        return Err(Error::usage(match filter {
            Some(filter) => format!("no test has a name that `{}` finds", filter.pattern()),
            None => "there are no tests in the files".to_owned(),
        })
        .hint(format!("looked into {found}")));
    }
    Ok(files)
}

/// The files with tests, sorted, by their paths in the workspace.
fn paths(cx: &Context, workspace: &Workspace, directory: &Directory) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let Some(given) = cx.inputs.get(&PATHS)? else {
        let folders = [directory.path.clone(), beside(&directory.path), workspace.path_of(cx, ".")?];
        for folder in &folders {
            found.extend(tests_in(workspace, folder)?);
        }
        if found.is_empty() {
            let looked = folders.iter().map(|folder| format!("`{}`", shown(folder))).collect::<BTreeSet<_>>();
            let looked = looked.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Error::usage(format!("there is no `*{}` file", testing::ENDING))
                .hint(format!("looked into {looked}, not into the folders inside of them"))
                .hint("name the files, or folders with them, as arguments"));
        }
        return Ok(found);
    };
    for path in given {
        let place = workspace.path_of(cx, &path)?;
        match files::kind(workspace.absolute(&place)) {
            None => return Err(Error::usage(format!("there is no `{path}` with tests"))),
            Some(PathKind::File) => found.extend([place]),
            Some(PathKind::Folder) => {
                let tests = tests_in(workspace, &place)?;
                if tests.is_empty() {
                    return Err(Error::usage(format!("`{path}` has no `*{}` file", testing::ENDING))
                        .hint("the folders inside of it are not searched: name them too"));
                }
                found.extend(tests);
            }
        }
    }
    Ok(found)
}

fn tests_in(workspace: &Workspace, folder: &str) -> Result<Vec<String>> {
    let names = workspace.names(folder)?;
    let tests = names.iter().filter(|name| name.ends_with(testing::ENDING));
    Ok(tests.map(|name| if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") }).collect())
}

/// The folder that a folder lies in.
fn beside(folder: &str) -> String {
    Path::new(folder).parent().unwrap_or(Path::new("")).to_string_lossy().into_owned()
}

fn shown(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

fn migrations(directory: &Directory, dialect: &dyn Dialect) -> Result<Migrations> {
    // Every step of the history: a checkpoint would jump over them, and what is repeatable has no place among them.
    let way: Vec<_> =
        directory.migrations.iter().filter(|migration| migration.role == Role::Versioned).collect();
    Ok(Migrations {
        versions: way.iter().map(|migration| migration.version.clone()).collect(),
        files: review::base_files(dialect, &way)?,
    })
}

fn show(cx: &Context, workspace: &Workspace, outcomes: &[testing::Outcome]) -> Result<Outcome> {
    let mut outcome = Outcome::answer(match cx.inputs.need(&FORMAT)?.as_str() {
        "json" => render::outcomes::json(outcomes),
        "junit" => render::outcomes::junit(outcomes)?,
        _ => render::outcomes::text(outcomes),
    });
    if let Some(path) = cx.inputs.get(&JUNIT_FILE)? {
        let path = workspace.absolute(&workspace.path_of(cx, &path)?).to_string_lossy().into_owned();
        outcome.effects.push(Effect::Write { path, text: render::outcomes::junit(outcomes)? });
    }
    let count = |name, verdict| {
        let value = outcomes.iter().filter(|outcome| outcome.verdict == verdict).count().to_string();
        Output { name, value }
    };
    outcome.outputs = vec![
        count("passed_count", Verdict::Passed),
        count("failed_count", Verdict::Failed),
        count("skipped_count", Verdict::Skipped),
    ];
    if !testing::all_passed(outcomes) {
        outcome.exit = exit::REFUSED;
    }
    Ok(outcome)
}

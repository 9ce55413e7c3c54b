//! `migrate/diff`: the migration that leads from the folder's state to the desired one.

use super::{
    Context, Outcome, Spec, edit::Editor, input::Input, inputs, migrate_new, project, review, schema_scope,
};
use crate::{
    diff,
    error::{Error, Result},
    migrations::{self, formats::Draft},
    render::listing,
    state,
    trust::Feature,
};

static NAME: Input<String> = Input::text("name", "What the migration is about, for its file name").argument();
static DRY_RUN: Input<bool> = Input::flag("dry-run", "Print the migration instead of writing it");
static FORMAT: Input<String> = Input::text(
    "format",
    "The form of the answer: `sql`, which prints the path, and with `dry-run` the text, or `json`. Atlas's \
     `{{ sql . }}` and `{{ json . }}` mean the same",
)
.default("sql");

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/diff",
    summary: "Write the migration that leads to a desired state",
    docs: "The folder is replayed in the dev database, the desired state is loaded into another, and both are compared\n\
           as the server sees them.",
    inputs: &[
        &NAME.spec,
        &inputs::TO.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::DEV_URL.spec,
        &inputs::DEV_TIMEOUT.spec,
        &inputs::SCHEMA.spec,
        &inputs::QUALIFIER.spec,
        &DRY_RUN.spec,
        &FORMAT.spec,
        &inputs::EDIT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(run(cx)),
};

/// How the answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Sql,
    Json,
}

async fn run(cx: &Context) -> Result<Outcome> {
    cx.trigger.trust.require(Feature::ConnectToUrl)?;
    schema_scope::check(cx)?;
    let form = form(&cx.inputs.need(&FORMAT)?)?;
    let dry = cx.inputs.is_on(&DRY_RUN)?;
    if dry && cx.inputs.is_on(&inputs::EDIT)? {
        return Err(Error::usage("`dry-run` and `edit` exclude each other"));
    }
    let editor = Editor::wanted(cx)?;
    let workspace = project::Workspace::open(cx)?;
    let (folder, directory) = project::growing(cx, &workspace)?;
    let mut dev = project::dev_database(cx).await?;
    let dialect = dev.dialect.ops();
    let from = state::replayed(&mut dev, &review::base_files(dialect, &directory.way_to(None))?).await?;
    let to = state::load(&cx.inputs.need(&inputs::TO)?, &cx.directory, &mut dev).await?;
    let changes = diff::diff(dialect, &from, &to.realm);
    let plan = dialect.plan(&from, &to.realm, &changes)?;
    if plan.statements.is_empty() {
        return Ok(Outcome::answer(match form {
            Form::Sql => {
                "The migration directory is synced with the desired state, no changes to be made\n".to_owned()
            }
            Form::Json => listing::written(&directory.path, &[]),
        }));
    }
    let name = cx.inputs.get(&NAME)?.unwrap_or_default();
    let version = directory.next_version((cx.clock)());
    let (up, down) = (migrations::pieces(&plan), migrations::undoing(&plan));
    let draft = Draft { version: &version, name: &name, up: &up, down: &down };
    let mut files = migrate_new::drafted(directory.format, &draft)?;
    if !dry {
        migrate_new::add(&workspace, &folder, directory.format, &mut files, editor.as_ref())?;
    }
    Ok(Outcome::answer(match (form, dry) {
        (Form::Sql, true) => files.remove(0).1,
        (Form::Sql, false) => migrate_new::listed(&folder, &files),
        (Form::Json, _) => {
            let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            listing::written(&directory.path, &files)
        }
    }))
}

/// Reads the form: one of two words, also as the template of Atlas that prints the same.
///
/// An indent (`{{ sql . "  " }}`) changes nothing: tables are printed a column a line as it is.
fn form(text: &str) -> Result<Form> {
    let template = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let (word, rest) = match template {
        None => (text.trim(), "."),
        Some(template) => template.trim().split_once(' ').unwrap_or((template.trim(), "")),
    };
    let argument = rest.trim().strip_prefix('.').map(str::trim);
    let is_indent = |text: &str| {
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        text.is_empty() || quoted.is_some_and(|blank| blank.trim().is_empty() || blank == "\\t")
    };
    match word {
        "sql" if argument.is_some_and(is_indent) => Ok(Form::Sql),
        "json" if argument.is_some_and(is_indent) => Ok(Form::Json),
        _ => Err(Error::usage(format!("the input `format` does not take `{text}`")).hint(
            "it takes `sql`, `json`, `{{ sql . }}` and `{{ json . }}`: templates of other forms are not run",
        )),
    }
}

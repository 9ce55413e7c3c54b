//! `migrate/checkpoint`: the whole schema as one file, with which new databases begin.

use super::{
    Context, Outcome, Spec, edit::Editor, input::Input, inputs, migrate_new, project, review, schema_scope,
};
use crate::{
    db,
    devdb::{self, BaseFile, DevDb},
    dialect::{Dialect, Scope},
    diff,
    error::{Error, Result},
    folder::Folder,
    migrations::{self, Directory, Migration, Role},
    schema::Realm,
    sql::Kind,
    state,
};

static TAG: Input<String> =
    Input::text("tag", "A name for the checkpoint, for example of a release").argument();

/// How many tables a remark names.
const NAMED: usize = 5;

/// The declaration.
pub(super) static SPEC: Spec = Spec {
    id: "migrate/checkpoint",
    summary: "Write the whole schema as one migration, with which new databases begin",
    docs: "The folder is replayed in the dev database. The file that is written makes the same schema on an empty one,\n\
           which is tried before it is kept; databases that are there pass it over. Rows are not part of it.",
    inputs: &[
        &TAG.spec,
        &inputs::DIR.spec,
        &inputs::DIR_FORMAT.spec,
        &inputs::DEV_URL.spec,
        &inputs::DEV_TIMEOUT.spec,
        &inputs::SCHEMA.spec,
        &inputs::QUALIFIER.spec,
        &inputs::EDIT.spec,
        &inputs::CONFIG.spec,
        &inputs::ENV.spec,
    ],
    outputs: &[],
    run: |cx| Box::pin(run(cx)),
};

async fn run(cx: &Context) -> Result<Outcome> {
    schema_scope::check(cx)?;
    let workspace = project::Workspace::open(cx)?;
    let (folder, directory) = project::growing(cx, &workspace)?;
    let tag = cx.inputs.get(&TAG)?.unwrap_or_default();
    check_tag(&directory, &tag)?;
    let editor = Editor::wanted(cx)?;
    let mut way = directory.way_to(None);
    way.retain(|migration| migration.role != Role::Repeatable);
    if let [only] = way.as_slice()
        && only.role.is_checkpoint()
    {
        return Ok(Outcome::answer(
            "The migration directory ends with a checkpoint, no changes to be made\n",
        ));
    }
    if way.is_empty() {
        return Err(Error::usage(format!("`{}` has no migrations to sum up", directory.path)));
    }
    let mut dev = project::dev_database(cx).await?;
    let dialect = dev.dialect.ops();
    let files = review::base_files(dialect, &way)?;
    refuse_virtual_tables(dialect, &files)?;
    let (state, filled) = replayed(&mut dev, &files).await?;
    let empty = state::replayed(&mut dev, &[]).await?;
    let plan = dialect.plan(&empty, &state, &diff::diff(dialect, &empty, &state))?;
    let text = directory
        .format
        .checkpoint(&tag, &migrations::body(&plan))
        .ok_or_else(|| no_checkpoints(&directory))?;
    let file = migrations::file_name(&directory.next_version((cx.clock)()), "checkpoint");
    try_out(&mut dev, &folder, &directory, &file, &text, &state).await?;
    let mut written = [(file, text)];
    migrate_new::add(&workspace, &folder, directory.format, &mut written, editor.as_ref())?;
    let mut outcome = Outcome::answer(migrate_new::listed(&folder, &written));
    outcome.remarks.extend(about_rows(&filled));
    Ok(outcome)
}

/// A tag is the rest of a line in the file, and names one checkpoint.
fn check_tag(directory: &Directory, tag: &str) -> Result<()> {
    if directory.format.checkpoint("", "").is_none() {
        return Err(no_checkpoints(directory));
    }
    if !tag.chars().all(|char| matches!(char, ' '..='~')) {
        return Err(Error::usage(format!(
            "`{}` cannot be a tag: it takes printable ASCII",
            tag.escape_debug()
        )));
    }
    let has_it =
        |migration: &&Migration| matches!(&migration.role, Role::Checkpoint { tag: known } if known == tag);
    match directory.migrations.iter().find(has_it) {
        Some(other) if !tag.is_empty() => {
            Err(Error::usage(format!("the tag `{tag}` is that of `{}`", other.source.path()))
                .hint("choose another"))
        }
        _ => Ok(()),
    }
}

fn no_checkpoints(directory: &Directory) -> Error {
    let title = directory.format.title();
    Error::usage(format!("`{}` is a folder of {title}, which has no checkpoints", directory.path))
}

/// The inspection does not see virtual tables: a checkpoint would be without them.
fn refuse_virtual_tables(dialect: &dyn Dialect, files: &[BaseFile]) -> Result<()> {
    for file in files {
        for span in &file.statements {
            if let Kind::CreateVirtualTable { table } = dialect.classify(file.source.slice(*span)).kind {
                return Err(Error::usage(format!(
                    "a checkpoint cannot hold the virtual table `{table}` yet"
                ))
                .at(&file.source, *span, "made here"));
            }
        }
    }
    Ok(())
}

/// The state that the files lead to, and the tables in which they leave rows.
async fn replayed(dev: &mut DevDb, files: &[BaseFile]) -> Result<(Realm, Vec<String>)> {
    let dialect = dev.dialect.ops();
    let mut session = dev.database().await?;
    devdb::replay(session.as_mut(), dialect, files).await?;
    let realm = db::inspect(session.as_mut(), dialect, Scope::All).await?;
    let mut filled = Vec::new();
    for schema in realm.schemas.values() {
        for table in schema.tables.values() {
            let place = format!("{}.{}", dialect.quote(&schema.name), dialect.quote(&table.name));
            let rows = db::query(session.as_mut(), format!("SELECT 1 FROM {place} LIMIT 1")).await;
            if rows.is_ok_and(|rows| !rows.is_empty()) {
                filled.push(table.name.clone());
            }
        }
    }
    Ok((realm, filled))
}

/// Runs the new file alone, as a new database would; it must make the state that the others make.
async fn try_out(
    dev: &mut DevDb,
    folder: &Folder,
    directory: &Directory,
    file: &str,
    text: &str,
    state: &Realm,
) -> Result<()> {
    let mut folder = folder.clone();
    folder.files.insert(file.to_owned(), text.as_bytes().to_vec());
    let grown = Directory::open_as(&folder, directory.format)?;
    let dialect = dev.dialect.ops();
    let mut way = grown.way_to(None);
    way.retain(|migration| migration.role != Role::Repeatable);
    let made = state::replayed(dev, &review::base_files(dialect, &way)?).await?;
    let differences = diff::diff(dialect, state, &made).len();
    if differences == 0 {
        return Ok(());
    }
    Err(Error::bug(format!("the checkpoint differs from what the files make, in {differences} objects"))
        .hint("nothing was written"))
}

fn about_rows(filled: &[String]) -> Option<String> {
    let mut names: Vec<_> = filled.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        return None;
    }
    if filled.len() > NAMED {
        names.push(format!("{} more", filled.len() - NAMED));
    }
    Some(format!(
        "the migrations leave rows in {}, which are not part of the checkpoint\n  \
         hint: add what every new database needs to the file, then run `plinth migrate hash`",
        names.join(", ")
    ))
}

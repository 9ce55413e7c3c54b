//! The state that URLs describe: of a database, or of SQL files after they ran on the dev database.

use std::path::Path;

use url::form_urlencoded;

use crate::{
    db::{self, Access, HISTORY_TABLE, REVISIONS_TABLE, Target},
    devdb::{self, BaseFile, DevDb},
    dialect::{DialectId, Scope},
    error::{Error, Result},
    files::{self, PathKind},
    folder::Folder,
    migrations::{Directory, Format, TxMode, formats},
    schema::Realm,
    secret::Secret,
    sql,
    text::Source,
};

/// The name of the checksum file, which makes a folder one of migrations.
const SUM_FILE: &str = "atlas.sum";

/// How many digits a file name begins with at least to be taken for a version.
const VERSION_DIGITS: usize = 4;

/// Schemes that Atlas knows and that are not read yet.
const LATER: [&str; 5] = ["atlas", "docker", "ent", "env", "mem"];

/// A state and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The state.
    pub realm: Realm,
    /// The dialect whose words it is in.
    pub dialect: DialectId,
    /// Where it comes from, for people: a path, or a URL without its password.
    pub description: String,
}

/// Loads the state that the URLs describe together: one database, or any number of SQL sources.
///
/// Relative paths of `file://` URLs start at `root` and stay below it. Databases are only read, and the
/// tables in which migrations are written down are left out of their state.
pub async fn load(urls: &[Secret], root: &Path, dev: &mut DevDb) -> Result<Loaded> {
    let (Some(first), rest) = (urls.first(), urls.get(1..).unwrap_or_default()) else {
        return Err(Error::usage("no URL says which state is meant")
            .hint("write for example `file://schema.sql`, `file://migrations` or `sqlite://app.db`"));
    };
    if is_file(first) && rest.iter().all(is_file) {
        return of_files(urls, root, dev).await;
    }
    if !rest.is_empty() {
        return Err(Error::usage("a database is a whole state: it cannot be combined with other URLs"));
    }
    let scheme = first.expose().split_once("://").map_or("", |(scheme, _)| scheme);
    if LATER.contains(&scheme) {
        return Err(Error::usage(format!("states with the URL scheme `{scheme}` are not read yet"))
            .hint("read are `file://` with SQL files or migrations, and `sqlite://`"));
    }
    of_database(first, dev).await
}

fn is_file(url: &Secret) -> bool {
    url.expose().starts_with("file://")
}

async fn of_database(url: &Secret, dev: &DevDb) -> Result<Loaded> {
    let mut target = db::connect(url, Access::Read).await?;
    if target.dialect != dev.dialect {
        return Err(Error::usage(format!(
            "`{}` is {}, but the dev database is {}",
            target.name,
            target.dialect.ops().title(),
            dev.dialect.ops().title()
        )));
    }
    let realm = of_target(&mut target).await?;
    Ok(Loaded { realm, dialect: target.dialect, description: target.name })
}

/// The state of a database without the tables in which migrations are written down.
pub async fn of_target(target: &mut Target) -> Result<Realm> {
    let mut realm = db::inspect(target.session.as_mut(), target.dialect.ops(), Scope::All).await?;
    for schema in realm.schemas.values_mut() {
        schema.tables.remove(REVISIONS_TABLE);
        schema.tables.remove(HISTORY_TABLE);
    }
    Ok(realm)
}

async fn of_files(urls: &[Secret], root: &Path, dev: &mut DevDb) -> Result<Loaded> {
    let mut scripts = Vec::new();
    let mut described = Vec::new();
    for url in urls {
        let place = Place::parse(url.expose());
        described.push(place.to_string());
        scripts.extend(place.scripts(root, dev.dialect)?);
    }
    let realm = replayed(dev, &scripts).await?;
    Ok(Loaded { realm, dialect: dev.dialect, description: described.join(", ") })
}

/// The state that the files lead to, on a dev database of its own.
pub async fn replayed(dev: &mut DevDb, files: &[BaseFile]) -> Result<Realm> {
    let mut session = dev.database().await?;
    let dialect = dev.dialect.ops();
    devdb::replay(session.as_mut(), dialect, files).await?;
    db::inspect(session.as_mut(), dialect, Scope::All).await
}

/// What a `file://` URL says.
struct Place {
    path: String,
    version: Option<String>,
    format: Option<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        match &self.version {
            Some(version) => write!(f, " up to {version}"),
            None => Ok(()),
        }
    }
}

impl Place {
    fn parse(url: &str) -> Self {
        let rest = url.strip_prefix("file://").unwrap_or(url);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let parameter = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        Self { path: path.to_owned(), version: parameter("version"), format: parameter("format") }
    }

    /// The files to run, in order.
    fn scripts(&self, root: &Path, dialect: DialectId) -> Result<Vec<BaseFile>> {
        let format = self.format.as_deref().map(formats::named).transpose()?;
        // A path from the root of the file system is nobody's but the caller's.
        let (root, relative) = match self.path.strip_prefix('/') {
            Some(relative) => (Path::new("/"), relative),
            None => (root, self.path.as_str()),
        };
        match files::kind(root.join(relative)) {
            None => Err(Error::usage(format!("there is no `{}`", self.path))
                .hint("paths after `file://` are relative; absolute ones have three slashes")),
            Some(PathKind::File) => Ok(vec![self.file(root, relative, dialect)?]),
            Some(PathKind::Folder) => {
                let mut folder = files::read_folder(root, relative)?;
                folder.path.clone_from(&self.path);
                if self.is_migrations(&folder) {
                    self.migrations(&folder, format, dialect)
                } else {
                    schema_files(&folder, dialect)
                }
            }
        }
    }

    fn file(&self, root: &Path, relative: &str, dialect: DialectId) -> Result<BaseFile> {
        match extension(relative) {
            "sql" => script(&self.path, files::read_file(root, relative)?, dialect),
            "hcl" => Err(no_hcl(&self.path)),
            _ => Err(Error::usage(format!("`{}` describes no schema", self.path))
                .hint("schemas are read from `.sql` files and from folders of these")),
        }
    }

    fn is_migrations(&self, folder: &Folder) -> bool {
        let mut names = folder.files.keys().filter(|name| extension(name) == "sql").peekable();
        self.version.is_some()
            || self.format.is_some()
            || folder.files.contains_key(SUM_FILE)
            || formats::is_foreign(folder)
            || (names.peek().is_some() && names.all(|name| is_versioned(name)))
    }

    fn migrations(
        &self,
        folder: &Folder,
        format: Option<&'static dyn Format>,
        dialect: DialectId,
    ) -> Result<Vec<BaseFile>> {
        let directory = match format {
            Some(format) => Directory::open_as(folder, format)?,
            None => Directory::open(folder)?,
        };
        if directory.sum_file.is_some() {
            directory.verify()?;
        }
        if let Some(version) =
            self.version.as_deref().filter(|version| directory.migration(version).is_none())
        {
            return Err(Error::usage(format!("`{}` has no migration of the version `{version}`", self.path)));
        }
        directory
            .way_to(self.version.as_deref())
            .into_iter()
            .map(|migration| {
                let script = migration.script(dialect.ops().syntax())?;
                let statements = script.statements.iter().map(|statement| statement.span).collect();
                let alone = migration.mode == Some(TxMode::None);
                Ok(BaseFile { source: migration.source.clone(), statements, alone })
            })
            .collect()
    }
}

/// The files of a folder that describes a schema, in the order of their names.
fn schema_files(folder: &Folder, dialect: DialectId) -> Result<Vec<BaseFile>> {
    if let Some(name) = folder.files.keys().find(|name| extension(name) == "hcl") {
        return Err(no_hcl(&folder.path_of(name)));
    }
    let files: Vec<BaseFile> = folder
        .files
        .iter()
        .filter(|(name, _)| extension(name) == "sql")
        .map(|(name, content)| script(&folder.path_of(name), content.clone(), dialect))
        .collect::<Result<_>>()?;
    if files.is_empty() {
        return Err(Error::usage(format!("the folder `{}` has no `.sql` files", folder.path)));
    }
    Ok(files)
}

fn script(path: &str, content: Vec<u8>, dialect: DialectId) -> Result<BaseFile> {
    let text = String::from_utf8(content).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = Source::new(path, String::from_utf8_lossy(error.as_bytes())).position(valid).line;
        Error::usage(format!("`{path}` is not valid UTF-8 in line {line}")).hint("save the file as UTF-8")
    })?;
    if text.contains('\0') {
        return Err(Error::usage(format!("`{path}` has a NUL byte, behind which a database reads nothing")));
    }
    let source = Source::new(path, text);
    let statements =
        sql::split(source.text(), dialect.ops().syntax(), None).map_err(|error| error.into_error(&source))?;
    Ok(BaseFile {
        statements: statements.iter().map(|statement| statement.span).collect(),
        source,
        alone: false,
    })
}

fn no_hcl(path: &str) -> Error {
    Error::usage(format!("`{path}`: schemas in HCL are not read yet"))
        .hint("describe the schema in `.sql` files, or name a database")
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn is_versioned(name: &str) -> bool {
    let rest = name.trim_start_matches(|character: char| character.is_ascii_digit());
    name.len() - rest.len() >= VERSION_DIGITS && rest.starts_with(['_', '.'])
}

//! What operations start from: the repository, the folder of migrations, the dev database.

use std::path::{Path, PathBuf};

use super::{Context, input::Input, inputs};
use crate::{
    db,
    devdb::{self, DevDb},
    dialect::DialectId,
    error::{Error, Result},
    files,
    folder::Folder,
    git::Repository,
    migrations::{Directory, Format, formats},
    trust::Feature,
};

/// A place to read folders from, and the git repository around it if there is one.
pub(super) struct Workspace {
    /// The folder that paths in reports are relative to: the repository's top, else the working directory.
    pub root: PathBuf,
    /// The repository.
    pub repository: Option<Repository>,
    /// The working directory, relative to `root`; empty at the top.
    prefix: String,
}

/// A folder of migrations as an input names it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Its path, as [`Workspace::path_of`] gives it.
    pub path: String,
    /// The format that it is said to have; where nothing is said, its shape decides.
    pub format: Option<&'static dyn Format>,
}

impl Place {
    /// Reads the migrations in it, or in what it was at another commit.
    pub(super) fn open(&self, folder: &Folder) -> Result<Directory> {
        self.format.map_or_else(|| Directory::open(folder), |format| Directory::open_as(folder, format))
    }
}

impl Workspace {
    /// Looks around the working directory.
    pub(super) fn open(cx: &Context) -> Result<Self> {
        let repository = match Repository::open(&cx.directory) {
            Ok(repository) => Some(repository),
            // A folder of migrations needs no repository; what does says so itself.
            Err(_) if !cx.platform.is_ci() => None,
            Err(error) => return Err(error),
        };
        let root = repository.as_ref().map_or_else(|| cx.directory.clone(), |found| found.root().to_owned());
        let prefix = cx.directory.strip_prefix(&root).unwrap_or(Path::new("")).to_string_lossy().into_owned();
        Ok(Self { root, repository, prefix })
    }

    /// The repository, or an error that says what needs one.
    pub(super) fn repository(&self, what: &str) -> Result<&Repository> {
        self.repository.as_ref().ok_or_else(|| {
            Error::usage(format!(
                "{what} needs a git repository, and there is none around `{}`",
                self.root.display()
            ))
            .hint("run it in a checkout, or choose the new files with `--latest N`")
        })
    }

    /// The path of a folder that an input names, relative to [`Workspace::root`].
    ///
    /// A local user may name a folder anywhere; then the path is absolute.
    pub(super) fn path_of(&self, cx: &Context, dir: &str) -> Result<String> {
        let (path, _) = dir_parts(dir)?;
        let place = Path::new(&path);
        if place.is_absolute() {
            if let Ok(inside) = place.strip_prefix(&self.root) {
                return Ok(slashes(inside));
            }
            if cx.platform.is_ci() {
                return Err(Error::usage(format!("the folder `{path}` lies outside of the repository")));
            }
            return Ok(path);
        }
        Ok(slashes(&normal(&Path::new(&self.prefix).join(place))))
    }

    /// The folder of migrations that a `dir` input names.
    pub(super) fn place_of(&self, cx: &Context, dir: &str) -> Result<Place> {
        let (_, format) = dir_parts(dir)?;
        let format = format.map_or_else(|| cx.inputs.get(&inputs::DIR_FORMAT), |format| Ok(Some(format)))?;
        let format = format.map(|format| formats::named(&format)).transpose()?;
        Ok(Place { path: self.path_of(cx, dir)?, format })
    }

    /// Reads a folder, by the path that [`Workspace::path_of`] gave.
    pub(super) fn read(&self, path: &str) -> Result<Folder> {
        if Path::new(path).is_absolute() {
            let mut folder = files::read_folder(Path::new(path), "")?;
            path.clone_into(&mut folder.path);
            return Ok(folder);
        }
        files::read_folder(&self.root, path)
            .map_err(|error| error.hint("the folder of migrations is named with `dir`"))
    }

    /// Reads a folder; none if there is nothing at the path.
    pub(super) fn read_if_there(&self, path: &str) -> Result<Option<Folder>> {
        files::kind(self.absolute(path)).map(|_| self.read(path)).transpose()
    }

    /// The names of the files in a folder, by the path that [`Workspace::path_of`] gave.
    pub(super) fn names(&self, path: &str) -> Result<Vec<String>> {
        if Path::new(path).is_absolute() {
            return files::names(Path::new(path), "");
        }
        files::names(&self.root, path)
    }

    /// Reads a file of text, by the path that [`Workspace::path_of`] gave.
    pub(super) fn read_text(&self, path: &str) -> Result<String> {
        let (root, path) = self.below(path);
        String::from_utf8(files::read_file(&root, &path)?)
            .map_err(|error| Error::usage(format!("`{path}` is not UTF-8")).because(error.utf8_error()))
    }

    /// Writes a file, by the path that [`Workspace::path_of`] gave.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<()> {
        let (root, path) = self.below(path);
        files::write_file(&root, &path, text.as_bytes())
    }

    /// Gives a file another name; both paths are as [`Workspace::path_of`] gives them, in one folder.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<()> {
        let ((root, from), (_, to)) = (self.below(from), self.below(to));
        files::rename_file(&root, &from, &to)
    }

    /// Removes a file, by the path that [`Workspace::path_of`] gave.
    pub(super) fn remove(&self, path: &str) -> Result<()> {
        let (root, path) = self.below(path);
        files::remove_file(&root, &path)
    }

    /// The absolute path of what [`Workspace::path_of`] gave.
    pub(super) fn absolute(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The root that a path must stay below, and the path relative to it.
    fn below(&self, path: &str) -> (PathBuf, String) {
        let place = Path::new(path);
        match (place.is_absolute(), place.parent(), place.file_name()) {
            (true, Some(folder), Some(name)) => (folder.to_owned(), name.to_string_lossy().into_owned()),
            _ => (self.root.clone(), path.to_owned()),
        }
    }
}

/// The path and the format in a `dir` input: `file://migrations?format=atlas`.
fn dir_parts(dir: &str) -> Result<(String, Option<String>)> {
    if dir.contains("://") && !dir.starts_with("file://") {
        return Err(Error::usage(format!("`{dir}` is not a folder"))
            .hint("give a path or a `file://` URL; registries are not read"));
    }
    let path = dir.strip_prefix("file://").unwrap_or(dir);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut format = None;
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("format", name)) => format = Some(name.trim_matches('"').to_owned()),
            _ => {
                return Err(Error::usage(format!("`{parameter}` of the folder `{path}` means nothing here"))
                    .hint("the one parameter of a folder is `format`"));
            }
        }
    }
    Ok((path.trim_end_matches('/').to_owned(), format))
}

/// Without `.` and with `..` resolved by text; what leads above the start is kept and refused on reading.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Refuses the inputs of a project file, which is not read yet.
pub(super) fn refuse_project_file(cx: &Context) -> Result<()> {
    let given = [
        cx.inputs.is_given(&inputs::CONFIG).then_some("config"),
        cx.inputs.is_given(&inputs::ENV).then_some("env"),
    ];
    match given.into_iter().flatten().next() {
        None => Ok(()),
        Some(name) => {
            Err(Error::usage(format!("the input `{name}` needs the project file, which is not read yet"))
                .hint("give the values of the environment as inputs: `url`, `dev-url`, `dir`"))
        }
    }
}

/// The folder of migrations that `dir` names, read, with its checksum file verified.
pub(super) fn directory(cx: &Context, workspace: &Workspace) -> Result<Directory> {
    refuse_project_file(cx)?;
    let place = workspace.place_of(cx, &cx.inputs.need(&inputs::DIR)?)?;
    let directory = place.open(&workspace.read(&place.path)?)?;
    directory.verify()?;
    Ok(directory)
}

/// The folder of migrations that `dir` names and what is in it, for who adds to it; it need not be there yet.
pub(super) fn growing(cx: &Context, workspace: &Workspace) -> Result<(Folder, Directory)> {
    refuse_project_file(cx)?;
    let place = workspace.place_of(cx, &cx.inputs.need(&inputs::DIR)?)?;
    let folder = workspace.read_if_there(&place.path)?;
    let folder = folder.unwrap_or_else(|| Folder { path: place.path.clone(), ..Folder::default() });
    let directory = place.open(&folder)?;
    if !directory.migrations.is_empty() {
        directory.verify()?;
    }
    Ok((folder, directory))
}

/// Starts the dev database that the inputs ask for.
pub(super) async fn dev_database(cx: &Context) -> Result<DevDb> {
    let url = cx.inputs.get(&inputs::DEV_URL)?;
    if url.is_some() {
        cx.trigger.trust.require(Feature::ConnectToUrl)?;
    }
    cx.trigger.trust.require(Feature::Replay)?;
    devdb::start(devdb::Spec {
        dialect: dialect(cx)?,
        url,
        executable: cx.executable.clone(),
        lifetime: cx.inputs.need(&inputs::DEV_TIMEOUT)?,
    })
    .await
}

/// The dialect of the project: that of its dev database, else the default.
pub(super) fn dialect(cx: &Context) -> Result<DialectId> {
    cx.inputs.get(&inputs::DEV_URL)?.map_or(Ok(DialectId::DEFAULT), |url| db::dialect_of(&url))
}

/// The value of an input that has only one value that works yet.
pub(super) fn only(cx: &Context, input: &Input<String>, works: &str) -> Result<()> {
    match cx.inputs.get(input)? {
        Some(value) if value != works => {
            Err(Error::usage(format!("`{}` of `{}` is not supported yet", value, input.spec.name))
                .hint(format!("the only value that works is `{works}`")))
        }
        _ => Ok(()),
    }
}

//! Files and folders as values, read from disk; the only user of `std::fs`.
//!
//! What a repository contains is hostile: a path may lead out of it through a link, name a device or
//! a pipe, or be larger than memory. Everything read below a root stays below it, is a plain file, and
//! has an upper size; every failure names the path.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Component, Path, PathBuf},
};

use rustix::fs::{FlockOperation, Mode, OFlags, ResolveFlags};

use crate::{
    error::{Error, Result},
    folder::{self, Folder, is_entered, is_nested_file},
};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: u64 = 64 << 20;

/// The largest folder that is read, in bytes of all of its files.
pub const LARGEST_FOLDER: u64 = 512 << 20;

/// Folders that never hold migrations and may be huge.
const NOT_SEARCHED: [&str; 3] = [".git", "node_modules", "target"];

/// How deep folders are searched.
const DEEPEST: usize = 32;

/// Reads all files of a folder below `root`, and of its sub-folders those that a [`Folder`] has.
pub fn read_folder(root: &Path, relative: &str) -> Result<Folder> {
    let below = Below::open(root)?;
    let mut folder = Folder { path: relative.to_owned(), ..Folder::default() };
    let mut left = LARGEST_FOLDER;
    let mut take = |content: Vec<u8>| {
        left = left.checked_sub(content.len() as u64).ok_or_else(|| too_large(relative, LARGEST_FOLDER))?;
        Ok::<_, Error>(content)
    };
    let mut open = Vec::new();
    for entry in below.entries(relative)? {
        let path = folder.path_of(&entry.name);
        if entry.is_folder {
            open.extend(is_entered(&entry.name).then(|| entry.name.clone()));
            folder.folders.push(entry.name);
            continue;
        }
        match below.read(&path)? {
            Content::File(content) => {
                folder.files.insert(entry.name, take(content)?);
            }
            // A link to a folder: it is named, and not entered.
            Content::Folder => folder.folders.push(entry.name),
        }
    }
    folder.folders.sort();
    while let Some(within) = open.pop() {
        for entry in below.entries(&folder.path_of(&within))? {
            let name = format!("{within}/{}", entry.name);
            if entry.is_folder {
                let levels = name.split('/').count();
                open.extend((levels <= folder::DEEPEST && is_entered(&entry.name)).then_some(name));
            } else if is_nested_file(&entry.name)
                && let Content::File(content) = below.read(&folder.path_of(&name))?
            {
                folder.nested.insert(name, take(content)?);
            }
        }
    }
    Ok(folder)
}

/// The names of what lies in a folder below `root` and is no folder, sorted.
pub fn names(root: &Path, relative: &str) -> Result<Vec<String>> {
    let entries = Below::open(root)?.entries(relative)?;
    let mut names: Vec<String> =
        entries.into_iter().filter(|entry| !entry.is_folder).map(|entry| entry.name).collect();
    names.sort();
    Ok(names)
}

/// Reads one file below `root`.
pub fn read_file(root: &Path, relative: &str) -> Result<Vec<u8>> {
    match Below::open(root)?.read(relative)? {
        Content::File(content) => Ok(content),
        Content::Folder => Err(Error::usage(format!("`{relative}` is a folder, a file was expected"))),
    }
}

/// The folder below `root`, absolute; what is no folder or leads out of `root` is refused.
pub fn folder_beneath(root: &Path, relative: &str) -> Result<PathBuf> {
    let fail = |error: io::Error| failed("open", relative, &error);
    let (root, path) =
        (root.canonicalize().map_err(fail)?, root.join(relative).canonicalize().map_err(fail)?);
    if path.is_dir() && path.starts_with(&root) {
        return Ok(path);
    }
    Err(Error::usage(format!("`{relative}` is no folder below `{}`", root.display())))
}

/// Whether there is something at a path, and what.
pub fn kind(path: impl AsRef<Path>) -> Option<PathKind> {
    fs::metadata(path).ok().map(|metadata| if metadata.is_dir() { PathKind::Folder } else { PathKind::File })
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// A folder.
    Folder,
    /// Anything else.
    File,
}

/// Writes one file below `root`, whole or not at all; folders on the way are made.
///
/// The permissions of a file that is replaced stay as they are.
pub fn write_file(root: &Path, relative: &str, content: &[u8]) -> Result<()> {
    let fail = |error: io::Error| failed("write", relative, &error);
    let path = new_path(root, relative)?;
    let permissions = match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_file() => metadata.permissions(),
        Ok(_) => {
            return Err(Error::usage(format!("`{relative}` cannot be replaced: it is not a plain file")));
        }
        Err(_) => fs::Permissions::from_mode(0o666),
    };
    let parent = path.parent().unwrap_or(root);
    fs::create_dir_all(parent).map_err(fail)?;
    let mut file =
        tempfile::Builder::new().permissions(permissions.clone()).tempfile_in(parent).map_err(fail)?;
    file.write_all(content).and_then(|()| file.as_file().sync_all()).map_err(fail)?;
    if kind(&path).is_some() {
        // Unlike those of a new file, these are not cut by the process's mask.
        file.as_file().set_permissions(permissions).map_err(fail)?;
    }
    file.persist(&path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Gives a file below `root` another name below it, in one step; what has that name already stays, and is an error.
pub fn rename_file(root: &Path, from: &str, to: &str) -> Result<()> {
    let fail = |error: io::Error| failed("rename", from, &error);
    let (old, new) = (new_path(root, from)?, new_path(root, to)?);
    if fs::symlink_metadata(&new).is_ok() {
        return Err(Error::usage(format!("`{to}` exists already")));
    }
    fs::rename(old, new).map_err(fail)
}

/// Removes a file below `root`; a link is removed, not what it leads to.
pub fn remove_file(root: &Path, relative: &str) -> Result<()> {
    fs::remove_file(new_path(root, relative)?).map_err(|error| failed("remove", relative, &error))
}

/// Writes a file that the user named, wherever it is; relative paths start at `directory`, which is absolute.
///
/// No link leads it away: below the folder that the path has in common with `directory` it stays below that.
pub fn write_at(directory: &Path, path: &Path, content: &[u8]) -> Result<()> {
    let path = directory.join(path);
    let common: PathBuf = directory
        .components()
        .zip(path.components())
        .take_while(|(one, other)| one == other)
        .map(|(one, _)| one)
        .collect();
    let below = path.strip_prefix(&common).ok().and_then(Path::to_str);
    let below = below.ok_or_else(|| Error::usage(format!("`{}` is not UTF-8", path.display())))?;
    write_file(&common, below, content)
}

/// Whether a stream goes to a file, rather than to a terminal, a pipe or nowhere.
pub fn is_plain(stream: impl std::os::fd::AsFd) -> bool {
    rustix::fs::fstat(stream).is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file())
}

/// Adds to the end of a file that the caller's environment names.
pub fn append_file(path: &str, text: &str) -> Result<()> {
    let mut file =
        File::options().append(true).create(true).open(path).map_err(|error| failed("open", path, &error))?;
    file.write_all(text.as_bytes()).map_err(|error| failed("write", path, &error))
}

/// The folders below `root` that hold a file of that name, sorted; links are not followed.
pub fn find_folders_with(root: &Path, name: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![(root.to_owned(), String::new(), 0)];
    while let Some((path, relative, depth)) = open.pop() {
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            // Of another user, as the data of a database server: no migrations of ours.
            Err(error) if depth > 0 && error.kind() == io::ErrorKind::PermissionDenied => continue,
            Err(error) => return Err(failed("read the folder", &shown(root, &relative), &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed("read the folder", &shown(root, &relative), &error))?;
            // Without a name in UTF-8 it can neither be configured nor reported.
            let Ok(entry_name) = entry.file_name().into_string() else { continue };
            let Ok(file_type) = entry.file_type() else { continue };
            if file_type.is_dir() && depth < DEEPEST && !NOT_SEARCHED.contains(&entry_name.as_str()) {
                open.push((entry.path(), join(&relative, &entry_name), depth + 1));
            } else if !file_type.is_dir() && entry_name == name {
                found.push(if relative.is_empty() { ".".to_owned() } else { relative.clone() });
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A file that this process alone may use as a lock, until it is dropped or the process ends.
#[derive(Debug)]
pub struct LockedFile {
    file: File,
    path: PathBuf,
}

impl LockedFile {
    /// Opens or makes the file and locks it; none where another process has it.
    pub fn try_open(path: &Path) -> Result<Option<Self>> {
        let fail = |error: io::Error| {
            failed("lock", &path.to_string_lossy(), &error).hint(
                "the folder for temporary files must be writable, and the file in it belong to this user",
            )
        };
        let nofollow = OFlags::NOFOLLOW.bits().cast_signed();
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .custom_flags(nofollow)
            .open(path)
            .map_err(fail)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(fail(error.into())),
        }
        // Whoever had it may have removed it in between: then the name leads to another file, or none.
        let own = file.metadata().map_err(fail)?;
        let is_current = fs::symlink_metadata(path)
            .is_ok_and(|named| named.ino() == own.ino() && named.dev() == own.dev());
        Ok(is_current.then(|| Self { file, path: path.to_owned() }))
    }

    /// What the file says.
    pub fn read(&self) -> Result<String> {
        let mut text = String::new();
        (&self.file)
            .rewind()
            .and_then(|()| (&self.file).take(1 << 10).read_to_string(&mut text))
            .map_err(|error| failed("read", &self.path.to_string_lossy(), &error))?;
        Ok(text)
    }

    /// Replaces what the file says.
    pub fn write(&self, text: &str) -> Result<()> {
        (&self.file)
            .rewind()
            .and_then(|()| self.file.set_len(0))
            .and_then(|()| (&self.file).write_all(text.as_bytes()))
            .map_err(|error| failed("write", &self.path.to_string_lossy(), &error))
    }

    /// The same lock once more; it is released when the last of them is dropped.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { file: self.file.try_clone()?, path: self.path.clone() })
    }

    /// Removes the file and releases the lock.
    pub fn remove(self) {
        // In this order: nobody may take a file that is about to go.
        fs::remove_file(&self.path).ok();
    }
}

/// A folder that nothing opened through it can leave.
struct Below {
    root: File,
    path: PathBuf,
}

enum Content {
    File(Vec<u8>),
    Folder,
}

struct Entry {
    name: String,
    is_folder: bool,
}

impl Below {
    fn open(root: &Path) -> Result<Self> {
        let path = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        let root = File::open(path).map_err(|error| failed("read", &path.to_string_lossy(), &error))?;
        Ok(Self { root, path: path.to_owned() })
    }

    fn entries(&self, relative: &str) -> Result<Vec<Entry>> {
        let folder = self.file(relative)?;
        if !folder.metadata().map_err(|error| failed("read", relative, &error))?.is_dir() {
            return Err(Error::usage(format!("`{relative}` is not a folder")));
        }
        let fail = |error: rustix::io::Errno| failed("read the folder", relative, &error.into());
        let mut entries = Vec::new();
        for entry in rustix::fs::Dir::read_from(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = String::from_utf8(entry.file_name().to_bytes().to_vec()).map_err(|error| {
                let name = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Error::usage(format!("the name `{name}` in `{relative}` is not valid UTF-8"))
            })?;
            if name != "." && name != ".." {
                entries.push(Entry { is_folder: entry.file_type().is_dir(), name });
            }
        }
        Ok(entries)
    }

    fn read(&self, relative: &str) -> Result<Content> {
        let fail = |error: io::Error| failed("read", relative, &error);
        let file = self.file(relative)?;
        let metadata = file.metadata().map_err(fail)?;
        if metadata.is_dir() {
            return Ok(Content::Folder);
        }
        if !metadata.is_file() {
            return Err(Error::usage(format!("`{relative}` is not a plain file"))
                .hint("devices, pipes and sockets are not read"));
        }
        if metadata.len() > LARGEST_FILE {
            return Err(too_large(relative, LARGEST_FILE));
        }
        let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        (&file).take(LARGEST_FILE + 1).read_to_end(&mut content).map_err(fail)?;
        if content.len() as u64 > LARGEST_FILE {
            return Err(too_large(relative, LARGEST_FILE));
        }
        Ok(Content::File(content))
    }

    /// Opens without following a link out, and without waiting for the other end of a pipe.
    fn file(&self, relative: &str) -> Result<File> {
        let path = if relative.is_empty() { "." } else { relative };
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        #[cfg(target_os = "linux")]
        {
            let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
            match rustix::fs::openat2(&self.root, path, flags, Mode::empty(), beneath) {
                Ok(file) => return Ok(File::from(file)),
                // An old kernel, or a container that does not know the call.
                Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {}
                Err(rustix::io::Errno::XDEV) => return Err(leaves(relative)),
                Err(error) => return Err(failed("read", relative, &error.into())),
            }
        }
        let fail = |error: io::Error| failed("read", relative, &error);
        let root = fs::canonicalize(&self.path).map_err(fail)?;
        let real = fs::canonicalize(root.join(path)).map_err(fail)?;
        if !real.starts_with(&root) {
            return Err(leaves(relative));
        }
        let flags = flags | OFlags::NOFOLLOW;
        rustix::fs::open(&real, flags, Mode::empty()).map(File::from).map_err(|error| fail(error.into()))
    }
}

/// The place of a file that may not exist yet, below the root with every link on the way resolved.
fn new_path(root: &Path, relative: &str) -> Result<PathBuf> {
    let fail = |error: io::Error| failed("write", relative, &error);
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if relative.is_empty() || !Path::new(relative).components().all(is_plain) {
        return Err(leaves(relative));
    }
    let root =
        fs::canonicalize(if root.as_os_str().is_empty() { Path::new(".") } else { root }).map_err(fail)?;
    let path = root.join(relative);
    let existing = path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(&root);
    if fs::canonicalize(existing).map_err(fail)?.starts_with(&root) {
        Ok(path)
    } else {
        Err(leaves(relative))
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn shown(root: &Path, relative: &str) -> String {
    root.join(relative).to_string_lossy().into_owned()
}

fn leaves(path: &str) -> Error {
    Error::usage(format!("`{path}` leads out of the repository"))
        .hint("put the file itself there, not a link")
}

fn too_large(path: &str, limit: u64) -> Error {
    Error::usage(format!("`{path}` is larger than {} MiB", limit >> 20))
}

fn failed(what: &str, path: &str, error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::usage(format!("there is no `{path}`"));
    }
    let reason = error.to_string();
    Error::outside(format!("cannot {what} `{path}`")).because(reason)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("db/old")).unwrap();
        fs::write(root.path().join("db/1.sql"), "one").unwrap();
        fs::write(root.path().join("db/atlas.sum"), "h1:").unwrap();
        root
    }

    #[test]
    fn a_folder_has_its_files_and_the_names_of_its_folders() {
        let root = tree();
        symlink("1.sql", root.path().join("db/2.sql")).unwrap();
        let folder = read_folder(root.path(), "db").unwrap();
        assert_eq!(folder.files.keys().collect::<Vec<_>>(), ["1.sql", "2.sql", "atlas.sum"]);
        assert_eq!(folder.files["2.sql"], b"one");
        assert_eq!(folder.folders, ["old"]);
    }

    #[test]
    fn what_leaves_the_root_or_is_no_file_is_an_error_with_its_path() {
        let root = tree();
        symlink("/etc/hostname", root.path().join("db/out.sql")).unwrap();
        symlink("../../..", root.path().join("up")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.path().join("pipe"),
            rustix::fs::FileType::Fifo,
            Mode::RUSR,
            0,
        )
        .unwrap();
        for (path, message) in [
            ("db/out.sql", "`db/out.sql` leads out"),
            ("up", "`up` leads out"),
            ("../x", "`../x` leads out"),
            ("/etc/hostname", "`/etc/hostname` leads out"),
            ("pipe", "`pipe` is not a plain file"),
            ("db/none.sql", "there is no `db/none.sql`"),
            ("db", "`db` is a folder"),
        ] {
            let error = read_file(root.path(), path).unwrap_err();
            assert!(error.message().contains(message), "{path}: {error}");
        }
        assert!(read_folder(root.path(), "db").unwrap_err().message().contains("`db/out.sql` leads out"));
        assert!(read_folder(root.path(), "db/1.sql").unwrap_err().message().contains("is not a folder"));
    }

    #[test]
    fn an_oversized_file_is_an_error() {
        let root = tree();
        File::create(root.path().join("db/big.sql")).unwrap().set_len(LARGEST_FILE + 1).unwrap();
        let error = read_folder(root.path(), "db").unwrap_err();
        assert!(error.message().contains("`db/big.sql` is larger than 64 MiB"), "{error}");
    }

    #[test]
    fn writing_replaces_the_whole_file_and_keeps_its_permissions() {
        let root = tree();
        let path = root.path().join("db/1.sql");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write_file(root.path(), "db/1.sql", b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        write_file(root.path(), "new/folder/a.sql", b"a").unwrap();
        assert_eq!(read_file(root.path(), "new/folder/a.sql").unwrap(), b"a");
        assert_eq!(fs::read_dir(root.path().join("db")).unwrap().count(), 3);
    }

    #[test]
    fn nothing_is_written_outside_of_the_root() {
        let root = tree();
        let outside = tempfile::tempdir().unwrap();
        symlink(outside.path(), root.path().join("link")).unwrap();
        symlink(outside.path().join("x"), root.path().join("leaf")).unwrap();
        for path in ["link/a.sql", "link/b/a.sql", "../a.sql", "/tmp/a.sql", "leaf", ""] {
            assert!(write_file(root.path(), path, b"x").is_err(), "{path}");
        }
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn folders_are_found_by_a_file_in_them() {
        let root = tree();
        for folder in ["a/node_modules/x", ".git/x", "z/deep"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
            fs::write(root.path().join(folder).join("atlas.sum"), "").unwrap();
        }
        symlink("z", root.path().join("zz")).unwrap();
        assert_eq!(find_folders_with(root.path(), "atlas.sum").unwrap(), ["db", "z/deep"]);
    }

    #[test]
    fn a_locked_file_is_taken_once() {
        let root = tree();
        let path = root.path().join("x.lock");
        let lock = LockedFile::try_open(&path).unwrap().unwrap();
        lock.write("+12").unwrap();
        lock.write("+7").unwrap();
        assert_eq!(lock.read().unwrap(), "+7");
        assert!(LockedFile::try_open(&path).unwrap().is_none());
        lock.remove();
        assert!(!path.exists());
        assert!(LockedFile::try_open(&path).unwrap().is_some());
    }
}

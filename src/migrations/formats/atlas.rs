//! Atlas's own format: `<version>[_<description>].sql`, `atlas.sum`, directives, archives, checkpoints.

use crate::{
    error::{Error, Result},
    folder::Folder,
    migrations::{Migration, Part, Role, SUM_FILE, directives::FileDirectives, name, txtar},
    text::Source,
};

use super::{Contents, Format};

/// The format of Atlas.
pub struct Atlas;

impl Format for Atlas {
    fn name(&self) -> &'static str {
        "atlas"
    }

    fn title(&self) -> &'static str {
        "Atlas"
    }

    /// Nothing: any tool's folder may have an `atlas.sum`, so that this format is what is left.
    fn detect(&self, _: &Folder) -> Option<String> {
        None
    }

    fn is_read(&self, file: &str) -> bool {
        let ending = file.len().checked_sub(4).and_then(|at| file.get(at..));
        !file.contains('/') && ending.is_some_and(|ending| ending.eq_ignore_ascii_case(".sql"))
    }

    fn read(&self, folder: &Contents<'_>) -> Result<Vec<Migration>> {
        let migrations = folder.sources.iter().map(|(file, source)| migration(file, source));
        let mut migrations: Vec<_> = migrations.collect::<Result<_>>()?;
        // Not that of the names, in which `10_b.sql` stands before `1_a.sql`: a database knows versions only, and
        // a file that runs before one of a smaller version would hide it from the next run.
        migrations.sort_by(|one, other| one.version.cmp(&other.version));
        let is_bare = is_bare(folder.folder);
        if migrations.is_empty() && !folder.folder.files.contains_key(SUM_FILE) && !is_bare {
            return Err(not_a_folder(folder.folder));
        }
        Ok(migrations)
    }

    fn checkpoint(&self, tag: &str, body: &str) -> Option<String> {
        let header = format!("-- atlas:checkpoint {tag}");
        Some(format!("{}\n\n{body}", header.trim_end()))
    }

    fn has_checks(&self) -> bool {
        true
    }

    fn needs_sum(&self) -> bool {
        true
    }
}

fn migration(file: &str, source: &Source) -> Result<Migration> {
    let name = name::parse(file).map_err(|reason| {
        Error::usage(format!("`{}` is not a migration: {reason}", source.path().escape_debug()))
            .hint("migrations are called `<version>_<name>.sql`, for example `20260102150405_add_users.sql`")
            .hint("keep other SQL files outside of the folder")
    })?;
    let directives = FileDirectives::read(source);
    let role = match directives.get("checkpoint") {
        Some(checkpoint) => Role::Checkpoint { tag: checkpoint.arguments.clone() },
        None => Role::Versioned,
    };
    let migration = Migration {
        name: file.to_owned(),
        version: name.version,
        description: name.description,
        role,
        source: source.clone(),
        mode: None,
        up: vec![Part::all(source, &directives)],
        down: None,
        checks: Vec::new(),
        directives,
    };
    let migration = if migration.directives.get("txtar").is_some() {
        let archive = txtar::read(source)?;
        let up = vec![archive.up];
        Migration {
            directives: archive.directives,
            up,
            down: archive.down,
            checks: archive.checks,
            ..migration
        }
    } else {
        migration
    };
    migration.directives.check(source)?;
    Ok(Migration { mode: migration.directives.mode(source)?, ..migration })
}

/// Whether nothing but what people put into empty folders is there.
fn is_bare(folder: &Folder) -> bool {
    let usual = |file: &String| file.starts_with('.') || file.to_ascii_lowercase().starts_with("readme");
    folder.folders.is_empty() && folder.files.keys().all(usual)
}

fn not_a_folder(folder: &Folder) -> Error {
    Error::usage(format!(
        "`{}` is not a folder of migrations: it has neither `{SUM_FILE}` nor `*.sql`",
        folder.path
    ))
    .hint("name the folder with `dir`, or start one with `plinth migrate new`")
}

//! Where a test goes on its way through the folder of migrations, checked before anything runs.

use super::{Act, Case};
use crate::{error::Result, hcl, migrations::Directory, text::Source};

/// Refuses a test that goes to a version that the folder lacks, or back to an earlier one.
pub fn check(source: &Source, case: &Case, directory: &Directory) -> Result<()> {
    let mut reached: Option<usize> = None;
    for command in &case.commands {
        let Act::Migrate(to) = &command.act else { continue };
        let position = directory.migrations.iter().position(|migration| migration.version == to.text);
        let Some(position) = position else {
            let message = format!("`{}` has no migration of the version `{}`", directory.path, to.text);
            let last = directory.migrations.last().map_or_else(
                || "the folder has no migrations".to_owned(),
                |last| {
                    format!(
                        "the version is the file name up to the first `_`; the last one is `{}`",
                        last.version
                    )
                },
            );
            return Err(hcl::complaint(source, to.span, &message, "no such version").hint(last));
        };
        if let Some(now) = reached.filter(|now| position < *now).and_then(|now| directory.migrations.get(now))
        {
            let message = format!("the database is at `{}` here: migrations only go forward", now.version);
            return Err(hcl::complaint(source, to.span, &message, "an earlier version")
                .hint("start another test for what comes before: each begins with an empty database"));
        }
        reached = Some(position);
    }
    Ok(())
}

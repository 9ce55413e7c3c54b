//! A file of migrations in the user's editor, for `migrate edit` and the flag `edit`.

use super::{Context, inputs, project::Workspace};
use crate::{
    editor,
    error::{Error, Result},
};

/// The editor of the person who runs this.
pub(super) struct Editor(String);

impl Editor {
    /// Finds it, or says why there is none; in CI there never is.
    pub(super) fn find(cx: &Context) -> Result<Self> {
        if cx.platform.is_ci() {
            return Err(Error::usage(format!("{} has nobody to edit a file", cx.platform.title()))
                .hint("edit the file in a checkout and commit it"));
        }
        editor::find(&cx.env).map(Self)
    }

    /// The editor, where the input `edit` asks for it.
    pub(super) fn wanted(cx: &Context) -> Result<Option<Self>> {
        cx.inputs.is_on(&inputs::EDIT)?.then(|| Self::find(cx)).transpose()
    }

    /// Opens a file, by the path that the workspace gave, and waits until it is closed.
    pub(super) fn open(&self, workspace: &Workspace, path: &str) -> Result<()> {
        editor::edit(&self.0, &workspace.absolute(path))
    }
}

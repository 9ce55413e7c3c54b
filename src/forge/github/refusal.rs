//! What GitHub says no to, in words that lead to the remedy.

use super::call::Answer;
use crate::error::Error;

/// Something that is asked of GitHub, for messages.
pub(super) struct Task {
    /// What it is: "GitHub refuses to …".
    pub(super) what: &'static str,
    /// The permission that a token needs for it.
    permission: &'static str,
}

pub(super) const LIST: Task = Task { what: "list the comments", permission: "pull-requests: read" };
pub(super) const POST: Task = Task { what: "write the comment", permission: "pull-requests: write" };
pub(super) const DELETE: Task = Task { what: "remove a comment", permission: "pull-requests: write" };
pub(super) const PULLS: Task =
    Task { what: "list the pull requests of a commit", permission: "pull-requests: read" };
pub(super) const TIP: Task = Task { what: "tell the last commit of a branch", permission: "contents: read" };
pub(super) const FILE: Task = Task { what: "give a file", permission: "contents: read" };

pub(super) const PUSH: Task = Task { what: "add to a branch", permission: "contents: write" };

/// The error that an answer stands for, which is not one of success.
pub(super) fn error(task: &Task, answer: &Answer) -> Error {
    let refused = |why: &str| Error::outside(format!("GitHub refuses to {}: {why}", task.what));
    let said = answer.message().map(|message| shortened(&message)).unwrap_or_default();
    if answer.is_limited() {
        let error = refused("the rate limit is used up");
        return match answer.wait() {
            Some(wait) => error
                .hint(format!("GitHub says to wait for {} seconds; run the job again then", wait.as_secs())),
            None => error,
        };
    }
    match answer.status {
        401 => refused("the token is not valid (401)")
            .hint("check the token that the job passes as `GITHUB_TOKEN`"),
        403 | 404 => refused(&format!("{said} ({})", answer.status))
            .hint(format!("the job needs `{}` under `permissions:`", task.permission))
            .hint("on a pull request from a fork the token can only read: the job's summary has it all"),
        410 => refused(&format!("{said} (410)")).hint("the conversation is locked or gone"),
        422 => refused(&format!("{said} (422)")),
        status if answer.is_success() => {
            Error::outside(format!("GitHub's answer to {} is empty ({status})", task.what))
        }
        status => refused(&format!("the server answers {status}"))
            .hint("see https://www.githubstatus.com, or the state of your own server"),
    }
}

/// The words of a server, on one line and not too many.
fn shortened(message: &str) -> String {
    let line: String = message.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(300).collect()
}

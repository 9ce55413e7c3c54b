//! GitHub, on github.com and on own servers.
//!
//! Answers are read into small structs of the fields that are used, so that an older server or a
//! leaner compatible one will do. The only user of `octocrab`.

mod call;
mod push;
mod refusal;

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use tokio::sync::OnceCell;

pub use call::Patience;
use call::{Answer, Caller, Method};
use refusal::Task;

use super::{Forge, Note, Posted, PullOfCommit, Push};
use crate::{
    error::{Error, Result},
    pending::Pending,
    platform::Repository,
};

/// The longest comment, which is not in the interface's description: the server answers 422 to more.
const NOTE_LIMIT: usize = 65_536;
/// The size of a page of a list, the largest that there is.
const PAGE: usize = 100;
/// How many pages are read; GitHub stops at 2,500 comments.
const PAGES: usize = 100;
/// The user `github-actions[bot]` of github.com; own servers have other numbers, but the same name.
const ACTIONS_BOT: (u64, &str) = (41_898_282, "github-actions[bot]");

/// One repository on GitHub.
pub struct GitHub {
    caller: Caller,
    /// The start of every route: `/repos/<owner>/<name>`.
    repository: String,
    identity: OnceCell<Identity>,
}

/// Who the token stands for.
#[derive(Debug)]
enum Identity {
    /// This user, by number.
    User(u64),
    /// The token does not tell, as the one of a workflow run, which is the actions bot's.
    ActionsBot,
}

impl GitHub {
    /// Prepares to talk to a repository; must be called inside the asynchronous runtime.
    pub fn connect(repository: &Repository, patience: Patience) -> Result<Self> {
        let caller = Caller::new(repository, patience)?;
        Ok(Self { caller, repository: format!("/repos/{}", repository.name), identity: OnceCell::new() })
    }

    /// All pages of a list; a status in `none` stands for an empty one.
    async fn list<T: DeserializeOwned>(&self, task: &Task, route: &str, none: &[u16]) -> Result<Vec<T>> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let route = format!("{}{route}?per_page={PAGE}&page={page}", self.repository);
            let answer =
                self.caller.call(Method::Get, &route, None).await.map_err(|lost| lost.into_error(task))?;
            if none.contains(&answer.status) {
                return Ok(all);
            }
            all.extend(read::<Vec<T>>(task, &answer)?);
            if !answer.has_more {
                return Ok(all);
            }
        }
        Err(Error::outside(format!("GitHub does not come to an end of {}", task.what)))
    }

    /// The content of an answer; none where GitHub has nothing there.
    async fn find<T: DeserializeOwned>(&self, task: &Task, route: &str) -> Result<Option<T>> {
        let route = format!("{}{route}", self.repository);
        let answer =
            self.caller.call(Method::Get, &route, None).await.map_err(|lost| lost.into_error(task))?;
        // The message tells a missing file from a missing commit or repository.
        if answer.status == 404 && answer.message().is_some_and(|message| message == "Not Found") {
            return Ok(None);
        }
        read(task, &answer).map(Some)
    }

    async fn note(&self, comment: Comment) -> Note {
        let identity = self.identity().await;
        Note {
            id: comment.id,
            own: comment.is_by(identity),
            body: comment.body.unwrap_or_default(),
            url: comment.html_url,
        }
    }

    /// Who the token stands for.
    ///
    /// Tokens of people answer `GET /user`. Tokens of apps may not ask that, but GraphQL tells them;
    /// the token of a workflow run is one of them. Where neither answers, it is taken for that.
    async fn identity(&self) -> &Identity {
        self.identity
            .get_or_init(|| async {
                if let Ok(answer) = self.caller.call(Method::Get, "/user", None).await
                    && let Ok(user) = serde_json::from_str::<User>(&answer.body)
                    && answer.is_success()
                {
                    return Identity::User(user.id);
                }
                let query = json!({ "query": "query { viewer { databaseId } }" });
                if let Ok(answer) = self.caller.graphql(&query).await
                    && let Ok(answer) = serde_json::from_str::<Viewer>(&answer.body)
                    && let Some(id) = answer.id()
                {
                    return Identity::User(id);
                }
                Identity::ActionsBot
            })
            .await
    }
}

impl Forge for GitHub {
    fn note_limit(&self) -> usize {
        NOTE_LIMIT
    }

    fn notes(&self, pull: u64) -> Pending<'_, Result<Vec<Note>>> {
        Box::pin(async move {
            let comments = self.list(&refusal::LIST, &format!("/issues/{pull}/comments"), &[]).await?;
            let mut notes = Vec::with_capacity(comments.len());
            for comment in comments {
                notes.push(self.note(comment).await);
            }
            Ok(notes)
        })
    }

    fn create<'a>(&'a self, pull: u64, body: &'a str) -> Pending<'a, Result<Posted>> {
        Box::pin(async move {
            let task = &refusal::POST;
            let route = format!("{}/issues/{pull}/comments", self.repository);
            let answer = match self.caller.call(Method::Post, &route, Some(&json!({ "body": body }))).await {
                Ok(answer) => answer,
                Err(lost) => return Ok(Posted::Unknown(lost.into_error(task))),
            };
            match read::<Comment>(task, &answer) {
                Ok(comment) => Ok(Posted::Done(self.note(comment).await)),
                Err(error) if answer.is_success() || answer.status >= 500 => Ok(Posted::Unknown(error)),
                Err(error) => Err(error),
            }
        })
    }

    fn update<'a>(&'a self, id: u64, body: &'a str) -> Pending<'a, Result<Note>> {
        Box::pin(async move {
            let task = &refusal::POST;
            let route = format!("{}/issues/comments/{id}", self.repository);
            let answer = self.caller.call(Method::Patch, &route, Some(&json!({ "body": body }))).await;
            let comment = read(task, &answer.map_err(|lost| lost.into_error(task))?)?;
            Ok(self.note(comment).await)
        })
    }

    fn delete(&self, id: u64) -> Pending<'_, Result<()>> {
        Box::pin(async move {
            let task = &refusal::DELETE;
            let route = format!("{}/issues/comments/{id}", self.repository);
            let answer =
                self.caller.call(Method::Delete, &route, None).await.map_err(|lost| lost.into_error(task))?;
            // Gone is what was asked for, be it by an earlier try whose answer was lost.
            if answer.is_success() || answer.status == 404 {
                Ok(())
            } else {
                Err(refusal::error(task, &answer))
            }
        })
    }

    fn pulls_of<'a>(&'a self, commit: &'a str) -> Pending<'a, Result<Vec<PullOfCommit>>> {
        Box::pin(async move {
            let route = format!("/commits/{}/pulls", encoded(commit));
            // An empty repository, and a commit that was never pushed.
            let pulls: Vec<Pull> = self.list(&refusal::PULLS, &route, &[409, 422]).await?;
            Ok(pulls.into_iter().map(PullOfCommit::from).collect())
        })
    }

    fn tip<'a>(&'a self, branch: &'a str) -> Pending<'a, Result<String>> {
        Box::pin(async move {
            let route = format!("/git/ref/heads/{}", encoded(branch));
            let found: Option<Reference> = self.find(&refusal::TIP, &route).await?;
            found
                .map(|reference| reference.object.sha)
                .ok_or_else(|| Error::outside(format!("GitHub has no branch `{}`", branch.escape_debug())))
        })
    }

    fn push<'a>(&'a self, push: &'a Push) -> Pending<'a, Result<String>> {
        Box::pin(push::push(self, push))
    }

    fn files<'a>(
        &'a self,
        commit: &'a str,
        folder: &'a str,
    ) -> Pending<'a, Result<Option<BTreeMap<String, String>>>> {
        Box::pin(async move {
            let folder = folder.trim_matches(['.', '/']);
            let route = format!("/contents/{}?ref={}", encoded(folder), encoded(commit));
            let entries: Option<Vec<Entry>> = self.find(&refusal::FILE, &route).await?;
            Ok(entries.map(|entries| {
                let files = entries.into_iter().filter(|entry| entry.kind == "file");
                files.map(|entry| (entry.name, entry.sha)).collect()
            }))
        })
    }

    fn file<'a>(&'a self, commit: &'a str, path: &'a str) -> Pending<'a, Result<Option<Vec<u8>>>> {
        Box::pin(async move {
            let task = &refusal::FILE;
            let route = format!("/contents/{}?ref={}", encoded(path), encoded(commit));
            let Some(mut file) = self.find::<File>(task, &route).await? else { return Ok(None) };
            if file.encoding == "none" {
                // Files of more than 1 MB come only as objects.
                let route = format!("/git/blobs/{}", encoded(&file.sha));
                let Some(blob) = self.find(task, &route).await? else { return Ok(None) };
                file = blob;
            }
            let packed: String = file.content.split_ascii_whitespace().collect();
            let content = BASE64_STANDARD.decode(packed).map_err(|error| {
                Error::outside("GitHub's answer cannot be read: the content of a file").because(error)
            })?;
            Ok(Some(content))
        })
    }
}

/// What an answer says; an error where it is not one of success.
fn read<T: DeserializeOwned>(task: &Task, answer: &Answer) -> Result<T> {
    if !answer.is_success() {
        return Err(refusal::error(task, answer));
    }
    serde_json::from_str(&answer.body).map_err(|error| {
        Error::outside(format!("GitHub's answer cannot be read, asked to {}", task.what)).because(error)
    })
}

/// The text as part of a route; slashes stay.
fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~');
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[derive(Deserialize)]
struct Comment {
    id: u64,
    body: Option<String>,
    html_url: String,
    user: Option<User>,
}

impl Comment {
    fn is_by(&self, identity: &Identity) -> bool {
        let Some(user) = &self.user else { return false };
        match identity {
            Identity::User(id) => user.id == *id,
            // Nobody can register a name with brackets.
            Identity::ActionsBot => user.id == ACTIONS_BOT.0 || user.login == ACTIONS_BOT.1,
        }
    }
}

#[derive(Deserialize)]
struct User {
    id: u64,
    #[serde(default)]
    login: String,
}

#[derive(Deserialize)]
struct Viewer {
    data: Option<ViewerData>,
}

#[derive(Deserialize)]
struct ViewerData {
    viewer: Option<ViewerId>,
}

#[derive(Deserialize)]
struct ViewerId {
    #[serde(rename = "databaseId")]
    id: Option<u64>,
}

impl Viewer {
    fn id(self) -> Option<u64> {
        self.data?.viewer?.id
    }
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    head: Tip,
    base: Tip,
    merged_at: Option<String>,
    merge_commit_sha: Option<String>,
}

#[derive(Deserialize)]
struct Tip {
    sha: String,
    #[serde(rename = "ref")]
    name: String,
}

impl From<Pull> for PullOfCommit {
    fn from(pull: Pull) -> Self {
        let merged = pull.merged_at.is_some();
        Self {
            number: pull.number,
            head: pull.head.sha,
            merged,
            // Before the merge this is a commit that GitHub made up to try it.
            merge_commit: pull.merge_commit_sha.filter(|_| merged),
            base_branch: pull.base.name,
        }
    }
}

#[derive(Deserialize)]
struct Reference {
    object: Target,
}

#[derive(Deserialize)]
struct Target {
    sha: String,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    sha: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct File {
    sha: String,
    content: String,
    encoding: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_encoded_but_for_slashes() {
        assert_eq!(encoded("feature/ü #1?x&y"), "feature/%C3%BC%20%231%3Fx%26y");
        assert_eq!(encoded("a+b%2F"), "a%2Bb%252F");
    }
}

//! Commits on a branch, made object by object: files, trees, commits, and at last the branch itself.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{GitHub, Method, encoded, read, refusal};
use crate::{
    error::{Error, Result},
    forge::{FileChange, Forge, NewCommit, NewFile, Push},
};

/// Makes the commits and moves the branch to the last of them.
pub(super) async fn push(github: &GitHub, push: &Push) -> Result<String> {
    // Asked first, so that nothing is made in vain; asked again before what could overwrite.
    check_tip(github, push).await?;
    let mut stored = BTreeSet::new();
    let (mut tree, mut parents) = (push.tree.clone(), push.parents.clone());
    for commit in &push.commits {
        for file in commit.changes.iter().filter_map(|change| change.file.as_ref()) {
            if let Some(content) = file.content.as_ref().filter(|_| stored.insert(file.id.clone())) {
                store_file(github, file, content).await?;
            }
        }
        tree = store_tree(github, &tree, commit).await?;
        parents = vec![store_commit(github, commit, &tree, &parents).await?];
    }
    let last = parents.pop().unwrap_or_else(|| push.expected.clone());
    move_branch(github, push, &last).await?;
    Ok(last)
}

async fn check_tip(github: &GitHub, push: &Push) -> Result<()> {
    let tip = github.tip(&push.branch).await?;
    if tip == push.expected { Ok(()) } else { Err(moved_on(push)) }
}

fn moved_on(push: &Push) -> Error {
    Error::outside(format!("the branch `{}` has moved on since this run began", push.branch.escape_debug()))
        .hint("nothing was changed; the run of the newer commit does the same again")
}

async fn store_file(github: &GitHub, file: &NewFile, content: &[u8]) -> Result<()> {
    let body = json!({ "content": BASE64_STANDARD.encode(content), "encoding": "base64" });
    same("a file", &file.id, &store(github, "/git/blobs", &body).await?)
}

async fn store_tree(github: &GitHub, base: &str, commit: &NewCommit) -> Result<String> {
    let entries: Vec<Value> = commit.changes.iter().map(entry).collect();
    let tree = store(github, "/git/trees", &json!({ "base_tree": base, "tree": entries })).await?;
    same("a tree", &commit.tree, &tree)?;
    Ok(tree)
}

fn entry(change: &FileChange) -> Value {
    let (mode, id) = match &change.file {
        Some(file) => (file.mode, Some(&file.id)),
        // A mode is asked for even where nothing is to stand.
        None => ("100644", None),
    };
    let kind = if mode == "160000" { "commit" } else { "blob" };
    json!({ "path": change.path, "mode": mode, "type": kind, "sha": id })
}

async fn store_commit(github: &GitHub, commit: &NewCommit, tree: &str, parents: &[String]) -> Result<String> {
    let mut body = json!({ "message": commit.message, "tree": tree, "parents": parents });
    if let Some(author) = &commit.author {
        body["author"] = json!({ "name": author.name, "email": author.email, "date": author.date });
    }
    store(github, "/git/commits", &body).await
}

/// Moves the branch; without force where the commits come after its last one, so that the server sees to it.
async fn move_branch(github: &GitHub, push: &Push, commit: &str) -> Result<()> {
    let force = !push.parents.contains(&push.expected);
    if force {
        check_tip(github, push).await?;
    }
    let task = &refusal::PUSH;
    let route = format!("{}/git/refs/heads/{}", github.repository, encoded(&push.branch));
    let body = json!({ "sha": commit, "force": force });
    let answer = github.caller.call(Method::Patch, &route, Some(&body)).await;
    let answer = answer.map_err(|lost| lost.into_error(task))?;
    let said = answer.message().unwrap_or_default().to_lowercase();
    if answer.status == 422 && said.contains("fast forward") {
        return Err(moved_on(push));
    }
    read::<Value>(task, &answer).map(|_| ())
}

async fn store(github: &GitHub, route: &str, body: &Value) -> Result<String> {
    let task = &refusal::PUSH;
    let route = format!("{}{route}", github.repository);
    let answer = github.caller.call(Method::Store, &route, Some(body)).await;
    let stored: Stored = read(task, &answer.map_err(|lost| lost.into_error(task))?)?;
    Ok(stored.sha)
}

/// The id is the content: another one means that something else was stored.
fn same(what: &str, expected: &str, stored: &str) -> Result<()> {
    if expected == stored {
        return Ok(());
    }
    Err(Error::outside(format!("GitHub stored {what} as `{stored}`, where `{expected}` was meant"))
        .hint("the branch stays as it is"))
}

#[derive(Deserialize)]
struct Stored {
    sha: String,
}

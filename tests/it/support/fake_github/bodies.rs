//! The JSON that GitHub answers with, with every field that its description requires.

use serde_json::{Map, Value, json};

const DATE: &str = "2026-01-02T03:04:05Z";

/// A user or an app's bot.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(super) id: u64,
    pub(super) login: String,
}

/// An object whose string fields are addresses below `base`.
fn addresses(base: &str, names: &[&str]) -> Map<String, Value> {
    names.iter().map(|name| ((*name).to_owned(), json!(format!("{base}/{name}")))).collect()
}

fn with(mut fields: Map<String, Value>, more: &Value) -> Value {
    fields.extend(more.as_object().cloned().unwrap_or_default());
    Value::Object(fields)
}

pub(super) fn user(url: &str, account: &Account) -> Value {
    let names = [
        "avatar_url",
        "events_url",
        "followers_url",
        "following_url",
        "gists_url",
        "html_url",
        "organizations_url",
        "received_events_url",
        "repos_url",
        "starred_url",
        "subscriptions_url",
        "url",
    ];
    with(
        addresses(&format!("{url}/users/{}", account.login.replace(['[', ']'], "")), &names),
        &json!({
            "id": account.id,
            "login": account.login,
            "node_id": "U_1",
            "gravatar_id": "",
            "site_admin": false,
            "type": if account.login.ends_with("[bot]") { "Bot" } else { "User" },
        }),
    )
}

pub(super) fn own_user(url: &str, account: &Account) -> Value {
    let fields = user(url, account).as_object().cloned().unwrap_or_default();
    with(
        fields,
        &json!({
            "bio": null, "blog": null, "company": null, "email": null, "hireable": null, "location": null,
            "name": null, "followers": 0, "following": 0, "public_gists": 0, "public_repos": 0,
            "created_at": DATE, "updated_at": DATE, "user_view_type": "public",
        }),
    )
}

pub(super) fn comment(
    url: &str,
    repository: &str,
    pull: u64,
    id: u64,
    author: &Account,
    body: &str,
) -> Value {
    json!({
        "id": id,
        "node_id": format!("IC_{id}"),
        "url": format!("{url}/repos/{repository}/issues/comments/{id}"),
        "html_url": format!("{url}/{repository}/pull/{pull}#issuecomment-{id}"),
        "issue_url": format!("{url}/repos/{repository}/issues/{pull}"),
        "body": body,
        "user": user(url, author),
        "created_at": DATE,
        "updated_at": DATE,
        "author_association": "NONE",
        "performed_via_github_app": null,
    })
}

/// A pull request as the fake knows it.
#[derive(Debug, Clone)]
pub(crate) struct Pull {
    /// Its number.
    pub(crate) number: u64,
    /// Its last commit.
    pub(crate) head: String,
    /// The branch that it goes to.
    pub(crate) base_branch: String,
    /// The commit that its merge made.
    pub(crate) merge_commit: Option<String>,
    /// The commits that it brings, beside `head`.
    pub(crate) commits: Vec<String>,
}

pub(super) fn pull(url: &str, repository: &str, author: &Account, pull: &Pull) -> Value {
    let base = format!("{url}/repos/{repository}/pulls/{}", pull.number);
    let names = [
        "comments_url",
        "commits_url",
        "diff_url",
        "html_url",
        "issue_url",
        "patch_url",
        "review_comment_url",
        "review_comments_url",
        "statuses_url",
        "url",
    ];
    let links =
        ["comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment", "self"];
    let links: Map<_, _> =
        links.iter().map(|name| ((*name).to_owned(), json!({ "href": format!("{base}/{name}") }))).collect();
    let tip = |name: &str, sha: &str| {
        json!({
            "label": format!("acme:{name}"), "ref": name, "sha": sha,
            "repo": self::repository(url, repository, author), "user": user(url, author),
        })
    };
    let merged = pull.merge_commit.as_ref().map(|_| DATE);
    let tried = "e".repeat(40);
    with(
        addresses(&base, &names),
        &json!({
            "_links": links, "assignee": null, "labels": [], "body": null, "closed_at": merged, "created_at": DATE,
            "updated_at": DATE, "merged_at": merged, "id": 1000 + pull.number, "node_id": "PR_1",
            "merge_commit_sha": pull.merge_commit.as_ref().unwrap_or(&tried), "milestone": null,
            "number": pull.number, "state": if merged.is_some() { "closed" } else { "open" }, "locked": false,
            "title": "a change", "user": user(url, author), "author_association": "MEMBER", "auto_merge": null,
            "head": tip("feature", &pull.head), "base": tip(&pull.base_branch, &"b".repeat(40)),
        }),
    )
}

fn repository(url: &str, name: &str, owner: &Account) -> Value {
    let names = [
        "archive_url",
        "assignees_url",
        "blobs_url",
        "branches_url",
        "collaborators_url",
        "comments_url",
        "commits_url",
        "compare_url",
        "contents_url",
        "contributors_url",
        "deployments_url",
        "downloads_url",
        "events_url",
        "forks_url",
        "git_commits_url",
        "git_refs_url",
        "git_tags_url",
        "hooks_url",
        "html_url",
        "issue_comment_url",
        "issue_events_url",
        "issues_url",
        "keys_url",
        "labels_url",
        "languages_url",
        "merges_url",
        "milestones_url",
        "notifications_url",
        "pulls_url",
        "releases_url",
        "stargazers_url",
        "statuses_url",
        "subscribers_url",
        "subscription_url",
        "tags_url",
        "teams_url",
        "trees_url",
        "url",
        "clone_url",
        "git_url",
        "ssh_url",
        "svn_url",
    ];
    with(
        addresses(&format!("{url}/repos/{name}"), &names),
        &json!({
            "id": 1, "node_id": "R_1", "name": "shop", "full_name": name, "owner": user(url, owner),
            "private": false, "fork": false, "description": null, "default_branch": "main", "forks": 0,
            "forks_count": 0, "has_downloads": true, "has_issues": true, "has_projects": true, "has_wiki": true,
            "has_pages": false, "homepage": null, "language": null, "archived": false, "disabled": false,
            "mirror_url": null, "open_issues": 0, "open_issues_count": 0, "license": null, "pushed_at": DATE,
            "size": 1, "stargazers_count": 0, "watchers": 0, "watchers_count": 0, "created_at": DATE,
            "updated_at": DATE,
        }),
    )
}

pub(super) fn reference(url: &str, repository: &str, branch: &str, sha: &str) -> Value {
    json!({
        "ref": format!("refs/heads/{branch}"), "node_id": "REF_1",
        "url": format!("{url}/repos/{repository}/git/refs/heads"),
        "object": { "type": "commit", "sha": sha, "url": format!("{url}/repos/{repository}/git/commits/{sha}") },
    })
}

/// A commit that was just made.
pub(super) fn commit(url: &str, sha: &str, input: &Value) -> Value {
    let page = |sha: &str| format!("{url}/{sha}");
    let who = json!({
        "name": input["author"]["name"].as_str().unwrap_or("github-actions[bot]"),
        "email": input["author"]["email"].as_str().unwrap_or("bot@example.com"),
        "date": DATE,
    });
    let parents: Vec<Value> = input["parents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|parent| json!({ "sha": parent, "url": page(parent), "html_url": page(parent) }))
        .collect();
    json!({
        "sha": sha, "node_id": "C_1", "url": page(sha), "html_url": page(sha), "author": who, "committer": who,
        "tree": { "sha": input["tree"], "url": page("tree") }, "message": input["message"], "parents": parents,
        "verification": {
            "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null,
        },
    })
}

/// A file; one of more than 1 MB comes without its content.
pub(super) fn file(url: &str, path: &str, sha: &str, size: usize, content: Option<&str>) -> Value {
    let page = format!("{url}/contents");
    json!({
        "type": "file", "encoding": if content.is_some() { "base64" } else { "none" }, "size": size,
        "name": path.rsplit('/').next(), "path": path, "content": content.unwrap_or_default(), "sha": sha,
        "url": page, "git_url": page, "html_url": page, "download_url": page,
        "_links": { "git": page, "html": page, "self": page },
    })
}

/// A file in the listing of its folder.
pub(super) fn entry(url: &str, path: &str, sha: &str, size: usize) -> Value {
    let page = format!("{url}/contents");
    json!({
        "type": "file", "size": size, "name": path.rsplit('/').next(), "path": path, "sha": sha,
        "url": page, "git_url": page, "html_url": page, "download_url": page,
        "_links": { "git": page, "html": page, "self": page },
    })
}

pub(super) fn blob(url: &str, sha: &str, size: usize, content: &str) -> Value {
    json!({
        "sha": sha, "url": format!("{url}/git/blobs"), "node_id": "B_1", "size": size, "content": content,
        "encoding": "base64",
    })
}

/// The form of every refusal.
pub(super) fn refusal(status: u16, message: &str) -> Value {
    json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string() })
}

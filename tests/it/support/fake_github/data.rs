//! What the fake keeps, and how it answers.

use std::{collections::BTreeMap, path::PathBuf, time::SystemTime};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    Fault, REPOSITORY,
    bodies::{self, Account, Pull},
};
use crate::support::contracts::Exchange;

const NOTE_LIMIT: usize = 65_536;

pub(super) struct Data {
    pub(super) url: String,
    pub(super) accounts: Vec<Account>,
    /// The account of each token, and whether it is of an app, which may not ask who it is.
    pub(super) tokens: BTreeMap<String, (Account, bool)>,
    pub(super) may_write: bool,
    pub(super) comments: Vec<(u64, u64, Account, String)>,
    pub(super) pulls: Vec<Pull>,
    pub(super) branches: BTreeMap<String, String>,
    pub(super) files: BTreeMap<(String, String), Vec<u8>>,
    /// The bare repository that objects are stored in, where there is one.
    pub(super) store: Option<PathBuf>,
    /// Branches that move after a request: its method, a part of its path, the branch, its new last commit.
    pub(super) meanwhile: Vec<[String; 4]>,
    pub(super) faults: Vec<(String, String, Fault, usize)>,
    pub(super) exchanges: Vec<Exchange>,
}

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

pub(super) enum Action {
    Answer(Reply),
    Hang,
    Cut,
}

impl Data {
    pub(super) fn exchange(&mut self, mut exchange: Exchange) -> Action {
        let fault = self.take_fault(&exchange);
        let undone = matches!(fault, None | Some(Fault::Lost | Fault::LostBehindProxy));
        let mut reply = if undone { self.answer(&exchange) } else { refused(200, "") };
        self.meanwhile.retain(|[method, part, branch, commit]| {
            let is_now = *method == exchange.method && exchange.path.contains(part.as_str());
            if is_now {
                self.branches.insert(branch.clone(), commit.clone());
            }
            !is_now
        });
        let mut action = None;
        exchange.broken = true;
        match fault {
            None => exchange.broken = false,
            Some(Fault::Status(status)) => {
                exchange.broken = false;
                reply = refused(status, usual(status));
            }
            Some(Fault::Limited(seconds)) => {
                exchange.broken = false;
                reply = refused(429, "API rate limit exceeded").with("retry-after", seconds);
            }
            Some(Fault::Secondary(seconds)) => {
                exchange.broken = false;
                reply = refused(403, "You have exceeded a secondary rate limit. Please wait a few minutes.");
                if let Some(seconds) = seconds {
                    reply = reply.with("retry-after", seconds);
                }
            }
            Some(Fault::Exhausted(seconds)) => {
                exchange.broken = false;
                let reset = now() + seconds;
                reply = refused(403, "API rate limit exceeded for installation ID 1.")
                    .with("x-ratelimit-remaining", 0)
                    .with("x-ratelimit-reset", reset);
            }
            Some(Fault::Garbage) => "<html>502 Bad Gateway".clone_into(&mut reply.body),
            Some(Fault::Foreign) => "{\"id\":\"seven\"}".clone_into(&mut reply.body),
            Some(Fault::Nothing) => reply.body = String::new(),
            Some(Fault::LostBehindProxy) => reply = refused(502, usual(502)),
            Some(Fault::Cut | Fault::Lost) => action = Some(Action::Cut),
            Some(Fault::Hang) => action = Some(Action::Hang),
        }
        if action.is_none() {
            exchange.status = Some(reply.status);
            exchange.answer.clone_from(&reply.body);
        }
        self.exchanges.push(exchange);
        action.unwrap_or(Action::Answer(reply))
    }

    fn take_fault(&mut self, exchange: &Exchange) -> Option<Fault> {
        let (_, _, fault, times) = self.faults.iter_mut().find(|(method, part, _, times)| {
            *times > 0 && *method == exchange.method && exchange.path.contains(part.as_str())
        })?;
        *times -= 1;
        Some(*fault)
    }

    fn answer(&mut self, exchange: &Exchange) -> Reply {
        let token = exchange
            .headers
            .iter()
            .find(|(name, _)| name == "authorization")
            .map(|(_, value)| value.as_str());
        let Some((account, app)) =
            token.and_then(|token| self.tokens.get(token.strip_prefix("Bearer ")?)).cloned()
        else {
            return refused(401, "Bad credentials");
        };
        let path = percent_decoded(&exchange.path);
        let parts: Vec<_> = path.split('/').skip(1).collect();
        let input: Value = serde_json::from_str(&exchange.body).unwrap_or_default();
        match (exchange.method.as_str(), &parts[..]) {
            ("GET", ["user"]) if app => refused(403, "Resource not accessible by integration"),
            ("GET", ["user"]) => ok(&bodies::own_user(&self.url, &account)),
            ("POST", ["graphql"]) => ok(&json!({ "data": { "viewer": { "databaseId": account.id } } })),
            (method, ["repos", owner, name, rest @ ..]) if format!("{owner}/{name}") == REPOSITORY => {
                if method != "GET" && !self.may_write {
                    return refused(403, "Resource not accessible by integration");
                }
                self.repository(method, rest, &exchange.query, &input, &account)
            }
            _ => refused(404, "Not Found"),
        }
    }

    fn repository(
        &mut self,
        method: &str,
        parts: &[&str],
        query: &[(String, String)],
        input: &Value,
        account: &Account,
    ) -> Reply {
        match (method, parts) {
            ("GET", ["issues", number, "comments"]) => match self.pull(number) {
                Some(pull) => {
                    let pull = pull.number;
                    let comments: Vec<_> = self
                        .comments
                        .iter()
                        .filter(|(_, at, ..)| *at == pull)
                        .map(|one| self.shown(one))
                        .collect();
                    self.page(&format!("issues/{pull}/comments"), &comments, query)
                }
                None => refused(404, "Not Found"),
            },
            ("POST", ["issues", number, "comments"]) => {
                match (self.pull(number).map(|pull| pull.number), rejected(input)) {
                    (None, _) => refused(404, "Not Found"),
                    (_, Some(reply)) => reply,
                    (Some(pull), None) => {
                        let id = self.add_comment(
                            pull,
                            account.clone(),
                            input["body"].as_str().unwrap_or_default(),
                        );
                        Reply { status: 201, ..self.comment(id) }
                    }
                }
            }
            ("PATCH", ["issues", "comments", id]) => match rejected(input) {
                Some(reply) => reply,
                None => match self.comments.iter_mut().find(|comment| comment.0.to_string() == **id) {
                    Some(comment) => {
                        input["body"].as_str().unwrap_or_default().clone_into(&mut comment.3);
                        let id = comment.0;
                        self.comment(id)
                    }
                    None => refused(404, "Not Found"),
                },
            },
            ("DELETE", ["issues", "comments", id]) => {
                let before = self.comments.len();
                self.comments.retain(|comment| comment.0.to_string() != **id);
                let gone = self.comments.len() < before;
                if gone {
                    Reply { status: 204, headers: Vec::new(), body: String::new() }
                } else {
                    refused(404, "Not Found")
                }
            }
            ("GET", ["commits", sha, "pulls"]) => {
                let of_commit = self.pulls.iter().filter(|pull| {
                    pull.head == **sha
                        || pull.merge_commit.as_deref() == Some(sha)
                        || pull.commits.iter().any(|commit| commit == sha)
                });
                let pulls: Vec<_> =
                    of_commit.map(|pull| bodies::pull(&self.url, REPOSITORY, account, pull)).collect();
                self.page(&format!("commits/{sha}/pulls"), &pulls, query)
            }
            ("GET", ["git", "ref", "heads", branch @ ..]) => match self.branches.get(&branch.join("/")) {
                Some(sha) => ok(&bodies::reference(&self.url, REPOSITORY, &branch.join("/"), sha)),
                None => refused(404, "Not Found"),
            },
            ("POST", ["git", kind @ ("blobs" | "trees" | "commits")]) => self.store(kind, input),
            ("PATCH", ["git", "refs", "heads", branch @ ..]) => self.move_branch(&branch.join("/"), input),
            ("GET", ["contents", path @ ..]) => self.contents(&path.join("/"), query),
            ("GET", ["git", "blobs", sha]) => {
                match self.files.values().find(|content| hash(content) == **sha) {
                    Some(content) => ok(&bodies::blob(&self.url, sha, content.len(), &wrapped(content))),
                    None => refused(404, "Not Found"),
                }
            }
            _ => refused(404, "Not Found"),
        }
    }

    fn contents(&self, path: &str, query: &[(String, String)]) -> Reply {
        let commit = query.iter().find(|(name, _)| name == "ref").map_or("", |(_, value)| value);
        if !self.files.keys().any(|(known, _)| known == commit) {
            return refused(404, &format!("No commit found for the ref {commit}"));
        }
        let Some(content) = self.files.get(&(commit.to_owned(), path.to_owned())) else {
            let inside = |(at, name): &&(String, String)| {
                at == commit && name.rsplit_once('/').map_or("", |(folder, _)| folder) == path
            };
            let entries: Vec<Value> = self
                .files
                .iter()
                .filter(|(key, _)| inside(key))
                .map(|((_, name), content)| bodies::entry(&self.url, name, &hash(content), content.len()))
                .collect();
            return if entries.is_empty() { refused(404, "Not Found") } else { ok(&Value::from(entries)) };
        };
        let packed = (content.len() <= 1_000_000).then(|| wrapped(content));
        ok(&bodies::file(&self.url, path, &hash(content), content.len(), packed.as_deref()))
    }

    fn page(&self, path: &str, items: &[Value], query: &[(String, String)]) -> Reply {
        let number = |name: &str, default: usize| {
            query
                .iter()
                .find(|(known, _)| known == name)
                .and_then(|(_, value)| value.parse().ok())
                .unwrap_or(default)
        };
        let (size, page) = (number("per_page", 30).clamp(1, 100), number("page", 1).max(1));
        let chunk: Vec<_> = items.iter().skip(size * (page - 1)).take(size).cloned().collect();
        let reply = ok(&Value::from(chunk));
        let last = items.len().div_ceil(size);
        let link = |page: usize, rel: &str| {
            format!("<{}/repos/{REPOSITORY}/{path}?per_page={size}&page={page}>; rel=\"{rel}\"", self.url)
        };
        if page < last {
            reply.with("link", format!("{}, {}", link(page + 1, "next"), link(last, "last")))
        } else if page > 1 {
            reply.with("link", format!("{}, {}", link(page - 1, "prev"), link(1, "first")))
        } else {
            reply
        }
    }

    fn comment(&self, id: u64) -> Reply {
        let comment = self.comments.iter().find(|comment| comment.0 == id).expect("a comment");
        ok(&self.shown(comment))
    }

    fn shown(&self, (id, pull, author, body): &(u64, u64, Account, String)) -> Value {
        bodies::comment(&self.url, REPOSITORY, *pull, *id, author, body)
    }

    fn pull(&self, number: &str) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.number.to_string() == number)
    }

    pub(super) fn account(&mut self, login: &str) -> Account {
        if let Some(known) = self.accounts.iter().find(|account| account.login == login) {
            return known.clone();
        }
        let account = Account { id: 500 + self.accounts.len() as u64, login: login.to_owned() };
        self.accounts.push(account.clone());
        account
    }

    pub(super) fn add_comment(&mut self, pull: u64, author: Account, body: &str) -> u64 {
        let id = self.comments.last().map_or(9000, |last| last.0) + 1;
        self.comments.push((id, pull, author, body.to_owned()));
        id
    }
}

impl Reply {
    fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// A comment that GitHub does not take.
fn rejected(input: &Value) -> Option<Reply> {
    let body = input["body"].as_str().unwrap_or_default();
    let why = match body.chars().count() {
        0 => "Body can't be blank",
        count if count > NOTE_LIMIT => "Body is too long (maximum is 65536 characters)",
        _ => return None,
    };
    let mut reply = refused(422, "Validation Failed");
    reply.body = json!({
        "message": "Validation Failed", "documentation_url": "https://docs.github.com/rest",
        "errors": [{ "resource": "IssueComment", "code": "unprocessable", "field": "data", "message": why }],
    })
    .to_string();
    Some(reply)
}

pub(super) fn ok(body: &Value) -> Reply {
    Reply { status: 200, headers: Vec::new(), body: body.to_string() }
}

pub(super) fn refused(status: u16, message: &str) -> Reply {
    Reply { status, headers: Vec::new(), body: bodies::refusal(status, message).to_string() }
}

fn usual(status: u16) -> &'static str {
    match status {
        401 => "Bad credentials",
        403 => "Resource not accessible by integration",
        404 => "Not Found",
        410 => "This issue was deleted",
        422 => "Validation Failed",
        _ => "Server Error",
    }
}

fn percent_decoded(path: &str) -> String {
    let query = path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    let decoded = url::form_urlencoded::parse(query.as_bytes()).next();
    decoded.map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// Base64 in lines, as GitHub sends it.
fn wrapped(content: &[u8]) -> String {
    let packed = BASE64_STANDARD.encode(content);
    packed.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line) + "\n").collect()
}

/// The id that git gives to a file with this content.
fn hash(content: &[u8]) -> String {
    plinth::git::blob_id(content).expect("a hash")
}

#[expect(clippy::disallowed_methods, reason = "a server tells the time")]
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

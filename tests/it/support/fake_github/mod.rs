//! A GitHub on this machine: it keeps what it is told, pages, limits, refuses and breaks like the
//! real one, and records every exchange to be checked against the description of the API.

mod bodies;
mod data;
mod objects;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, mpsc},
    thread,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use tokio::sync::oneshot;

use super::contracts::{Exchange, OpenApi};
use bodies::{Account, Pull};
use data::{Action, Data};

/// The repository that is there.
pub(crate) const REPOSITORY: &str = "acme/shop";
/// The token of a workflow run.
pub(crate) const TOKEN: &str = "ghs_0123456789abcdef";
const ACTIONS_BOT: u64 = 41_898_282;

/// Something that goes wrong with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// A refusal with this status, in the usual form.
    Status(u16),
    /// 429, to be tried again after so many seconds.
    Limited(u64),
    /// 403 of the secondary limit, with or without the seconds to wait.
    Secondary(Option<u64>),
    /// 403, because the hour's requests are used up; so many seconds remain of it.
    Exhausted(u64),
    /// Success, but the answer is not JSON.
    Garbage,
    /// Success, but the answer is JSON of another form.
    Foreign,
    /// Success, but the answer is empty.
    Nothing,
    /// The connection ends before an answer, and nothing was done.
    Cut,
    /// It was done, but the connection ends before the answer.
    Lost,
    /// It was done, but a proxy says 502.
    LostBehindProxy,
    /// No answer, ever.
    Hang,
}

/// A comment as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Its number.
    pub(crate) id: u64,
    /// Who wrote it.
    pub(crate) author: String,
    /// Its text.
    pub(crate) body: String,
}

/// A running fake; it ends with its last copy.
pub(crate) struct FakeGitHub {
    address: SocketAddr,
    state: Arc<Mutex<Data>>,
    _stop: oneshot::Sender<()>,
}

impl FakeGitHub {
    /// Starts one with an empty repository, on a thread of its own.
    pub(crate) fn start() -> Self {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let bot = Account { id: ACTIONS_BOT, login: "github-actions[bot]".to_owned() };
        let state = Arc::new(Mutex::new(Data {
            url: String::new(),
            accounts: vec![bot.clone()],
            tokens: BTreeMap::from([(TOKEN.to_owned(), (bot, true))]),
            may_write: true,
            comments: Vec::new(),
            pulls: Vec::new(),
            branches: BTreeMap::new(),
            files: BTreeMap::new(),
            store: None,
            meanwhile: Vec::new(),
            faults: Vec::new(),
            exchanges: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                tell.send(listener.local_addr().expect("an address")).expect("somebody waits");
                let server = axum::serve(listener, Router::new().fallback(handle).with_state(shared));
                tokio::select! {
                    _ = async { server.await } => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        let address = told.recv().expect("the server starts");
        let fake = Self { address, state, _stop: stop };
        fake.data().url = fake.url();
        fake
    }

    /// The base of its API, as on an own server.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/api/v3", self.address)
    }

    /// The base of its API, as on github.com.
    pub(crate) fn url_without_prefix(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens a pull request to `main`.
    pub(crate) fn open_pull(&self, number: u64, head: &str) {
        self.data().pulls.push(Pull {
            number,
            head: head.to_owned(),
            base_branch: "main".to_owned(),
            merge_commit: None,
            commits: Vec::new(),
        });
    }

    /// Moves the head of a pull request.
    pub(crate) fn move_pull(&self, number: u64, head: &str) {
        let mut data = self.data();
        let pull = data.pulls.iter_mut().find(|pull| pull.number == number).expect("a pull request");
        head.clone_into(&mut pull.head);
    }

    /// Merges a pull request; `commit` is what the merge made, and becomes the tip of `main`.
    pub(crate) fn merge(&self, number: u64, commit: &str) {
        let mut data = self.data();
        data.branches.insert("main".to_owned(), commit.to_owned());
        let pull = data.pulls.iter_mut().find(|pull| pull.number == number).expect("a pull request");
        pull.merge_commit = Some(commit.to_owned());
    }

    /// Says that a pull request brings this commit too.
    pub(crate) fn add_commit(&self, number: u64, commit: &str) {
        let mut data = self.data();
        let pull = data.pulls.iter_mut().find(|pull| pull.number == number).expect("a pull request");
        pull.commits.push(commit.to_owned());
    }

    /// Moves a branch.
    pub(crate) fn set_branch(&self, name: &str, commit: &str) {
        self.data().branches.insert(name.to_owned(), commit.to_owned());
    }

    /// Keeps what is pushed in this bare repository, which has the branches already.
    pub(crate) fn keep_in(&self, store: &Path) {
        self.data().store = Some(store.to_owned());
    }

    /// Moves a branch as soon as a request of this method was answered whose path contains `part`.
    pub(crate) fn meanwhile(&self, method: &str, part: &str, branch: &str, commit: &str) {
        let moved = [method, part, branch, commit].map(str::to_owned);
        self.data().meanwhile.push(moved);
    }

    /// The last commit of a branch.
    pub(crate) fn branch(&self, name: &str) -> String {
        self.data().branches[name].clone()
    }

    /// Puts a file into a commit.
    pub(crate) fn put_file(&self, commit: &str, path: &str, content: impl Into<Vec<u8>>) {
        self.data().files.insert((commit.to_owned(), path.to_owned()), content.into());
    }

    /// Comments as somebody, and gives the comment's number.
    pub(crate) fn comment_as(&self, login: &str, pull: u64, body: &str) -> u64 {
        let mut data = self.data();
        let author = data.account(login);
        data.add_comment(pull, author, body)
    }

    /// The comments of a pull request, oldest first.
    pub(crate) fn comments(&self, pull: u64) -> Vec<Comment> {
        let data = self.data();
        let of_pull = data.comments.iter().filter(|(_, at, ..)| *at == pull);
        of_pull
            .map(|(id, _, author, body)| Comment {
                id: *id,
                author: author.login.clone(),
                body: body.clone(),
            })
            .collect()
    }

    /// A token of a person.
    pub(crate) fn token_of(&self, login: &str) -> String {
        self.add_token(login, false)
    }

    /// A token of an app; `login` ends in `[bot]`.
    pub(crate) fn app_token_of(&self, login: &str) -> String {
        self.add_token(login, true)
    }

    /// From here on tokens can only read, as on a pull request from a fork.
    pub(crate) fn read_only(&self) {
        self.data().may_write = false;
    }

    /// Lets the next `times` requests of this method fail whose path contains `part`.
    pub(crate) fn fault(&self, method: &str, part: &str, fault: Fault, times: usize) {
        self.data().faults.push((method.to_owned(), part.to_owned(), fault, times));
    }

    /// All exchanges so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.data().exchanges.clone()
    }

    /// The exchanges so far as `METHOD /path`, those about the token's owner left out.
    pub(crate) fn requests(&self) -> Vec<String> {
        let exchanges = self.exchanges().into_iter();
        let about = exchanges.filter(|exchange| !matches!(exchange.path.as_str(), "/user" | "/graphql"));
        about
            .map(|exchange| {
                let path = exchange.path.replace(&format!("/repos/{REPOSITORY}"), "");
                format!("{} {path}", exchange.method)
            })
            .collect()
    }

    /// Checks every exchange so far: against the description of the API where it is here, and
    /// against what GitHub asks of every client.
    pub(crate) fn assert_contracts(&self) {
        let api = OpenApi::github();
        for exchange in self.exchanges() {
            let mut faults = Vec::new();
            let header = |name: &str| exchange.headers.iter().any(|(known, _)| known == name);
            for needed in ["authorization", "user-agent", "x-github-api-version"] {
                if !header(needed) {
                    faults.push(format!("no header `{needed}`"));
                }
            }
            // GraphQL has a description of its own.
            if exchange.path != "/graphql"
                && let Some(api) = api
            {
                faults.extend(api.faults(&exchange));
            }
            assert!(faults.is_empty(), "{} {}: {faults:#?}\n{exchange:#?}", exchange.method, exchange.path);
        }
    }

    fn add_token(&self, login: &str, app: bool) -> String {
        let mut data = self.data();
        let account = data.account(login);
        let token = format!("token_of_{}", login.replace(['[', ']'], "_"));
        data.tokens.insert(token.clone(), (account, app));
        token
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.state.lock().expect("the fake works")
    }
}

async fn handle(State(state): State<Arc<Mutex<Data>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 16 << 20).await.map(|body| String::from_utf8_lossy(&body).into_owned());
    let path = parts.uri.path();
    let exchange = Exchange {
        method: parts.method.to_string(),
        // GraphQL has no versions.
        path: path.strip_prefix("/api/v3").or(path.strip_prefix("/api")).unwrap_or(path).to_owned(),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.unwrap_or_default(),
        status: None,
        answer: String::new(),
        broken: false,
    };
    let reply = state.lock().expect("the fake works").exchange(exchange);
    match reply {
        Action::Answer(reply) => {
            let mut response =
                Response::builder().status(reply.status).header("content-type", "application/json");
            for (name, value) in reply.headers {
                response = response.header(name, value);
            }
            response.body(Body::from(reply.body)).expect("an answer")
        }
        Action::Hang => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            Response::default()
        }
        // Ends the task of the connection, and with it the connection, without a message.
        Action::Cut => std::panic::resume_unwind(Box::new(())),
    }
}

//! One request and its answer, with the waiting that GitHub asks for.
//!
//! The retry layers of `octocrab` are off: they would repeat at once after a server error, wait for
//! as long as a server likes, and repeat requests that make something.

use std::{
    error::Error as StdError,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use octocrab::{Octocrab, service::middleware::retry::RetryConfig};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::refusal::Task;
use crate::{
    error::{Error, Result},
    platform::Repository,
    secret::REDACTED,
};

/// How often a request that can be repeated is sent.
const TRIES: u32 = 3;
/// How long GitHub asks to wait for where it does not say.
const DEFAULT_WAIT: Duration = Duration::from_mins(1);

/// How long to wait for GitHub.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the answer to one request.
    pub answer: Duration,
    /// Before the first repetition; doubled for each further one.
    pub repeat: Duration,
    /// Between two requests that change something, which GitHub asks of its clients.
    pub between_writes: Duration,
    /// In all, over all rate limits and repetitions of a run.
    pub total: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            // GitHub itself gives up after ten.
            answer: Duration::from_secs(12),
            repeat: Duration::from_millis(500),
            between_writes: Duration::from_secs(1),
            total: Duration::from_mins(2),
        }
    }
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    /// A question that is sent as content.
    Query,
    /// Makes something: the only one that is not repeated when its answer is lost.
    Post,
    /// Makes something that is named by its content, so that a second time makes nothing new.
    Store,
    Patch,
    Delete,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    /// Whether the list goes on at the next page.
    pub(super) has_more: bool,
    retry_after: Option<u64>,
    remaining: Option<u64>,
    /// Seconds until the limit is lifted.
    reset: Option<u64>,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What GitHub says in words, with the details of a rejected request.
    pub(super) fn message(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Body {
            message: String,
            #[serde(default)]
            errors: Vec<Value>,
        }
        let body: Body = serde_json::from_str(&self.body).ok()?;
        let details = body.errors.iter().filter_map(|error| match error {
            Value::String(text) => Some(text.clone()),
            other => other.get("message")?.as_str().map(str::to_owned),
        });
        Some([body.message].into_iter().chain(details).collect::<Vec<_>>().join("; "))
    }

    /// Whether GitHub says "later" and not "no"; it says both with 403.
    pub(super) fn is_limited(&self) -> bool {
        let said = || self.message().unwrap_or_default().to_lowercase();
        match self.status {
            429 => true,
            403 => {
                self.retry_after.is_some()
                    || self.remaining == Some(0)
                    || ["rate limit", "abuse detection"].iter().any(|words| said().contains(words))
            }
            _ => false,
        }
    }

    /// How long to wait, where this is a limit.
    pub(super) fn wait(&self) -> Option<Duration> {
        if !self.is_limited() {
            return None;
        }
        let reset = self.reset.filter(|_| self.remaining == Some(0)).map(|seconds| seconds.max(1));
        Some(self.retry_after.or(reset).map_or(DEFAULT_WAIT, Duration::from_secs))
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Lost(String);

impl Lost {
    pub(super) fn into_error(self, task: &Task) -> Error {
        Error::outside(format!("GitHub does not answer, asked to {}", task.what)).because(self.0)
    }
}

/// Sends requests for one run, and knows how long it has waited already.
pub(super) struct Caller {
    octocrab: Octocrab,
    /// The path of the API on its server, for example `/api/v3`; empty on github.com.
    prefix: String,
    token: SecretString,
    patience: Patience,
    spent: Mutex<Spent>,
}

#[derive(Default)]
struct Spent {
    waited: Duration,
    last_write: Option<Instant>,
}

impl Caller {
    pub(super) fn new(repository: &Repository, patience: Patience) -> Result<Self> {
        let token = repository.token.as_ref().ok_or_else(|| {
            Error::usage("there is no token for GitHub")
                .hint("pass it to the step: `env: GITHUB_TOKEN: ${{ github.token }}`")
        })?;
        // The client would panic on it later.
        if token.expose().is_empty() || !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::usage("the token for GitHub has characters that no token has")
                .hint("check the secret for spaces and line ends"));
        }
        let bad_url = || {
            Error::usage(format!("`{}` is not the address of a GitHub API", repository.api_url))
                .hint("`GITHUB_API_URL` has the form `https://github.example.com/api/v3`")
        };
        let url = url::Url::parse(&repository.api_url).map_err(|error| bad_url().because(error))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(bad_url());
        }
        let token = SecretString::from(token.expose().to_owned());
        let octocrab = Octocrab::builder()
            .personal_token(token.clone())
            .base_uri(&url[..url::Position::BeforePath])
            .map_err(|_| bad_url())?
            .set_connect_timeout(None)
            // The wait for a whole answer is bounded at one place, where it is asked for.
            .set_read_timeout(None)
            .set_write_timeout(None)
            .add_retry_config(RetryConfig::None)
            .build()
            .map_err(|error| {
                Error::outside("the connection to GitHub cannot be prepared")
                    .because(chain(&error))
                    .hint("the certificates of the system must be there; `SSL_CERT_FILE` can name them")
            })?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { octocrab, prefix, token, patience, spent: Mutex::default() })
    }

    /// Sends a request, again where that is safe, and waits where GitHub asks for it.
    pub(super) async fn call(
        &self,
        method: Method,
        route: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Lost> {
        self.repeated(method, &format!("{}{route}", self.prefix), body).await
    }

    /// Asks the other API, which lives beside the versions of this one.
    pub(super) async fn graphql(&self, query: &Value) -> Result<Answer, Lost> {
        let prefix = self.prefix.strip_suffix("/v3").unwrap_or(&self.prefix);
        self.repeated(Method::Query, &format!("{prefix}/graphql"), Some(query)).await
    }

    async fn repeated(&self, method: Method, route: &str, body: Option<&Value>) -> Result<Answer, Lost> {
        let mut pause = self.patience.repeat;
        let mut tries = 1;
        loop {
            let answer = self.once(method, route, body).await;
            // A limit is told before anything is done, so that even a POST may be sent again.
            let limit = answer.as_ref().ok().and_then(Answer::wait);
            let failed = answer.as_ref().map_or(true, |answer| answer.status >= 500);
            let wait = match limit {
                Some(wait) => wait,
                None if failed && method != Method::Post => pause,
                None => return answer,
            };
            if tries == TRIES || !self.may_wait(wait) {
                return answer;
            }
            sleep(wait).await;
            tries += 1;
            pause *= 2;
        }
    }

    async fn once(&self, method: Method, route: &str, body: Option<&Value>) -> Result<Answer, Lost> {
        if !matches!(method, Method::Get | Method::Query) {
            sleep(self.until_next_write()).await;
        }
        let exchange = async {
            let response = match method {
                Method::Get => self.octocrab._get(route).await,
                Method::Post | Method::Store | Method::Query => self.octocrab._post(route, body).await,
                Method::Patch => self.octocrab._patch(route, body).await,
                Method::Delete => self.octocrab._delete(route, body).await,
            }?;
            let status = response.status().as_u16();
            let header = |name| response.headers().get(name)?.to_str().ok().map(str::to_owned);
            let number = |name| header(name)?.trim().parse::<u64>().ok();
            let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0);
            let mut answer = Answer {
                status,
                body: String::new(),
                has_more: header("link").is_some_and(|link| link.contains("rel=\"next\"")),
                retry_after: number("retry-after"),
                remaining: number("x-ratelimit-remaining"),
                reset: number("x-ratelimit-reset").map(|reset| reset.saturating_sub(now)),
            };
            answer.body = self.octocrab.body_to_string(response).await?;
            Ok::<_, octocrab::Error>(answer)
        };
        let answer = timeout(self.patience.answer, exchange).await;
        let mut answer = answer
            .map_err(|_| Lost(format!("no answer within {:?}", self.patience.answer)))?
            .map_err(|error| Lost(self.without_token(&chain(&error))))?;
        answer.body = self.without_token(&answer.body);
        Ok(answer)
    }

    /// A server may say what it was sent; nothing that is shown may repeat the token.
    fn without_token(&self, text: &str) -> String {
        text.replace(self.token.expose_secret(), REDACTED)
    }

    /// Whether the run may wait that much longer; if so, it is counted.
    fn may_wait(&self, wait: Duration) -> bool {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = spent.waited.saturating_add(wait);
        let may = waited <= self.patience.total;
        if may {
            spent.waited = waited;
        }
        may
    }

    /// How long to wait before something is changed; the change is counted as begun then.
    fn until_next_write(&self) -> Duration {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let next = spent.last_write.map_or(now, |last| now.max(last + self.patience.between_writes));
        spent.last_write = Some(next);
        next - now
    }
}

/// The messages of an error and its causes; its other forms print the stack or repeat themselves.
fn chain(error: &octocrab::Error) -> String {
    let mut messages: Vec<String> = Vec::new();
    let mut next: Option<&dyn StdError> = error.source().or(Some(error));
    while let Some(error) = next {
        let message = error.to_string();
        if messages.last().is_none_or(|last| !last.contains(&message)) {
            messages.push(message);
        }
        next = error.source();
    }
    messages.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<u64>, remaining: Option<u64>, message: &str) -> Answer {
        let body = serde_json::json!({ "message": message }).to_string();
        Answer { status, body, has_more: false, retry_after, remaining, reset: Some(7) }
    }

    #[test]
    fn a_limit_is_told_from_a_refusal() {
        let seconds = |answer: Answer| answer.wait().map(|wait| wait.as_secs());
        assert_eq!(seconds(answer(403, None, Some(4000), "Resource not accessible by integration")), None);
        assert_eq!(seconds(answer(404, None, Some(0), "Not Found")), None);
        assert_eq!(seconds(answer(403, None, Some(0), "API rate limit exceeded")), Some(7));
        assert_eq!(seconds(answer(403, Some(3), Some(9), "")), Some(3));
        assert_eq!(seconds(answer(403, None, Some(9), "You have exceeded a secondary rate limit")), Some(60));
        assert_eq!(seconds(answer(429, None, None, "")), Some(60));
        assert_eq!(seconds(answer(429, Some(0), Some(0), "")), Some(0));
    }

    #[test]
    fn the_words_of_a_rejection_come_with_their_details() {
        let mut answer = answer(422, None, None, "");
        answer.body =
            r#"{"message":"Validation Failed","errors":[{"message":"body is too long"},"x",1]}"#.to_owned();
        assert_eq!(answer.message().as_deref(), Some("Validation Failed; body is too long; x"));
        answer.body = "<html>".to_owned();
        assert_eq!(answer.message(), None);
    }
}

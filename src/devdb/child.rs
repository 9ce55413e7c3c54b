//! The parent's side of a dev database: starts the child, talks to it, ends it.

use std::{io, path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::{Instant, timeout, timeout_at},
};

use super::frame;
use crate::{
    db::{DbError, Reply, Request, Session},
    error::{Error, Result},
    pending::Pending,
};

/// The argument by which this program knows that it is to be a dev database.
pub const ARGUMENT: &str = "sandbox";

/// A dev database in a child process, which dies with this value.
pub(super) struct Sandbox {
    process: Child,
    requests: ChildStdin,
    replies: ChildStdout,
    lifetime: Duration,
    deadline: Instant,
    /// Why it is gone, once it is.
    gone: Option<DbError>,
}

/// Starts a child and waits until it is ready.
pub(super) async fn start(executable: &Path, lifetime: Duration, deadline: Instant) -> Result<Sandbox> {
    let fail = |error: io::Error| {
        Error::outside(format!("the dev database did not start from `{}`", executable.display()))
            .because(error)
    };
    let mut process = Command::new(executable)
        .args([ARGUMENT, &lifetime.as_secs().to_string()])
        .env_clear()
        // Otherwise the allocator reserves a gigabyte of addresses, all that the child may have.
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(fail)?;
    let (Some(requests), Some(replies)) = (process.stdin.take(), process.stdout.take()) else {
        return Err(Error::bug("the dev database has no pipes"));
    };
    let mut sandbox = Sandbox { process, requests, replies, lifetime, deadline, gone: None };
    match sandbox.answer(None).await {
        Ok(_) => Ok(sandbox),
        Err(error) => Err(Error::outside("the dev database did not start").because(error)),
    }
}

impl Sandbox {
    /// Sends the request, if there is one, and waits for the next answer.
    async fn answer(&mut self, request: Option<Request>) -> Result<Reply, DbError> {
        if let Some(gone) = &self.gone {
            return Err(gone.clone());
        }
        let deadline = self.deadline;
        let gone = match timeout_at(deadline, self.exchange(request)).await {
            Ok(Ok(answer)) => return answer,
            Ok(Err(_)) => self.obituary().await,
            Err(_) => DbError::lost(format!(
                "the dev database was stopped: it ran longer than {} s",
                self.lifetime.as_secs_f64()
            )),
        };
        // Killing fails only where the child is dead already.
        self.process.start_kill().ok();
        self.gone = Some(gone.clone());
        Err(gone)
    }

    async fn exchange(&mut self, request: Option<Request>) -> io::Result<Result<Reply, DbError>> {
        if let Some(request) = request {
            self.requests.write_all(&frame::encode(&request)?).await?;
            self.requests.flush().await?;
        }
        let mut head = [0; frame::HEAD];
        self.replies.read_exact(&mut head).await?;
        let mut message = vec![0; frame::length(head)?];
        self.replies.read_exact(&mut message).await?;
        frame::decode(&message)
    }

    /// Why the child is gone, as far as its end tells.
    async fn obituary(&mut self) -> DbError {
        let ended = timeout(Duration::from_secs(1), self.process.wait()).await;
        DbError::lost(match ended {
            Ok(Ok(status)) if !status.success() => {
                "the dev database stopped: the statement used more memory or time than it may"
            }
            _ => "the dev database stopped: its answer could not be read",
        })
    }
}

impl Session for Sandbox {
    fn call(&mut self, request: Request) -> Pending<'_, Result<Reply, DbError>> {
        Box::pin(self.answer(Some(request)))
    }

    fn close<'a>(mut self: Box<Self>) -> Pending<'a, ()> {
        Box::pin(async move { self.process.kill().await.unwrap_or_default() })
    }
}

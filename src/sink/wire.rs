//! One request over HTTP and its answer: what the receiver of a hook and the giver of its tokens have in common.

use super::Reach;
use super::failure::{Failure, causes, chain};
use super::guard::{Guard, Refusal, check_literal};
use super::tls::{self, Trust};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Error, Response, StatusCode, Url};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How much of an answer is read, in octets: a receiver must not be able to fill our memory.
const READ: usize = 64 * 1024;

/// How we are called.
pub(super) const USER_AGENT: &str = concat!("pg_member/", env!("CARGO_PKG_VERSION"));

/// What requests of one hook go out by.
#[derive(Debug)]
pub(super) struct Wire {
    client: Client,
    reach: Reach,
    limit: Duration,
}

/// An answer, as far as it came.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// Why the body ended too early, if it did.
    pub broken: Option<Failure>,
}

impl Wire {
    /// A client that follows no redirect, asks no proxy, and reaches nothing that `reach` does not allow.
    pub fn new(ca: Option<&str>, reach: &Reach, limit: Duration) -> Result<Wire, Failure> {
        Ok(Wire { client: client(ca, reach)?, reach: reach.clone(), limit })
    }

    /// Posts and reads the answer. Failures: `settings`, `address_not_allowed`, `unresolved`, `refused`,
    /// `unreachable`, `tls`, `timeout`, `broken`.
    pub async fn post(&self, url: &Url, headers: HeaderMap, body: String) -> Result<Reply, Failure> {
        check_literal(url.host_str().unwrap_or_default(), &self.reach)?;
        let end = Instant::now() + self.limit;
        let request = self.client.post(url.clone()).headers(headers).body(body);
        match timeout_at(end, request.send()).await {
            Ok(Ok(response)) => Ok(self.read(response, end).await),
            Ok(Err(error)) => Err(failure(error)),
            Err(_) => Err(Failure::timeout(self.limit, "no answer")),
        }
    }

    async fn read(&self, response: Response, end: Instant) -> Reply {
        let (status, headers) = (response.status(), response.headers().clone());
        let (mut body, broken) = body(response, READ, end, self.limit).await;
        body.truncate(READ);
        Reply { status, headers, body: String::from_utf8_lossy(&body).into_owned(), broken }
    }
}

/// A client that follows no redirect, asks no proxy, and reaches nothing that `reach` does not allow; addresses that
/// stand in a URL are for [`check_literal`]. Failures: `settings`.
pub(super) fn client(ca: Option<&str>, reach: &Reach) -> Result<Client, Failure> {
    let mut tls = tls::client(Trust { ca, identity: None, verify: true })?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Arc::new(Guard(reach.clone())))
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent(USER_AGENT)
        .build()
        .map_err(|error| Failure::settings(chain(&error)))
}

/// The body of an answer until it ends, breaks, or there are `enough` octets of it, and why it is not whole, if it broke.
/// `limit` is what the time was that ends at `end`.
pub(super) async fn body(
    mut response: Response,
    enough: usize,
    end: Instant,
    limit: Duration,
) -> (Vec<u8>, Option<Failure>) {
    let mut body = Vec::new();
    while body.len() < enough {
        match timeout_at(end, response.chunk()).await {
            Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return (body, Some(failure(error))),
            Err(_) => return (body, Some(Failure::timeout(limit, "no complete answer"))),
        }
    }
    (body, None)
}

/// What an error of the client means. Its text names no URL, which may hold secrets.
pub(super) fn failure(error: Error) -> Failure {
    let error = error.without_url();
    for cause in causes(&error) {
        if let Some(refusal) = cause.downcast_ref::<Refusal>() {
            return (*refusal).into();
        }
        if cause.is::<rustls::Error>() {
            return Failure::again("tls", chain(cause));
        }
        if cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::ConnectionRefused) {
            return Failure::again("refused", "the connection was refused");
        }
    }
    match () {
        () if error.is_builder() => Failure::settings(chain(&error)),
        () if error.is_connect() => Failure::again("unreachable", chain(&error)),
        () => Failure::again("broken", chain(&error)),
    }
}

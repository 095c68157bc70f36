//! The requests of all channels: one client, kept connections, a gate for each channel and host, a cap for each pipe.

use super::Reach;
use super::failure::Failure;
use super::gate::{Gate, in_turn};
use super::guard::check_literal;
use super::http::pairs;
use super::parts::{Bounds, form, too_large};
use super::request::{Answer, Asking, Content, Request};
use super::wire::{self, body, failure};
use crate::domain::pipe::failure::Failure as Failed;
use crate::domain::pipe::pipes::{Limit, Method};
use crate::domain::pipe::rate::Limiter;
use form_urlencoded::Serializer;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout_at;

/// What requests of pipelines go out by. Connections that rest are closed by the client itself, after 90 seconds.
pub struct Requests {
    began: Instant,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    client: Option<(Reach, Client)>,
    gates: HashMap<(i64, String), Arc<Gate>>,
    limiters: HashMap<Asking, Arc<tokio::sync::Mutex<Limiter>>>,
}

impl Requests {
    /// Of a process that began then: caps count from before it, because the process before it may have sent.
    pub fn new(began: Instant) -> Requests {
        Requests { began, kept: Mutex::default() }
    }

    /// Makes a request when its channel and its pipe allow it, on the runtime that it is called on. Redirects are answers.
    ///
    /// Failures: `params` for an address or headers that are none; `transport`, beginning with `dns:`, `connect:`, `tls:`,
    /// `timeout:` or `read:`; `limit` for an answer or a file that is too large.
    pub async fn send(&self, request: &Request, reach: &Reach) -> Result<Answer, Failed> {
        self.attempt(request, reach).await.map_err(Failed::from)
    }

    /// Forgets what nobody uses. To be called now and then; it takes no time.
    pub fn close_idle(&self) {
        let mut kept = self.lock();
        kept.gates.retain(|_, gate| Arc::strong_count(gate) > 1);
        let now = Instant::now();
        let is_clear = |limiter: &tokio::sync::Mutex<Limiter>| limiter.try_lock().is_ok_and(|one| one.is_clear(now));
        kept.limiters.retain(|_, limiter| Arc::strong_count(limiter) > 1 || !is_clear(limiter));
    }

    async fn attempt(&self, request: &Request, reach: &Reach) -> Result<Answer, Failure> {
        let url = parse_url(&request.url, reach)?;
        let client = self.client(reach)?;
        let (began, end) = (Instant::now(), end_of(request.timeout));
        let gate = self.gate(request.asking.channel, &url);
        let bounds = Bounds { client: &client, reach, room: request.room, timeout: request.timeout, end };
        let builder = builder(request, url, &bounds).await?;
        // Waiting is not part of the request.
        let rest = request.timeout.saturating_sub(began.elapsed());
        let _pass = match request.limit {
            Some(limit) => {
                let limiter = self.limiter(&request.asking, limit);
                in_turn(&mut *limiter.lock().await, limit, &gate, request.pool_size).await
            }
            None => gate.enter(request.pool_size).await,
        };
        let (status, headers, body) = fetch(builder, request.room, end_of(rest), request.timeout).await?;
        Ok(Answer { code: status.as_u16(), headers: readable(&headers), body })
    }

    /// The client for this reach; one for another is closed when its last request is through.
    fn client(&self, reach: &Reach) -> Result<Client, Failure> {
        let mut kept = self.lock();
        if let Some((of, client)) = &kept.client
            && of == reach
        {
            return Ok(client.clone());
        }
        let client = wire::client(None, reach)?;
        kept.client = Some((reach.clone(), client.clone()));
        Ok(client)
    }

    fn gate(&self, channel: i64, url: &Url) -> Arc<Gate> {
        let port = url.port_or_known_default().unwrap_or_default();
        let host = format!("{}:{port}", url.host_str().unwrap_or_default());
        self.lock().gates.entry((channel, host)).or_default().clone()
    }

    fn limiter(&self, asking: &Asking, limit: Limit) -> Arc<tokio::sync::Mutex<Limiter>> {
        let new = || Arc::new(tokio::sync::Mutex::new(Limiter::new(limit, self.began)));
        self.lock().limiters.entry(asking.clone()).or_insert_with(new).clone()
    }

    /// Nobody panics while holding it.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address that may be asked. Failures: `settings`, `address_not_allowed`.
pub(super) fn parse_url(text: &str, reach: &Reach) -> Result<Url, Failure> {
    let url = Url::parse(text).map_err(|error| Failure::settings(format!("url: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Failure::settings("url: neither http nor https"));
    }
    check_literal(url.host_str().unwrap_or_default(), reach)?;
    Ok(url)
}

/// Sends and reads the whole answer. Failures: those of a request, `too_large`.
pub(super) async fn fetch(
    builder: RequestBuilder,
    room: usize,
    end: tokio::time::Instant,
    timeout: Duration,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), Failure> {
    let response = match timeout_at(end, builder.send()).await {
        Ok(response) => response.map_err(failure)?,
        Err(_) => return Err(Failure::timeout(timeout, "no answer")),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    match body(response, room.saturating_add(1), end, timeout).await {
        (body, _) if body.len() > room => Err(too_large(room)),
        (_, Some(broken)) => Err(broken),
        (body, None) => Ok((status, headers, body)),
    }
}

async fn builder(request: &Request, mut url: Url, bounds: &Bounds<'_>) -> Result<RequestBuilder, Failure> {
    let mut headers = pairs(&request.headers)?;
    // The client says how long the body is; another length would make two requests of one.
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    if request.auth.is_some() {
        headers.remove(AUTHORIZATION);
    }
    if let Content::Query(pairs) = &request.content
        && !pairs.is_empty()
    {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    let mut builder = bounds.client.request(verb(request.method), url);
    if let Some((name, password)) = &request.auth {
        builder = builder.basic_auth(name, Some(password));
    }
    let mut say = |kind| _ = headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
    builder = match &request.content {
        Content::None | Content::Query(_) => builder,
        Content::Form(pairs) => {
            say("application/x-www-form-urlencoded");
            builder.body(Serializer::new(String::new()).extend_pairs(pairs).finish())
        }
        Content::Parts(parts) => {
            // The boundary is ours.
            headers.remove(CONTENT_TYPE);
            builder.multipart(form(parts, bounds).await?)
        }
        Content::Body { kind, bytes } => {
            say(kind);
            builder.body(bytes.to_vec())
        }
    };
    Ok(builder.headers(headers))
}

fn verb(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn readable(headers: &HeaderMap) -> std::collections::BTreeMap<String, String> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// So long from now; a time without end where instants end before.
fn end_of(rest: Duration) -> tokio::time::Instant {
    let now = tokio::time::Instant::now();
    now.checked_add(rest).unwrap_or_else(|| now + Duration::from_secs(86_400))
}

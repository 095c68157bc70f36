//! A receiver over HTTP or HTTPS on loopback. What it does with a request is said by the path.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::collections::HashSet;
use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

type Body = StreamBody<BoxStream<'static, Result<Frame<Bytes>, Infallible>>>;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When its head had come.
    #[allow(dead_code)]
    pub at: Instant,
    #[allow(dead_code)]
    pub method: String,
    pub path: String,
    #[allow(dead_code)]
    pub query: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    /// The value of a header, empty without one.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What all its connections share.
#[derive(Default)]
struct State {
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    tries: AtomicUsize,
    tokens: AtomicU64,
    revoked: Mutex<HashSet<String>>,
    life: Mutex<Option<u64>>,
    /// How many requests to `/slow` have no answer yet, and how many that were at most.
    open: AtomicUsize,
    most_open: AtomicUsize,
    /// Whether `/switch` takes nothing.
    refuses: AtomicBool,
}

/// A running receiver; it ends when it is dropped.
pub struct Receiver {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<State>,
    /// Requests to `/slow` wait for a permit each.
    pub gate: Arc<Semaphore>,
    accepting: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A certificate authority of a test's own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // A server's certificate must not seem to be its own issuer's.
        params.distinguished_name.push(DnType::CommonName, "test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for `localhost`, and its key.
    fn issue(&self) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// The same as PEM texts.
    pub fn issue_pem(&self) -> (String, String) {
        let (certificate, key) = self.issue();
        (certificate.pem(), key.serialize_pem())
    }

    /// What a server for `localhost` shows.
    fn server(&self) -> ServerConfig {
        let (certificate, key) = self.issue();
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap()
    }
}

impl Receiver {
    pub async fn start() -> Receiver {
        Receiver::start_with(None).await
    }

    /// Speaks HTTPS with a certificate for `localhost` from this authority.
    pub async fn start_tls(authority: &Authority) -> Receiver {
        Receiver::start_with(Some(TlsAcceptor::from(Arc::new(authority.server())))).await
    }

    async fn start_with(tls: Option<TlsAcceptor>) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (state, gate) = (Arc::new(State::default()), Arc::new(Semaphore::new(0)));
        let accepting = tokio::spawn(accept(listener, tls, state.clone(), gate.clone()));
        Receiver { address, scheme, state, gate, accepting }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", self.scheme, self.address.port())
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests so far to this path.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        self.state.seen.lock().unwrap().iter().filter(|seen| seen.path == path).cloned().collect()
    }

    /// The paths below this one that were asked for, in order.
    #[allow(dead_code)]
    pub fn seen_below(&self, path: &str) -> Vec<String> {
        let seen = self.state.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.path.starts_with(path)).map(|seen| seen.path.clone()).collect()
    }

    /// How many requests came, whatever their path.
    #[allow(dead_code)]
    pub fn requests(&self) -> usize {
        self.state.seen.lock().unwrap().len()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.state.connections.load(SeqCst)
    }

    /// How many requests to `/slow` waited together at most.
    #[allow(dead_code)]
    pub fn most_open(&self) -> usize {
        self.state.most_open.load(SeqCst)
    }

    /// Says whether `/switch` takes nothing from now on.
    #[allow(dead_code)]
    pub fn refuse(&self, refuses: bool) {
        self.state.refuses.store(refuses, SeqCst);
    }

    /// How many seconds new tokens are said to live.
    pub fn tokens_live(&self, seconds: u64) {
        *self.state.life.lock().unwrap() = Some(seconds);
    }

    /// Takes this token no more, whatever was said of its life.
    pub fn revoke(&self, token: &str) {
        self.state.revoked.lock().unwrap().insert(format!("Bearer {token}"));
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<State>, gate: Arc<Semaphore>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        state.connections.fetch_add(1, SeqCst);
        let (tls, state, gate) = (tls.clone(), state.clone(), gate.clone());
        tokio::spawn(async move {
            match tls {
                None => serve(stream, state, gate).await,
                // A client that does not trust us ends the handshake.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, state, gate).await;
                    }
                }
            }
        });
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, state: Arc<State>, gate: Arc<Semaphore>) {
    let service = service_fn(move |request: Request<Incoming>| answer(request, state.clone(), gate.clone()));
    // Clients may go when they like, and `/close` ends with an error of ours.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// An answer whose body comes piece by piece.
fn streamed(pieces: impl Stream<Item = String> + Send + 'static) -> Response<Body> {
    Response::new(StreamBody::new(pieces.map(|piece| Ok(Frame::data(Bytes::from(piece)))).boxed()))
}

/// As many lines as a query says, a thousand at a time.
fn blocks(query: &str, line: fn(usize) -> String) -> impl Stream<Item = String> + Send + use<> {
    let count: usize = query.parse().unwrap();
    stream::iter((1..=count).step_by(1000).map(move |from| (from..=count.min(from + 999)).map(line).collect()))
}

async fn answer(request: Request<Incoming>, state: Arc<State>, gate: Arc<Semaphore>) -> Result<Response<Body>, String> {
    let (at, method, query) = (Instant::now(), request.method().to_string(), request.uri().query().unwrap_or_default());
    let query = query.to_owned();
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    let body = request.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    state.seen.lock().unwrap().push(Seen {
        at,
        method,
        path: path.clone(),
        query: query.clone(),
        headers: headers.clone(),
        body,
    });
    let reply = |status: u16, text: String| {
        let frames = stream::iter([Ok(Frame::data(Bytes::from(text)))]).boxed();
        let mut response = Response::new(StreamBody::new(frames));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    };
    let with = |mut response: Response<Body>, name, value: &str| {
        response.headers_mut().insert(name, value.parse().unwrap());
        response
    };
    Ok(match path.as_str() {
        path if path == "/ok" || path.starts_with("/ok/") => reply(200, "OK, taken".to_owned()),
        "/created" => reply(201, "OK, made".to_owned()),
        "/wrong" => reply(200, "ERROR 17".to_owned()),
        "/broken" => reply(500, "out of order".to_owned()),
        "/gone" => reply(410, "no more".to_owned()),
        "/refused" => reply(422, "no such mailbox".to_owned()),
        "/busy" => with(reply(429, "later".to_owned()), RETRY_AFTER, "7"),
        "/down" => with(reply(503, "later".to_owned()), RETRY_AFTER, "Mon, 01 Jan 2001 00:00:00 GMT"),
        "/moved" => with(reply(307, "elsewhere".to_owned()), LOCATION, "/ok"),
        "/huge" => reply(200, format!("{}THE END", "ё".repeat(1024 * 1024))),
        "/long" => reply(500, "ё".repeat(5000)),
        "/endless" => {
            let frames = stream::repeat_with(|| Ok(Frame::data(Bytes::from(vec![b'x'; 64 * 1024])))).boxed();
            Response::new(StreamBody::new(frames))
        }
        "/twice" => {
            let mut response = with(reply(200, String::new()), HeaderName::from_static("x-two"), "one");
            response.headers_mut().append("X-Two", "two".parse().unwrap());
            response
        }
        // Data to import: a table, one beside its parameters, places that lead elsewhere, one that answers at the third try.
        "/people.csv" | "/in/import.txt" => {
            reply(200, "member.email;base.firstName\nanna@example.com;Anna\n".to_owned())
        }
        // The address may hold the date, and what else the caller fills in.
        path if path.starts_with("/dated/") => reply(200, "anna@example.com\n".to_owned()),
        "/addresses.txt" => reply(200, "anna@example.com\nbob@example.com\n".to_owned()),
        "/own/request.json" => {
            reply(200, r#"{"if_exists": "ignore", "auto_group": {"id": "theirs"}, "origin": "theirs"}"#.to_owned())
        }
        "/own/data.csv" => {
            reply(200, "member.email;base.firstName\nanna@example.com;Anna\nbob@example.com;Bob\n".to_owned())
        }
        // More than lies in memory: a cell of 100 MB, and as many people as the query says, as CSV and as objects.
        "/wide.csv" => {
            let head = stream::iter(["member.email;shop.note\nanna@example.com;".to_owned()]);
            streamed(head.chain(stream::iter((0..100).map(|_| "x".repeat(1 << 20)))))
        }
        "/many.csv" => {
            let head = stream::iter(["member.email;shop.n;shop.note\n".to_owned()]);
            streamed(head.chain(blocks(&query, |n| format!("many{n}@example.com;{n};{}\n", "note ".repeat(8)))))
        }
        "/many.json" => streamed(blocks(&query, |n| {
            format!(
                "{{\"member.email\": \"many{n}@example.com\", \"shop.n\": {n}, \"shop.note\": \"{}\"}}\n",
                "note ".repeat(8)
            )
        })),
        "/in/request.json" => reply(200, r#"{"content_type": "txt", "addr_type": "email"}"#.to_owned()),
        "/list/request.json" => reply(200, "[]".to_owned()),
        "/away.csv" => with(reply(302, String::new()), LOCATION, "/people.csv"),
        "/around.csv" => with(reply(302, String::new()), LOCATION, "/around.csv"),
        "/passwd.csv" => with(reply(302, String::new()), LOCATION, "file:///etc/passwd"),
        "/third.csv" => match state.tries.fetch_add(1, SeqCst) {
            0 | 1 => reply(503, "not now".to_owned()),
            _ => reply(200, "anna@example.com\n".to_owned()),
        },
        "/hang" => pending().await,
        "/drip" => {
            let frames = stream::iter([Ok(Frame::data(Bytes::from("OK, and")))]).chain(stream::pending()).boxed();
            Response::new(StreamBody::new(frames))
        }
        "/close" => return Err("closed on purpose".to_owned()),
        // Of six, three are taken, two refused, and one gets no answer.
        path if path.starts_with("/flaky") => match state.tries.fetch_add(1, SeqCst) % 6 {
            1 | 4 => reply(500, "not now".to_owned()),
            2 => return Err("closed on purpose".to_owned()),
            _ => reply(200, "OK".to_owned()),
        },
        "/slow" => {
            let open = state.open.fetch_add(1, SeqCst) + 1;
            state.most_open.fetch_max(open, SeqCst);
            gate.acquire().await.unwrap().forget();
            state.open.fetch_sub(1, SeqCst);
            reply(200, "OK, at last".to_owned())
        }
        "/switch" if state.refuses.load(SeqCst) => reply(500, "not now".to_owned()),
        "/switch" => reply(200, "OK".to_owned()),
        // Asks for a pause of as many seconds as the query says.
        "/later" => with(reply(503, "later".to_owned()), RETRY_AFTER, &query),
        "/zero" => reply(500, "a\0b".to_owned()),
        // Repeats what it was told, with the status that the query says.
        "/echo" => {
            let told = |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}\n", value.to_str().unwrap());
            reply(query.parse().unwrap(), headers.iter().map(told).collect())
        }
        path if path.starts_with("/token") => {
            let number = state.tokens.fetch_add(1, SeqCst) + 1;
            let life = state.life.lock().unwrap().map(|life| format!(r#","expires_in":{life}"#)).unwrap_or_default();
            let token = if path == "/token/long" { "token-4711-" } else { "t" };
            reply(200, format!(r#"{{"access_token":"{token}{number}","token_type":"bearer"{life}}}"#))
        }
        "/no-token" => {
            let text = r#"{"error":"invalid_client","error_description":"unknown","echo":"s3cret"}"#;
            reply(400, text.to_owned())
        }
        "/secured" => {
            let token = headers.get(AUTHORIZATION).map_or("", |value| value.to_str().unwrap());
            let good = token.starts_with("Bearer t") && !state.revoked.lock().unwrap().contains(token);
            if good { reply(200, "OK".to_owned()) } else { reply(401, "who are you?".to_owned()) }
        }
        _ => reply(404, "nothing here".to_owned()),
    })
}

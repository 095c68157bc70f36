//! A receiver over HTTP. The path says who sends and what becomes of a request:
//!
//! `POST /NAME` is counted and answered 200; `POST /slow` after [`SLOW`]; `POST /hang` never. `GET /NAME/COUNT` waits
//! until so many events of NAME came, and answers when (Unix seconds), in how many requests and how many octets.

use crate::Result;
use crate::arrivals::Arrivals;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use memchr::memmem;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpStream};

/// How long a slow receiver takes.
const SLOW: Duration = Duration::from_millis(500);

/// Receives on a port of loopback until the process ends.
pub async fn serve(port: u16, arrivals: Arc<Arrivals>) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(talk(stream, arrivals.clone()));
    }
}

async fn talk(stream: TcpStream, arrivals: Arc<Arrivals>) {
    let service = service_fn(|request| answer(request, SystemTime::now(), &arrivals));
    // Senders may go when they like.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    at: SystemTime,
    arrivals: &Arrivals,
) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    let is_post = request.method() == Method::POST;
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let text = if is_post {
        take(&path, request, at, arrivals).await;
        "OK".to_owned()
    } else {
        when_reached(&path, arrivals).await.unwrap_or_else(|| "GET /NAME/COUNT".to_owned())
    };
    Ok(Response::new(Full::from(text)))
}

async fn take(sender: &str, request: Request<Incoming>, at: SystemTime, arrivals: &Arrivals) {
    if let Ok(body) = request.into_body().collect().await {
        let body = body.to_bytes();
        arrivals.note(sender, at, events_in(&body), body.len());
    }
    match sender {
        "hang" => pending().await,
        "slow" => tokio::time::sleep(SLOW).await,
        _ => {}
    }
}

async fn when_reached(path: &str, arrivals: &Arrivals) -> Option<String> {
    let (sender, count) = path.split_once('/')?;
    let (at, requests, octets) = arrivals.reach(sender, count.parse().ok()?).await;
    let seconds = at.duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
    Some(format!("{seconds:.6} {requests} {octets}\n"))
}

/// Every envelope has this key once, and the events of the benches have it nowhere else.
fn events_in(body: &[u8]) -> usize {
    memmem::find_iter(body, br#""event_type""#).count()
}

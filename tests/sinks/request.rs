//! Requests of pipelines: what goes out, what comes back, what is kept to (pipelines-and-hooks.md 3.6).

use super::open;
use super::receiver::{Authority, Receiver, Seen};
use pg_member::domain::pipe::failure::{Code, Failure};
use pg_member::domain::pipe::pipes::{Limit, Method};
use pg_member::sink::request::{Answer, Asking, Content, Part, Request};
use pg_member::sink::{Reach, Requests};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Of a process that has been there for long.
fn requests() -> Arc<Requests> {
    Arc::new(Requests::new(Instant::now().checked_sub(Duration::from_secs(60)).unwrap()))
}

fn request(url: String) -> Request {
    Request {
        asking: Asking { channel: 10001, pipeline: "message".into(), pipe: 1 },
        method: Method::Post,
        url,
        headers: Vec::new(),
        auth: None,
        content: Content::None,
        timeout: Duration::from_secs(20),
        pool_size: 10,
        limit: None,
        room: 1024 * 1024,
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn send(request: Request) -> Result<Answer, Failure> {
    requests().send(&request, &open()).await
}

/// Sends to a path and gives what came there.
async fn seen(receiver: &Receiver, request: Request) -> Seen {
    let answer = send(request).await.unwrap();
    assert_eq!((answer.code, answer.body.as_slice()), (200, b"OK, taken".as_slice()));
    receiver.seen("/ok").last().unwrap().clone()
}

#[track_caller]
fn assert_failed(result: Result<Answer, Failure>, code: Code, begin: &str) {
    let failure = result.unwrap_err();
    assert_eq!(failure.code, code as i64, "{failure:?}");
    assert!(failure.message.starts_with(begin), "{failure:?}");
}

#[tokio::test]
async fn pairs_go_into_the_address_or_into_the_body() {
    let receiver = Receiver::start().await;
    let form = pairs(&[("to", "a@b.c"), ("text", "ё & я"), ("to", "")]);
    let encoded = "to=a%40b.c&text=%D1%91+%26+%D1%8F&to=";
    for method in [Method::Get, Method::Delete] {
        let content = Content::Query(form.clone());
        let seen = seen(&receiver, Request { method, content, ..request(receiver.url("/ok?key=1")) }).await;
        assert_eq!((seen.query.as_str(), seen.body.as_str()), (format!("key=1&{encoded}").as_str(), ""));
        assert_eq!(seen.method, if method == Method::Get { "GET" } else { "DELETE" });
    }
    for method in [Method::Post, Method::Put] {
        let content = Content::Form(form.clone());
        let seen = seen(&receiver, Request { method, content, ..request(receiver.url("/ok?key=1")) }).await;
        assert_eq!((seen.query.as_str(), seen.body.as_str()), ("key=1", encoded));
        assert_eq!(seen.header("content-type"), "application/x-www-form-urlencoded");
        assert_eq!(seen.method, if method == Method::Post { "POST" } else { "PUT" });
    }
    let content = Content::Query(Vec::new());
    assert_eq!(seen(&receiver, Request { content, ..request(receiver.url("/ok")) }).await.query, "");
}

#[tokio::test]
async fn a_body_goes_as_it_is() {
    let receiver = Receiver::start().await;
    let body = |kind| Content::Body { kind, bytes: "{\"n\": 1.10}".as_bytes().into() };
    for kind in ["application/json", "application/xml"] {
        let seen = seen(&receiver, Request { content: body(kind), ..request(receiver.url("/ok")) }).await;
        assert_eq!((seen.header("content-type"), seen.body.as_str()), (kind, "{\"n\": 1.10}"));
    }
    let headers = pairs(&[("Content-Type", "application/vnd.api+json"), ("X-Key", "k"), ("Content-Length", "3")]);
    let given = Request { content: body("application/json"), headers, ..request(receiver.url("/ok")) };
    let seen = seen(&receiver, given).await;
    assert_eq!((seen.header("content-type"), seen.header("x-key")), ("application/vnd.api+json", "k"));
    assert_eq!(seen.header("content-length"), "11", "the length is what it is");
    assert_eq!(seen.header("user-agent"), concat!("pg_member/", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn parts_carry_texts_and_files() {
    let receiver = Receiver::start().await;
    let file = |name: &str, mime: Option<&str>| Part::File {
        name: name.to_owned(),
        mime: mime.map(str::to_owned),
        size: Some(9),
        url: receiver.url("/ok/file"),
    };
    let parts = vec![
        ("text".to_owned(), Part::Text("ё".to_owned())),
        ("files".to_owned(), file("фото.png", Some("image/png"))),
        ("files".to_owned(), file("a\"b\r\nX: y", None)),
    ];
    let headers = pairs(&[("Content-Type", "text/plain")]);
    let seen =
        seen(&receiver, Request { content: Content::Parts(parts), headers, ..request(receiver.url("/ok")) }).await;
    let kind = seen.header("content-type");
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nё\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"фото.png\"\r\n\
         Content-Type: image/png\r\n\r\nOK, taken\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a%22b%0D%0AX: y\"\r\n\
         Content-Type: application/octet-stream\r\n\r\nOK, taken\r\n--{boundary}--\r\n"
    );
    assert_eq!(seen.body, expected);
    assert_eq!(receiver.seen("/ok/file").len(), 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_a_failure() {
    let receiver = Receiver::start().await;
    let with = |url: String, size, reach: Reach, mime: Option<&str>| {
        let file = Part::File { name: "f".to_owned(), mime: mime.map(str::to_owned), size, url };
        let content = Content::Parts(vec![("f".to_owned(), file)]);
        let request = Request { content, timeout: Duration::from_secs(1), ..request(receiver.url("/ok")) };
        async move { requests().send(&request, &reach).await }
    };
    assert_failed(
        with(receiver.url("/nowhere"), None, open(), None).await,
        Code::Transport,
        "read: a file: status 404",
    );
    assert_failed(with(receiver.url("/moved"), None, open(), None).await, Code::Transport, "read: a file: status 307");
    assert_failed(with(receiver.url("/endless"), None, open(), None).await, Code::Limit, "more than");
    assert_failed(with(receiver.url("/ok"), Some(1 << 40), open(), None).await, Code::Limit, "more than");
    assert_failed(with(receiver.url("/hang"), None, open(), None).await, Code::Transport, "timeout:");
    assert_failed(with("file:///etc/passwd".to_owned(), None, open(), None).await, Code::Params, "url:");
    assert_failed(with(receiver.url("/ok"), None, open(), Some("no mime")).await, Code::Params, "the mime");
    assert_eq!(receiver.seen("/ok").len(), 1, "the one whose media type was wrong");
}

#[tokio::test]
async fn basic_authentication_takes_the_place_of_a_header() {
    let receiver = Receiver::start().await;
    let auth = Some(("root".to_owned(), "12:34ё".to_owned()));
    let headers = pairs(&[("Authorization", "Bearer x")]);
    let given = Request { auth, headers: headers.clone(), ..request(receiver.url("/ok")) };
    assert_eq!(seen(&receiver, given).await.header("authorization"), "Basic cm9vdDoxMjozNNGR");
    let given = Request { headers, ..request(receiver.url("/ok")) };
    assert_eq!(seen(&receiver, given).await.header("authorization"), "Bearer x");
}

#[tokio::test]
async fn any_answer_is_given_whole() {
    let receiver = Receiver::start().await;
    let answer = send(request(receiver.url("/broken"))).await.unwrap();
    assert_eq!((answer.code, answer.body.as_slice()), (500, b"out of order".as_slice()));
    assert_eq!(answer.status_line(), "500 Internal Server Error");
    let answer = send(request(receiver.url("/long"))).await.unwrap();
    assert_eq!(answer.body, "ё".repeat(5000).into_bytes());
    let answer = send(request(receiver.url("/twice"))).await.unwrap();
    assert_eq!(answer.headers["x-two"], "two", "the last one");
    let answer = send(request(receiver.url("/moved"))).await.unwrap();
    assert_eq!((answer.code, answer.headers["location"].as_str()), (307, "/ok"));
    assert!(receiver.seen("/ok").is_empty(), "nobody went there");
}

#[tokio::test]
async fn an_answer_is_no_longer_than_its_room() {
    let receiver = Receiver::start().await;
    let with = |path, room| Request { room, ..request(receiver.url(path)) };
    assert_eq!(send(with("/ok", 9)).await.unwrap().body.len(), 9);
    assert_failed(send(with("/ok", 8)).await, Code::Limit, "more than 8 octets");
    assert_failed(send(with("/endless", 1024 * 1024)).await, Code::Limit, "more than");
}

#[tokio::test]
async fn the_time_given_is_for_the_whole_request() {
    let receiver = Receiver::start().await;
    let timeout = Duration::from_millis(300);
    for path in ["/hang", "/drip"] {
        let begun = Instant::now();
        assert_failed(send(Request { timeout, ..request(receiver.url(path)) }).await, Code::Transport, "timeout:");
        assert!(begun.elapsed() >= timeout);
    }
}

#[tokio::test]
async fn failures_say_where_it_failed() {
    let receiver = Receiver::start().await;
    assert_failed(send(request(receiver.url("/close"))).await, Code::Transport, "read:");
    assert_failed(send(request("http://no-such-host.invalid/?key=s3cret".to_owned())).await, Code::Transport, "dns:");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://127.0.0.1:{}/?key=s3cret", listener.local_addr().unwrap().port());
    drop(listener);
    let failure = send(request(closed)).await.unwrap_err();
    assert_eq!(failure.message, "connect: the connection was refused");
    let secured = Receiver::start_tls(&Authority::new()).await;
    assert_failed(send(request(secured.url("/ok"))).await, Code::Transport, "tls:");
    for url in ["no url", "ftp://localhost/", "http://"] {
        assert_failed(send(request(url.to_owned())).await, Code::Params, "url:");
    }
    let headers = pairs(&[("a", "line\nbreak")]);
    assert_failed(send(Request { headers, ..request(receiver.url("/ok")) }).await, Code::Params, "headers: a");
}

#[tokio::test]
async fn inner_addresses_are_not_reached_unless_allowed() {
    let receiver = Receiver::start().await;
    let requests = requests();
    assert_eq!(requests.send(&request(receiver.url("/ok")), &open()).await.unwrap().code, 200);
    let before = receiver.connections();
    for host in ["127.0.0.1", "[::1]", "2130706433", "localhost"] {
        let url = format!("http://{host}:{}/ok", receiver.port());
        let result = requests.send(&request(url), &Reach::default()).await;
        assert_failed(result, Code::Transport, "connect:");
    }
    assert_eq!(receiver.connections(), before, "not by a connection that was open either");
}

/// Spawns so many requests at once.
fn spawn(requests: &Arc<Requests>, request: &Request, count: usize) -> Vec<tokio::task::JoinHandle<u16>> {
    let one = |_| {
        let (requests, request) = (requests.clone(), request.clone());
        tokio::spawn(async move { requests.send(&request, &open()).await.unwrap().code })
    };
    (0..count).map(one).collect()
}

async fn until(mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
}

#[tokio::test]
async fn no_more_than_the_pool_are_under_way() {
    let receiver = Receiver::start().await;
    let requests = requests();
    let slow = Request { pool_size: 3, ..request(receiver.url("/slow")) };
    let running = spawn(&requests, &slow, 10);
    let came = || receiver.seen("/slow").len();
    until(|| came() == 3).await;
    // Another channel is not in their way, and after it the fourth would be here.
    let mut other = request(receiver.url("/ok"));
    other.asking.channel += 1;
    assert_eq!(requests.send(&other, &open()).await.unwrap().code, 200);
    for released in 1..=7 {
        assert_eq!(came(), 2 + released);
        receiver.gate.add_permits(1);
        until(|| came() == 3 + released).await;
    }
    receiver.gate.add_permits(3);
    for one in running {
        assert_eq!(one.await.unwrap(), 200);
    }
    requests.close_idle();
}

#[tokio::test]
async fn no_window_holds_more_starts_than_allowed() {
    let receiver = Receiver::start().await;
    let requests = requests();
    let period = Duration::from_millis(400);
    let capped = Request { limit: Some(Limit { count: 3, period }), ..request(receiver.url("/ok")) };
    for one in spawn(&requests, &capped, 10) {
        assert_eq!(one.await.unwrap(), 200);
        requests.close_idle();
    }
    let mut starts: Vec<Instant> = receiver.seen("/ok").iter().map(|seen| seen.at).collect();
    starts.sort();
    for (one, too_many) in starts.iter().zip(starts.iter().skip(3)) {
        assert!(*too_many - *one >= period - Duration::from_millis(50), "{starts:?}");
    }
}

#[tokio::test]
async fn a_new_process_does_not_double_the_rate() {
    let receiver = Receiver::start().await;
    let began = Instant::now();
    let period = Duration::from_millis(400);
    let capped = Request { limit: Some(Limit { count: 3, period }), ..request(receiver.url("/ok")) };
    Requests::new(began).send(&capped, &open()).await.unwrap();
    assert!(receiver.seen("/ok")[0].at - began >= period);
}

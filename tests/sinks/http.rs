//! HTTP: what counts as a success, what is asked for again, what stops a hook (pipelines-and-hooks.md 10.1).

use super::receiver::{Authority, Receiver};
use super::*;
use pg_member::domain::hook::sign;
use pg_member::domain::hook::transport::{Auth, Http};
use std::time::Duration;
use tokio::net::TcpListener;

fn http(url: String) -> Http {
    Http {
        url,
        auth: Auth::None,
        headers: Vec::new(),
        success_regex: None,
        request_timeout_sec: 20,
        signing_secrets: Vec::new(),
        ca: None,
    }
}

fn oauth(receiver: &Receiver, token_path: &str) -> Http {
    let auth = Auth::OAuth2 {
        token_url: receiver.url(token_path),
        client_id: "we:us".to_owned(),
        client_secret: "s3cret".into(),
        scope: Some("events write".to_owned()),
    };
    Http { auth, ..http(receiver.url("/secured")) }
}

/// Posts to a path of a receiver.
async fn post(receiver: &Receiver, path: &str) -> Outcome {
    send_once(Transport::Http(http(receiver.url(path))), &open()).await
}

async fn post_expecting(receiver: &Receiver, path: &str, regex: &str) -> Outcome {
    let settings = Http { success_regex: Some(regex.to_owned()), ..http(receiver.url(path)) };
    send_once(Transport::Http(settings), &open()).await
}

#[tokio::test]
async fn a_batch_is_an_array_with_our_headers() {
    let receiver = Receiver::start().await;
    let headers = vec![("X-Team".to_owned(), "mail".into()), ("Content-Type".to_owned(), "text/plain".into())];
    let settings = Http { headers, ..http(receiver.url("/ok")) };
    let outcome = send_once(Transport::Http(settings), &open()).await;
    assert_delivered(&outcome, 2);
    assert_eq!((outcome.status, outcome.answer.as_str()), (Some(200), "OK, taken"));
    let seen = receiver.seen("/ok");
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].body, r#"[{"event_type":"click","n":1},{"event_type":"open","n":2}]"#);
    assert_eq!(seen[0].header("content-type"), "application/json");
    assert_eq!(seen[0].header("user-agent"), concat!("pg_member/", env!("CARGO_PKG_VERSION")));
    assert_eq!(seen[0].header("x-team"), "mail");
    assert_eq!(seen[0].header("webhook-id"), "b-1", "receivers drop what they have seen by it");
    assert_eq!(seen[0].header("webhook-signature"), "", "nothing is signed without a secret");
}

#[tokio::test]
async fn requests_are_signed_when_there_are_secrets() {
    let receiver = Receiver::start().await;
    let signing_secrets = vec!["new".into(), "old".into()];
    let settings = Http { signing_secrets: signing_secrets.clone(), ..http(receiver.url("/ok")) };
    assert_delivered(&send_once(Transport::Http(settings), &open()).await, 2);
    let seen = &receiver.seen("/ok")[0];
    assert_eq!(seen.header("webhook-id"), "b-1");
    assert!(seen.header("webhook-timestamp").parse::<i64>().unwrap() > 1_700_000_000);
    let at = seen.header("webhook-timestamp").parse().unwrap();
    let expected = sign::headers(&signing_secrets, "b-1", at, seen.body.as_bytes());
    assert_eq!(seen.header("webhook-signature"), expected[2].1);
    assert_eq!(expected[2].1.split(' ').count(), 2, "one by each secret");
}

#[tokio::test]
async fn without_a_regex_only_200_is_a_success() {
    let receiver = Receiver::start().await;
    assert_delivered(&post(&receiver, "/wrong").await, 2);
    for (path, status) in [("/created", 201), ("/broken", 500), ("/nowhere", 404)] {
        let outcome = post(&receiver, path).await;
        assert_failed(&outcome, AGAIN, "status", 0);
        assert_eq!(outcome.status, Some(status));
    }
}

#[tokio::test]
async fn with_a_regex_2xx_and_a_match_are_a_success() {
    let receiver = Receiver::start().await;
    assert_delivered(&post_expecting(&receiver, "/ok", "OK").await, 2);
    assert_delivered(&post_expecting(&receiver, "/created", "OK, m").await, 2);
    let outcome = post_expecting(&receiver, "/wrong", ".*OK.*").await;
    assert_failed(&outcome, AGAIN, "mismatch", 0);
    assert_eq!((outcome.status, outcome.answer.as_str()), (Some(200), "ERROR 17"));
    assert_failed(&post_expecting(&receiver, "/broken", "out of").await, AGAIN, "status", 0);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let receiver = Receiver::start().await;
    let outcome = post(&receiver, "/moved").await;
    assert_failed(&outcome, AGAIN, "redirect", 0);
    assert_eq!(outcome.status, Some(307));
    assert!(receiver.seen("/ok").is_empty());
}

#[tokio::test]
async fn gone_stops_the_hook() {
    let receiver = Receiver::start().await;
    let outcome = post(&receiver, "/gone").await;
    assert_failed(&outcome, Verdict::Stop, "gone", 0);
    assert_eq!(outcome.status, Some(410));
}

#[tokio::test]
async fn a_receiver_can_ask_for_a_pause() {
    let receiver = Receiver::start().await;
    let after = |seconds| Verdict::Again { after: Some(Duration::from_secs(seconds)) };
    assert_failed(&post(&receiver, "/busy").await, after(7), "status", 0);
    assert_failed(&post(&receiver, "/down").await, after(0), "status", 0);
}

#[tokio::test]
async fn long_answers_are_cut() {
    let receiver = Receiver::start().await;
    let outcome = post(&receiver, "/huge").await;
    assert_delivered(&outcome, 2);
    assert_eq!(outcome.answer, "ё".repeat(1000));
    assert_failed(&post_expecting(&receiver, "/huge", "THE END").await, AGAIN, "mismatch", 0);
    assert_eq!(post(&receiver, "/long").await.answer, "ё".repeat(1000));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_timeout() {
    let receiver = Receiver::start().await;
    let impatient = |path, regex: Option<&str>| {
        let success_regex = regex.map(str::to_owned);
        Transport::Http(Http { request_timeout_sec: 1, success_regex, ..http(receiver.url(path)) })
    };
    assert_failed(&send_once(impatient("/hang", None), &open()).await, AGAIN, "timeout", 0);
    // Of an answer that stops in the middle counts what is there.
    assert_delivered(&send_once(impatient("/drip", None), &open()).await, 2);
    assert_delivered(&send_once(impatient("/drip", Some("^OK")), &open()).await, 2);
    assert_failed(&send_once(impatient("/drip", Some("end$")), &open()).await, AGAIN, "timeout", 0);
}

#[tokio::test]
async fn connections_that_break_or_are_refused_are_told_apart() {
    let receiver = Receiver::start().await;
    assert_failed(&post(&receiver, "/close").await, AGAIN, "broken", 0);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://127.0.0.1:{}/?token=s3cret", listener.local_addr().unwrap().port());
    drop(listener);
    let outcome = send_once(Transport::Http(http(closed)), &open()).await;
    assert_failed(&outcome, AGAIN, "refused", 0);
    assert!(!outcome.answer.contains("s3cret"), "{outcome:?}");
    let nowhere = http("http://no-such-host.invalid/".to_owned());
    assert_failed(&send_once(Transport::Http(nowhere), &open()).await, AGAIN, "unresolved", 0);
}

#[tokio::test]
async fn inner_addresses_are_not_reached_unless_allowed() {
    let receiver = Receiver::start().await;
    let port = receiver.port();
    let closed = Reach::default();
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "0x7f.1", "2130706433"] {
        let transport = Transport::Http(http(format!("http://{host}:{port}/ok")));
        assert_failed(&send_once(transport, &closed).await, Verdict::Stop, "address_not_allowed", 0);
    }
    let named = Transport::Http(http(receiver.url("/ok")));
    assert_failed(&send_once(named, &closed).await, AGAIN, "address_not_allowed", 0);
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn the_token_endpoint_is_guarded_too() {
    let receiver = Receiver::start().await;
    let Auth::OAuth2 { client_id, client_secret, scope, .. } = oauth(&receiver, "/token").auth else { panic!() };
    let token_url = format!("http://127.0.0.1:{}/token", receiver.port());
    let auth = Auth::OAuth2 { token_url, client_id, client_secret, scope };
    let settings = Http { auth, ..http("https://8.8.8.8/".to_owned()) };
    let outcome = send_once(Transport::Http(settings), &Reach::default()).await;
    assert_failed(&outcome, Verdict::Stop, "address_not_allowed", 0);
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let authority = Authority::new();
    let receiver = Receiver::start_tls(&authority).await;
    let settings = Http { ca: Some(authority.pem()), ..http(receiver.url("/ok")) };
    assert_delivered(&send_once(Transport::Http(settings), &open()).await, 2);
    let plain = Transport::Http(http(receiver.url("/ok")));
    assert_failed(&send_once(plain, &open()).await, AGAIN, "tls", 0);
    let other = Http { ca: Some(Authority::new().pem()), ..http(receiver.url("/ok")) };
    assert_failed(&send_once(Transport::Http(other), &open()).await, AGAIN, "tls", 0);
    assert_eq!(receiver.seen("/ok").len(), 1);
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_sent() {
    let receiver = Receiver::start().await;
    receiver.tokens_live(3600);
    let (sinks, endpoint) = (sinks(), endpoint(Transport::Http(oauth(&receiver, "/token"))));
    for _ in 0..3 {
        assert_delivered(&sinks.send(&endpoint, &parcel(&[("click", None)]), &open()).await, 1);
    }
    let asked = receiver.seen("/token");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].body, "grant_type=client_credentials&scope=events+write");
    // we%3Aus:s3cret
    assert_eq!(asked[0].header("authorization"), "Basic d2UlM0F1czpzM2NyZXQ=");
    let sent: Vec<_> = receiver.seen("/secured").iter().map(|seen| seen.header("authorization").to_owned()).collect();
    assert_eq!(sent, ["Bearer t1"; 3]);
    assert_eq!(receiver.connections(), 1, "connections are used again");
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let receiver = Receiver::start().await;
    receiver.tokens_live(20);
    let (sinks, endpoint) = (sinks(), endpoint(Transport::Http(oauth(&receiver, "/token"))));
    for _ in 0..2 {
        assert_delivered(&sinks.send(&endpoint, &parcel(&[("click", None)]), &open()).await, 1);
    }
    assert_eq!(receiver.seen("/token").len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let receiver = Receiver::start().await;
    receiver.revoke("t1");
    let (sinks, endpoint) = (sinks(), endpoint(Transport::Http(oauth(&receiver, "/token"))));
    assert_delivered(&sinks.send(&endpoint, &parcel(&[("click", None)]), &open()).await, 1);
    assert_eq!((receiver.seen("/token").len(), receiver.seen("/secured").len()), (2, 2));
    receiver.revoke("t2");
    receiver.revoke("t3");
    let outcome = sinks.send(&endpoint, &parcel(&[("click", None)]), &open()).await;
    assert_failed(&outcome, AGAIN, "status", 0);
    assert_eq!(outcome.status, Some(401));
    assert_eq!((receiver.seen("/token").len(), receiver.seen("/secured").len()), (3, 4));
}

#[tokio::test]
async fn a_token_that_is_not_given_is_said_without_secrets() {
    let receiver = Receiver::start().await;
    let outcome = send_once(Transport::Http(oauth(&receiver, "/no-token")), &open()).await;
    assert_failed(&outcome, AGAIN, "token_refused", 0);
    assert_eq!(outcome.answer, "the token was refused: invalid_client, unknown");
    assert_eq!(outcome.status, Some(400));
    let outcome = send_once(Transport::Http(oauth(&receiver, "/ok")), &open()).await;
    assert_failed(&outcome, AGAIN, "token_refused", 0);
    assert!(receiver.seen("/secured").is_empty());
}

#[tokio::test]
async fn settings_that_make_no_client_stop_the_hook() {
    let wrong = [
        Http { url: "no url".to_owned(), ..http(String::new()) },
        Http { success_regex: Some("(".to_owned()), ..http("http://localhost/".to_owned()) },
        Http { headers: vec![("a b".to_owned(), "".into())], ..http("http://localhost/".to_owned()) },
        Http { headers: vec![("a".to_owned(), "line\nbreak".into())], ..http("http://localhost/".to_owned()) },
        Http { ca: Some("no PEM".to_owned()), ..http("http://localhost/".to_owned()) },
    ];
    for settings in wrong {
        let outcome = send_once(Transport::Http(settings), &open()).await;
        assert_failed(&outcome, Verdict::Stop, "settings", 0);
    }
}

#[tokio::test]
async fn a_slow_hook_delays_no_other() {
    let receiver = Receiver::start().await;
    let sinks = std::sync::Arc::new(sinks());
    let slow = Endpoint { hook: 1, revision: 1, transport: Transport::Http(http(receiver.url("/slow"))) };
    let quick = Endpoint { hook: 2, revision: 1, transport: Transport::Http(http(receiver.url("/ok"))) };
    let waiting = tokio::spawn({
        let sinks = sinks.clone();
        async move { sinks.send(&slow, &parcel(&[("click", None)]), &open()).await }
    });
    for _ in 0..20 {
        assert_delivered(&sinks.send(&quick, &parcel(&[("click", None)]), &open()).await, 1);
    }
    assert!(!waiting.is_finished());
    receiver.gate.add_permits(1);
    assert_delivered(&waiting.await.unwrap(), 1);
}

#[tokio::test]
async fn a_new_revision_or_reach_has_a_client_of_its_own() {
    let receiver = Receiver::start().await;
    let sinks = sinks();
    let of =
        |revision, path: &str| Endpoint { hook: 1, revision, transport: Transport::Http(http(receiver.url(path))) };
    assert_delivered(&sinks.send(&of(1, "/ok"), &parcel(&[("click", None)]), &open()).await, 1);
    assert_failed(&sinks.send(&of(2, "/broken"), &parcel(&[("click", None)]), &open()).await, AGAIN, "status", 0);
    let narrow = sinks.send(&of(2, "/broken"), &parcel(&[("click", None)]), &Reach::default()).await;
    assert_failed(&narrow, AGAIN, "address_not_allowed", 0);
    assert_eq!(sinks.open(), 1);
    sinks.close_idle();
    assert_eq!(sinks.open(), 1, "it was used a moment ago");
    sinks.close(1);
    assert_eq!(sinks.open(), 0);
}

#[tokio::test]
async fn what_an_answer_repeats_of_our_secrets_is_hidden() {
    let receiver = Receiver::start().await;
    let headers = vec![("cookie".to_owned(), "session=s-4711".into()), ("x-team".to_owned(), "mail".into())];
    for (status, state) in [("200", "delivered"), ("500", "status"), ("410", "gone")] {
        let url = receiver.url(&format!("/echo?{status}"));
        let settings = Http { url, headers: headers.clone(), ..oauth(&receiver, "/token/long") };
        let outcome = send_once(Transport::Http(settings), &open()).await;
        assert_eq!(outcome.state, state);
        assert!(!outcome.answer.contains("4711") && outcome.answer.contains("x-team: mail"), "{}", outcome.answer);
        assert!(outcome.answer.contains("cookie: ***") && outcome.answer.contains("authorization: ***"));
    }
    assert!(receiver.seen("/echo").iter().all(|seen| seen.header("authorization").contains("token-4711")));
    // What counts as a success is asked of what came.
    let url = receiver.url("/echo?200");
    let settings = Http { url, success_regex: Some("s-4711".to_owned()), headers, ..http(String::new()) };
    assert_delivered(&send_once(Transport::Http(settings), &open()).await, 2);
}

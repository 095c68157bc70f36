//! What sends, against a receiver of our own and real brokers: `make test ONLY=sinks` starts those.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod download;
mod front;
mod http;
mod kafka;
#[path = "../support/post.rs"]
mod post;
mod probe;
mod rabbit;
#[path = "../support/receiver.rs"]
#[allow(dead_code)]
mod receiver;
mod request;

use pg_member::domain::hook::transport::Transport;
use pg_member::sink::{Endpoint, Item, Outcome, Parcel, Reach, Sinks, Verdict};

/// A setting that `tests/sinks.sh` passes; there is no broker without it.
fn from_suite(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test ONLY=sinks`"))
}

fn sinks() -> Sinks {
    Sinks::default()
}

/// Loopback is allowed.
fn open() -> Reach {
    Reach { private: true, kafka: Vec::new() }
}

fn endpoint(transport: Transport) -> Endpoint {
    Endpoint { hook: 1, revision: 1, transport }
}

/// A parcel of these events: type and profile.
fn parcel(events: &[(&str, Option<&str>)]) -> Parcel {
    let item = |(number, (event_type, profile_id)): (usize, &(&str, Option<&str>))| Item {
        id: (number + 1).to_string(),
        event_type: (*event_type).to_owned(),
        profile_id: profile_id.map(str::to_owned),
        at: 1_700_000_000,
        json: format!(r#"{{"event_type":"{event_type}","n":{}}}"#, number + 1),
    };
    Parcel { batch: "b-1".to_owned(), db_id: 7, items: events.iter().enumerate().map(item).collect() }
}

/// Sends two events by a client of this attempt alone.
async fn send_once(transport: Transport, reach: &Reach) -> Outcome {
    sinks().send(&endpoint(transport), &parcel(&[("click", Some("p1")), ("open", None)]), reach).await
}

const AGAIN: Verdict = Verdict::Again { after: None };

#[track_caller]
fn assert_delivered(outcome: &Outcome, arrived: usize) {
    assert_eq!((outcome.verdict, outcome.state), (Verdict::Delivered, "delivered"), "{outcome:?}");
    assert_eq!(outcome.arrived, arrived, "{outcome:?}");
}

#[track_caller]
fn assert_failed(outcome: &Outcome, verdict: Verdict, state: &str, arrived: usize) {
    assert_eq!((outcome.verdict, outcome.state, outcome.arrived), (verdict, state, arrived), "{outcome:?}");
}

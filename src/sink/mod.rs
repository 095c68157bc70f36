//! Sending: batches of events to the outside world, by HTTP, RabbitMQ and Kafka (pipelines-and-hooks.md 10), and what
//! pipelines ask of it: [`Requests`] over HTTP (3.6), [`sql::Databases`] of other servers (3.10); and [`probe::Prober`],
//! which asks mail servers about addresses (members.md 11.2).
//!
//! This room knows nothing of Postgres. It runs on an asynchronous runtime in a thread of its own, owns plain data, and
//! never calls the server (DESIGN 6). What it gives back of a batch is an [`Outcome`]: what became of one attempt.

pub mod download;
mod failure;
mod gate;
pub mod guard;
mod http;
mod kafka;
mod link;
mod parts;
pub mod preview;
pub mod probe;
mod producer;
mod quiet;
mod rabbit;
pub mod request;
mod requests;
mod session;
mod sinks;
pub mod sql;
mod template;
mod tls;
mod token;
mod wire;

pub use requests::Requests;
pub use sinks::Sinks;
pub use tls::read_trust;

use crate::domain::hook::transport::Transport;
use std::sync::Arc;
use std::time::Duration;

/// One event as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number in the log, as text.
    pub id: String,
    /// Its type.
    pub event_type: String,
    /// The person it is about; none for events about nobody.
    pub profile_id: Option<String>,
    /// When it happened, in Unix seconds.
    pub at: i64,
    /// The envelope: one JSON object.
    pub json: String,
}

/// A batch ready for the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The id of the batch: the same in every attempt.
    pub batch: String,
    /// The number of the database, for routing keys and topics.
    pub db_id: i64,
    /// The events, in order; shared with whoever may have to send them again.
    pub items: Arc<[Item]>,
}

/// A hook's endpoint. A new revision means that its settings changed and that connections of the old are of no use.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The hook.
    pub hook: i64,
    /// Grows with each change of its settings.
    pub revision: i64,
    /// Where it sends.
    pub transport: Transport,
}

/// What outgoing requests may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether loopback, link-local and private addresses are allowed.
    pub private: bool,
    /// The Kafka brokers that are allowed, `host:port`; none where it is empty and `private` is false.
    pub kafka: Vec<String>,
}

/// What is to be done after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It arrived.
    Delivered,
    /// It did not; the receiver may ask for a pause before the next attempt.
    Again {
        /// The pause asked for.
        after: Option<Duration>,
    },
    /// No attempt will ever succeed: the hook is to be stopped.
    Stop,
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What is to be done.
    pub verdict: Verdict,
    /// A word for it: `delivered`, `status`, `mismatch`, `timeout`, `refused`, `gone`, … Each is listed in the docs.
    pub state: &'static str,
    /// The status of the answer, where there is one.
    pub status: Option<u16>,
    /// The beginning of the answer or of the problem, without secrets.
    pub answer: String,
    /// When it began, in Unix seconds: what its signature says.
    pub sent_at: i64,
    /// How long it took.
    pub took: Duration,
    /// How many items, from the first on, are known to have arrived: the rest goes out again.
    pub arrived: usize,
}

//! How the settings of a transport stand in requests, in the table and in replies (shapes.md 8). All three are the
//! same object; in replies a mask stands for each secret, and where it comes back in an edit the secret is kept.

mod http;
mod kafka;
mod rabbit;
mod section;
mod tls;
pub mod tries;
pub mod wanted;

pub use http::{is_secret_header, shown_header, success_pattern};
pub use section::{MASK, Section, hidden, name_of, whole};

use super::transport::Transport;
use crate::domain::error::Result;
use crate::domain::json::{Node, Value};

/// A transport, and how events are collected for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Where they go.
    pub transport: Transport,
    /// How many make a batch that goes at once.
    pub max_batch: u32,
    /// After how many seconds the oldest waits for no more; 0 for at once.
    pub collect_sec: u32,
}

/// The names of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Http,
    Queue,
    Exchange,
    Kafka,
}

const TYPES: [(&str, Type); 4] = [
    ("http_batch", Type::Http),
    ("rabbitmq_queue", Type::Queue),
    ("rabbitmq_exchange", Type::Exchange),
    ("kafka", Type::Kafka),
];

const TYPE: &str = "http_batch, rabbitmq_queue, rabbitmq_exchange or kafka";

/// Seconds for which HTTP collects unless it is told.
const COLLECT_SEC: u32 = 5;
/// The longest time to collect.
const LONGEST_SEC: u32 = 3600;
/// Events of a batch unless it is told, and at most.
const BATCH: (u32, u32) = (100, 10_000);

impl Type {
    fn of(transport: &Transport) -> Type {
        match transport {
            Transport::Http(_) => Type::Http,
            Transport::Queue(_) => Type::Queue,
            Transport::Exchange(_) => Type::Exchange,
            Transport::Kafka(_) => Type::Kafka,
        }
    }

    /// The keys that it knows.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Type::Http => http::KEYS,
            Type::Queue => rabbit::QUEUE_KEYS,
            Type::Exchange => rabbit::EXCHANGE_KEYS,
            Type::Kafka => kafka::KEYS,
        }
    }
}

impl Sending {
    /// Reads the object `transport`. What is not given keeps its value while the type stays the same; another type
    /// begins anew.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/param/unsupported`.
    pub fn read(section: &mut Section, before: Option<&Sending>) -> Result<Sending> {
        let kept = before.map(|sending| Type::of(&sending.transport));
        let kind = section.take("type", kept.map(Some), None, named_type, TYPE)?;
        let kind = section.required("type", kind)?;
        section.check_keys(kind.keys(), &[])?;
        let before = before.filter(|_| kept == Some(kind));
        let max_batch = section.number("max_batch", before.map(|sending| sending.max_batch), BATCH.0, 1..=BATCH.1)?;
        let collected = before.map(|sending| sending.collect_sec);
        let collect_sec = match kind {
            Type::Http => section.number("timeout_sec", collected, COLLECT_SEC, 1..=LONGEST_SEC)?,
            Type::Queue | Type::Exchange => section.number("timeout_sec", collected, 0, 0..=LONGEST_SEC)?,
            // Its timeout_sec is the broker's; it sends at once.
            Type::Kafka => 0,
        };
        let transport = read_transport(kind, section, before.map(|sending| &sending.transport))?;
        Ok(Sending { transport, max_batch, collect_sec })
    }

    /// The object as it is kept; with `masked` as it is shown.
    pub fn written(&self, masked: bool) -> Node<'_> {
        let kind = Type::of(&self.transport);
        let name = TYPES.into_iter().find(|(_, other)| *other == kind).map(|(name, _)| name);
        let mut pairs = vec![("type", Node::from(name)), ("max_batch", whole(self.max_batch))];
        if kind != Type::Kafka {
            pairs.push(("timeout_sec", whole(self.collect_sec)));
        }
        match &self.transport {
            Transport::Http(http) => http.write(masked, &mut pairs),
            Transport::Queue(queue) => queue.write(masked, &mut pairs),
            Transport::Exchange(exchange) => exchange.write(masked, &mut pairs),
            Transport::Kafka(kafka) => kafka.write(masked, &mut pairs),
        }
        Node::object(pairs)
    }
}

fn named_type(value: Value) -> Option<Option<Type>> {
    section::one_of(value, &TYPES).map(Some)
}

fn read_transport(kind: Type, section: &mut Section, before: Option<&Transport>) -> Result<Transport> {
    use super::transport::{Exchange, Http, Kafka, Queue};
    Ok(match (kind, before) {
        (Type::Http, Some(Transport::Http(before))) => Transport::Http(Http::read(section, Some(before))?),
        (Type::Queue, Some(Transport::Queue(before))) => Transport::Queue(Queue::read(section, Some(before))?),
        (Type::Exchange, Some(Transport::Exchange(before))) => {
            Transport::Exchange(Exchange::read(section, Some(before))?)
        }
        (Type::Kafka, Some(Transport::Kafka(before))) => Transport::Kafka(Kafka::read(section, Some(before))?),
        (Type::Http, _) => Transport::Http(Http::read(section, None)?),
        (Type::Queue, _) => Transport::Queue(Queue::read(section, None)?),
        (Type::Exchange, _) => Transport::Exchange(Exchange::read(section, None)?),
        (Type::Kafka, _) => Transport::Kafka(Kafka::read(section, None)?),
    })
}

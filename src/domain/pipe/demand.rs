//! What a run asks of the world outside, templates rendered; and what comes back.

use super::data::{Data, Object};
use super::pipes::{EventCode, Level, Limit, Method, PipeId};
use std::sync::Arc;
use std::time::Duration;

/// Something that a run waits for.
#[derive(Clone, Debug)]
pub enum Demand {
    /// A request; answered by [`Effect::Answer`].
    Http(Box<Request>),
    /// A query; answered by [`Effect::Rows`].
    Sql(Box<Query>),
    /// A value to keep.
    StoreSet {
        /// The virtual collection.
        table: String,
        /// The key.
        key: String,
        /// The value.
        value: Data,
        /// How long it lives.
        ttl: Duration,
    },
    /// A value that was kept; answered by [`Effect::Found`].
    StoreGet {
        /// The virtual collection.
        table: String,
        /// The key.
        key: String,
        /// Whether it is deleted in the same step.
        delete: bool,
    },
    /// A line for the log.
    Log {
        /// How much it matters.
        level: Level,
        /// What is put before the text; the engine's own when none is given.
        prefix: Option<String>,
        /// The text.
        message: String,
    },
    /// An event of the channel.
    Event(Box<Happening>),
    /// A run of the Schedule pipeline, later.
    Schedule {
        /// Where it enters.
        pipe: PipeId,
        /// The delay; the engine's own when none is given.
        delay: Option<Duration>,
        /// What `$in` and `$origin` are there.
        document: Data,
    },
    /// The message must not go after all, for this reason: it is kept back. No pipe asks for it, but whoever begins the run;
    /// answered by [`Effect::KeptBack`].
    KeepBack(&'static str),
}

/// A request, rendered.
#[derive(Clone, Debug)]
pub struct Request {
    /// The pipe that makes it: its limit and its pool are its own.
    pub pipe: PipeId,
    /// The verb.
    pub method: Method,
    /// The address.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub content: Payload,
    /// Name and password.
    pub auth: Option<(String, String)>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// Connections to one host.
    pub pool_size: Option<u32>,
    /// The cap on the rate.
    pub limit: Option<Limit>,
}

/// What a request sends.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Pairs: in the address for GET and DELETE, as an encoded form otherwise.
    Form(Vec<(String, Data)>),
    /// Pairs and files, each a part.
    Parts(Vec<(String, Data)>),
    /// A body of this type; none for a GET or DELETE that has none.
    Body {
        /// `application/json` or `application/xml`.
        content_type: &'static str,
        /// Its bytes.
        bytes: Option<Arc<[u8]>>,
    },
}

/// A query, rendered.
#[derive(Clone, Debug)]
pub struct Query {
    /// The connector; 0 is this database.
    pub connector: i64,
    /// Whether the first row is wanted, as an object.
    pub map: bool,
    /// The text, with `$1`, `$2`, …
    pub text: String,
    /// The values, in the order of their numbers.
    pub values: Vec<Data>,
    /// How long connecting may take.
    pub connection_timeout: Option<Duration>,
    /// How long the query may take.
    pub query_timeout: Option<Duration>,
}

/// An event, rendered.
#[derive(Clone, Debug)]
pub struct Happening {
    /// What it says.
    pub code: EventCode,
    /// The channel.
    pub channel: Option<i64>,
    /// The number of the channel's own event.
    pub action: Option<i64>,
    /// The message that it is about.
    pub send_message_id: String,
    /// What else it carries.
    pub rest: Object,
}

/// What came of a demand.
#[derive(Clone, Debug)]
pub enum Effect {
    /// It is done.
    Done,
    /// What was kept under the key, if anything was.
    Found(Option<Data>),
    /// The rows, each an object; or the first of them, or null.
    Rows(Data),
    /// The answer to a request.
    Answer(Answer),
    /// The message was kept back: the run is over.
    KeptBack,
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub code: u16,
    /// Headers by their names in lower case; of equal ones the last.
    pub headers: Object,
    /// The body.
    pub body: Arc<[u8]>,
}

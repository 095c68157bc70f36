//! The twelve kinds of pipes with their parameters, read (pipelines-and-hooks.md 3).

use super::template::{Form, Text};
use std::collections::BTreeMap;
use std::time::Duration;

/// The number of a pipe in its pipeline.
pub type PipeId = i64;

/// A pipe.
#[derive(Clone, Debug)]
pub struct Pipe {
    /// What exits of others point at.
    pub id: PipeId,
    /// What it does.
    pub work: Work,
    /// Where the event goes when it did its work; nowhere is the end.
    pub success: Option<PipeId>,
    /// Where it goes when it failed.
    pub error: Option<PipeId>,
}

/// What a pipe does.
#[derive(Clone, Debug)]
pub enum Work {
    /// Sets the answer of an entity operation: of `path`, or `$in.data` (3.1).
    Result {
        /// A template that yields the answer.
        path: Option<Form>,
    },
    /// Ends an entity operation with an error (3.2).
    Error {
        /// The code; 500 when none is given.
        code: i64,
        /// The text.
        message: Option<Text>,
    },
    /// Writes a line to the log of pipelines (3.3).
    Log(Log),
    /// Serialises a document into `$in.body` (3.4).
    Pack {
        /// JSON or XML.
        format: Format,
        /// The document.
        template: Form,
    },
    /// Reads `$in.body` into `$in.data` (3.5).
    Unpack {
        /// JSON or XML.
        format: Format,
    },
    /// Makes a request (3.6).
    Http(Box<Http>),
    /// Writes a value under a key (3.7).
    StoreSet {
        /// The virtual collection.
        table: Text,
        /// The key.
        key: Text,
        /// What to keep.
        value: Form,
        /// How many seconds it lives: a number, or a template of one.
        ttl: Form,
    },
    /// Reads a value by its key (3.8).
    StoreGet {
        /// The virtual collection.
        table: Text,
        /// The key.
        key: Text,
        /// The field of `$in` that receives it; the key itself when none is given.
        name: Option<String>,
        /// Whether it is deleted in the same step.
        delete: bool,
        /// Where the event goes when there is none; without it a miss is an error.
        not_found: Option<PipeId>,
    },
    /// Sends the event to the first of several pipes whose condition holds (3.9).
    Selector {
        /// The conditions in order: a query of JsonQL with templates, and the pipe.
        outs: Vec<(super::jsonql::Query, PipeId)>,
    },
    /// Runs a query (3.10).
    Sql(Sql),
    /// Registers an event of the channel (3.11).
    Event(Event),
    /// Hands the event over to the Schedule pipeline, to run later (3.12).
    Scheduled {
        /// The pipe of the Schedule pipeline where it enters.
        pipe: PipeId,
        /// The delay; `pg_member.pipe_scheduler_delay` when none is given.
        delay: Option<Duration>,
        /// What `$in` and `$origin` are there.
        template: Form,
    },
}

impl Work {
    /// The name of the kind, as `type` writes it.
    pub fn name(&self) -> &'static str {
        match self {
            Work::Result { .. } => "result",
            Work::Error { .. } => "error",
            Work::Log(_) => "log",
            Work::Pack { .. } => "pack",
            Work::Unpack { .. } => "unpack",
            Work::Http(_) => "http_request",
            Work::StoreSet { .. } => "store_set",
            Work::StoreGet { .. } => "store_get",
            Work::Selector { .. } => "selector",
            Work::Sql(_) => "sql_pipe",
            Work::Event(_) => "event",
            Work::Scheduled { .. } => "scheduled",
        }
    }
}

/// What is written to the log.
#[derive(Clone, Debug)]
pub struct Log {
    /// Put before the text; `<channel id>|<pipe id>` when none is given.
    pub prefix: Option<Text>,
    /// The text.
    pub message: Text,
    /// How much it matters.
    pub level: Level,
}

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks for a fault.
    Trace,
    /// The same, less of it.
    Debug,
    /// As it should be.
    Info,
    /// It may need a look.
    Warn,
    /// It needs one.
    Error,
}

impl Level {
    /// Every level by its name.
    pub const ALL: [(&'static str, Level); 5] = [
        ("trace", Level::Trace),
        ("debug", Level::Debug),
        ("info", Level::Info),
        ("warn", Level::Warn),
        ("error", Level::Error),
    ];

    /// The level of this name.
    pub fn parse(name: &str) -> Option<Level> {
        Level::ALL.iter().find(|(known, _)| *known == name).map(|(_, level)| *level)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Level::ALL.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}

/// A format of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// XML.
    Xml,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Http {
    /// The verb.
    pub method: Method,
    /// Where the data come from and how they go.
    pub content: Content,
    /// The address.
    pub url: Text,
    /// Headers: name and value.
    pub headers: Vec<(String, Text)>,
    /// Name and password of basic authentication, if a name is given.
    pub auth: Option<(Text, Text)>,
    /// How long it may take; `pg_member.pipe_http_timeout` when none is given.
    pub timeout: Option<Duration>,
    /// The codes of success.
    pub success_codes: Vec<u16>,
    /// Connections to one host within one channel; `pg_member.pipe_http_max_conn` when none is given.
    pub pool_size: Option<u32>,
    /// The cap on the rate.
    pub limit: Option<Limit>,
}

/// The verb of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Replaces.
    Put,
    /// Deletes.
    Delete,
}

/// Where the data of a request come from and how they go.
#[derive(Clone, Debug)]
pub enum Content {
    /// Pairs: in the address for GET and DELETE, as an encoded form otherwise.
    Form(BTreeMap<String, Form>),
    /// Pairs and files, each a part.
    FormData(BTreeMap<String, Form>),
    /// `$in.body`, said to be JSON.
    Json,
    /// `$in.body`, said to be XML.
    Xml,
}

/// At most so many starts in any window of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// The length of the window.
    pub period: Duration,
}

/// A query of SQL.
#[derive(Clone, Debug)]
pub struct Sql {
    /// The connector; 0 is this database.
    pub connector: i64,
    /// Whether the first row is wanted, as an object, rather than all, as a list.
    pub map: bool,
    /// The query with `$1`, `$2`, … where templates stood.
    pub query: String,
    /// The templates, in the order of their numbers.
    pub values: Vec<Form>,
    /// How long connecting may take; `pg_member.pipe_sql_connection_timeout` when none is given.
    pub connection_timeout: Option<Duration>,
    /// How long the query may take; `pg_member.pipe_sql_query_timeout` when none is given.
    pub query_timeout: Option<Duration>,
}

/// An event of the channel.
#[derive(Clone, Debug)]
pub struct Event {
    /// What it says.
    pub code: EventCode,
    /// The channel; none for the answers to Moderate and Stop.
    pub channel: Option<i64>,
    /// The number of the channel's own event; none for the same.
    pub action: Option<i64>,
    /// The message that it is about.
    pub send_message_id: Text,
    /// What else it carries: `message` and the like.
    pub rest: BTreeMap<String, Form>,
}

/// What an event of the Eventer says (3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventCode {
    /// The placement has been taken down.
    Stop,
    /// Moderation passed.
    ModeratePass,
    /// Moderation refused.
    ModerateError,
    /// Handed to the outside service.
    Send,
    /// Delivered.
    Deliv,
    /// A temporary failure.
    SoftBounce,
    /// A final failure.
    HardBounce,
    /// The recipient complained.
    Complain,
    /// Not delivered.
    Undeliv,
    /// The recipient answered.
    Reply,
    /// One that the channel defines itself.
    Custom,
}

impl EventCode {
    /// Every code by its name.
    pub const ALL: [(&'static str, EventCode); 11] = [
        ("stop", EventCode::Stop),
        ("moderate_pass", EventCode::ModeratePass),
        ("moderate_error", EventCode::ModerateError),
        ("send", EventCode::Send),
        ("deliv", EventCode::Deliv),
        ("sbounce", EventCode::SoftBounce),
        ("hbounce", EventCode::HardBounce),
        ("complain", EventCode::Complain),
        ("undeliv", EventCode::Undeliv),
        ("reply", EventCode::Reply),
        ("custom", EventCode::Custom),
    ];

    /// The code of this name.
    pub fn parse(name: &str) -> Option<EventCode> {
        EventCode::ALL.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        EventCode::ALL.iter().find(|(_, code)| *code == self).map_or("", |(name, _)| name)
    }

    /// Whether it answers Moderate or Stop: it changes a sending and is no event of the channel's own.
    pub fn is_answer(self) -> bool {
        matches!(self, EventCode::Stop | EventCode::ModeratePass | EventCode::ModerateError)
    }
}

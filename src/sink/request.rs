//! A request of the HTTP Request pipe and its answer, as plain data (pipelines-and-hooks.md 3.6).

use crate::domain::pipe::pipes::{Limit, Method, PipeId};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The pipe that asks: what a cap on the rate belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asking {
    /// Its channel; connections are counted by channel and host.
    pub channel: i64,
    /// The name of its pipeline within the channel.
    pub pipeline: Arc<str>,
    /// Its number there.
    pub pipe: PipeId,
}

/// A request.
#[derive(Clone)]
pub struct Request {
    /// Who asks.
    pub asking: Asking,
    /// The verb.
    pub method: Method,
    /// The address, `http` or `https`.
    pub url: String,
    /// Headers. A `Content-Type` goes before ours, but for parts; lengths and encodings of the body are not taken.
    pub headers: Vec<(String, String)>,
    /// Name and password of basic authentication.
    pub auth: Option<(String, String)>,
    /// What it carries.
    pub content: Content,
    /// How long it may take, from its start to the end of the answer, the fetching of files included.
    pub timeout: Duration,
    /// How many requests of the channel may be under way to this host, this one included.
    pub pool_size: usize,
    /// The cap on the starts of the pipe.
    pub limit: Option<Limit>,
    /// The most octets of an answer, and of each file.
    pub room: usize,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing.
    None,
    /// Pairs, put behind the address.
    Query(Vec<(String, String)>),
    /// Pairs, as an encoded form in the body.
    Form(Vec<(String, String)>),
    /// Parts of a `multipart/form-data`.
    Parts(Vec<(String, Part)>),
    /// Bytes and what they are said to be.
    Body {
        /// The media type.
        kind: &'static str,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
}

/// A part of a form; a list of files is several parts of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A text.
    Text(String),
    /// A file, fetched when the request is made, by the same rules.
    File {
        /// How it is called.
        name: String,
        /// Its media type; `application/octet-stream` where none is given.
        mime: Option<String>,
        /// Its length as the platform knows it: one that is too long is not fetched.
        size: Option<u64>,
        /// Where it is.
        url: String,
    },
}

/// An answer, whatever its status: what is a success is the pipe's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub code: u16,
    /// Headers by their names in lower case; of equal ones the last.
    pub headers: BTreeMap<String, String>,
    /// The whole body, unpacked where it came packed.
    pub body: Vec<u8>,
}

impl Answer {
    /// The status in digits and, where it is a known one, words: `404 Not Found`.
    pub fn status_line(&self) -> String {
        let known = http::StatusCode::from_u16(self.code).ok();
        match known.and_then(|status| status.canonical_reason()) {
            Some(words) => format!("{} {words}", self.code),
            None => self.code.to_string(),
        }
    }
}

/// Addresses, headers, passwords and what it carries are nobody's business but the receiver's.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("asking", &self.asking).field("method", &self.method).finish_non_exhaustive()
    }
}

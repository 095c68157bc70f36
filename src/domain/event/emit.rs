//! The request of `event_emit`: an event of any known type, recorded by a client or a trigger (shapes.md 7).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Object, Value};
use crate::domain::member::target::Kind;
use crate::domain::request::{Request, wrong};
use crate::domain::time;
use std::borrow::Cow;

/// What it may carry.
const KNOWN: &[&str] = &[
    "event_type",
    "email",
    "addr_type",
    "dataset",
    "event_date",
    "event_data",
    "custom_data",
    "campaign_id",
    "message_id",
    "resource_id",
    "segment_id",
    "pixel_id",
    "launch_id",
    "send_message_id",
    "is_test",
    "content",
];
/// Its numbers, which event_data may name too.
const NUMBERS: &[&str] = &["campaign_id", "message_id", "resource_id", "segment_id", "pixel_id"];
/// Its texts, likewise.
const TEXTS: &[&str] = &["launch_id", "send_message_id"];
/// The most octets of a text that names a message or a launch.
const MAX_NAME: usize = 256;

/// A request, read.
pub struct Emission<'a> {
    /// The type's code.
    pub event_type: &'a str,
    /// Whom it is about.
    pub about: About<'a>,
    /// When it happened, in the server's microseconds; now where it is not given.
    pub at: Option<i64>,
    /// The call's own event_data.
    data: Option<Object<'a>>,
    /// Everything else that the log keeps.
    more: Vec<(&'static str, Value<'a>)>,
    /// What reading it gave.
    pub warnings: Vec<Error>,
}

/// Whom an event is about.
pub enum About<'a> {
    /// Nobody.
    Nobody,
    /// The subscriber of an identifier.
    Address(Cow<'a, str>, Kind),
    /// A body.
    Dataset(i64),
}

impl<'a> Emission<'a> {
    /// Reads a request. Errors: `error/param/…`, `error/addr_type/unknown`.
    pub fn read(request: Value<'a>) -> Result<Emission<'a>> {
        let request = Request::open(request, KNOWN, &[])?;
        let event_type = request.required("event_type", request.text("event_type")?)?;
        let about = match (request.identifier("email")?, request.value("dataset")?) {
            (Some(email), None) => About::Address(email, Kind::of(&request, "addr_type")?),
            (None, Some(dataset)) => {
                About::Dataset(dataset.as_i64().ok_or_else(|| wrong("dataset", "the number of a subscriber's data"))?)
            }
            (None, None) => About::Nobody,
            (Some(_), Some(_)) => return Err(wrong("dataset", "left out where email is given")),
        };
        let at = request.text("event_date")?.map(date).transpose()?;
        let mut more = Vec::new();
        for name in NUMBERS {
            let whole = |value: &Value| value.as_i64().is_some();
            keep(&request, name, "a whole number", whole, &mut more)?;
        }
        for name in TEXTS {
            let short = |value: &Value| value.as_str().is_some_and(|text| text.len() <= MAX_NAME);
            keep(&request, name, "a text of at most 256 octets", short, &mut more)?;
        }
        keep(&request, "custom_data", "an object", |value| value.as_object().is_some(), &mut more)?;
        keep(&request, "content", "", |_| true, &mut more)?;
        if request.flag("is_test")? {
            more.push(("is_test", Value::Bool(true)));
        }
        let data = request.object("event_data")?;
        Ok(Emission { event_type, about, at, data, more, warnings: request.warnings })
    }

    /// What the log keeps: `event_data`, filled with what the call names beside it where the type knows the key, and
    /// the rest. `keys` are those of the type with their kinds.
    ///
    /// Errors: `error/param/wrong` for a key of another kind than the type's.
    pub fn body(&self, keys: Object<'a>) -> Result<Node<'a>> {
        let mut data = Vec::new();
        if let Some(given) = self.data {
            for pair in given.iter() {
                let (key, value) = pair?;
                if let Some(kind) = keys.get(key)?.and_then(|kind| kind.as_str())
                    && !is_of(kind, &value)
                {
                    return Err(Error::new(Id::ParamWrong, format!("event_data.{key} must be of the kind {kind}")));
                }
                data.push((key, Node::from(value)));
            }
        }
        for (name, value) in &self.more {
            let is_named = data.iter().any(|(key, _)| key == name);
            if !is_named && keys.get(name)?.is_some() {
                data.push((name, Node::from(*value)));
            }
        }
        let mut body = vec![("event_data", Node::object(data))];
        body.extend(self.more.iter().map(|(name, value)| (*name, Node::from(*value))));
        Ok(Node::object(body))
    }

    /// What it does to the identifier.
    pub fn effect(&self) -> Result<Option<Effect<'a>>> {
        let text = |key: &str| Ok::<_, Error>(self.value(key)?.and_then(|value| value.as_str()));
        let number = |key: &str| Ok::<_, Error>(self.value(key)?.and_then(|value| value.as_i64()));
        Ok(Some(match self.event_type {
            "hbounce" | "sbounce" => Effect::Bounce(Bounce {
                is_final: self.event_type == "hbounce",
                message: text("message")?,
                letter: number("message_id")?,
                launch: self.value("launch_id")?.and_then(|value| value.as_str()?.parse().ok()),
            }),
            "deliv" | "deliv_sms" | "deliv_push" => Effect::Delivered,
            "unsub" | "unsub_sms" | "unsub_push" | "complain" => Effect::Unsubscribed { source: text("ip")? },
            "open" | "uopen" | "click" | "uclick" if text("device")? != Some("bot") => match text("tz")? {
                Some(zone) if !zone.is_empty() => Effect::Seen { zone },
                _ => return Ok(None),
            },
            _ => return Ok(None),
        }))
    }

    /// A value of event_data, or of the call itself.
    fn value(&self, key: &str) -> Result<Option<Value<'a>>> {
        if let Some(value) = self.data.map(|data| data.get(key)).transpose()?.flatten() {
            return Ok(Some(value));
        }
        Ok(self.more.iter().find(|(name, _)| *name == key).map(|(_, value)| *value))
    }
}

/// What an event does to the identifier it is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect<'a> {
    /// A delivery failed.
    Bounce(Bounce<'a>),
    /// One arrived: earlier failures are forgotten.
    Delivered,
    /// The subscriber wants no more.
    Unsubscribed {
        /// The IP address it came from.
        source: Option<&'a str>,
    },
    /// The subscriber was seen in a time zone.
    Seen {
        /// Its IANA name.
        zone: &'a str,
    },
}

/// A failed delivery.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounce<'a> {
    /// Whether it locks the identifier at once.
    pub is_final: bool,
    /// What the other side said.
    pub message: Option<&'a str>,
    /// The message.
    pub letter: Option<i64>,
    /// The launch.
    pub launch: Option<i64>,
}

impl Bounce<'_> {
    /// Whether it locks the identifier, being so many in a row; `limit` is how many soft ones do, 0 for never.
    pub fn locks(&self, in_a_row: i32, limit: i32) -> bool {
        self.is_final || (limit > 0 && in_a_row >= limit)
    }
}

fn keep<'a>(
    request: &Request<'a>,
    name: &'static str,
    form: &str,
    is_right: impl Fn(&Value) -> bool,
    more: &mut Vec<(&'static str, Value<'a>)>,
) -> Result<()> {
    if let Some(value) = request.value(name)? {
        if !is_right(&value) {
            return Err(wrong(name, form));
        }
        more.push((name, value));
    }
    Ok(())
}

/// An instant of RFC 3339. Errors: `error/param/wrong`.
fn date(text: &str) -> Result<i64> {
    time::parse_rfc3339(text).ok_or_else(|| wrong("event_date", "an instant as RFC 3339 writes it"))
}

/// Whether a value is of one of the kinds that event types name; null is of every kind.
fn is_of(kind: &str, value: &Value) -> bool {
    match (kind, value) {
        (_, Value::Null) => true,
        ("int", value) => value.as_i64().is_some(),
        ("text", value) => value.as_str().is_some(),
        ("float", Value::Number(_)) | ("bool", Value::Bool(_)) => true,
        ("object", value) => value.as_object().is_some(),
        ("list", Value::Array(_)) => true,
        _ => false,
    }
}

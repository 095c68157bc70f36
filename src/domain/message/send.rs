//! `message_send`: what a request asks for (shapes.md 11).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Object, Value};
use crate::domain::member::set::writable;
use crate::domain::member::target::Kind;
use crate::domain::request::{Request, wrong};
use crate::domain::time;
use std::borrow::Cow;

/// What it takes.
const KNOWN: &[&str] = &[
    "channel",
    "email",
    "addr_type",
    "group",
    "group.filter",
    "to",
    "to_addr_type",
    "template",
    "letter",
    "sender",
    "resource",
    "campaign",
    "fields",
    "custom_data",
    "start_time",
    "stop_time",
    "is_test",
    "track.info",
    "issue.id",
];

/// Whom a message goes to.
pub enum Whom<'a> {
    /// The subscriber of an identifier.
    Address {
        /// As written.
        email: Cow<'a, str>,
        /// Its kind.
        kind: Kind,
        /// The real address behind a substitute, as written, and its kind.
        to: Option<(Cow<'a, str>, Kind)>,
    },
    /// The members of a group, or those that a filter finds.
    Group,
    /// A place: the resource of an indirect channel.
    Place,
}

/// What a message says.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// A template, by its number.
    Template(i64),
    /// The fields of one.
    Inline(Object<'a>),
    /// A letter, by its number.
    Letter(i64),
    /// `fields` alone.
    None,
}

/// A valid request.
pub struct SendRequest<'a> {
    /// The channel: its number or its string_id. A letter has one of its own.
    pub channel: Option<Value<'a>>,
    /// Whom it goes to.
    pub whom: Whom<'a>,
    /// What it says.
    pub content: Content<'a>,
    /// What overrides fields of the template.
    pub fields: Option<Object<'a>>,
    /// The number of the sender.
    pub sender: Option<i64>,
    /// The number of the resource.
    pub resource: Option<i64>,
    /// The number of the campaign.
    pub campaign: Option<i64>,
    /// What events of the message carry.
    pub custom_data: Option<Object<'a>>,
    /// Not before this, in the server's microseconds.
    pub start: Option<i64>,
    /// Not after this.
    pub stop: Option<i64>,
    /// Whether it is a test.
    pub is_test: bool,
    /// What the track of a launch shows beside it.
    pub info: Option<&'a str>,
    /// The launch to a place that is written anew: moderation refused it.
    pub launch: Option<i64>,
}

impl<'a> SendRequest<'a> {
    /// Opens a request. Errors: `error/param/wrong`.
    pub fn open(value: Value<'a>) -> Result<Request<'a>> {
        Request::open(value, KNOWN, &[])
    }

    /// Reads it. Errors: `error/param/…`, `error/addr_type/…`.
    pub fn read(request: &Request<'a>) -> Result<SendRequest<'a>> {
        let (start, stop) = (instant(request, "start_time")?, instant(request, "stop_time")?);
        if start.zip(stop).is_some_and(|(start, stop)| stop <= start) {
            return Err(wrong("stop_time", "later than start_time"));
        }
        Ok(SendRequest {
            channel: request.value("channel")?,
            whom: read_whom(request)?,
            content: read_content(request)?,
            fields: request.object("fields")?,
            sender: number(request, "sender")?,
            resource: number(request, "resource")?,
            campaign: number(request, "campaign")?,
            custom_data: request.object("custom_data")?,
            start,
            stop,
            is_test: request.flag("is_test")?,
            info: request.text("track.info")?,
            launch: number(request, "issue.id")?,
        })
    }
}

fn read_whom<'a>(request: &Request<'a>) -> Result<Whom<'a>> {
    let is_group = request.value("group")?.or(request.value("group.filter")?).is_some();
    let to = request.identifier("to")?;
    match (request.identifier("email")?, is_group) {
        (Some(_), true) => Err(wrong("group", "left out where email is given")),
        (Some(email), false) => {
            let kind = writable(Kind::of(request, "addr_type")?)?;
            let to = to.map(|to| Ok::<_, Error>((to, writable(Kind::of(request, "to_addr_type")?)?))).transpose()?;
            Ok(Whom::Address { email, kind, to })
        }
        (None, _) if to.is_some() => Err(Error::new(Id::ParamMissing, "email")),
        (None, true) => Ok(Whom::Group),
        (None, false) => Ok(Whom::Place),
    }
}

fn read_content<'a>(request: &Request<'a>) -> Result<Content<'a>> {
    let letter = number(request, "letter")?;
    match (request.value("template")?, letter) {
        (Some(_), Some(_)) => Err(wrong("letter", "left out where template is given")),
        (None, Some(letter)) => Ok(Content::Letter(letter)),
        (Some(Value::Object(fields)), None) => Ok(Content::Inline(fields)),
        (Some(_), None) => match request.number("template") {
            Ok(Some(template)) => Ok(Content::Template(template)),
            _ => Err(wrong("template", "the number of a template, or its fields")),
        },
        (None, None) => Ok(Content::None),
    }
}

/// The number of a row; 0 and nothing are none.
fn number(request: &Request, name: &str) -> Result<Option<i64>> {
    Ok(request.number(name)?.filter(|number| *number != 0))
}

fn instant(request: &Request, name: &str) -> Result<Option<i64>> {
    let read = |text: &str| time::parse_rfc3339(text).ok_or_else(|| wrong(name, "an instant as RFC 3339 writes it"));
    request.text(name)?.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};

    fn refusal(text: &str) -> Option<Id> {
        let bytes = parse(text).unwrap();
        let request = SendRequest::open(root(&bytes).unwrap()).unwrap();
        SendRequest::read(&request).err().map(|error| error.id)
    }

    #[test]
    fn what_excludes_each_other_is_refused() {
        for (text, id) in [
            (r#"{"email": "a@example.com", "template": 5}"#, None),
            (r#"{"email": "a@example.com", "template": {"text": "x"}, "fields": {"text": "y"}}"#, None),
            (r#"{"group": "g", "letter": 1, "start_time": "2026-01-01T10:00:00Z"}"#, None),
            (r#"{"resource": 3}"#, None),
            (r#"{"email": "a@example.com", "group": "g"}"#, Some(Id::ParamWrong)),
            (r#"{"email": "a@example.com", "template": 5, "letter": 6}"#, Some(Id::ParamWrong)),
            (r#"{"email": "a@example.com", "template": [5]}"#, Some(Id::ParamWrong)),
            (r#"{"email": "5", "addr_type": "dataset"}"#, Some(Id::AddrTypeUnusable)),
            (r#"{"to": "a@example.com"}"#, Some(Id::ParamMissing)),
            (r#"{"start_time": "tomorrow"}"#, Some(Id::ParamWrong)),
            (r#"{"start_time": "2026-01-02T00:00:00Z", "stop_time": "2026-01-01T00:00:00Z"}"#, Some(Id::ParamWrong)),
        ] {
            assert_eq!(refusal(text), id, "{text}");
        }
    }
}

//! The request of `event_emit`: an event of any known type, recorded by a client or a trigger (shapes.md 7).

use crate::domain::address::AddrType;
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
    "sends_trying_num",
    "is_static",
    "subscription_hash_id",
    "subscription",
];
/// Its numbers, which event_data may name too.
const NUMBERS: &[&str] = &["campaign_id", "message_id", "resource_id", "segment_id", "pixel_id"];
/// Its texts, likewise.
const TEXTS: &[&str] = &["launch_id", "send_message_id", "subscription_hash_id"];
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
        let tries = |value: &Value| value.as_i64().is_some_and(|tries| tries >= 0);
        keep(&request, "sends_trying_num", "a whole number, 0 or more", tries, &mut more)?;
        keep(&request, "subscription", "a list", |value| value.as_array().is_some(), &mut more)?;
        if request.value("is_static")?.is_some() {
            more.push(("is_static", Value::Bool(request.flag("is_static")?)));
        }
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

    /// What it does to the identifier; `code` is that of its type, or the base of it where a channel of one's own has one.
    ///
    /// Errors: `error/param/wrong`.
    pub fn effect(&self, code: &str) -> Result<Option<Effect<'a>>> {
        let text = |key: &str| Ok::<_, Error>(self.value(key)?.and_then(|value| value.as_str()));
        let number = |key: &str| Ok::<_, Error>(self.value(key)?.and_then(|value| value.as_i64()));
        Ok(Some(match code {
            "hbounce" | "sbounce" => Effect::Bounce(Bounce {
                is_final: code == "hbounce",
                message: text("message")?,
                letter: number("message_id")?,
                launch: self.value("launch_id")?.and_then(|value| launch_number(value.as_str()?)),
            }),
            "deliv" | "deliv_sms" | "deliv_push" => Effect::Delivered,
            "unsub" | "unsub_sms" | "unsub_push" | "complain" => {
                Effect::Unsubscribed { source: text("ip")?, sender: self.sender()? }
            }
            "open" | "uopen" | "click" | "uclick" | "click_sms" | "uclick_sms" | "open_push" | "uopen_push"
            | "click_push" | "uclick_push"
                if text("device")? != Some("bot") =>
            {
                match text("tz")? {
                    Some(zone) if !zone.is_empty() => Effect::Seen { zone },
                    _ => return Ok(None),
                }
            }
            other => {
                let Some((addr_type, state)) = state_of(other) else { return Ok(None) };
                let of = if addr_type == AddrType::Vk { "community" } else { "bot" };
                let Some(community) = number(of)? else { return Ok(None) };
                Effect::State { addr_type, community, state }
            }
        }))
    }

    /// The sender that a subscriber turned away from; 0 for every one.
    fn sender(&self) -> Result<i64> {
        match self.value("sender_id")?.filter(|value| !value.is_null()) {
            None => Ok(0),
            Some(value) => {
                value.as_i64().filter(|id| *id >= 0).ok_or_else(|| wrong("event_data.sender_id", "a number"))
            }
        }
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
        /// From this sender alone; 0 from anybody.
        sender: i64,
    },
    /// The subscriber was seen in a time zone.
    Seen {
        /// Its IANA name.
        zone: &'a str,
    },
    /// What the subscriber is to a community or a bot changed.
    State {
        /// The type of the identifiers that have such.
        addr_type: AddrType,
        /// The number of the community or the bot.
        community: i64,
        /// sub, member, unsub, left or err.
        state: &'static str,
    },
}

/// Which state of which type of identifiers an event reports.
fn state_of(code: &str) -> Option<(AddrType, &'static str)> {
    let (what, whose) = code.split_once('_')?;
    let addr_type = match whose {
        "vk" => AddrType::Vk,
        "tg" => AddrType::Tg,
        "max" => AddrType::Max,
        _ => return None,
    };
    let state = match what {
        "sub" => "sub",
        "join" => "member",
        "unsub" => "unsub",
        "leave" => "left",
        "undeliv" => "err",
        _ => return None,
    };
    Some((addr_type, state))
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

/// The number of a launch; one of the platform's form is 24 digits and no number.
fn launch_number(text: &str) -> Option<i64> {
    if text.len() < 24 { text.parse().ok() } else { None }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};

    /// What an event of this type with these data does, as Rust shows it.
    fn effect(code: &str, more: &str) -> Result<String> {
        let bytes = parse(&format!(r#"{{"event_type": "x", "email": "a@example.com", {more}}}"#)).unwrap();
        let emission = Emission::read(root(&bytes).unwrap())?;
        Ok(emission.effect(code)?.map(|effect| format!("{effect:?}")).unwrap_or_default())
    }

    #[test]
    fn events_do_what_their_type_says() {
        let bounce = |is_final: bool, rest: &str| format!("Bounce(Bounce {{ is_final: {is_final}, {rest} }})");
        let nothing = "message: None, letter: None, launch: None";
        let told = r#"message: Some("full"), letter: Some(5), launch: Some(12)"#;
        for (code, more, does) in [
            ("hbounce", r#""event_data": {}"#, bounce(true, nothing)),
            (
                "sbounce",
                r#""event_data": {"message": "full", "message_id": 5}, "launch_id": "12""#,
                bounce(false, told),
            ),
            ("deliv_sms", r#""event_data": {}"#, "Delivered".into()),
            (
                "unsub",
                r#""event_data": {"ip": "192.0.2.1"}"#,
                r#"Unsubscribed { source: Some("192.0.2.1"), sender: 0 }"#.into(),
            ),
            ("complain", r#""event_data": {"sender_id": 7}"#, "Unsubscribed { source: None, sender: 7 }".into()),
            ("click_push", r#""event_data": {"tz": "Asia/Tokyo"}"#, r#"Seen { zone: "Asia/Tokyo" }"#.into()),
            ("click", r#""event_data": {"tz": "Asia/Tokyo", "device": "bot"}"#, String::new()),
            ("open", r#""event_data": {"tz": ""}"#, String::new()),
            (
                "join_vk",
                r#""event_data": {"community": 5}"#,
                r#"State { addr_type: Vk, community: 5, state: "member" }"#.into(),
            ),
            (
                "undeliv_max",
                r#""event_data": {"bot": 6}"#,
                r#"State { addr_type: Max, community: 6, state: "err" }"#.into(),
            ),
            ("sub_tg", r#""event_data": {"community": 5}"#, String::new()),
            ("undeliv_sms", r#""event_data": {"bot": 6}"#, String::new()),
            ("sub_status", r#""event_data": {"bot": 6}"#, String::new()),
        ] {
            assert_eq!(effect(code, more).unwrap(), does, "{code} {more}");
        }
        assert_eq!(effect("unsub", r#""event_data": {"sender_id": "7"}"#).unwrap_err().id, Id::ParamWrong);
    }

    #[test]
    fn soft_bounces_lock_where_there_is_a_limit() {
        let bounce = |is_final| Bounce { is_final, message: None, letter: None, launch: None };
        for (is_final, in_a_row, limit, locks) in
            [(true, 1, 0, true), (false, 9, 0, false), (false, 1, 2, false), (false, 2, 2, true), (false, 3, 2, true)]
        {
            assert_eq!(bounce(is_final).locks(in_a_row, limit), locks);
        }
    }
}

//! `stoplist.*`: what the requests ask for (members.md 14).

use super::set::read_source;
use crate::domain::error::{Error, Result};
use crate::domain::json::Value;
use crate::domain::request::{Request, wrong};

/// Whose a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// The account's.
    Owner,
    /// The subscriber's own.
    Member,
}

impl Record {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Record::Owner => "owner",
            Record::Member => "member",
        }
    }

    /// The `type` of a request, if it names one. Errors: `error/param/wrong`.
    pub fn read(request: &Request) -> Result<Option<Record>> {
        match request.text("type")? {
            None | Some("") => Ok(None),
            Some("owner") => Ok(Some(Record::Owner)),
            Some("member") => Ok(Some(Record::Member)),
            Some(_) => Err(wrong("type", "owner or member")),
        }
    }
}

/// The sender that a record holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender<'a> {
    /// Every sender.
    All,
    /// One, by its number.
    Number(i64),
    /// One, by its name.
    Named(&'a str),
}

impl<'a> Sender<'a> {
    fn of(value: Value<'a>) -> Result<Sender<'a>> {
        let number = match value {
            Value::String("") => return Ok(Sender::All),
            Value::String(text) => match text.parse() {
                Ok(number) => Some(number),
                Err(_) => return Ok(Sender::Named(text)),
            },
            other => other.as_i64(),
        };
        match number {
            Some(0) => Ok(Sender::All),
            Some(number @ 1..) => Ok(Sender::Number(number)),
            _ => Err(wrong("sender", "the number or the name of a sender, or a list of them")),
        }
    }

    /// The sender of a request that may name one. Errors: `error/param/wrong`.
    pub fn read_one(request: &Request<'a>) -> Result<Option<Sender<'a>>> {
        match Sender::read(request)?.as_slice() {
            [] => Ok(None),
            [sender] => Ok(Some(*sender)),
            _ => Err(wrong("sender", "one sender")),
        }
    }

    /// The senders of a request, none where it names none. Errors: `error/param/wrong`.
    fn read(request: &Request<'a>) -> Result<Vec<Sender<'a>>> {
        match request.value("sender")? {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(|item| Sender::of(item?)).collect(),
            Some(value) => Ok(vec![Sender::of(value)?]),
        }
    }
}

/// What `stoplist.add` and `stoplist.delete` take beside whom they are about.
pub const CHANGE: &[&str] = &["type", "sender", "source"];

/// What a request of `stoplist.add` or `stoplist.delete` changes.
pub struct Change<'a> {
    /// Records of which type.
    pub record: Record,
    /// For which senders; at least one entry.
    pub senders: Vec<Sender<'a>>,
    /// The IP address of who asked for it first.
    pub source: Option<&'a str>,
}

impl<'a> Change<'a> {
    /// Reads [`CHANGE`]. Errors: `error/param/…`.
    pub fn read(request: &Request<'a>) -> Result<Change<'a>> {
        let mut senders = Sender::read(request)?;
        if senders.is_empty() {
            senders.push(Sender::All);
        }
        let record = Record::read(request)?.unwrap_or(Record::Owner);
        Ok(Change { record, senders, source: read_source(request)? })
    }
}

/// A valid request of `stoplist.erase`.
pub struct EraseRequest<'a> {
    /// Which records go.
    pub record: Record,
    /// For which sender; whatever the sender where none is named.
    pub sender: Option<Sender<'a>>,
    /// The IP address of who asked for it first.
    pub source: Option<&'a str>,
    /// Whether the caller waits for it.
    pub is_sync: bool,
    /// What the caller wrote beside its track.
    pub info: Option<&'a str>,
    /// Warnings of reading the request.
    pub warnings: Vec<Error>,
}

impl<'a> EraseRequest<'a> {
    /// Reads a request. Errors: `error/param/…`.
    pub fn read(value: Value<'a>) -> Result<EraseRequest<'a>> {
        let mut request = Request::open(value, &["type", "sender", "source", "sync", "track.info"], &[])?;
        Ok(EraseRequest {
            record: Record::read(&request)?.unwrap_or(Record::Owner),
            sender: Sender::read_one(&request)?,
            source: read_source(&request)?,
            is_sync: request.value("sync")?.is_none() || request.flag("sync")?,
            info: request.text("track.info")?,
            warnings: std::mem::take(&mut request.warnings),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Id;
    use crate::domain::json::{parse, root};

    fn change<T>(text: &str, check: impl FnOnce(Change) -> T) -> Result<T> {
        let bytes = parse(text).unwrap();
        Change::read(&Request::open(root(&bytes).unwrap(), CHANGE, &[]).unwrap()).map(check)
    }

    #[test]
    fn a_change_is_the_owners_and_for_every_sender_unless_it_says_otherwise() {
        for (text, record, senders) in [
            (r#"{"email": "a"}"#, Record::Owner, vec![Sender::All]),
            (r#"{"email": "a", "type": "", "sender": ""}"#, Record::Owner, vec![Sender::All]),
            (r#"{"email": "a", "type": "member", "sender": 7}"#, Record::Member, vec![Sender::Number(7)]),
            (
                r#"{"list": ["a"], "sender": ["Shop", "8", 0]}"#,
                Record::Owner,
                vec![Sender::Named("Shop"), Sender::Number(8), Sender::All],
            ),
        ] {
            let read = change(text, |read| (read.record, format!("{:?}", read.senders))).unwrap();
            assert_eq!(read, (record, format!("{senders:?}")), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (text, id, explain) in [
            (r#"{"email": "a", "type": "both"}"#, Id::ParamWrong, "type must be owner or member"),
            (r#"{"email": "a", "sender": -1}"#, Id::ParamWrong, "sender must be"),
            (r#"{"email": "a", "sender": {}}"#, Id::ParamWrong, "sender must be"),
        ] {
            let error = change(text, |_| ()).unwrap_err();
            assert_eq!(error.id, id, "{text}");
            assert!(error.explain.starts_with(explain), "{text}: {}", error.explain);
        }
    }
}

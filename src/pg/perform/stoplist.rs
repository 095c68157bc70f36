//! `stoplist.*`: who must not be written to (members.md 14).
//!
//! A record is about an identifier, not about a subscriber: it needs none and stays when one is deleted.

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded};
use crate::domain::member::cookie::{Cookie, Purpose as Link};
use crate::domain::member::set::read_source;
use crate::domain::member::stoplist::{CHANGE, Change, EraseRequest, Record, Sender};
use crate::domain::member::target::Target;
use crate::domain::reply::{self, reply};
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::each::follow;
use crate::pg::perform::job::{Kind as Job, Part, Progress};
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::mass::{self, Deed, Mass, Unseen};
use crate::pg::perform::stoplist_allowance::{Way, refuse_none, spend};
use crate::pg::perform::{confirm, track};
use crate::pg::spi::Session;
use crate::pg::store::address::{self, Known};
use crate::pg::store::dictionary::SENDER;
use crate::pg::store::stoplist;
use crate::pg::store::track::New;

/// `stoplist.add` on many.
const ADDING: Mass = Mass {
    action: "stoplist.add",
    phase: "adding",
    parameters: CHANGE,
    purpose: Purpose::Change,
    unseen: Unseen::Register,
    prepare: |session, request| {
        let (Change { record, source, .. }, senders) = change(session, request)?;
        let added = senders.clone();
        let deed = Deed::each(move |known| {
            let at = guc::statement_micros();
            added.iter().for_each(|sender| stoplist::add(session, &known.address, record, *sender, at, source));
            follow(session, known, source)?;
            Ok(true)
        });
        Ok(deed.unless_refused(move |all| spend(session, &addresses(all), record, Some(&senders), Way::Add)))
    },
};

/// `stoplist.delete` on many.
const DELETING: Mass = Mass {
    action: "stoplist.delete",
    phase: "taking out",
    parameters: CHANGE,
    purpose: Purpose::Change,
    unseen: Unseen::Skip,
    prepare: |session, request| {
        let (Change { record, source, .. }, senders) = change(session, request)?;
        let named = senders.clone();
        let deed = Deed::each(move |known| {
            let deleted = |sender: &i64| stoplist::delete(session, &known.address, record, Some(*sender), None);
            let is_done = named.iter().map(deleted).sum::<u64>() > 0;
            if is_done {
                follow(session, known, source)?;
            }
            Ok(is_done)
        });
        Ok(deed.unless_refused(move |all| spend(session, &addresses(all), record, Some(&senders), Way::Delete)))
    },
};

/// The track of [`add`].
pub const ADD: Job =
    Job { action: ADDING.action, is_alone: false, chunk: |session, part| mass::part(session, part, &ADDING) };
/// The track of [`delete`].
pub const DELETE: Job =
    Job { action: DELETING.action, is_alone: false, chunk: |session, part| mass::part(session, part, &DELETING) };
/// The track of [`erase`].
pub const ERASE: Job = Job { action: "stoplist.erase", is_alone: false, chunk: erase_part };

/// How many identifiers a part of erasing takes.
const CHUNK: i64 = 1000;

/// `stoplist.add {…, addr_type?, type?, sender?, source?}`, of any selector: `{"list": {as sent: 1 | 0}}`; later
/// `{"track.id"}`.
///
/// Errors: those of reading the request, `error/stoplist/member`, `error/stoplist/limit`, `error/dictionary/notexists`,
/// `error/member/concurrent`, `error/member/versioning`.
pub fn add(session: &Session, request: Value) -> Result<Encoded> {
    mass::call(session, request, &ADDING)
}

/// `stoplist.delete`, likewise; 0 where there was no such record. Errors: as [`add`].
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    mass::call(session, request, &DELETING)
}

/// What a request changes, and the numbers of its senders.
fn change<'a>(session: &Session, request: &Request<'a>) -> Result<(Change<'a>, Vec<i64>)> {
    let change = Change::read(request)?;
    refuse_none(session, change.record)?;
    let senders = numbers(session, &change.senders)?;
    Ok((change, senders))
}

/// `stoplist.erase {type?, sender?, source?, sync?, track.info?}`: `{"erased"}`, how many records went; with sync 0
/// `{"track.id"}`.
///
/// Errors: as [`add`].
pub fn erase(session: &Session, request: Value) -> Result<Encoded> {
    let asked = EraseRequest::read(request)?;
    refuse_none(session, asked.record)?;
    if !asked.is_sync {
        let work = encoded(&Node::from(request))?;
        let track = track::begin(&New { action: ERASE.action, info: asked.info, request: &work, total: None })?;
        return Encoded::new(&reply(vec![("track.id", Node::from(track))], &asked.warnings));
    }
    let (erased, _) = erase_next(session, &asked, None)?;
    Encoded::new(&reply(vec![("erased", Node::from(erased))], &asked.warnings))
}

fn erase_part(session: &Session, part: &Part) -> Result<Progress> {
    let (erased, is_over) = erase_next(session, &EraseRequest::read(part.request)?, Some(CHUNK))?;
    let done = part.done + erased;
    if !is_over {
        return Ok(Progress::More { done, state: encoded(&Node::Null)? });
    }
    Ok(Progress::Done { done, result: encoded(&Node::object([("erased", Node::from(done))]))? })
}

/// Takes the records of so many identifiers out, of all where there is no limit; how many records, and whether none is left.
fn erase_next(session: &Session, asked: &EraseRequest, limit: Option<i64>) -> Result<(i64, bool)> {
    let EraseRequest { record, sender, source, .. } = *asked;
    let sender = sender.map(|sender| number(session, sender)).transpose()?;
    let found = stoplist::addresses(session, record, sender, limit)?;
    let is_over = limit.is_none_or(|limit| (found.len() as i64) < limit);
    let targets: Vec<Target> = found.into_iter().map(Target::Address).collect();
    let held = lock::hold_all(session, &targets, &[], Purpose::Change)?;
    let all: Vec<&Known> = held.known.iter().flatten().collect();
    spend(session, &addresses(&all), record, sender.as_ref().map(std::slice::from_ref), Way::Delete)?;
    let mut erased = 0;
    for known in all {
        erased += stoplist::delete(session, &known.address, record, sender, None) as i64;
        follow(session, known, source)?;
    }
    held.keep();
    Ok((erased, is_over))
}

/// `stoplist.cancel {cookie, source?}`: takes the subscriber's own record that a link names out of the stop-list,
/// `{"member", "cancelled": 1 | 0}`; 0 where it is not there any more.
///
/// Errors: `error/param/…`, `error/member/wrongcookie`, `error/member/concurrent`, `error/member/versioning`.
pub fn cancel(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["cookie", "source"], &[])?;
    let cookie = request.required("cookie", request.text("cookie")?)?;
    let (cookie, source) = (confirm::genuine(session, cookie, Link::Cancel)?, read_source(&request)?);
    let known = address::find(session, &Target::Id(cookie.id))?.ok_or_else(confirm::wrong)?;
    let target = Target::Address(known.address);
    let held = lock::hold_all(session, &[target], &[], Purpose::Change)?.keep();
    let known = held.into_iter().flatten().next().ok_or_else(confirm::wrong)?;
    let Cookie { sender, at, .. } = cookie;
    let cancelled = stoplist::delete(session, &known.address, Record::Member, Some(sender), Some(at));
    follow(session, &known, source)?;
    let keys = vec![("member", reply::member(known.id, &known.address)), ("cancelled", Node::from(cancelled as i64))];
    Encoded::new(&reply(keys, &request.warnings))
}

fn addresses<'k>(all: &[&'k Known]) -> Vec<&'k Address> {
    all.iter().map(|known| &known.address).collect()
}

fn numbers(session: &Session, senders: &[Sender]) -> Result<Vec<i64>> {
    senders.iter().map(|sender| number(session, *sender)).collect()
}

/// The number that records name a sender by; 0 for every one. Errors: `error/dictionary/notexists`.
pub fn number(session: &Session, sender: Sender) -> Result<i64> {
    match sender {
        Sender::All => Ok(0),
        Sender::Number(number) => Ok(number),
        Sender::Named(name) => {
            let named = SENDER.list(session).into_iter().find(|entry| entry.name == name);
            named
                .map(|entry| entry.id)
                .ok_or_else(|| Error::new(Id::DictionaryNotexists, "sender names no known sender"))
        }
    }
}

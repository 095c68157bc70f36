//! `stoplist.*`: who must not be written to (members.md 14).
//!
//! A record is about an identifier, not about a subscriber: it needs none and stays when one is deleted.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded};
use crate::domain::member::cookie::{Cookie, Purpose as Link};
use crate::domain::member::set::read_source;
use crate::domain::member::stoplist::{Asked, CHANGE, Change, EraseRequest, GetRequest, Record, Sender};
use crate::domain::member::system::stop_keys;
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::{self, reply};
use crate::domain::request::Request;
use crate::domain::setting::STOPLIST_MEMBER_EDIT;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::each::follow;
use crate::pg::perform::job::{Kind as Job, Part, Progress};
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::mass::{self, Mass, Unseen};
use crate::pg::perform::{confirm, resolve, track};
use crate::pg::spi::Session;
use crate::pg::store::dictionary::SENDER;
use crate::pg::store::stoplist::{self, Listed, Listing};
use crate::pg::store::track::New;
use crate::pg::store::{address, setting};

/// How many records an answer shows at most (members.md, limits).
const MOST_LISTED: i64 = 50;

/// `stoplist.add` on many.
const ADDING: Mass = Mass {
    action: "stoplist.add",
    phase: "adding",
    parameters: CHANGE,
    purpose: Purpose::Change,
    unseen: Unseen::Register,
    prepare: |session, request| {
        let (Change { record, source, .. }, senders) = change(session, request)?;
        Ok(Box::new(move |known| {
            let at = guc::statement_micros();
            senders.iter().for_each(|sender| stoplist::add(session, &known.address, record, *sender, at, source));
            follow(session, known, source)?;
            Ok(true)
        }))
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
        Ok(Box::new(move |known| {
            let deleted = |sender: &i64| stoplist::delete(session, &known.address, record, Some(*sender), None);
            let is_done = senders.iter().map(deleted).sum::<u64>() > 0;
            if is_done {
                follow(session, known, source)?;
            }
            Ok(is_done)
        }))
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
/// Errors: those of reading the request, `error/stoplist/member`, `error/dictionary/notexists`,
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
    refuse_members_own(session, change.record)?;
    let senders = numbers(session, &change.senders)?;
    Ok((change, senders))
}

/// `stoplist.erase {type?, sender?, source?, sync?, track.info?}`: `{"erased"}`, how many records went; with sync 0
/// `{"track.id"}`.
///
/// Errors: as [`add`].
pub fn erase(session: &Session, request: Value) -> Result<Encoded> {
    let asked = EraseRequest::read(request)?;
    refuse_members_own(session, asked.record)?;
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
    let addresses = stoplist::addresses(session, record, sender, limit)?;
    let is_over = limit.is_none_or(|limit| (addresses.len() as i64) < limit);
    let targets: Vec<Target> = addresses.into_iter().map(Target::Address).collect();
    let mut erased = 0;
    for known in lock::hold_all(session, &targets, &[], Purpose::Change)?.keep().into_iter().flatten() {
        erased += stoplist::delete(session, &known.address, record, sender, None) as i64;
        follow(session, &known, source)?;
    }
    Ok((erased, is_over))
}

/// `stoplist.get {email | list | first?, skip?, addr_type?, type?, sender?}`: `{"list": [{email, addr_type, id, type,
/// sender, dt, source}], "last_page"?}`.
///
/// Errors: those of reading the request and of the identifier in `email`, `error/dictionary/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = GetRequest::read(request, MOST_LISTED)?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let sender = request.sender.map(|sender| number(session, sender)).transpose()?;
    let (records, is_last) = match &request.asked {
        Asked::Page { first, skip } => {
            let addr_type = match request.kind {
                Kind::Type(addr_type) => Some(addr_type),
                _ => None,
            };
            // One more tells whether this is the last page.
            let listing = Listing { addr_type, record: request.record, sender, skip: *skip, first: first + 1 };
            let mut records = stoplist::page(session, &listing)?;
            let is_last = records.len() <= *first as usize;
            records.truncate(*first as usize);
            (records, is_last)
        }
        Asked::Of(list) => {
            let mut records = Vec::new();
            for raw in list {
                records.extend(of_one(session, raw, &request, &mut warnings)?);
            }
            let is_asked = |listed: &Listed| {
                request.record.is_none_or(|record| listed.stop.kind == record.as_str())
                    && sender.is_none_or(|sender| listed.stop.sender == sender)
            };
            records.retain(is_asked);
            (records, false)
        }
    };
    let mut keys = vec![("list", shown(records)?)];
    if is_last {
        keys.push(("last_page", Node::from(1)));
    }
    Encoded::new(&reply(keys, &warnings))
}

/// The records of one identifier; of several, an invalid one is a warning.
fn of_one<'s>(
    session: &'s Session,
    raw: &str,
    request: &GetRequest,
    warnings: &mut Vec<Error>,
) -> Result<Vec<Listed<'s>>> {
    let target = match resolve::target(session, raw, request.kind, warnings) {
        Ok(target) => target,
        Err(invalid) if matches!(&request.asked, Asked::Of(list) if list.len() > 1) => {
            warnings.push(invalid);
            return Ok(Vec::new());
        }
        Err(invalid) => return Err(invalid),
    };
    let Some(known) = address::find(session, &target)? else { return Ok(Vec::new()) };
    let stops = stoplist::read(session, &known.address).into_iter();
    Ok(stops.map(|stop| Listed { id: Some(known.id), address: known.address.clone(), stop }).collect())
}

fn shown<'s>(records: Vec<Listed<'s>>) -> Result<Node<'s>> {
    let zone = guc::time_zone()?;
    Ok(Node::array(records.into_iter().map(|listed| {
        let mut keys = stop_keys(&listed.stop, &zone);
        keys.push(("id", Node::from(listed.id)));
        keys.push(("addr_type", Node::from(listed.address.addr_type.as_str())));
        keys.push(("email", Node::from(listed.address.value)));
        Node::object(keys)
    })))
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

/// Refuses to change what is the subscriber's own, unless the account may.
fn refuse_members_own(session: &Session, record: Record) -> Result<()> {
    if record == Record::Member && setting::number(session, STOPLIST_MEMBER_EDIT)? != Some(1) {
        return Err(Error::new(Id::StoplistMember, "type: member"));
    }
    Ok(())
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

//! `event_emit`: an event that a client or a trigger reports, in its place among the person's changes (shapes.md 7).

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::emit::{About, Bounce, Effect, Emission};
use crate::domain::json::{self, Value};
use crate::domain::member::stoplist::Record;
use crate::domain::member::system::State;
use crate::domain::member::system::lock::{ERRORS, REMOVED};
use crate::domain::message::smid::Smid;
use crate::domain::pipe::data::Data;
use crate::domain::time;
use crate::pg::guc;
use crate::pg::perform::follow::follow_heads;
use crate::pg::perform::lock::{self, Held};
use crate::pg::perform::resolve;
use crate::pg::spi::Session;
use crate::pg::store::event::{self, Row};
use crate::pg::store::message::Kept;
use crate::pg::store::{address, body, delivery_error, event_type, head, head_state, stoplist};

/// Records the event and gives its number.
///
/// Errors: those of the request, `error/event/type`, `error/event/about`, `error/member/notexists`,
/// `error/member/concurrent`.
pub fn emit(session: &Session, request: Value) -> Result<i64> {
    record(session, &Emission::read(request)?, None, Persons::Subscribers)
}

/// Records an event of a message: what the message says of itself, and `data` besides. Of one whose person is gone only
/// the message's own state tells; one of an express import may go to an identifier that never was anybody's.
///
/// Errors: `error/event/type`, `error/member/concurrent`, `error/param/wrong` for data of another kind than the type's.
pub fn of_message(
    session: &Session,
    code: &str,
    send_message_id: &str,
    message: &Kept,
    data: Vec<(&str, Data)>,
) -> Result<()> {
    let launch_id = Smid::parse(send_message_id).map(|smid| Data::from(smid.launch_id()));
    let mut event_data = vec![("channel_id", Data::from(message.channel)), ("sender_id", Data::from(message.sender))];
    event_data.push(("segment_id", Data::from(0)));
    event_data.extend(data);
    let mut request = vec![
        ("event_type", Data::from(code)),
        ("event_data", Data::object(event_data)),
        ("campaign_id", Data::from(message.campaign)),
        ("message_id", Data::from(message.template)),
        ("resource_id", Data::from(message.resource)),
        ("send_message_id", Data::from(send_message_id)),
        ("is_test", Data::Bool(message.is_test)),
    ];
    request.extend(launch_id.map(|launch_id| ("launch_id", launch_id)));
    if let Some(custom) = message.custom_data {
        request.push(("custom_data", Data::open(json::root(custom)?)?));
    }
    if message.address_id != 0 {
        request.push(("email", Data::from(message.address_id)));
        request.push(("addr_type", Data::from("id")));
    }
    let request = Data::object(request).stored()?;
    let emission = Emission::read(json::root(&request)?)?;
    let launch = Some(message.launch).filter(|launch| *launch != 0);
    let about =
        if message.dataset == 0 && message.address_id != 0 { Persons::AlsoNobodys } else { Persons::Subscribers };
    match record(session, &emission, launch, about) {
        Err(gone) if gone.id == Id::MemberNotexists => Ok(()),
        other => other.map(drop),
    }
}

/// Whom an event may be about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Persons {
    /// Subscribers.
    Subscribers,
    /// Also identifiers that are nobody's: an express import sends to them.
    AlsoNobodys,
}

/// Records an event; `launch` is the number of the launch that it names.
fn record(session: &Session, emission: &Emission, launch: Option<i64>, persons: Persons) -> Result<i64> {
    let kind = event_type::find(session, emission.event_type);
    let kind = kind.ok_or_else(|| Error::new(Id::EventType, "event_type names no known type"))?;
    let keys = json::root(kind.keys)?.as_object().unwrap_or_default();
    let written = json::encoded(&emission.body(keys)?)?;
    let mut effect = emission.effect(kind.base)?;
    if let Some(Effect::Bounce(bounce)) = &mut effect {
        bounce.launch = launch.or(bounce.launch);
    }
    let at = emission.at.unwrap_or_else(guc::statement_micros);
    let mut row = Row { event_type: kind.code, at, address_id: 0, dataset: 0, version: 0, body: &written };
    match (&emission.about, kind.is_personal) {
        (About::Nobody, false) => {}
        (About::Address(raw, type_named), true) => {
            let target = resolve::target(session, raw, *type_named, &mut Vec::new())?;
            match lock::hold(session, &target)? {
                Held { known: Some(known), body: Some(locked) } => {
                    (row.address_id, row.dataset, row.version) = (known.id, locked.dataset, locked.version);
                    if let Some(effect) = effect {
                        row.version += i64::from(apply(session, &known.address, &row, effect)?);
                    }
                }
                Held { known: Some(known), body: None } if persons == Persons::AlsoNobodys => {
                    row.address_id = known.id;
                    effect.into_iter().for_each(|effect| note(session, &known.address, at, effect));
                    // Who lets it in meanwhile notices.
                    address::release(session, &known.address);
                }
                _ => return Err(not_exists()),
            }
        }
        (About::Dataset(dataset), true) => {
            let locked = body::lock(session, *dataset)?.ok_or_else(not_exists)?;
            (row.dataset, row.version) = (locked.dataset, locked.version);
        }
        _ => return Err(Error::new(Id::EventAbout, "the type of the event says otherwise")),
    }
    Ok(event::write_row(row))
}

/// Does to the head what the event says; whether it changed, which gives the body a new version.
fn apply(session: &Session, address: &Address, row: &Row, effect: Effect) -> Result<bool> {
    let Some(mut head) = head::read(session, row.dataset, row.address_id)? else { return Ok(false) };
    let before = (head.lock, head.last_tz);
    let mut is_new_state = false;
    match effect {
        Effect::Bounce(bounce) => {
            let is_locked = note_bounce(session, address, row.at, &bounce);
            head.lock = with(head.lock, ERRORS, is_locked);
        }
        Effect::Delivered => {
            delivery_error::succeed(session, address);
            head.lock = with(head.lock, ERRORS, false);
        }
        Effect::Unsubscribed { source, sender } => {
            stoplist::add(session, address, Record::Member, sender, row.at, source);
            head.lock = with(head.lock, REMOVED, head.lock & REMOVED != 0 || sender == 0);
        }
        Effect::State { addr_type, community, state } if addr_type == address.addr_type => {
            let state = State { community, state, at: row.at };
            is_new_state = head_state::note(session, row.dataset, row.address_id, state);
        }
        Effect::State { .. } => {}
        Effect::Seen { zone } => {
            head.last_tz = time::zone(zone).ok().and_then(|zone| time::offset_hhmm(row.at, &zone)).or(head.last_tz);
        }
    }
    let is_changed = (head.lock, head.last_tz) != before;
    if is_changed {
        head::change(session, row.dataset, &head);
    } else if !is_new_state {
        // The errors of its identifier may be other ones all the same, and rules ask for them.
        follow_heads(session, &[row.dataset])?;
        return Ok(false);
    }
    body::touch(session, row.dataset, row.version + 1, guc::statement_micros(), None);
    follow_heads(session, &[row.dataset])?;
    Ok(true)
}

/// Does to an identifier that is nobody's what the event says.
fn note(session: &Session, address: &Address, at: i64, effect: Effect) {
    match effect {
        Effect::Bounce(bounce) => {
            note_bounce(session, address, at, &bounce);
        }
        Effect::Delivered => delivery_error::succeed(session, address),
        Effect::Unsubscribed { source, sender } => {
            stoplist::add(session, address, Record::Member, sender, at, source);
        }
        Effect::State { .. } | Effect::Seen { .. } => {}
    }
}

/// Counts a failed delivery; whether the identifier is locked by then.
fn note_bounce(session: &Session, address: &Address, at: i64, bounce: &Bounce) -> bool {
    let before = delivery_error::read(session, address);
    let errors = before.errors.saturating_add(1);
    let locks = before.lock || bounce.locks(errors, guc::soft_bounce_limit());
    delivery_error::note(session, address, at, errors, locks, bounce);
    locks
}

fn with(bits: i16, bit: i16, is_set: bool) -> i16 {
    if is_set { bits | bit } else { bits & !bit }
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::MemberNotexists, "there is no such subscriber")
}

//! `event_emit`: an event that a client or a trigger reports, in its place among the person's changes (shapes.md 7).

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::emit::{About, Bounce, Effect, Emission};
use crate::domain::json::{self, Value};
use crate::domain::member::stoplist::Record;
use crate::domain::member::system::State;
use crate::domain::member::system::lock::{ERRORS, REMOVED};
use crate::domain::time;
use crate::pg::guc;
use crate::pg::perform::follow::follow_heads;
use crate::pg::perform::lock::{self, Held};
use crate::pg::perform::resolve;
use crate::pg::spi::Session;
use crate::pg::store::event::{self, Row};
use crate::pg::store::{body, delivery_error, event_type, head, head_state, stoplist};

/// Records the event and gives its number.
///
/// Errors: those of the request, `error/event/type`, `error/event/about`, `error/member/notexists`,
/// `error/member/concurrent`.
pub fn emit(session: &Session, request: Value) -> Result<i64> {
    let emission = Emission::read(request)?;
    let kind = event_type::find(session, emission.event_type);
    let kind = kind.ok_or_else(|| Error::new(Id::EventType, "event_type names no known type"))?;
    let keys = json::root(kind.keys)?.as_object().unwrap_or_default();
    let written = json::encoded(&emission.body(keys)?)?;
    let effect = emission.effect(kind.base)?;
    let at = emission.at.unwrap_or_else(guc::statement_micros);
    let mut row = Row { event_type: kind.code, at, address_id: 0, dataset: 0, version: 0, body: &written };
    match (&emission.about, kind.is_personal) {
        (About::Nobody, false) => {}
        (About::Address(raw, type_named), true) => {
            let target = resolve::target(session, raw, *type_named, &mut Vec::new())?;
            let Held { known: Some(known), body: Some(locked) } = lock::hold(session, &target)? else {
                return Err(not_exists());
            };
            (row.address_id, row.dataset, row.version) = (known.id, locked.dataset, locked.version);
            if let Some(effect) = effect {
                row.version += i64::from(apply(session, &known.address, &row, effect)?);
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

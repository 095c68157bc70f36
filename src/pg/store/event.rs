//! `member.event`: one row per fact, written in the transaction that made it.

use crate::domain::error::Result;
use crate::domain::event::EventType;
use crate::domain::json::{self, Node};
use crate::pg::append::append;
use crate::pg::spi::Arg;
use crate::pg::store::sequence::{self, relation};
use crate::pg::worker::wake;
use pgrx::pg_sys;
use std::ffi::CStr;

/// An event that is not written yet.
pub struct Event<'a> {
    /// What happened.
    pub event_type: EventType,
    /// When, in the server's microseconds.
    pub at: i64,
    /// The identifier it concerns.
    pub address_id: i64,
    /// The body it concerns.
    pub dataset: i64,
    /// The version of the body that it made.
    pub version: i64,
    /// The event's own data.
    pub body: Node<'a>,
}

/// An event whose data are encoded: writing it cannot be refused any more.
pub struct Prepared {
    event_type: EventType,
    at: i64,
    address_id: i64,
    dataset: i64,
    version: i64,
    body: Vec<u8>,
}

impl Event<'_> {
    /// Encodes the event, before anything is written. Errors: `error/json/limit`.
    pub fn prepare(self) -> Result<Prepared> {
        let Event { event_type, at, address_id, dataset, version, body } = self;
        let mut bytes = Vec::with_capacity(128);
        json::encode(&body, &mut bytes)?;
        Ok(Prepared { event_type, at, address_id, dataset, version, body: bytes })
    }
}

impl Prepared {
    fn row(&self, slot: i16, life: i32) -> [Arg; 10] {
        [
            slot.into(),
            life.into(),
            sequence::next_event_id().into(),
            Arg::instant(self.at),
            Arg::datum(transaction()),
            self.address_id.into(),
            self.dataset.into(),
            self.version.into(),
            self.event_type.as_str().into(),
            Arg::jsonb(&self.body),
        ]
    }
}

/// Writes events in this order, under the locks of their bodies.
pub fn write(events: &[Prepared]) {
    if events.is_empty() {
        return;
    }
    let (slot, life) = (sequence::event_slot(), sequence::event_life());
    wake::at_commit();
    append(partition(slot), events.iter().map(|event| event.row(slot, life)));
}

/// The table of a slot of the ring: rows are written right into it.
fn partition(slot: i16) -> pg_sys::Oid {
    let name = [b'e', b'v', b'e', b'n', b't', b'_', b'0' + (slot / 10) as u8, b'0' + (slot % 10) as u8, 0];
    relation(CStr::from_bytes_until_nul(&name).unwrap_or_default())
}

/// The 64-bit id of the present transaction.
fn transaction() -> pg_sys::Datum {
    // SAFETY: asks the transaction manager; the struct has one field.
    unsafe { pg_sys::GetTopFullTransactionId().value.into() }
}

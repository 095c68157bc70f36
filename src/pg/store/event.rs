//! `member.event`: one row per fact, written in the transaction that made it.

use crate::domain::error::Result;
use crate::domain::event::EventType;
use crate::domain::json::{self, Node};
use crate::pg::spi::{Arg, Session, Statement};
use crate::pg::store::sequence;
use pgrx::pg_sys::{self, INT2OID, INT4OID, INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID, XID8OID};

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

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.event (slot, life, id, at, xid, address_id, dataset, version, event_type, body)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    &[INT2OID, INT4OID, INT8OID, TIMESTAMPTZOID, XID8OID, INT8OID, INT8OID, INT8OID, TEXTOID, JSONBOID],
);

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
    /// Writes the event, under the lock of its body.
    pub fn write(&self, session: &Session) {
        let args = [
            sequence::event_slot().into(),
            sequence::event_life().into(),
            sequence::next_event_id().into(),
            Arg::instant(self.at),
            Arg::datum(transaction()),
            self.address_id.into(),
            self.dataset.into(),
            self.version.into(),
            self.event_type.as_str().into(),
            Arg::jsonb(&self.body),
        ];
        session.run(&WRITE, &args);
    }
}

/// The 64-bit id of the present transaction.
fn transaction() -> pg_sys::Datum {
    // SAFETY: asks the transaction manager; the struct has one field.
    unsafe { pg_sys::GetTopFullTransactionId().value.into() }
}

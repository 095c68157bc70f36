//! `member.event`: one row per fact, written in the transaction that made it.

use crate::domain::error::Result;
use crate::domain::event::EventType;
use crate::domain::json::{self, Node};
use crate::pg::append::append;
use crate::pg::fresh::Written;
use crate::pg::guc;
use crate::pg::spi::Arg;
use crate::pg::store::sequence::{self, relation};
use crate::pg::worker::wake;
use pgrx::pg_sys;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::rc::Rc;

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
    fn row(&self) -> Row<'_> {
        let Prepared { event_type, at, address_id, dataset, version, body } = self;
        let (at, address_id, dataset, version) = (*at, *address_id, *dataset, *version);
        Row { event_type: event_type.as_str(), at, address_id, dataset, version, body }
    }
}

/// An event as the log keeps it: of any type, its body encoded.
pub struct Row<'a> {
    /// What happened.
    pub event_type: &'a str,
    /// When, in the server's microseconds.
    pub at: i64,
    /// The identifier it concerns; 0 for none.
    pub address_id: i64,
    /// The body it concerns; 0 for nobody's.
    pub dataset: i64,
    /// The version of the body.
    pub version: i64,
    /// The event's own data, as jsonb.
    pub body: &'a [u8],
}

thread_local! {
    /// The only types that are written now; none for all.
    static WANTED: RefCell<Option<Rc<Wanted>>> = const { RefCell::new(None) };
}

/// Which types of events of persons somebody wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Every type.
    All,
    /// These codes.
    Codes(Vec<String>),
}

impl Wanted {
    /// Whether events of this type are wanted.
    pub fn has(&self, event_type: EventType) -> bool {
        match self {
            Wanted::All => true,
            Wanted::Codes(codes) => codes.iter().any(|code| code == event_type.as_str()),
        }
    }
}

/// While it lives, calls write only the types of events that are wanted. Where not all are, they start no sequences.
pub struct Only(());

impl Only {
    /// Begins it.
    pub fn of(wanted: &Rc<Wanted>) -> Only {
        WANTED.set(Some(wanted.clone()));
        Only(())
    }
}

impl Drop for Only {
    fn drop(&mut self) {
        WANTED.set(None);
    }
}

/// Writes events in this order, under the locks of their bodies.
pub fn write(events: &[Prepared]) {
    let wanted = WANTED.with_borrow(Option::clone);
    let is_wanted = |event: &&Prepared| wanted.as_ref().is_none_or(|wanted| wanted.has(event.event_type));
    let mut events = events.iter().filter(is_wanted).peekable();
    if events.peek().is_some() {
        let is_quiet = wanted.as_deref().is_some_and(|wanted| *wanted != Wanted::All);
        write_all(events.map(|event| (sequence::next_event_id(), event.row())), is_quiet);
    }
}

/// Writes one event under the lock of its body, if it has one; gives its number.
pub fn write_row(row: Row) -> i64 {
    let id = sequence::next_event_id();
    write_all([(id, row)].into_iter(), false);
    id
}

fn write_all<'a>(events: impl Iterator<Item = (i64, Row<'a>)>, is_quiet: bool) {
    // First the transaction's number, then the life: whoever reads an old life is seen running when a new one begins.
    let xid = transaction();
    let (slot, life) = (sequence::event_slot(), sequence::event_life());
    wake::at_commit();
    let rows = events.map(|(id, event)| -> [Arg; COLUMNS] {
        if guc::event_notify() {
            tell(id, &event);
        }
        [
            slot.into(),
            life.into(),
            id.into(),
            Arg::instant(event.at),
            Arg::datum(xid),
            event.address_id.into(),
            event.dataset.into(),
            event.version.into(),
            event.event_type.into(),
            Arg::jsonb(event.body),
            is_quiet.into(),
        ]
    });
    append(partition(slot), rows);
}

unsafe extern "C-unwind" {
    // Not bound by pgrx.
    fn Async_Notify(channel: *const c_char, payload: *const c_char);
}

/// Tells an event to those who listen; they hear of it when it is committed.
fn tell(id: i64, event: &Row) {
    let payload = serde_json::json!({ "id": id, "event_type": event.event_type, "dataset": event.dataset });
    if let Ok(payload) = CString::new(payload.to_string()) {
        // SAFETY: the server's own routine, inside a transaction; it copies both texts.
        unsafe { Async_Notify(c"pg_member_event".as_ptr(), payload.as_ptr()) };
    }
}

/// How many columns an event has.
pub const COLUMNS: usize = 11;

/// A slot of the ring, for looking at who wrote its events.
pub fn written(slot: i16) -> Written {
    Written { table: partition(slot), index: index_by_xid(slot), life: 2, xid: 5 }
}

/// The table of a slot of the ring: rows are written right into it.
fn partition(slot: i16) -> pg_sys::Oid {
    let name = [b'e', b'v', b'e', b'n', b't', b'_', b'0' + (slot / 10) as u8, b'0' + (slot % 10) as u8, 0];
    relation(CStr::from_bytes_until_nul(&name).unwrap_or_default())
}

/// The index of a slot on the life and the transaction.
fn index_by_xid(slot: i16) -> pg_sys::Oid {
    relation(&CString::new(format!("event_{slot:02}_life_xid_idx")).unwrap_or_default())
}

/// The 64-bit id of the present transaction.
pub fn transaction() -> pg_sys::Datum {
    // SAFETY: asks the transaction manager; the struct has one field.
    unsafe { pg_sys::GetTopFullTransactionId().value.into() }
}

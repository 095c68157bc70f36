//! `member.event_slot_use`: which slots of the ring hold events, and the emptying of old ones (DESIGN 4).

use crate::domain::event::ring::Slot;
use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::sequence::relation;
use pgrx::pg_sys::{self, INT2OID, INT8OID, TEXTOID, TIMESTAMPTZOID};
use std::ffi::CString;

static LIST: Statement = Statement::scanning(
    c"SELECT slot, opened_at, first_pos, closed_at, closed_before::pg_catalog.text::bigint, last_pos
        FROM member.event_slot_use ORDER BY opened_at",
    &[],
);

/// The slots in use, oldest first.
pub fn list(session: &Session) -> Vec<Slot> {
    session.run(&LIST, &[]).iter().map(|row| slot_of(&row)).collect()
}

fn slot_of(row: &Row) -> Slot {
    Slot {
        number: row.smallint().unwrap_or_default(),
        opened_at: row.bigint().unwrap_or_default(),
        first_pos: row.bigint().unwrap_or_default(),
        closed_at: row.bigint(),
        closed_before: row.bigint().map(|xid| xid as u64),
        last_pos: row.bigint(),
    }
}

static FIRST_POS: Statement =
    Statement::scanning(c"SELECT COALESCE(pg_catalog.min(first_pos), 1) FROM member.event_slot_use", &[]);

/// The first position whose event the log may still hold.
pub fn first_pos(session: &Session) -> i64 {
    session.run(&FIRST_POS, &[]).first().and_then(|row| row.bigint()).unwrap_or(1)
}

static OPEN: Statement = Statement::new(
    c"INSERT INTO member.event_slot_use (slot, opened_at, first_pos) VALUES ($1, $2, $3)",
    &[INT2OID, TIMESTAMPTZOID, INT8OID],
);

/// Notes that a slot is written to.
pub fn open(session: &Session, slot: i16, at: i64, first_pos: i64) {
    session.run(&OPEN, &[slot.into(), Arg::instant(at), first_pos.into()]);
}

static CLOSE: Statement = Statement::scanning(
    c"UPDATE member.event_slot_use SET closed_at = COALESCE(closed_at, $2), closed_before = $3::pg_catalog.xid8
       WHERE slot OPERATOR(pg_catalog.<>) $1 AND last_pos IS NULL",
    &[INT2OID, TIMESTAMPTZOID, TEXTOID],
);

/// Notes that all slots but this one are written to no more, but by transactions that have begun already.
pub fn close_others(session: &Session, slot: i16, at: i64) {
    session.run(&CLOSE, &[slot.into(), Arg::instant(at), next_transaction().as_str().into()]);
}

/// The number of the transaction that begins next. Writers take theirs before they read the slot.
fn next_transaction() -> String {
    // SAFETY: reads the counter of transactions; the struct has one field.
    unsafe { pg_sys::ReadNextFullTransactionId().value }.to_string()
}

static SEAL: Statement = Statement::scanning(
    c"UPDATE member.event_slot_use SET last_pos = $2 WHERE slot OPERATOR(pg_catalog.=) $1",
    &[INT2OID, INT8OID],
);

/// Notes that all events of a slot have positions up to this one.
pub fn seal(session: &Session, slot: i16, last_pos: i64) {
    session.run(&SEAL, &[slot.into(), last_pos.into()]);
}

static FORGET: Statement = Statement::scanning(
    c"WITH gone AS (DELETE FROM member.event_slot_use WHERE slot OPERATOR(pg_catalog.=) $1)
      DELETE FROM member.event_order o
       WHERE (o.pos OPERATOR(pg_catalog.+) pg_catalog.cardinality(o.ids))
             OPERATOR(pg_catalog.<=)
             (SELECT pg_catalog.min(u.first_pos) FROM member.event_slot_use u
               WHERE u.slot OPERATOR(pg_catalog.<>) $1)",
    &[INT2OID],
);

/// Empties a slot and forgets the positions of what was in it; nothing while somebody reads there: then it waits.
pub fn empty(session: &Session, slot: i16) -> bool {
    let name = CString::new(format!("event_{slot:02}")).unwrap_or_default();
    // SAFETY: the server's own routine on a table of ours; it does not wait.
    if !unsafe { pg_sys::ConditionalLockRelationOid(relation(&name), pg_sys::AccessExclusiveLock as i32) } {
        return false;
    }
    let command = CString::new(format!("TRUNCATE member.event_{slot:02}")).unwrap_or_default();
    session.command(&command);
    session.run(&FORGET, &[slot.into()]);
    true
}

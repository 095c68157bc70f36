//! `member.delivery_error`: failed deliveries, which outlive the subscriber.

use crate::domain::address::Address;
use crate::domain::event::emit::Bounce;
use crate::domain::member::system::DeliveryError;
use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{BOOLOID, INT4OID, INT8OID, TEXTOID, TIMESTAMPTZOID};

static READ: Statement = Statement::new(
    c"SELECT lock, at, message, errors, issue, letter, lock_issue, lock_letter FROM member.delivery_error
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2",
    &[TEXTOID, TEXTOID],
);

/// The failed deliveries of an identifier; zeros when there are none.
pub fn read<'s>(session: &'s Session, address: &Address) -> DeliveryError<'s> {
    let rows = session.run(&READ, &[address.value.as_str().into(), address.addr_type.as_str().into()]);
    rows.first().map_or_else(DeliveryError::default, |row| DeliveryError {
        lock: row.truth(),
        at: row.bigint(),
        message: row.text(),
        errors: row.integer().unwrap_or_default(),
        issue: row.bigint(),
        letter: row.bigint(),
        lock_issue: row.bigint(),
        lock_letter: row.bigint(),
    })
}

static EXISTS: Statement = Statement::new(
    c"SELECT FROM member.delivery_error
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2",
    &[TEXTOID, TEXTOID],
);

/// Whether an identifier has failed deliveries.
pub fn exists(session: &Session, address: &Address) -> bool {
    session.run(&EXISTS, &[address.value.as_str().into(), address.addr_type.as_str().into()]).processed() > 0
}

static NOTE: Statement = Statement::new(
    c"INSERT INTO member.delivery_error
             (value, addr_type, at, message, errors, issue, letter, lock, lock_issue, lock_letter)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $8 THEN $6 END, CASE WHEN $8 THEN $7 END)
          ON CONFLICT (value, addr_type) DO UPDATE
         SET at = $3, message = $4, errors = $5, issue = $6, letter = $7, lock = $8,
             lock_issue = CASE WHEN $8 AND NOT delivery_error.lock THEN $6 ELSE delivery_error.lock_issue END,
             lock_letter = CASE WHEN $8 AND NOT delivery_error.lock THEN $7 ELSE delivery_error.lock_letter END",
    &[TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, INT4OID, INT8OID, INT8OID, BOOLOID],
);

/// Notes a failed delivery, being so many in a row; the one that locked stays named.
pub fn note(session: &Session, address: &Address, at: i64, errors: i32, locks: bool, bounce: &Bounce) {
    let args = [
        address.value.as_str().into(),
        address.addr_type.as_str().into(),
        Arg::instant(at),
        bounce.message.into(),
        errors.into(),
        bounce.launch.into(),
        bounce.letter.into(),
        locks.into(),
    ];
    session.run(&NOTE, &args);
}

static SUCCEED: Statement = Statement::new(
    c"UPDATE member.delivery_error SET lock = false, at = NULL, message = NULL, errors = 0
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2
         AND (lock OR errors OPERATOR(pg_catalog.<>) 0)",
    &[TEXTOID, TEXTOID],
);

/// Notes a successful delivery: the errors in a row are none again, and lock no more. Which launch and letter failed last,
/// and which led to a lock, stays.
pub fn succeed(session: &Session, address: &Address) {
    session.run(&SUCCEED, &[address.value.as_str().into(), address.addr_type.as_str().into()]);
}

static CLEAR: Statement = Statement::new(
    c"DELETE FROM member.delivery_error
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2",
    &[TEXTOID, TEXTOID],
);

/// Forgets the failed deliveries of an identifier; whether there were any.
pub fn clear(session: &Session, address: &Address) -> bool {
    session.run(&CLEAR, &[address.value.as_str().into(), address.addr_type.as_str().into()]).processed() > 0
}

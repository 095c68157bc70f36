//! `member.delivery_error`: failed deliveries, which outlive the subscriber.

use crate::domain::address::Address;
use crate::domain::member::system::DeliveryError;
use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::TEXTOID;

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

static CLEAR: Statement = Statement::new(
    c"DELETE FROM member.delivery_error
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2",
    &[TEXTOID, TEXTOID],
);

/// Forgets the failed deliveries of an identifier; whether there were any.
pub fn clear(session: &Session, address: &Address) -> bool {
    session.run(&CLEAR, &[address.value.as_str().into(), address.addr_type.as_str().into()]).processed() > 0
}

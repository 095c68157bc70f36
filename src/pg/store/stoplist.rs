//! `member.stoplist`: who must not be written to.

use crate::domain::address::Address;
use crate::domain::member::system::{Stop, lock};
use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::TEXTOID;

static READ: Statement = Statement::new(
    c"SELECT kind, sender, at, source FROM member.stoplist
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2
       ORDER BY kind, sender",
    &[TEXTOID, TEXTOID],
);

/// The stop-list records of an identifier.
pub fn read<'s>(session: &'s Session, address: &Address) -> Vec<Stop<'s>> {
    let rows = session.run(&READ, &[address.value.as_str().into(), address.addr_type.as_str().into()]);
    rows.iter()
        .map(|row| Stop {
            kind: row.text().unwrap_or_default(),
            sender: row.bigint().unwrap_or_default(),
            at: row.bigint().unwrap_or_default(),
            source: row.text(),
        })
        .collect()
}

static LOCKS: Statement = Statement::new(
    c"SELECT EXISTS (SELECT FROM member.stoplist
                      WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2
                        AND sender OPERATOR(pg_catalog.=) 0),
             EXISTS (SELECT FROM member.delivery_error
                      WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2 AND lock)",
    &[TEXTOID, TEXTOID],
);

/// The lock bits an identifier brings with it when it becomes a head: global stop-lists and delivery errors.
pub fn lasting_locks(session: &Session, address: &Address) -> i16 {
    let rows = session.run(&LOCKS, &[address.value.as_str().into(), address.addr_type.as_str().into()]);
    rows.first().map_or(0, |row| {
        let removed = if row.truth() { lock::REMOVED } else { 0 };
        let errors = if row.truth() { lock::ERRORS } else { 0 };
        removed | errors
    })
}

//! `member.blocked_value`: identifiers that never join subscribers.

use crate::domain::address::AddrType;
use crate::domain::error::Result;
use crate::domain::head::{Blocked, Pattern};
use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::TEXTOID;

/// A row.
pub struct Entry<'s> {
    /// The pattern.
    pub value: &'s str,
    /// literal or regexp.
    pub kind: &'s str,
    /// The type it is for; empty for every type.
    pub addr_type: &'s str,
}

static LIST: Statement = Statement::scanning(
    c"SELECT value, kind, addr_type FROM member.blocked_value ORDER BY value, kind, addr_type",
    &[],
);

/// Every row.
pub fn list(session: &Session) -> Vec<Entry<'_>> {
    let rows = session.run(&LIST, &[]);
    rows.iter()
        .map(|row| Entry {
            value: row.text().unwrap_or_default(),
            kind: row.text().unwrap_or_default(),
            addr_type: row.text().unwrap_or_default(),
        })
        .collect()
}

/// Every row, ready to be asked. Errors: `error/blocked/pattern`.
pub fn patterns(session: &Session) -> Result<Vec<Blocked>> {
    let ready =
        |entry: Entry| Blocked::new(entry.value, Pattern::parse(Some(entry.kind))?, AddrType::parse(entry.addr_type));
    list(session).into_iter().map(ready).collect()
}

static ADD: Statement = Statement::new(
    c"INSERT INTO member.blocked_value (value, kind, addr_type) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    &[TEXTOID, TEXTOID, TEXTOID],
);

/// Adds a row; whether it is new.
pub fn add(session: &Session, entry: &Entry) -> bool {
    session.run(&ADD, &[entry.value.into(), entry.kind.into(), entry.addr_type.into()]).processed() == 1
}

static REMOVE: Statement = Statement::new(
    c"DELETE FROM member.blocked_value
       WHERE value OPERATOR(pg_catalog.=) $1 AND kind OPERATOR(pg_catalog.=) $2
         AND addr_type OPERATOR(pg_catalog.=) $3",
    &[TEXTOID, TEXTOID, TEXTOID],
);

/// Removes a row; whether it was there.
pub fn remove(session: &Session, entry: &Entry) -> bool {
    session.run(&REMOVE, &[entry.value.into(), entry.kind.into(), entry.addr_type.into()]).processed() == 1
}

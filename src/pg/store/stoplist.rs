//! `member.stoplist`: who must not be written to.

use crate::domain::address::Address;
use crate::domain::member::system::Stop;
use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{TEXTOID, TIMESTAMPTZOID};

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

static ADD_OWN: Statement = Statement::new(
    c"INSERT INTO member.stoplist (value, addr_type, kind, sender, at, source) VALUES ($1, $2, 'member', 0, $3, $4)
          ON CONFLICT DO NOTHING",
    &[TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID],
);

/// Notes that a subscriber wants no more from any sender.
pub fn add_own(session: &Session, address: &Address, at: i64, source: Option<&str>) {
    let (value, addr_type) = (address.value.as_str().into(), address.addr_type.as_str().into());
    session.run(&ADD_OWN, &[value, addr_type, Arg::instant(at), source.into()]);
}

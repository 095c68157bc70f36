//! `member.stoplist`: who must not be written to.

use crate::domain::address::Address;
use crate::domain::error::Result;
use crate::domain::member::stoplist::Record;
use crate::domain::member::system::Stop;
use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::address::{address_of, columns};
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID};

static READ: Statement = Statement::new(
    c"SELECT kind, sender, at, source FROM member.stoplist
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2
       ORDER BY kind, sender",
    &[TEXTOID, TEXTOID],
);

/// The stop-list records of an identifier.
pub fn read<'s>(session: &'s Session, address: &Address) -> Vec<Stop<'s>> {
    session.run(&READ, &key(address)).iter().map(|row| stop_of(&row)).collect()
}

fn stop_of<'s>(row: &Row<'s>) -> Stop<'s> {
    Stop {
        kind: row.text().unwrap_or_default(),
        sender: row.bigint().unwrap_or_default(),
        at: row.bigint().unwrap_or_default(),
        source: row.text(),
    }
}

static ADD: Statement = Statement::new(
    c"INSERT INTO member.stoplist (value, addr_type, kind, sender, at, source) VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT DO NOTHING",
    &[TEXTOID, TEXTOID, TEXTOID, INT8OID, TIMESTAMPTZOID, TEXTOID],
);

/// Writes a record; one that is there stays as it is.
pub fn add(session: &Session, address: &Address, record: Record, sender: i64, at: i64, source: Option<&str>) {
    let [value, addr_type] = key(address);
    session.run(&ADD, &[value, addr_type, record.as_str().into(), sender.into(), Arg::instant(at), source.into()]);
}

static DELETE: Statement = Statement::new(
    c"DELETE FROM member.stoplist
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2
         AND kind OPERATOR(pg_catalog.=) $3
         AND ($4 IS NULL OR sender OPERATOR(pg_catalog.=) $4) AND ($5 IS NULL OR at OPERATOR(pg_catalog.=) $5)",
    &[TEXTOID, TEXTOID, TEXTOID, INT8OID, TIMESTAMPTZOID],
);

/// Deletes the records of a type: for one sender, 0 for every one, or whatever the sender; only such of one instant, where
/// one is given. How many there were.
pub fn delete(session: &Session, address: &Address, record: Record, sender: Option<i64>, at: Option<i64>) -> u64 {
    let [value, addr_type] = key(address);
    let args = [value, addr_type, record.as_str().into(), sender.into(), at.map(Arg::instant).into()];
    session.run(&DELETE, &args).processed()
}

static COUNT: Statement = Statement::new(
    c"SELECT pg_catalog.count(*)
        FROM (SELECT DISTINCT n.value, n.addr_type
                FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS n (value, addr_type)) n
        JOIN member.stoplist s
          ON s.value OPERATOR(pg_catalog.=) n.value AND s.addr_type OPERATOR(pg_catalog.=) n.addr_type
       WHERE s.kind OPERATOR(pg_catalog.=) $3 AND ($4 IS NULL OR s.sender OPERATOR(pg_catalog.=) ANY ($4))",
    &[TEXTARRAYOID, TEXTARRAYOID, TEXTOID, INT8ARRAYOID],
);

/// How many records of a type these identifiers have: for these senders, or whatever the sender.
pub fn count(session: &Session, addresses: &[&Address], record: Record, senders: Option<&[i64]>) -> i64 {
    let [values, types] = columns(addresses);
    let args = [values, types, record.as_str().into(), senders.map(Arg::bigints).into()];
    session.run(&COUNT, &args).first().and_then(|row| row.bigint()).unwrap_or_default()
}

static ADDRESSES: Statement = Statement::scanning(
    c"SELECT DISTINCT addr_type, value FROM member.stoplist
       WHERE kind OPERATOR(pg_catalog.=) $1 AND ($2 IS NULL OR sender OPERATOR(pg_catalog.=) $2) LIMIT $3",
    &[TEXTOID, INT8OID, INT8OID],
);

/// Identifiers that have such a record, so many at most. Errors: `error/json/corrupt`.
pub fn addresses(session: &Session, record: Record, sender: Option<i64>, limit: Option<i64>) -> Result<Vec<Address>> {
    session
        .run(&ADDRESSES, &[record.as_str().into(), sender.into(), limit.into()])
        .iter()
        .map(|row| address_of(&row))
        .collect()
}

/// A record with the identifier it is about.
pub struct Listed<'s> {
    /// The number of the identifier; none for one that the register does not know.
    pub id: Option<i64>,
    /// The identifier.
    pub address: Address,
    /// The record.
    pub stop: Stop<'s>,
}

/// A row of number, type, identifier and record. Errors: `error/json/corrupt`.
pub fn listed<'s>(row: &Row<'s>) -> Result<Listed<'s>> {
    Ok(Listed { id: row.bigint(), address: address_of(row)?, stop: stop_of(row) })
}

fn key(address: &Address) -> [Arg; 2] {
    [address.value.as_str().into(), address.addr_type.as_str().into()]
}

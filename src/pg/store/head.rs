//! `member.head`: the identifiers that belong to a body now.

use crate::domain::address::{AddrType, Address};
use crate::domain::error::Result;
use crate::domain::head::{Head as Name, Kept};
use crate::domain::member::system::Head;
use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::address::{address_of, columns};
use pgrx::pg_sys::{
    INT2ARRAYOID, INT2OID, INT4ARRAYOID, INT4OID, INT8ARRAYOID, INT8OID, JSONBOID, TEXTARRAYOID, TEXTOID,
    TIMESTAMPTZOID,
};

static INSERT: Statement = Statement::new(
    c"INSERT INTO member.head (dataset, id, addr_type, value, enter_time, origin, lock)
      VALUES ($1, $2, $3, $4, $5, $6, $7)",
    &[INT8OID, INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, INT4OID, INT2OID],
);

static INSERT_ALL: Statement = Statement::new(
    c"INSERT INTO member.head (dataset, id, addr_type, value, enter_time, origin, lock)
      SELECT $1, n.id, n.addr_type, n.value, $2, n.origin, n.lock
        FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), pg_catalog.unnest($6),
                        pg_catalog.unnest($7)) AS n (value, addr_type, id, origin, lock)",
    &[INT8OID, TIMESTAMPTZOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT2ARRAYOID],
);

/// Writes several new heads of a body.
pub fn insert_all(session: &Session, dataset: i64, heads: &[&Head], at: i64) {
    if let [head] = heads {
        return insert(session, dataset, head, at);
    }
    let addresses: Vec<&Address> = heads.iter().map(|head| &head.address).collect();
    let [values, types] = columns(&addresses);
    let ids: Vec<i64> = heads.iter().map(|head| head.id).collect();
    let origins: Vec<Option<i32>> = heads.iter().map(|head| head.origin).collect();
    let locks: Vec<i16> = heads.iter().map(|head| head.lock).collect();
    let args = [
        dataset.into(),
        Arg::instant(at),
        values,
        types,
        Arg::bigints(&ids),
        Arg::integers(&origins),
        Arg::smallints(&locks),
    ];
    session.run(&INSERT_ALL, &args);
}

static INSERT_PEOPLE: Statement = Statement::new(
    c"INSERT INTO member.head (dataset, id, addr_type, value, enter_time, origin, lock)
      SELECT n.dataset, n.id, n.addr_type, n.value, $1, n.origin, n.lock
        FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),
                        pg_catalog.unnest($6), pg_catalog.unnest($7)) AS n (value, addr_type, dataset, id, origin, lock)",
    &[TIMESTAMPTZOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT2ARRAYOID],
);

/// Writes the heads of many new bodies, each of one.
pub fn insert_people(session: &Session, datasets: &[i64], heads: &[&Head], at: i64) {
    let addresses: Vec<&Address> = heads.iter().map(|head| &head.address).collect();
    let [values, types] = columns(&addresses);
    let ids: Vec<i64> = heads.iter().map(|head| head.id).collect();
    let origins: Vec<Option<i32>> = heads.iter().map(|head| head.origin).collect();
    let locks: Vec<i16> = heads.iter().map(|head| head.lock).collect();
    let args = [
        Arg::instant(at),
        values,
        types,
        Arg::bigints(datasets),
        Arg::bigints(&ids),
        Arg::integers(&origins),
        Arg::smallints(&locks),
    ];
    session.run(&INSERT_PEOPLE, &args);
}

/// Writes a new head.
pub fn insert(session: &Session, dataset: i64, head: &Head, at: i64) {
    let args = [
        dataset.into(),
        head.id.into(),
        head.address.addr_type.as_str().into(),
        head.address.value.as_str().into(),
        Arg::instant(at),
        head.origin.into(),
        head.lock.into(),
    ];
    session.run(&INSERT, &args);
}

static READ: Statement = Statement::new(
    c"SELECT id, origin, lock, confirm_time, confirm_host, last_tz, addr_type, value FROM member.head
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID],
);

/// Reads one head. Errors: `error/json/corrupt`.
pub fn read<'s>(session: &'s Session, dataset: i64, id: i64) -> Result<Option<Head<'s>>> {
    session.run(&READ, &[dataset.into(), id.into()]).first().map(|row| head_of(&row)).transpose()
}

static OF_BODY: Statement = Statement::new(
    c"SELECT id, origin, lock, confirm_time, confirm_host, last_tz, addr_type, value FROM member.head
       WHERE dataset OPERATOR(pg_catalog.=) $1 ORDER BY id",
    &[INT8OID],
);

/// Reads all heads of a body, by number. Errors: `error/json/corrupt`.
pub fn of_body(session: &Session, dataset: i64) -> Result<Vec<Head<'_>>> {
    session.run(&OF_BODY, &[dataset.into()]).iter().map(|row| head_of(&row)).collect()
}

fn head_of<'s>(row: &Row<'s>) -> Result<Head<'s>> {
    Ok(Head {
        id: row.bigint().unwrap_or_default(),
        origin: row.integer(),
        lock: row.smallint().unwrap_or_default(),
        confirm_time: row.bigint(),
        confirm_host: row.text(),
        last_tz: row.smallint(),
        address: address_of(row)?,
    })
}

static NAMES: Statement = Statement::new(
    c"SELECT id, addr_type, value FROM member.head WHERE dataset OPERATOR(pg_catalog.=) $1 ORDER BY id",
    &[INT8OID],
);

/// Which heads a body has, by number. Errors: `error/json/corrupt`.
pub fn names(session: &Session, dataset: i64) -> Result<Vec<Name>> {
    let rows = session.run(&NAMES, &[dataset.into()]);
    rows.iter().map(|row| Ok(Name { id: row.bigint(), address: address_of(&row)? })).collect()
}

/// How an identifier came to be a head, and what was noticed of it since.
pub struct Entered<'s> {
    /// Its number.
    pub id: i64,
    /// When it came.
    pub at: i64,
    /// The label of its origin.
    pub origin: Option<&'s str>,
    /// The UTC offset of the last open or click.
    pub last_tz: Option<i16>,
}

static ENTRIES: Statement = Statement::new(
    c"SELECT h.id, h.enter_time, o.label, h.last_tz
        FROM member.head h LEFT JOIN member.origin o ON o.id OPERATOR(pg_catalog.=) h.origin
       WHERE h.dataset OPERATOR(pg_catalog.=) $1 ORDER BY h.id",
    &[INT8OID],
);

/// How the heads of a body came to it, by number.
pub fn entries(session: &Session, dataset: i64) -> Vec<Entered<'_>> {
    let rows = session.run(&ENTRIES, &[dataset.into()]);
    let entered = rows.iter().map(|row| Entered {
        id: row.bigint().unwrap_or_default(),
        at: row.bigint().unwrap_or_default(),
        origin: row.text(),
        last_tz: row.smallint(),
    });
    entered.collect()
}

static ROW: Statement = Statement::new(
    c"SELECT pg_catalog.to_jsonb(h),
             (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(m)) FROM member.group_member m
               WHERE m.dataset OPERATOR(pg_catalog.=) $1 AND m.id OPERATOR(pg_catalog.=) $2),
             (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(s)) FROM member.head_state s
               WHERE s.dataset OPERATOR(pg_catalog.=) $1 AND s.id OPERATOR(pg_catalog.=) $2),
             (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(s)) FROM member.subscription s
               WHERE s.dataset OPERATOR(pg_catalog.=) $1 AND s.id OPERATOR(pg_catalog.=) $2)
        FROM member.head h
       WHERE h.dataset OPERATOR(pg_catalog.=) $1 AND h.id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID],
);

/// The whole row of a head, the rows of its lists, of its states and of its subscriptions as jsonb, for the journal.
pub fn row(session: &Session, dataset: i64, id: i64) -> Option<Kept> {
    let row = session.run(&ROW, &[dataset.into(), id.into()]).first()?;
    let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
    Some(Kept {
        row: owned(row.jsonb())?,
        groups: owned(row.jsonb()),
        states: owned(row.jsonb()),
        subscriptions: owned(row.jsonb()),
    })
}

static RESTORE: Statement = Statement::new(
    c"INSERT INTO member.head
             (dataset, id, enter_time, confirm_time, origin, lock, last_tz, addr_type, value, confirm_host)
      SELECT r.dataset, r.id, r.enter_time, r.confirm_time, r.origin,
             (r.lock OPERATOR(pg_catalog.&) 2::smallint) OPERATOR(pg_catalog.|) $2,
             r.last_tz, r.addr_type, r.value, r.confirm_host
        FROM pg_catalog.jsonb_populate_record(NULL::member.head, $1) r",
    &[JSONBOID, INT2OID],
);

/// Brings a head back from its row in the journal; `locks` are those that stop-lists and errors give it now.
pub fn restore(session: &Session, row: &[u8], locks: i16) {
    session.run(&RESTORE, &[Arg::jsonb(row), locks.into()]);
}

static MOVE: Statement = Statement::new(
    c"UPDATE member.head SET dataset = $3
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID, INT8OID],
);

/// Takes a head from one body to another, under the locks of both.
pub fn move_to(session: &Session, from: i64, id: i64, to: i64) {
    session.run(&MOVE, &[from.into(), id.into(), to.into()]);
}

static CHANGE: Statement = Statement::new(
    c"UPDATE member.head SET origin = $3, lock = $4, last_tz = $5
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID, INT4OID, INT2OID, INT2OID],
);

/// Writes a head's origin, locks and time zone, under the lock of its body.
pub fn change(session: &Session, dataset: i64, head: &Head) {
    session.run(&CHANGE, &[dataset.into(), head.id.into(), head.origin.into(), head.lock.into(), head.last_tz.into()]);
}

static CONFIRM: Statement = Statement::new(
    c"UPDATE member.head SET lock = $3, confirm_time = $4, confirm_host = $5
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID, INT2OID, TIMESTAMPTZOID, TEXTOID],
);

/// Writes that a head is confirmed, with its locks, under the lock of its body.
pub fn confirm(session: &Session, dataset: i64, head: &Head) {
    let at = head.confirm_time.map(Arg::instant).into();
    session.run(&CONFIRM, &[dataset.into(), head.id.into(), head.lock.into(), at, head.confirm_host.into()]);
}

static ENTER_TIME: Statement = Statement::new(
    c"SELECT enter_time FROM member.head
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID],
);

/// When a head came to be one; moving keeps it.
pub fn enter_time(session: &Session, dataset: i64, id: i64) -> Option<i64> {
    session.run(&ENTER_TIME, &[dataset.into(), id.into()]).first().and_then(|row| row.bigint())
}

static DELETE: Statement = Statement::new(
    c"DELETE FROM member.head WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID],
);

/// Deletes a head, under the lock of its body.
pub fn delete(session: &Session, dataset: i64, id: i64) {
    session.run(&DELETE, &[dataset.into(), id.into()]);
}

static OF_TYPE_AMONG: Statement = Statement::new(
    c"SELECT h.dataset, h.id
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS n (dataset, id)
        JOIN member.head h ON h.dataset OPERATOR(pg_catalog.=) n.dataset AND h.id OPERATOR(pg_catalog.=) n.id
       WHERE h.addr_type OPERATOR(pg_catalog.=) $3",
    &[INT8ARRAYOID, INT8ARRAYOID, TEXTOID],
);

/// Those of these heads, body and identifier, that are there and of this type.
pub fn of_type_among(session: &Session, heads: &[(i64, i64)], addr_type: AddrType) -> Vec<(i64, i64)> {
    let (datasets, ids): (Vec<i64>, Vec<i64>) = heads.iter().copied().unzip();
    session.run(&OF_TYPE_AMONG, &[Arg::bigints(&datasets), Arg::bigints(&ids), addr_type.as_str().into()]).pairs()
}

static AT_MOST: Statement = Statement::scanning(c"SELECT last_value FROM member.address_id", &[]);

/// There are no more heads than this: each has a number of its own, and so many were drawn.
pub fn at_most(session: &Session) -> i64 {
    session.run(&AT_MOST, &[]).first().and_then(|row| row.bigint()).unwrap_or(i64::MAX)
}

static COUNTED: Statement =
    Statement::scanning(c"SELECT pg_catalog.count(*) FROM (SELECT FROM member.head LIMIT $1) counted", &[INT8OID]);

/// How many heads there are; counted no further than `limit`.
pub fn count(session: &Session, limit: i64) -> i64 {
    session.run(&COUNTED, &[limit.into()]).first().and_then(|row| row.bigint()).unwrap_or_default()
}

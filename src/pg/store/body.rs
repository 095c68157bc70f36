//! `member.body`: the data of a person, and the lock of everything that belongs to it.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Value};
use crate::domain::member::system;
use crate::pg::spi::{Arg, Row, Rows, Session, Statement};
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, JSONBARRAYOID, JSONBOID, TEXTOID, TIMESTAMPTZOID};

/// A body under lock.
pub struct Locked<'s> {
    /// Its number.
    pub dataset: i64,
    /// Its version.
    pub version: i64,
    /// Its data.
    pub data: Value<'s>,
}

static LOCK: Statement = Statement::new(
    c"SELECT version, data FROM member.body WHERE dataset OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
    &[INT8OID],
);
static LOCK_UNCHANGED: Statement = Statement::new(
    c"SELECT version, data FROM member.body
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2
         FOR NO KEY UPDATE SKIP LOCKED",
    &[INT8OID, INT8OID],
);
static LOCK_ONLY: Statement =
    Statement::new(c"SELECT FROM member.body WHERE dataset OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE", &[INT8OID]);
static LOCK_TO_DELETE: Statement =
    Statement::new(c"SELECT FROM member.body WHERE dataset OPERATOR(pg_catalog.=) $1 FOR UPDATE", &[INT8OID]);

/// Locks a body and reads what it is now; nothing when it is gone. Errors: `error/json/corrupt`.
pub fn lock(session: &Session, dataset: i64) -> Result<Option<Locked<'_>>> {
    locked(session.run(&LOCK, &[dataset.into()]), dataset)
}

/// Locks a body that still has this version and that nobody else is changing; never waits.
/// Errors: `error/json/corrupt`.
pub fn lock_unchanged(session: &Session, dataset: i64, version: i64) -> Result<Option<Locked<'_>>> {
    locked(session.run(&LOCK_UNCHANGED, &[dataset.into(), version.into()]), dataset)
}

static SHARE: Statement =
    Statement::new(c"SELECT FROM member.body WHERE dataset OPERATOR(pg_catalog.=) $1 FOR KEY SHARE", &[INT8OID]);

/// Keeps a body from being deleted until the transaction ends; changes of it wait for nothing.
pub fn share(session: &Session, dataset: i64) {
    session.run(&SHARE, &[dataset.into()]);
}

/// Locks a body without reading it.
pub fn lock_only(session: &Session, dataset: i64) {
    session.run(&LOCK_ONLY, &[dataset.into()]);
}

/// Locks a body that may be deleted, without reading it: also one whose data are damaged can go.
pub fn lock_to_delete(session: &Session, dataset: i64) {
    session.run(&LOCK_TO_DELETE, &[dataset.into()]);
}

fn locked(rows: Rows<'_>, dataset: i64) -> Result<Option<Locked<'_>>> {
    let Some(row) = rows.first() else { return Ok(None) };
    let version = row.bigint().unwrap_or_default();
    Ok(Some(Locked { dataset, version, data: data_of(&row)? }))
}

fn data_of<'s>(row: &Row<'s>) -> Result<Value<'s>> {
    json::root(row.jsonb().ok_or_else(no_data)?)
}

#[cold]
fn no_data() -> Error {
    Error::new(Id::JsonCorrupt, "a body has no data")
}

static VERSION: Statement =
    Statement::new(c"SELECT version FROM member.body WHERE dataset OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// The version of a body, if it is there.
pub fn version(session: &Session, dataset: i64) -> Option<i64> {
    session.run(&VERSION, &[dataset.into()]).first().and_then(|row| row.bigint())
}

static STATE: Statement =
    Statement::new(c"SELECT version, data FROM member.body WHERE dataset OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// The version and the data of a body, if it is there. Errors: `error/json/corrupt`.
pub fn state(session: &Session, dataset: i64) -> Result<Option<(i64, &[u8])>> {
    let Some(row) = session.run(&STATE, &[dataset.into()]).first() else { return Ok(None) };
    let version = row.bigint().unwrap_or_default();
    Ok(Some((version, row.jsonb().ok_or_else(no_data)?)))
}

static ROW: Statement = Statement::new(
    c"SELECT pg_catalog.to_jsonb(b) FROM member.body b WHERE b.dataset OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The whole row as jsonb, for the journal.
pub fn row(session: &Session, dataset: i64) -> Option<&[u8]> {
    session.run(&ROW, &[dataset.into()]).first().and_then(|row| row.jsonb())
}

static RESTORE: Statement = Statement::new(
    c"INSERT INTO member.body
             (dataset, version, create_time, update_time, import_time, create_host, update_host, data)
      SELECT r.dataset, r.version OPERATOR(pg_catalog.+) 1, r.create_time, r.update_time, r.import_time,
             r.create_host, r.update_host, r.data
        FROM pg_catalog.jsonb_populate_record(NULL::member.body, $1) r",
    &[JSONBOID],
);

/// Brings a body back from its row in the journal, with the next version.
pub fn restore(session: &Session, row: &[u8]) {
    session.run(&RESTORE, &[Arg::jsonb(row)]);
}

static CREATE: Statement = Statement::new(
    c"INSERT INTO member.body (dataset, version, create_time, create_host, update_time, update_host, data)
      VALUES ($1, 1, $2, $3, $2, $3, $4)",
    &[INT8OID, TIMESTAMPTZOID, TEXTOID, JSONBOID],
);

/// Writes a new body of version 1.
pub fn create(session: &Session, dataset: i64, at: i64, host: Option<&str>, data: &[u8]) {
    session.run(&CREATE, &[dataset.into(), Arg::instant(at), host.into(), Arg::jsonb(data)]);
}

static CHANGE: Statement = Statement::new(
    c"UPDATE member.body SET version = $2, update_time = $3, update_host = $4, data = $5
       WHERE dataset OPERATOR(pg_catalog.=) $1",
    &[INT8OID, INT8OID, TIMESTAMPTZOID, TEXTOID, JSONBOID],
);

/// Writes new data and a new version of a locked body.
pub fn change(session: &Session, dataset: i64, version: i64, at: i64, host: Option<&str>, data: &[u8]) {
    session.run(&CHANGE, &[dataset.into(), version.into(), Arg::instant(at), host.into(), Arg::jsonb(data)]);
}

static TOUCH: Statement = Statement::new(
    c"UPDATE member.body SET version = $2, update_time = $3, update_host = $4 WHERE dataset OPERATOR(pg_catalog.=) $1",
    &[INT8OID, INT8OID, TIMESTAMPTZOID, TEXTOID],
);

/// Writes a new version of a locked body whose heads changed and whose data did not.
pub fn touch(session: &Session, dataset: i64, version: i64, at: i64, host: Option<&str>) {
    session.run(&TOUCH, &[dataset.into(), version.into(), Arg::instant(at), host.into()]);
}

static LOCK_ALL: Statement = Statement::new(
    c"SELECT FROM member.body WHERE dataset OPERATOR(pg_catalog.=) ANY ($1) ORDER BY dataset FOR NO KEY UPDATE",
    &[INT8ARRAYOID],
);

/// Locks the bodies of a part of a job, in ascending order.
pub fn lock_all(session: &Session, datasets: &[i64]) {
    session.run(&LOCK_ALL, &[Arg::bigints(datasets)]);
}

static LOCK_AND_READ: Statement = Statement::new(
    c"SELECT dataset, version, data FROM member.body WHERE dataset OPERATOR(pg_catalog.=) ANY ($1)
       ORDER BY dataset FOR NO KEY UPDATE",
    &[INT8ARRAYOID],
);

/// Locks bodies in ascending order and gives number, version and data of those that are there.
pub fn lock_and_read<'s>(session: &'s Session, datasets: &[i64]) -> Vec<(i64, i64, &'s [u8])> {
    let rows = session.run(&LOCK_AND_READ, &[Arg::bigints(datasets)]);
    let body = |row: Row<'s>| {
        (row.bigint().unwrap_or_default(), row.bigint().unwrap_or_default(), row.jsonb().unwrap_or_default())
    };
    rows.iter().map(body).collect()
}

static IMPORT_NEW: Statement = Statement::new(
    c"INSERT INTO member.body (dataset, version, create_time, update_time, import_time, data)
      SELECT n.dataset, 1, $2, $2, $2, n.data
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($3)) AS n (dataset, data)",
    &[INT8ARRAYOID, TIMESTAMPTZOID, JSONBARRAYOID],
);

/// Writes new bodies of version 1 that an import makes.
pub fn import_new(session: &Session, datasets: &[i64], at: i64, data: &[&[u8]]) {
    session.run(&IMPORT_NEW, &[Arg::bigints(datasets), Arg::instant(at), Arg::jsonbs(data)]);
}

static IMPORT_CHANGED: Statement = Statement::new(
    c"UPDATE member.body b
         SET version = b.version OPERATOR(pg_catalog.+) 1, import_time = $2, data = n.data
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($3)) AS n (dataset, data)
       WHERE b.dataset OPERATOR(pg_catalog.=) n.dataset",
    &[INT8ARRAYOID, TIMESTAMPTZOID, JSONBARRAYOID],
);

/// Writes new data and new versions of locked bodies that an import changes.
pub fn import_changed(session: &Session, datasets: &[i64], at: i64, data: &[&[u8]]) {
    session.run(&IMPORT_CHANGED, &[Arg::bigints(datasets), Arg::instant(at), Arg::jsonbs(data)]);
}

static IMPORT_TOUCHED: Statement = Statement::new(
    c"UPDATE member.body SET version = version OPERATOR(pg_catalog.+) 1, import_time = $2
       WHERE dataset OPERATOR(pg_catalog.=) ANY ($1)",
    &[INT8ARRAYOID, TIMESTAMPTZOID],
);

/// Gives locked bodies whose heads or lists an import changed, and whose data it did not, a new version.
pub fn import_touched(session: &Session, datasets: &[i64], at: i64) {
    session.run(&IMPORT_TOUCHED, &[Arg::bigints(datasets), Arg::instant(at)]);
}

/// Keeps everybody from changing anybody until the transaction ends; waits for those who did.
pub fn lock_table(session: &Session) {
    session.command(c"LOCK TABLE member.body IN EXCLUSIVE MODE");
}

static CHANGES: Statement =
    Statement::scanning(c"SELECT pg_catalog.count(*), pg_catalog.sum(version)::bigint FROM member.body", &[]);

/// How many bodies there are and how often they were changed.
pub fn changes(session: &Session) -> (Option<i64>, Option<i64>) {
    session.run(&CHANGES, &[]).first().map_or((None, None), |row| (row.bigint(), row.bigint()))
}

static LOCK_NEXT: Statement = Statement::new(
    c"SELECT dataset FROM member.body WHERE dataset OPERATOR(pg_catalog.>) $1 ORDER BY dataset LIMIT $2 FOR NO KEY UPDATE",
    &[INT8OID, INT8OID],
);

/// Locks the next bodies behind a number, in ascending order, and gives their numbers.
pub fn lock_next(session: &Session, behind: i64, limit: i64) -> Vec<i64> {
    let rows = session.run(&LOCK_NEXT, &[behind.into(), limit.into()]);
    rows.iter().filter_map(|row| row.bigint()).collect()
}

static TOUCH_ALL: Statement = Statement::new(
    c"UPDATE member.body SET version = version OPERATOR(pg_catalog.+) 1, update_time = $2
       WHERE dataset OPERATOR(pg_catalog.=) ANY ($1) RETURNING dataset, version",
    &[INT8ARRAYOID, TIMESTAMPTZOID],
);

/// Gives locked bodies whose heads changed a new version; gives number and version of each.
pub fn touch_all(session: &Session, datasets: &[i64], at: i64) -> Vec<(i64, i64)> {
    session.run(&TOUCH_ALL, &[Arg::bigints(datasets), Arg::instant(at)]).pairs()
}

static DELETE: Statement =
    Statement::new(c"DELETE FROM member.body WHERE dataset OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// Deletes a locked body.
pub fn delete(session: &Session, dataset: i64) {
    session.run(&DELETE, &[dataset.into()]);
}

static READ: Statement = Statement::new(
    c"SELECT create_time, create_host, update_time, update_host, import_time, data
        FROM member.body WHERE dataset OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// Reads a body without a lock; nothing when there is none. Errors: `error/json/corrupt`.
pub fn read(session: &Session, dataset: i64) -> Result<Option<(system::Body<'_>, Value<'_>)>> {
    let Some(row) = session.run(&READ, &[dataset.into()]).first() else { return Ok(None) };
    let body = system::Body {
        dataset,
        create_time: row.bigint().unwrap_or_default(),
        create_host: row.text(),
        update_time: row.bigint().unwrap_or_default(),
        update_host: row.text(),
        import_time: row.bigint(),
    };
    Ok(Some((body, data_of(&row)?)))
}

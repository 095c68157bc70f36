//! `member.pipe_store`: what Store Set pipes keep (pipelines-and-hooks.md 3.7, 3.8).

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID};

/// The name of a value.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// The channel.
    pub channel: i64,
    /// The virtual collection.
    pub table: &'a str,
    /// The key.
    pub key: &'a str,
}

static SET: Statement = Statement::new(
    c"INSERT INTO member.pipe_store (channel, tbl, key, value, expires_at) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (channel, tbl, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at",
    &[INT8OID, TEXTOID, TEXTOID, JSONBOID, TIMESTAMPTZOID],
);

/// Keeps a value until an instant; one that was there is replaced.
pub fn set(session: &Session, key: Key, value: &[u8], expires_at: i64) {
    session.run(
        &SET,
        &[key.channel.into(), key.table.into(), key.key.into(), Arg::jsonb(value), Arg::instant(expires_at)],
    );
}

static GET: Statement = Statement::new(
    c"SELECT s.value FROM member.pipe_store s
       WHERE s.channel OPERATOR(pg_catalog.=) $1 AND s.tbl OPERATOR(pg_catalog.=) $2
         AND s.key OPERATOR(pg_catalog.=) $3 AND s.expires_at OPERATOR(pg_catalog.>) $4",
    &[INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID],
);

/// The value, unless it has expired.
pub fn get<'s>(session: &'s Session, key: Key, now: i64) -> Option<&'s [u8]> {
    let args = [key.channel.into(), key.table.into(), key.key.into(), Arg::instant(now)];
    session.run(&GET, &args).first().and_then(|row| row.jsonb())
}

static TAKE: Statement = Statement::new(
    c"DELETE FROM member.pipe_store s
       WHERE s.channel OPERATOR(pg_catalog.=) $1 AND s.tbl OPERATOR(pg_catalog.=) $2
         AND s.key OPERATOR(pg_catalog.=) $3 AND s.expires_at OPERATOR(pg_catalog.>) $4
      RETURNING s.value",
    &[INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID],
);

/// Deletes the value and gives it, in one step: of two who ask, one gets it.
pub fn take<'s>(session: &'s Session, key: Key, now: i64) -> Option<&'s [u8]> {
    let args = [key.channel.into(), key.table.into(), key.key.into(), Arg::instant(now)];
    session.run(&TAKE, &args).first().and_then(|row| row.jsonb())
}

static SWEEP: Statement = Statement::new(
    c"DELETE FROM member.pipe_store s
       WHERE s.ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
             SELECT i.ctid FROM member.pipe_store i WHERE i.expires_at OPERATOR(pg_catalog.<=) $1
              ORDER BY i.expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
    &[TIMESTAMPTZOID, INT8OID],
);

/// Deletes what has expired, so many at most.
pub fn sweep(session: &Session, now: i64, limit: i64) {
    session.run(&SWEEP, &[Arg::instant(now), limit.into()]);
}

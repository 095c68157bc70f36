//! `member.subscription`: the values of channels' fields on heads.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBOID};

static READ: Statement = Statement::new(
    c"SELECT fields FROM member.subscription
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2
         AND channel OPERATOR(pg_catalog.=) $3",
    &[INT8OID, INT8OID, INT8OID],
);

/// The values of a channel's fields on a head, as jsonb.
pub fn read(session: &Session, dataset: i64, id: i64, channel: i64) -> Option<&[u8]> {
    session.run(&READ, &[dataset.into(), id.into(), channel.into()]).first().and_then(|row| row.jsonb())
}

static OF_BODY: Statement = Statement::new(
    c"SELECT id, channel, fields FROM member.subscription WHERE dataset OPERATOR(pg_catalog.=) $1 ORDER BY id, channel",
    &[INT8OID],
);

/// The values of a channel's fields on a head of a body.
pub struct Subscribed<'s> {
    /// The head.
    pub id: i64,
    /// The channel.
    pub channel: i64,
    /// The values, as jsonb.
    pub fields: &'s [u8],
}

/// All values on the heads of a body.
pub fn of_body(session: &Session, dataset: i64) -> Vec<Subscribed<'_>> {
    let rows = session.run(&OF_BODY, &[dataset.into()]);
    rows.iter()
        .map(|row| Subscribed {
            id: row.bigint().unwrap_or_default(),
            channel: row.bigint().unwrap_or_default(),
            fields: row.jsonb().unwrap_or_default(),
        })
        .collect()
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.subscription (dataset, id, channel, fields) VALUES ($1, $2, $3, $4)
      ON CONFLICT (dataset, id, channel) DO UPDATE SET fields = $4",
    &[INT8OID, INT8OID, INT8OID, JSONBOID],
);

/// Writes the values, under the lock of the body.
pub fn write(session: &Session, dataset: i64, id: i64, channel: i64, fields: &[u8]) {
    session.run(&WRITE, &[dataset.into(), id.into(), channel.into(), Arg::jsonb(fields)]);
}

static FORGET: Statement = Statement::new(
    c"DELETE FROM member.subscription WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID],
);

/// Forgets the values of a head that goes, under the lock of its body.
pub fn forget(session: &Session, dataset: i64, id: i64) {
    session.run(&FORGET, &[dataset.into(), id.into()]);
}

static MOVE: Statement = Statement::new(
    c"UPDATE member.subscription SET dataset = $3
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID, INT8OID],
);

/// Takes the values of a head along to another body, under the locks of both.
pub fn move_to(session: &Session, from: i64, id: i64, to: i64) {
    session.run(&MOVE, &[from.into(), id.into(), to.into()]);
}

static RESTORE: Statement = Statement::new(
    c"INSERT INTO member.subscription (dataset, id, channel, fields)
      SELECT r.dataset, r.id, r.channel, r.fields
        FROM pg_catalog.jsonb_populate_recordset(NULL::member.subscription, $1) r
       WHERE EXISTS (SELECT FROM member.channel c WHERE c.id OPERATOR(pg_catalog.=) r.channel)",
    &[JSONBOID],
);

/// Brings the values of a head back as the journal keeps them, but those of channels that are gone.
pub fn restore(session: &Session, rows: &[u8]) {
    session.run(&RESTORE, &[Arg::jsonb(rows)]);
}

static FORGET_CHANNEL: Statement = Statement::scanning(
    c"DELETE FROM member.subscription s
       USING (SELECT f.dataset, f.id FROM member.subscription f
               WHERE f.channel OPERATOR(pg_catalog.=) $1 FOR UPDATE SKIP LOCKED) f
       WHERE s.channel OPERATOR(pg_catalog.=) $1
         AND s.dataset OPERATOR(pg_catalog.=) f.dataset AND s.id OPERATOR(pg_catalog.=) f.id",
    &[INT8OID],
);

/// Forgets the values of a channel that goes. Bodies are not locked for it, and nobody who has one locked is waited for:
/// what somebody moves at this moment stays, unread, until its head goes.
pub fn forget_channel(session: &Session, channel: i64) {
    session.run(&FORGET_CHANNEL, &[channel.into()]);
}

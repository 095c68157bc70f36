//! `member.entity`: entities of channels with their operations.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID};

static FIND: Statement = Statement::new(
    c"SELECT revision, settings FROM member.entity
       WHERE channel OPERATOR(pg_catalog.=) $1 AND shortname OPERATOR(pg_catalog.=) $2",
    &[INT8OID, TEXTOID],
);

/// The revision and the settings, as jsonb, of an entity of a channel.
pub fn find<'s>(session: &'s Session, channel: i64, shortname: &str) -> Option<(i64, &'s [u8])> {
    let row = session.run(&FIND, &[channel.into(), shortname.into()]).first()?;
    Some((row.bigint().unwrap_or_default(), row.jsonb().unwrap_or_default()))
}

static LIST: Statement = Statement::new(
    c"SELECT settings FROM member.entity WHERE channel OPERATOR(pg_catalog.=) $1 ORDER BY shortname",
    &[INT8OID],
);

/// The settings, as jsonb, of every entity of a channel, by name.
pub fn list(session: &Session, channel: i64) -> Vec<&[u8]> {
    session.run(&LIST, &[channel.into()]).iter().filter_map(|row| row.jsonb()).collect()
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.entity (channel, shortname, revision, changed_at, settings) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (channel, shortname) DO UPDATE SET revision = $3, changed_at = $4, settings = $5",
    &[INT8OID, TEXTOID, INT8OID, TIMESTAMPTZOID, JSONBOID],
);

/// Writes an entity, new or changed, under the lock of the channel.
pub fn write(session: &Session, channel: i64, shortname: &str, revision: i64, at: i64, settings: &[u8]) {
    let args = [channel.into(), shortname.into(), revision.into(), Arg::instant(at), Arg::jsonb(settings)];
    session.run(&WRITE, &args);
}

static DELETE: Statement = Statement::new(
    c"DELETE FROM member.entity WHERE channel OPERATOR(pg_catalog.=) $1 AND shortname OPERATOR(pg_catalog.=) $2",
    &[INT8OID, TEXTOID],
);

/// Deletes an entity; whether it was there.
pub fn delete(session: &Session, channel: i64, shortname: &str) -> bool {
    session.run(&DELETE, &[channel.into(), shortname.into()]).processed() == 1
}

static NAMES: Statement = Statement::new(
    c"SELECT shortname FROM member.entity WHERE channel OPERATOR(pg_catalog.=) $1 ORDER BY shortname",
    &[INT8OID],
);

/// The names of the entities of a channel.
pub fn names(session: &Session, channel: i64) -> Vec<&str> {
    session.run(&NAMES, &[channel.into()]).iter().filter_map(|row| row.text()).collect()
}

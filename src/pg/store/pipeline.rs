//! `member.pipeline`: pipelines of channels, every version of them.

use crate::pg::spi::{Arg, Row, Session, Statement};
use pgrx::pg_sys::{INT4OID, INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID};

/// A version of a pipeline as it is kept.
pub struct Kept<'s> {
    /// Its number, which no other ever has.
    pub id: i64,
    /// From 1 for each pipeline.
    pub version: i32,
    /// When it was set.
    pub at: i64,
    /// Its pipes, as jsonb; none for a version that takes the pipeline away.
    pub pipes: Option<&'s [u8]>,
}

fn kept<'s>(row: &Row<'s>) -> Kept<'s> {
    Kept {
        id: row.bigint().unwrap_or_default(),
        version: row.integer().unwrap_or_default(),
        at: row.bigint().unwrap_or_default(),
        pipes: row.jsonb(),
    }
}

static CURRENT: Statement = Statement::new(
    c"SELECT id, version, at, pipes FROM member.pipeline
       WHERE channel OPERATOR(pg_catalog.=) $1 AND kind OPERATOR(pg_catalog.=) $2 ORDER BY version DESC LIMIT 1",
    &[INT8OID, TEXTOID],
);

/// The version that counts, also if it takes the pipeline away.
pub fn current<'s>(session: &'s Session, channel: i64, kind: &str) -> Option<Kept<'s>> {
    session.run(&CURRENT, &[channel.into(), kind.into()]).first().map(|row| kept(&row))
}

static VERSION: Statement = Statement::new(
    c"SELECT id, version, at, pipes FROM member.pipeline
       WHERE channel OPERATOR(pg_catalog.=) $1 AND kind OPERATOR(pg_catalog.=) $2
         AND version OPERATOR(pg_catalog.=) $3",
    &[INT8OID, TEXTOID, INT4OID],
);

/// One version.
pub fn version<'s>(session: &'s Session, channel: i64, kind: &str, version: i32) -> Option<Kept<'s>> {
    session.run(&VERSION, &[channel.into(), kind.into(), version.into()]).first().map(|row| kept(&row))
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.pipeline (channel, kind, version, id, at, pipes)
      SELECT $1, $2, COALESCE(pg_catalog.max(p.version), 0) OPERATOR(pg_catalog.+) 1, $3, $4, $5
        FROM member.pipeline p
       WHERE p.channel OPERATOR(pg_catalog.=) $1 AND p.kind OPERATOR(pg_catalog.=) $2
      RETURNING version",
    &[INT8OID, TEXTOID, INT8OID, TIMESTAMPTZOID, JSONBOID],
);

/// Writes the next version, under the lock of the channel, and gives its number. Without pipes it takes the pipeline away.
pub fn write(session: &Session, channel: i64, kind: &str, id: i64, at: i64, pipes: Option<&[u8]>) -> i32 {
    let pipes = pipes.map_or(Arg::NULL, Arg::jsonb);
    let rows = session.run(&WRITE, &[channel.into(), kind.into(), id.into(), Arg::instant(at), pipes]);
    rows.first().and_then(|row| row.integer()).unwrap_or_default()
}

static KINDS: Statement = Statement::new(
    c"SELECT DISTINCT ON (p.kind) p.kind, p.version, p.pipes IS NOT NULL
        FROM member.pipeline p WHERE p.channel OPERATOR(pg_catalog.=) $1 ORDER BY p.kind, p.version DESC",
    &[INT8OID],
);

/// The kinds that a channel has pipelines of, with their versions.
pub fn kinds(session: &Session, channel: i64) -> Vec<(&str, i32)> {
    let rows = session.run(&KINDS, &[channel.into()]);
    let kinds = rows.iter().map(|row| {
        let (kind, version) = (row.text().unwrap_or_default(), row.integer().unwrap_or_default());
        (kind, version, row.truth())
    });
    kinds.filter(|(.., is_there)| *is_there).map(|(kind, version, _)| (kind, version)).collect()
}

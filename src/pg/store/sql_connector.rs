//! `member.sql_connector`: other databases that pipelines ask, secrets included.

use crate::pg::spi::{Arg, Row, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBOID, TIMESTAMPTZOID};

/// A connector as it is kept.
pub struct Kept<'s> {
    /// Its number.
    pub id: i64,
    /// Grows with each change: who keeps connections open makes new ones.
    pub revision: i64,
    /// Its settings, as jsonb.
    pub settings: &'s [u8],
}

fn kept<'s>(row: &Row<'s>) -> Kept<'s> {
    Kept {
        id: row.bigint().unwrap_or_default(),
        revision: row.bigint().unwrap_or_default(),
        settings: row.jsonb().unwrap_or_default(),
    }
}

static FIND: Statement = Statement::new(
    c"SELECT id, revision, settings FROM member.sql_connector WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The connector of this number.
pub fn find(session: &Session, id: i64) -> Option<Kept<'_>> {
    session.run(&FIND, &[id.into()]).first().map(|row| kept(&row))
}

static LIST: Statement =
    Statement::scanning(c"SELECT id, revision, settings FROM member.sql_connector ORDER BY id", &[]);

/// Every connector, by number.
pub fn list(session: &Session) -> Vec<Kept<'_>> {
    session.run(&LIST, &[]).iter().map(|row| kept(&row)).collect()
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.sql_connector (id, revision, changed_at, settings) VALUES ($1, $2, $3, $4)
      ON CONFLICT (id) DO UPDATE SET revision = $2, changed_at = $3, settings = $4",
    &[INT8OID, INT8OID, TIMESTAMPTZOID, JSONBOID],
);

/// Writes a connector, new or changed.
pub fn write(session: &Session, id: i64, revision: i64, at: i64, settings: &[u8]) {
    session.run(&WRITE, &[id.into(), revision.into(), Arg::instant(at), Arg::jsonb(settings)]);
}

static DELETE: Statement =
    Statement::new(c"DELETE FROM member.sql_connector WHERE id OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// Deletes a connector; whether it was there.
pub fn delete(session: &Session, id: i64) -> bool {
    session.run(&DELETE, &[id.into()]).processed() == 1
}

static USED: Statement = Statement::scanning(
    c"SELECT c.string_id OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) u.place
        FROM (SELECT DISTINCT ON (p.channel, p.kind) p.channel, p.kind AS place, p.pipes
                FROM member.pipeline p ORDER BY p.channel, p.kind, p.version DESC) u
        JOIN member.channel c ON c.id OPERATOR(pg_catalog.=) u.channel
       WHERE pg_catalog.jsonb_path_exists(u.pipes, '$[*].params.connector_id ? (@ == $id)',
                                          pg_catalog.jsonb_build_object('id', $1))
       UNION ALL
      SELECT c.string_id OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) e.shortname
        FROM member.entity e JOIN member.channel c ON c.id OPERATOR(pg_catalog.=) e.channel
       WHERE pg_catalog.jsonb_path_exists(e.settings, '$.operations.*.pipes[*].params.connector_id ? (@ == $id)',
                                          pg_catalog.jsonb_build_object('id', $1))
       ORDER BY 1",
    &[INT8OID],
);

/// The pipelines and entities that name the connector now.
pub fn users(session: &Session, id: i64) -> Vec<&str> {
    session.run(&USED, &[id.into()]).iter().filter_map(|row| row.text()).collect()
}

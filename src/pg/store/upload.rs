//! `member.upload` and `upload_part`: data that are to be imported, as octets.

use crate::pg::append::append;
use crate::pg::spi::{Arg, Session, Statement};
use crate::pg::store::sequence::{self, relation};
use pgrx::pg_sys::{BYTEAOID, INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID, UUIDOID};

static CREATE: Statement = Statement::new(
    c"INSERT INTO member.upload (uid, created_at, closed_at, request)
      VALUES (pg_catalog.gen_random_uuid(), $1, NULL, $2) RETURNING uid::pg_catalog.text",
    &[TIMESTAMPTZOID, JSONBOID],
);

/// Makes an empty upload with parameters that go with it, as jsonb; gives its uid.
pub fn create(session: &Session, request: &[u8], at: i64) -> String {
    let rows = session.run(&CREATE, &[Arg::instant(at), Arg::jsonb(request)]);
    rows.first().and_then(|row| row.text()).unwrap_or_default().to_owned()
}

static FIND: Statement = Statement::new(
    c"SELECT request FROM member.upload WHERE uid OPERATOR(pg_catalog.=) $1::pg_catalog.uuid",
    &[TEXTOID],
);

/// The parameters that go with an upload, as jsonb; none where there is no such upload.
pub fn find<'s>(session: &'s Session, uid: &str) -> Option<&'s [u8]> {
    session.run(&FIND, &[uid.into()]).first()?.jsonb()
}

static HOLD: Statement = Statement::new(
    c"SELECT 1 FROM member.upload WHERE uid OPERATOR(pg_catalog.=) $1 AND closed_at IS NULL FOR SHARE",
    &[UUIDOID],
);

/// Keeps an upload from being read by an import until the transaction ends. Whether it is there and takes more. `uid` is of
/// type uuid.
pub fn hold(session: &Session, uid: Arg) -> bool {
    session.run(&HOLD, &[uid]).first().is_some()
}

static CLOSE: Statement = Statement::new(
    c"UPDATE member.upload SET closed_at = $2
       WHERE uid OPERATOR(pg_catalog.=) $1::pg_catalog.uuid AND closed_at IS NULL",
    &[TEXTOID, TIMESTAMPTZOID],
);

/// Has nothing be added any more; waits for transactions that add.
pub fn close(session: &Session, uid: &str, at: i64) {
    session.run(&CLOSE, &[uid.into(), Arg::instant(at)]);
}

/// Adds octets behind those that are there. `uid` is a datum of type uuid.
pub fn add(uid: Arg, bytes: &[u8]) {
    append(relation(c"upload_part"), [[uid, sequence::next_upload_part_id().into(), Arg::bytea(bytes)]]);
}

static ADD: Statement = Statement::new(
    c"INSERT INTO member.upload_part (upload, id, bytes) VALUES ($1::pg_catalog.uuid, $2, $3)",
    &[TEXTOID, INT8OID, BYTEAOID],
);

/// Adds octets behind those that are there.
pub fn add_to(session: &Session, uid: &str, bytes: &[u8]) {
    session.run(&ADD, &[uid.into(), sequence::next_upload_part_id().into(), Arg::bytea(bytes)]);
}

static PARTS: Statement = Statement::new(
    c"SELECT id, pg_catalog.octet_length(bytes)::bigint FROM member.upload_part
       WHERE upload OPERATOR(pg_catalog.=) $1::pg_catalog.uuid ORDER BY id",
    &[TEXTOID],
);

/// The parts of an upload in their order: number and length.
pub fn parts(session: &Session, uid: &str) -> Vec<(i64, i64)> {
    session.run(&PARTS, &[uid.into()]).pairs()
}

static PART: Statement = Statement::new(
    c"SELECT bytes FROM member.upload_part
       WHERE upload OPERATOR(pg_catalog.=) $1::pg_catalog.uuid AND id OPERATOR(pg_catalog.=) $2",
    &[TEXTOID, INT8OID],
);

/// The octets of a part; none if it is gone.
pub fn part<'s>(session: &'s Session, uid: &str, id: i64) -> Option<&'s [u8]> {
    session.run(&PART, &[uid.into(), id.into()]).first()?.octets()
}

static FORGET: Statement = Statement::scanning(
    c"WITH gone AS (
          DELETE FROM member.upload u
           WHERE u.created_at OPERATOR(pg_catalog.<) $1
             AND NOT EXISTS (
                 SELECT FROM member.track t
                  WHERE t.status OPERATOR(pg_catalog.>=) 0
                    AND pg_catalog.strpos(pg_catalog.concat(t.request, t.state), u.uid::pg_catalog.text)
                            OPERATOR(pg_catalog.>) 0)
          RETURNING u.uid)
      DELETE FROM member.upload_part p WHERE p.upload OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT g.uid FROM gone g))",
    &[TIMESTAMPTZOID],
);

/// Deletes uploads made before an instant that no open track names.
pub fn forget(session: &Session, before: i64) {
    session.run(&FORGET, &[Arg::instant(before)]);
}

static FORGET_READ: Statement = Statement::scanning(
    c"WITH gone AS (
          DELETE FROM member.upload u
           WHERE u.closed_at IS NOT NULL
             AND NOT EXISTS (
                 SELECT FROM member.track t
                  WHERE t.status OPERATOR(pg_catalog.>=) 0
                    AND pg_catalog.strpos(pg_catalog.concat(t.request, t.state), u.uid::pg_catalog.text)
                            OPERATOR(pg_catalog.>) 0)
          RETURNING u.uid),
      parts AS (
          DELETE FROM member.upload_part p WHERE p.upload OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT g.uid FROM gone g)))
      SELECT pg_catalog.count(*) FROM gone",
    &[],
);

/// Deletes the uploads that an import has read and none reads now. How many.
pub fn forget_read(session: &Session) -> u64 {
    session.run(&FORGET_READ, &[]).first().and_then(|row| row.bigint()).unwrap_or_default().unsigned_abs()
}

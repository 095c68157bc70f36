//! `member.group_member`: which heads are in which list groups.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBOID};

static OF_HEAD: Statement = Statement::new(
    c"SELECT gid, pg_catalog.to_char(since, 'YYYY-MM-DD 00:00:00') FROM member.group_member
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID],
);

/// The list groups of a head, with the day of entry as `Ys`.
pub fn of_head(session: &Session, dataset: i64, id: i64) -> Vec<(&str, String)> {
    let rows = session.run(&OF_HEAD, &[dataset.into(), id.into()]);
    rows.iter().map(|row| (row.text().unwrap_or_default(), row.text().unwrap_or_default().to_owned())).collect()
}

static LEAVE_ALL: Statement = Statement::new(
    c"DELETE FROM member.group_member WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID],
);

/// Takes a head out of all its list groups, under the lock of its body.
pub fn leave_all(session: &Session, dataset: i64, id: i64) {
    session.run(&LEAVE_ALL, &[dataset.into(), id.into()]);
}

static MOVE: Statement = Statement::new(
    c"UPDATE member.group_member SET dataset = $3
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID, INT8OID],
);

/// Takes the lists of a head along to another body, under the locks of both.
pub fn move_to(session: &Session, from: i64, id: i64, to: i64) {
    session.run(&MOVE, &[from.into(), id.into(), to.into()]);
}

static RESTORE: Statement = Statement::new(
    c"INSERT INTO member.group_member (dataset, id, gid, since)
      SELECT r.dataset, r.id, r.gid, r.since
        FROM pg_catalog.jsonb_populate_recordset(NULL::member.group_member, $1) r
       WHERE EXISTS (SELECT FROM member.group_def g
                      WHERE g.gid OPERATOR(pg_catalog.=) r.gid AND g.kind OPERATOR(pg_catalog.=) 'list')",
    &[JSONBOID],
);

/// Brings a head back into its lists, those that are still there.
pub fn restore(session: &Session, rows: &[u8]) {
    session.run(&RESTORE, &[Arg::jsonb(rows)]);
}

//! `member.group_member`: which heads are in which list groups.

use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::INT8OID;

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

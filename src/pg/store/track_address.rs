//! `member.track_address`: the identifiers that tracks are about, as they were written out.

use crate::pg::append::append;
use crate::pg::spi::{Session, Statement};
use crate::pg::store::sequence::relation;
use pgrx::pg_sys::{INT8OID, TEXTOID};

/// Writes down identifiers behind a place; gives the last place.
pub fn write<'a>(track: i64, behind: i64, values: impl IntoIterator<Item = &'a str>) -> i64 {
    let mut last = behind;
    let rows = values.into_iter().map(|value| {
        last += 1;
        [track.into(), last.into(), value.into()]
    });
    append(relation(c"track_address"), rows);
    last
}

static NEXT: Statement = Statement::new(
    c"SELECT a.n, a.value FROM member.track_address a
       WHERE a.track OPERATOR(pg_catalog.=) $1 AND a.n OPERATOR(pg_catalog.>) $2 ORDER BY a.n LIMIT $3",
    &[INT8OID, INT8OID, INT8OID],
);

/// The next identifiers behind a place, each with its own.
pub fn next(session: &Session, track: i64, behind: i64, limit: i64) -> Vec<(i64, &str)> {
    let rows = session.run(&NEXT, &[track.into(), behind.into(), limit.into()]);
    rows.iter().map(|row| (row.bigint().unwrap_or_default(), row.text().unwrap_or_default())).collect()
}

static FORGET: Statement =
    Statement::new(c"DELETE FROM member.track_address WHERE track OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// Deletes those of a track.
pub fn forget(session: &Session, track: i64) {
    session.run(&FORGET, &[track.into()]);
}

static FORGET_ENDED: Statement = Statement::scanning(
    c"DELETE FROM member.track_address a
       WHERE NOT EXISTS (SELECT FROM member.track t
                          WHERE t.id OPERATOR(pg_catalog.=) a.track AND t.status OPERATOR(pg_catalog.>=) 0)",
    &[],
);

/// Deletes those of tracks that ended before a worker took them up.
pub fn forget_ended(session: &Session) {
    session.run(&FORGET_ENDED, &[]);
}

static BLANK: Statement = Statement::scanning(
    c"DELETE FROM member.track_address
       WHERE pg_catalog.lower(value COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $1",
    &[TEXTOID],
);

/// Deletes those that name an identifier. How many.
pub fn blank(session: &Session, mentions: Option<&str>) -> u64 {
    session.run(&BLANK, &[mentions.into()]).processed()
}

//! Tracks whose requests or answers name a person.

use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::TEXTOID;

static OPEN: Statement = Statement::scanning(
    c"SELECT id FROM member.track t
       WHERE status OPERATOR(pg_catalog.>=) 0
         AND (pg_catalog.lower(pg_catalog.to_jsonb(t)::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $1
              OR EXISTS (SELECT FROM member.track_address a
                          WHERE a.track OPERATOR(pg_catalog.=) t.id
                            AND pg_catalog.lower(a.value COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $1))
       ORDER BY id LIMIT 10",
    &[TEXTOID],
);

/// The first tracks not at their end that name an identifier.
pub fn open(session: &Session, mentions: Option<&str>) -> Vec<i64> {
    session.run(&OPEN, &[mentions.into()]).iter().filter_map(|row| row.bigint()).collect()
}

static NAMING: Statement = Statement::scanning(
    c"SELECT id, action, status, created_at, info, request, result FROM member.track t
       WHERE pg_catalog.lower(pg_catalog.to_jsonb(t)::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $1
       ORDER BY id",
    &[TEXTOID],
);

/// A track that names a person.
pub struct Naming<'s> {
    /// Its number.
    pub id: i64,
    /// The call.
    pub action: &'s str,
    /// How far it is.
    pub status: i32,
    /// When it was made.
    pub at: i64,
    /// What the caller wrote beside it.
    pub info: Option<&'s str>,
    /// What is to be done, as jsonb.
    pub request: &'s [u8],
    /// The call's own answer, as jsonb.
    pub result: Option<&'s [u8]>,
}

/// All tracks that name an identifier.
pub fn naming<'s>(session: &'s Session, mentions: Option<&str>) -> Vec<Naming<'s>> {
    let rows = session.run(&NAMING, &[mentions.into()]);
    let naming = rows.iter().map(|row| Naming {
        id: row.bigint().unwrap_or_default(),
        action: row.text().unwrap_or_default(),
        status: row.integer().unwrap_or_default(),
        at: row.bigint().unwrap_or_default(),
        info: row.text(),
        request: row.jsonb().unwrap_or_default(),
        result: row.jsonb(),
    });
    naming.collect()
}

static BLANK: Statement = Statement::scanning(
    c"UPDATE member.track t
         SET request = '{}', state = NULL, result = NULL, info = NULL, error_info = NULL
       WHERE status OPERATOR(pg_catalog.<) 0
         AND pg_catalog.lower(pg_catalog.to_jsonb(t)::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $1",
    &[TEXTOID],
);

/// Empties the tracks at their end that name an identifier. How many.
pub fn blank(session: &Session, mentions: Option<&str>) -> u64 {
    session.run(&BLANK, &[mentions.into()]).processed()
}

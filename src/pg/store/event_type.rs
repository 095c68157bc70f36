//! `member.event_type`: the codes that the log may hold.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{BOOLOID, TEXTARRAYOID, TEXTOID};

/// A type.
pub struct Entry<'s> {
    /// Its code.
    pub code: &'s str,
    /// The code whose effect it has: its own, or its base.
    pub base: &'s str,
    /// Whether it is about a subscriber.
    pub is_personal: bool,
    /// The keys of its event_data with their kinds, as jsonb.
    pub keys: &'s [u8],
}

static READ: Statement = Statement::new(
    c"SELECT code, COALESCE(base, code), is_personal, keys FROM member.event_type WHERE code OPERATOR(pg_catalog.=) $1",
    &[TEXTOID],
);

/// The type of this code.
pub fn find<'s>(session: &'s Session, code: &str) -> Option<Entry<'s>> {
    session.run(&READ, &[code.into()]).first().map(|row| Entry {
        code: row.text().unwrap_or_default(),
        base: row.text().unwrap_or_default(),
        is_personal: row.truth(),
        keys: row.jsonb().unwrap_or_default(),
    })
}

static BASE: Statement = Statement::new(
    c"SELECT base FROM member.event_type WHERE code OPERATOR(pg_catalog.=) $1 AND base IS NOT NULL",
    &[TEXTOID],
);

/// The code that hooks may list instead of this one; only events of one's own channels have such, and a dot in theirs.
pub fn base_of<'s>(session: &'s Session, code: &str) -> Option<&'s str> {
    if code.contains('.') { session.run(&BASE, &[code.into()]).first().and_then(|row| row.text()) } else { None }
}

static DEFINE: Statement = Statement::new(
    c"WITH gone AS (
          DELETE FROM member.event_type t
           WHERE NOT t.builtin AND pg_catalog.starts_with(t.code, $1) AND NOT t.code OPERATOR(pg_catalog.=) ANY ($2))
      INSERT INTO member.event_type (code, base, family, about, is_personal, keys, builtin)
      SELECT e.code, e.base, 'channel', e.about, $5, d.keys, false
        FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4)) e (code, base, about),
             member.event_type d
       WHERE d.code OPERATOR(pg_catalog.=) 'custom'
      ON CONFLICT (code) DO UPDATE SET base = EXCLUDED.base, about = EXCLUDED.about, is_personal = EXCLUDED.is_personal",
    &[TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, BOOLOID],
);

/// Writes the types of a channel, all of whose codes begin with `prefix`: codes, bases and names. Others with that prefix
/// go.
pub fn define(session: &Session, prefix: &str, [codes, bases, names]: [&[&str]; 3], is_personal: bool) {
    let args = [prefix.into(), Arg::texts(codes), Arg::texts(bases), Arg::texts(names), is_personal.into()];
    session.run(&DEFINE, &args);
}

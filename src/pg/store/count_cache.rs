//! `member.count_cache`: answers that callers may take again.

use crate::domain::cache::Cached;
use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{BYTEAOID, JSONBOID, TIMESTAMPTZOID};

static FIND: Statement = Statement::new(
    c"SELECT answer FROM member.count_cache
       WHERE question OPERATOR(pg_catalog.=) $1 AND at OPERATOR(pg_catalog.>=) $2",
    &[BYTEAOID, TIMESTAMPTZOID],
);

/// The answer to a question, as jsonb, if at an instant it is not too old.
pub fn find<'s>(session: &'s Session, cached: &Cached, at: i64) -> Option<&'s [u8]> {
    let since = at.saturating_sub(cached.ttl.saturating_mul(1_000_000));
    session.run(&FIND, &[Arg::bytea(&cached.question), Arg::instant(since)]).first().and_then(|row| row.jsonb())
}

static KEEP: Statement = Statement::new(
    c"INSERT INTO member.count_cache AS c (question, at, answer, keep_until) VALUES ($1, $2, $3, $4)
          ON CONFLICT (question) DO UPDATE
         SET at = EXCLUDED.at, answer = EXCLUDED.answer,
             keep_until = GREATEST(c.keep_until, EXCLUDED.keep_until)",
    &[BYTEAOID, TIMESTAMPTZOID, JSONBOID, TIMESTAMPTZOID],
);

/// Keeps the answer to a question, for as long as those who ask would take it again.
pub fn keep(session: &Session, cached: &Cached, at: i64, answer: &[u8]) {
    let until = at.saturating_add(cached.ttl.saturating_mul(1_000_000));
    let args = [Arg::bytea(&cached.question), Arg::instant(at), Arg::jsonb(answer), Arg::instant(until)];
    session.run(&KEEP, &args);
}

static FORGET: Statement = Statement::scanning(
    c"DELETE FROM member.count_cache
       WHERE question OPERATOR(pg_catalog.=) ANY (
           ARRAY(SELECT c.question FROM member.count_cache c WHERE c.keep_until OPERATOR(pg_catalog.<) $1
                    FOR UPDATE SKIP LOCKED))",
    &[TIMESTAMPTZOID],
);

/// Forgets the answers that nobody takes again after an instant; waits for nobody who is just giving a new one.
pub fn forget(session: &Session, before: i64) {
    session.run(&FORGET, &[Arg::instant(before)]);
}

static CLEAR: Statement = Statement::scanning(c"DELETE FROM member.count_cache", &[]);

/// Forgets every answer.
pub fn clear(session: &Session) {
    session.run(&CLEAR, &[]);
}

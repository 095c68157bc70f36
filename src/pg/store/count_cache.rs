//! `member.count_cache`: answers of `member.list.count` that callers may take again.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{JSONBOID, TIMESTAMPTZOID};

static FIND: Statement = Statement::new(
    c"SELECT answer FROM member.count_cache
       WHERE question OPERATOR(pg_catalog.=) $1 AND at OPERATOR(pg_catalog.>=) $2",
    &[JSONBOID, TIMESTAMPTZOID],
);

/// The answer to a question, as jsonb, if it is no older than `since`.
pub fn find<'s>(session: &'s Session, question: &[u8], since: i64) -> Option<&'s [u8]> {
    session.run(&FIND, &[Arg::jsonb(question), Arg::instant(since)]).first().and_then(|row| row.jsonb())
}

static KEEP: Statement = Statement::new(
    c"INSERT INTO member.count_cache (question, at, answer) VALUES ($1, $2, $3)
          ON CONFLICT (question) DO UPDATE SET at = EXCLUDED.at, answer = EXCLUDED.answer",
    &[JSONBOID, TIMESTAMPTZOID, JSONBOID],
);

/// Keeps the answer to a question.
pub fn keep(session: &Session, question: &[u8], at: i64, answer: &[u8]) {
    session.run(&KEEP, &[Arg::jsonb(question), Arg::instant(at), Arg::jsonb(answer)]);
}

static CLEAR: Statement = Statement::scanning(c"DELETE FROM member.count_cache", &[]);

/// Forgets every answer.
pub fn clear(session: &Session) {
    session.run(&CLEAR, &[]);
}

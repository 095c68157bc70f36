//! `member.run_claim` and `member.run_outcome`: runs that were begun, and how they ended. Rows are appended.

use crate::pg::append::append;
use crate::pg::spi::{Arg, Session, Statement};
use crate::pg::store::sequence::relation;
use pgrx::pg_sys::{INT8OID, TIMESTAMPTZOID};

/// Notes that these runs are begun now.
pub fn claim(runs: &[i64], at: i64) {
    append(relation(c"run_claim"), [[Arg::instant(at), Arg::bigints(runs)]]);
}

/// How a run ended.
pub struct Outcome<'a> {
    /// The run.
    pub run: i64,
    /// When.
    pub at: i64,
    /// `done`, `failed` or `stopped`.
    pub state: &'a str,
    /// `$error` of a failed one: code and message.
    pub failure: Option<(i64, &'a str)>,
    /// How long it took since it was begun, in milliseconds.
    pub took_ms: f64,
    /// Its steps, as jsonb.
    pub steps: Option<&'a [u8]>,
}

/// Notes how runs ended.
pub fn note<'a>(outcomes: impl IntoIterator<Item = Outcome<'a>>) {
    let rows = outcomes.into_iter().map(|outcome| {
        [
            outcome.run.into(),
            Arg::instant(outcome.at),
            outcome.state.into(),
            outcome.failure.map(|(code, _)| code).into(),
            outcome.failure.map(|(_, message)| message).into(),
            Arg::double(outcome.took_ms),
            outcome.steps.map_or(Arg::NULL, Arg::jsonb),
        ]
    });
    append(relation(c"run_outcome"), rows);
}

/// How a run ended, as it is kept.
pub struct Kept<'s> {
    /// When, in the server's microseconds.
    pub at: i64,
    /// `done`, `failed` or `stopped`.
    pub state: &'s str,
    /// `$error.code`.
    pub code: Option<i64>,
    /// `$error.message`.
    pub message: Option<&'s str>,
    /// Milliseconds.
    pub took_ms: f64,
    /// Its steps, as jsonb.
    pub steps: Option<&'s [u8]>,
}

static READ: Statement = Statement::new(
    c"SELECT o.at, o.state, o.code, o.message, o.took_ms, o.steps FROM member.run_outcome o
       WHERE o.run OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// How a run ended; nothing while it has not.
pub fn read(session: &Session, run: i64) -> Option<Kept<'_>> {
    session.run(&READ, &[run.into()]).first().map(|row| Kept {
        at: row.bigint().unwrap_or_default(),
        state: row.text().unwrap_or_default(),
        code: row.bigint(),
        message: row.text(),
        took_ms: row.double().unwrap_or_default(),
        steps: row.jsonb(),
    })
}

static FORGET_CLAIMS: Statement =
    Statement::new(c"DELETE FROM member.run_claim WHERE at OPERATOR(pg_catalog.<) $1", &[TIMESTAMPTZOID]);

/// Deletes what was noted of beginnings before an instant.
pub fn forget_claims(session: &Session, before: i64) {
    session.run(&FORGET_CLAIMS, &[Arg::instant(before)]);
}

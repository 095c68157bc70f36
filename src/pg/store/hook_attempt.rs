//! `member.hook_attempt`: every attempt to send a batch, and what a dispatcher that begins learns from them.

use crate::domain::hook::Streak;
use crate::pg::append::append;
use crate::pg::spi::{Arg, Session, Statement};
use crate::pg::store::hook_batch::BatchId;
use crate::pg::store::sequence::relation;
use pgrx::pg_sys::INT8OID;

/// An attempt.
pub struct Attempt<'a> {
    /// Whose.
    pub hook: i64,
    /// When it ended.
    pub at: i64,
    /// The batch.
    pub batch: BatchId,
    /// Which attempt, from 1.
    pub number: u32,
    /// What came of it.
    pub state: &'a str,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The beginning of the answer or of the problem.
    pub answer: &'a str,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// How many events it carried.
    pub events: usize,
    /// The first position of the batch.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// Since when the circuit breaker is open after it; none where it is closed.
    pub open_since: Option<i64>,
    /// When the batch is to go again.
    pub next_at: Option<i64>,
}

/// Writes an attempt.
pub fn note(attempt: &Attempt) {
    let row = [
        attempt.hook.into(),
        Arg::instant(attempt.at),
        attempt.batch.into(),
        i32::try_from(attempt.number).unwrap_or(i32::MAX).into(),
        attempt.state.into(),
        attempt.status.map(i32::from).into(),
        attempt.answer.into(),
        Arg::double(attempt.took_ms),
        i32::try_from(attempt.events).unwrap_or(i32::MAX).into(),
        attempt.first.into(),
        attempt.last.into(),
        if attempt.open_since.is_some() { "open" } else { "closed" }.into(),
        attempt.open_since.map_or(Arg::NULL, Arg::instant),
        attempt.next_at.map_or(Arg::NULL, Arg::instant),
    ];
    append(relation(c"hook_attempt"), [row]);
}

static STREAK: Statement = Statement::new(
    c"SELECT pg_catalog.count(*), pg_catalog.min(a.at), pg_catalog.max(a.breaker_since)
        FROM member.hook h
        JOIN member.hook_attempt a ON a.hook OPERATOR(pg_catalog.=) h.id AND a.at OPERATOR(pg_catalog.>=) h.begun_at
       WHERE h.id OPERATOR(pg_catalog.=) $1
         AND a.at OPERATOR(pg_catalog.>) COALESCE(
             (SELECT s.at FROM member.hook_attempt s
               WHERE s.hook OPERATOR(pg_catalog.=) $1 AND s.state OPERATOR(pg_catalog.=) 'delivered'
               ORDER BY s.at DESC LIMIT 1), '-infinity'::pg_catalog.timestamptz)",
    &[INT8OID],
);

/// The failures of a hook since its last success, or since somebody had it send.
pub fn streak(session: &Session, hook: i64) -> Streak {
    let rows = session.run(&STREAK, &[hook.into()]);
    let Some(row) = rows.first() else { return Streak::default() };
    let failures = row.bigint().and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
    Streak { failures, since: row.bigint(), open_since: row.bigint() }
}

//! What hooks have done and have under way: `member.hook_batch`, `hook_outcome`, `hook_attempt`. Rows are appended;
//! the place of a hook is the furthest of them.

use crate::pg::append::append;
use crate::pg::jsonb;
use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::sequence::relation;
use pgrx::pg_sys::{self, BOOLOID, INT8ARRAYOID, INT8OID, JSONBOID, TIMESTAMPTZOID, UUIDOID};

/// The id of a batch: a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchId(pub [u8; 16]);

impl BatchId {
    /// A new one, by the server's own generator.
    pub fn new() -> BatchId {
        // SAFETY: the function takes nothing and gives a uuid of its own.
        unsafe {
            let datum = pg_sys::OidFunctionCall0Coll(pg_sys::Oid::from(pg_sys::F_GEN_RANDOM_UUID), pg_sys::InvalidOid);
            BatchId(datum.cast_mut_ptr::<[u8; 16]>().read())
        }
    }

    fn arg(&self) -> Arg {
        Arg::datum(jsonb::copied(&self.0))
    }
}

impl std::fmt::Display for BatchId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let dash = if matches!(place, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(out, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

/// A batch on its way.
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// The first position that it covers.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// The positions of its events.
    pub events: Vec<i64>,
    /// The custom_data of each event, as jsonb: a list.
    pub resolved: Vec<u8>,
    /// Whether somebody asked for it again.
    pub is_resent: bool,
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.hook_batch (hook, batch, first, last, events, resolved, is_resent, is_dead, at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, false, $8)",
    &[INT8OID, UUIDOID, INT8OID, INT8OID, INT8ARRAYOID, JSONBOID, BOOLOID, TIMESTAMPTZOID],
);

/// Writes a batch before its first byte leaves.
pub fn write(session: &Session, hook: i64, batch: &Batch, at: i64) {
    let args = [
        hook.into(),
        batch.id.arg(),
        batch.first.into(),
        batch.last.into(),
        Arg::bigints(&batch.events),
        Arg::jsonb(&batch.resolved),
        batch.is_resent.into(),
        Arg::instant(at),
    ];
    session.run(&WRITE, &args);
}

static WAITING: Statement = Statement::new(
    c"SELECT b.batch, b.first, b.last, b.resolved, b.is_resent, b.events,
             (SELECT pg_catalog.count(*) FROM member.hook_attempt a
               WHERE a.batch OPERATOR(pg_catalog.=) b.batch AND a.at OPERATOR(pg_catalog.>=) b.at)
        FROM member.hook_batch b
       WHERE b.hook OPERATOR(pg_catalog.=) $1 AND NOT b.is_dead ORDER BY b.last",
    &[INT8OID],
);

/// The batches of a hook that have neither arrived nor died, with the number of attempts made.
pub fn waiting(session: &Session, hook: i64) -> Vec<(Batch, u32)> {
    session.run(&WAITING, &[hook.into()]).iter().map(|row| waiting_of(&row)).collect()
}

fn waiting_of(row: &Row) -> (Batch, u32) {
    // SAFETY: the column is a uuid: 16 octets by reference.
    let id = row.next().map_or([0; 16], |datum| unsafe { datum.cast_mut_ptr::<[u8; 16]>().read() });
    let (first, last) = (row.bigint().unwrap_or_default(), row.bigint().unwrap_or_default());
    let resolved = row.jsonb().unwrap_or_default().to_vec();
    let is_resent = row.truth();
    let events = row.bigints();
    let attempts = row.bigint().and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
    (Batch { id: BatchId(id), first, last, events, resolved, is_resent }, attempts)
}

static REMOVE: Statement = Statement::new(
    c"DELETE FROM member.hook_batch WHERE hook OPERATOR(pg_catalog.=) $1 AND batch OPERATOR(pg_catalog.=) $2",
    &[INT8OID, UUIDOID],
);

/// Removes a batch that arrived.
pub fn remove(session: &Session, hook: i64, batch: BatchId) {
    session.run(&REMOVE, &[hook.into(), batch.arg()]);
}

static BURY: Statement = Statement::new(
    c"UPDATE member.hook_batch SET is_dead = true
       WHERE hook OPERATOR(pg_catalog.=) $1 AND batch OPERATOR(pg_catalog.=) $2",
    &[INT8OID, UUIDOID],
);

/// Notes that a batch had its last attempt.
pub fn bury(session: &Session, hook: i64, batch: BatchId) {
    session.run(&BURY, &[hook.into(), batch.arg()]);
}

static PLACE: Statement = Statement::new(
    c"SELECT GREATEST(
          (SELECT pg_catalog.max(o.pos) FROM member.hook_outcome o WHERE o.hook OPERATOR(pg_catalog.=) $1),
          (SELECT pg_catalog.max(b.last) FROM member.hook_batch b
            WHERE b.hook OPERATOR(pg_catalog.=) $1 AND NOT b.is_resent))",
    &[INT8OID],
);

/// The last position that a hook has taken; none while it has taken nothing.
pub fn place(session: &Session, hook: i64) -> Option<i64> {
    session.run(&PLACE, &[hook.into()]).first().and_then(|row| row.bigint())
}

static OUTCOME: Statement = Statement::new(
    c"INSERT INTO member.hook_outcome (hook, pos, at, state, events) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    &[INT8OID, INT8OID, TIMESTAMPTZOID, pg_sys::TEXTOID, pg_sys::INT4OID],
);

/// Notes that a hook is done with everything up to a position.
pub fn note_outcome(session: &Session, hook: i64, pos: i64, at: i64, state: &str, events: usize) {
    let events = i32::try_from(events).unwrap_or(i32::MAX);
    session.run(&OUTCOME, &[hook.into(), pos.into(), Arg::instant(at), state.into(), events.into()]);
}

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
    /// The circuit breaker after it.
    pub breaker: &'a str,
}

/// Writes an attempt.
pub fn note_attempt(attempt: &Attempt) {
    let row = [
        attempt.hook.into(),
        Arg::instant(attempt.at),
        attempt.batch.arg(),
        i32::try_from(attempt.number).unwrap_or(i32::MAX).into(),
        attempt.state.into(),
        attempt.status.map(i32::from).into(),
        attempt.answer.into(),
        Arg::double(attempt.took_ms),
        i32::try_from(attempt.events).unwrap_or(i32::MAX).into(),
        attempt.first.into(),
        attempt.last.into(),
        attempt.breaker.into(),
    ];
    append(relation(c"hook_attempt"), [row]);
}

static FORGET: Statement = Statement::scanning(
    c"WITH one AS (DELETE FROM member.hook_attempt WHERE at OPERATOR(pg_catalog.<) $1)
      DELETE FROM member.hook_outcome o
       WHERE o.at OPERATOR(pg_catalog.<) $1
         AND EXISTS (SELECT FROM member.hook_outcome later
                      WHERE later.hook OPERATOR(pg_catalog.=) o.hook AND later.pos OPERATOR(pg_catalog.>) o.pos)",
    &[TIMESTAMPTZOID],
);

/// Deletes what is older than an instant, but for the place of each hook.
pub fn forget(session: &Session, before: i64) {
    session.run(&FORGET, &[Arg::instant(before)]);
}

//! What hooks have done and have under way: `member.hook_batch` and `hook_outcome`. Rows are appended; the place of a
//! hook is the furthest of them.

use crate::pg::jsonb;
use crate::pg::spi::{Arg, Row, Session, Statement};
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

    /// The id that a text writes: 32 hexadecimal digits, with hyphens or without.
    pub fn parse(text: &str) -> Option<BatchId> {
        let digits: String = text.chars().filter(|char| *char != '-').collect();
        let number = u128::from_str_radix(&digits, 16).ok()?;
        (digits.len() == 32 && !digits.starts_with('+')).then(|| BatchId(number.to_be_bytes()))
    }
}

impl From<BatchId> for Arg {
    fn from(id: BatchId) -> Arg {
        Arg::datum(jsonb::copied(&id.0))
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
        batch.id.into(),
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
               WHERE a.batch OPERATOR(pg_catalog.=) b.batch AND a.at OPERATOR(pg_catalog.>=) b.at),
             (SELECT pg_catalog.max(a.next_at) FROM member.hook_attempt a
               WHERE a.batch OPERATOR(pg_catalog.=) b.batch AND a.at OPERATOR(pg_catalog.>=) b.at)
        FROM member.hook_batch b
       WHERE b.hook OPERATOR(pg_catalog.=) $1 AND NOT b.is_dead AND b.batch OPERATOR(pg_catalog.<>) ALL ($2)
       ORDER BY b.last LIMIT $3",
    &[INT8OID, pg_sys::UUIDARRAYOID, INT8OID],
);

/// A batch that has neither arrived nor died.
pub struct Waiting {
    /// The batch.
    pub batch: Batch,
    /// How many attempts were made.
    pub attempts: u32,
    /// When it is to go again; none where that was not said.
    pub next_at: Option<i64>,
}

/// Batches of a hook that have neither arrived nor died and are not among those known.
pub fn waiting(session: &Session, hook: i64, known: &[BatchId], limit: usize) -> Vec<Waiting> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session.run(&WAITING, &[hook.into(), Arg::uuids(known), limit.into()]);
    rows.iter().map(|row| waiting_of(&row)).collect()
}

fn waiting_of(row: &Row) -> Waiting {
    // SAFETY: the column is a uuid: 16 octets by reference.
    let id = row.next().map_or([0; 16], |datum| unsafe { datum.cast_mut_ptr::<[u8; 16]>().read() });
    let (first, last) = (row.bigint().unwrap_or_default(), row.bigint().unwrap_or_default());
    let resolved = row.jsonb().unwrap_or_default().to_vec();
    let is_resent = row.truth();
    let events = row.bigints();
    let attempts = row.bigint().and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
    let batch = Batch { id: BatchId(id), first, last, events, resolved, is_resent };
    Waiting { batch, attempts, next_at: row.bigint() }
}

static REMOVE: Statement = Statement::new(
    c"DELETE FROM member.hook_batch WHERE hook OPERATOR(pg_catalog.=) $1 AND batch OPERATOR(pg_catalog.=) $2",
    &[INT8OID, UUIDOID],
);

/// Removes a batch that arrived.
pub fn remove(session: &Session, hook: i64, batch: BatchId) {
    session.run(&REMOVE, &[hook.into(), batch.into()]);
}

static BURY: Statement = Statement::new(
    c"UPDATE member.hook_batch SET is_dead = true
       WHERE hook OPERATOR(pg_catalog.=) $1 AND batch OPERATOR(pg_catalog.=) $2",
    &[INT8OID, UUIDOID],
);

/// Notes that a batch had its last attempt.
pub fn bury(session: &Session, hook: i64, batch: BatchId) {
    session.run(&BURY, &[hook.into(), batch.into()]);
}

static FORGET_DEAD: Statement = Statement::scanning(
    c"DELETE FROM member.hook_batch b
       WHERE b.is_dead AND b.last OPERATOR(pg_catalog.<=) $1
         AND (b.is_resent
              OR EXISTS (SELECT FROM member.hook_outcome o
                          WHERE o.hook OPERATOR(pg_catalog.=) b.hook AND o.pos OPERATOR(pg_catalog.>=) b.last))",
    &[INT8OID],
);

/// Deletes the dead batches that end before or at a position: the log holds nothing of them, so they cannot be sent again.
/// One that alone says how far its hook is stays.
pub fn forget_dead(session: &Session, last_pos: i64) {
    session.run(&FORGET_DEAD, &[last_pos.into()]);
}

static REVIVE: Statement = Statement::new(
    c"UPDATE member.hook_batch SET is_dead = false, is_resent = true, at = $4
       WHERE hook OPERATOR(pg_catalog.=) $1 AND is_dead AND ($2 IS NULL OR batch OPERATOR(pg_catalog.=) $2)
         AND events[1] OPERATOR(pg_catalog.>=) $3",
    &[INT8OID, UUIDOID, INT8OID, TIMESTAMPTZOID],
);

/// Has dead batches sent again whose events do not lie before a position: one, or all of a hook. How many.
pub fn revive(session: &Session, hook: i64, batch: Option<BatchId>, oldest: i64, at: i64) -> u64 {
    session.run(&REVIVE, &[hook.into(), batch.into(), oldest.into(), Arg::instant(at)]).processed()
}

static HAS_DEAD: Statement = Statement::new(
    c"SELECT EXISTS (SELECT FROM member.hook_batch
                      WHERE hook OPERATOR(pg_catalog.=) $1 AND is_dead
                        AND ($2 IS NULL OR batch OPERATOR(pg_catalog.=) $2))",
    &[INT8OID, UUIDOID],
);

/// Whether a hook has dead batches, or this one.
pub fn has_dead(session: &Session, hook: i64, batch: Option<BatchId>) -> bool {
    session.run(&HAS_DEAD, &[hook.into(), batch.into()]).first().is_some_and(|row| row.truth())
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
    &[INT8OID, INT8OID, TIMESTAMPTZOID, pg_sys::TEXTOID, INT8OID],
);

/// Notes that a hook is done with everything up to a position.
pub fn note_outcome(session: &Session, hook: i64, pos: i64, at: i64, state: &str, events: usize) {
    let events = i64::try_from(events).unwrap_or(i64::MAX);
    session.run(&OUTCOME, &[hook.into(), pos.into(), Arg::instant(at), state.into(), events.into()]);
}

static HELD: Statement =
    Statement::scanning(c"SELECT pg_catalog.min(n.pos) OPERATOR(pg_catalog.+) 1 FROM member.hook_need n", &[]);

/// The first position that some hook still needs; none where there is no hook.
pub fn held(session: &Session) -> Option<i64> {
    session.run(&HELD, &[]).first().and_then(|row| row.bigint())
}

static LOSE: Statement = Statement::scanning(
    c"WITH loser AS (
          SELECT n.hook, n.pos FROM member.hook_need n WHERE n.pos OPERATOR(pg_catalog.<) $1), buried AS (
          UPDATE member.hook_batch b SET is_dead = true
            FROM loser l WHERE b.hook OPERATOR(pg_catalog.=) l.hook AND b.first OPERATOR(pg_catalog.<=) $1), noted AS (
          INSERT INTO member.hook_outcome (hook, pos, at, state, events)
          SELECT l.hook, $1, $2, 'lost', $1 OPERATOR(pg_catalog.-) l.pos FROM loser l
          ON CONFLICT DO NOTHING), changed AS (
          UPDATE member.hook h SET revision = pg_catalog.nextval('member.hook_revision')
            FROM loser l WHERE h.id OPERATOR(pg_catalog.=) l.hook)
      SELECT hook FROM loser",
    &[INT8OID, TIMESTAMPTZOID],
);

/// Moves every hook that is behind a position up to it: what lies between is lost. Gives those hooks.
pub fn lose(session: &Session, last_pos: i64, at: i64) -> Vec<i64> {
    let rows = session.run(&LOSE, &[last_pos.into(), Arg::instant(at)]);
    rows.iter().filter_map(|row| row.bigint()).collect()
}

static FORGET: Statement = Statement::scanning(
    c"WITH one AS (DELETE FROM member.hook_attempt WHERE at OPERATOR(pg_catalog.<) $1)
      DELETE FROM member.hook_outcome o
       WHERE o.at OPERATOR(pg_catalog.<) $1
         AND EXISTS (SELECT FROM member.hook_outcome later
                      WHERE later.hook OPERATOR(pg_catalog.=) o.hook AND later.pos OPERATOR(pg_catalog.>) o.pos)
         AND o.state OPERATOR(pg_catalog.<>) 'lost'",
    &[TIMESTAMPTZOID],
);

/// Deletes what is older than an instant, but for the place of each hook and what it lost.
pub fn forget(session: &Session, before: i64) {
    session.run(&FORGET, &[Arg::instant(before)]);
}

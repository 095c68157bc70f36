//! What hooks keep of persons: the fields of batches that have not arrived, and the answers to attempts.

use crate::pg::spi::{Arg, Session, Statement};
use crate::pg::store::hook_batch::BatchId;
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, TEXTOID, UUIDOID};

static BATCHES: Statement = Statement::scanning(
    c"SELECT b.hook, b.batch::pg_catalog.text, b.at, b.is_dead, r.pos, r.custom
        FROM member.hook_batch b
       CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(b.events), pg_catalog.jsonb_array_elements(b.resolved)) AS r (pos, custom)
       WHERE b.events OPERATOR(pg_catalog.&&) $1 AND r.pos OPERATOR(pg_catalog.=) ANY ($1)
       ORDER BY b.hook, r.pos, b.at",
    &[INT8ARRAYOID],
);

/// An event in a batch that has not arrived.
pub struct Waiting<'s> {
    /// The hook.
    pub hook: i64,
    /// The batch.
    pub batch: &'s str,
    /// When the batch was made.
    pub at: i64,
    /// Whether its last attempt failed.
    pub is_dead: bool,
    /// The position of the event.
    pub pos: i64,
    /// What was resolved for it, as jsonb.
    pub custom_data: Option<&'s [u8]>,
}

/// The events at these positions that stand in batches.
pub fn waiting<'s>(session: &'s Session, positions: &[i64]) -> Vec<Waiting<'s>> {
    let rows = session.run(&BATCHES, &[Arg::bigints(positions)]);
    let waiting = rows.iter().map(|row| Waiting {
        hook: row.bigint().unwrap_or_default(),
        batch: row.text().unwrap_or_default(),
        at: row.bigint().unwrap_or_default(),
        is_dead: row.truth(),
        pos: row.bigint().unwrap_or_default(),
        custom_data: row.jsonb(),
    });
    waiting.collect()
}

static ATTEMPTS: Statement = Statement::scanning(
    c"SELECT a.hook, a.batch::pg_catalog.text, a.at, a.attempt, a.state, a.status, a.answer
        FROM member.hook_attempt a
       WHERE EXISTS (SELECT FROM pg_catalog.unnest($1) AS p (pos)
                      WHERE p.pos OPERATOR(pg_catalog.>=) a.first AND p.pos OPERATOR(pg_catalog.<=) a.last)
       ORDER BY a.hook, a.at",
    &[INT8ARRAYOID],
);

/// An attempt to send a batch.
pub struct Tried<'s> {
    /// The hook.
    pub hook: i64,
    /// The batch.
    pub batch: &'s str,
    /// When it ended.
    pub at: i64,
    /// Which attempt.
    pub attempt: i32,
    /// What came of it.
    pub state: &'s str,
    /// The status of the answer.
    pub status: Option<i32>,
    /// The beginning of the answer.
    pub answer: &'s str,
}

/// The attempts whose batches cover one of these positions.
pub fn tried<'s>(session: &'s Session, positions: &[i64]) -> Vec<Tried<'s>> {
    let rows = session.run(&ATTEMPTS, &[Arg::bigints(positions)]);
    let tried = rows.iter().map(|row| Tried {
        hook: row.bigint().unwrap_or_default(),
        batch: row.text().unwrap_or_default(),
        at: row.bigint().unwrap_or_default(),
        attempt: row.integer().unwrap_or_default(),
        state: row.text().unwrap_or_default(),
        status: row.integer(),
        answer: row.text().unwrap_or_default(),
    });
    tried.collect()
}

// What was resolved for events that the log holds no more could be anybody's: it can never be sent again.
static BLANK_BATCHES: Statement = Statement::scanning(
    c"UPDATE member.hook_batch b
         SET resolved = (
             SELECT pg_catalog.jsonb_agg(
                        CASE WHEN r.pos OPERATOR(pg_catalog.<) $2 OR r.pos OPERATOR(pg_catalog.=) ANY ($1)
                               OR pg_catalog.lower(r.custom::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $3
                             THEN 'null'::pg_catalog.jsonb ELSE r.custom END ORDER BY r.place)
               FROM ROWS FROM (pg_catalog.unnest(b.events), pg_catalog.jsonb_array_elements(b.resolved))
                    WITH ORDINALITY AS r (pos, custom, place))
       WHERE b.resolved IS NOT NULL
         AND (b.events OPERATOR(pg_catalog.&&) $1 OR b.events[1] OPERATOR(pg_catalog.<) $2
              OR pg_catalog.lower(b.resolved::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $3)",
    &[INT8ARRAYOID, INT8OID, TEXTOID],
);

/// Takes away what was resolved for the events at these positions, for those before the first that the log holds, and
/// what names an identifier. How many batches.
pub fn blank_batches(session: &Session, positions: &[i64], first: i64, mentions: Option<&str>) -> u64 {
    session.run(&BLANK_BATCHES, &[Arg::bigints(positions), first.into(), mentions.into()]).processed()
}

static BLANK_ATTEMPTS: Statement = Statement::scanning(
    c"UPDATE member.hook_attempt a SET answer = ''
       WHERE a.answer OPERATOR(pg_catalog.<>) ''
         AND (a.first OPERATOR(pg_catalog.<) $2
              OR EXISTS (SELECT FROM pg_catalog.unnest($1) AS p (pos)
                          WHERE p.pos OPERATOR(pg_catalog.>=) a.first AND p.pos OPERATOR(pg_catalog.<=) a.last)
              OR pg_catalog.lower(a.answer COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $3)",
    &[INT8ARRAYOID, INT8OID, TEXTOID],
);

/// Empties the answers to attempts that carried events at these positions or before the first that the log holds, and
/// those that name an identifier. How many.
pub fn blank_attempts(session: &Session, positions: &[i64], first: i64, mentions: Option<&str>) -> u64 {
    session.run(&BLANK_ATTEMPTS, &[Arg::bigints(positions), first.into(), mentions.into()]).processed()
}

static RESOLVED: Statement = Statement::new(
    c"SELECT resolved FROM member.hook_batch
       WHERE hook OPERATOR(pg_catalog.=) $1 AND batch OPERATOR(pg_catalog.=) $2",
    &[INT8OID, UUIDOID],
);

/// What is resolved for a batch now; none where it has no row any more.
pub fn resolved(session: &Session, hook: i64, batch: BatchId) -> Option<Vec<u8>> {
    session.run(&RESOLVED, &[hook.into(), batch.into()]).first().and_then(|row| row.jsonb()).map(<[u8]>::to_vec)
}

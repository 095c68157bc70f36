//! What became of an event at a hook: the attempts of its batch, or the batch alone while there is none.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::INT8OID;

static TRIES: Statement = Statement::new(
    c"WITH tried AS (
          SELECT a.batch, a.attempt, a.at, a.state, a.status, a.answer FROM member.hook_attempt a
           WHERE a.hook OPERATOR(pg_catalog.=) $1
             AND a.first OPERATOR(pg_catalog.<=) $2 AND a.last OPERATOR(pg_catalog.>=) $2)
      SELECT batch, attempt, at, state, status, answer FROM tried
       UNION ALL
      SELECT b.batch, NULL, NULL, CASE WHEN b.is_dead THEN 'dead' ELSE 'waiting' END, NULL, NULL
        FROM member.hook_batch b
       WHERE b.hook OPERATOR(pg_catalog.=) $1 AND $2 OPERATOR(pg_catalog.=) ANY (b.events)
         AND NOT EXISTS (SELECT FROM tried t WHERE t.batch OPERATOR(pg_catalog.=) b.batch)
       ORDER BY 3, 2",
    &[INT8OID, INT8OID],
);

/// For each attempt with the event at a position: batch, attempt, when, state, status, answer. One row of nothing where
/// it was neither tried nor put into a batch.
pub fn tries(session: &Session, hook: i64, pos: i64) -> Vec<[Arg; 6]> {
    let rows = session.run(&TRIES, &[hook.into(), pos.into()]);
    let mut tries: Vec<[Arg; 6]> = rows.iter().map(|row| std::array::from_fn(|_| row.arg())).collect();
    if tries.is_empty() {
        tries.push([Arg::NULL; 6]);
    }
    tries
}

//! What became of batches in one turn of the dispatcher: gathered, and written with one statement a table. With one event a
//! batch, statements of their own would cost more than sending does.

use crate::pg::append::append;
use crate::pg::spi::{Arg, Session, Statement};
use crate::pg::store::hook_attempt::{self, Attempt};
use crate::pg::store::hook_batch::BatchId;
use crate::pg::store::sequence::relation;
use pgrx::pg_sys::{INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID, UUIDARRAYOID};

/// What became of batches; lives no longer than the session that it is written in.
#[derive(Default)]
pub struct Ends {
    attempts: Vec<[Arg; hook_attempt::COLUMNS]>,
    arrived: Vec<(i64, BatchId)>,
    outcomes: Vec<(i64, i64, &'static str, i64)>,
}

static REMOVE: Statement = Statement::new(
    c"DELETE FROM member.hook_batch b
       USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS n (hook, batch)
       WHERE b.hook OPERATOR(pg_catalog.=) n.hook AND b.batch OPERATOR(pg_catalog.=) n.batch",
    &[INT8ARRAYOID, UUIDARRAYOID],
);
static OUTCOMES: Statement = Statement::new(
    c"INSERT INTO member.hook_outcome (hook, pos, at, state, events)
      SELECT n.hook, n.pos, $5, n.state, n.events
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4))
             AS n (hook, pos, state, events)
          ON CONFLICT DO NOTHING",
    &[INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TIMESTAMPTZOID],
);

impl Ends {
    /// Notes an attempt.
    pub fn attempt(&mut self, attempt: &Attempt) {
        self.attempts.push(attempt.row());
    }

    /// Notes that a batch arrived: its row goes.
    pub fn arrived(&mut self, hook: i64, batch: BatchId) {
        self.arrived.push((hook, batch));
    }

    /// Notes that a hook is done with everything up to a position, and how: with so many events.
    pub fn outcome(&mut self, hook: i64, pos: i64, state: &'static str, events: usize) {
        self.outcomes.push((hook, pos, state, i64::try_from(events).unwrap_or(i64::MAX)));
    }

    /// Writes all of it.
    pub fn write(self, session: &Session, at: i64) {
        if !self.attempts.is_empty() {
            append(relation(c"hook_attempt"), self.attempts);
        }
        if !self.arrived.is_empty() {
            let (hooks, batches): (Vec<i64>, Vec<BatchId>) = self.arrived.into_iter().unzip();
            session.run(&REMOVE, &[Arg::bigints(&hooks), Arg::uuids(&batches)]);
        }
        if !self.outcomes.is_empty() {
            let column =
                |of: fn(&(i64, i64, &'static str, i64)) -> i64| self.outcomes.iter().map(of).collect::<Vec<_>>();
            let states: Vec<&str> = self.outcomes.iter().map(|outcome| outcome.2).collect();
            let (hooks, positions, events) = (column(|row| row.0), column(|row| row.1), column(|row| row.3));
            let args = [Arg::bigints(&hooks), Arg::bigints(&positions), Arg::texts(&states), Arg::bigints(&events)];
            let [hooks, positions, states, events] = args;
            session.run(&OUTCOMES, &[hooks, positions, states, events, Arg::instant(at)]);
        }
    }
}

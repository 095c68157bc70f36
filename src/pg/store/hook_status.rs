//! `member.hook_status` and other figures for a monitoring system.

use crate::pg::spi::{Session, Statement};

/// How a hook is.
pub struct Status<'s> {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: &'s str,
    /// Whether it sends.
    pub active: bool,
    /// `ok`, or what is wrong.
    pub state: &'s str,
    /// Positions that it is behind.
    pub lag_events: i64,
    /// Seconds that it is behind.
    pub lag_seconds: f64,
    /// Batches on their way.
    pub waiting: i64,
    /// Dead batches.
    pub dead: i64,
    /// Positions that it lost.
    pub lost: i64,
    /// What its breaker lets through: `closed`, `open` or `half-open`.
    pub breaker: &'s str,
}

static LIST: Statement = Statement::scanning(
    c"SELECT id, name, active, state, lag_events, lag_seconds, waiting_batches, dead_batches, lost_events,
             breaker
        FROM member.hook_status ORDER BY id",
    &[],
);

/// How every hook is.
pub fn list(session: &Session) -> Vec<Status<'_>> {
    let rows = session.run(&LIST, &[]);
    rows.iter()
        .map(|row| Status {
            id: row.bigint().unwrap_or_default(),
            name: row.text().unwrap_or_default(),
            active: row.truth(),
            state: row.text().unwrap_or_default(),
            lag_events: row.bigint().unwrap_or_default(),
            lag_seconds: row.double().unwrap_or_default(),
            waiting: row.bigint().unwrap_or_default(),
            dead: row.bigint().unwrap_or_default(),
            lost: row.bigint().unwrap_or_default(),
            breaker: row.text().unwrap_or_default(),
        })
        .collect()
}

static ATTEMPTS: Statement = Statement::scanning(
    c"SELECT hook, state, pg_catalog.count(*) FROM member.hook_attempt GROUP BY hook, state ORDER BY hook, state",
    &[],
);

/// The attempts that are kept, by hook and state.
pub fn attempts(session: &Session) -> Vec<(i64, &str, i64)> {
    let rows = session.run(&ATTEMPTS, &[]);
    rows.iter()
        .map(|row| (row.bigint().unwrap_or_default(), row.text().unwrap_or_default(), row.bigint().unwrap_or_default()))
        .collect()
}

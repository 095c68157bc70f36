//! Job workers, their tracks, and who waits for a worker.

use super::declare::{DAY_SECONDS, define_number, define_span};
use crate::pg::worker::shared::MAX_JOBS;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};
use std::time::Duration;

static JOB_WORKERS: GucSetting<i32> = GucSetting::<i32>::new(1);
static TRACK_DAYS: GucSetting<i32> = GucSetting::<i32>::new(60);
static WORKER_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(60);
static SQL_SELECTOR_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(3600);

/// Declares them.
pub fn define() {
    define_number(
        c"pg_member.job_workers",
        c"How many workers of each database do asynchronous calls.",
        &JOB_WORKERS,
        0..=MAX_JOBS as i32,
    );
    define_number(c"pg_member.track_days", c"How many days tracks are kept that have ended.", &TRACK_DAYS, 1..=3650);
    define_span(
        c"pg_member.sql_selector_timeout",
        c"How long the query of an sql selector may take in a worker.",
        &SQL_SELECTOR_TIMEOUT,
    );
    GucRegistry::define_int_guc(
        c"pg_member.worker_timeout",
        c"How long a call waits for the answer of a worker.",
        c"Then: error/worker/timeout.",
        &WORKER_TIMEOUT,
        1,
        DAY_SECONDS,
        GucContext::Userset,
        GucFlags::UNIT_S,
    );
}

/// How many workers of each database do asynchronous calls.
pub fn job_workers() -> usize {
    usize::try_from(JOB_WORKERS.get()).unwrap_or_default()
}

/// How many days tracks are kept that have ended.
pub fn track_days() -> i64 {
    TRACK_DAYS.get().into()
}

/// How long the query of an sql selector may take in a worker.
pub fn sql_selector_timeout() -> Duration {
    Duration::from_secs(SQL_SELECTOR_TIMEOUT.get().unsigned_abs().into())
}

/// How long a call waits for the answer of a worker.
pub fn worker_timeout() -> Duration {
    Duration::from_secs(WORKER_TIMEOUT.get().unsigned_abs().into())
}

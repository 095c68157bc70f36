//! Pipelines and their pipes.

use super::declare::{define_number, define_span};
use crate::domain::pipe::machine::Limits as RunLimits;
use crate::domain::pipe::pipes::Level;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};
use std::time::Duration;

static PIPE_WORKER_SIZE: GucSetting<i32> = GucSetting::<i32>::new(32);
static PIPE_HTTP_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(30);
static PIPE_HTTP_MAX_CONN: GucSetting<i32> = GucSetting::<i32>::new(10);
static PIPE_SCHEDULER_DELAY: GucSetting<i32> = GucSetting::<i32>::new(60);
static SCHEDULER_PIPE_ROUTER_PERIOD: GucSetting<i32> = GucSetting::<i32>::new(10);
static PIPE_SQL_CONNECTION_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(15);
static PIPE_SQL_QUERY_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(10);
static PIPE_MAX_STEPS: GucSetting<i32> = GucSetting::<i32>::new(1000);
static PIPE_MAX_RESCHEDULES: GucSetting<i32> = GucSetting::<i32>::new(1000);
static PIPE_BODY_MAX: GucSetting<i32> = GucSetting::<i32>::new(1024 * 1024);
static PIPE_RUN_DAYS: GucSetting<i32> = GucSetting::<i32>::new(7);
static PIPE_TRACE: GucSetting<Traced> = GucSetting::<Traced>::new(Traced::all);
static PIPE_LOG_LEVEL: GucSetting<LogLevel> = GucSetting::<LogLevel>::new(LogLevel::off);
static ENTITY_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(30);

/// Which runs of pipelines keep their steps.
#[derive(Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
#[allow(non_camel_case_types)]
pub enum Traced {
    /// None.
    off,
    /// Those that failed.
    failed,
    /// All.
    all,
}

/// From which level on lines of Log pipes also go to the server's log.
#[derive(Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
#[allow(non_camel_case_types)]
pub enum LogLevel {
    /// All of them.
    trace,
    /// From debug on.
    debug,
    /// From info on.
    info,
    /// From warn on.
    warn,
    /// Only errors.
    error,
    /// None.
    off,
}

/// Declares them.
pub fn define() {
    define_number(
        c"pg_member.pipe_worker_size",
        c"How many runs of one channel go on at once.",
        &PIPE_WORKER_SIZE,
        1..=10_000,
    );
    define_number(
        c"pg_member.pipe_http_max_conn",
        c"How many requests of one channel are under way to one host; pool_size of a pipe overrides it.",
        &PIPE_HTTP_MAX_CONN,
        1..=10_000,
    );
    define_span(
        c"pg_member.pipe_http_timeout",
        c"How long a request of a pipe may take; timeout of the pipe overrides it.",
        &PIPE_HTTP_TIMEOUT,
    );
    define_span(
        c"pg_member.pipe_scheduler_delay",
        c"How long a Scheduler pipe without a delay puts an event off.",
        &PIPE_SCHEDULER_DELAY,
    );
    define_span(
        c"pg_member.scheduler_pipe_router_period",
        c"How often runs are looked for that should have begun; they begin on time, this finds what was missed.",
        &SCHEDULER_PIPE_ROUTER_PERIOD,
    );
    define_span(
        c"pg_member.pipe_sql_connection_timeout",
        c"How long an SQL pipe may take to connect; connection_timeout of the pipe overrides it.",
        &PIPE_SQL_CONNECTION_TIMEOUT,
    );
    define_span(
        c"pg_member.pipe_sql_query_timeout",
        c"How long a query of an SQL pipe may take; query_timeout of the pipe overrides it.",
        &PIPE_SQL_QUERY_TIMEOUT,
    );
    define_number(c"pg_member.pipe_max_steps", c"How many steps a run may take.", &PIPE_MAX_STEPS, 1..=1_000_000);
    define_number(
        c"pg_member.pipe_max_reschedules",
        c"How many times in a row an event may be put off by a Scheduler pipe; 0 for any number.",
        &PIPE_MAX_RESCHEDULES,
        0..=i32::MAX,
    );
    GucRegistry::define_int_guc(
        c"pg_member.pipe_body_max",
        c"The largest body that a pipe sends or takes.",
        c"A larger answer fails the pipe with code 8.",
        &PIPE_BODY_MAX,
        1024,
        256 * 1024 * 1024,
        GucContext::Sighup,
        GucFlags::UNIT_BYTE,
    );
    define_number(
        c"pg_member.pipe_run_days",
        c"How many days ended runs, their steps and lines of their log are kept.",
        &PIPE_RUN_DAYS,
        1..=3650,
    );
    GucRegistry::define_enum_guc(
        c"pg_member.pipe_trace",
        c"Which runs of pipelines keep their steps for pipeline_trace.",
        c"off, failed or all.",
        &PIPE_TRACE,
        GucContext::Sighup,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"pg_member.pipe_log_level",
        c"From which level on lines of Log pipes also go to the server's log.",
        c"trace, debug, info, warn, error or off.",
        &PIPE_LOG_LEVEL,
        GucContext::Sighup,
        GucFlags::default(),
    );
    define_span(c"pg_member.entity_timeout", c"How long an operation of an entity may take.", &ENTITY_TIMEOUT);
}

/// How many runs of one channel go on at once.
pub fn pipe_worker_size() -> usize {
    PIPE_WORKER_SIZE.get().unsigned_abs() as usize
}

/// How many requests of one channel are under way to one host.
pub fn pipe_http_max_conn() -> u32 {
    PIPE_HTTP_MAX_CONN.get().unsigned_abs()
}

/// How long a request of a pipe may take.
pub fn pipe_http_timeout() -> Duration {
    Duration::from_secs(PIPE_HTTP_TIMEOUT.get().unsigned_abs().into())
}

/// How long a Scheduler pipe without a delay puts an event off.
pub fn pipe_scheduler_delay() -> Duration {
    Duration::from_secs(PIPE_SCHEDULER_DELAY.get().unsigned_abs().into())
}

/// How often runs are looked for that should have begun.
pub fn scheduler_pipe_router_period() -> Duration {
    Duration::from_secs(SCHEDULER_PIPE_ROUTER_PERIOD.get().unsigned_abs().into())
}

/// How long an SQL pipe may take to connect.
pub fn pipe_sql_connection_timeout() -> Duration {
    Duration::from_secs(PIPE_SQL_CONNECTION_TIMEOUT.get().unsigned_abs().into())
}

/// How long a query of an SQL pipe may take.
pub fn pipe_sql_query_timeout() -> Duration {
    Duration::from_secs(PIPE_SQL_QUERY_TIMEOUT.get().unsigned_abs().into())
}

/// What limits runs of pipelines.
pub fn run_limits() -> RunLimits {
    RunLimits { steps: PIPE_MAX_STEPS.get().unsigned_abs(), body: pipe_body_max() }
}

/// How many times in a row an event may be put off; 0 for any number.
pub fn pipe_max_reschedules() -> i32 {
    PIPE_MAX_RESCHEDULES.get()
}

/// The largest body that a pipe sends or takes, in bytes.
pub fn pipe_body_max() -> usize {
    PIPE_BODY_MAX.get().unsigned_abs() as usize
}

/// How many days ended runs are kept.
pub fn pipe_run_days() -> i32 {
    PIPE_RUN_DAYS.get()
}

/// Which runs keep their steps.
pub fn pipe_trace() -> Traced {
    PIPE_TRACE.get()
}

/// Whether a line of this level also goes to the server's log.
pub fn is_logged(level: Level) -> bool {
    let least = match PIPE_LOG_LEVEL.get() {
        LogLevel::trace => Level::Trace,
        LogLevel::debug => Level::Debug,
        LogLevel::info => Level::Info,
        LogLevel::warn => Level::Warn,
        LogLevel::error => Level::Error,
        LogLevel::off => return false,
    };
    level >= least
}

/// How long an operation of an entity may take.
pub fn entity_timeout() -> Duration {
    Duration::from_secs(ENTITY_TIMEOUT.get().unsigned_abs().into())
}

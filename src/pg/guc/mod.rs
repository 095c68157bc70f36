//! The settings `pg_member.*`: one sentence each, their bounds and a getter, by what they are about (shapes.md 1).

mod addresses;
mod calls;
mod clock;
mod declare;
mod events;
mod groups;
mod guards;
mod imports;
mod limits;
mod pipes;
mod probe;
mod session;
mod workers;

pub use addresses::{Strictness, default_region, phone_check, region_name, rules};
pub use calls::{public_url, versioning};
pub use clock::{now, statement_micros, time_zone, time_zone_name};
pub use events::{
    account_id, event_notify, event_retention, hook_attempt_days, hook_content_cleanup_hours, list_id, reach,
    retry_defaults, smid_any,
};
pub use groups::{filter_limits, live_patience, live_refresh, where_timeout};
pub use guards::{max_heads_per_type, max_merges_per_day, soft_bounce_limit};
pub use imports::{import_max, import_url_timeout, xlsx_strings_max};
pub use limits::limits;
pub use pipes::{
    LogLevel, Traced, entity_timeout, is_logged, pipe_body_max, pipe_http_max_conn, pipe_http_timeout,
    pipe_max_reschedules, pipe_run_days, pipe_scheduler_delay, pipe_sql_connection_timeout, pipe_sql_query_timeout,
    pipe_trace, pipe_worker_size, run_limits, scheduler_pipe_router_period,
};
pub use probe::{smtp_manner, smtp_rate};
pub use session::of_session;
pub use workers::{job_workers, sql_selector_timeout, track_days, worker_timeout};

/// Declares every setting to the server; called once, when the library is loaded.
pub fn define() {
    addresses::define();
    calls::define();
    clock::define();
    events::define();
    workers::define();
    guards::define();
    pipes::define();
    probe::define();
    imports::define();
    limits::define();
    groups::define();
}

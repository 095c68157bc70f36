//! The settings `pg_member.*`: one sentence each, their bounds and a getter (shapes.md 1).

use crate::domain::address::{Check, Region, Rules};
use crate::domain::datakey::{Limits, date::Now};
use crate::domain::email_test;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::ring::Retention;
use crate::domain::group::Limits as FilterLimits;
use crate::domain::hook::Defaults as RetryDefaults;
use crate::domain::member::cookie;
use crate::domain::pipe::machine::Limits as RunLimits;
use crate::domain::pipe::pipes::{Level, Limit};
use crate::domain::time;
use crate::pg::worker::email_tests::SPAN;
use crate::pg::worker::shared::MAX_JOBS;
use crate::sink::Reach;
use crate::sink::probe::Manner;
use jiff::tz::TimeZone;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum, pg_sys};
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::time::Duration;

/// How strictly a rule is applied.
#[derive(Clone, Copy, PostgresGucEnum)]
#[allow(non_camel_case_types)]
pub enum Strictness {
    /// Not checked.
    off,
    /// Accepted with a warning.
    warn,
    /// Refused.
    strict,
}

impl From<Strictness> for Check {
    fn from(level: Strictness) -> Check {
        match level {
            Strictness::off => Check::Off,
            Strictness::warn => Check::Warn,
            Strictness::strict => Check::Strict,
        }
    }
}

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

static TIME_ZONE: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c"Europe/Moscow"));
static DEFAULT_REGION: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c"RU"));
static TLD_CHECK: GucSetting<Strictness> = GucSetting::<Strictness>::new(Strictness::strict);
static PHONE_CHECK: GucSetting<Strictness> = GucSetting::<Strictness>::new(Strictness::strict);
static VERSIONING: GucSetting<bool> = GucSetting::<bool>::new(false);
static MAX_HEADS_PER_TYPE: GucSetting<i32> = GucSetting::<i32>::new(0);
static SOFT_BOUNCE_LIMIT: GucSetting<i32> = GucSetting::<i32>::new(0);
static PUBLIC_URL: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static ACCOUNT_ID: GucSetting<i32> = GucSetting::<i32>::new(1);
static LIST_ID: GucSetting<i32> = GucSetting::<i32>::new(1);
static HOOK_RETRY_TIMES: GucSetting<i32> = GucSetting::<i32>::new(4);
static HOOK_RETRY_PERIOD_SEC: GucSetting<i32> = GucSetting::<i32>::new(15);
static HOOK_CONTENT_CLEANUP_HOURS: GucSetting<i32> = GucSetting::<i32>::new(72);
static SMID_ANY: GucSetting<bool> = GucSetting::<bool>::new(false);
static JOB_WORKERS: GucSetting<i32> = GucSetting::<i32>::new(1);
static TRACK_DAYS: GucSetting<i32> = GucSetting::<i32>::new(60);
static WORKER_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(60);
static EVENT_NOTIFY: GucSetting<bool> = GucSetting::<bool>::new(false);
static EVENT_RETENTION: GucSetting<i32> = GucSetting::<i32>::new(30 * DAY_SECONDS);
static EVENT_RETENTION_MAX: GucSetting<i32> = GucSetting::<i32>::new(90 * DAY_SECONDS);
static HOOK_ATTEMPT_DAYS: GucSetting<i32> = GucSetting::<i32>::new(7);
static ALLOW_PRIVATE_ADDRESSES: GucSetting<bool> = GucSetting::<bool>::new(false);
static KAFKA_ALLOWED_BROKERS: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static MAX_MERGES_PER_DAY: GucSetting<i32> = GucSetting::<i32>::new(0);
static FILTER_MAX_DEPTH: GucSetting<i32> = GucSetting::<i32>::new(32);
static FILTER_MAX_USAGE: GucSetting<i32> = GucSetting::<i32>::new(10_000);
static WHERE_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(300);
static LIVE_REFRESH: GucSetting<i32> = GucSetting::<i32>::new(3600);
static LIVE_PATIENCE: GucSetting<i32> = GucSetting::<i32>::new(60);
static MAX_DEPTH: GucSetting<i32> = GucSetting::<i32>::new(64);
static MAX_KEY_LENGTH: GucSetting<i32> = GucSetting::<i32>::new(1024);
static MAX_OPERATIONS: GucSetting<i32> = GucSetting::<i32>::new(1000);
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
static DNS_SERVERS: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static SMTP_PORT: GucSetting<i32> = GucSetting::<i32>::new(25);
static SMTP_HELO: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static SMTP_FROM: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static SMTP_PER_DOMAIN: GucSetting<i32> = GucSetting::<i32>::new(2);
static SMTP_RATE: GucSetting<i32> = GucSetting::<i32>::new(60);
static SMTP_MAX_CONN: GucSetting<i32> = GucSetting::<i32>::new(50);
static XLSX_STRINGS_MAX: GucSetting<i32> = GucSetting::<i32>::new(256);
static IMPORT_MAX: GucSetting<i32> = GucSetting::<i32>::new(4096);
static IMPORT_URL_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(60);
static SQL_SELECTOR_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(3600);
static MAX_RESULT_SIZE: GucSetting<i32> = GucSetting::<i32>::new(16 * 1024 * 1024);

/// A day.
const DAY_SECONDS: i32 = 86_400;

/// How many hours the contents of messages are kept.
pub fn hook_content_cleanup_hours() -> i32 {
    HOOK_CONTENT_CLEANUP_HOURS.get()
}

/// Whether any short text may name a message.
pub fn smid_any() -> bool {
    SMID_ANY.get()
}

/// How many temporary failures of delivery in a row lock an identifier; 0 for never.
pub fn soft_bounce_limit() -> i32 {
    SOFT_BOUNCE_LIMIT.get()
}

/// Declares every setting to the server; called once, when the library is loaded.
pub fn define() {
    define_addresses();
    define_calls();
    define_events();
    define_guards();
    define_pipes();
    define_probe();
    define_imports();
    define_limits();
}

fn define_addresses() {
    define_text(
        c"pg_member.default_region",
        c"The region of phone numbers written without a country.",
        c"Two letters of ISO 3166.",
        &DEFAULT_REGION,
        Some(check_region),
    );
    GucRegistry::define_enum_guc(
        c"pg_member.tld_check",
        c"Whether an e-mail's top-level domain must be in the embedded list.",
        c"off, warn or strict.",
        &TLD_CHECK,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"pg_member.phone_check",
        c"Whether a phone number must be valid and inside the numbering plan.",
        c"off, warn or strict; the plan is member.numbering_range, asked when it is not empty.",
        &PHONE_CHECK,
        GucContext::Suset,
        GucFlags::default(),
    );
}

fn define_calls() {
    // SAFETY: the hook only reads the new value and never raises.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            c"pg_member.public_url",
            c"What the links of letters begin with, that confirm and that leave a stop-list.",
            c"An address of http or https; empty: letters have no such links.",
            &PUBLIC_URL,
            GucContext::Suset,
            GucFlags::default(),
            Some(check_url),
            None,
            None,
        );
    }
    define_text(
        c"pg_member.time_zone",
        c"The zone of `current` and of the times that are shown.",
        c"An IANA name; the session's TimeZone has no effect.",
        &TIME_ZONE,
        Some(check_zone),
    );
    GucRegistry::define_bool_guc(
        c"pg_member.versioning",
        c"Whether a concurrent writer is told at once instead of waiting.",
        c"on: error/member/versioning.",
        &VERSIONING,
        GucContext::Userset,
        GucFlags::default(),
    );
}

fn define_events() {
    define_number(c"pg_member.account_id", c"The number of the account in outgoing events.", &ACCOUNT_ID, 0..=i32::MAX);
    define_number(c"pg_member.list_id", c"The number of the base in outgoing events.", &LIST_ID, 0..=i32::MAX);
    define_number(
        c"pg_member.hook_retry_times",
        c"How many attempts a hook makes that says nothing of them.",
        &HOOK_RETRY_TIMES,
        1..=1000,
    );
    define_number(
        c"pg_member.hook_retry_period_sec",
        c"How many seconds lie between the attempts of a hook that says nothing of them.",
        &HOOK_RETRY_PERIOD_SEC,
        0..=86_400,
    );
    define_number(
        c"pg_member.hook_content_cleanup_hours",
        c"How many hours the contents of messages are kept for hooks that tell them.",
        &HOOK_CONTENT_CLEANUP_HOURS,
        1..=8760,
    );
    GucRegistry::define_bool_guc(
        c"pg_member.smid_any",
        c"Whether any text of at most 256 bytes may name a message.",
        c"off: only numbers of the platform's form.",
        &SMID_ANY,
        GucContext::Suset,
        GucFlags::default(),
    );
    define_number(
        c"pg_member.hook_attempt_days",
        c"How many days attempts of hooks are kept.",
        &HOOK_ATTEMPT_DAYS,
        1..=3650,
    );
    define_number(
        c"pg_member.job_workers",
        c"How many workers of each database do asynchronous calls.",
        &JOB_WORKERS,
        0..=MAX_JOBS as i32,
    );
    define_number(c"pg_member.track_days", c"How many days tracks are kept that have ended.", &TRACK_DAYS, 1..=3650);
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
    GucRegistry::define_bool_guc(
        c"pg_member.event_notify",
        c"Whether each event is also told to those who LISTEN pg_member_event.",
        c"on: {\"id\", \"event_type\", \"dataset\"}. Commits that tell wait for one another.",
        &EVENT_NOTIFY,
        GucContext::Suset,
        GucFlags::default(),
    );
    define_span(c"pg_member.event_retention", c"How long all events are kept.", &EVENT_RETENTION);
    define_span(
        c"pg_member.event_retention_max",
        c"How long events are kept for a hook that is behind; then it loses them.",
        &EVENT_RETENTION_MAX,
    );
    GucRegistry::define_bool_guc(
        c"pg_member.allow_private_addresses",
        c"Whether outgoing requests may reach loopback, link-local and private addresses.",
        c"off: only what is reachable from anywhere.",
        &ALLOW_PRIVATE_ADDRESSES,
        GucContext::Sighup,
        GucFlags::default(),
    );
    GucRegistry::define_string_guc(
        c"pg_member.kafka_allowed_brokers",
        c"The Kafka brokers that hooks may send to.",
        c"A list of host:port with commas; empty for none, unless private addresses are allowed.",
        &KAFKA_ALLOWED_BROKERS,
        GucContext::Sighup,
        GucFlags::default(),
    );
}

/// A whole number that an administrator sets for all sessions.
fn define_pipes() {
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

fn define_imports() {
    define_megabytes(
        c"pg_member.xlsx_strings_max",
        c"How much of a workbook may lie in memory while it is imported: its shared texts and styles, unpacked.",
        &XLSX_STRINGS_MAX,
    );
    define_span(
        c"pg_member.sql_selector_timeout",
        c"How long the query of an sql selector may take in a worker.",
        &SQL_SELECTOR_TIMEOUT,
    );
    define_megabytes(c"pg_member.import_max", c"The most data that one import takes, as they come.", &IMPORT_MAX);
    define_span(
        c"pg_member.import_url_timeout",
        c"How long the server of users.url may be silent.",
        &IMPORT_URL_TIMEOUT,
    );
}

fn define_megabytes(name: &'static CStr, about: &'static CStr, setting: &'static GucSetting<i32>) {
    let (context, unit) = (GucContext::Suset, GucFlags::UNIT_MB);
    GucRegistry::define_int_guc(name, about, c"", setting, 1, 1 << 20, context, unit);
}

fn define_number(
    name: &'static CStr,
    about: &'static CStr,
    setting: &'static GucSetting<i32>,
    range: std::ops::RangeInclusive<i32>,
) {
    let (least, most) = (*range.start(), *range.end());
    GucRegistry::define_int_guc(name, about, c"", setting, least, most, GucContext::Sighup, GucFlags::default());
}

fn define_span(name: &'static CStr, about: &'static CStr, setting: &'static GucSetting<i32>) {
    GucRegistry::define_int_guc(name, about, c"", setting, 1, i32::MAX, GucContext::Sighup, GucFlags::UNIT_S);
}

/// How `email_test` asks mail servers.
fn define_probe() {
    define_shared_text(
        c"pg_member.dns_servers",
        c"The servers that email_test asks for the mail servers of domains.",
        c"A list of addresses with commas, each with or without a port; empty for those of the system.",
        &DNS_SERVERS,
        check_dns_servers,
    );
    define_number(c"pg_member.smtp_port", c"The port of mail servers that email_test asks.", &SMTP_PORT, 1..=65_535);
    define_shared_text(
        c"pg_member.smtp_helo",
        c"The name that email_test says in EHLO.",
        c"A name of host that leads to this server; empty for its address in brackets.",
        &SMTP_HELO,
        check_helo,
    );
    define_shared_text(
        c"pg_member.smtp_from",
        c"The sender that email_test says in MAIL FROM.",
        c"An address; empty for the one that bounces are sent from.",
        &SMTP_FROM,
        check_sender,
    );
    define_number(
        c"pg_member.smtp_per_domain",
        c"How many addresses of one domain email_test asks about at once.",
        &SMTP_PER_DOMAIN,
        1..=1000,
    );
    define_number(
        c"pg_member.smtp_rate",
        c"How many addresses of one domain email_test asks about in a minute; 0 for any number.",
        &SMTP_RATE,
        0..=1_000_000,
    );
    define_number(
        c"pg_member.smtp_max_conn",
        c"How many addresses email_test asks about at once in all.",
        &SMTP_MAX_CONN,
        1..=10_000,
    );
}

/// A text that an administrator sets for all sessions; empty unless it is set.
fn define_shared_text(
    name: &'static CStr,
    about: &'static CStr,
    more: &'static CStr,
    setting: &'static GucSetting<Option<CString>>,
    check: unsafe extern "C-unwind" fn(*mut *mut c_char, *mut *mut c_void, pg_sys::GucSource::Type) -> bool,
) {
    let (context, flags) = (GucContext::Sighup, GucFlags::default());
    // SAFETY: the hook only reads the new value and never raises.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(name, about, more, setting, context, flags, Some(check), None, None);
    }
}

/// How mail servers are asked.
pub fn smtp_manner() -> Manner {
    Manner {
        dns: email_test::name_servers(text_of(&DNS_SERVERS)).unwrap_or_default(),
        port: u16::try_from(SMTP_PORT.get()).unwrap_or_default(),
        helo: text_of(&SMTP_HELO).to_owned(),
        from: text_of(&SMTP_FROM).to_owned(),
        per_domain: SMTP_PER_DOMAIN.get().unsigned_abs() as usize,
        rate: smtp_rate(),
        at_once: SMTP_MAX_CONN.get().unsigned_abs() as usize,
    }
}

/// How many addresses of one domain mail servers are asked about in a span of time; none for any number.
pub fn smtp_rate() -> Option<Limit> {
    let count = SMTP_RATE.get().unsigned_abs();
    (count > 0).then_some(Limit { count, period: SPAN })
}

/// How much of a workbook may lie in memory, in octets.
pub fn xlsx_strings_max() -> u64 {
    u64::from(XLSX_STRINGS_MAX.get().unsigned_abs()) << 20
}

/// The most data that one import takes, in octets.
pub fn import_max() -> u64 {
    u64::from(IMPORT_MAX.get().unsigned_abs()) << 20
}

/// How long the server of an address with data may be silent.
pub fn import_url_timeout() -> Duration {
    Duration::from_secs(IMPORT_URL_TIMEOUT.get().unsigned_abs().into())
}

/// How long the query of an sql selector may take in a worker.
pub fn sql_selector_timeout() -> Duration {
    Duration::from_secs(SQL_SELECTOR_TIMEOUT.get().unsigned_abs().into())
}

/// How many workers of each database do asynchronous calls.
pub fn job_workers() -> usize {
    usize::try_from(JOB_WORKERS.get()).unwrap_or_default()
}

/// How many days tracks are kept that have ended.
pub fn track_days() -> i64 {
    TRACK_DAYS.get().into()
}

/// How long a call waits for the answer of a worker.
pub fn worker_timeout() -> Duration {
    Duration::from_secs(WORKER_TIMEOUT.get().unsigned_abs().into())
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

/// Whether each event is also told to those who listen.
pub fn event_notify() -> bool {
    EVENT_NOTIFY.get()
}

/// How long events are kept.
pub fn event_retention() -> Retention {
    let micros = |setting: &GucSetting<i32>| i64::from(setting.get()) * 1_000_000;
    let least = micros(&EVENT_RETENTION);
    Retention { least, most: micros(&EVENT_RETENTION_MAX).max(least) }
}

/// What the links of letters begin with; empty where there are none.
pub fn public_url() -> &'static str {
    text_of(&PUBLIC_URL)
}

/// The number of the account in outgoing events.
pub fn account_id() -> i64 {
    ACCOUNT_ID.get().into()
}

/// The number of the base in outgoing events.
pub fn list_id() -> i64 {
    LIST_ID.get().into()
}

/// How hooks try again that say nothing of it.
pub fn retry_defaults() -> RetryDefaults {
    RetryDefaults { times: HOOK_RETRY_TIMES.get() as u32, period_sec: HOOK_RETRY_PERIOD_SEC.get() as u32 }
}

/// How many days attempts are kept.
pub fn hook_attempt_days() -> i32 {
    HOOK_ATTEMPT_DAYS.get()
}

/// What outgoing requests may reach.
pub fn reach() -> Reach {
    let brokers = text_of(&KAFKA_ALLOWED_BROKERS).split(',').map(str::trim).filter(|broker| !broker.is_empty());
    Reach { private: ALLOW_PRIVATE_ADDRESSES.get(), kafka: brokers.map(str::to_owned).collect() }
}

fn define_guards() {
    GucRegistry::define_int_guc(
        c"pg_member.soft_bounce_limit",
        c"How many temporary failures of delivery in a row lock an identifier.",
        c"0: they never do.",
        &SOFT_BOUNCE_LIMIT,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_member.max_heads_per_type",
        c"The most identifiers of one type that a subscriber may have.",
        c"0: no limit. Beyond it: error/member/head/limit.",
        &MAX_HEADS_PER_TYPE,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_member.max_merges_per_day",
        c"The most merges that a subscriber may take part in within 24 hours.",
        c"0: no limit. Beyond it: error/member/merge/limit.",
        &MAX_MERGES_PER_DAY,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::default(),
    );
}

/// A text that every user may set and that is checked when it is.
fn define_text(
    name: &'static CStr,
    short: &'static CStr,
    long: &'static CStr,
    setting: &'static GucSetting<Option<CString>>,
    check: pg_sys::GucStringCheckHook,
) {
    // SAFETY: the hook only reads the new value and never raises.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            name,
            short,
            long,
            setting,
            GucContext::Userset,
            GucFlags::default(),
            check,
            None,
            None,
        );
    }
}

unsafe extern "C-unwind" fn check_region(
    new: *mut *mut c_char,
    _: *mut *mut c_void,
    _: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(|text| Region::parse(text).is_ok())
}

unsafe extern "C-unwind" fn check_url(new: *mut *mut c_char, _: *mut *mut c_void, _: pg_sys::GucSource::Type) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(cookie::is_base)
}

unsafe extern "C-unwind" fn check_dns_servers(
    new: *mut *mut c_char,
    _: *mut *mut c_void,
    _: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(|text| email_test::name_servers(text).is_some())
}

unsafe extern "C-unwind" fn check_helo(new: *mut *mut c_char, _: *mut *mut c_void, _: pg_sys::GucSource::Type) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(email_test::is_helo)
}

unsafe extern "C-unwind" fn check_sender(
    new: *mut *mut c_char,
    _: *mut *mut c_void,
    _: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(email_test::is_sender)
}

unsafe extern "C-unwind" fn check_zone(new: *mut *mut c_char, _: *mut *mut c_void, _: pg_sys::GucSource::Type) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(|text| time::zone(text).is_ok())
}

/// The value a setting is to have.
///
/// # Safety
/// `new` is what the server passes to a check hook.
unsafe fn proposed<'a>(new: *mut *mut c_char) -> Option<&'a str> {
    // SAFETY: passed on from the caller.
    unsafe { (*new).as_ref().and_then(|first| CStr::from_ptr(first).to_str().ok()) }
}

fn define_limits() {
    GucRegistry::define_int_guc(
        c"pg_member.max_depth",
        c"The most levels a datakey program may make.",
        c"Documents that are deeper already stay readable along their upper levels.",
        &MAX_DEPTH,
        1,
        // The tree of a program is walked by recursion: 512 levels fit a 2 MB stack many times over.
        512,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_member.max_key_length",
        c"The most octets one element of a datakey may have.",
        c"",
        &MAX_KEY_LENGTH,
        1,
        65536,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_member.max_operations",
        c"The most operations one datakey program may have.",
        c"",
        &MAX_OPERATIONS,
        1,
        1_000_000,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_member.max_result_size",
        c"The most a body may grow to by a datakey program.",
        c"",
        &MAX_RESULT_SIZE,
        1024,
        // jsonb itself ends at 256 MB.
        (1 << 28) - 1,
        GucContext::Suset,
        GucFlags::UNIT_BYTE,
    );
    GucRegistry::define_int_guc(
        c"pg_member.filter_max_depth",
        c"The most levels of conditions a filter may have, the filters of its groups included.",
        c"",
        &FILTER_MAX_DEPTH,
        1,
        64,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_member.filter_max_usage",
        c"The most a filter may cost, the filters of its groups included.",
        c"A comparison costs 1; group_filter_set tells what a filter costs.",
        &FILTER_MAX_USAGE,
        1,
        1_000_000,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_member.where_timeout",
        c"How long member_where may ask the rules of groups.",
        c"It is looked at between two groups.",
        &WHERE_TIMEOUT,
        0,
        DAY_SECONDS,
        GucContext::Userset,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_int_guc(
        c"pg_member.live_refresh",
        c"How often the members of live groups whose rules depend on the clock are worked out anew.",
        c"",
        &LIVE_REFRESH,
        1,
        30 * DAY_SECONDS,
        GucContext::Sighup,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_int_guc(
        c"pg_member.live_patience",
        c"How long a group that becomes live waits for transactions that wrote before.",
        c"Then its track ends with error/group/busy.",
        &LIVE_PATIENCE,
        0,
        DAY_SECONDS,
        GucContext::Sighup,
        GucFlags::UNIT_S,
    );
}

/// The name of the account's time zone.
pub fn time_zone_name() -> String {
    TIME_ZONE.get().and_then(|name| name.into_string().ok()).unwrap_or_default()
}

/// The limits of a filter.
pub fn filter_limits() -> FilterLimits {
    FilterLimits { max_depth: FILTER_MAX_DEPTH.get() as usize, max_usage: FILTER_MAX_USAGE.get() as u64 }
}

/// How long `member.where` may take.
pub fn where_timeout() -> Duration {
    Duration::from_secs(WHERE_TIMEOUT.get().unsigned_abs().into())
}

/// How often live groups that depend on the clock are worked out anew.
pub fn live_refresh() -> Duration {
    Duration::from_secs(LIVE_REFRESH.get().unsigned_abs().into())
}

/// How long a group that becomes live waits for transactions that wrote before.
pub fn live_patience() -> Duration {
    Duration::from_secs(LIVE_PATIENCE.get().unsigned_abs().into())
}

/// The limits of a datakey program.
pub fn limits() -> Limits {
    Limits {
        max_depth: MAX_DEPTH.get() as usize,
        max_key_length: MAX_KEY_LENGTH.get() as usize,
        max_operations: MAX_OPERATIONS.get() as usize,
        max_result_size: MAX_RESULT_SIZE.get() as usize,
    }
}

/// The most identifiers of one type; 0 for no limit.
pub fn max_heads_per_type() -> usize {
    MAX_HEADS_PER_TYPE.get() as usize
}

/// The most merges within 24 hours; 0 for no limit.
pub fn max_merges_per_day() -> usize {
    MAX_MERGES_PER_DAY.get() as usize
}

/// The rules of identifiers; `utf8` is the setting `email.utf8`. Errors: `error/msisdn/region`.
pub fn rules(utf8: bool) -> Result<Rules> {
    Ok(Rules { utf8, tld: TLD_CHECK.get().into(), phone: phone_check(), region: default_region()? })
}

/// How strictly phone numbers are checked.
pub fn phone_check() -> Check {
    PHONE_CHECK.get().into()
}

/// The region of numbers without a country. Errors: `error/msisdn/region`.
pub fn default_region() -> Result<Region> {
    Region::parse(text_of(&DEFAULT_REGION))
}

/// Whether a concurrent writer is told at once.
pub fn versioning() -> bool {
    VERSIONING.get()
}

/// The text of a setting, read in place: copying it would cost as much as the rest of a small call.
fn text_of(setting: &GucSetting<Option<CString>>) -> &str {
    // SAFETY: the server keeps a terminated string there; it changes only between calls.
    let text = unsafe { (*setting.as_ptr()).as_ref().map(|first| CStr::from_ptr(first)) };
    text.and_then(|text| text.to_str().ok()).unwrap_or_default()
}

thread_local! {
    /// The zone last asked for, with its name: looking one up by name costs more than a call's own work.
    static ZONE: RefCell<(String, TimeZone)> =
        const { RefCell::new((String::new(), TimeZone::UTC)) };
}

/// The zone of `current` and of times shown. Errors: `error/param/wrong` naming the setting.
pub fn time_zone() -> Result<TimeZone> {
    let name = text_of(&TIME_ZONE);
    ZONE.with_borrow_mut(|(known, zone)| {
        if known != name {
            *zone = time::zone(name)?;
            name.clone_into(known);
        }
        Ok(zone.clone())
    })
}

/// The instant of the call, `statement_timestamp()`, in the zone of the setting.
pub fn now() -> Result<Now> {
    let instant = time::from_pg_micros(statement_micros())
        .ok_or_else(|| Error::new(Id::DatakeyDate, "the clock of the server is beyond the calendar"))?;
    Ok(Now { instant, zone: time_zone()? })
}

/// `statement_timestamp()` in the server's microseconds.
pub fn statement_micros() -> i64 {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::GetCurrentStatementStartTimestamp() }
}

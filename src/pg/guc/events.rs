//! The log, and the hooks that carry it out.

use super::declare::{DAY_SECONDS, define_number, define_span, text_of};
use crate::domain::event::ring::Retention;
use crate::domain::hook::Defaults as RetryDefaults;
use crate::sink::Reach;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};
use std::ffi::CString;

static ACCOUNT_ID: GucSetting<i32> = GucSetting::<i32>::new(1);
static LIST_ID: GucSetting<i32> = GucSetting::<i32>::new(1);
static HOOK_RETRY_TIMES: GucSetting<i32> = GucSetting::<i32>::new(4);
static HOOK_RETRY_PERIOD_SEC: GucSetting<i32> = GucSetting::<i32>::new(15);
static HOOK_CONTENT_CLEANUP_HOURS: GucSetting<i32> = GucSetting::<i32>::new(72);
static SMID_ANY: GucSetting<bool> = GucSetting::<bool>::new(false);
static HOOK_ATTEMPT_DAYS: GucSetting<i32> = GucSetting::<i32>::new(7);
static EVENT_NOTIFY: GucSetting<bool> = GucSetting::<bool>::new(false);
static EVENT_RETENTION: GucSetting<i32> = GucSetting::<i32>::new(30 * DAY_SECONDS);
static EVENT_RETENTION_MAX: GucSetting<i32> = GucSetting::<i32>::new(90 * DAY_SECONDS);
static ALLOW_PRIVATE_ADDRESSES: GucSetting<bool> = GucSetting::<bool>::new(false);
static KAFKA_ALLOWED_BROKERS: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));

/// Declares them.
pub fn define() {
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
        c"How long events are kept for a hook or a sequence that is behind; then it loses them.",
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

/// How many hours the contents of messages are kept.
pub fn hook_content_cleanup_hours() -> i32 {
    HOOK_CONTENT_CLEANUP_HOURS.get()
}

/// Whether any short text may name a message.
pub fn smid_any() -> bool {
    SMID_ANY.get()
}

/// How many days attempts are kept.
pub fn hook_attempt_days() -> i32 {
    HOOK_ATTEMPT_DAYS.get()
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

/// What outgoing requests may reach.
pub fn reach() -> Reach {
    let brokers = text_of(&KAFKA_ALLOWED_BROKERS).split(',').map(str::trim).filter(|broker| !broker.is_empty());
    Reach { private: ALLOW_PRIVATE_ADDRESSES.get(), kafka: brokers.map(str::to_owned).collect() }
}

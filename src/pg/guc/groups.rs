//! Filters and live groups.

use super::declare::DAY_SECONDS;
use crate::domain::group::Limits as FilterLimits;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};
use std::time::Duration;

static FILTER_MAX_DEPTH: GucSetting<i32> = GucSetting::<i32>::new(32);
static FILTER_MAX_USAGE: GucSetting<i32> = GucSetting::<i32>::new(10_000);
static WHERE_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(300);
static LIVE_REFRESH: GucSetting<i32> = GucSetting::<i32>::new(3600);
static LIVE_PATIENCE: GucSetting<i32> = GucSetting::<i32>::new(60);

/// Declares them.
pub fn define() {
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

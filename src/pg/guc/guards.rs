//! What keeps runaway callers from harm.

use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};

static SOFT_BOUNCE_LIMIT: GucSetting<i32> = GucSetting::<i32>::new(0);
static MAX_HEADS_PER_TYPE: GucSetting<i32> = GucSetting::<i32>::new(0);
static MAX_MERGES_PER_DAY: GucSetting<i32> = GucSetting::<i32>::new(0);

/// Declares them.
pub fn define() {
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

/// How many temporary failures of delivery in a row lock an identifier; 0 for never.
pub fn soft_bounce_limit() -> i32 {
    SOFT_BOUNCE_LIMIT.get()
}

/// The most identifiers of one type; 0 for no limit.
pub fn max_heads_per_type() -> usize {
    MAX_HEADS_PER_TYPE.get() as usize
}

/// The most merges within 24 hours; 0 for no limit.
pub fn max_merges_per_day() -> usize {
    MAX_MERGES_PER_DAY.get() as usize
}

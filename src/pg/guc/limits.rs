//! The limits of a datakey program.

use crate::domain::datakey::Limits;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};

static MAX_DEPTH: GucSetting<i32> = GucSetting::<i32>::new(64);
static MAX_KEY_LENGTH: GucSetting<i32> = GucSetting::<i32>::new(1024);
static MAX_OPERATIONS: GucSetting<i32> = GucSetting::<i32>::new(1000);
static MAX_RESULT_SIZE: GucSetting<i32> = GucSetting::<i32>::new(16 * 1024 * 1024);

/// Declares them.
pub fn define() {
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

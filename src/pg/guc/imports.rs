//! Imports.

use super::declare::{define_megabytes, define_span};
use pgrx::GucSetting;
use std::time::Duration;

static XLSX_STRINGS_MAX: GucSetting<i32> = GucSetting::<i32>::new(256);
static IMPORT_MAX: GucSetting<i32> = GucSetting::<i32>::new(4096);
static IMPORT_URL_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(60);

/// Declares them.
pub fn define() {
    define_megabytes(
        c"pg_member.xlsx_strings_max",
        c"How much of a workbook may lie in memory while it is imported: its shared texts and styles, unpacked.",
        &XLSX_STRINGS_MAX,
    );
    define_megabytes(c"pg_member.import_max", c"The most data that one import takes, as they come.", &IMPORT_MAX);
    define_span(
        c"pg_member.import_url_timeout",
        c"How long the server of users.url may be silent.",
        &IMPORT_URL_TIMEOUT,
    );
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

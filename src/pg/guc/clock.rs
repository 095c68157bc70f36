//! The zone of times, and the instant of a call.

use super::declare::{define_text, proposed, text_of};
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::time;
use jiff::tz::TimeZone;
use pgrx::{GucSetting, pg_sys};
use std::cell::RefCell;
use std::ffi::{CString, c_char, c_void};

static TIME_ZONE: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c"Europe/Moscow"));

/// Declares them.
pub fn define() {
    define_text(
        c"pg_member.time_zone",
        c"The zone of `current` and of the times that are shown.",
        c"An IANA name; the session's TimeZone has no effect.",
        &TIME_ZONE,
        Some(check_zone),
    );
}

unsafe extern "C-unwind" fn check_zone(new: *mut *mut c_char, _: *mut *mut c_void, _: pg_sys::GucSource::Type) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(|text| time::zone(text).is_ok())
}

/// The name of the account's time zone.
pub fn time_zone_name() -> String {
    TIME_ZONE.get().and_then(|name| name.into_string().ok()).unwrap_or_default()
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

//! Ways of declaring a setting to the server, and of reading texts.

use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, pg_sys};
use std::ffi::{CStr, CString, c_char, c_void};

/// A day.
pub const DAY_SECONDS: i32 = 86_400;

/// A whole number that an administrator sets for all sessions.
pub fn define_number(
    name: &'static CStr,
    about: &'static CStr,
    setting: &'static GucSetting<i32>,
    range: std::ops::RangeInclusive<i32>,
) {
    let (least, most) = (*range.start(), *range.end());
    GucRegistry::define_int_guc(name, about, c"", setting, least, most, GucContext::Sighup, GucFlags::default());
}

/// Seconds that an administrator sets for all sessions.
pub fn define_span(name: &'static CStr, about: &'static CStr, setting: &'static GucSetting<i32>) {
    GucRegistry::define_int_guc(name, about, c"", setting, 1, i32::MAX, GucContext::Sighup, GucFlags::UNIT_S);
}

/// Megabytes that a superuser sets.
pub fn define_megabytes(name: &'static CStr, about: &'static CStr, setting: &'static GucSetting<i32>) {
    let (context, unit) = (GucContext::Suset, GucFlags::UNIT_MB);
    GucRegistry::define_int_guc(name, about, c"", setting, 1, 1 << 20, context, unit);
}

/// A text that every user may set and that is checked when it is.
pub fn define_text(
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

/// A text that an administrator sets for all sessions; empty unless it is set.
pub fn define_shared_text(
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

/// The value a setting is to have.
///
/// # Safety
/// `new` is what the server passes to a check hook.
pub unsafe fn proposed<'a>(new: *mut *mut c_char) -> Option<&'a str> {
    // SAFETY: passed on from the caller.
    unsafe { (*new).as_ref().and_then(|first| CStr::from_ptr(first).to_str().ok()) }
}

/// The text of a setting, read in place: copying it would cost as much as the rest of a small call.
pub fn text_of(setting: &GucSetting<Option<CString>>) -> &str {
    // SAFETY: the server keeps a terminated string there; it changes only between calls.
    let text = unsafe { (*setting.as_ptr()).as_ref().map(|first| CStr::from_ptr(first)) };
    text.and_then(|text| text.to_str().ok()).unwrap_or_default()
}

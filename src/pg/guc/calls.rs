//! What calls do beside their parameters.

use super::declare::{proposed, text_of};
use crate::domain::member::cookie;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, pg_sys};
use std::ffi::{CString, c_char, c_void};

static PUBLIC_URL: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static VERSIONING: GucSetting<bool> = GucSetting::<bool>::new(false);

/// Declares them.
pub fn define() {
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
    GucRegistry::define_bool_guc(
        c"pg_member.versioning",
        c"Whether a concurrent writer is told at once instead of waiting.",
        c"on: error/member/versioning.",
        &VERSIONING,
        GucContext::Userset,
        GucFlags::default(),
    );
}

unsafe extern "C-unwind" fn check_url(new: *mut *mut c_char, _: *mut *mut c_void, _: pg_sys::GucSource::Type) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(cookie::is_base)
}

/// What the links of letters begin with; empty where there are none.
pub fn public_url() -> &'static str {
    text_of(&PUBLIC_URL)
}

/// Whether a concurrent writer is told at once.
pub fn versioning() -> bool {
    VERSIONING.get()
}

//! How identifiers are read.

use super::declare::{define_text, proposed, text_of};
use crate::domain::address::{Check, Region, Rules};
use crate::domain::error::Result;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum, pg_sys};
use std::ffi::{CString, c_char, c_void};

static DEFAULT_REGION: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c"RU"));
static TLD_CHECK: GucSetting<Strictness> = GucSetting::<Strictness>::new(Strictness::strict);
static PHONE_CHECK: GucSetting<Strictness> = GucSetting::<Strictness>::new(Strictness::strict);

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

/// Declares them.
pub fn define() {
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

unsafe extern "C-unwind" fn check_region(
    new: *mut *mut c_char,
    _: *mut *mut c_void,
    _: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(|text| Region::parse(text).is_ok())
}

/// The rules of identifiers; `utf8` is the setting `email.utf8`. Errors: `error/msisdn/region`.
pub fn rules(utf8: bool) -> Result<Rules> {
    Ok(Rules { utf8, tld: TLD_CHECK.get().into(), phone: phone_check(), region: default_region()? })
}

/// How strictly phone numbers are checked.
pub fn phone_check() -> Check {
    PHONE_CHECK.get().into()
}

/// The name of the region of phone numbers written without a country.
pub fn region_name() -> String {
    text_of(&DEFAULT_REGION).to_owned()
}

/// The region of numbers without a country. Errors: `error/msisdn/region`.
pub fn default_region() -> Result<Region> {
    Region::parse(text_of(&DEFAULT_REGION))
}

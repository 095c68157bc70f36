//! Where a number without a country code is dialled.

use crate::domain::error::{Error, Id, Result};
use rlibphonenumber::PHONE_NUMBER_UTIL;

/// A country or territory whose numbers the library knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region(pub(super) rlibphonenumber::Region);

impl Region {
    /// Russia.
    pub const RU: Region = Region(rlibphonenumber::Region::RU);

    /// The region of two letters of ISO 3166, in any case. Error: `error/msisdn/region` when the library has no numbers
    /// for it.
    pub fn parse(code: &str) -> Result<Self> {
        // The default is known without the library, whose tables take milliseconds to load into a backend.
        if code.eq_ignore_ascii_case("RU") {
            return Ok(Region::RU);
        }
        let known = match code.len() {
            2 => rlibphonenumber::Region::try_from(code.to_ascii_uppercase().as_str()).ok(),
            _ => None,
        };
        known
            .filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some())
            .map(Region)
            .ok_or_else(|| Error::new(Id::RegionUnknown, "the region is not known"))
    }

    /// Its two letters.
    pub fn as_str(self) -> String {
        self.0.to_string()
    }
}

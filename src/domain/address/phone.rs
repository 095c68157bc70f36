//! Phone numbers: normal form E.164, `+` and digits (members.md 2.2, shapes.md 4).
//!
//! What a number is and whether it exists is known by Google's metadata through `rlibphonenumber`. Here is read how
//! people write numbers, so that the library gets nothing but digits.

mod plain;
mod region;
#[cfg(test)]
mod tests;
mod text;

pub use region::Region;

use crate::domain::error::{Error, Id, Result};
use plain::plain;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};
use std::borrow::Cow;
use text::{Written, read};

/// The library and its version; its metadata is Google's 9.0.42. A newer one that changes a result is a REINDEX note in
/// the CHANGELOG.
pub const METADATA: &str = "rlibphonenumber 2.2.15";

/// The fewest and most digits of a number with its country code (E.164).
const E164_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// A phone number in normal form; borrowed when the text is its own normal form. Any valid number of any country is
/// taken, fixed lines too; a number without a country code is read as dialled in `region`. No setting is read here.
///
/// Errors: `error/msisdn/empty`, `error/msisdn/badchars`, `error/msisdn/badlength` (no such number can exist).
pub fn normalize(raw: &str, region: Region) -> Result<Cow<'_, str>> {
    if let Some(form) = plain(raw, region) {
        return Ok(form);
    }
    let number = read(raw)?;
    match valid(&number, region) {
        Some(form) if form == raw => Ok(Cow::Borrowed(raw)),
        Some(form) => Ok(Cow::Owned(form)),
        None => {
            Err(Error::new(Id::MsisdnBadlength, format!("{} digits that are no valid number", number.digits.len())))
        }
    }
}

/// Like [`normalize`], but numbers that the library does not call valid pass too when they have 8 to 15 digits with
/// their country code. Errors: as there.
pub fn unchecked(raw: &str, region: Region) -> Result<String> {
    let number = read(raw)?;
    let form = match valid(&number, region) {
        Some(form) => return Ok(form),
        None if number.is_international() => format!("+{}", number.significant()),
        None => {
            let form = parse(&number.digits, Some(region)).map(|number| e164(&number)).unwrap_or_default();
            // What a second reading would make of it is taken at once, so that it finds nothing to change.
            let again = Written { digits: form.trim_start_matches('+').to_owned(), plus: true };
            valid(&again, region).unwrap_or(form)
        }
    };
    if E164_DIGITS.contains(&form.len().saturating_sub(1)) && !form.starts_with("+0") {
        return Ok(form);
    }
    Err(Error::new(Id::MsisdnBadlength, format!("{} digits, country code included", form.len().saturating_sub(1))))
}

/// Where a Russian mobile number in normal form is looked up in the numbering plan: the three digits behind `+7` and the
/// seven after them. None for other numbers.
pub fn plan_key(e164: &str) -> Option<(u16, u32)> {
    let national = e164.strip_prefix("+7").filter(|digits| digits.len() == 10 && digits.starts_with('9'))?;
    let (prefix, number) = national.split_at_checked(3)?;
    national.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    Some((prefix.parse().ok()?, number.parse().ok()?))
}

/// Whether a number in normal form is a Russian one outside the mobile codes 9xx. The codes 6xx and 7xx behind `+7` are
/// Kazakhstan's.
pub(super) fn is_russian_fixed(e164: &str) -> bool {
    e164.strip_prefix("+7").is_some_and(|national| !national.starts_with(['6', '7', '9']))
}

/// The normal form of a number that the library calls valid.
fn valid(number: &Written, region: Region) -> Option<String> {
    let abroad =
        || number.is_international().then(|| valid_form(&format!("+{}", number.significant()), None)).flatten();
    // `00` is the prefix for dialling abroad nearly everywhere; where it is not, the region's own reading is left.
    let here = || if number.plus { None } else { valid_form(&number.digits, Some(region)) };
    let form = abroad().or_else(here)?;
    // A normal form is its own normal form; there are Belarusian numbers of which the parser would drop the first digits.
    valid_form(&form, None).filter(|again| *again == form)
}

fn valid_form(text: &str, region: Option<Region>) -> Option<String> {
    parse(text, region).filter(PhoneNumber::is_valid).map(|number| e164(&number))
}

/// What the library reads. The text holds nothing but ASCII digits; behind a plus, a country code, and no region.
fn parse(text: &str, region: Option<Region>) -> Option<PhoneNumber> {
    PHONE_NUMBER_UTIL.parse(text, region.map(|region| region.0)).ok()
}

fn e164(number: &PhoneNumber) -> String {
    number.format_as(PhoneNumberFormat::E164).into_owned()
}

//! The short way for plainly written numbers, with the results of the long one.

use super::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Ten digits are below this number.
const TEN_DIGITS: u64 = 10_000_000_000;
/// Russian mobile numbers, without the country code.
const RUSSIAN_MOBILE: RangeInclusive<u64> = 9_000_000_000..=9_999_999_999;
/// Those of them that the metadata divides further; it calls every other one valid.
const RUSSIAN_DIVIDED: RangeInclusive<u64> = 9_300_000_000..=9_300_999_999;
/// The most digits of a country code.
const MAX_COUNTRY_CODE: u32 = 3;
/// Belarusian numbers that begin with what the library's parser takes for a national prefix.
const BELARUS: i32 = 375;
const BELARUS_PREFIXED: u64 = 810;

/// The short way for what nearly every number is: a Russian mobile one with plain separators, or one that is written with
/// its plus. `None` sends everything else the long way, which gives the same form.
pub(super) fn plain(raw: &str, region: Region) -> Option<Cow<'_, str>> {
    let (mut value, mut count, mut plus) = (0_u64, 0_u32, false);
    for byte in raw.bytes() {
        match byte {
            b'0'..=b'9' => {
                value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
                count += 1;
            }
            b' ' | b'(' | b')' | b'-' | b'.' => {}
            b'+' if count == 0 && !plus => plus = true,
            _ => return None,
        }
    }
    if is_russian_mobile(value, count, plus, region) {
        let national = raw.bytes().filter(u8::is_ascii_digit).skip(usize::from(count == 11));
        return Some(with_plus(raw, b"7".iter().copied().chain(national), 11));
    }
    if plus && is_valid_abroad(value, count)? {
        return Some(with_plus(raw, raw.bytes().filter(u8::is_ascii_digit), count as usize));
    }
    None
}

/// `+` and these digits, so many; borrowed when the text is just that.
fn with_plus(raw: &str, digits: impl Iterator<Item = u8>, count: usize) -> Cow<'_, str> {
    if raw.len() == count + 1 && raw.starts_with('+') {
        return Cow::Borrowed(raw);
    }
    let mut form = String::with_capacity(count + 1);
    form.push('+');
    form.extend(digits.map(char::from));
    Cow::Owned(form)
}

/// Whether this is a Russian mobile number, as +7 and ten digits or as dialled in Russia.
fn is_russian_mobile(value: u64, count: u32, plus: bool, region: Region) -> bool {
    let national = match (count, value / TEN_DIGITS) {
        (11, 7) if plus || region == Region::RU => value % TEN_DIGITS,
        (11, 8) | (10, _) if !plus && region == Region::RU => value,
        _ => return false,
    } % TEN_DIGITS;
    RUSSIAN_MOBILE.contains(&national) && !RUSSIAN_DIVIDED.contains(&national)
}

/// Whether the library calls valid what these digits, country code first, say without any more reading. None when there
/// is no such country code.
///
/// Its parser would find the same number, because a valid number never begins with what the parser takes for a national
/// prefix. The one exception are the Belarusian numbers behind +375 810.
fn is_valid_abroad(value: u64, count: u32) -> Option<bool> {
    // A zero in front would be lost in `value`; no country code begins with it.
    value.checked_ilog10().filter(|log| log + 1 == count)?;
    let (code, national, digits) = (1..=MAX_COUNTRY_CODE).find_map(|length| {
        let digits = count.checked_sub(length)?;
        let power = 10_u64.checked_pow(digits)?;
        let code = i32::try_from(value / power).ok().filter(|code| *code > 0)?;
        PHONE_NUMBER_UTIL.get_region_for_country_code(code)?;
        Some((code, value % power, digits))
    })?;
    if code == BELARUS && national / 10_u64.checked_pow(digits.checked_sub(3)?)? == BELARUS_PREFIXED {
        return None;
    }
    let zeros = digits - national.checked_ilog10().map_or(1, |log| log + 1).min(digits);
    let number = PhoneNumber {
        country_code: code,
        national_number: national,
        italian_leading_zero: (zeros > 0).then_some(true),
        number_of_leading_zeros: (zeros > 1).then_some(i32::try_from(zeros).ok()?),
        ..PhoneNumber::default()
    };
    Some(digits > 1 && number.is_valid())
}

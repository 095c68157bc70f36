//! Identifiers whose inside is not ours: client ids, registration numbers, push tokens, umids (members.md 2.2).

use crate::domain::error::{Error, Id, Result};

/// The most octets of a csid, a umid or the token of a pushapp.
const MAX_OCTETS: usize = 1024;
/// The fewest octets of the token of a pushapp.
const MIN_TOKEN: usize = 64;
/// The most digits of a registration number: what fits into 64 bits.
const MAX_DIGITS: usize = 19;

/// A client's own id: white space around it is dropped, nothing else changes.
/// Errors: `error/csid/empty`, `error/csid/toolong` (over 1024 octets).
pub fn csid(raw: &str) -> Result<&str> {
    let value = raw.trim();
    match value.len() {
        0 => Err(Error::new(Id::CsidEmpty, "the client's id is empty")),
        1..=MAX_OCTETS => Ok(value),
        octets => Err(Error::new(Id::CsidToolong, format!("the client's id has {octets} octets"))),
    }
}

/// A umid: white space around it is dropped. Error: `error/umid/format` unless 1 to 1024 octets are left.
pub fn umid(raw: &str) -> Result<&str> {
    let value = raw.trim();
    match value.len() {
        1..=MAX_OCTETS => Ok(value),
        octets => Err(Error::new(Id::UmidFormat, format!("the umid has {octets} octets"))),
    }
}

/// A registration number (push, vk, tg, max): ASCII digits, white space around them and zeros in front dropped.
/// Error: `on_error` for anything else, for 0 and for more than 19 digits.
pub fn number(raw: &str, on_error: Id) -> Result<&str> {
    let digits = raw.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::new(on_error, "not a whole number of ASCII digits"));
    }
    let value = digits.trim_start_matches('0');
    match value.len() {
        0 => Err(Error::new(on_error, "the number is 0")),
        1..=MAX_DIGITS => Ok(value),
        count => Err(Error::new(on_error, format!("the number has {count} digits"))),
    }
}

/// A mobile application's push token, `token@platform.os.authext`: white space around it is dropped, nothing else
/// changes. Error: `error/pushapp/format` unless the token has 64 to 1024 octets without white space and `@`, the
/// platform is apns, fcm or hms, the system ios, android or huawei (in lower case) and authext 1 to 19 digits.
pub fn pushapp(raw: &str) -> Result<&str> {
    let value = raw.trim();
    let refuse = |what: &str| Err(Error::new(Id::PushappFormat, what));
    let Some((token, target)) = value.split_once('@') else {
        return refuse("there is no @ behind the token");
    };
    if !(MIN_TOKEN..=MAX_OCTETS).contains(&token.len()) {
        return refuse("the token does not have 64 to 1024 octets");
    }
    if token.contains(char::is_whitespace) {
        return refuse("the token holds white space");
    }
    let mut parts = target.splitn(3, '.');
    if !matches!(parts.next(), Some("apns" | "fcm" | "hms")) {
        return refuse("the platform is not apns, fcm or hms");
    }
    if !matches!(parts.next(), Some("ios" | "android" | "huawei")) {
        return refuse("the system is not ios, android or huawei");
    }
    match parts.next() {
        Some(id) if (1..=MAX_DIGITS).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()) => Ok(value),
        _ => refuse("authext is not a number of 1 to 19 digits"),
    }
}

/// The number behind the pseudo-types `id` and `dataset`: a whole number from 1 to 9223372036854775807 in ASCII digits,
/// white space around it dropped. `on_error` is `error/id/format` or `error/dataset/format`.
pub fn parse_number(raw: &str, on_error: Id) -> Result<i64> {
    number(raw, on_error)?.parse().map_err(|_| Error::new(on_error, "the number is larger than 9223372036854775807"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_csid_is_only_trimmed() {
        assert_eq!(csid(" \t\u{a0}Test@test.RU\u{3000}\n"), Ok("Test@test.RU"));
        assert_eq!(csid("a b"), Ok("a b"));
        assert_eq!(csid(&"я".repeat(512)).map(str::len), Ok(1024));
        assert_eq!(csid(" \u{2003} ").unwrap_err().id, Id::CsidEmpty);
        assert_eq!(csid(&"x".repeat(1025)).unwrap_err().id, Id::CsidToolong);
    }

    #[test]
    fn a_umid_is_only_trimmed() {
        assert_eq!(umid(" 5f-AB "), Ok("5f-AB"));
        for raw in ["".to_string(), "  ".to_string(), "u".repeat(1025)] {
            assert_eq!(umid(&raw).unwrap_err().id, Id::UmidFormat);
        }
    }

    #[test]
    fn registration_numbers_are_plain_numbers() {
        assert_eq!(number(" 00123 ", Id::TgFormat), Ok("123"));
        assert_eq!(number("9999999999999999999", Id::TgFormat), Ok("9999999999999999999"));
        for raw in ["", " ", "0", "000", "-1", "+1", "1 2", "@nick", "1.0", "１２３", "٣", "12345678901234567890"] {
            assert_eq!(number(raw, Id::VkFormat).unwrap_err().id, Id::VkFormat, "{raw}");
        }
    }

    #[test]
    fn numbers_of_identifiers_and_datasets() {
        assert_eq!(parse_number(" 0042", Id::IdFormat), Ok(42));
        assert_eq!(parse_number("9223372036854775807", Id::IdFormat), Ok(i64::MAX));
        for raw in ["9223372036854775808", "0", "", "1e3", "-5"] {
            assert_eq!(parse_number(raw, Id::DatasetFormat).unwrap_err().id, Id::DatasetFormat, "{raw}");
        }
    }

    #[test]
    fn push_tokens() {
        let token = "aB:c_".repeat(20);
        for target in ["apns.ios.1", "fcm.android.0042", "hms.huawei.9999999999999999999"] {
            let value = format!("{token}@{target}");
            assert_eq!(pushapp(&format!(" {value}\n")), Ok(value.as_str()));
        }
        let short = format!("{}@fcm.android.1", "x".repeat(63));
        let long = format!("{}@fcm.android.1", "x".repeat(1025));
        let spaced = format!("{token} {token}@fcm.android.1");
        let targets =
            ["", "fcm.android", "fcm.android.", "FCM.android.1", "fcm.Android.1", "gcm.android.1", "fcm.windows.1"];
        let more = [
            "fcm.android.x",
            "fcm.android.1.2",
            "a@fcm.android.1",
            "fcm.android.12345678901234567890",
            "fcm.android.１",
        ];
        let bad = targets.iter().chain(&more).map(|target| format!("{token}@{target}")).chain([
            token.clone(),
            short,
            long,
            spaced,
        ]);
        for raw in bad {
            assert_eq!(pushapp(&raw).unwrap_err().id, Id::PushappFormat, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_is_in_normal_form(raw in "[0-9 ]{1,24}|\\PC{0,40}|[a-z0-9]{64,70}@(apns|fcm)\\.(ios|android)\\.[0-9]{1,3}") {
            for form in [csid(&raw), umid(&raw), number(&raw, Id::MaxFormat), pushapp(&raw)].into_iter().flatten() {
                prop_assert!(raw.contains(form));
            }
            if let Ok(form) = csid(&raw) { prop_assert_eq!(csid(form), Ok(form)); }
            if let Ok(form) = umid(&raw) { prop_assert_eq!(umid(form), Ok(form)); }
            if let Ok(form) = pushapp(&raw) { prop_assert_eq!(pushapp(form), Ok(form)); }
            if let Ok(form) = number(&raw, Id::MaxFormat) { prop_assert_eq!(number(form, Id::MaxFormat), Ok(form)); }
        }
    }
}

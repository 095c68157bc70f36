//! Numbers that are accepted and refused; the library, a second library and the metadata as oracles.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::Config;
use rlibphonenumber::PhoneNumberType;
use std::collections::BTreeSet;

fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

fn form(raw: &str, code: &str) -> std::result::Result<String, Id> {
    normalize(raw, region(code)).map(Cow::into_owned).map_err(|error| error.id)
}

/// What the library alone makes of a text; a plus leaves no choice of region.
fn by_library(raw: &str, region: Region) -> Option<String> {
    let region = if raw.contains('+') { None } else { Some(region.0) };
    let number = PHONE_NUMBER_UTIL.parse(raw, region).ok()?;
    number.is_valid().then(|| number.format_as(PhoneNumberFormat::E164).into_owned())
}

#[test]
fn the_version_is_the_one_that_is_built() {
    let (name, version) = METADATA.split_once(' ').unwrap();
    assert!(include_str!("../../../../Cargo.lock").contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")));
}

#[test]
fn regions() {
    assert_eq!(region("ru"), Region::RU);
    assert_eq!(region("De").as_str(), "DE");
    for code in ["", "R", "RUS", "XX", "ZZ", "001", "7", "РУ", "R1", " RU", "AQ"] {
        assert_eq!(Region::parse(code).unwrap_err().id, Id::RegionUnknown, "{code}");
    }
}

#[test]
fn russian_writings() {
    for raw in [
        "+79211234567",
        "79211234567",
        "89211234567",
        "9211234567",
        "8 (921) 123-45-67",
        "+7 921 123 45 67",
        "+7(921)123-45-67",
        "8-921-123-45-67",
        "7 921 1234567",
        "921.123.45.67",
        " 8921 1234567 ",
        "007 921 123 45 67",
        "0079211234567",
        "8 10 7 921 123-45-67",
        "８９２１１２３４５６７",
        "٨٩٢١١٢٣٤٥٦٧",
        "＋7 921 123 45 67",
        "8 921 123-45-67 доб. 12",
        "+7 921 123-45-67 ext. 5",
        "89211234567#5",
        "(8921)1234567",
    ] {
        assert_eq!(form(raw, "RU").as_deref(), Ok("+79211234567"), "{raw}");
    }
    for (raw, expected) in [
        ("8 (495) 123-45-67", "+74951234567"),
        ("4951234567", "+74951234567"),
        ("8 800 555 35 35", "+78005553535"),
        ("8 812 309 54 62 доб. 104", "+78123095462"),
        ("8 701 234 56 78", "+77012345678"),
        ("+7 727 258 1234", "+77272581234"),
    ] {
        assert_eq!(form(raw, "RU").as_deref(), Ok(expected), "{raw}");
    }
}

#[test]
fn numbers_abroad() {
    for (raw, code, expected) in [
        ("+49 30 123456", "RU", "+4930123456"),
        ("0049 30 123456", "RU", "+4930123456"),
        ("8 10 49 30 123456", "RU", "+4930123456"),
        ("030 123456", "DE", "+4930123456"),
        ("+1 (201) 555-0123", "RU", "+12015550123"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("011 7 921 123 45 67", "US", "+79211234567"),
        ("+380 50 123 45 67", "RU", "+380501234567"),
        ("050 123 45 67", "UA", "+380501234567"),
        ("+375 29 491-19-11", "RU", "+375294911911"),
        ("8 029 491-19-11", "BY", "+375294911911"),
        ("8 (701) 234-56-78", "KZ", "+77012345678"),
        ("+998 91 234 56 78", "RU", "+998912345678"),
        ("+39 02 1234 5678", "RU", "+390212345678"),
        ("+44 (0)20 7946 0958", "RU", "+442079460958"),
        ("+86 131 2345 6789", "RU", "+8613123456789"),
        ("+800 1234 5678", "RU", "+80012345678"),
    ] {
        assert_eq!(form(raw, code).as_deref(), Ok(expected), "{raw} in {code}");
    }
}

#[test]
fn refusals() {
    for raw in ["", "  ", "\u{a0}"] {
        assert_eq!(form(raw, "RU"), Err(Id::MsisdnEmpty), "{raw:?}");
    }
    for raw in [
        "1-800-FLOWERS",
        "user@example.com",
        "8921123456a",
        "+7+9211234567",
        "номер",
        "8 921 123 45 67, 8 921 765 43 21",
    ] {
        assert_eq!(form(raw, "RU"), Err(Id::MsisdnBadchars), "{raw}");
    }
    for raw in [
        "1",
        "112",
        "12345",
        "1234567",
        "892112345678",
        "921123456",
        "+7921123456",
        "+792112345678",
        "+",
        "0",
        "+0",
        "00",
        "000000",
        "+999123456789",
        "+12345",
        "1111111111",
        "0000000000",
        "+70000000000",
        "+7 100 123 45 67",
        "+1 201 155 0123",
        "12345678901234567890",
        "99999999999999999999999999999999999999",
        "8 921 123 45",
        "+8 921 123-45-67",
        "+7 (930) 001-23-45",
    ] {
        assert_eq!(form(raw, "RU"), Err(Id::MsisdnBadlength), "{raw}");
    }
}

#[test]
fn a_normal_form_is_borrowed() {
    for raw in ["+79211234567", "+4930123456", "+3758101264367"] {
        assert!(!matches!(normalize(raw, Region::RU), Ok(Cow::Owned(_))), "{raw}");
    }
}

#[test]
fn the_key_of_the_numbering_plan() {
    assert_eq!(plan_key("+79001234567"), Some((900, 1_234_567)));
    assert_eq!(plan_key("+79990000000"), Some((999, 0)));
    for other in [
        "",
        "+7",
        "+74951234567",
        "+77012345678",
        "+7900123456",
        "+790012345678",
        "79001234567",
        "+7900123456x",
        "+79яяя",
        "+19001234567",
    ] {
        assert_eq!(plan_key(other), None, "{other}");
    }
}

#[test]
fn what_is_not_checked_still_has_a_length() {
    let unchecked = |raw: &str| unchecked(raw, Region::RU).map_err(|error| error.id);
    for (raw, expected) in [
        ("8 921 123-45-67", "+79211234567"),
        ("+7 (930) 001-23-45", "+79300012345"),
        ("9300012345", "+79300012345"),
        ("+999 123 456 789", "+999123456789"),
        ("00999123456789", "+999123456789"),
        ("+12345678", "+12345678"),
        ("1234567", "+71234567"),
    ] {
        assert_eq!(unchecked(raw).as_deref(), Ok(expected), "{raw}");
        assert_eq!(unchecked(expected).as_deref(), Ok(expected), "{expected}");
    }
    for raw in ["+1234567", "+1234567890123456", "+006042000000", "123", "1", "0", "+"] {
        assert_eq!(unchecked(raw), Err(Id::MsisdnBadlength), "{raw}");
    }
    assert_eq!(unchecked(""), Err(Id::MsisdnEmpty));
    assert_eq!(unchecked("8921x"), Err(Id::MsisdnBadchars));
}

/// The metadata tells Russian mobile numbers apart by at most their first six digits, so this is all of them.
#[test]
fn every_russian_mobile_prefix_is_as_the_library_has_it() {
    for head in 900_000..1_000_000_u64 {
        let raw = format!("+7{head}{:04}", head * 7919 % 10_000);
        assert_eq!(normalize(&raw, Region::RU).ok().map(Cow::into_owned), by_library(&raw, Region::RU), "{raw}");
    }
}

/// Valid numbers of all regions and types, as the metadata gives them, with the region.
fn examples() -> Vec<(Region, rlibphonenumber::PhoneNumber)> {
    use PhoneNumberType::{FixedLine, Mobile, PersonalNumber, PremiumRate, SharedCost, TollFree, UAN, VoIP};
    let kinds = [FixedLine, Mobile, TollFree, PremiumRate, SharedCost, PersonalNumber, VoIP, UAN];
    let regions: BTreeSet<_> = PHONE_NUMBER_UTIL.get_supported_regions().collect();
    let numbers = regions.into_iter().flat_map(|region| {
        kinds.map(|kind| {
            Some((Region(region), PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind).ok()?))
        })
    });
    numbers.flatten().collect()
}

#[test]
fn two_libraries_agree_where_both_accept() {
    let (mut agreed, mut regions) = (0, BTreeSet::new());
    for (region, number) in examples() {
        let code = region.as_str();
        let Ok(country) = code.parse::<phonenumber::country::Id>() else { continue };
        for format in [PhoneNumberFormat::International, PhoneNumberFormat::National, PhoneNumberFormat::E164] {
            let raw = number.format_as(format).into_owned();
            let Ok(ours) = normalize(&raw, region) else { continue };
            let Ok(theirs) = phonenumber::parse(Some(country), &raw) else { continue };
            if theirs.is_valid() {
                assert_eq!(ours, theirs.format().mode(phonenumber::Mode::E164).to_string(), "{raw} in {code}");
                agreed += 1;
                regions.insert(code.clone());
            }
        }
    }
    assert!(agreed >= 2_000 && regions.len() >= 200, "{agreed} numbers of {} regions", regions.len());
}

#[test]
fn every_example_is_accepted_in_every_format() {
    for (region, number) in examples() {
        let expected = number.format_as(PhoneNumberFormat::E164).into_owned();
        for format in [PhoneNumberFormat::International, PhoneNumberFormat::E164] {
            let raw = number.format_as(format);
            assert_eq!(normalize(&raw, Region::RU).as_deref(), Ok(expected.as_str()), "{raw}");
            let raw = format!("00{}", raw.trim_start_matches('+'));
            assert_eq!(normalize(&raw, Region::RU).as_deref(), Ok(expected.as_str()), "{raw}");
        }
        let raw = number.format_as(PhoneNumberFormat::National).into_owned();
        assert_eq!(
            normalize(&raw, region).ok().map(Cow::into_owned),
            by_library(&raw, region),
            "{raw} in {}",
            region.as_str()
        );
    }
}

/// Numbers near valid ones, and numbers far from any, written with separators.
fn texts() -> impl Strategy<Value = (String, Region)> {
    let examples = examples();
    let changed = (proptest::sample::select(examples), 0..4_usize, any::<u64>(), 0..5_usize).prop_map(
        |((region, number), format, noise, kind)| {
            let formats = [PhoneNumberFormat::International, PhoneNumberFormat::National, PhoneNumberFormat::E164];
            let mut raw = formats.get(format).map_or_else(String::new, |format| number.format_as(*format).into_owned());
            if raw.is_empty() {
                raw = number.format_as(PhoneNumberFormat::E164).trim_start_matches('+').to_owned();
            }
            let place = raw.char_indices().map(|(at, _)| at).cycle().nth((noise % 97) as usize).unwrap_or_default();
            let digit = (noise / 97 % 10).to_string();
            match kind {
                0 => raw.insert_str(place, &digit),
                1 if raw.as_bytes()[place].is_ascii_digit() => raw.replace_range(place..=place, &digit),
                2 if raw.as_bytes()[place].is_ascii_digit() => raw.replace_range(place..=place, ""),
                _ => {}
            }
            (raw, if noise % 2 == 0 { region } else { Region::RU })
        },
    );
    let codes = proptest::sample::select(vec!["RU", "KZ", "BY", "US", "DE", "IT", "BR", "GB", "HU", "MX", "AR", "CN"]);
    let free = (
        codes,
        "[+]?[0-9]{1,4}[ ()-]{0,2}[0-9 .-]{3,12}|[78]?9[0-9]{9}|[+]7[0-9]{10}|00[1-9][0-9]{6,14}|[+]375 ?8?8?10[0-9]{6,9}|[+]0?[0-9]{5,18}",
    );
    prop_oneof![3 => changed, 2 => free.prop_map(|(code, raw)| (raw, region(code)))]
}

proptest! {
    #![proptest_config(Config::with_cases(3_000))]

    #[test]
    fn the_library_makes_the_same_of_it((raw, region) in texts()) {
        let ours = normalize(&raw, region).ok().map(Cow::into_owned);
        let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
        if let Some(abroad) = digits.strip_prefix("00").filter(|_| !raw.starts_with('+')) {
            let theirs = by_library(&format!("+{abroad}"), region).or_else(|| by_library(&raw, region));
            prop_assert_eq!(ours, theirs);
        } else if !raw.contains("810") {
            prop_assert_eq!(ours, by_library(&raw, region));
        }
    }

    #[test]
    fn the_short_way_is_the_long_way((raw, region) in texts()) {
        if let Some(form) = plain(&raw, region) {
            prop_assert_eq!(valid(&read(&raw).unwrap(), region), Some(form.into_owned()));
        }
    }

    #[test]
    fn a_normal_form_is_its_own_normal_form((raw, first) in texts(), other in proptest::sample::select(vec!["RU", "US", "BY", "IT"])) {
        if let Ok(form) = normalize(&raw, first) {
            prop_assert!(form.len() > 4 && form.starts_with('+') && form.bytes().skip(1).all(|byte| byte.is_ascii_digit()));
            prop_assert_eq!(normalize(&form, region(other)), Ok(form.clone()));
            prop_assert_eq!(unchecked(&raw, first), Ok(form.into_owned()));
        } else if let Ok(form) = unchecked(&raw, first) {
            prop_assert_eq!(unchecked(&form, region(other)), Ok(form));
        }
    }
}

//! Tests of dates: tables of the specification and of calendars, and properties against naive models.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use proptest::prelude::*;

use super::*;

mod expressions;

const RANGES: [&str; 21] = [
    "YY", "YM", "YD", "Yh", "Ym", "Ys", "MM", "MD", "Mh", "Mm", "Ms", "DD", "Dh", "Dm", "Ds", "hh", "hm", "hs", "mm",
    "ms", "ss",
];

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn now_at(instant: &str, zone_name: &str) -> Now {
    Now { instant: instant.parse().unwrap(), zone: zone(zone_name) }
}

fn precision(text: &str) -> Precision {
    Precision::parse(text).unwrap()
}

/// The last day of March in Moscow, a little after noon.
static NOW: LazyLock<Now> = LazyLock::new(|| now_at("2026-03-31T09:15:42Z", "Europe/Moscow"));

/// The value through the type, then.
fn normalize(kind: &str, value: &str) -> Result<String> {
    DateType::parse(kind)?.unwrap().normalize(value, &NOW)
}

#[test]
fn a_range_is_two_letters_in_order() {
    for text in RANGES {
        assert_eq!(precision(text).to_string(), text);
    }
    for text in ["", "Y", "sY", "mM", "DM", "YDh", "yd", "yD", "Y D", "YX", "ГД", "YD ", " YD"] {
        assert_eq!(Precision::parse(text), None, "{text}");
    }
}

#[test]
fn a_type_is_empty_or_dt_or_dt_with_a_range() {
    assert_eq!(DateType::parse(""), Ok(None));
    assert_eq!(DateType::parse("dt"), Ok(Some(DateType(Precision::FULL))));
    assert_eq!(DateType::parse("dt"), DateType::parse("dt:Ys"));
    assert_eq!(DateType::parse("dt:Mh"), Ok(Some(DateType(precision("Mh")))));
    for text in ["int", "DT", "dt:", "dt:Y", "dt:sY", "dt:YDh", "dt: YD", "dtYD", " dt", "dt ", "dt:ys", "null"] {
        assert_eq!(DateType::parse(text).unwrap_err().id, Id::DatakeyType, "{text}");
    }
}

#[test]
fn good_dates_come_out_in_normal_form() {
    for (kind, value, normal) in [
        ("dt", "1971-5-4 3:2:1", "1971-05-04 03:02:01"),
        ("dt:Ys", "1971-05-04T03:02:01", "1971-05-04 03:02:01"),
        ("dt:Ys", "2016-12-31 23:59:59", "2016-12-31 23:59:59"),
        ("dt:Ym", "1971-5-4 3:2", "1971-05-04 03:02"),
        ("dt:Yh", "1971-5-4T3", "1971-05-04 03"),
        ("dt:YD", "0000-1-1", "0000-01-01"),
        ("dt:YD", "9999-12-31", "9999-12-31"),
        ("dt:YM", "1971-5", "1971-05"),
        ("dt:YY", "1971", "1971"),
        ("dt:Mh", "5-4 3", "05-04 03"),
        ("dt:MD", "2-29", "02-29"),
        ("dt:MM", "2", "02"),
        ("dt:DD", "31", "31"),
        ("dt:Ds", "1 0:0:0", "01 00:00:00"),
        ("dt:hm", "3:2", "03:02"),
        ("dt:hs", "23:59:59", "23:59:59"),
        ("dt:ms", "0:0", "00:00"),
        ("dt:ss", "7", "07"),
        // Leap years: every fourth, of the centuries every fourth.
        ("dt:YD", "2024-02-29", "2024-02-29"),
        ("dt:YD", "2000-02-29", "2000-02-29"),
    ] {
        assert_eq!(normalize(kind, value).as_deref(), Ok(normal), "{kind} {value}");
    }
}

#[test]
fn other_texts_are_refused_without_being_repeated() {
    for (kind, value) in [
        // Too few and too many components.
        ("dt", ""),
        ("dt", "1971"),
        ("dt", "1971-5-4"),
        ("dt", "1971-5-4 3:2"),
        ("dt:YD", "1971-5-4 3:2:1"),
        ("dt:YD", "1971-5-4T"),
        ("dt:YD", "1971-5"),
        ("dt:Mh", "1971-5-4 3"),
        ("dt:hm", "3"),
        ("dt:hm", "3:2:1"),
        // Digits: four for the year, one or two for the others.
        ("dt:YY", "71"),
        ("dt:YY", "971"),
        ("dt:YY", "01971"),
        ("dt:YY", "+1971"),
        ("dt:YY", "-1971"),
        ("dt:YD", "71-5-4"),
        ("dt:YD", "1971-005-4"),
        ("dt:YD", "1971--4"),
        ("dt:YD", "1971-+5-4"),
        ("dt:YD", "1971-5-٤"),
        ("dt:ss", "007"),
        // Separators and what surrounds the date.
        ("dt:YD", "1971.5.4"),
        ("dt:YD", "1971/5/4"),
        ("dt:YD", "1971T5-4"),
        ("dt:YD", "19710504"),
        ("dt:YD", " 1971-5-4"),
        ("dt:YD", "1971-5-4 "),
        ("dt:Ys", "1971-5-4  3:2:1"),
        ("dt:Ys", "1971-5-4t3:2:1"),
        ("dt:Ys", "1971-5-4 3-2-1"),
        ("dt:Ys", "1971-5-4 3:2:1Z"),
        ("dt:Ys", "1971-5-4 3:2:1.5"),
        ("dt:hm", "3T2"),
        // The calendar and the clock.
        ("dt:YD", "1971-0-4"),
        ("dt:YD", "1971-13-4"),
        ("dt:YD", "1971-5-0"),
        ("dt:YD", "1971-5-32"),
        ("dt:YD", "1971-4-31"),
        ("dt:YD", "1971-2-29"),
        ("dt:YD", "1900-2-29"),
        ("dt:YD", "2100-2-29"),
        ("dt:MD", "2-30"),
        ("dt:MD", "6-31"),
        ("dt:DD", "32"),
        ("dt:hm", "24:0"),
        ("dt:hm", "0:60"),
        ("dt:ss", "60"),
        // Not quite the word.
        ("dt", "currently"),
        ("dt", "current1"),
        ("dt", "current_"),
        ("dt", "currentе"),
        ("dt", " current"),
        ("dt", "now"),
    ] {
        let error = normalize(kind, value).unwrap_err();
        assert_eq!(error.id, Id::DatakeyDate, "{kind} {value}");
        assert!(value.len() < 3 || !error.explain.contains(value), "{}", error.explain);
    }
}

#[test]
fn a_refusal_shows_the_form() {
    for (kind, form) in [("dt", "YYYY-MM-DD hh:mm:ss"), ("dt:Mh", "MM-DD hh"), ("dt:ms", "mm:ss"), ("dt:YY", "YYYY")] {
        let error = normalize(kind, "x").unwrap_err();
        assert!(error.explain.ends_with(&format!(" {form}")), "{}", error.explain);
    }
}

#[test]
fn an_instant_is_rendered_in_the_zone() {
    let instant: Timestamp = "2026-12-31T21:04:05.999999Z".parse().unwrap();
    for (zone_name, range, text) in [
        ("Europe/Moscow", "Ys", "2027-01-01 00:04:05"),
        ("UTC", "Ys", "2026-12-31 21:04:05"),
        ("America/New_York", "Dh", "31 16"),
        ("Asia/Kathmandu", "hm", "02:49"),
        ("Europe/Moscow", "YY", "2027"),
    ] {
        assert_eq!(render(instant, &zone(zone_name), precision(range)), text);
    }
    for instant in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(render(instant, &zone("Europe/Moscow"), Precision::FULL).get(..4), Some("9999"));
    }
}

/// The numbers of a date, largest first; not always one of the calendar.
type Numbers = [u16; 6];

fn numbers() -> impl Strategy<Value = Numbers> {
    (0u16..=9999, 0u16..=13, 0u16..=32, 0u16..=24, 0u16..=60, 0u16..=60)
        .prop_map(|(year, month, day, hour, minute, second)| [year, month, day, hour, minute, second])
}

/// The calendar by its rules: what is outside of the range does not count, and an unknown year may be a leap year.
fn exists([year, month, day, hour, minute, second]: Numbers, range: &str) -> bool {
    let (left, right) = ends(range);
    let known = |place: usize| (left..=right).contains(&place);
    let leap = !known(0) || (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        _ if !known(1) => 31,
        2 => 28 + u16::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (!known(1) || (1..=12).contains(&month))
        && (!known(2) || (1..=length).contains(&day))
        && (!known(3) || hour < 24)
        && (!known(4) || minute < 60)
        && (!known(5) || second < 60)
}

/// The places of the two letters of a range.
fn ends(range: &str) -> (usize, usize) {
    ("YMDhms".find(&range[..1]).unwrap(), "YMDhms".find(&range[1..]).unwrap())
}

/// Writes the range of the numbers; `short` says which of them go without a zero in front.
fn write(numbers: Numbers, range: &str, short: [bool; 6], gap: char) -> String {
    let (left, right) = ends(range);
    let mut text = String::new();
    for place in left..=right {
        if place > left {
            text.push(['?', '-', '-', gap, ':', ':'][place]);
        }
        text += &match (place, short[place]) {
            (0, _) => format!("{:04}", numbers[0]),
            (_, true) => format!("{}", numbers[place]),
            (_, false) => format!("{:02}", numbers[place]),
        };
    }
    text
}

/// What dates and expressions are made of, and what they are not. `?` stands for any character.
#[rustfmt::skip]
const PARTS: [&str; 32] = [
    "current", "CURRENT", ":", "YD", "Ys", "hm", "M", "+", "-", "-", " ", " ", "1", "31", "1971", "02",
    "29", "T", "99999999999", "9223372036854775808", "second", "minutes", "HOUR", "days", "week", "months",
    "quarter", "years", "s", "\0", "?", "?",
];

/// Texts that are nearly dates and expressions, and texts that are nothing of the kind.
fn any_text() -> impl Strategy<Value = String> {
    (any::<[u8; 10]>(), 0usize..=10, any::<bool>(), any::<char>()).prop_map(|(parts, count, relative, any_char)| {
        let parts = parts.iter().take(count).map(|part| PARTS[usize::from(*part) % PARTS.len()]);
        let text: String = relative.then_some("current").into_iter().chain(parts).collect();
        text.replace('?', &any_char.to_string())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn a_date_is_good_exactly_when_the_calendar_has_it(
        numbers in numbers(), range in prop::sample::select(&RANGES), short in any::<[bool; 6]>(), t in any::<bool>()
    ) {
        let text = write(numbers, range, short, if t { 'T' } else { ' ' });
        let normal = write(numbers, range, [false; 6], ' ');
        let found = normalize(&format!("dt:{range}"), &text);
        prop_assert_eq!(found.ok(), exists(numbers, range).then_some(normal), "{}", text);
    }

    #[test]
    fn rendering_is_what_normalising_gives(
        // The calendar library's instants end a day before its dates do.
        numbers in numbers().prop_filter("an instant", |numbers| exists(*numbers, "Ys") && numbers[..3] < [9999, 12, 30][..]),
        range in prop::sample::select(&RANGES),
    ) {
        let [year, month, day, hour, minute, second] = numbers.map(|number| number as i16);
        let moment = date(year, month as i8, day as i8).at(hour as i8, minute as i8, second as i8, 0);
        let utc = Offset::UTC.to_timestamp(moment).unwrap();
        prop_assert_eq!(render(utc, &TimeZone::UTC, precision(range)), write(numbers, range, [false; 6], ' '));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_normal_form_or_a_named_error(text in any_text(), range in prop::sample::select(&RANGES)) {
        let is_normal = |range: &str, date: &str| normalize(&format!("dt:{range}"), date).as_deref() == Ok(date);
        match normalize(&format!("dt:{range}"), &text) {
            Ok(date) if expression::is_expression(&text) => {
                prop_assert!(RANGES.iter().any(|range| is_normal(range, &date)), "{}", date);
            }
            Ok(date) => prop_assert!(is_normal(range, &date), "{}", date),
            Err(error) => prop_assert_eq!(error.id, Id::DatakeyDate),
        }
        if let Err(error) = DateType::parse(&text) {
            prop_assert_eq!(error.id, Id::DatakeyType);
        }
    }
}

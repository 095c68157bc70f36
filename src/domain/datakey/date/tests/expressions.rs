//! Tests of expressions: a table computed with another calendar (that of Postgres), and a naive model.

use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};

use super::*;

/// An expression and its result.
type Line = (&'static str, &'static str);

/// Instant, zone, and what expressions without a precision of their own give there under the type `dt:Ys`.
/// Every line was checked with `timestamptz + interval` of Postgres.
const TABLE: &[(&str, &str, &[Line])] = &[
    // The end of a month.
    (
        "2026-03-31T09:15:42Z",
        "Europe/Moscow",
        &[
            ("current", "2026-03-31 12:15:42"),
            ("current:YD", "2026-03-31"),
            ("current:Ym", "2026-03-31 12:15"),
            ("current:MM", "03"),
            ("current - 1 month", "2026-02-28 12:15:42"),
            ("current + 1 month", "2026-04-30 12:15:42"),
            ("current - 4 months", "2025-11-30 12:15:42"),
            ("current + 11 months", "2027-02-28 12:15:42"),
            ("current - 13 months", "2025-02-28 12:15:42"),
            ("current + 23 months", "2028-02-29 12:15:42"),
            ("current + 1 quarter", "2026-06-30 12:15:42"),
            ("current - 1 quarter", "2025-12-31 12:15:42"),
            ("current + 5 quarters", "2027-06-30 12:15:42"),
            ("current - 1 year", "2025-03-31 12:15:42"),
            ("current + 2 years", "2028-03-31 12:15:42"),
            ("current + 1 week", "2026-04-07 12:15:42"),
            ("current - 2 weeks", "2026-03-17 12:15:42"),
            ("current - 13 WEEKS", "2025-12-30 12:15:42"),
            ("current + 1 day", "2026-04-01 12:15:42"),
            ("current - 90 days", "2025-12-31 12:15:42"),
            ("current - 180 days", "2025-10-02 12:15:42"),
            ("current:YD + 25 days", "2026-04-25"),
            ("current - 2 hours", "2026-03-31 10:15:42"),
            ("current + 15 hours", "2026-04-01 03:15:42"),
            ("current + 44 minutes", "2026-03-31 12:59:42"),
            ("current - 16 minutes", "2026-03-31 11:59:42"),
            ("current + 18 seconds", "2026-03-31 12:16:00"),
            ("current - 43 Seconds", "2026-03-31 12:14:59"),
            ("current + 86400 seconds", "2026-04-01 12:15:42"),
            ("current - 1 month + 1 month", "2026-03-28 12:15:42"),
            ("current + 1 month - 1 month", "2026-03-30 12:15:42"),
            ("current - 1 month - 1 day", "2026-02-27 12:15:42"),
            ("current - 1 day - 1 month", "2026-02-28 12:15:42"),
            ("current + 1 day + 1 year - 2 hours", "2027-04-01 10:15:42"),
            ("CURRENT:YD+1DAY-1month", "2026-03-01"),
            ("current+0days", "2026-03-31 12:15:42"),
            ("current  :  MD  -  001  Week  ", "03-24"),
        ],
    ),
    // The leap day.
    (
        "2024-02-29T12:00:00Z",
        "Europe/Moscow",
        &[
            ("current + 1 year", "2025-02-28 15:00:00"),
            ("current - 1 year", "2023-02-28 15:00:00"),
            ("current + 4 years", "2028-02-29 15:00:00"),
            ("current - 4 years", "2020-02-29 15:00:00"),
            ("current + 12 months", "2025-02-28 15:00:00"),
            ("current - 24 months", "2022-02-28 15:00:00"),
            ("current + 1 year - 1 year", "2024-02-28 15:00:00"),
            ("current + 1 day", "2024-03-01 15:00:00"),
            ("current + 1 quarter", "2024-05-29 15:00:00"),
        ],
    ),
    // New year comes to Moscow at 21:00 UTC.
    (
        "2023-12-31T20:59:59Z",
        "Europe/Moscow",
        &[
            ("current", "2023-12-31 23:59:59"),
            ("current + 1 second", "2024-01-01 00:00:00"),
            ("current + 2 months", "2024-02-29 23:59:59"),
        ],
    ),
    (
        "2023-12-31T21:00:00Z",
        "Europe/Moscow",
        &[("current", "2024-01-01 00:00:00"), ("current:YD - 1 day", "2023-12-31")],
    ),
    ("2023-12-31T21:00:00Z", "UTC", &[("current", "2023-12-31 21:00:00")]),
    // 1900 and 2100 are no leap years, 2000 is.
    (
        "1900-01-31T00:00:00Z",
        "UTC",
        &[("current + 1 month", "1900-02-28 00:00:00"), ("current + 37 days", "1900-03-09 00:00:00")],
    ),
    (
        "2000-01-31T00:00:00Z",
        "UTC",
        &[("current + 1 month", "2000-02-29 00:00:00"), ("current + 100 years + 1 month", "2100-02-28 00:00:00")],
    ),
    (
        "2000-08-31T00:00:00Z",
        "UTC",
        &[
            ("current + 1 month", "2000-09-30 00:00:00"),
            ("current - 6 months", "2000-02-29 00:00:00"),
            ("current + 2 quarters", "2001-02-28 00:00:00"),
        ],
    ),
    // Moscow, 2010: forward at 02:00 on March 28, back at 03:00 on October 31.
    (
        "2010-03-26T23:30:00Z",
        "Europe/Moscow",
        &[
            ("current", "2010-03-27 02:30:00"),
            ("current + 1 day", "2010-03-28 03:30:00"),
            ("current + 24 hours", "2010-03-28 03:30:00"),
            ("current + 1 day + 1 day", "2010-03-29 03:30:00"),
            ("current + 2 days", "2010-03-29 02:30:00"),
        ],
    ),
    (
        "2010-10-29T22:30:00Z",
        "Europe/Moscow",
        &[
            ("current", "2010-10-30 02:30:00"),
            ("current + 1 day", "2010-10-31 02:30:00"),
            ("current + 24 hours", "2010-10-31 02:30:00"),
            ("current + 25 hours", "2010-10-31 02:30:00"),
            ("current + 1 week", "2010-11-06 02:30:00"),
        ],
    ),
    (
        "2010-10-30T22:30:00Z",
        "Europe/Moscow",
        &[
            ("current", "2010-10-31 02:30:00"),
            ("current + 1 hour", "2010-10-31 02:30:00"),
            ("current + 2 hours", "2010-10-31 03:30:00"),
        ],
    ),
    // Moscow: forward for good in 2011, back for good in 2014.
    (
        "2011-03-26T20:30:00Z",
        "Europe/Moscow",
        &[
            ("current", "2011-03-26 23:30:00"),
            ("current + 2 hours", "2011-03-27 01:30:00"),
            ("current + 3 hours", "2011-03-27 03:30:00"),
            ("current - 6 months", "2010-09-26 23:30:00"),
            ("current + 6 months", "2011-09-26 23:30:00"),
        ],
    ),
    (
        "2014-10-25T20:30:00Z",
        "Europe/Moscow",
        &[
            ("current", "2014-10-26 00:30:00"),
            ("current + 1 hour", "2014-10-26 01:30:00"),
            ("current + 2 hours", "2014-10-26 01:30:00"),
            ("current + 1 day", "2014-10-27 00:30:00"),
            ("current - 1 year", "2013-10-26 00:30:00"),
        ],
    ),
    // New York, 2026: forward at 02:00 on March 8, back at 02:00 on November 1.
    (
        "2026-03-07T07:30:00Z",
        "America/New_York",
        &[
            ("current", "2026-03-07 02:30:00"),
            ("current + 1 day", "2026-03-08 03:30:00"),
            ("current + 24 hours", "2026-03-08 03:30:00"),
            ("current + 23 hours", "2026-03-08 01:30:00"),
            ("current + 1 day + 1 day", "2026-03-09 03:30:00"),
            ("current + 1 week", "2026-03-14 02:30:00"),
        ],
    ),
    (
        "2026-11-01T04:30:00Z",
        "America/New_York",
        &[
            ("current", "2026-11-01 00:30:00"),
            ("current + 1 hour", "2026-11-01 01:30:00"),
            ("current + 2 hours", "2026-11-01 01:30:00"),
            ("current + 1 day", "2026-11-02 00:30:00"),
            ("current + 24 hours", "2026-11-01 23:30:00"),
            ("current - 1 month", "2026-10-01 00:30:00"),
        ],
    ),
    (
        "2026-02-08T07:30:00Z",
        "America/New_York",
        &[("current + 1 month", "2026-03-08 03:30:00"), ("current + 1 month - 1 month", "2026-02-08 03:30:00")],
    ),
    (
        "2026-06-30T16:00:00Z",
        "America/New_York",
        &[("current - 6 months", "2025-12-30 12:00:00"), ("current + 1 quarter - 1 quarter", "2026-06-30 12:00:00")],
    ),
    // Apia left out December 30, 2011; Lord Howe turns its clocks by half an hour; Kathmandu is at +05:45.
    (
        "2011-12-29T12:00:00Z",
        "Pacific/Apia",
        &[
            ("current", "2011-12-29 02:00:00"),
            ("current + 1 day", "2011-12-31 02:00:00"),
            ("current + 2 days", "2011-12-31 02:00:00"),
            ("current + 24 hours", "2011-12-31 02:00:00"),
        ],
    ),
    (
        "2026-04-04T14:30:00Z",
        "Australia/Lord_Howe",
        &[
            ("current", "2026-04-05 01:30:00"),
            ("current + 30 minutes", "2026-04-05 01:30:00"),
            ("current + 1 hour", "2026-04-05 02:00:00"),
        ],
    ),
    (
        "2026-01-01T00:00:00Z",
        "Asia/Kathmandu",
        &[("current", "2026-01-01 05:45:00"), ("current - 6 hours", "2025-12-31 23:45:00")],
    ),
];

/// Expression, the type's range, and the result at [`NOW`].
const RANGED: &[(&str, &str, &str)] = &[
    ("current", "YD", "2026-03-31"),
    ("current", "YY", "2026"),
    ("current", "MD", "03-31"),
    ("current", "Mh", "03-31 12"),
    ("current", "hm", "12:15"),
    ("current", "ss", "42"),
    ("current:hs", "YD", "12:15:42"),
    ("current - 7 DAY", "YD", "2026-03-24"),
    ("current:Yh - 59 minutes", "YD", "2026-03-31 11"),
];

#[test]
fn the_table_of_expressions() {
    for (instant, zone_name, lines) in TABLE {
        let now = now_at(instant, zone_name);
        for (expr, expected) in *lines {
            assert_eq!(evaluate(expr, Precision::FULL, &now).as_deref(), Ok(*expected), "{expr} at {instant}");
            let typed = DateType(Precision::FULL).normalize(expr, &now);
            assert_eq!(typed.as_deref(), Ok(*expected), "{expr} at {instant}");
        }
    }
}

#[test]
fn an_expression_takes_the_range_of_the_type_unless_it_has_its_own() {
    for (expr, range, expected) in RANGED {
        assert_eq!(normalize(&format!("dt:{range}"), expr).as_deref(), Ok(*expected), "{expr} {range}");
    }
}

#[test]
fn broken_expressions_are_refused() {
    for expr in [
        "current 1 day",
        "current +",
        "current + day",
        "current + 1",
        "current + 1 fortnight",
        "current + 1 dayss",
        "current + 1 s",
        "current + 1.5 days",
        "current + -1 day",
        "current ++ 1 day",
        "current - 1 day +",
        "current + 1 day 2 hours",
        "current + 1 day, - 1 hour",
        "current:",
        "current: + 1 day",
        "current:Y",
        "current:yd",
        "current:sY",
        "current:YDs",
        "current:YD:Ys",
        "current::YD",
        "current - 1 day:YD",
        "current − 1 day",
        "current(1)",
        // Beyond the calendar.
        "current + 8000 years",
        "current - 2027 years",
        "current + 100000 months",
        "current + 99999999999 days",
        "current - 9223372036854775807 seconds",
        "current + 9223372036854775807 quarters",
        "current + 9223372036854775808 days",
        "current + 99999999999999999999999999 weeks",
    ] {
        assert_eq!(normalize("dt", expr).unwrap_err().id, Id::DatakeyDate, "{expr}");
    }
    assert_eq!(normalize("dt:YY", "current - 2026 years").as_deref(), Ok("0000"));
    assert_eq!(normalize("dt:YY", "current - 3000 years + 3000 years").as_deref(), Ok("2026"));
    assert_eq!(normalize("dt:YY", "current + 7973 years").as_deref(), Ok("9999"));
}

const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Moscow",
    "America/New_York",
    "Europe/Lisbon",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
];
const UNITS: [&str; 8] = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"];

/// One offset: how many, of which unit.
type Offsets = Vec<(i64, usize)>;

fn offsets() -> impl Strategy<Value = Offsets> {
    prop::collection::vec((-400i64..=400, 0..UNITS.len()), 0..4)
}

/// One of the ways to write the same offsets.
fn written(offsets: &Offsets, spaces: &[bool], capitals: bool, plural: bool) -> String {
    let mut spaces = spaces.iter().cycle().map(|space| if *space { " " } else { "" });
    let mut text = String::from("current");
    for (count, unit) in offsets {
        let sign = if *count < 0 { "-" } else { "+" };
        let parts = [sign, &count.unsigned_abs().to_string(), UNITS[*unit], if plural { "s" } else { "" }];
        for (place, part) in parts.into_iter().enumerate() {
            text += if place < 3 { spaces.next().unwrap() } else { "" };
            text += part;
        }
    }
    if capitals { text.to_ascii_uppercase() } else { text }
}

/// The offset the naive way: months are counted and clamped by hand, days are days of the calendar, and the rest
/// is seconds of real time.
fn moved(instant: Timestamp, zone: &TimeZone, (count, unit): (i64, usize)) -> Timestamp {
    let wall = zone.to_datetime(instant);
    match UNITS[unit] {
        _ if count == 0 => instant,
        "second" => instant + SignedDuration::from_secs(count),
        "minute" => instant + SignedDuration::from_secs(count * 60),
        "hour" => instant + SignedDuration::from_secs(count * 3600),
        "day" => on_the_clock(wall + count.days(), zone),
        "week" => on_the_clock(wall + (count * 7).days(), zone),
        "month" => on_the_clock(months_later(wall, count), zone),
        "quarter" => on_the_clock(months_later(wall, count * 3), zone),
        _ => on_the_clock(months_later(wall, count * 12), zone),
    }
}

fn months_later(wall: DateTime, count: i64) -> DateTime {
    let months = i64::from(wall.year()) * 12 + i64::from(wall.month()) - 1 + count;
    let (year, month) = (months.div_euclid(12) as i16, months.rem_euclid(12) as i8 + 1);
    let day = (1..=wall.day()).rev().find(|day| jiff::civil::Date::new(year, month, *day).is_ok()).unwrap();
    date(year, month, day).to_datetime(wall.time())
}

/// The first instant at which the zone's clock shows this; where it skips it, read with the offset from before.
fn on_the_clock(wall: DateTime, zone: &TimeZone) -> Timestamp {
    let around = Offset::UTC.to_timestamp(wall).unwrap();
    let day = SignedDuration::from_hours(26);
    let offsets = [zone.to_offset(around - day), zone.to_offset(around + day)];
    let candidates = offsets.map(|offset| offset.to_timestamp(wall).unwrap());
    let shown = candidates.into_iter().filter(|instant| zone.to_datetime(*instant) == wall);
    shown.min().unwrap_or(candidates[0])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn expressions_are_what_the_naive_model_says(
        second in -600_000_000i64..2_200_000_000, zone_name in prop::sample::select(&ZONES), offsets in offsets(),
        spaces in prop::collection::vec(any::<bool>(), 1..8), capitals in any::<bool>(), plural in any::<bool>(),
    ) {
        let now = Now { instant: Timestamp::from_second(second).unwrap(), zone: zone(zone_name) };
        let expr = written(&offsets, &spaces, capitals, plural);
        let end = offsets.iter().fold(now.instant, |instant, offset| moved(instant, &now.zone, *offset));
        let expected = render(end, &now.zone, Precision::FULL);
        prop_assert_eq!(evaluate(&expr, Precision::FULL, &now), Ok(expected), "{}", expr);
    }
}

//! Stored instants as callers see them: `YYYY-MM-DD hh:mm:ss` in the zone of the setting `pg_member.time_zone`.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::datakey::date::{Precision, render};
use super::error::{Error, Id, Result};

/// 2000-01-01 00:00:00 UTC, where Postgres begins to count, in microseconds of the Unix epoch.
const PG_EPOCH: i64 = 946_684_800_000_000;

/// 0000-01-01 00:00:00 UTC, the first instant that RFC 3339 can write, in the server's microseconds.
const YEAR_NOUGHT: i64 = -63_113_904_000_000_000;

/// A day of 24 hours in the server's microseconds.
pub const DAY_MICROS: i64 = 86_400_000_000;

/// The zone of this IANA name, in any case, from the database compiled in: the same on every server, whatever its
/// operating system knows. The caller keeps it until the setting changes.
///
/// Error: [`Id::ParamWrong`] for a name that the database does not have.
pub fn zone(name: &str) -> Result<TimeZone> {
    let found = TimeZoneDatabase::bundled().get(name).ok();
    // The library's own placeholder for "no zone known" is none that a setting may name.
    found.filter(|zone| !zone.is_unknown()).ok_or_else(|| {
        Error::new(Id::ParamWrong, "pg_member.time_zone is no zone of the IANA database, such as Europe/Moscow")
    })
}

/// The instant of a timestamptz, given as Postgres stores it: microseconds since 2000-01-01 UTC. None for its
/// infinities and for what the calendar library cannot date: before the year -9999, and from 9999-12-30 22:00:01 UTC
/// on.
pub fn from_pg_micros(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros.checked_add(PG_EPOCH)?).ok()
}

/// The timestamptz shown to callers, cut to the second. What four digits cannot date, the infinities among it,
/// is `infinity` or `-infinity` by its direction, which keeps the order of the strings.
pub fn show_pg_micros(micros: i64, zone: &TimeZone) -> String {
    match from_pg_micros(micros).filter(|instant| zone.to_datetime(*instant).year() >= 0) {
        Some(instant) => render(instant, zone, Precision::FULL),
        None if micros < 0 => "-infinity".into(),
        None => "infinity".into(),
    }
}

/// The day that an instant is in, as `Ys`: its hours are zeros.
pub fn day_start(micros: i64, zone: &TimeZone) -> String {
    let shown = show_pg_micros(micros, zone);
    shown.split_once(' ').map_or_else(|| shown.clone(), |(day, _)| format!("{day} 00:00:00"))
}

/// The timestamptz of an instant as RFC 3339 writes it, in microseconds; finer digits are cut.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let instant: Timestamp = text.parse().ok()?;
    instant.as_microsecond().checked_sub(PG_EPOCH)
}

/// The offset from UTC that a zone has at an instant, as HHMM with its sign: 300 for +03:00, -530 for -05:30.
pub fn offset_hhmm(micros: i64, zone: &TimeZone) -> Option<i16> {
    let minutes = zone.to_offset(from_pg_micros(micros)?).seconds() / 60;
    i16::try_from(minutes / 60 * 100 + minutes % 60).ok()
}

/// The timestamptz as RFC 3339 writes it, in UTC, with so many digits behind the second:
/// `2018-03-04T13:13:19.034315Z`. What RFC 3339 cannot date, the infinities among it, is the nearest that it can.
pub fn rfc3339(micros: i64, digits: u8) -> String {
    let instant = from_pg_micros(micros.max(YEAR_NOUGHT)).unwrap_or(Timestamp::MAX);
    DateTimePrinter::new().precision(Some(digits)).timestamp_to_string(&instant)
}

/// The timestamptz in microseconds of the Unix epoch.
pub fn unix_micros(micros: i64) -> i128 {
    i128::from(micros) + i128::from(PG_EPOCH)
}

/// The start of the month an instant is in, as Postgres stores it; the instant itself if the calendar cannot tell.
pub fn month_start_pg_micros(micros: i64, zone: &TimeZone) -> i64 {
    let start = from_pg_micros(micros).and_then(|instant| {
        let month = zone.to_datetime(instant).date().first_of_month();
        Some(zone.to_timestamp(month.at(0, 0, 0, 0)).ok()?.as_microsecond() - PG_EPOCH)
    });
    start.unwrap_or(micros)
}

/// The month an instant is in: `2024-05`; the first that Postgres has if the calendar cannot tell.
pub fn month(micros: i64, zone: &TimeZone) -> String {
    let date = from_pg_micros(micros).map(|instant| zone.to_datetime(instant).date()).unwrap_or_default();
    format!("{:04}-{:02}", date.year(), date.month())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::DateTime;
    use proptest::prelude::*;

    #[test]
    fn a_zone_is_a_name_of_the_database() {
        for name in ["Europe/Moscow", "america/new_york", "UTC", "Asia/Kathmandu", "EST5EDT", "GMT"] {
            assert!(zone(name).is_ok(), "{name}");
        }
        let wrong = [
            "",
            " ",
            "Mars/Olympus",
            "Europe",
            "+03:00",
            "MSK-3",
            "../../etc/localtime",
            "Etc/Unknown",
            "Europe/Moscow\0",
        ];
        for name in wrong {
            let error = zone(name).unwrap_err();
            assert_eq!(error.id, Id::ParamWrong, "{name}");
        }
    }

    /// The left side is `extract(epoch from at - '2000-01-01Z') * 1000000`, the right side what Postgres shows.
    #[test]
    fn instants_are_shown_in_the_zone() {
        let moscow = zone("Europe/Moscow").unwrap();
        for (micros, shown) in [
            (0, "2000-01-01 03:00:00"),
            (-1, "2000-01-01 02:59:59"),
            (341_794_799_000_000, "2010-10-31 02:59:59"),
            (341_794_800_000_000, "2010-10-31 02:00:00"),
            (828_263_742_987_654, "2026-03-31 12:15:42"),
            (-4_733_510_400_000_000, "1850-01-01 02:30:17"),
            (-63_082_281_600_000_000, "0001-01-01 02:30:17"),
            // The year before 1, which Postgres calls 1 BC, is the first that is shown.
            (-63_113_904_000_000_000, "0000-01-01 02:30:17"),
            (-63_145_440_000_000_000, "-infinity"),
            (-64_464_508_800_000_000, "-infinity"),
            (-211_813_488_000_000_000, "-infinity"),
            (252_487_238_400_000_000, "infinity"),
            (9_223_371_331_199_999_999, "infinity"),
            (i64::MIN, "-infinity"),
            (i64::MAX, "infinity"),
        ] {
            assert_eq!(show_pg_micros(micros, &moscow), shown, "{micros}");
        }
    }

    #[test]
    fn rfc_3339_has_as_many_digits_as_asked_for() {
        for (micros, digits, shown) in [
            (573_484_399_034_315, 9, "2018-03-04T13:13:19.034315000Z"),
            (573_484_399_034_315, 6, "2018-03-04T13:13:19.034315Z"),
            (573_484_399_034_315, 0, "2018-03-04T13:13:19Z"),
            (0, 6, "2000-01-01T00:00:00.000000Z"),
            (i64::MIN, 0, "0000-01-01T00:00:00Z"),
            (i64::MAX, 0, "9999-12-30T22:00:00Z"),
        ] {
            assert_eq!(rfc3339(micros, digits), shown);
        }
        assert_eq!(unix_micros(573_484_399_034_315), 1_520_169_199_034_315);
        assert_eq!(unix_micros(i64::MAX), 9_223_372_036_854_775_807 + 946_684_800_000_000);
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_as_the_same_second(micros in -63_113_904_000_000_000i64..252_455_000_000_000_000) {
            let shown: DateTime = show_pg_micros(micros, &TimeZone::UTC).parse().unwrap();
            let since = shown.duration_since(jiff::civil::date(2000, 1, 1).at(0, 0, 0, 0));
            prop_assert_eq!(since.as_secs(), micros.div_euclid(1_000_000));
        }

        #[test]
        fn every_number_is_shown_and_later_is_not_less(one in any::<i64>(), gap in 0..i64::MAX) {
            let utc = TimeZone::UTC;
            let other = one.saturating_add(gap);
            prop_assert!(show_pg_micros(one, &utc) <= show_pg_micros(other, &utc));
            prop_assert_eq!(from_pg_micros(one).map(|at| at.as_microsecond() - PG_EPOCH).unwrap_or(one), one);
        }
    }
}

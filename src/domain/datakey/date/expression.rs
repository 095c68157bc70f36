//! Expressions of `current`: a moment said relative to the present one (members.md 13).
//!
//! ```text
//! expr := "current" [ ":" L R ] { ( "+" | "-" ) INT unit }
//! unit := second | minute | hour | day | week | month | quarter | year, each also with an s
//! ```
//!
//! Keyword and units in any case, `LR` as written; spaces may stand between any two parts.

use jiff::{Span, Zoned};

use super::{Now, Precision};
use crate::domain::error::{Error, Id, Result};

/// Whether the text is meant as an expression: it begins with the word `current`, in any case.
pub(super) fn is_expression(text: &str) -> bool {
    take_word(text).0.eq_ignore_ascii_case("current")
}

/// The moment that the expression names, written with its own precision or, where it has none, with `default`.
///
/// Offsets are added from left to right to the wall clock of the zone: the end of a month is clamped
/// (March 31 - 1 month is the last day of February), a time that the zone skips moves on by the length of the gap.
/// Hours and smaller units count real time. Then the precision cuts; nothing is rounded up.
///
/// Error: [`Id::DatakeyDate`] when the text is no expression or leaves the years 0000 to 9999. Members.md 13.
pub fn evaluate(expr: &str, default: Precision, now: &Now) -> Result<String> {
    let (keyword, rest) = take_word(expr);
    if !keyword.eq_ignore_ascii_case("current") {
        return Err(wrong("an expression begins with current"));
    }
    let (precision, offsets) = take_precision(rest.trim_start(), default)?;
    let mut moment = now.instant.to_zoned(now.zone.clone());
    let mut rest = offsets.trim_start();
    while !rest.is_empty() {
        let (offset, behind) = take_offset(rest)?;
        moment = shift(&moment, offset)?;
        rest = behind.trim_start();
    }
    if moment.year() < 0 {
        return Err(out_of_range());
    }
    Ok(precision.print(moment.datetime()))
}

/// Reads `:LR`, if there is one.
fn take_precision(text: &str, default: Precision) -> Result<(Precision, &str)> {
    let Some(range) = text.strip_prefix(':') else { return Ok((default, text)) };
    let (word, rest) = take_word(range.trim_start());
    match Precision::parse(word) {
        Some(precision) => Ok((precision, rest)),
        None => Err(wrong("behind current: go two letters of Y M D h m s, the first not after the second")),
    }
}

/// Reads one `+ 2 days` and gives what stands behind it.
fn take_offset(text: &str) -> Result<(Span, &str)> {
    let (negative, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return Err(wrong("between current and its offsets stands + or -")),
    };
    let (digits, rest) = take_while(rest.trim_start(), |c| c.is_ascii_digit());
    if digits.is_empty() {
        return Err(wrong("behind + or - goes a whole number"));
    }
    let count: i64 = digits.parse().map_err(|_| out_of_range())?;
    let (unit, rest) = take_word(rest.trim_start());
    Ok((span(if negative { -count } else { count }, unit)?, rest))
}

/// So many of the unit, which is named in any case, in the singular or the plural.
fn span(count: i64, unit: &str) -> Result<Span> {
    let name = unit.to_ascii_lowercase();
    let span = Span::new();
    let span = match name.strip_suffix('s').unwrap_or(&name) {
        "second" => span.try_seconds(count),
        "minute" => span.try_minutes(count),
        "hour" => span.try_hours(count),
        "day" => span.try_days(count),
        "week" => span.try_weeks(count),
        "month" => span.try_months(count),
        "quarter" => span.try_months(count.checked_mul(3).ok_or_else(out_of_range)?),
        "year" => span.try_years(count),
        _ => return Err(wrong("the units are second, minute, hour, day, week, month, quarter and year")),
    };
    span.map_err(|_| out_of_range())
}

fn shift(moment: &Zoned, offset: Span) -> Result<Zoned> {
    moment.checked_add(offset).map_err(|_| out_of_range())
}

/// The letters, digits and underscores at the start of the text, and what stands behind them.
fn take_word(text: &str) -> (&str, &str) {
    take_while(text, |c| c.is_alphanumeric() || c == '_')
}

fn take_while(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let behind = text.trim_start_matches(belongs);
    text.split_at_checked(text.len() - behind.len()).unwrap_or((text, ""))
}

fn wrong(explain: &str) -> Error {
    Error::new(Id::DatakeyDate, explain)
}

fn out_of_range() -> Error {
    wrong("the expression leaves the years 0000 to 9999")
}

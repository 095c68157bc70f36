//! Dates of datakeys: types `dt:LR` and expressions of `current` (members.md 6.7 and 13).
//!
//! A date is stored as text, zero-padded and with the larger components first, so that comparing two dates of one
//! precision is comparing strings.

mod expression;
mod precision;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use expression::evaluate;
pub use precision::Precision;

use crate::domain::error::{Error, Id, Result};
use precision::Unreadable;

/// The one instant from which a whole call (or import) computes its `current`, and the zone it is written in.
#[derive(Clone, Debug)]
pub struct Now {
    /// When the call began.
    pub instant: Timestamp,
    /// The zone of the setting `pg_member.time_zone`.
    pub zone: TimeZone,
}

/// The fourth element of a datakey operation: the value is a date of this precision (members.md 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateType(Precision);

impl DateType {
    /// Reads a type: empty means no check (None), `dt` is `dt:Ys`, and `dt:LR` names the range.
    ///
    /// Error: [`Id::DatakeyType`] for anything else.
    pub fn parse(text: &str) -> Result<Option<DateType>> {
        match text {
            "" => Ok(None),
            "dt" => Ok(Some(DateType(Precision::FULL))),
            _ => match text.strip_prefix("dt:").and_then(Precision::parse) {
                Some(precision) => Ok(Some(DateType(precision))),
                None => Err(Error::new(Id::DatakeyType, "a type is dt or dt:LR, with L not after R in Y M D h m s")),
            },
        }
    }

    /// Checks the value and gives it in normal form: a date of exactly this type's components, or an expression of
    /// `current`, whose own precision then wins over the type's.
    ///
    /// Error: [`Id::DatakeyDate`].
    pub fn normalize(&self, value: &str, now: &Now) -> Result<String> {
        let DateType(precision) = *self;
        if expression::is_expression(value) {
            return evaluate(value, precision, now);
        }
        match precision.read(value) {
            Ok(moment) => Ok(precision.print(moment)),
            Err(reason) => Err(refusal(precision, reason)),
        }
    }
}

/// The instant as the zone's clock and calendar show it, cut to the precision. Years are shown with four digits,
/// those before 0 without their sign: no date of a datakey and no instant that Postgres keeps for us is so old.
pub fn render(instant: Timestamp, zone: &TimeZone, precision: Precision) -> String {
    precision.print(zone.to_datetime(instant))
}

/// A date of any precision that begins with the year, or of just this one, written with this precision; what it does
/// not say is the earliest there is. None for what is no date, or says too little: a year is not to be found in `05-01`.
pub fn cut(text: &str, precision: Precision) -> Option<String> {
    let from_year = || Precision::FROM_YEAR.iter().find_map(|form| form.read(text).ok());
    precision.read(text).ok().or_else(from_year).map(|moment| precision.print(moment))
}

/// Whether the text can only be meant as an expression of `current`: behind the word comes nothing, `:`, `+` or `-`.
pub fn means_current(text: &str) -> bool {
    expression::is_expression(text)
        && text.get("current".len()..).is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.is_empty() || rest.starts_with([':', '+', '-'])
        })
}

/// The refusal of an expression that does not say what a precision needs.
pub fn too_little(precision: Precision) -> Error {
    Error::new(Id::DatakeyDate, format!("the expression says too little for a date written {}", precision.form()))
}

fn refusal(precision: Precision, reason: Unreadable) -> Error {
    let form = precision.form();
    let explain = match reason {
        Unreadable::Form => format!("a date of type dt:{precision} is written {form}"),
        Unreadable::Calendar => format!("there is no such date or time ({form})"),
    };
    Error::new(Id::DatakeyDate, explain)
}

#[cfg(test)]
mod tests;

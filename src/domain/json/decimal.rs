//! Numbers that are made here, in the very bytes the server would store.

use super::layout::{WORD, varlena_header};
use super::number::{
    BASE, GROUP, LONG_NEGATIVE, LONG_SCALE, Number, SHORT, SHORT_NEGATIVE, SHORT_SCALE_MAX, SHORT_SCALE_SHIFT,
    SHORT_WEIGHT,
};
use crate::domain::error::{Error, Id, Result};
use num_bigint::BigInt;
use std::fmt;

/// The digits of the widest machine integer.
const WIDEST: usize = 10;
/// Exponents from here on are refused, as the server does.
const FAR: i64 = (i32::MAX / 2) as i64;

/// A number of its own, in stored form.
#[derive(Clone, PartialEq, Eq)]
pub struct Decimal(Box<[u8]>);

impl Decimal {
    /// Reads a decimal as the server does: `1.10` keeps its two digits behind the point, `1e3` is `1000`.
    ///
    /// Errors: `error/json/syntax` for other text, `error/json/limit` for what numeric cannot hold.
    pub fn parse(text: &str) -> Result<Decimal> {
        let written = Written::read(text).ok_or_else(|| Error::new(Id::JsonSyntax, "not a decimal number"))?;
        written.store().ok_or_else(|| Error::new(Id::JsonLimit, "a number has more digits than numeric can hold"))
    }

    /// It as a stored number.
    pub fn number(&self) -> Option<Number<'_>> {
        Number::open(&self.0).ok()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A number from its digits, the first of which counts multiples of 10000 to the power of `weight`. None if
    /// weight or scale go beyond numeric.
    fn build(negative: bool, scale: u64, weight: i64, digits: &[u16]) -> Option<Decimal> {
        let scale = u16::try_from(scale).ok().filter(|scale| *scale <= LONG_SCALE)?;
        let (leading, digits) = trim(digits);
        // Zero has neither sign nor weight.
        if digits.is_empty() {
            return Some(Decimal::lay_out(false, scale, 0, digits));
        }
        let weight = i16::try_from(weight - i64::try_from(leading).ok()?).ok()?;
        Some(Decimal::lay_out(negative, scale, weight, digits))
    }

    /// The bytes of a number whose digits neither begin nor end with zero; in the short form where it fits.
    fn lay_out(negative: bool, scale: u16, weight: i16, digits: &[u16]) -> Decimal {
        let short = scale <= SHORT_SCALE_MAX && (-64..64).contains(&weight);
        let length = WORD + if short { 2 } else { 4 } + 2 * digits.len();
        let mut bytes = Vec::with_capacity(length);
        bytes.extend(varlena_header(length as u32));
        if short {
            let sign = if negative { SHORT_NEGATIVE } else { 0 };
            let header = SHORT | sign | scale << SHORT_SCALE_SHIFT | (weight as u16 & SHORT_WEIGHT);
            bytes.extend(header.to_ne_bytes());
        } else {
            let sign = if negative { LONG_NEGATIVE } else { 0 };
            bytes.extend((sign | scale).to_ne_bytes());
            bytes.extend(weight.to_ne_bytes());
        }
        bytes.extend(digits.iter().flat_map(|digit| digit.to_ne_bytes()));
        Decimal(bytes.into_boxed_slice())
    }
}

/// The digits without zeros before and behind, and how many stood before.
fn trim(digits: &[u16]) -> (usize, &[u16]) {
    let Some(leading) = digits.iter().position(|digit| *digit != 0) else { return (0, &[]) };
    let end = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    (leading, digits.get(leading..end).unwrap_or_default())
}

/// A decimal as it was written.
struct Written<'t> {
    negative: bool,
    integral: &'t str,
    fraction: &'t str,
    exponent: i64,
}

impl<'t> Written<'t> {
    fn read(text: &'t str) -> Option<Written<'t>> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (integral, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = || integral.bytes().chain(fraction.bytes());
        let sound = digits().next().is_some() && digits().all(|byte| byte.is_ascii_digit());
        sound.then_some(Written { negative, integral, fraction, exponent })
    }

    fn store(&self) -> Option<Decimal> {
        if self.exponent.abs() >= FAR {
            return None;
        }
        let integral = i64::try_from(self.integral.len()).ok()?;
        let fraction = i64::try_from(self.fraction.len()).ok()?;
        let scale = u64::try_from(fraction - self.exponent).unwrap_or(0);
        // The decimal point stands behind this many of the written digits; groups are counted from it.
        let point = integral.checked_add(self.exponent)?;
        let group = i64::try_from(GROUP).ok()?;
        let lead = (-point).rem_euclid(group);
        let weight = (point + lead) / group - 1;
        let zeros = std::iter::repeat_n(b'0', usize::try_from(lead).ok()?);
        let written: Vec<u8> = zeros.chain(self.integral.bytes()).chain(self.fraction.bytes()).collect();
        let digits: Vec<u16> = written.chunks(GROUP).map(group_value).collect();
        Decimal::build(self.negative, scale, weight, &digits)
    }
}

/// Up to four decimal digits as one stored digit; the missing ones are zeros behind.
fn group_value(decimals: &[u8]) -> u16 {
    let padded = decimals.iter().chain(std::iter::repeat(&b'0')).take(GROUP);
    padded.fold(0, |sum, byte| sum * 10 + u16::from(byte.saturating_sub(b'0')))
}

/// The digits behind `e`, at most [`FAR`] in either direction.
fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let far = if text.starts_with('-') { -FAR } else { FAR };
    Some(text.parse().map_or(far, |exponent: i64| exponent.clamp(-FAR, FAR)))
}

impl From<i128> for Decimal {
    fn from(integer: i128) -> Decimal {
        let mut digits = [0u16; WIDEST];
        let mut rest = integer.unsigned_abs();
        for digit in digits.iter_mut().rev() {
            if rest == 0 {
                break;
            }
            *digit = (rest % u128::from(BASE)) as u16;
            rest /= u128::from(BASE);
        }
        let (leading, trimmed) = trim(&digits);
        let weight = if trimmed.is_empty() { 0 } else { WIDEST - 1 - leading };
        Decimal::lay_out(integer < 0, 0, weight as i16, trimmed)
    }
}

impl From<i64> for Decimal {
    fn from(integer: i64) -> Decimal {
        Decimal::from(i128::from(integer))
    }
}

/// Errors: `error/json/limit` beyond the 131072 digits of numeric.
impl TryFrom<&BigInt> for Decimal {
    type Error = Error;

    fn try_from(integer: &BigInt) -> Result<Decimal> {
        match i128::try_from(integer) {
            Ok(small) => Ok(Decimal::from(small)),
            Err(_) => Decimal::parse(&integer.to_string()),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().map_or(Ok(()), |number| number.fmt(f))
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

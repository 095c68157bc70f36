//! Numbers as they are stored: the server's numeric, exact to the last digit.

use super::layout::{Damaged, Read, WORD, varlena_length};
use num_bigint::BigInt;
use std::fmt;

/// Decimal digits in one stored digit.
pub(super) const GROUP: usize = 4;
/// The base of stored digits.
pub(super) const BASE: u16 = 10_000;

/// Header: short form, with weight and scale in the one header word.
pub(super) const SHORT: u16 = 0x8000;
/// Short header: negative.
pub(super) const SHORT_NEGATIVE: u16 = 0x2000;
/// Short header: where the scale begins.
pub(super) const SHORT_SCALE_SHIFT: u32 = 7;
/// Short header: the largest scale.
pub(super) const SHORT_SCALE_MAX: u16 = 0x3F;
/// Short header: the weight, as a signed number of seven bits.
pub(super) const SHORT_WEIGHT: u16 = 0x7F;
/// Long header: negative.
pub(super) const LONG_NEGATIVE: u16 = 0x4000;
/// Long header: the scale.
pub(super) const LONG_SCALE: u16 = 0x3FFF;

/// Which of the three forms a header has.
const FORM: u16 = 0xC000;
const SPECIAL: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const MINUS_INFINITY: u16 = 0xF000;

/// A stored number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'a> {
    bytes: &'a [u8],
}

/// What a number is made of.
struct Parts<'a> {
    header: u16,
    /// The first digit counts multiples of 10000 to the power of this.
    weight: i16,
    digits: &'a [[u8; 2]],
}

impl<'a> Number<'a> {
    /// Checks the bytes.
    pub(super) fn open(bytes: &'a [u8]) -> Read<Number<'a>> {
        if Parts::read(bytes).is_some() { Ok(Number { bytes }) } else { Err(Damaged) }
    }

    /// The number as a machine integer, if it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        let parts = self.parts().filter(|parts| parts.special().is_none())?;
        let (Parts { weight, digits, .. }, negative) = (&parts, parts.is_negative());
        let whole = usize::try_from(i32::from(*weight) + 1).unwrap_or(0);
        let (integral, fraction) = digits.split_at(whole.min(digits.len()));
        let is_zero = |digits: &[[u8; 2]]| digits.iter().all(|digit| *digit == [0, 0]);
        // Twenty decimal digits are more than fit.
        if !is_zero(fraction) || (whole > 5 && !is_zero(integral)) {
            return None;
        }
        let digits = integral.iter().map(|digit| u16::from_ne_bytes(*digit)).chain(std::iter::repeat(0));
        let magnitude = digits.take(whole).fold(0i128, |sum, digit| sum * i128::from(BASE) + i128::from(digit));
        i64::try_from(if negative { -magnitude } else { magnitude }).ok()
    }

    /// The integer part, of any size; None for what is not finite.
    pub fn integer_part(&self) -> Option<BigInt> {
        if let Some(small) = self.as_i64() {
            return Some(BigInt::from(small));
        }
        let text = self.to_string();
        text.split('.').next()?.parse().ok()
    }

    /// The stored bytes, varlena header included.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    fn parts(&self) -> Option<Parts<'a>> {
        Parts::read(self.bytes)
    }
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Option<Parts<'a>> {
        let (length, rest) = bytes.split_first_chunk::<WORD>()?;
        if varlena_length(*length)? != bytes.len() {
            return None;
        }
        let (words, odd) = rest.as_chunks::<2>();
        let (header, words) = words.split_first()?;
        let header = u16::from_ne_bytes(*header);
        let (weight, digits) = match header & FORM {
            SPECIAL => (0, [].as_slice()),
            SHORT => (short_weight(header), words),
            _ => {
                let (weight, digits) = words.split_first()?;
                (i16::from_ne_bytes(*weight), digits)
            }
        };
        let sound = odd.is_empty() && digits.iter().all(|digit| u16::from_ne_bytes(*digit) < BASE);
        sound.then_some(Parts { header, weight, digits })
    }

    fn is_negative(&self) -> bool {
        let sign = if self.header & FORM == SHORT { SHORT_NEGATIVE } else { LONG_NEGATIVE };
        self.header & sign != 0
    }

    /// Decimal digits shown behind the point.
    fn scale(&self) -> usize {
        let scale = match self.header & FORM {
            SHORT => (self.header >> SHORT_SCALE_SHIFT) & SHORT_SCALE_MAX,
            _ => self.header & LONG_SCALE,
        };
        usize::from(scale)
    }

    /// The name of what is not a finite number. jsonb never holds one.
    fn special(&self) -> Option<&'static str> {
        match self.header & FORM {
            SPECIAL => Some(match self.header {
                INFINITY => "Infinity",
                MINUS_INFINITY => "-Infinity",
                _ => "NaN",
            }),
            _ => None,
        }
    }

    /// The stored digit of this weight, zero where none is stored.
    fn digit(&self, weight: i32) -> u16 {
        let index = usize::try_from(i32::from(self.weight) - weight).ok();
        index.and_then(|index| self.digits.get(index)).map_or(0, |digit| u16::from_ne_bytes(*digit))
    }
}

/// The weight in a short header: seven bits with the sign on top.
fn short_weight(header: u16) -> i16 {
    let bits = (header & SHORT_WEIGHT) as i16;
    if bits & 0x40 == 0 { bits } else { bits - 0x80 }
}

/// As the server prints it: every digit behind the point that was given, trailing zeros too.
impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parts) = self.parts() else { return Ok(()) };
        if let Some(name) = parts.special() {
            return f.write_str(name);
        }
        if parts.is_negative() {
            f.write_str("-")?;
        }
        let first = i32::from(parts.weight).max(0);
        write!(f, "{}", parts.digit(first))?;
        for weight in (0..first).rev() {
            write!(f, "{:04}", parts.digit(weight))?;
        }
        let mut behind = parts.scale();
        if behind > 0 {
            f.write_str(".")?;
        }
        let mut weight = -1;
        while behind > 0 {
            let group = format!("{:04}", parts.digit(weight));
            let shown = behind.min(GROUP);
            f.write_str(group.get(..shown).unwrap_or_default())?;
            behind -= shown;
            weight -= 1;
        }
        Ok(())
    }
}

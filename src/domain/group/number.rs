//! Texts that look like numbers, compared exactly: no floats, no rounding (members.md 12.3).

use std::cmp::Ordering;

/// The most octets that are read as a number; what is longer is a text.
const LONGEST: usize = 1000;

/// Whether a text looks like a number: a sign or none, digits, and with a point more digits behind it. Neither spaces
/// nor exponents: `1e5` is a code more often than a number.
pub fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    text.len() <= LONGEST
        && match unsigned.split_once('.') {
            Some((integral, fraction)) => digits(integral) && digits(fraction),
            None => digits(unsigned),
        }
}

/// The order of two texts that look like numbers, by what they amount to: `7` and `+07.0` are equal.
pub fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (Parts::of(left), Parts::of(right));
    match (left.negative, right.negative) {
        (false, false) => left.magnitude(&right),
        (true, true) => right.magnitude(&left),
        (negative, _) => {
            if negative {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
    }
}

/// A number without what its value does not depend on.
struct Parts<'t> {
    negative: bool,
    integral: &'t str,
    fraction: &'t str,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Parts<'t> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (integral, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let (integral, fraction) = (integral.trim_start_matches('0'), fraction.trim_end_matches('0'));
        // Nought has no sign.
        let negative = text.starts_with('-') && !(integral.is_empty() && fraction.is_empty());
        Parts { negative, integral, fraction }
    }

    fn magnitude(&self, other: &Parts) -> Ordering {
        let longer = self.integral.len().cmp(&other.integral.len());
        longer.then_with(|| self.integral.cmp(other.integral)).then_with(|| self.fraction.cmp(other.fraction))
    }
}

//! Exact arithmetic: fractions of whole numbers of any size, so that `1 / 3 * 3 = 1`.

use super::operation::Arithmetic;
use crate::domain::pipe::failure::{Code, Failure};
use num_bigint::{BigInt, Sign};
use num_rational::BigRational;

/// The most octets of a number as it is written.
const LONGEST: usize = 1000;
/// The farthest exponent, of a written number and of `^`.
const FARTHEST: u32 = 1000;
/// The most bits of a number: about 2400 digits. Fractions are shortened after each step, which takes the square of it.
const WIDEST: u64 = 8192;

/// Reads a number as JSON writes it, or with a plus. Fails with code 8 for one that is too long.
pub(super) fn read(written: &str) -> Result<BigRational, Failure> {
    if written.len() > LONGEST {
        return Err(too_large());
    }
    let (mantissa, exponent) = written.split_once(['e', 'E']).unwrap_or((written, "0"));
    let (integral, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{integral}{fraction}").parse::<BigInt>().unwrap_or_default();
    let exponent =
        exponent.parse::<i32>().ok().filter(|exponent| exponent.unsigned_abs() <= FARTHEST).ok_or_else(too_large)?;
    // Within bounds: a written number has at most so many digits.
    let point = exponent - fraction.len() as i32;
    fit(BigRational::from(digits) * BigRational::from(BigInt::from(10)).pow(point))
}

/// Calculates. Fails with code 5 for a division by zero and for what has no exact result, with code 8 for results that
/// are too large.
pub(super) fn calculate(operator: Arithmetic, left: &BigRational, right: &BigRational) -> Result<BigRational, Failure> {
    match operator {
        Arithmetic::Subtract => fit(left - right),
        Arithmetic::Multiply => fit(left * right),
        Arithmetic::Divide => fit(left / divisor(right)?),
        Arithmetic::Remainder => fit(left % divisor(right)?),
        Arithmetic::Power => power(left, right),
    }
}

/// The sum. Fails with code 8 if it is too large.
pub(super) fn add(left: &BigRational, right: &BigRational) -> Result<BigRational, Failure> {
    fit(left + right)
}

fn power(base: &BigRational, exponent: &BigRational) -> Result<BigRational, Failure> {
    if !exponent.is_integer() {
        return Err(Failure::new(Code::Query, "the exponent of ^ is a whole number"));
    }
    let exponent = i32::try_from(exponent.numer()).ok().filter(|exponent| exponent.unsigned_abs() <= FARTHEST);
    let exponent = exponent.ok_or_else(too_large)?;
    let base = if exponent < 0 { divisor(base)? } else { base };
    if bits(base).saturating_mul(exponent.unsigned_abs().into()) > WIDEST * 2 {
        return Err(too_large());
    }
    fit(base.pow(exponent))
}

fn divisor(number: &BigRational) -> Result<&BigRational, Failure> {
    if number.numer().sign() == Sign::NoSign {
        return Err(Failure::new(Code::Query, "division by zero"));
    }
    Ok(number)
}

fn fit(number: BigRational) -> Result<BigRational, Failure> {
    if bits(&number) > WIDEST { Err(too_large()) } else { Ok(number) }
}

fn bits(number: &BigRational) -> u64 {
    number.numer().bits().max(number.denom().bits())
}

fn too_large() -> Failure {
    Failure::new(Code::Limit, "a number has more digits than queries handle")
}

/// Its digits, if there is an end to them: if ten to some power is a multiple of the divisor.
pub(super) fn print(number: &BigRational) -> Option<String> {
    let twos = number.denom().trailing_zeros()?;
    let (five, mut rest) = (BigInt::from(5), number.denom() >> twos);
    let mut fives = 0;
    while (&rest % &five).sign() == Sign::NoSign {
        rest /= &five;
        fives += 1;
    }
    if rest != BigInt::from(1) {
        return None;
    }
    let scale = twos.max(fives) as usize;
    let shifted = number.numer() * BigInt::from(10).pow(scale as u32) / number.denom();
    let digits = format!("{:0>width$}", shifted.magnitude().to_string(), width = scale + 1);
    let (integral, fraction) = digits.split_at_checked(digits.len() - scale)?;
    let sign = if shifted.sign() == Sign::Minus { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{integral}{point}{fraction}"))
}

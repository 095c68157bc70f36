//! Operands, and what it means to compare them.

use super::number;
use super::operation::{Comparison, Constant};
use super::parse::named;
use crate::domain::group::number::{compare, is_number};
use crate::domain::json::Value;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::Failure;
use crate::domain::pipe::template::print;
use num_rational::BigRational;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A value on the stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Operand<'v> {
    /// A field that is not there.
    #[default]
    Absent,
    Null,
    Bool(bool),
    /// A number as it was written.
    Number(Cow<'v, str>),
    /// A number that was calculated.
    Exact(BigRational),
    Text(Cow<'v, str>),
    /// A list or an object.
    Other,
}

impl<'v> From<&'v Constant> for Operand<'v> {
    fn from(constant: &'v Constant) -> Operand<'v> {
        match constant {
            Constant::Null => Operand::Null,
            Constant::Bool(truth) => Operand::Bool(*truth),
            Constant::Number(written) => Operand::Number(written.into()),
            Constant::Text(text) => Operand::Text(text.into()),
        }
    }
}

impl<'v> From<&'v Data> for Operand<'v> {
    fn from(data: &'v Data) -> Operand<'v> {
        match data {
            Data::Null => Operand::Null,
            Data::Bool(truth) => Operand::Bool(*truth),
            Data::Number(number) => Operand::Number(number.as_str().into()),
            Data::Text(text) => Operand::Text(text.into()),
            Data::Bytes(_) => {
                let mut text = String::new();
                print(data, &mut text);
                Operand::Text(text.into())
            }
            Data::List(_) | Data::Object(_) => Operand::Other,
        }
    }
}

/// As it is stored.
impl<'v> From<Value<'v>> for Operand<'v> {
    fn from(value: Value<'v>) -> Operand<'v> {
        match value {
            Value::Null => Operand::Null,
            Value::Bool(truth) => Operand::Bool(truth),
            Value::Number(number) => Operand::Number(number.to_string().into()),
            Value::String(text) => Operand::Text(text.into()),
            Value::Array(_) | Value::Object(_) => Operand::Other,
        }
    }
}

impl<'v> Operand<'v> {
    /// What the value of a template is outside of quotes: a text that is written like a number or like `true`, `false` or
    /// `null` is one.
    pub(super) fn read(self) -> Operand<'v> {
        match self {
            Operand::Text(text) if is_number(&text) => Operand::Number(text),
            Operand::Text(text) => named(&text).map_or(Operand::Text(text), |constant| match constant {
                Constant::Bool(truth) => Operand::Bool(truth),
                _ => Operand::Null,
            }),
            other => other,
        }
    }

    /// Whether the comparison holds. What is not there, a list or an object equals nothing; what cannot be ordered is
    /// neither less nor greater. Fails with code 8 for numbers that are too long.
    pub(super) fn compares(&self, comparison: Comparison, other: &Operand) -> Result<bool, Failure> {
        let order = || self.order(other);
        Ok(match comparison {
            Comparison::Equal => self.equals(other)?,
            Comparison::Unequal => !self.equals(other)?,
            Comparison::Greater => order()? == Some(Ordering::Greater),
            Comparison::Less => order()? == Some(Ordering::Less),
            Comparison::GreaterOrEqual => order()?.is_some_and(Ordering::is_ge),
            Comparison::LessOrEqual => order()?.is_some_and(Ordering::is_le),
        })
    }

    fn equals(&self, other: &Operand) -> Result<bool, Failure> {
        Ok(match (self, other) {
            (Operand::Null, Operand::Null) => true,
            (Operand::Bool(left), Operand::Bool(right)) => left == right,
            (Operand::Bool(truth), Operand::Text(text)) | (Operand::Text(text), Operand::Bool(truth)) => {
                **text == *truth.to_string()
            }
            _ => self.order(other)? == Some(Ordering::Equal),
        })
    }

    /// The order of two texts, by their bytes, or of two numbers; a text beside a number counts as one if it looks like one.
    fn order(&self, other: &Operand) -> Result<Option<Ordering>, Failure> {
        if let (Operand::Text(left), Operand::Text(right)) = (self, other) {
            return Ok(Some(left.cmp(right)));
        }
        if let (Some(left), Some(right)) = (self.written(), other.written()) {
            return Ok(Some(compare(left, right)));
        }
        let (Some(left), Some(right)) = (self.number()?, other.number()?) else { return Ok(None) };
        Ok(Some(left.cmp(&right)))
    }

    /// The digits of a number, where it was written without an exponent.
    fn written(&self) -> Option<&str> {
        match self {
            Operand::Number(written) | Operand::Text(written) if is_number(written) => Some(written),
            _ => None,
        }
    }

    /// It as a number, if it is one or a text that looks like one. Fails with code 8 for one that is too long.
    pub(super) fn number(&self) -> Result<Option<Cow<'_, BigRational>>, Failure> {
        match self {
            Operand::Exact(number) => Ok(Some(Cow::Borrowed(number))),
            Operand::Number(written) => number::read(written).map(|number| Some(Cow::Owned(number))),
            Operand::Text(text) if is_number(text) => number::read(text).map(|number| Some(Cow::Owned(number))),
            _ => Ok(None),
        }
    }

    /// It as a text, if it has one: what was calculated may have no end.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Operand::Bool(truth) => Some(if *truth { "true" } else { "false" }.into()),
            Operand::Number(text) | Operand::Text(text) => Some(Cow::Borrowed(text)),
            Operand::Exact(number) => number::print(number).map(Cow::Owned),
            Operand::Absent | Operand::Null | Operand::Other => None,
        }
    }
}

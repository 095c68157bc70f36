//! Operands, and what it means to compare them.

use super::number;
use super::operation::{Comparison, Constant};
use super::parse::named;
use crate::domain::group::number::{compare, is_number};
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::Failure;
use crate::domain::pipe::template::print;
use num_rational::BigRational;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A value on the stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Value<'v> {
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

impl<'v> From<&'v Constant> for Value<'v> {
    fn from(constant: &'v Constant) -> Value<'v> {
        match constant {
            Constant::Null => Value::Null,
            Constant::Bool(truth) => Value::Bool(*truth),
            Constant::Number(written) => Value::Number(written.into()),
            Constant::Text(text) => Value::Text(text.into()),
        }
    }
}

impl<'v> From<&'v Data> for Value<'v> {
    fn from(data: &'v Data) -> Value<'v> {
        match data {
            Data::Null => Value::Null,
            Data::Bool(truth) => Value::Bool(*truth),
            Data::Number(number) => Value::Number(number.as_str().into()),
            Data::Text(text) => Value::Text(text.into()),
            Data::Bytes(_) => {
                let mut text = String::new();
                print(data, &mut text);
                Value::Text(text.into())
            }
            Data::List(_) | Data::Object(_) => Value::Other,
        }
    }
}

impl<'v> Value<'v> {
    /// What the value of a template is outside of quotes: a text that is written like a number or like `true`, `false` or
    /// `null` is one.
    pub(super) fn read(self) -> Value<'v> {
        match self {
            Value::Text(text) if is_number(&text) => Value::Number(text),
            Value::Text(text) => named(&text).map_or(Value::Text(text), |constant| match constant {
                Constant::Bool(truth) => Value::Bool(truth),
                _ => Value::Null,
            }),
            other => other,
        }
    }

    /// Whether the comparison holds. What is not there, a list or an object equals nothing; what cannot be ordered is
    /// neither less nor greater. Fails with code 8 for numbers that are too long.
    pub(super) fn compares(&self, comparison: Comparison, other: &Value) -> Result<bool, Failure> {
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

    fn equals(&self, other: &Value) -> Result<bool, Failure> {
        Ok(match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(left), Value::Bool(right)) => left == right,
            (Value::Bool(truth), Value::Text(text)) | (Value::Text(text), Value::Bool(truth)) => {
                **text == *truth.to_string()
            }
            _ => self.order(other)? == Some(Ordering::Equal),
        })
    }

    /// The order of two texts, by their bytes, or of two numbers; a text beside a number counts as one if it looks like one.
    fn order(&self, other: &Value) -> Result<Option<Ordering>, Failure> {
        if let (Value::Text(left), Value::Text(right)) = (self, other) {
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
            Value::Number(written) | Value::Text(written) if is_number(written) => Some(written),
            _ => None,
        }
    }

    /// It as a number, if it is one or a text that looks like one. Fails with code 8 for one that is too long.
    pub(super) fn number(&self) -> Result<Option<Cow<'_, BigRational>>, Failure> {
        match self {
            Value::Exact(number) => Ok(Some(Cow::Borrowed(number))),
            Value::Number(written) => number::read(written).map(|number| Some(Cow::Owned(number))),
            Value::Text(text) if is_number(text) => number::read(text).map(|number| Some(Cow::Owned(number))),
            _ => Ok(None),
        }
    }

    /// It as a text, if it has one: what was calculated may have no end.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Bool(truth) => Some(if *truth { "true" } else { "false" }.into()),
            Value::Number(text) | Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Exact(number) => number::print(number).map(Cow::Owned),
            Value::Absent | Value::Null | Value::Other => None,
        }
    }
}

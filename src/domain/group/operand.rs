//! What stands on the left of a condition: the place that its `a` names, in one subject.

use crate::domain::json::{ArrayView, Node, Number, ObjectView, Read, Shape, Value, View};
use std::borrow::Cow;

/// A value as conditions see it.
#[derive(Clone, Debug)]
pub enum Operand<'t, 'a> {
    /// There is nothing.
    Absent,
    /// JSON's null.
    Null,
    /// A text; a boolean is `true` or `false`.
    Text(Cow<'t, str>),
    /// A number.
    Number(Number<'t>),
    /// How many elements there are.
    Count(usize),
    /// A list.
    Array(ArrayView<'t, 'a>),
    /// An object.
    Object(ObjectView<'t, 'a>),
}

impl<'t, 'a: 't> Operand<'t, 'a> {
    /// The value of a place in a tree.
    pub fn of(view: View<'t, 'a>) -> Read<Operand<'t, 'a>> {
        Ok(match view.shape()? {
            Shape::Null => Operand::Null,
            Shape::Array(array) => Operand::Array(array),
            Shape::Object(object) => Operand::Object(object),
            Shape::Scalar => Operand::scalar(view)?,
        })
    }

    fn scalar(view: View<'t, 'a>) -> Read<Operand<'t, 'a>> {
        Ok(match view {
            View::Stored(raw) => match raw.read()? {
                Value::Bool(truth) => Operand::Text(Cow::Borrowed(if truth { "true" } else { "false" })),
                Value::Number(number) => Operand::Number(number),
                Value::String(text) => Operand::Text(Cow::Borrowed(text)),
                _ => Operand::Null,
            },
            View::Built(Node::String(text)) => Operand::Text(Cow::Borrowed(text)),
            View::Built(Node::Number(number)) => number.number().map_or(Operand::Null, Operand::Number),
            View::Built(_) => Operand::Null,
        })
    }

    /// The text of a scalar; null, lists and objects have none.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Operand::Text(text) => Some(Cow::Borrowed(text)),
            Operand::Number(number) => Some(Cow::Owned(number.to_string())),
            Operand::Count(count) => Some(Cow::Owned(count.to_string())),
            Operand::Absent | Operand::Null | Operand::Array(_) | Operand::Object(_) => None,
        }
    }

    /// The whole number that it is, if that is known without reading a text.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Operand::Number(number) => number.as_i64(),
            Operand::Count(count) => i64::try_from(*count).ok(),
            _ => None,
        }
    }

    /// How many elements or keys it has; a scalar has none to count.
    pub fn size(&self) -> Option<usize> {
        match self {
            Operand::Array(array) => Some(array.len()),
            Operand::Object(object) => Some(object.len()),
            _ => None,
        }
    }

    /// Whether it is an object that has this key: an answer of a choice question (members.md 8.3).
    pub fn has_key(&self, key: &str) -> Read<bool> {
        match self {
            Operand::Object(object) => Ok(object.get(key)?.is_some()),
            _ => Ok(false),
        }
    }
}

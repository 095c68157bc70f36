//! Stored values, read in place.

use super::container::{Array, Container, Object};
use super::layout::{OBJECT, WORD};
use super::number::Number;
use crate::domain::error::Result;

/// A stored value, borrowed from the document's bytes.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An exact decimal.
    Number(Number<'a>),
    /// A text.
    String(&'a str),
    /// A list.
    Array(Array<'a>),
    /// An object.
    Object(Object<'a>),
}

/// The stored form of `{}`.
pub const EMPTY_OBJECT: [u8; WORD] = OBJECT.to_ne_bytes();

/// Opens a stored document: the bytes of its root container, which is what follows the varlena header. They may lie at
/// any address. Errors: `error/json/corrupt`.
pub fn root(bytes: &[u8]) -> Result<Value<'_>> {
    Ok(Container::open_root(bytes)?)
}

impl<'a> Value<'a> {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_array(&self) -> Option<Array<'a>> {
        match self {
            Value::Array(array) => Some(*array),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<Object<'a>> {
        match self {
            Value::Object(object) => Some(*object),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// What it is, for messages: `a text`.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

//! A stored value that has not been looked into: its kind and its bytes.

use super::container::Container;
use super::layout::{Damaged, Kind, Read};
use super::number::Number;
use super::value::Value;

/// A value as it is stored, without the padding before it. Reading it is [`Raw::read`]; copying it needs no reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    pub(super) kind: Kind,
    pub(super) bytes: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Reads it, one level deep.
    pub fn read(self) -> Read<Value<'a>> {
        Ok(match self.kind {
            Kind::Null => Value::Null,
            Kind::False => Value::Bool(false),
            Kind::True => Value::Bool(true),
            Kind::Number => Value::Number(Number::open(self.bytes)?),
            Kind::String => Value::String(text(self.bytes)?),
            Kind::Container => Container::open(self.bytes)?,
        })
    }

    /// Reads it if it is an array or an object.
    pub fn container(self) -> Read<Option<Value<'a>>> {
        if self.is_container() { Container::open(self.bytes).map(Some) } else { Ok(None) }
    }

    /// Its text, if it is one.
    pub fn text(self) -> Read<Option<&'a str>> {
        self.text_bytes().map(text).transpose()
    }

    /// The bytes of its text, if it is one.
    pub fn text_bytes(self) -> Option<&'a [u8]> {
        if self.kind == Kind::String { Some(self.bytes) } else { None }
    }

    /// The bytes of a key, which is stored as a text.
    pub(super) fn key(self) -> Read<&'a [u8]> {
        self.text_bytes().ok_or(Damaged)
    }

    /// How many bytes it takes, without the padding before it.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(self) -> usize {
        self.bytes.len()
    }

    /// Whether it is JSON's null.
    pub fn is_null(self) -> bool {
        self.kind == Kind::Null
    }

    /// Whether it is an array or an object.
    pub fn is_container(self) -> bool {
        self.kind == Kind::Container
    }

    /// Whether both are stored by the same bytes. `1.0` and `1.00` are not the same.
    pub fn same(self, other: Raw) -> bool {
        self.kind == other.kind && (std::ptr::eq(self.bytes, other.bytes) || self.bytes == other.bytes)
    }
}

impl<'a> From<Value<'a>> for Raw<'a> {
    fn from(value: Value<'a>) -> Raw<'a> {
        let (kind, bytes) = match value {
            Value::Null => (Kind::Null, [].as_slice()),
            Value::Bool(false) => (Kind::False, [].as_slice()),
            Value::Bool(true) => (Kind::True, [].as_slice()),
            Value::Number(number) => (Kind::Number, number.bytes()),
            Value::String(text) => (Kind::String, text.as_bytes()),
            Value::Array(array) => (Kind::Container, array.bytes()),
            Value::Object(object) => (Kind::Container, object.bytes()),
        };
        Raw { kind, bytes }
    }
}

/// Stored text, which is UTF-8 in the databases this extension works in.
pub(super) fn text(bytes: &[u8]) -> Read<&str> {
    std::str::from_utf8(bytes).map_err(|_| Damaged)
}

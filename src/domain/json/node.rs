//! The editable tree.

use super::decimal::Decimal;
use super::fields::{Field, Fields, bytes_of};
use super::layout::Kind;
use super::raw::Raw;
use super::value::Value;
use crate::domain::error::Result;
use std::borrow::Cow;

/// A value that is stored somewhere, or made here, or both: an expanded container holds stored children.
#[derive(Clone, Debug)]
pub enum Node<'a> {
    /// Stored bytes, written again as they are.
    Raw(Raw<'a>),
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number made here.
    Number(Decimal),
    /// A text made here or borrowed.
    String(Cow<'a, str>),
    /// A list made here, or a stored one expanded.
    Array(Vec<Node<'a>>),
    /// An object made here, or a stored one expanded.
    Object(Fields<'a>),
}

impl<'a> Node<'a> {
    /// An object of these pairs in any order; of equal keys the last one counts.
    pub fn object<K: Into<Cow<'a, str>>>(pairs: impl IntoIterator<Item = (K, Node<'a>)>) -> Node<'a> {
        let pairs = pairs.into_iter().map(|(key, value)| Field { key: bytes_of(key.into()), value });
        Node::Object(Fields::collect(pairs))
    }

    /// A list of these elements.
    pub fn array(elements: impl IntoIterator<Item = Node<'a>>) -> Node<'a> {
        Node::Array(elements.into_iter().collect())
    }

    /// Makes the children of a stored container accessible, one level deep; leaves anything else as it is. Nulls become
    /// [`Node::Null`]. Errors: `error/json/corrupt`.
    pub fn expand(&mut self) -> Result<&mut Node<'a>> {
        if let Node::Raw(raw) = self
            && (raw.is_container() || raw.is_null())
        {
            *self = match raw.value()? {
                Value::Object(object) => Node::Object(Fields::expand(object)?),
                Value::Array(array) => Node::Array(array.raws().map(|raw| raw.map(Node::Raw)).collect::<Result<_>>()?),
                _ => Node::Null,
            };
        }
        Ok(self)
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        self.raw().is_some_and(Raw::is_null)
    }

    /// Whether both would be stored by the same bytes. Errors: `error/json/corrupt`.
    pub fn same_node(&self, other: &Node) -> Result<bool> {
        match (self, other) {
            (Node::Array(left), Node::Array(right)) => {
                all_same(left.len() == right.len(), left.iter().zip(right), |(left, right)| left.same_node(right))
            }
            (Node::Object(left), Node::Object(right)) => {
                let pairs = left.pairs().iter().zip(right.pairs());
                all_same(left.len() == right.len(), pairs, |(left, right)| {
                    Ok(left.key == right.key && left.value.same_node(&right.value)?)
                })
            }
            _ => match (self.raw(), other.raw()) {
                (_, Some(raw)) => self.same(raw),
                (Some(raw), None) => other.same(raw),
                (None, None) => Ok(false),
            },
        }
    }

    /// Whether it would be stored by the same bytes as a stored value. Errors: `error/json/corrupt`.
    pub fn same(&self, stored: Raw) -> Result<bool> {
        match self {
            Node::Array(elements) => {
                let Some(Value::Array(array)) = stored.container()? else { return Ok(false) };
                all_same(array.len() == elements.len(), elements.iter().zip(array.raws()), |(element, stored)| {
                    element.same(stored?)
                })
            }
            Node::Object(fields) => {
                let Some(Value::Object(object)) = stored.container()? else { return Ok(false) };
                all_same(object.len() == fields.len(), fields.pairs().iter().zip(object.raws()), |(pair, stored)| {
                    let (key, value) = stored?;
                    Ok(*pair.key == *key && pair.value.same(value)?)
                })
            }
            _ => Ok(self.raw().is_some_and(|raw| raw.same(stored))),
        }
    }

    /// Its stored form, unless it is a container that was built or expanded.
    pub(super) fn raw(&self) -> Option<Raw<'_>> {
        let (kind, bytes) = match self {
            Node::Raw(raw) => return Some(*raw),
            Node::Null => (Kind::Null, [].as_slice()),
            Node::Bool(false) => (Kind::False, [].as_slice()),
            Node::Bool(true) => (Kind::True, [].as_slice()),
            Node::Number(number) => (Kind::Number, number.bytes()),
            Node::String(text) => (Kind::String, text.as_bytes()),
            Node::Array(_) | Node::Object(_) => return None,
        };
        Some(Raw { kind, bytes })
    }
}

/// Whether the numbers of children agree and then each pair of children does.
fn all_same<T>(as_many: bool, pairs: impl Iterator<Item = T>, same: impl Fn(T) -> Result<bool>) -> Result<bool> {
    if !as_many {
        return Ok(false);
    }
    for pair in pairs {
        if !same(pair)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl<'a> From<Value<'a>> for Node<'a> {
    fn from(value: Value<'a>) -> Node<'a> {
        Node::Raw(Raw::from(value))
    }
}

impl<'a> From<Raw<'a>> for Node<'a> {
    fn from(raw: Raw<'a>) -> Node<'a> {
        Node::Raw(raw)
    }
}

impl From<i64> for Node<'_> {
    fn from(integer: i64) -> Self {
        Node::Number(Decimal::from(integer))
    }
}

impl From<Decimal> for Node<'_> {
    fn from(number: Decimal) -> Self {
        Node::Number(number)
    }
}

impl From<bool> for Node<'_> {
    fn from(truth: bool) -> Self {
        Node::Bool(truth)
    }
}

impl<'a> From<&'a str> for Node<'a> {
    fn from(text: &'a str) -> Node<'a> {
        Node::String(Cow::Borrowed(text))
    }
}

impl From<String> for Node<'_> {
    fn from(text: String) -> Self {
        Node::String(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Node<'a> {
    fn from(text: Cow<'a, str>) -> Node<'a> {
        Node::String(text)
    }
}

/// Null for None.
impl<'a, T: Into<Node<'a>>> From<Option<T>> for Node<'a> {
    fn from(value: Option<T>) -> Node<'a> {
        value.map_or(Node::Null, Into::into)
    }
}

//! The editable tree.

use super::decimal::Decimal;
use super::fields::Fields;
use super::items::Items;
use super::layout::{Kind, Read};
use super::raw::Raw;
use super::value::Value;
use std::borrow::Cow;

/// A value that is stored somewhere, or made here, or both: a container that was opened for changes.
#[derive(Clone, Debug)]
pub enum Node<'a> {
    /// Stored bytes, written again as they are; also `true` and `false`, which have none.
    Raw(Raw<'a>),
    /// `null`.
    Null,
    /// A number made here.
    Number(Decimal),
    /// A text made here or borrowed.
    String(Cow<'a, str>),
    /// A list made here, or a stored one opened for changes.
    Array(Box<Items<'a>>),
    /// An object made here, or a stored one opened for changes.
    Object(Fields<'a>),
}

impl<'a> Node<'a> {
    /// An object of these pairs in any order; of equal keys the last one counts.
    pub fn object<K: Into<Cow<'a, str>>>(pairs: impl IntoIterator<Item = (K, Node<'a>)>) -> Node<'a> {
        Node::Object(Fields::collect(pairs.into_iter().map(|(key, value)| (key.into(), value))))
    }

    /// A list of these elements.
    pub fn array(elements: impl IntoIterator<Item = Node<'a>>) -> Node<'a> {
        Node::Array(Box::new(Items::from(elements.into_iter().collect::<Vec<_>>())))
    }

    /// Opens a stored container for changes; a stored null becomes [`Node::Null`], anything else stays as it is.
    pub fn open(&mut self) -> Read<&mut Node<'a>> {
        if let Node::Raw(raw) = self
            && (raw.is_container() || raw.is_null())
        {
            *self = match raw.read()? {
                Value::Object(object) => Node::Object(Fields::of(object)),
                Value::Array(array) => Node::Array(Box::new(Items::of(array))),
                _ => Node::Null,
            };
        }
        Ok(self)
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        self.raw().is_some_and(Raw::is_null)
    }

    /// Its stored form, unless it is a container that was made or opened here.
    pub(super) fn raw(&self) -> Option<Raw<'_>> {
        let (kind, bytes) = match self {
            Node::Raw(raw) => return Some(*raw),
            Node::Null => (Kind::Null, [].as_slice()),
            Node::Number(number) => (Kind::Number, number.bytes()),
            Node::String(text) => (Kind::String, text.as_bytes()),
            Node::Array(_) | Node::Object(_) => return None,
        };
        Some(Raw { kind, bytes })
    }
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
        Node::from(Value::Bool(truth))
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

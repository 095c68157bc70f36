//! Looking into a tree without changing it, whether its parts are stored or built.

use super::container::{Array, Object};
use super::fields::Fields;
use super::node::Node;
use super::raw::{Raw, text};
use super::value::Value;
use crate::domain::error::Result;
use std::borrow::Cow;

/// A place in a tree: stored bytes, or a node that was built or expanded.
#[derive(Clone, Copy, Debug)]
pub enum View<'t, 'a> {
    /// Stored bytes.
    Stored(Raw<'a>),
    /// Built or expanded; never [`Node::Raw`].
    Built(&'t Node<'a>),
}

/// What a place holds, seen one level deep.
#[derive(Clone, Copy, Debug)]
pub enum Shape<'t, 'a> {
    /// `null`.
    Null,
    /// A boolean, number or text.
    Scalar,
    /// A list.
    Array(ArrayView<'t, 'a>),
    /// An object.
    Object(ObjectView<'t, 'a>),
}

/// A list, stored or built.
#[derive(Clone, Copy, Debug)]
pub enum ArrayView<'t, 'a> {
    /// Stored bytes.
    Stored(Array<'a>),
    /// Built or expanded.
    Built(&'t [Node<'a>]),
}

/// An object, stored or built.
#[derive(Clone, Copy, Debug)]
pub enum ObjectView<'t, 'a> {
    /// Stored bytes.
    Stored(Object<'a>),
    /// Built or expanded.
    Built(&'t Fields<'a>),
}

impl<'t, 'a> View<'t, 'a> {
    /// Opens it one level deep. Errors: `error/json/corrupt`.
    pub fn shape(self) -> Result<Shape<'t, 'a>> {
        Ok(match self {
            View::Stored(raw) if raw.is_null() => Shape::Null,
            View::Stored(raw) => match raw.container()? {
                Some(Value::Array(array)) => Shape::Array(ArrayView::Stored(array)),
                Some(Value::Object(object)) => Shape::Object(ObjectView::Stored(object)),
                _ => Shape::Scalar,
            },
            View::Built(Node::Null) => Shape::Null,
            View::Built(Node::Array(elements)) => Shape::Array(ArrayView::Built(elements)),
            View::Built(Node::Object(fields)) => Shape::Object(ObjectView::Built(fields)),
            View::Built(_) => Shape::Scalar,
        })
    }

    /// A tree that holds the same. Stored parts stay borrowed.
    pub fn to_node(self) -> Node<'a> {
        match self {
            View::Stored(raw) => Node::Raw(raw),
            View::Built(node) => node.clone(),
        }
    }

    /// Whether both would be stored by the same bytes. Errors: `error/json/corrupt`.
    pub fn same(self, other: View) -> Result<bool> {
        match (self, other) {
            (View::Stored(left), View::Stored(right)) => Ok(left.same(right)),
            (View::Built(node), View::Stored(raw)) | (View::Stored(raw), View::Built(node)) => node.same(raw),
            (View::Built(left), View::Built(right)) => left.same_node(right),
        }
    }

    /// How many levels of containers it has: 0 for a scalar, 1 for `[]` and `[1]`. Any answer above `limit` stands for
    /// all of them. Descends at most `limit` levels. Errors: `error/json/corrupt`.
    pub fn depth(self, limit: usize) -> Result<usize> {
        let inside = match self.shape()? {
            Shape::Null | Shape::Scalar => return Ok(0),
            Shape::Array(array) => array.inner_depth(limit)?,
            Shape::Object(object) => object.inner_depth(limit)?,
        };
        Ok(inside + 1)
    }
}

impl<'t, 'a> From<&'t Node<'a>> for View<'t, 'a> {
    fn from(node: &'t Node<'a>) -> View<'t, 'a> {
        match node {
            Node::Raw(raw) => View::Stored(*raw),
            built => View::Built(built),
        }
    }
}

impl<'a> From<Value<'a>> for View<'_, 'a> {
    fn from(value: Value<'a>) -> Self {
        View::Stored(Raw::from(value))
    }
}

impl<'t, 'a> ArrayView<'t, 'a> {
    /// How many elements it has.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(self) -> usize {
        match self {
            ArrayView::Stored(array) => array.len(),
            ArrayView::Built(elements) => elements.len(),
        }
    }

    /// The element at this position. Errors: `error/json/corrupt`.
    pub fn get(self, index: usize) -> Result<Option<View<'t, 'a>>> {
        match self {
            ArrayView::Stored(array) => Ok(array.raw(index)?.map(View::Stored)),
            ArrayView::Built(elements) => Ok(elements.get(index).map(View::from)),
        }
    }

    fn inner_depth(self, limit: usize) -> Result<usize> {
        match self {
            ArrayView::Stored(array) => deepest(array.raws().map(|raw| raw.map(View::Stored)), limit),
            ArrayView::Built(elements) => deepest(elements.iter().map(|node| Ok(View::from(node))), limit),
        }
    }
}

impl<'t, 'a> ObjectView<'t, 'a> {
    /// The value of a key. Errors: `error/json/corrupt`.
    pub fn get(self, key: &str) -> Result<Option<View<'t, 'a>>> {
        match self {
            ObjectView::Stored(object) => Ok(object.raw(key)?.map(View::Stored)),
            ObjectView::Built(fields) => Ok(fields.get(key).map(View::from)),
        }
    }

    /// Keys and values in stored order, ready to be put elsewhere. Errors: `error/json/corrupt`.
    pub fn to_pairs(self) -> Result<Vec<(Cow<'a, str>, Node<'a>)>> {
        match self {
            ObjectView::Stored(object) => {
                object.raws().map(|pair| pair.and_then(|(key, raw)| Ok((text(key)?.into(), raw.into())))).collect()
            }
            ObjectView::Built(fields) => {
                fields.pairs().iter().map(|pair| Ok((pair.key_text()?, pair.value.clone()))).collect()
            }
        }
    }

    fn inner_depth(self, limit: usize) -> Result<usize> {
        match self {
            ObjectView::Stored(object) => deepest(object.raws().map(|pair| Ok(View::Stored(pair?.1))), limit),
            ObjectView::Built(fields) => deepest(fields.pairs().iter().map(|pair| Ok(View::from(&pair.value))), limit),
        }
    }
}

/// The depth of the deepest of these, one level of the limit being used up by what holds them.
fn deepest<'t, 'a: 't>(views: impl Iterator<Item = Result<View<'t, 'a>>>, limit: usize) -> Result<usize> {
    let Some(limit) = limit.checked_sub(1) else { return Ok(0) };
    let mut deepest = 0;
    for view in views {
        deepest = view?.depth(limit)?.max(deepest);
        if deepest > limit {
            break;
        }
    }
    Ok(deepest)
}

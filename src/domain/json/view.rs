//! Looking into a tree without changing it, whether its parts are stored or made here.

use super::container::{Array, Object};
use super::fields::{Fields, Slot};
use super::items::Items;
use super::layout::Read;
use super::node::Node;
use super::raw::{Raw, text};
use super::value::Value;
use std::borrow::Cow;

/// A place in a tree: stored bytes, or a node that was made or opened for changes.
#[derive(Clone, Copy, Debug)]
pub enum View<'t, 'a> {
    /// Stored bytes.
    Stored(Raw<'a>),
    /// Made or opened here; never [`Node::Raw`].
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

/// A list, stored or made here.
#[derive(Clone, Copy, Debug)]
pub enum ArrayView<'t, 'a> {
    /// Stored bytes.
    Stored(Array<'a>),
    /// Made or opened here.
    Built(&'t Items<'a>),
}

/// An object, stored or made here.
#[derive(Clone, Copy, Debug)]
pub enum ObjectView<'t, 'a> {
    /// Stored bytes.
    Stored(Object<'a>),
    /// Made or opened here.
    Built(&'t Fields<'a>),
}

impl<'t, 'a> View<'t, 'a> {
    /// Opens it one level deep.
    pub fn shape(self) -> Read<Shape<'t, 'a>> {
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

    /// Whether both would be stored by the same bytes: `1.0` and `1.00` are not the same.
    pub fn same(self, other: View) -> Read<bool> {
        match (self.raw(), other.raw()) {
            (Some(left), Some(right)) => Ok(left.same(right)),
            _ => same_shape(self.shape()?, other.shape()?),
        }
    }

    /// Its stored form, unless it is a container that was made or opened here.
    fn raw(&self) -> Option<Raw<'_>> {
        match self {
            View::Stored(raw) => Some(*raw),
            View::Built(node) => node.raw(),
        }
    }

    /// How many levels of containers it has: 0 for a scalar, 1 for `[]` and `[1]`. Any answer above `limit` stands for
    /// all of them. Descends at most `limit` levels.
    pub fn depth(self, limit: usize) -> Read<usize> {
        let inside = match self.shape()? {
            Shape::Null | Shape::Scalar => return Ok(0),
            Shape::Array(array) => deepest(array.views(), limit)?,
            Shape::Object(object) => deepest(object.views().map(|pair| Ok(pair?.1)), limit)?,
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
            ArrayView::Built(items) => items.len(),
        }
    }

    /// The element at this position.
    pub fn get(self, index: usize) -> Read<Option<View<'t, 'a>>> {
        match self {
            ArrayView::Stored(array) => Ok(array.raw(index)?.map(View::Stored)),
            ArrayView::Built(items) => items.get(index),
        }
    }

    /// The elements in order.
    pub fn views(self) -> impl Iterator<Item = Read<View<'t, 'a>>> {
        let (stored, built) = match self {
            ArrayView::Stored(array) => (Some(array.raws_in(0..array.len())), None),
            ArrayView::Built(items) => (None, Some(items.views())),
        };
        stored.into_iter().flatten().map(|raw| raw.map(View::Stored)).chain(built.into_iter().flatten())
    }
}

impl<'t, 'a> ObjectView<'t, 'a> {
    /// The value of a key.
    pub fn get(self, key: &str) -> Read<Option<View<'t, 'a>>> {
        self.at(self.locate(key)?)
    }

    /// Finds a key.
    pub fn locate(self, key: &str) -> Read<Slot> {
        match self {
            ObjectView::Stored(object) => Slot::stored(object, key, 0),
            ObjectView::Built(fields) => fields.locate(key),
        }
    }

    /// The value in a slot.
    pub fn at(self, slot: Slot) -> Read<Option<View<'t, 'a>>> {
        match (self, slot) {
            (ObjectView::Stored(object), Slot::Stored(at, _)) => Ok(Some(View::Stored(object.raw_at(at)?))),
            (ObjectView::Stored(_), _) => Ok(None),
            (ObjectView::Built(fields), slot) => fields.get(slot),
        }
    }

    /// How many pairs it has.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(self) -> usize {
        match self {
            ObjectView::Stored(object) => object.len(),
            ObjectView::Built(fields) => fields.len(),
        }
    }

    /// Keys and values in stored order, ready to be put elsewhere.
    pub fn to_pairs(self) -> Read<Vec<(Cow<'a, str>, Node<'a>)>> {
        match self {
            ObjectView::Stored(object) => {
                let pairs = object.raws_in(0..object.len());
                pairs.map(|pair| pair.and_then(|(key, raw)| Ok((text(key)?.into(), raw.into())))).collect()
            }
            ObjectView::Built(fields) => fields
                .pairs()
                .map(|pair| pair.and_then(|(key, view)| Ok((text(key)?.to_owned().into(), view.to_node()))))
                .collect(),
        }
    }

    /// Keys, as bytes, and values in stored order.
    pub fn views(self) -> impl Iterator<Item = Read<(&'t [u8], View<'t, 'a>)>> {
        let (stored, built) = match self {
            ObjectView::Stored(object) => (Some(object.raws_in(0..object.len())), None),
            ObjectView::Built(fields) => (None, Some(fields.pairs())),
        };
        let stored = stored.into_iter().flatten().map(|pair| pair.map(|(key, raw)| (key, View::Stored(raw))));
        stored.chain(built.into_iter().flatten())
    }
}

/// Whether two containers agree child by child; a container that was opened for changes is first asked for its
/// differences from the one it is compared to.
fn same_shape(left: Shape, right: Shape) -> Read<bool> {
    match (left, right) {
        (Shape::Array(left), Shape::Array(right)) => same_array(left, right),
        (Shape::Object(left), Shape::Object(right)) => same_object(left, right),
        _ => Ok(false),
    }
}

fn same_array(left: ArrayView, right: ArrayView) -> Read<bool> {
    if let (ArrayView::Stored(array), ArrayView::Built(items)) | (ArrayView::Built(items), ArrayView::Stored(array)) =
        (left, right)
        && items.stored().is_some_and(|stored| std::ptr::eq(stored.bytes(), array.bytes()))
    {
        return all(items.differences(), |(stored, own)| stored.same(own));
    }
    let pairs = left.views().zip(right.views()).map(|(left, right)| Ok((left?, right?)));
    Ok(left.len() == right.len() && all(pairs, |(left, right)| left.same(right))?)
}

fn same_object(left: ObjectView, right: ObjectView) -> Read<bool> {
    if let (ObjectView::Stored(object), ObjectView::Built(fields))
    | (ObjectView::Built(fields), ObjectView::Stored(object)) = (left, right)
        && std::ptr::eq(fields.stored().bytes(), object.bytes())
    {
        return all(fields.differences(), |difference| match difference {
            (Some(stored), Some(own)) => stored.same(own),
            (stored, own) => Ok(stored.is_none() && own.is_none()),
        });
    }
    let pairs = left.views().zip(right.views()).map(|(left, right)| Ok((left?, right?)));
    Ok(left.len() == right.len() && all(pairs, |(left, right)| Ok(left.0 == right.0 && left.1.same(right.1)?))?)
}

/// Whether something holds for all.
fn all<T>(items: impl Iterator<Item = Read<T>>, holds: impl Fn(T) -> Read<bool>) -> Read<bool> {
    for item in items {
        if !holds(item?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The depth of the deepest of these, one level of the limit being used up by what holds them.
fn deepest<'t, 'a: 't>(views: impl Iterator<Item = Read<View<'t, 'a>>>, limit: usize) -> Read<usize> {
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

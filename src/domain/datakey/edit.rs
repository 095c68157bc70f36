//! Deciding what an operation changes (members.md 6.3).

use super::budget::{ENTRY, octets};
use super::calc;
use super::list;
use super::merge;
use super::mode::Mode;
use crate::domain::error::Result;
use crate::domain::json::{Node, Shape, View};
use std::borrow::Cow;

/// What an operation changes at its place. Whatever it is, it is a change: writing what is there already is `Nothing`.
#[derive(Debug)]
pub(super) enum Edit<'a> {
    /// Nothing.
    Nothing,
    /// The place gets this value.
    Put(Node<'a>),
    /// These keys of the object in the place get these values.
    Keys(Vec<(Cow<'a, str>, Node<'a>)>),
    /// The list in the place gets these elements at its front.
    Front(Vec<Node<'a>>),
    /// The list in the place gets these elements at its end.
    Back(Vec<Node<'a>>),
    /// The place goes: a key, or the last element of an array.
    Remove,
}

impl Edit<'_> {
    /// Octets that it adds to the tree, at most.
    pub(super) fn octets(&self) -> usize {
        match self {
            Edit::Nothing | Edit::Remove => 0,
            Edit::Put(node) => octets(View::from(node)),
            Edit::Front(nodes) | Edit::Back(nodes) => nodes.iter().map(|node| octets(View::from(node))).sum(),
            Edit::Keys(pairs) => pairs.iter().map(|(key, node)| key.len() + ENTRY + octets(View::from(node))).sum(),
        }
    }
}

/// What a mode does with a value where `present` stands; `is_inner` says that this is an element of an array with
/// others behind it.
///
/// Errors: `error/datakey/merge`, `error/datakey/notarray`, `error/json/…`.
pub(super) fn decide<'a>(
    mode: Mode,
    present: Option<View<'_, 'a>>,
    is_inner: bool,
    value: Node<'a>,
) -> Result<Edit<'a>> {
    match (mode, present) {
        (Mode::Set, _) | (Mode::Update, Some(_)) | (Mode::Insert, None) => put(present, value),
        (Mode::Update, None) | (Mode::Insert, Some(_)) => Ok(Edit::Nothing),
        (Mode::Fill, present) if is_empty(present)? => put(present, value),
        (Mode::Fill, _) => Ok(Edit::Nothing),
        (Mode::Merge | Mode::MergeUpdate | Mode::MergeInsert, _) => merge::decide(mode, present, value),
        (Mode::Push, _) => list::decide(present, value, Edit::Back),
        (Mode::Unshift, _) => list::decide(present, value, Edit::Front),
        (Mode::Delete, None) => Ok(Edit::Nothing),
        (Mode::Delete, Some(_)) if is_inner => put(present, Node::Null),
        (Mode::Delete, Some(_)) => Ok(Edit::Remove),
        (Mode::Calc, _) => put(present, calc::sum(present, &value)?),
    }
}

/// Whether nothing stands there: no value, null, or a text, list or object of nothing.
fn is_empty(present: Option<View>) -> Result<bool> {
    let Some(present) = present else { return Ok(true) };
    Ok(match present.shape()? {
        Shape::Null => true,
        Shape::Scalar => present.same(View::from(&Node::from("")))?,
        Shape::Array(array) => array.len() == 0,
        Shape::Object(object) => object.len() == 0,
    })
}

/// Writes a value, unless it is there already.
fn put<'a>(present: Option<View<'_, 'a>>, value: Node<'a>) -> Result<Edit<'a>> {
    match present {
        Some(present) if present.same(View::from(&value))? => Ok(Edit::Nothing),
        _ => Ok(Edit::Put(value)),
    }
}

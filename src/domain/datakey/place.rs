//! Finding the place that an operation is about, and making it (members.md 5.2 and 6.5).

use super::mode::Mode;
use super::path::{Path, Step};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{ArrayView, Fields, Node, Shape, View};

/// The path of a place without `[-N]` and without `.N` for elements of arrays.
#[derive(Clone, Debug)]
pub(super) enum Place<'a> {
    /// As the operation says it.
    Given(&'a Path<'a>),
    /// With the positions as they were found.
    Resolved(Box<Path<'a>>),
}

impl<'a> Place<'a> {
    pub(super) fn path(&self) -> &Path<'a> {
        match self {
            Place::Given(path) => path,
            Place::Resolved(path) => path,
        }
    }

    pub(super) fn steps(&self) -> &[Step<'a>] {
        self.path().steps()
    }

    fn resolve(&mut self, depth: usize, index: usize) -> Result<()> {
        let index = u32::try_from(index).map_err(|_| Error::new(Id::DatakeyLimit, "an index is too large"))?;
        let mut path = self.path().clone();
        path.replace(depth, Step::Index(index));
        *self = Place::Resolved(Box::new(path));
        Ok(())
    }
}

/// What stands where an operation points.
pub(super) struct Target<'t, 'a> {
    pub(super) place: Place<'a>,
    /// The value there; null is a value.
    pub(super) present: Option<View<'t, 'a>>,
    /// Whether it is an element of an array with others behind it.
    pub(super) is_inner: bool,
    /// Octets that making the place adds, without its value.
    pub(super) cost: usize,
}

/// Follows a path without changing anything.
///
/// Errors: `error/datakey/notarray`, `error/datakey/notobject`; `error/datakey/syntax` for `[-N]` where there is no
/// such element.
pub(super) fn find<'t, 'a>(root: View<'t, 'a>, path: &'a Path<'a>, mode: Mode) -> Result<Target<'t, 'a>> {
    let mut target = Target { place: Place::Given(path), present: Some(root), is_inner: false, cost: 0 };
    for (depth, step) in path.steps().iter().enumerate() {
        let Some(view) = target.present else { break };
        let shape = view.shape()?;
        let (child, length) = match (step, shape) {
            (_, Shape::Null) => (None, 0),
            (Step::Key(key), Shape::Object(object)) => (object.get(key)?, 0),
            (step, Shape::Array(array)) => {
                let index = position(step, array, mode)?;
                if !matches!(step, Step::Index(_)) {
                    target.place.resolve(depth, index)?;
                }
                target.is_inner = index.saturating_add(1) < array.len();
                (array.get(index)?, array.len())
            }
            (step, _) => return Err(conflict(step)),
        };
        if !matches!(shape, Shape::Array(_)) {
            target.is_inner = false;
        }
        target.present = child;
        if child.is_none() {
            // `[-N]` may stand right here only in an array, where it has been found.
            let missing = path.steps().get(depth + usize::from(!matches!(shape, Shape::Null))..).unwrap_or_default();
            if mode.creates() && missing.iter().any(|step| matches!(step, Step::FromEnd(_))) {
                return Err(no_such_element());
            }
            target.cost = cost(path.steps().get(depth..).unwrap_or_default(), length);
        }
    }
    Ok(target)
}

/// Which element of an array a step means.
fn position(step: &Step, array: ArrayView, mode: Mode) -> Result<usize> {
    match step {
        Step::Index(index) => Ok(*index as usize),
        Step::FromEnd(back) => array.len().checked_sub(*back as usize).ok_or_else(no_such_element),
        Step::Key(key) if !mode.creates() => number(key).ok_or_else(|| conflict(step)),
        _ => Err(conflict(step)),
    }
}

/// A key that is a number.
pub(super) fn number(key: &str) -> Option<usize> {
    if key.bytes().all(|byte| byte.is_ascii_digit()) { key.parse::<u32>().ok().map(|index| index as usize) } else { None }
}

/// Octets of the containers and nulls that will be made for missing steps; `length` is that of the array which the
/// first of them extends.
fn cost(missing: &[Step], mut length: usize) -> usize {
    const ENTRY: usize = 8;
    let mut cost = 0usize;
    for step in missing {
        cost = cost.saturating_add(match step {
            Step::Key(key) => key.len() + 2 * ENTRY,
            Step::Index(index) => (*index as usize).saturating_sub(length) * 4 + ENTRY,
            _ => ENTRY,
        });
        length = 0;
    }
    cost
}

/// Makes a place, with its missing containers and the nulls in front of a new element, and gives its value to be
/// replaced: null if the place is new.
///
/// Errors: `error/datakey/notarray`, `error/datakey/notobject`.
pub(super) fn reach<'t, 'a>(root: &'t mut Node<'a>, steps: &[Step<'a>]) -> Result<&'t mut Node<'a>> {
    let mut node = root;
    for step in steps {
        let container = node.expand()?;
        if container.is_null() {
            *container = empty_for(step);
        }
        let child = match (step, container) {
            (Step::Key(key), Node::Object(fields)) => fields.entry(key),
            (Step::Index(index), Node::Array(elements)) => element(elements, *index as usize),
            _ => None,
        };
        node = child.ok_or_else(|| conflict(step))?;
    }
    Ok(node)
}

fn empty_for<'a>(step: &Step) -> Node<'a> {
    match step {
        Step::Index(_) => Node::Array(Vec::new()),
        _ => Node::Object(Fields::default()),
    }
}

fn element<'t, 'a>(elements: &'t mut Vec<Node<'a>>, index: usize) -> Option<&'t mut Node<'a>> {
    if index >= elements.len() {
        elements.resize(index + 1, Node::Null);
    }
    elements.get_mut(index)
}

/// Reaches a list. Errors: `error/datakey/notarray`, `error/datakey/notobject`.
pub(super) fn reach_list<'t, 'a>(root: &'t mut Node<'a>, steps: &[Step<'a>]) -> Result<&'t mut Vec<Node<'a>>> {
    match reach(root, steps)?.expand()? {
        Node::Array(elements) => Ok(elements),
        _ => Err(not_array()),
    }
}

/// Reaches an object. Errors: `error/datakey/notarray`, `error/datakey/notobject`.
pub(super) fn reach_object<'t, 'a>(root: &'t mut Node<'a>, steps: &[Step<'a>]) -> Result<&'t mut Fields<'a>> {
    match reach(root, steps)?.expand()? {
        Node::Object(fields) => Ok(fields),
        _ => Err(not_object()),
    }
}

/// Removes a key, or the last element of an array.
///
/// Errors: `error/datakey/notarray`, `error/datakey/notobject`.
pub(super) fn remove<'a>(root: &mut Node<'a>, steps: &[Step<'a>]) -> Result<()> {
    let Some((last, parents)) = steps.split_last() else { return Ok(()) };
    match (last, reach(root, parents)?.expand()?) {
        (Step::Key(key), Node::Object(fields)) => fields.remove(key),
        (Step::Index(_), Node::Array(elements)) => drop(elements.pop()),
        _ => return Err(conflict(last)),
    }
    Ok(())
}

/// Follows a path for reading: what cannot be followed is absent. Wildcards are not followed.
pub(super) fn look<'t, 'a>(root: View<'t, 'a>, steps: &[Step]) -> Result<Option<View<'t, 'a>>> {
    let mut view = root;
    for step in steps {
        let child = match (step, view.shape()?) {
            (Step::Key(key), Shape::Object(object)) => object.get(key)?,
            (Step::Key(key), Shape::Array(array)) => match number(key) {
                Some(index) => array.get(index)?,
                None => None,
            },
            (Step::Index(index), Shape::Array(array)) => array.get(*index as usize)?,
            (Step::FromEnd(back), Shape::Array(array)) => match array.len().checked_sub(*back as usize) {
                Some(index) => array.get(index)?,
                None => None,
            },
            _ => None,
        };
        let Some(child) = child else { return Ok(None) };
        view = child;
    }
    Ok(Some(view))
}

fn conflict(step: &Step) -> Error {
    match step {
        Step::Key(_) | Step::AnyKey => not_object(),
        _ => not_array(),
    }
}

#[cold]
fn not_object() -> Error {
    Error::new(Id::DatakeyNotobject, "the path uses a key where there is no object")
}

#[cold]
fn not_array() -> Error {
    Error::new(Id::DatakeyNotarray, "the path uses an index where there is no list")
}

#[cold]
fn no_such_element() -> Error {
    Error::new(Id::DatakeySyntax, "an index from the end needs that element to exist")
}

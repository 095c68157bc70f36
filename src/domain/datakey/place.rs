//! Finding the place that an operation is about, and making it (members.md 5.2 and 6.5).

use super::mode::Mode;
use super::path::{Path, Step};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{ArrayView, Fields, Items, Node, Read, Shape, Slot, View};
use arrayvec::ArrayVec;

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

/// The slots that a path's first keys were found in, so that [`reach`] need not look for them again. Steps into arrays
/// take part with a slot that says nothing; steps that are not on the trail are looked for.
pub(super) type Trail = ArrayVec<Slot, 8>;

/// What a step into an array leaves on the trail.
const NO_SLOT: Slot = Slot::Missing(0, 0);

/// Follows a path without changing anything, and leaves a trail for [`reach`].
///
/// Errors: `error/datakey/notarray`, `error/datakey/notobject`; `error/datakey/syntax` for `[-N]` where there is no
/// such element.
pub(super) fn find<'t, 'a>(
    root: View<'t, 'a>,
    path: &'a Path<'a>,
    mode: Mode,
    trail: &mut Trail,
) -> Result<Target<'t, 'a>> {
    trail.clear();
    let mut target = Target { place: Place::Given(path), present: Some(root), is_inner: false, cost: 0 };
    for (depth, step) in path.steps().iter().enumerate() {
        let Some(view) = target.present else { break };
        target.is_inner = false;
        // Where the missing part of the path begins if the next value is missing, and which elements there are before.
        let (mut missing, mut length) = (depth + 1, 0);
        target.present = match (step, view.shape()?) {
            (_, Shape::Null) => {
                missing = depth;
                None
            }
            (Step::Key(key), Shape::Object(object)) => {
                let slot = object.locate(key)?;
                let _ = trail.try_push(slot);
                object.at(slot)?
            }
            (step, Shape::Array(array)) => {
                let index = position(step, array, mode)?;
                if !matches!(step, Step::Index(_)) {
                    target.place.resolve(depth, index)?;
                }
                let _ = trail.try_push(NO_SLOT);
                length = array.len();
                target.is_inner = index.saturating_add(1) < length;
                array.get(index)?
            }
            (step, _) => return Err(conflict(step)),
        };
        if target.present.is_none() {
            let missing = path.steps().get(missing..).unwrap_or_default();
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
fn number(key: &str) -> Option<usize> {
    if key.bytes().all(|byte| byte.is_ascii_digit()) {
        key.parse::<u32>().ok().map(|index| index as usize)
    } else {
        None
    }
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
/// replaced: null if the place is new. The trail is that of [`find`].
///
/// Errors: `error/datakey/notarray`, `error/datakey/notobject`.
pub(super) fn reach<'t, 'a>(root: &'t mut Node<'a>, steps: &[Step<'a>], trail: &[Slot]) -> Result<&'t mut Node<'a>> {
    let mut node = root;
    for (depth, step) in steps.iter().enumerate() {
        let container = node.open()?;
        if container.is_null() {
            *container = empty_for(step);
        }
        let child = match (step, container) {
            (Step::Key(key), Node::Object(fields)) => {
                let slot = trail.get(depth).map_or_else(|| fields.locate(key), |slot| Ok(*slot))?;
                fields.entry(slot, key.clone())?
            }
            (Step::Index(index), Node::Array(items)) => items.entry(*index as usize)?,
            _ => None,
        };
        node = child.ok_or_else(|| conflict(step))?;
    }
    Ok(node)
}

fn empty_for<'a>(step: &Step) -> Node<'a> {
    match step {
        Step::Index(_) => Node::array([]),
        _ => Node::object([] as [(&str, Node); 0]),
    }
}

/// Reaches a list. Errors: `error/datakey/notarray`, `error/datakey/notobject`.
pub(super) fn reach_list<'t, 'a>(
    root: &'t mut Node<'a>,
    steps: &[Step<'a>],
    trail: &[Slot],
) -> Result<&'t mut Items<'a>> {
    match reach(root, steps, trail)?.open()? {
        Node::Array(items) => Ok(items),
        _ => Err(not_array()),
    }
}

/// Reaches an object. Errors: `error/datakey/notarray`, `error/datakey/notobject`.
pub(super) fn reach_object<'t, 'a>(
    root: &'t mut Node<'a>,
    steps: &[Step<'a>],
    trail: &[Slot],
) -> Result<&'t mut Fields<'a>> {
    match reach(root, steps, trail)?.open()? {
        Node::Object(fields) => Ok(fields),
        _ => Err(not_object()),
    }
}

/// Removes a key, or the last element of an array.
///
/// Errors: `error/datakey/notarray`, `error/datakey/notobject`.
pub(super) fn remove<'a>(root: &mut Node<'a>, steps: &[Step<'a>], trail: &[Slot]) -> Result<()> {
    let Some((last, parents)) = steps.split_last() else { return Ok(()) };
    match (last, reach(root, parents, trail)?.open()?) {
        (Step::Key(key), Node::Object(fields)) => fields.remove(fields.locate(key)?, key.clone())?,
        (Step::Index(_), Node::Array(items)) => items.pop(),
        _ => return Err(conflict(last)),
    }
    Ok(())
}

/// Follows a path for reading: what cannot be followed is absent. Wildcards are not followed.
pub(crate) fn look<'t, 'a>(root: View<'t, 'a>, steps: &[Step]) -> Read<Option<View<'t, 'a>>> {
    let mut view = root;
    for step in steps {
        let child = match (step, view.shape()?) {
            (Step::Key(key), Shape::Object(object)) => object.get(key)?,
            (step, Shape::Array(array)) => {
                let index = match step {
                    Step::Index(index) => Some(*index as usize),
                    Step::FromEnd(back) => array.len().checked_sub(*back as usize),
                    Step::Key(key) => number(key),
                    _ => None,
                };
                index.map_or(Ok(None), |index| array.get(index))?
            }
            _ => None,
        };
        let Some(child) = child else { return Ok(None) };
        view = child;
    }
    Ok(Some(view))
}

#[cold]
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

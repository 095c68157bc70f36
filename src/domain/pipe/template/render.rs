//! What templates are rendered with.

use super::path::{Path, Place, Steps, missing};
use super::room::Room;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::Failure;
use crate::domain::pipe::scope::Scope;
use std::borrow::Cow;

/// One rendering, within one item of an expansion.
#[derive(Clone, Copy)]
pub(super) struct Renderer<'a> {
    pub(super) scope: &'a Scope,
    /// What `[$]` is.
    item: Option<&'a Data>,
    /// What is left of the room for the output.
    pub(super) room: &'a Room,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(scope: &'a Scope, room: &'a Room) -> Renderer<'a> {
        Renderer { scope, item: None, room }
    }

    /// The same with this current item.
    pub(super) fn within<'i>(&self, item: &'i Data) -> Renderer<'i>
    where
        'a: 'i,
    {
        Renderer { item: Some(item), ..*self }
    }

    /// What a template names. Fails with code 1 where a field is missing.
    pub(super) fn find(&self, place: &Place) -> Result<Cow<'a, Data>, Failure> {
        match place {
            Place::Scope(path) => path.read(self.scope),
            Place::Item(steps) => {
                let found = self.item.and_then(|item| steps.find(item));
                found.map(Cow::Borrowed).ok_or_else(|| missing(place))
            }
        }
    }
}

/// The items that `$$` gives: a list's; none of null; anything else is one, as one file is where several may be.
pub(super) fn items(value: &Data) -> &[Data] {
    match value {
        Data::List(items) => items,
        Data::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// A field of an item. Fails with code 1 where it is missing.
pub(super) fn field<'d>(item: &'d Data, steps: &Steps, list: &Path) -> Result<&'d Data, Failure> {
    steps.find(item).ok_or_else(|| missing(format_args!("$${list}[{steps}]")))
}

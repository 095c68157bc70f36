//! `push` and `unshift` (members.md 6.3).

use super::edit::Edit;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Read, Shape, View};

/// What a lengthening mode changes: the elements of a list join the stored one. A stored null counts as missing.
///
/// Errors: `error/datakey/notarray` where something else than a list is stored.
pub(super) fn decide<'a>(
    present: Option<View<'_, 'a>>,
    list: Node<'a>,
    lengthen: fn(Vec<Node<'a>>) -> Edit<'a>,
) -> Result<Edit<'a>> {
    match present.map(View::shape).transpose()? {
        None | Some(Shape::Null) => Ok(Edit::Put(list)),
        Some(Shape::Array(_)) => {
            let elements = elements(list)?;
            Ok(if elements.is_empty() { Edit::Nothing } else { lengthen(elements) })
        }
        Some(_) => Err(Error::new(Id::DatakeyNotarray, "what is stored is not a list")),
    }
}

/// Whether a value is a list.
pub(super) fn is_list(value: &Node) -> Read<bool> {
    Ok(matches!(View::from(value).shape()?, Shape::Array(_)))
}

fn elements(mut list: Node) -> Read<Vec<Node>> {
    list.open()?;
    match list {
        Node::Array(items) => items.into_nodes(),
        single => Ok(vec![single]),
    }
}

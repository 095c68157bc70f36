//! `merge`, `merge_update` and `merge_insert`: key by key, one level deep (members.md 6.3).

use super::edit::Edit;
use super::mode::Mode;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Shape, View};

/// What a merging mode changes. A stored null counts as missing.
///
/// Errors: `error/datakey/merge` unless both are objects.
pub(super) fn decide<'a>(mode: Mode, present: Option<View<'_, 'a>>, value: Node<'a>) -> Result<Edit<'a>> {
    let Shape::Object(incoming) = View::from(&value).shape()? else {
        return Err(Error::new(Id::DatakeyMerge, "the value is not an object"));
    };
    let existing = match present.map(View::shape).transpose()? {
        Some(Shape::Object(existing)) => existing,
        None | Some(Shape::Null) if mode == Mode::MergeUpdate => return Ok(Edit::Nothing),
        None | Some(Shape::Null) => return Ok(Edit::Put(value)),
        Some(_) => return Err(Error::new(Id::DatakeyMerge, "what is stored is not an object")),
    };
    let mut keys = Vec::new();
    for (key, value) in incoming.to_pairs()? {
        let writes = match (mode, existing.get(&key)?) {
            (Mode::MergeInsert, Some(_)) | (Mode::MergeUpdate, None) => false,
            (_, Some(stored)) => !stored.same(View::from(&value))?,
            (_, None) => true,
        };
        if writes {
            keys.push((key, value));
        }
    }
    Ok(if keys.is_empty() { Edit::Nothing } else { Edit::Keys(keys) })
}

//! How much one rendering may give: a short template can ask for the same large value many times.

use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::{Code, Failure};
use std::cell::Cell;

/// The most octets that one rendering gives, about: a quarter of what jsonb can hold.
const LARGEST: usize = 64 << 20;
/// What a value takes beside its texts.
const VALUE: usize = 8;

/// What is left of it.
#[derive(Debug)]
pub struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Room {
        Room(Cell::new(LARGEST))
    }
}

impl Room {
    /// Takes so many octets. Fails with code 8 when there are fewer left.
    pub fn take(&self, octets: usize) -> Result<(), Failure> {
        let left = self.0.get().checked_sub(octets);
        self.0.set(left.ok_or_else(|| Failure::new(Code::Limit, "the template gives more than 64 MB"))?);
        Ok(())
    }

    /// A copy of a value. Fails as [`Room::take`] does, before it is made.
    pub fn copy(&self, value: &Data) -> Result<Data, Failure> {
        self.take(weight(value))?;
        Ok(value.clone())
    }
}

/// About how much a value takes.
pub(super) fn weight(value: &Data) -> usize {
    VALUE
        + match value {
            Data::Null | Data::Bool(_) => 0,
            Data::Number(number) => number.as_str().len(),
            Data::Text(text) => text.len(),
            // Bytes are shared, and are written in base64 in the end.
            Data::Bytes(bytes) => bytes.len(),
            Data::List(items) => items.iter().map(weight).sum(),
            Data::Object(pairs) => pairs.iter().map(|(key, value)| key.len() + weight(value)).sum(),
        }
}

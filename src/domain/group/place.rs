//! Where in a filter something stands, for explanations: `filter[2].v[0]`.

use crate::domain::error::{Error, Id};
use std::fmt;

/// A place in the JSON of a filter.
#[derive(Clone, Copy, Debug)]
pub enum Place<'p> {
    /// The filter itself.
    Root,
    /// An element of a list.
    Item(&'p Place<'p>, usize),
    /// The value of a key.
    Key(&'p Place<'p>, &'static str),
}

impl Place<'_> {
    /// An element of the list here.
    pub fn item(&self, index: usize) -> Place<'_> {
        Place::Item(self, index)
    }

    /// The value of a key here.
    pub fn key(&self, key: &'static str) -> Place<'_> {
        Place::Key(self, key)
    }

    /// A refusal of what stands here.
    #[cold]
    pub fn error(&self, id: Id, explain: impl fmt::Display) -> Error {
        Error::new(id, format!("{self}: {explain}"))
    }

    /// Another refusal, with the place in front of its explanation.
    #[cold]
    pub fn explained(&self, error: &Error) -> Error {
        self.error(error.id, &error.explain)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => f.write_str("filter"),
            Place::Item(place, index) => write!(f, "{place}[{index}]"),
            Place::Key(place, key) => write!(f, "{place}.{key}"),
        }
    }
}

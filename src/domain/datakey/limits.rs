//! How far a datakey program may go (shapes.md 1).

use crate::domain::error::{Error, Id};
use crate::domain::json::MAX_NESTING;

/// The limits of a program; beyond them `error/datakey/limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of the data that a program writes, from the root. Stored data may be deeper; what lies too deep cannot
    /// be written or copied, and is kept as it is. At most [`MAX_NESTING`] has effect.
    pub max_depth: usize,
    /// Octets of one element of a path.
    pub max_key_length: usize,
    /// Operations of a program.
    pub max_operations: usize,
    /// Octets of the data that a program makes. Data that are larger already may still be changed, but not grow.
    pub max_result_size: usize,
}

impl Limits {
    /// As far as the engine goes at all: for reading, which settings must not influence.
    pub const WIDEST: Limits =
        Limits { max_depth: MAX_NESTING, max_key_length: usize::MAX, max_operations: 0, max_result_size: 0 };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_depth: 64, max_key_length: 1024, max_operations: 1000, max_result_size: 16 << 20 }
    }
}

impl Limits {
    /// The depth that has effect.
    pub(super) fn depth(&self) -> usize {
        self.max_depth.min(MAX_NESTING)
    }
}

/// The refusal of what goes beyond a limit, by the setting's name.
#[cold]
pub(super) fn beyond(setting: &str, value: usize) -> Error {
    Error::new(Id::DatakeyLimit, format!("beyond pg_member.{setting} = {value}"))
}

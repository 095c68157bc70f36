//! Segments: list groups and filter groups (members.md 12).

mod definition;

pub use definition::{GroupKind, NewGroup, check_gid};

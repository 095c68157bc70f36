//! Import: rows of a file or a query become programs for subscribers (members.md 10, shapes.md 12).

pub mod record;

//! Import: rows of a file or a query become programs for subscribers (members.md 10, shapes.md 12).

pub mod caption;
mod column;
mod dynamic;
pub mod record;

pub use caption::{Caption, type_of};
pub use column::{Column, Datakey, Key, Meaning, main_name};

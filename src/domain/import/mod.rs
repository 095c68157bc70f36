//! Import: rows of a file or a query become programs for subscribers (members.md 10, shapes.md 12).

pub mod caption;
mod column;
mod counters;
mod dynamic;
mod options;
pub mod record;
mod row;

pub use caption::{Caption, type_of};
pub use column::{Column, Datakey, Key, Meaning, main_name};
pub use counters::{Counters, Outcome};
pub use options::{AttachRules, AutoGroup, IfExists, Options, PARAMETERS};
pub use row::{Reader, Row};

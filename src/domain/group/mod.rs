//! Groups: what they are, and the filters that say who belongs to them (members.md 12).
//!
//! ```text
//!   KD  [{a, op, v}, …]  ─┐            ┌─▶ evaluate: a document and what the system knows ─▶ yes or no, hits
//!                         ├─▶ Filter ──┤
//!   AVO [{aid, qid, …}]  ─┘   one tree └─▶ compile: a condition of SQL and its parameters ─▶ the rows of the table
//! ```
//!
//! A [`Filter`] is read once. [`Filter::at`] gives the [`Matcher`] of a moment, in which `current` is a date like any
//! other; both readers take that one, so neither knows a clock. What a test means is written down once, in [`test`]:
//! compiled SQL calls it wherever a column and an operator of the server do not mean exactly the same.

mod asked;
mod attr;
mod attr_row;
mod auto_group;
mod avo;
mod compile;
mod definition;
mod filter;
mod hits;
mod kd;
mod like;
pub mod limits;
mod literal;
mod matcher;
mod mentions;
mod nested;
pub mod number;
mod operand;
mod pattern;
mod place;
mod question;
mod read;
pub mod system_key;
mod test;
mod tree;
mod write;

#[cfg(test)]
mod tests;

pub use asked::check_questions;
pub use attr::stem;
pub use attr_row::{AttrRow, RowKind, attr_of};
pub use auto_group::AutoGroup;
pub use compile::{Compiled, Param, Target};
pub use definition::{GroupKind, NewGroup, audience_key, check_gid};
pub use filter::Filter;
pub use hits::Hits;
pub use limits::Limits;
pub use matcher::{Matcher, Subject};
pub use mentions::{MEMBER_HEADS, Mentions};
pub use nested::{Figures, Groups, NoGroups, Segment, check_groups};
pub use pattern::Pattern;
pub use question::{NoStatistics, Question, Statistics};

//! Several heads on one body (members.md 7): which rule decides, what it does, and how it is undone.
//!
//! A [`Plan`] is worked out on [`Person`]s as they are, without touching a table: every call that moves heads, its
//! dry run and `member_explain` make the same plan. It is a list of [`Step`]s, each with its inverse; `pg/perform`
//! performs them and writes both to the journal.

mod attach;
mod blocked;
mod data_rule;
mod difference;
mod enumerate;
mod guard;
mod journal;
mod merge;
mod person;
mod plan;
mod rule;
mod step;
mod three_way;
mod undo;

#[cfg(test)]
mod tests;

pub use attach::Attach;
pub use blocked::{Blocked, Pattern};
pub use data_rule::{DataMode, DataRule};
pub use difference::difference;
pub use guard::Guard;
pub use journal::{Kept, Way, inverse_of, read_inverse, told, written};
pub use merge::{Merged, merge};
pub use person::{Head, Person};
pub use plan::{Owner, Plan, Planner, RECEIVER};
pub use rule::{HeadRule, NewbieRule, Rules};
pub use step::{Entry, Step};
pub use three_way::{Conflict, Done, Restored, restore};
pub use undo::Undone;

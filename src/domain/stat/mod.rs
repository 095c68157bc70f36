//! `stat.uni`: questions about subscribers and what happened to them (members.md 13, shapes.md 12).
//!
//! ```text
//!  {select, filter, have, order, …} ─▶ Stat ─▶ SELECT … FROM heads ⟕ events of each kind that is named
//!                                               WHERE filter   GROUP BY what is selected   HAVING have
//! ```
//!
//! A row is an identifier of a subscriber with one event of each kind that the question names, and with none where there
//! is none of the kind. The language of `filter` and `have` is that of groups, and it is compiled by the same compiler.

mod compile;
mod have;
mod key;
mod read;
mod term;

pub use compile::{Compiled, Shape};
pub use key::EventKind;
pub use read::{PARAMETERS, Stat};

//! Datakeys: paths into a body and the programs that change it (members.md 5, 6 and 13).
//!
//! A [`Path`] names a place, [`get()`] reads it. A [`Program`] is a list of operations; [`apply`] performs all of them
//! on a body or none, and what comes out knows whether and where the body changed. Only what lies on the operations'
//! paths is taken apart; the rest is carried through as stored bytes. A program of plain `set`s has a [`Plan`], which
//! needs a single pass however many operations there are.

mod apply;
mod budget;
mod calc;
mod changes;
pub mod date;
mod edit;
mod get;
mod limits;
mod list;
mod merge;
mod mode;
mod path;
mod place;
mod plan;
mod program;

#[cfg(test)]
mod tests;

pub use apply::{Applied, Context, CopySource, apply};
pub use changes::Change;
pub use get::{get, read};
pub use limits::Limits;
pub use mode::Mode;
pub use path::{PASSAGE, PASSAGE_STORE, Path, Step};
pub(crate) use place::look;
pub use plan::Plan;
pub use program::{Op, Operand, Program, located};

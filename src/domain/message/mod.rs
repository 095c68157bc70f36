//! Messages: their numbers and states, launches, letters (pipelines-and-hooks.md 3.11 and 5, shapes.md 11).
//!
//! [`smid`] is the number that a message has everywhere, [`state`] how launches go, [`template`] the commands of letters,
//! [`letter`] and [`send`] what the calls take, [`suppress`] which locks keep a message back.

pub mod letter;
pub mod send;
pub mod smid;
pub mod state;
pub mod suppress;
pub mod template;

//! Action hooks: which events go out, what they look like, where they go, and what happens when they do not arrive
//! (pipelines-and-hooks.md 7 to 10, 13).
//!
//! A [`Hook`] is read from a request, kept as a document and shown without its secrets. What it decides is beside it:
//! [`Attributes`] that it takes, the pauses of its [`Retry`], which batches its [`Gate`] lets go, by its [`Breaker`] and its
//! [`Bucket`] among other rules, and how it signs.

mod breaker;
mod config;
mod filter;
mod form;
mod gate;
mod rate;
mod retry;
mod secret;
pub mod sign;
pub mod transport;

#[cfg(test)]
mod tests;

pub use breaker::{Breaker, Rule, State, Streak};
pub use config::{Hook, OnFailure, ProfileField, Wish};
pub use filter::{Attributes, Filters};
pub use form::wanted::{LONGEST_NAME, read_events, read_filters, written_filters};
pub use form::{MASK, Section, Sending, hidden, is_secret_header, shown_header, success_pattern, whole};
pub use gate::{Gate, Queued, Rules};
pub use rate::Bucket;
pub use retry::{Defaults, LONGEST_PAUSE, Retry};
pub use secret::Secret;

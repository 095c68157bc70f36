//! `email.test`: whether an address is well formed and whether mail reaches it (members.md 11.2).

mod finding;
mod mailbox;
mod request;

pub use finding::{Finding, Status, TIMEOUT};
pub use mailbox::Mailbox;
pub use request::{Checks, Depth};

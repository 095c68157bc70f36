//! `email.test`: whether an address is well formed and whether mail reaches it (members.md 11.2).

mod finding;
mod mailbox;
mod request;
mod servers;
mod tested;

pub use finding::{Finding, Status, TIMEOUT};
pub use mailbox::Mailbox;
pub use request::{Checks, Depth, auto_group};
pub use servers::{is_helo, is_sender, name_servers};
pub use tested::{COLUMNS, Tested, rule_of};

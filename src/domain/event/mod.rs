//! Events: what the calls write to the log, and what goes out of it (shapes.md 7, pipelines-and-hooks.md 8 and 9).
//!
//! [`Envelope`] is one event as outside systems read it; [`custom_data`] works out what a hook adds to it.

pub mod custom_data;
pub mod emit;
mod envelope;
mod member;
pub mod ring;
mod sample;
pub mod snapshot;
mod template;

pub use envelope::{Envelope, profile_id};
pub use member::{
    EventType, changed, group, head_attach, head_detach, head_move, import, member_change, member_confirm,
    member_delete, member_erase, member_merge, member_new, member_unmerge, origin_change,
};
pub use sample::{Kind, sample};

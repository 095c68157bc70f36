//! `member.haslock`: which locks the selected heads have (members.md 9.9).

use crate::domain::error::Result;
use crate::domain::request::{Request, wrong};

/// What the lock bits of a head must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockState {
    /// Anything.
    Any,
    /// `-1`: some lock.
    Locked,
    /// `0`: none.
    Free,
    /// 1 to 7: these bits, all of them, and perhaps more.
    All(i16),
}

impl LockState {
    /// Reads the parameter. Errors: `error/param/wrong`.
    pub fn of(request: &Request) -> Result<LockState> {
        if request.value("member.haslock")?.is_some_and(|value| value.as_str() == Some("")) {
            return Ok(LockState::Any);
        }
        match request.number("member.haslock")? {
            None => Ok(LockState::Any),
            Some(-1) => Ok(LockState::Locked),
            Some(0) => Ok(LockState::Free),
            Some(bits @ 1..=7) => Ok(LockState::All(i16::try_from(bits).unwrap_or(7))),
            Some(_) => Err(wrong("member.haslock", "-1, 0, or a sum of 1, 2 and 4")),
        }
    }
}

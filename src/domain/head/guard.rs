//! What keeps merges from running away: limits and blocked identifiers.

use super::blocked::Blocked;
use super::person::{Head, Person};
use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};

/// The limits of a call. 0 means none.
#[derive(Debug, Default)]
pub struct Guard {
    /// Heads of one type that a body may have.
    pub max_heads_per_type: usize,
    /// Merges that a body may take part in within 24 hours.
    pub max_merges_per_day: usize,
    /// Identifiers that join nobody.
    pub blocked: Vec<Blocked>,
}

impl Guard {
    /// Refuses an identifier that is blocked. Errors: `error/member/head/blocked`.
    pub(super) fn check_blocked(&self, address: &Address) -> Result<()> {
        if self.blocked.iter().any(|blocked| blocked.matches(address)) {
            return Err(Error::new(Id::HeadBlocked, "the identifier is blocked"));
        }
        Ok(())
    }

    /// Refuses one head too many of its type. Errors: `error/member/head/limit`.
    pub(super) fn check_heads(&self, receiver: &Person, head: &Head) -> Result<()> {
        let addr_type = head.address.addr_type;
        if self.max_heads_per_type > 0 && receiver.of_type(addr_type).count() >= self.max_heads_per_type {
            let (name, limit) = (addr_type.as_str(), self.max_heads_per_type);
            return Err(Error::new(Id::HeadLimit, format!("the subscriber has {limit} of type {name}")));
        }
        Ok(())
    }

    /// Refuses one merge too many for either side. Errors: `error/member/merge/limit`.
    pub(super) fn check_merge(&self, receiver: &Person, source: &Person) -> Result<()> {
        let most = receiver.merges_today.max(source.merges_today);
        if self.max_merges_per_day > 0 && most >= self.max_merges_per_day {
            return Err(Error::new(Id::MergeLimit, format!("{most} merges within a day")));
        }
        Ok(())
    }
}

//! How an identifier that was nobody's becomes a head: what outlives subscribers locks it, and the limits may ask that
//! it be confirmed first.

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::domain::member::system::{Head, lock};
use crate::domain::time;
use crate::pg::guc;
use crate::pg::spi::Session;
use crate::pg::store::entrance::{self, Limits};
use crate::pg::store::head;
use std::cell::Cell;

/// What waits for identifiers that may enter.
pub struct Entrance {
    locks: Vec<(Address, i16)>,
    limits: Limits,
    at: i64,
    /// What this call lets in, which the tables do not show yet.
    entering: Cell<Entering>,
}

/// How many heads a call lets in, and how many of them are e-mails.
#[derive(Clone, Copy, Default)]
struct Entering {
    heads: i64,
    emails: i64,
}

impl Entrance {
    /// Reads it for all identifiers that a call may let in. Errors: `error/json/corrupt`.
    pub fn open(session: &Session, addresses: &[&Address]) -> Result<Entrance> {
        let (locks, limits) = entrance::read(session, addresses)?;
        let locks = addresses.iter().map(|address| (*address).clone()).zip(locks).collect();
        Ok(Entrance { locks, limits, at: guc::statement_micros(), entering: Cell::default() })
    }

    /// The lock bits that an identifier brings with it.
    pub fn locks(&self, address: &Address) -> i16 {
        self.locks.iter().find(|(known, _)| known == address).map_or(0, |(_, locks)| *locks)
    }

    /// The head that a newcomer becomes, as [`head`](Entrance::head), if there is room for one more.
    ///
    /// Errors: `error/member/limit`, those of the time zone.
    pub fn admit<'s>(&self, session: &Session, address: &Address, id: i64, confirm: bool) -> Result<Head<'s>> {
        if room(session, self.limits, self.entering.get()) == Some(0) {
            return Err(Error::new(Id::MemberLimit, "no more identifiers may enter"));
        }
        self.head(session, address, id, confirm)
    }

    /// The head that an identifier becomes; `confirm` is whether the caller asks for its confirmation.
    ///
    /// Errors: those of the time zone.
    pub fn head<'s>(&self, session: &Session, address: &Address, id: i64, confirm: bool) -> Result<Head<'s>> {
        let is_email = address.addr_type == AddrType::Email;
        let entering = self.entering.get();
        let unconfirmed = is_email && (confirm || rest(session, self.limits, self.at, entering)? == Some(0));
        self.entering.set(Entering { heads: entering.heads + 1, emails: entering.emails + i64::from(is_email) });
        Ok(Head {
            id,
            address: address.clone(),
            origin: None,
            lock: self.locks(address) | if unconfirmed { lock::UNCONFIRMED } else { 0 },
            confirm_time: None,
            confirm_host: None,
            last_tz: None,
        })
    }
}

/// How many e-mails may still enter without confirmation this month; `None` for no limit (members.md 10.6).
///
/// Errors: `error/json/corrupt`.
pub fn rest_of_limit(session: &Session) -> Result<Option<i64>> {
    rest(session, entrance::limits(session)?, guc::statement_micros(), Entering::default())
}

/// How many identifiers may still become heads; `None` for no limit. Errors: `error/json/corrupt`.
pub fn rest_of_room(session: &Session) -> Result<Option<i64>> {
    Ok(room(session, entrance::limits(session)?, Entering::default()))
}

fn room(session: &Session, limits: Limits, entering: Entering) -> Option<i64> {
    let most = limits.all_heads?;
    Some((most - head::count(session, most) - entering.heads).max(0))
}

/// Counts no further than the limits, so an account without limits pays nothing.
fn rest(session: &Session, limits: Limits, at: i64, entering: Entering) -> Result<Option<i64>> {
    if let Some(most) = limits.heads
        && head::count(session, most.saturating_add(1)) > most.saturating_sub(entering.heads)
    {
        return Ok(Some(0));
    }
    let Some(limit) = limits.emails_a_month else { return Ok(None) };
    let month = time::month_start_pg_micros(at, &guc::time_zone()?);
    Ok(Some((limit - head::emails_since(session, month, limit) - entering.emails).max(0)))
}

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
use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

/// What waits for identifiers that may enter.
pub struct Entrance {
    locks: HashMap<Address, i16>,
    limits: Limits,
    at: i64,
    /// What this call lets in, which the tables do not show yet.
    entering: Cell<Entering>,
    /// What the tables show; counted when it is first asked for, because nothing is written before all are let in.
    counted: Counted,
}

/// How many heads there are, and how many e-mails came this month, as far as limits ask.
#[derive(Default)]
struct Counted {
    all_heads: OnceCell<i64>,
    heads: OnceCell<i64>,
    emails: OnceCell<i64>,
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
        let (entering, counted) = (Cell::default(), Counted::default());
        Ok(Entrance { locks, limits, at: guc::statement_micros(), entering, counted })
    }

    /// The lock bits that an identifier brings with it.
    pub fn locks(&self, address: &Address) -> i16 {
        self.locks.get(address).copied().unwrap_or_default()
    }

    /// The head that a newcomer becomes, as [`head`](Entrance::head), if there is room for one more.
    ///
    /// Errors: `error/member/limit`, those of the time zone.
    pub fn admit<'s>(&self, session: &Session, address: &Address, id: i64, confirm: bool) -> Result<Head<'s>> {
        if is_full(session, self.limits, self.entering.get(), &self.counted) {
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
        let unconfirmed =
            is_email && (confirm || rest(session, self.limits, self.at, entering, &self.counted)? == Some(0));
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

    /// Notes heads that are written now, as far as the limit of the month counts: what enters counts, whatever becomes of it.
    ///
    /// Errors: those of the time zone.
    pub fn note<'h>(&self, session: &Session, heads: impl IntoIterator<Item = &'h Head<'h>>) -> Result<()> {
        let Some(limit) = self.limits.emails_a_month else { return Ok(()) };
        let emails = heads.into_iter().filter(|head| head.address.addr_type == AddrType::Email);
        let emails: Vec<i64> = emails.map(|head| head.id).collect();
        if !emails.is_empty() && came(session, self.at, limit, &self.counted)? < limit {
            entrance::note(session, &month(self.at)?, &emails);
        }
        Ok(())
    }
}

/// Begins to count for a new limit: who came this month before there was one counts. Errors: those of the time zone.
pub fn limit_emails(session: &Session) -> Result<()> {
    let at = guc::statement_micros();
    entrance::note_all(session, &month(at)?, time::month_start_pg_micros(at, &guc::time_zone()?));
    Ok(())
}

/// How many e-mails may still enter without confirmation this month; `None` for no limit (members.md 10.6).
///
/// Errors: `error/json/corrupt`.
pub fn rest_of_limit(session: &Session) -> Result<Option<i64>> {
    let (limits, at) = (entrance::limits(session)?, guc::statement_micros());
    rest(session, limits, at, Entering::default(), &Counted::default())
}

/// How many identifiers may still become heads; `None` for no limit. Errors: `error/json/corrupt`.
pub fn rest_of_room(session: &Session) -> Result<Option<i64>> {
    Ok(room(session, entrance::limits(session)?, Entering::default(), &Counted::default()))
}

fn room(session: &Session, limits: Limits, entering: Entering, counted: &Counted) -> Option<i64> {
    let most = limits.all_heads?;
    let there = *counted.all_heads.get_or_init(|| head::count(session, most));
    Some((most - there - entering.heads).max(0))
}

/// Whether there is no room for one more.
fn is_full(session: &Session, limits: Limits, entering: Entering, counted: &Counted) -> bool {
    let may_be = limits.all_heads.is_some_and(|most| may_be_more_than(session, most - entering.heads - 1));
    may_be && room(session, limits, entering, counted) == Some(0)
}

/// Whether there may be more heads than that: where fewer numbers of identifiers were drawn, nothing is counted.
fn may_be_more_than(session: &Session, heads: i64) -> bool {
    head::at_most(session) > heads
}

/// How many e-mails came this month, no further than the limit.
fn came(session: &Session, at: i64, limit: i64, counted: &Counted) -> Result<i64> {
    if let Some(came) = counted.emails.get() {
        return Ok(*came);
    }
    let came = entrance::came(session, &month(at)?, limit);
    Ok(*counted.emails.get_or_init(|| came))
}

/// The month of an instant in the zone of the account. Errors: those of the time zone.
fn month(at: i64) -> Result<String> {
    Ok(time::month(at, &guc::time_zone()?))
}

/// Counts no further than the limits, so an account without limits pays nothing.
fn rest(session: &Session, limits: Limits, at: i64, entering: Entering, counted: &Counted) -> Result<Option<i64>> {
    if let Some(most) = limits.heads.filter(|most| may_be_more_than(session, most.saturating_sub(entering.heads))) {
        let there = *counted.heads.get_or_init(|| head::count(session, most.saturating_add(1)));
        if there > most.saturating_sub(entering.heads) {
            return Ok(Some(0));
        }
    }
    let Some(limit) = limits.emails_a_month else { return Ok(None) };
    Ok(Some((limit - came(session, at, limit, counted)? - entering.emails).max(0)))
}

//! How many of the records that subscribers made in the stop-list calls may change in a month (members.md 14).

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::member::stoplist::Record;
use crate::domain::setting::{STOPLIST_MEMBER_EDIT, STOPLIST_MEMBER_LIMIT, TARIF_LIMIT};
use crate::domain::time;
use crate::pg::guc;
use crate::pg::perform::lock::wait_if_allowed;
use crate::pg::spi::Session;
use crate::pg::store::{setting, stoplist, stoplist_allowance};

/// Of so many identifiers of the tariff the records of one may be changed each month: 0.1 %.
const SHARE: i64 = 1000;

/// Which way records of a stop-list are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Those that are not there come.
    Add,
    /// Those that are there go.
    Delete,
}

/// Refuses calls that may change no such record at all. Errors: `error/stoplist/member`.
pub fn refuse_none(session: &Session, record: Record) -> Result<()> {
    if record == Record::Member && limit(session)? == Some(0) {
        return Err(Error::new(Id::StoplistMember, "type: member"));
    }
    Ok(())
}

/// Counts the records that a change of these identifiers, which are under lock, comes to; with none of the senders all of
/// them. Nothing else may be locked after it.
///
/// Errors: `error/stoplist/limit`, `error/member/versioning`.
pub fn spend(
    session: &Session,
    addresses: &[&Address],
    record: Record,
    senders: Option<&[i64]>,
    way: Way,
) -> Result<()> {
    let Some(limit) = limit(session)?.filter(|_| record == Record::Member) else { return Ok(()) };
    let there = stoplist::count(session, addresses, record, senders);
    let wanted = match way {
        Way::Delete => there,
        Way::Add => distinct(addresses) * distinct(senders.unwrap_or_default()) - there,
    };
    if wanted == 0 {
        return Ok(());
    }
    let month = month()?;
    if wait_if_allowed(|| stoplist_allowance::spend(session, &month, wanted, limit))? {
        return Ok(());
    }
    let rest = (limit - stoplist_allowance::used(session, &month)).max(0);
    Err(Error::new(Id::StoplistLimit, format!("type: member: {wanted} records, and {rest} of {limit} are left")))
}

/// How many such records may still be changed this month; none for no limit. Errors: `error/json/corrupt`.
pub fn rest(session: &Session) -> Result<Option<i64>> {
    let Some(limit) = limit(session)? else { return Ok(None) };
    Ok(Some((limit - stoplist_allowance::used(session, &month()?)).max(0)))
}

/// How many a month has; none for no limit.
fn limit(session: &Session) -> Result<Option<i64>> {
    if setting::number(session, STOPLIST_MEMBER_EDIT)? == Some(1) {
        return Ok(None);
    }
    let given = setting::number(session, STOPLIST_MEMBER_LIMIT)?;
    let of_tariff = || Ok::<_, Error>(setting::number(session, TARIF_LIMIT)?.unwrap_or_default() / SHARE);
    given.map_or_else(of_tariff, Ok).map(Some)
}

/// The present month in the zone of the account.
fn month() -> Result<String> {
    Ok(time::month(guc::statement_micros(), &guc::time_zone()?))
}

fn distinct<T: Ord>(of: &[T]) -> i64 {
    let mut each: Vec<&T> = of.iter().collect();
    each.sort_unstable();
    each.dedup();
    i64::try_from(each.len()).unwrap_or(i64::MAX)
}

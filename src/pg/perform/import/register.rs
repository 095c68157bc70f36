//! Rows that only give identifiers their numbers: `no_member` (members.md 10.2).

use super::chunk::{Ready, set};
use crate::domain::address::Address;
use crate::domain::error::Result;
use crate::domain::import::Outcome;
use crate::domain::member::target::Target;
use crate::pg::perform::returning;
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address;
use std::collections::{BTreeMap, BTreeSet};

/// Registers identifiers without making subscribers, all that were never seen at once, or one by one where another transaction
/// was faster with one of them.
///
/// Errors: `error/erase/key`, `error/member/concurrent`.
pub fn perform(session: &Session, ready: &[Ready], outcomes: &mut [Result<Outcome>]) -> Result<()> {
    // In one order for all, so that nobody waits crosswise. Of an identifier that comes twice the first row makes it.
    let mut places: BTreeMap<&Address, usize> = BTreeMap::new();
    for row in ready {
        places.entry(&row.address).or_insert(row.place);
        set(outcomes, row.place, Ok(Outcome::Unchanged));
    }
    let named: Vec<&Address> = places.keys().copied().collect();
    let known = address::by_addresses(session, &named);
    let unseen: Vec<&Address> =
        named.into_iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(address, _)| address).collect();
    for address in registered(session, &unseen)? {
        if let Some(place) = places.get(address) {
            set(outcomes, *place, Ok(Outcome::New { unconfirmed: false }));
        }
    }
    Ok(())
}

/// Registers identifiers that were never seen; those that nobody else has registered meanwhile.
fn registered<'a>(session: &Session, unseen: &[&'a Address]) -> Result<BTreeSet<&'a Address>> {
    if unseen.is_empty() {
        return Ok(BTreeSet::new());
    }
    let savepoint = Savepoint::begin();
    if address::register(session, unseen, None).is_some() {
        savepoint.release();
        unseen.iter().try_for_each(|address| returning::take_back(session, address).map(drop))?;
        return Ok(unseen.iter().copied().collect());
    }
    drop(savepoint);
    let mut new = BTreeSet::new();
    for address in unseen {
        let is_known = address::find(session, &Target::Address((*address).clone()))?.is_some();
        if !is_known && address::register(session, &[address], None).is_some() {
            returning::take_back(session, address)?;
            new.insert(*address);
        }
    }
    Ok(new)
}

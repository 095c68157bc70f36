//! The messages of a launch to the group of an express import: each is filled with the data of its row, and goes to an
//! identifier that may be no subscriber's (members.md 10.7).

use crate::domain::address::Address;
use crate::domain::error::Result;
use crate::domain::json::root;
use crate::domain::member::target::Target;
use crate::pg::guc;
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::sending::{Outcome, Own, Recipient, Sending};
use crate::pg::perform::{express as groups, returning};
use crate::pg::spi::Session;
use crate::pg::store::group::{self, Group};
use crate::pg::store::{address, entrance, express};

/// How many rows a part takes: as many bodies are under lock at a time.
const CHUNK: i64 = 1000;

/// What became of the next rows.
pub struct Next {
    /// How many there were.
    pub looked: i64,
    /// How many messages were handed over.
    pub sent: i64,
    /// The identifier that the ones after them are behind; none where these were the last.
    pub last: Option<String>,
}

/// Makes the messages to the next rows behind an identifier.
///
/// Errors: `group_id_not_exists`, those of handing messages over, `error/member/concurrent`.
pub fn next(session: &Session, sending: &Sending, group: &Group, behind: &str) -> Result<Next> {
    group::hold(session, &[group.gid]);
    let columns = groups::columns(session, group)?;
    express::note_used(session, group.number, guc::statement_micros());
    let members = express::next(session, group.number, behind, CHUNK);
    let address = |value: &str| Address { addr_type: group.addr_type, value: value.to_owned() };
    let addresses: Vec<Address> = members.iter().map(|member| address(member.value)).collect();
    register(session, &addresses)?;
    let targets: Vec<Target> = addresses.iter().cloned().map(Target::Address).collect();
    let known = lock::hold_all(session, &targets, &[], Purpose::Touch)?.keep();
    let (locks, _) = entrance::read(session, &addresses.iter().collect::<Vec<_>>())?;
    let mut to = Vec::with_capacity(members.len());
    for (((member, address), known), lock) in members.iter().zip(&addresses).zip(known).zip(locks) {
        let Some(known) = known else { continue };
        let data = columns.document(root(member.data)?)?;
        let dataset = known.owner.map_or(0, |owner| owner.dataset);
        to.push(Recipient { dataset, id: known.id, own: Some(Own { address, lock, data }) });
    }
    let outcomes = sending.hand_over_to(session, &to, None)?;
    let sent = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Sent(_))).count();
    let looked = members.len() as i64;
    let last = members.last().filter(|_| looked == CHUNK).map(|member| member.value.to_owned());
    Ok(Next { looked, sent: sent as i64, last })
}

/// Gives numbers to the identifiers that were never seen, in the order in which they come: one order for all.
fn register(session: &Session, addresses: &[Address]) -> Result<()> {
    let known = address::by_addresses(session, &addresses.iter().collect::<Vec<_>>());
    for (address, _) in addresses.iter().zip(known).filter(|(_, known)| known.is_none()) {
        if address::register(session, &[address], None).is_some() {
            returning::take_back(session, address)?;
        }
    }
    Ok(())
}

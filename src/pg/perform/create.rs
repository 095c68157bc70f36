//! `member.set` on a subscriber that is not there: address, body, head and event are written together.

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{EventType, member_new};
use crate::domain::json;
use crate::domain::member::set::SetRequest;
use crate::domain::member::special::{Act, Special};
use crate::domain::member::system::{Body, lock};
use crate::domain::member::target::Target;
use crate::pg::guc;
use crate::pg::perform::entrance::Entrance;
use crate::pg::perform::follow::{Before, Followed, Touched, follow};
use crate::pg::perform::lock::wait_if_allowed;
use crate::pg::perform::returning;
use crate::pg::perform::set::{Done, Work, origin_number};
use crate::pg::perform::subject;
use crate::pg::perform::update::HeadChange;
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address::{self, Known};
use crate::pg::store::event::{self, Event};
use crate::pg::store::{body, entrance, head, sequence};
use std::iter;

/// Creates the subscriber; nothing when somebody else took the address meanwhile, or when it was erased before, and the
/// call starts again.
///
/// Errors: those of the program, `error/member/notexists` for an `id` without a subscriber,
/// `error/origin/notexists`, `error/erase/key`, `error/member/versioning` where somebody else is creating it and the setting says so.
pub fn create(work: &Work, target: &Target, known: Option<Known>) -> Result<Option<Done>> {
    let Work { session, request, .. } = *work;
    let Target::Address(address) = target else {
        return Err(Error::new(Id::MemberNotexists, "no subscriber has this id"));
    };
    let id = known.as_ref().map_or_else(sequence::next_address_id, |known| known.id);
    let dataset = sequence::next_dataset();
    let at = guc::statement_micros();
    let entrance = Entrance::open(session, &[address])?;
    let entering = new_head(session, request, address, id, &entrance)?;
    let head = entering.head();
    let fresh = Body {
        dataset,
        create_time: at,
        create_host: request.source,
        update_time: at,
        update_host: request.source,
        import_time: None,
    };
    let system = work.system(None, || subject::document(session, &fresh, head))?;
    let data = work.run_program(json::root(&json::EMPTY_OBJECT)?, system.as_deref())?.encode()?;
    // Who is new is on no way yet: to write to one is refused.
    work.passage_change(None, json::root(&data)?, system.as_deref())?;
    let unconfirmed = head.lock & lock::UNCONFIRMED != 0;
    let body = member_new(unconfirmed, head.origin);
    let new = Event { event_type: EventType::MemberNew, at, address_id: id, dataset, version: 1, body }.prepare()?;
    let events: Vec<_> = iter::once(new).chain(entering.events_of_new(id, dataset)?).collect();

    let locks = known.as_ref().map(|_| entrance.locks(address));
    if known.is_none() {
        returning::check()?;
    }
    if !wait_if_allowed(|| claim(session, address, id, dataset, locks))?? {
        return Ok(None);
    }
    if known.is_none() && returning::take_back(session, address)?.is_some() {
        // It came back with its number and its stop-list: now it is a free one, and the call starts again.
        address::release(session, address);
        return Ok(None);
    }
    body::create(session, dataset, at, request.source, &data);
    head::insert(session, dataset, head, at);
    entering.write_beside(session, dataset);
    entrance.note(session, [head])?;
    event::write(&events);
    follow(
        session,
        &[Followed { dataset, before: Before::New, after: Some(json::root(&data)?), changed: None }],
        Touched::People,
    )?;
    Ok(Some(Done { newbie: true, id, address: address.clone(), dataset, changed: true }))
}

/// Makes the address a head of the new body, unless somebody else was faster. `locks` are the lock bits that were read of
/// one that is registered: while its row was waited for, it may have entered a stop-list.
///
/// Errors: `error/json/corrupt`.
fn claim(session: &Session, address: &Address, id: i64, dataset: i64, locks: Option<i16>) -> Result<bool> {
    let Some(locks) = locks else {
        return Ok(address::claim_new(session, address, id, dataset));
    };
    // An update that finds the address taken after waiting keeps its row locked: the savepoint lets go of it.
    let savepoint = Savepoint::begin();
    let claimed = address::claim_free(session, address, dataset) && entrance::locks(session, address)? == locks;
    if claimed {
        savepoint.release();
    }
    Ok(claimed)
}

/// The head that a new subscriber is created with, and what comes with it.
///
/// Errors: `error/origin/notexists`, `error/addr_type/unusable`, those of list groups.
pub fn new_head<'s>(
    session: &'s Session,
    request: &SetRequest,
    address: &Address,
    id: i64,
    entrance: &Entrance,
) -> Result<HeadChange<'s>> {
    let mut head = entrance.admit(session, address, id, request.confirm)?;
    let states_origin = |special: &Special| matches!(special.act, Act::Origin(_));
    if let Some(origin) = request.origin.as_ref().filter(|_| !request.program.special.iter().any(states_origin)) {
        head.origin = Some(origin_number(session, origin)?);
    }
    HeadChange::plan(session, &request.program.special, head, None)
}

//! `member.set` on a subscriber that is not there: address, body, head and event are written together.

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{self, EventType};
use crate::domain::json;
use crate::domain::member::set::SetRequest;
use crate::domain::member::special::Special;
use crate::domain::member::system::{Body, Head, lock};
use crate::domain::member::target::Target;
use crate::domain::{setting, time};
use crate::pg::guc;
use crate::pg::perform::lock::wait_if_allowed;
use crate::pg::perform::set::{Done, Work};
use crate::pg::perform::subject;
use crate::pg::perform::update::HeadChange;
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address::{self, Known};
use crate::pg::store::event::Event;
use crate::pg::store::{body, delivery_error, head, sequence, setting as settings, stoplist};

/// Creates the subscriber; nothing when somebody else took the address meanwhile, and the call starts again.
///
/// Errors: those of the program, `error/member/notexists` for an `id` without a subscriber,
/// `error/origin/notexists`, `error/member/versioning` where somebody else is creating it and the setting says so.
pub fn create(work: &Work, target: &Target, known: Option<Known>) -> Result<Option<Done>> {
    let Work { session, request, .. } = *work;
    let Target::Address(address) = target else {
        return Err(Error::new(Id::MemberNotexists, "no subscriber has this id"));
    };
    let id = known.as_ref().map_or_else(sequence::next_address_id, |known| known.id);
    let dataset = sequence::next_dataset();
    let at = guc::statement_micros();
    let head = new_head(session, request, address, id, at)?;
    let fresh = Body {
        dataset,
        create_time: at,
        create_host: request.source,
        update_time: at,
        update_host: request.source,
        import_time: None,
    };
    let own = if work.reads_own_system() { Some(subject::document(session, &fresh, &head)?) } else { None };
    let data = work.run_program(json::root(&json::EMPTY_OBJECT)?, own.as_deref())?.encode()?;
    let unconfirmed = head.lock & lock::UNCONFIRMED != 0;
    let body = event::member_new(unconfirmed, head.origin);
    let new = Event { event_type: EventType::MemberNew, at, address_id: id, dataset, version: 1, body }.prepare()?;

    if !wait_if_allowed(|| claim(session, address, id, dataset, known.is_some()))? {
        return Ok(None);
    }
    body::create(session, dataset, at, request.source, &data);
    head::insert(session, dataset, &head, at);
    if request.program.special.contains(&Special::ClearErrors) {
        delivery_error::clear(session, address);
    }
    new.write();
    Ok(Some(Done { newbie: true, id, address: address.clone(), dataset }))
}

/// Makes the address a head of the new body, unless somebody else was faster.
fn claim(session: &Session, address: &Address, id: i64, dataset: i64, registered: bool) -> bool {
    if !registered {
        return address::claim_new(session, address, id, dataset);
    }
    // An update that finds the address taken after waiting keeps its row locked: the savepoint lets go of it.
    let savepoint = Savepoint::begin();
    let claimed = address::claim_free(session, address, dataset);
    if claimed {
        savepoint.release();
    }
    claimed
}

/// The head that a new subscriber is created with. Errors: `error/origin/notexists`, `error/addr_type/unusable`.
pub fn new_head<'s>(
    session: &'s Session,
    request: &SetRequest,
    address: &Address,
    id: i64,
    at: i64,
) -> Result<Head<'s>> {
    let head = newcomer(session, address, id, request.confirm, at)?;
    Ok(HeadChange::plan(session, &request.program.special, head)?.into_head())
}

/// A head that was nobody's: locked by what outlives subscribers, and unconfirmed if it must be or the limit is used
/// up. Errors: `error/json/corrupt`.
pub fn newcomer<'s>(session: &'s Session, address: &Address, id: i64, confirm: bool, at: i64) -> Result<Head<'s>> {
    let unconfirmed = address.addr_type == AddrType::Email && (confirm || is_limit_reached(session, at)?);
    Ok(Head {
        id,
        address: address.clone(),
        origin: None,
        lock: stoplist::lasting_locks(session, address) | if unconfirmed { lock::UNCONFIRMED } else { 0 },
        confirm_time: None,
        confirm_host: None,
        last_tz: None,
    })
}

/// Whether new e-mails need confirmation because the month's limit, or the base's, is used up (members.md 10.6).
fn is_limit_reached(session: &Session, at: i64) -> Result<bool> {
    Ok(rest_of_limit(session, at)? == Some(0))
}

/// How many e-mails may still enter without confirmation this month; `None` for no limit.
///
/// Counts no further than the limits, so an account without limits pays nothing.
pub fn rest_of_limit(session: &Session, at: i64) -> Result<Option<i64>> {
    let (tarif, limit) = settings::limits(session, setting::TARIF_LIMIT, setting::NOCONFIRM_LIMIT)?;
    if let Some(tarif) = tarif
        && head::count(session, tarif.saturating_add(1)) > tarif
    {
        return Ok(Some(0));
    }
    let Some(limit) = limit else { return Ok(None) };
    let month = time::month_start_pg_micros(at, &guc::time_zone()?);
    Ok(Some((limit - head::emails_since(session, month, limit)).max(0)))
}

//! `member.delete`: a head goes, or the whole subscriber (members.md 9.7).

use crate::domain::error::Result;
use crate::domain::event::{EventType, member_delete};
use crate::domain::json::{self, Node, Value};
use crate::domain::member::system::Head;
use crate::domain::member::target::Target;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::follow::{self, Before, Followed, Touched, follow};
use crate::pg::perform::job::Kind;
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::mass::{self, Deed, Mass, Unseen};
use crate::pg::spi::Session;
use crate::pg::store::address::{self, Known};
use crate::pg::store::event::{self, Event};
use crate::pg::store::{body, group_member, head, head_state, retired_dataset, subscription};

/// The call on many.
const DELETE: Mass = Mass {
    action: "member.delete",
    phase: "deleting",
    parameters: &["wipe"],
    purpose: Purpose::Delete,
    unseen: Unseen::Skip,
    prepare: |session, request| {
        let wipe = request.flag("wipe")?;
        Ok(Deed::each(move |known| delete_one(session, known, wipe)))
    },
};

/// Its track; one at a time.
pub const KIND: Kind =
    Kind { action: DELETE.action, is_alone: true, chunk: |session, part| mass::part(session, part, &DELETE) };

/// Performs a request: 1 for each identifier that was deleted, 0 for one that is invalid or was not there; later
/// `{"track.id"}`.
///
/// Errors: those of reading the request, `error/member/concurrent`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    mass::call(session, request, &DELETE)
}

/// The answers keyed as sent; an identifier sent twice counts as deleted if either did it.
pub fn answer_list<'a>(mut answers: Vec<(&'a str, bool)>) -> Node<'a> {
    // Of equal keys the last one wins.
    answers.sort_by_key(|(_, deleted)| *deleted);
    Node::object(answers.into_iter().map(|(raw, deleted)| (raw, Node::from(i64::from(deleted)))))
}

/// Deletes one identifier whose body, if any, is under lock.
fn delete_one(session: &Session, known: &Known, wipe: bool) -> Result<bool> {
    let Some(owner) = known.owner else { return Ok(false) };
    // An earlier element of the list may have deleted it, or given the body a newer version.
    let Some(version) = body::version(session, owner.dataset) else { return Ok(false) };
    let kept = follow::keeps_anything()?;
    let data = if kept { body::state(session, owner.dataset)?.map(|(_, data)| data.to_vec()) } else { None };
    let heads = head::of_body(session, owner.dataset)?;
    if !heads.iter().any(|head| head.id == known.id) {
        return Ok(false);
    }
    let whole = wipe || heads.len() <= 1;
    let gone: Vec<&Head> = heads.iter().filter(|head| whole || head.id == known.id).collect();
    let at = guc::statement_micros();
    let version = version + 1;
    let mut events = Vec::with_capacity(gone.len());
    for head in &gone {
        let body = member_delete(whole);
        let event_type = EventType::MemberDelete;
        events.push(Event { event_type, at, address_id: head.id, dataset: owner.dataset, version, body }.prepare()?);
    }
    for head in gone {
        remove_head(session, owner.dataset, head);
    }
    if whole {
        retired_dataset::note_deleted(session, owner.dataset);
        body::delete(session, owner.dataset);
    } else {
        body::touch(session, owner.dataset, version, at, None);
    }
    event::write(&events);
    if let Some(data) = &data {
        let data = json::root(data)?;
        let after = (!whole).then_some(data);
        let person = Followed { dataset: owner.dataset, before: Before::Data(data), after, changed: None };
        follow(session, &[person], Touched::People)?;
    }
    Ok(true)
}

fn remove_head(session: &Session, dataset: i64, head: &Head) {
    group_member::leave_all(session, dataset, head.id);
    head_state::forget(session, dataset, head.id);
    subscription::forget(session, dataset, head.id);
    head::delete(session, dataset, head.id);
    address::release(session, &head.address);
}

/// Deletes one identifier on behalf of a trigger; whether it was there. Errors: `error/member/concurrent`.
pub fn delete_address(session: &Session, target: &Target) -> Result<bool> {
    match lock::hold_all(session, std::slice::from_ref(target), &[], Purpose::Delete)?.keep().pop().flatten() {
        Some(known) => delete_one(session, &known, false),
        None => Ok(false),
    }
}

//! `member.delete`: a head goes, or the whole subscriber (members.md 9.7).

use crate::domain::error::Result;
use crate::domain::event::{self, EventType};
use crate::domain::json::{Node, Value};
use crate::domain::member::delete::DeleteRequest;
use crate::domain::member::system::Head;
use crate::domain::member::target::Target;
use crate::domain::reply::reply;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{lock, resolve};
use crate::pg::spi::Session;
use crate::pg::store::event::Event;
use crate::pg::store::{address, body, group, head};

/// Performs a request: 1 for each identifier that was deleted, 0 for one that is invalid or was not there.
///
/// Errors: those of reading the request, `error/member/concurrent`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = DeleteRequest::read(request)?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let mut read: Vec<Option<Target>> = Vec::with_capacity(request.list.len());
    for raw in &request.list {
        read.push(resolve::target(session, raw, request.kind, &mut warnings).map_err(|e| warnings.push(e)).ok());
    }
    let targets: Vec<Target> = read.iter().flatten().cloned().collect();
    lock::hold_all(session, &targets, true)?;
    let mut answers = Vec::with_capacity(read.len());
    for (raw, target) in request.list.iter().zip(&read) {
        let deleted = match target {
            Some(target) => delete_one(session, target, request.wipe)?,
            None => false,
        };
        answers.push((raw.as_ref(), deleted));
    }
    Encoded::new(&reply(vec![("list", answer_list(answers))], &warnings))
}

/// The answers keyed as sent; an identifier sent twice counts as deleted if either did it.
fn answer_list<'a>(mut answers: Vec<(&'a str, bool)>) -> Node<'a> {
    // Of equal keys the last one wins.
    answers.sort_by_key(|(_, deleted)| *deleted);
    Node::object(answers.into_iter().map(|(raw, deleted)| (raw, Node::from(i64::from(deleted)))))
}

/// Deletes one identifier whose body, if any, is under lock.
fn delete_one(session: &Session, target: &Target, wipe: bool) -> Result<bool> {
    let Some(known) = address::find(session, target)? else { return Ok(false) };
    let Some(owner) = known.owner else { return Ok(false) };
    let heads = head::of_body(session, owner.dataset)?;
    let whole = wipe || heads.len() <= 1;
    let gone: Vec<&Head> = heads.iter().filter(|head| whole || head.id == known.id).collect();
    let at = guc::statement_micros();
    let version = owner.version.unwrap_or_default() + 1;
    let mut events = Vec::with_capacity(gone.len());
    for head in &gone {
        let body = event::member_delete(whole);
        let event_type = EventType::MemberDelete;
        events.push(Event { event_type, at, address_id: head.id, dataset: owner.dataset, version, body }.prepare()?);
    }
    for head in gone {
        remove_head(session, owner.dataset, head);
    }
    if whole {
        body::delete(session, owner.dataset);
    } else {
        body::touch(session, owner.dataset, version, at, None);
    }
    events.iter().for_each(|event| event.write(session));
    Ok(true)
}

fn remove_head(session: &Session, dataset: i64, head: &Head) {
    group::leave_all(session, dataset, head.id);
    head::delete(session, dataset, head.id);
    address::release(session, &head.address);
}

/// Deletes one identifier on behalf of a trigger; whether it was there. Errors: `error/member/concurrent`.
pub fn delete_address(session: &Session, target: &Target) -> Result<bool> {
    lock::hold_all(session, std::slice::from_ref(target), true)?;
    delete_one(session, target, false)
}


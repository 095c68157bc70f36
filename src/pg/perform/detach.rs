//! A head leaves its body without being deleted as a subscriber (members.md 7.5).

use crate::domain::error::Result;
use crate::domain::event::{self, EventType};
use crate::domain::json::Node;
use crate::domain::member::target::Target;
use crate::pg::guc;
use crate::pg::perform::lock;
use crate::pg::spi::Session;
use crate::pg::store::event::Event;
use crate::pg::store::{address, body, group, head, journal};

/// Takes an identifier from its body if other heads remain; whether it did. Its list groups go with it.
///
/// Errors: `error/member/concurrent`, `error/json/corrupt`.
pub fn detach(session: &Session, target: &Target) -> Result<bool> {
    let held = lock::hold(session, target)?;
    let (Some(known), Some(locked)) = (held.known, held.body) else { return Ok(false) };
    let heads = head::of_body(session, locked.dataset)?;
    let Some(leaving) = heads.iter().find(|head| head.id == known.id) else { return Ok(false) };
    if heads.len() < 2 {
        return Ok(false);
    }
    let (at, dataset, version) = (guc::statement_micros(), locked.dataset, locked.version + 1);
    let body = event::head_detach(leaving.id);
    let event_type = EventType::HeadDetach;
    let event = Event { event_type, at, address_id: leaving.id, dataset, version, body }.prepare()?;
    let step = |name| Node::array([Node::object([("step", Node::from(name)), ("address", Node::from(leaving.id))])]);
    journal::write(session, "member_sync", at, dataset, &step("detach"), &step("attach"))?;
    group::leave_all(session, dataset, leaving.id);
    head::delete(session, dataset, leaving.id);
    address::release(session, &leaving.address);
    body::touch(session, dataset, version, at, None);
    event.write();
    Ok(true)
}

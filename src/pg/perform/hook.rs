//! `hook_*`: action hooks are made, shown, changed, stopped (shapes.md 8).

use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::{Hook, Wish};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::reply::reply;
use crate::domain::request::wrong;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::hook::{self, Change, Kept, PAUSED};
use crate::pg::store::{event_type, sequence};
use crate::pg::worker::wake;

/// Makes a hook, or with an `id` changes one: keys not given keep their value. `{"id", "warnings"}`.
///
/// Errors: those of the settings, `error/event/type`, `error/hook/notexists`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let id = request.as_object().map(|keys| keys.get("id")).transpose()?.flatten().filter(|id| !id.is_null());
    let old = match id {
        Some(id) => {
            let id = id.as_i64().ok_or_else(|| wrong("id", "a number"))?;
            Some(hook::find(session, id).ok_or_else(not_exists)?)
        }
        None => None,
    };
    let before = old.as_ref().map(|old| root(old.settings)).transpose()?;
    let Wish { hook: settings, active, warnings } = Hook::read(request, before)?;
    for code in &settings.events {
        if event_type::find(session, code).is_none() {
            return Err(Error::new(Id::EventType, "events names a type that is not known"));
        }
    }
    let stored = encoded(&settings.stored()?)?;
    let change = change(reason(active, old.as_ref().and_then(Kept::held_by)));
    let id = match old {
        Some(old) => {
            hook::change(session, old.id, Some(&stored), &change);
            old.id
        }
        None => {
            let id = sequence::next_hook_id();
            hook::create(session, id, &stored, &change);
            id
        }
    };
    wake::at_commit();
    Encoded::new(&reply(vec![("id", Node::from(id))], &warnings))
}

/// A change of now.
fn change(reason: Option<&str>) -> Change<'_> {
    Change { revision: sequence::next_hook_revision(), reason, at: guc::statement_micros() }
}

/// Why a hook does not send, or nothing if it is to; where the request says nothing of it, it stands as `before`.
fn reason(active: Option<bool>, before: Option<&str>) -> Option<&str> {
    match active {
        Some(true) => None,
        Some(false) => before.or(Some(PAUSED)),
        None => before,
    }
}

/// The hook of this number, and its settings read. Errors: `error/hook/notexists`, `error/json/corrupt`.
pub fn find(session: &Session, id: i64) -> Result<(Kept<'_>, Hook)> {
    let kept = hook::find(session, id).ok_or_else(not_exists)?;
    let settings = Hook::open(root(kept.settings)?)?;
    Ok((kept, settings))
}

/// One hook, its secrets hidden. Errors: `error/hook/notexists`.
pub fn get(session: &Session, id: i64) -> Result<Encoded> {
    let (kept, settings) = find(session, id)?;
    Encoded::new(&shown(&kept, &settings)?)
}

/// Every hook, its secrets hidden: `{"list"}`. Errors: `error/json/corrupt`.
pub fn list(session: &Session) -> Result<Encoded> {
    let kept = hook::list(session);
    let settings: Vec<Hook> = kept.iter().map(|kept| Hook::open(root(kept.settings)?)).collect::<Result<_>>()?;
    let hooks: Vec<Node> =
        kept.iter().zip(&settings).map(|(kept, settings)| shown(kept, settings)).collect::<Result<_>>()?;
    Encoded::new(&Node::object([("list", Node::array(hooks))]))
}

/// The settings with the number before them, and whether it sends as it is now.
fn shown<'a>(kept: &Kept<'a>, settings: &'a Hook) -> Result<Node<'a>> {
    let mut shown = settings.shown()?;
    if let Node::Object(fields) = &mut shown {
        fields.set(vec![
            ("id".into(), Node::from(kept.id)),
            ("active".into(), Node::from(kept.held_by().is_none())),
            ("reason".into(), Node::from(kept.held_by())),
        ])?;
    }
    Ok(shown)
}

/// Stops a hook; what is under way goes on when it is resumed. Errors: `error/hook/notexists`.
pub fn pause(session: &Session, id: i64) -> Result<Encoded> {
    switch(session, id, Some(PAUSED))
}

/// Has a hook send again, from where it stopped. Errors: `error/hook/notexists`.
pub fn resume(session: &Session, id: i64) -> Result<Encoded> {
    switch(session, id, None)
}

fn switch(session: &Session, id: i64, reason: Option<&str>) -> Result<Encoded> {
    if !hook::change(session, id, None, &change(reason)) {
        return Err(not_exists());
    }
    answer(id)
}

/// Makes a hook of the same settings that does not send yet: `{"id"}`. Errors: `error/hook/notexists`.
pub fn clone(session: &Session, id: i64) -> Result<Encoded> {
    let kept = hook::find(session, id).ok_or_else(not_exists)?;
    let copy = sequence::next_hook_id();
    hook::create(session, copy, kept.settings, &change(Some("cloned")));
    answer(copy)
}

/// Deletes a hook and what it had under way. Errors: `error/hook/notexists`.
pub fn delete(session: &Session, id: i64) -> Result<Encoded> {
    if !hook::delete(session, id) {
        return Err(not_exists());
    }
    answer(id)
}

fn answer(id: i64) -> Result<Encoded> {
    wake::at_commit();
    Encoded::new(&Node::object([("id", Node::from(id))]))
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::HookNotexists, "there is no such hook")
}

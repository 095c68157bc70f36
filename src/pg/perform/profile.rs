//! The fields of a person's profile that a hook adds to events (pipelines-and-hooks.md 10.1, shapes.md 7).

use crate::domain::datakey::{Limits, Path, get};
use crate::domain::error::Result;
use crate::domain::hook::{Hook, ProfileField};
use crate::domain::json::{self, EMPTY_OBJECT, Node, encoded};
use crate::domain::member::get::is_system;
use crate::domain::member::target::Target;
use crate::pg::perform::subject;
use crate::pg::spi::Session;
use crate::pg::store::event_log::Logged;
use crate::pg::store::{address, body, head};
use std::borrow::Cow;

/// What the fields are read from: the data of the body, and what the system knows of the head, as far as a hook asks.
#[derive(Default)]
pub struct Profile<'s> {
    data: Option<&'s [u8]>,
    system: Option<Vec<u8>>,
}

impl<'s> Profile<'s> {
    /// Reads the person of an event as it is now. Errors: `error/json/…`, `error/param/wrong`.
    pub fn of(session: &'s Session, hook: &Hook, event: &Logged) -> Result<Profile<'s>> {
        let paths = hook.profile_fields.iter().map(path).collect::<Result<Vec<_>>>()?;
        if paths.is_empty() || event.dataset == 0 {
            return Ok(Profile::default());
        }
        let data = body::state(session, event.dataset)?.map(|(_, data)| data);
        let system = paths.iter().any(is_system).then(|| system_of(session, event)).transpose()?.flatten();
        Ok(Profile { data, system })
    }

    /// The profile of the made-up person of a sample: nothing but her address.
    ///
    /// Errors: `error/json/…`.
    pub fn of_sample(event: &Logged) -> Result<Profile<'static>> {
        Ok(Profile { data: Some(&EMPTY_OBJECT), system: address_alone(event)? })
    }

    /// The fields that a hook adds; null for what is not there. Errors: `error/json/corrupt`.
    pub fn fields<'a>(&'a self, hook: &'a Hook) -> Result<Vec<(Cow<'a, str>, Node<'a>)>> {
        let field = |field: &'a ProfileField| {
            let path = path(field)?;
            let source = if is_system(&path) { self.system.as_deref() } else { self.data };
            let value = source.map(|bytes| get(json::root(bytes)?, &path)).transpose()?.flatten();
            Ok((field.key.as_str().into(), value.unwrap_or(Node::Null)))
        };
        hook.profile_fields.iter().map(field).collect()
    }
}

fn path(field: &ProfileField) -> Result<Path<'_>> {
    Path::parse(&field.datakey, &Limits::default())
}

/// The document of the head that an event is about; of one that is gone or somebody else's now, its address alone.
fn system_of(session: &Session, event: &Logged) -> Result<Option<Vec<u8>>> {
    let Some(address) = &event.address else { return Ok(None) };
    let known = address::find(session, &Target::Address(address.clone()))?;
    let owned = known.filter(|known| known.owner.is_some_and(|owner| owner.dataset == event.dataset));
    let head = owned.and_then(|known| head::read(session, event.dataset, known.id).transpose()).transpose()?;
    match head.zip(body::read(session, event.dataset)?) {
        Some((head, (body, _))) => subject::document(session, &body, &head).map(Some),
        None => address_alone(event),
    }
}

fn address_alone(event: &Logged) -> Result<Option<Vec<u8>>> {
    let Some(address) = &event.address else { return Ok(None) };
    let named = [("email", address.value.as_str()), ("addr_type", address.addr_type.as_str())];
    let member = Node::object(named.map(|(key, text)| (key, Node::from(text))));
    encoded(&Node::object([("member", member)])).map(Some)
}

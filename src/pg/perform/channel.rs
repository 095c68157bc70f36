//! `channel_*`: channels are made, shown, changed, deleted (shapes.md 11).

use super::sql_role;
use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::MASK;
use crate::domain::json::{Node, Value, root};
use crate::domain::pipe::channel::{Channel, Place, Reach};
use crate::domain::pipe::data::Object;
use crate::domain::pipe::field::Form;
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::channel::{self, Change, Kept};
use crate::pg::store::{entity, event_type, pipeline, sequence, subscription};
use crate::pg::worker::wake;
use std::collections::BTreeSet;

/// A channel that was opened.
pub struct Opened {
    /// Its number.
    pub id: i64,
    /// Grows with each change of it, of its pipelines and entities.
    pub revision: i64,
    /// Whether it sends: somebody said so in this very database.
    pub enabled: bool,
    /// The role that its SQL runs as.
    pub sql_role: String,
    /// What it is.
    pub settings: Channel,
}

/// The channel of this string_id or number. Errors: `error/channel/notexists`.
pub fn open(session: &Session, name: &str) -> Result<Opened> {
    opened(&kept(session, name)?)
}

/// The channel of this number. Errors: `error/channel/notexists`.
pub fn open_by_id(session: &Session, id: i64) -> Result<Opened> {
    opened(&channel::find(session, id).ok_or_else(not_exists)?)
}

fn opened(kept: &Kept) -> Result<Opened> {
    Ok(Opened {
        id: kept.id,
        revision: kept.revision,
        enabled: kept.enabled,
        sql_role: kept.sql_role.to_owned(),
        settings: Channel::open(root(kept.settings)?)?,
    })
}

fn kept<'s>(session: &'s Session, name: &str) -> Result<Kept<'s>> {
    // A string_id begins with a letter.
    let found = match name.parse() {
        Ok(id) => channel::find(session, id),
        Err(_) => channel::named(session, name),
    };
    found.ok_or_else(not_exists)
}

/// The channel that a request names by `id` or `string_id`.
fn asked<'s>(session: &'s Session, request: &Request) -> Result<Kept<'s>> {
    let name = match request.identifier("id")? {
        Some(id) => Some(id),
        None => request.identifier("string_id")?,
    };
    kept(session, &request.required("id", name)?)
}

/// Makes a channel, or with an `id` changes one: keys not given keep their value. `{"id", "events", "warnings"}`.
///
/// Errors: those of the settings, `error/channel/notexists`, `error/channel/exists`, `error/channel/event`,
/// `error/worker/role`, `error/worker/nologin`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    channel::hold_all(session);
    let keys = Request::open(request, &[], &[])?;
    let old = match keys.identifier("id")? {
        Some(id) => Some(kept(session, &id)?),
        None => None,
    };
    let before = old.as_ref().map(|old| Channel::open(root(old.settings)?)).transpose()?;
    let (settings, warnings) = Channel::read(request, before.as_ref(), sequence::next_channel_event_id)?;
    let id = old.as_ref().map_or_else(sequence::next_channel_id, |old| old.id);
    check_taken(session, id, &settings)?;
    let role = match keys.text("sql_role")? {
        Some(role) => {
            sql_role::check(session, role)?;
            role.to_owned()
        }
        None => match &old {
            Some(old) => old.sql_role.to_owned(),
            None => own_role(session)?,
        },
    };
    let enabled = match keys.value("enabled")? {
        Some(_) => keys.flag("enabled")?,
        None => old.as_ref().is_none_or(|old| old.enabled),
    };
    let stored = settings.document().stored()?;
    let (revision, at) = (sequence::next_channel_revision(), guc::statement_micros());
    let change = Change { revision, enabled, sql_role: &role, settings: &stored, at };
    channel::write(session, id, &settings.string_id, &change);
    define_events(session, before.as_ref(), &settings);
    wake::at_commit();
    let events = settings.events.iter().map(|event| (event.string_id.as_str(), Node::from(event.id)));
    let keys = vec![("id", Node::from(id)), ("events", Node::object(events))];
    Encoded::new(&reply(keys, &warnings))
}

/// The caller's own role, if SQL may run as it. Errors: `error/worker/nologin`.
fn own_role(session: &Session) -> Result<String> {
    let role = channel::caller(session);
    sql_role::check(session, &role)?;
    Ok(role)
}

/// Refuses a string_id or a number of an event that another channel has.
fn check_taken(session: &Session, id: i64, settings: &Channel) -> Result<()> {
    if channel::named(session, &settings.string_id).is_some_and(|other| other.id != id) {
        return Err(Error::new(Id::ChannelExists, "another channel has this string_id"));
    }
    let events: Vec<i64> = settings.events.iter().map(|event| event.id).collect();
    match channel::used_event(session, id, &events) {
        Some(event) => Err(Error::new(Id::ChannelEvent, format!("event {event} belongs to another channel"))),
        None => Ok(()),
    }
}

/// Has the log know the events of the channel.
fn define_events(session: &Session, before: Option<&Channel>, settings: &Channel) {
    if let Some(before) = before.filter(|before| before.string_id != settings.string_id) {
        event_type::define(session, &format!("{}.", before.string_id), [&[], &[], &[]], true);
    }
    let codes: Vec<String> = settings.events.iter().map(|event| settings.code(event)).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let bases: Vec<&str> = settings.events.iter().map(|event| event.base.name()).collect();
    let names: Vec<&str> = settings.events.iter().map(|event| event.name.as_str()).collect();
    // Messages of an indirect channel go to nobody in particular.
    let is_personal = settings.reach == Reach::Direct;
    event_type::define(session, &format!("{}.", settings.string_id), [&codes, &bases, &names], is_personal);
}

/// One channel, the values of its fields on the account hidden. Errors: `error/channel/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "string_id"], &[])?;
    let kept = asked(session, &request)?;
    let settings = Channel::open(root(kept.settings)?)?;
    let shown = settings.document().stored()?;
    let mut obj = Node::from(root(&shown)?);
    let account = settings.account.keys().map(|name| (name.as_str(), Node::from(MASK)));
    let pipelines = pipeline::kinds(session, kept.id).into_iter();
    let pipelines = pipelines.map(|(kind, version)| (kind, Node::from(i64::from(version))));
    let entities = entity::names(session, kept.id).into_iter().map(Node::from);
    if let Node::Object(fields) = obj.open()? {
        fields.set(vec![
            ("id".into(), Node::from(kept.id)),
            ("enabled".into(), Node::from(kept.enabled)),
            ("reason".into(), if kept.is_copy { Node::from("copied") } else { Node::Null }),
            ("sql_role".into(), Node::from(kept.sql_role)),
            ("account_fields".into(), Node::object(account)),
            ("pipelines".into(), Node::object(pipelines)),
            ("entities".into(), Node::array(entities)),
        ])?;
    }
    Encoded::new(&reply(vec![("obj", obj)], &request.warnings))
}

/// Every channel: `{"list": [{"id", "string_id", "name", "kind", "enabled"}]}`. Errors: `error/json/corrupt`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &[], &[])?;
    let mut list = Vec::new();
    for kept in channel::list(session) {
        let settings = root(kept.settings)?.as_object().unwrap_or_default();
        let mut keys = vec![("id", Node::from(kept.id)), ("enabled", Node::from(kept.enabled))];
        for key in ["string_id", "name", "kind"] {
            keys.push((key, settings.get(key)?.map_or(Node::Null, Node::from)));
        }
        list.push(Node::object(keys));
    }
    Encoded::new(&reply(vec![("list", Node::array(list))], &request.warnings))
}

/// Deletes a channel with its pipelines, entities and the values of its fields on subscriptions. The log keeps its events.
/// Errors: `error/channel/notexists`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "string_id"], &[])?;
    let kept = asked(session, &request)?;
    // The row of the channel first: whoever writes values for it waits, and finds it gone.
    channel::delete(session, kept.id);
    subscription::forget_channel(session, kept.id);
    let settings = Channel::open(root(kept.settings)?)?;
    event_type::define(session, &format!("{}.", settings.string_id), [&[], &[], &[]], true);
    wake::at_commit();
    Encoded::new(&reply(vec![("id", Node::from(kept.id))], &request.warnings))
}

/// Gives a channel a new revision because something of it changed, and holds it; its new revision.
pub fn touch(session: &Session, id: i64) -> Result<i64> {
    let revision = sequence::next_channel_revision();
    match channel::touch(session, id, revision, guc::statement_micros()) {
        true => {
            wake::at_commit();
            Ok(revision)
        }
        false => Err(not_exists()),
    }
}

/// The forms of all channels on an object.
fn forms(session: &Session, place: Place) -> Result<Vec<Form>> {
    let mut forms = Vec::new();
    for kept in channel::list(session) {
        forms.extend(Channel::open(root(kept.settings)?)?.form(place).cloned());
    }
    Ok(forms)
}

/// The fields on an object whose values are shown hidden.
pub fn secret_fields(session: &Session, place: Place) -> Result<BTreeSet<String>> {
    let fields = forms(session, place)?.into_iter().flat_map(|form| form.fields);
    Ok(fields.filter(|field| field.secret).map(|field| field.shortname).collect())
}

/// Checks values of fields on an object. Fields of several channels may have one name: a value must fit one of them.
/// What is a field of no channel is the account's own. Errors: `error/channel/field`.
pub fn check_values(session: &Session, place: Place, values: &Object) -> Result<()> {
    let forms = forms(session, place)?;
    for (name, value) in values {
        let checks: Vec<Result<()>> =
            forms.iter().filter_map(|form| form.field(name)).map(|field| field.check(value)).collect();
        if !checks.iter().any(Result::is_ok) {
            checks.into_iter().next().unwrap_or(Ok(()))?;
        }
    }
    Ok(())
}

/// The channel that the parameter `channel` names by its string_id or number. Errors: `error/param/missing`,
/// `error/param/wrong`, `error/channel/notexists`.
pub fn parameter(session: &Session, request: &Request) -> Result<Opened> {
    let name = request.required("channel", request.identifier("channel")?)?;
    if name.is_empty() { Err(wrong("channel", "a string_id or a number")) } else { open(session, &name) }
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::ChannelNotexists, "there is no such channel")
}

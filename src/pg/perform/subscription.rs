//! `subscription_*`: the values of a channel's fields on heads, `$subscription` in its pipelines (shapes.md 11).

use super::channel::{self, Opened};
use super::{lock, resolve};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{EMPTY_OBJECT, Node, Value, root};
use crate::domain::member::set::writable;
use crate::domain::member::target::{Kind, Target};
use crate::domain::pipe::channel::{Place, Reach};
use crate::domain::pipe::data::{Data, Object};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::follow::follow_heads;
use crate::pg::perform::lock::Held;
use crate::pg::spi::Session;
use crate::pg::store::address::{self, Known};
use crate::pg::store::{body, channel as channels, subscription};

/// `subscription_set {channel, email, addr_type?, fields}`: `{"channel", "id", "fields"}`. Fields that are not given keep
/// their values, null takes one away.
///
/// Errors: `error/channel/notexists`, `error/channel/kind`, `error/channel/field`, `error/member/notexists`, those of the
/// identifier.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["channel", "email", "addr_type", "fields"], &[])?;
    let (channel, target, mut warnings) = asked(session, &request)?;
    let given = match request.required("fields", request.value("fields")?)? {
        value @ Value::Object(_) => Data::open(value)?,
        _ => return Err(wrong("fields", "an object")),
    };
    if !channels::hold(session, channel.id) {
        return Err(Error::new(Id::ChannelNotexists, "there is no such channel"));
    }
    let Held { known: Some(known), body: Some(locked) } = lock::hold(session, &target)? else {
        return Err(not_exists());
    };
    check_type(&channel, &known)?;
    let kept = subscription::read(session, locked.dataset, known.id, channel.id);
    let mut fields = object(kept.unwrap_or(&EMPTY_OBJECT))?;
    if let Data::Object(given) = given {
        fields.extend(given);
    }
    fields.retain(|_, value| *value != Data::Null);
    check(&channel, &fields)?;
    let stored = Data::Object(fields).stored()?;
    subscription::write(session, locked.dataset, known.id, channel.id, &stored);
    body::touch(session, locked.dataset, locked.version + 1, guc::statement_micros(), None);
    follow_heads(session, &[locked.dataset])?;
    warnings.extend(request.warnings);
    let keys =
        vec![("channel", Node::from(channel.id)), ("id", Node::from(known.id)), ("fields", Node::from(root(&stored)?))];
    Encoded::new(&reply(keys, &warnings))
}

/// `subscription_get {channel, email, addr_type?}`: `{"channel", "id", "fields"}`, the values that are kept.
///
/// Errors: `error/channel/notexists`, `error/channel/kind`, `error/member/notexists`, those of the identifier.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["channel", "email", "addr_type"], &[])?;
    let (channel, target, mut warnings) = asked(session, &request)?;
    let known = address::find(session, &target)?.ok_or_else(not_exists)?;
    check_type(&channel, &known)?;
    let dataset = known.owner.ok_or_else(not_exists)?.dataset;
    let fields = subscription::read(session, dataset, known.id, channel.id).unwrap_or(&EMPTY_OBJECT);
    warnings.extend(request.warnings);
    let keys =
        vec![("channel", Node::from(channel.id)), ("id", Node::from(known.id)), ("fields", Node::from(root(fields)?))];
    Encoded::new(&reply(keys, &warnings))
}

/// The values of a channel's fields on a head with the defaults of those that are not given: `$subscription` without what
/// the head itself gives to it.
///
/// Errors: `error/channel/field` where a required one is missing.
pub fn values(session: &Session, channel: &Opened, dataset: i64, id: i64) -> Result<Object> {
    let kept = subscription::read(session, dataset, id, channel.id).unwrap_or(&EMPTY_OBJECT);
    let fields = object(kept)?;
    match channel.settings.form(Place::Subscription) {
        Some(form) => form.complete(fields),
        None => Ok(fields),
    }
}

/// Channel and head that a request names; without `addr_type` a head of the channel's type.
fn asked(session: &Session, request: &Request) -> Result<(Opened, Target, Vec<Error>)> {
    let channel = channel::parameter(session, request)?;
    let kind = match Kind::of(request, "addr_type")? {
        Kind::Detect => channel.settings.addr_type.map_or(Kind::Detect, Kind::Type),
        kind => writable(kind)?,
    };
    let email = request.required("email", request.identifier("email")?)?;
    let mut warnings = Vec::new();
    let target = resolve::target(session, &email, kind, &mut warnings)?;
    Ok((channel, target, warnings))
}

/// Only heads of the channel's type have subscriptions.
fn check_type(channel: &Opened, known: &Known) -> Result<()> {
    let refused = |explain: String| Err(Error::new(Id::ChannelKind, explain));
    match channel.settings.addr_type {
        _ if channel.settings.reach == Reach::Indirect => {
            refused("an indirect channel has no subscriptions".to_owned())
        }
        Some(addr_type) if addr_type != known.address.addr_type => {
            refused(format!("the channel sends to identifiers of the type {}", addr_type.as_str()))
        }
        _ => Ok(()),
    }
}

/// Refuses values of no field, and wrong ones.
fn check(channel: &Opened, fields: &Object) -> Result<()> {
    let Some(form) = channel.settings.form(Place::Subscription) else { return Ok(()) };
    match fields.keys().find(|name| form.field(name).is_none()) {
        Some(unknown) => {
            Err(Error::new(Id::ChannelField, format!("the channel has no field {unknown} on subscriptions")))
        }
        None => form.check(fields),
    }
}

fn object(stored: &[u8]) -> Result<Object> {
    match Data::open(root(stored)?)? {
        Data::Object(fields) => Ok(fields),
        _ => Ok(Object::new()),
    }
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::MemberNotexists, "there is no such subscriber")
}

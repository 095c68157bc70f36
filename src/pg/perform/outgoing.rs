//! An event on its way out: whether a hook takes it, and its envelope.

use crate::domain::address::AddrType;
use crate::domain::datakey::{Limits, Path, get};
use crate::domain::error::{Error, Result};
use crate::domain::event::custom_data::{Needs, Params, Sources, needs};
use crate::domain::event::{Envelope, profile_id};
use crate::domain::hook::Attributes;
use crate::domain::hook::{Filters, Hook};
use crate::domain::json::{self, Node, Object, Value, encoded, root};
use crate::domain::time::unix_micros;
use crate::pg::guc;
use crate::pg::perform::segments;
use crate::pg::spi::Session;
use crate::pg::store::dictionary::{CAMPAIGN, PIXEL, RESOURCE, TEMPLATE};
use crate::pg::store::event_log::Logged;
use crate::pg::store::group::{self, Group};
use crate::pg::store::hook_batch::{Batch, BatchId};
use crate::pg::store::{body, event_type, message};
use crate::sink::Item;
use pgrx::pg_sys;
use std::ffi::CStr;

/// The numbers that every envelope carries, and the name behind `{{database_name}}`.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// The account.
    pub account: i64,
    /// The base.
    pub list: i64,
    /// The database's name.
    pub name: String,
}

impl Base {
    /// Those of this database as the settings are now; in a transaction.
    pub fn here() -> Base {
        Base { account: guc::account_id(), list: guc::list_id(), name: database_name() }
    }

    /// The same with the settings read anew.
    pub fn refreshed(self) -> Base {
        Base { account: guc::account_id(), list: guc::list_id(), ..self }
    }
}

fn database_name() -> String {
    // SAFETY: looks it up in the catalog; the process is connected, so it is there.
    unsafe {
        let name = pg_sys::get_database_name(pg_sys::MyDatabaseId);
        if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into_owned() }
    }
}

/// An event as a hook sends it.
pub struct Outgoing {
    /// Its position.
    pub pos: i64,
    /// What goes over the wire.
    pub item: Item,
    /// Its custom_data, as jsonb: what must not change over attempts.
    pub custom_data: Vec<u8>,
}

/// The parts of an event's body.
struct Parts<'a> {
    body: Object<'a>,
    data: Object<'a>,
}

impl<'a> Parts<'a> {
    fn of(event: &Logged<'a>) -> Result<Parts<'a>> {
        let body = root(event.body)?.as_object().unwrap_or_default();
        let data = body.get("event_data")?.and_then(|data| data.as_object()).unwrap_or_default();
        Ok(Parts { body, data })
    }

    /// What the message said that the event is of: what the event brought itself, or what is kept.
    fn content(&self, session: &'a Session) -> Result<Option<Value<'a>>> {
        if let Some(own) = self.body.get("content")? {
            return Ok(Some(own));
        }
        let Some(smid) = self.body.get("send_message_id")?.and_then(|smid| smid.as_str()) else { return Ok(None) };
        message::content(session, smid, guc::statement_micros()).map(root).transpose()
    }

    /// A number that the event names beside its data or in them; 0 stands for none.
    fn number(&self, key: &str) -> Result<Option<i64>> {
        let named = match self.body.get(key)? {
            Some(value) => Some(value),
            None => self.data.get(key)?,
        };
        Ok(named.and_then(|value| value.as_i64()).filter(|number| *number != 0))
    }
}

/// Whether a hook takes an event. Errors: `error/json/corrupt`.
pub fn is_taken(session: &Session, hook: &Hook, event: &Logged, base: &Base) -> Result<bool> {
    decide(session, &hook.events, &hook.filters, event, base, |attributes| hook.takes(attributes))
}

/// Whether an event is one of these codes and passes these filters. Errors: `error/json/corrupt`.
pub fn is_wanted(session: &Session, codes: &[String], filters: &Filters, event: &Logged, base: &Base) -> Result<bool> {
    decide(session, codes, filters, event, base, |attributes| filters.take(codes, attributes))
}

fn decide(
    session: &Session,
    codes: &[String],
    filters: &Filters,
    event: &Logged,
    base: &Base,
    takes: impl FnOnce(&Attributes) -> bool,
) -> Result<bool> {
    if !codes.iter().any(|code| code == event.event_type) && !event.event_type.contains('.') {
        return Ok(false);
    }
    let parts = Parts::of(event)?;
    let segments = segments::of_person(session, &filters.segments, event.dataset, event.address.as_ref())?;
    let attributes = Attributes {
        event_type: event.event_type,
        base_type: event_type::base_of(session, event.event_type),
        db_id: base.list,
        resource: parts.number("resource_id")?,
        campaign: parts.number("campaign_id")?,
        message: parts.number("message_id")?,
        segments: &segments,
        pixel: parts.number("pixel_id")?,
    };
    Ok(takes(&attributes))
}

/// What a hook takes of these events, as it sends them for the first time. One that is damaged is left out, and the
/// server's log names it: the others have nothing to do with it.
pub fn take(session: &Session, id: i64, hook: &Hook, events: &[Logged], base: &Base) -> Vec<Outgoing> {
    let mut taken = Vec::new();
    for event in events {
        let is_taken = is_taken(session, hook, event, base);
        match is_taken.and_then(|taken| taken.then(|| resolve(session, hook, event, base)).transpose()) {
            Ok(outgoing) => taken.extend(outgoing),
            Err(error) => {
                pgrx::warning!("pg_member: hook {id} leaves out event {}: {}", event.id, error.id.as_str());
            }
        }
    }
    taken
}

/// An event as a hook sends it for the first time: what must not change over attempts is resolved now.
///
/// Errors: `error/json/…`.
pub fn resolve(session: &Session, hook: &Hook, event: &Logged, base: &Base) -> Result<Outgoing> {
    let is_asked = !hook.profile_fields.is_empty() && event.dataset != 0;
    let read = || body::state(session, event.dataset);
    let data = if is_asked { read()?.map(|(_, data)| data) } else { None };
    resolve_with(session, hook, event, data, base)
}

/// The same with these data of the person. Errors: `error/json/…`.
pub fn resolve_with(
    session: &Session,
    hook: &Hook,
    event: &Logged,
    data: Option<&[u8]>,
    base: &Base,
) -> Result<Outgoing> {
    let parts = Parts::of(event)?;
    let needs = needs(Value::Object(hook.pairs()?))?.or(needs(Value::Object(hook.template()?))?);
    let names = Names::read(session, &parts, needs)?;
    let uuid = if needs.uuid { BatchId::new().to_string() } else { String::new() };
    let sources = Sources {
        own: parts.body.get("custom_data")?.and_then(|own| own.as_object()),
        template: hook.template()?,
        pairs: hook.pairs()?,
        fields: fields(hook, data)?,
    };
    let custom = sources.resolve(&names.params(event.at, &uuid, base))?;
    let custom_data = encoded(&custom.unwrap_or(Node::Null))?;
    let item = item(session, event, base, &custom_data, hook.with_content)?;
    Ok(Outgoing { pos: event.pos, item, custom_data })
}

/// What goes over the wire, with a custom_data that is resolved already; `with_content` is whether it tells what its message
/// said, while that is kept. Errors: `error/json/corrupt`.
pub fn item(session: &Session, event: &Logged, base: &Base, custom_data: &[u8], with_content: bool) -> Result<Item> {
    let parts = Parts::of(event)?;
    let content = if with_content { parts.content(session)? } else { None };
    let email = event.address.as_ref().filter(|address| address.addr_type == AddrType::Email);
    let envelope = Envelope {
        event_type: event.event_type,
        at: event.at,
        dataset: event.dataset,
        email: email.map(|address| address.value.as_str()),
        list_id: Some(base.list),
        account_id: base.account,
        sends_trying_num: parts.number("sends_trying_num")?.unwrap_or_default(),
        is_test: matches!(parts.body.get("is_test")?, Some(Value::Bool(true))),
        is_static: None,
        subscription_hash_id: None,
        custom_data: root(custom_data)?.as_object(),
        event_data: parts.data,
        subscription: parts.body.get("subscription")?,
        content,
    };
    Ok(Item {
        id: event.id.to_string(),
        event_type: event.event_type.to_owned(),
        profile_id: profile_id(event.dataset),
        at: i64::try_from(unix_micros(event.at) / 1_000_000).unwrap_or_default(),
        json: envelope.json()?,
    })
}

/// A batch of these events that covers positions from one to another. Errors: `error/json/…`.
pub fn batch_of(events: &[Outgoing], first: i64, last: i64) -> Result<Batch> {
    let custom: Vec<Node> =
        events.iter().map(|event| root(&event.custom_data).map(Node::from)).collect::<Result<_>>()?;
    let resolved = encoded(&Node::array(custom))?;
    let events = events.iter().map(|event| event.pos).collect();
    Ok(Batch { id: BatchId::new(), first, last, events, resolved, is_resent: false })
}

/// The fields of a profile that a hook adds; null for what is not there.
fn fields<'a>(hook: &'a Hook, data: Option<&'a [u8]>) -> Result<Vec<(std::borrow::Cow<'a, str>, Node<'a>)>> {
    let limits = Limits::default();
    hook.profile_fields
        .iter()
        .map(|field| {
            let path = Path::parse(&field.datakey, &limits)?;
            let value = match data {
                Some(data) => get(json::root(data)?, &path)?.unwrap_or(Node::Null),
                None => Node::Null,
            };
            Ok::<_, Error>((field.key.as_str().into(), value))
        })
        .collect()
}

/// The segment that an event names: by its number, or by the code of the group that somebody entered or left.
fn segment_of<'s>(session: &'s Session, parts: &Parts) -> Result<Option<Group<'s>>> {
    if let Some(number) = parts.number("segment_id")? {
        return Ok(group::by_number(session, number));
    }
    let gid = parts.data.get("group_id")?.and_then(|gid| gid.as_str());
    Ok(gid.and_then(|gid| group::find(session, gid)))
}

/// The names behind the parameters of templates, as far as a hook's templates use them.
#[derive(Default)]
struct Names<'s> {
    campaign: Option<(&'s str, Option<&'s str>)>,
    message: Option<(&'s str, Option<&'s str>)>,
    resource: Option<&'s str>,
    pixel: Option<&'s str>,
    segment: Option<&'s str>,
}

impl<'s> Names<'s> {
    fn read(session: &'s Session, parts: &Parts, needs: Needs) -> Result<Names<'s>> {
        let mut names = Names::default();
        if needs.campaign
            && let Some(id) = parts.number("campaign_id")?
        {
            names.campaign = CAMPAIGN.find(session, id).map(|entry| (entry.name, entry.subid));
        }
        if needs.message
            && let Some(id) = parts.number("message_id")?
        {
            names.message = TEMPLATE.find(session, id).map(|entry| (entry.name, entry.subject));
        }
        if needs.resource
            && let Some(id) = parts.number("resource_id")?
        {
            names.resource = RESOURCE.find(session, id).map(|entry| entry.name);
        }
        if needs.pixel
            && let Some(id) = parts.number("pixel_id")?
        {
            names.pixel = PIXEL.find(session, id).map(|entry| entry.name);
        }
        if needs.segment {
            names.segment = segment_of(session, parts)?.map(|group| group.name);
        }
        Ok(names)
    }

    fn params<'a>(&'a self, at: i64, uuid: &'a str, base: &'a Base) -> Params<'a> {
        Params {
            at,
            uuid,
            campaign_name: self.campaign.map(|(name, _)| name),
            campaign_subid: self.campaign.and_then(|(_, subid)| subid),
            database_name: Some(&base.name),
            segment_name: self.segment,
            message_name: self.message.map(|(name, _)| name),
            message_subject: self.message.and_then(|(_, subject)| subject),
            resource_name: self.resource,
            pixel_name: self.pixel,
        }
    }
}

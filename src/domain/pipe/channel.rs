//! A channel: what `channel_set` takes, the table keeps and `channel_get` shows (pipelines-and-hooks.md 6, shapes.md 11).

use super::data::{Data, Object};
use super::field::{Form, is_shortname};
use super::form::Around;
use super::kind::Kind;
use super::pipe::EventCode;
use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::Section;
use crate::domain::json::Value;
use crate::domain::request::Request;
use std::collections::BTreeMap;

/// The parameters of a channel; the first four are the caller's.
const KNOWN: &[&str] = &[
    "id",
    "enabled",
    "sql_role",
    "account_fields",
    "name",
    "string_id",
    "kind",
    "addr_type",
    "with_moderate",
    "icon",
    "notify",
    "campaign_types",
    "fields",
    "events",
];

/// The longest name, in bytes.
const LONGEST_NAME: usize = 200;
/// The largest icon, in bytes: an address, or a small picture as a data URL.
const LARGEST_ICON: usize = 1 << 16;
/// The most events of a channel.
const MOST_EVENTS: usize = 500;
/// The least number of an event.
pub const FIRST_EVENT: i64 = 100_001;

/// Whom a channel sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To each subscriber.
    Direct,
    /// To a group or a place.
    Indirect,
}

const REACHES: [(&str, Reach); 2] = [("direct", Reach::Direct), ("indirect", Reach::Indirect)];

/// An event of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number: the `action_type` of Eventers.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its name in codes.
    pub string_id: String,
    /// What it says.
    pub base: EventCode,
}

/// The objects that carry fields of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Message templates.
    Template,
    /// Senders.
    Sender,
    /// Resources.
    Resource,
    /// Campaigns.
    Campaign,
    /// Subscriptions: heads of the channel's type.
    Subscription,
    /// The account.
    Account,
}

impl Place {
    /// Every place by its name.
    pub const ALL: [(&'static str, Place); 6] = [
        ("template", Place::Template),
        ("sender", Place::Sender),
        ("resource", Place::Resource),
        ("campaign", Place::Campaign),
        ("subscription", Place::Subscription),
        ("account", Place::Account),
    ];
}

/// A valid channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// Its name in calls and in codes of events.
    pub string_id: String,
    /// Whom it sends to.
    pub reach: Reach,
    /// The type of head that a direct one sends to.
    pub addr_type: Option<AddrType>,
    /// Whether sendings are looked at before they begin.
    pub with_moderate: bool,
    icon: Option<String>,
    /// The channel of NOTIFY that starts its Listener pipeline.
    pub notify: Option<String>,
    campaign_types: Vec<String>,
    fields: BTreeMap<Place, Form>,
    /// Its events.
    pub events: Vec<Event>,
    /// The values of its fields on the account.
    pub account: Object,
}

impl Channel {
    /// Reads a request. With `before` it is an edit: what is not given keeps its value, null gives it its default. Events
    /// without a number get one from `next_event`. Gives the warnings too.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/channel/kind`, `error/channel/field`,
    /// `error/channel/event`.
    pub fn read(
        request: Value,
        before: Option<&Channel>,
        next_event: impl FnMut() -> i64,
    ) -> Result<(Channel, Vec<Error>)> {
        let mut warnings = Request::open(request, KNOWN, &[])?.warnings;
        let object = request.as_object().unwrap_or_default();
        let section = Section::new("", object, &mut warnings);
        let name = section.text("name", before.map(|channel| channel.name.as_str()), LONGEST_NAME)?;
        let string_id = section.checked_text(
            "string_id",
            before.map(|channel| channel.string_id.as_str()),
            is_shortname,
            "at most 64 small letters, digits and underscores that begin with a letter",
        )?;
        let reach =
            section.take("kind", before.map(|channel| Some(channel.reach)), None, read_reach, "direct or indirect")?;
        let channel = Channel {
            name: section.required("name", name)?,
            string_id: section.required("string_id", string_id)?,
            reach: section.required("kind", reach)?,
            addr_type: section.take(
                "addr_type",
                before.map(|channel| channel.addr_type),
                None,
                |value| AddrType::parse(value.as_str()?).map(Some),
                "a type of head",
            )?,
            with_moderate: section.flag("with_moderate", before.map(|channel| channel.with_moderate), false)?,
            notify: section.checked_text(
                "notify",
                before.and_then(|channel| channel.notify.as_deref()),
                is_notify,
                "a name for NOTIFY of at most 63 bytes other than pg_member",
            )?,
            icon: section.checked_text(
                "icon",
                before.and_then(|channel| channel.icon.as_deref()),
                |icon| icon.len() <= LARGEST_ICON,
                "a text of at most 65536 bytes",
            )?,
            campaign_types: section.take(
                "campaign_types",
                before.map(|channel| channel.campaign_types.clone()),
                Vec::new(),
                texts,
                "a list of texts",
            )?,
            fields: read_fields(&section, before)?,
            events: read_events(&section, before, next_event)?,
            account: match section.value("account_fields")? {
                None => before.map(|channel| channel.account.clone()).unwrap_or_default(),
                Some(value) => read_account(value)?,
            },
        };
        channel.check()?;
        Ok((channel, warnings))
    }

    /// Opens a channel as it is kept. Errors: those of a damaged row.
    pub fn open(stored: Value) -> Result<Channel> {
        Channel::read(stored, None, || 0).map(|(channel, _)| channel)
    }

    fn check(&self) -> Result<()> {
        let wrong = |explain: &str| Err(Error::new(Id::ChannelKind, explain));
        let has_field = |place| !self.form(place).is_none_or(|form| form.fields.is_empty());
        match self.reach {
            Reach::Direct if self.addr_type.is_none() => wrong("a direct channel needs an addr_type"),
            Reach::Direct if !has_field(Place::Subscription) => wrong("a direct channel needs a field on subscription"),
            Reach::Direct if self.with_moderate => wrong("with_moderate is for indirect channels"),
            Reach::Indirect if !has_field(Place::Resource) => wrong("an indirect channel needs a field on resource"),
            Reach::Direct | Reach::Indirect => match self.form(Place::Account) {
                Some(form) => form.check(&self.account),
                None => Ok(()),
            },
        }
    }

    /// Its fields on an object.
    pub fn form(&self, place: Place) -> Option<&Form> {
        self.fields.get(&place)
    }

    /// What is known of it around its pipelines.
    pub fn around(&self, id: i64) -> Around<'_> {
        Around { channel: Some((id, &self.events)), ..Around::default() }
    }

    /// Whether it has pipelines of this kind. Errors: `error/channel/kind`.
    pub fn check_kind(&self, kind: Kind) -> Result<()> {
        match kind == Kind::Moderate && !self.with_moderate {
            true => Err(Error::new(Id::ChannelKind, "a moderate pipeline needs with_moderate")),
            false => Ok(()),
        }
    }

    /// The code of an event in the log.
    pub fn code(&self, event: &Event) -> String {
        format!("{}.{}", self.string_id, event.string_id)
    }

    /// The object as it is kept and shown.
    pub fn document(&self) -> Data {
        let texts = |texts: &[String]| Data::List(texts.iter().map(|text| Data::from(text.as_str())).collect());
        let fields =
            Place::ALL.into_iter().filter_map(|(name, place)| Some((name, self.form(place)?.document.clone())));
        let reach = REACHES.iter().find(|(_, reach)| *reach == self.reach).map_or("", |(name, _)| *name);
        Data::object([
            ("name", Data::from(self.name.as_str())),
            ("string_id", Data::from(self.string_id.as_str())),
            ("kind", Data::from(reach)),
            ("addr_type", self.addr_type.map_or(Data::Null, |kind| Data::from(kind.as_str()))),
            ("with_moderate", Data::Bool(self.with_moderate)),
            ("notify", self.notify.as_deref().map_or(Data::Null, Data::from)),
            ("icon", self.icon.as_deref().map_or(Data::Null, Data::from)),
            ("campaign_types", texts(&self.campaign_types)),
            ("fields", Data::object(fields)),
            ("events", Data::List(self.events.iter().map(Event::document).collect())),
            ("account_fields", Data::Object(self.account.clone())),
        ])
    }
}

fn read_reach(value: Value) -> Option<Option<Reach>> {
    let name = value.as_str()?;
    REACHES.iter().find(|(known, _)| *known == name).map(|(_, reach)| Some(*reach))
}

fn texts(value: Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| Some(text.ok()?.as_str()?.to_owned())).collect()
}

/// The forms by place: those that are given take the place of what was there, null is a form without fields.
fn read_fields(section: &Section, before: Option<&Channel>) -> Result<BTreeMap<Place, Form>> {
    let mut fields = before.map(|channel| channel.fields.clone()).unwrap_or_default();
    let given = match section.value("fields")? {
        None => return Ok(fields),
        Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(value) => Data::open(value)?,
    };
    let Data::Object(given) = given else { return Err(wrong_field("fields must be an object")) };
    for (name, form) in &given {
        let place = Place::ALL.into_iter().find(|(known, _)| known == name).map(|(_, place)| place);
        let place = place.ok_or_else(|| wrong_field("fields names no object that carries fields"))?;
        fields.insert(place, Form::read(name, form)?);
    }
    Ok(fields)
}

fn read_account(value: Value) -> Result<Object> {
    match Data::open(value)? {
        Data::Null => Ok(Object::new()),
        Data::Object(values) => Ok(values),
        _ => Err(wrong_field("account_fields must be an object")),
    }
}

/// The events: all of them when they are given. One that has no number keeps that of its string_id, or gets a new one.
fn read_events(section: &Section, before: Option<&Channel>, mut next: impl FnMut() -> i64) -> Result<Vec<Event>> {
    let before = before.map(|channel| channel.events.as_slice()).unwrap_or_default();
    let given = match section.value("events")? {
        None => return Ok(before.to_vec()),
        Some(value) => Data::open(value)?,
    };
    let none = Vec::new();
    let given = match &given {
        Data::Null => &none,
        Data::List(events) if events.len() <= MOST_EVENTS => events,
        _ => return Err(wrong_event(format!("events must be a list of at most {MOST_EVENTS}"))),
    };
    let mut events: Vec<Event> = Vec::with_capacity(given.len());
    for event in given {
        let event = Event::read(event, before, &mut next)?;
        if events.iter().any(|other| other.id == event.id || other.string_id == event.string_id) {
            return Err(wrong_event(format!("event {} has the id or the string_id of another one", event.string_id)));
        }
        events.push(event);
    }
    Ok(events)
}

impl Event {
    fn read(event: &Data, before: &[Event], mut next: impl FnMut() -> i64) -> Result<Event> {
        let Data::Object(pairs) = event else { return Err(wrong_event("an event must be an object")) };
        let text = |key: &str| match pairs.get(key) {
            Some(Data::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let string_id = text("string_id").filter(|name| is_shortname(name));
        let string_id =
            string_id.ok_or_else(|| wrong_event("an event needs a string_id of small letters, digits and _"))?;
        let base = text("base").and_then(EventCode::parse).filter(|base| !base.is_answer());
        let base = base.ok_or_else(|| wrong_event(format!("base of event {string_id} must be {}", bases())))?;
        let name = text("name").unwrap_or(string_id);
        if name.len() > LONGEST_NAME || pairs.get("name").is_some_and(|name| !matches!(name, Data::Text(_))) {
            return Err(wrong_event(format!(
                "name of event {string_id} must be a text of at most {LONGEST_NAME} bytes"
            )));
        }
        let id = match pairs.get("id") {
            None | Some(Data::Null) => {
                before.iter().find(|event| event.string_id == string_id).map_or_else(&mut next, |event| event.id)
            }
            Some(Data::Number(number)) if number.as_i64().is_some_and(|id| id >= FIRST_EVENT) => {
                number.as_i64().unwrap_or_default()
            }
            Some(_) => return Err(wrong_event(format!("id of event {string_id} must be a number from {FIRST_EVENT}"))),
        };
        Ok(Event { id, name: name.to_owned(), string_id: string_id.to_owned(), base })
    }

    fn document(&self) -> Data {
        Data::object([
            ("id", Data::from(self.id)),
            ("name", Data::from(self.name.as_str())),
            ("string_id", Data::from(self.string_id.as_str())),
            ("base", Data::from(self.base.name())),
        ])
    }
}

/// The codes that an event may have as its base.
fn bases() -> String {
    let names = EventCode::ALL.into_iter().filter(|(_, code)| !code.is_answer()).map(|(name, _)| name);
    names.collect::<Vec<_>>().join(", ")
}

fn wrong_field(explain: &str) -> Error {
    Error::new(Id::ChannelField, explain)
}

fn wrong_event(explain: impl Into<String>) -> Error {
    Error::new(Id::ChannelEvent, explain)
}
/// Whether NOTIFY takes this name, and it is not the one that wakes the workers.
fn is_notify(name: &str) -> bool {
    /// What the server leaves of a name.
    const LONGEST: usize = 63;
    !name.is_empty() && name.len() <= LONGEST && name != "pg_member"
}

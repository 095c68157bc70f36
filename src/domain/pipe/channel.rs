//! A channel: what `channel_set` takes, the table keeps and `channel_get` shows (pipelines-and-hooks.md 6, shapes.md 11).

mod event;

pub use event::Event;

use super::data::{Data, Object};
use super::field::{Form, is_shortname, unmask};
use super::form::Around;
use super::kind::Kind;
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

/// Whom a channel sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To each subscriber.
    Direct,
    /// To a group or a place.
    Indirect,
}

const REACHES: [(&str, Reach); 2] = [("direct", Reach::Direct), ("indirect", Reach::Indirect)];

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
            events: event::read(&section, before, next_event)?,
            account: match section.value("account_fields")? {
                None => before.map(|channel| channel.account.clone()).unwrap_or_default(),
                Some(value) => read_account(value, before)?,
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

/// The values on the account, all of which are shown hidden.
fn read_account(value: Value, before: Option<&Channel>) -> Result<Object> {
    let mut values = match Data::open(value)? {
        Data::Null => Object::new(),
        Data::Object(values) => values,
        _ => return Err(wrong_field("account_fields must be an object")),
    };
    unmask(&mut values, before.map_or(&Object::new(), |channel| &channel.account))?;
    Ok(values)
}

fn wrong_field(explain: &str) -> Error {
    Error::new(Id::ChannelField, explain)
}

/// Whether NOTIFY takes this name, and it is not the one that wakes the workers.
fn is_notify(name: &str) -> bool {
    /// What the server leaves of a name.
    const LONGEST: usize = 63;
    !name.is_empty() && name.len() <= LONGEST && name != "pg_member"
}

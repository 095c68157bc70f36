//! A hook: what `hook_set` takes, the table keeps and `hook_get` shows (pipelines-and-hooks.md 7, shapes.md 8).

use super::breaker::Rule;
use super::filter::Filters;
use super::form::tries::{YEAR_SEC, read_breaker, read_rate, read_retry, written_breaker, written_rate, written_retry};
use super::form::wanted::{LONGEST_NAME, MOST_ITEMS, id, list, read_events, read_filters, written_filters};
use super::form::{Section, Sending, name_of, whole};
use super::gate::Rules;
use super::retry::Retry;
use crate::domain::datakey::{Limits, Path};
use crate::domain::error::{Error, Result};
use crate::domain::event::custom_data;
use crate::domain::json::{EMPTY_OBJECT, Node, Object, Value, encoded, root};
use crate::domain::request::{Request, wrong};

/// The parameters of a hook; `id` is the caller's.
const KNOWN: &[&str] = &[
    "id",
    "name",
    "active",
    "db_id",
    "events",
    "filters",
    "transport",
    "profile_fields",
    "custom_data",
    "custom_data_template",
    "with_content",
    "retry",
    "on_failure",
    "rate_limit",
    "concurrency",
    "breaker",
    "stop_after_sec",
];

/// The largest template, in bytes as stored: it goes out with every event.
const LARGEST_TEMPLATE: usize = 1 << 16;
/// Requests in flight at most.
const MOST_CONCURRENT: u32 = 16;

/// What the next batch does while one has not arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It waits until that one is delivered or dead.
    Hold,
    /// It goes; order is not promised.
    GoOn,
}

const ON_FAILURE: [(&str, OnFailure); 2] = [("hold", OnFailure::Hold), ("go_on", OnFailure::GoOn)];

/// A field of the profile that goes out with every event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileField {
    /// The key under which it goes out.
    pub key: String,
    /// Where it stands in the body; a valid path.
    pub datakey: String,
}

/// A valid hook.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// Its name.
    pub name: String,
    /// The base whose events it takes; None for every one.
    pub db_id: Option<i64>,
    /// The types of event that it takes, each once; whether they exist is not asked here.
    pub events: Vec<String>,
    /// What narrows them down.
    pub filters: Filters,
    /// Where events go, and how they are collected.
    pub sending: Sending,
    /// Fields of the profile.
    pub profile_fields: Vec<ProfileField>,
    /// Pairs for `custom_data`: the bytes of a stored object.
    custom_data: Vec<u8>,
    /// What stands in for a call's own `custom_data`: the bytes of a stored object.
    custom_data_template: Vec<u8>,
    /// Whether it tells what messages said.
    pub with_content: bool,
    /// How often it tries.
    pub retry: Retry,
    /// What the next batch does while one has not arrived.
    pub on_failure: OnFailure,
    /// Requests over HTTP, or messages to a broker, that it may send in a second.
    pub per_sec: Option<u32>,
    /// Requests that may be in flight at once.
    pub concurrency: u32,
    /// When it spares the receiver.
    pub breaker: Rule,
    /// After how many seconds of nothing but failures it stops by itself.
    pub stop_after_sec: Option<u32>,
}

/// What a request says of a hook.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Its settings, those that are kept among them.
    pub hook: Hook,
    /// Whether it is to send, where the request says so. That is no setting: a hook is stopped and started by others
    /// than the one who describes it, and an edit leaves it as it stands.
    pub active: Option<bool>,
    /// What is odd about the request.
    pub warnings: Vec<Error>,
}

impl Hook {
    /// Reads a request. With `before`, the document that is kept, it is an edit: what is not given keeps its value, and
    /// null gives it its default.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/param/unsupported`, `error/datakey/…`,
    /// `error/json/limit`.
    pub fn read(request: Value, before: Option<Value>) -> Result<Wish> {
        let mut warnings = Request::open(request, KNOWN, &[])?.warnings;
        let before = before.map(Hook::open).transpose()?;
        let object = request.as_object().unwrap_or_default();
        let mut section = Section::new("", object, &mut warnings);
        let is_said = section.value("active")?.is_some();
        let active = is_said.then(|| section.flag("active", None, true)).transpose()?;
        let hook = Hook::of(&mut section, before.as_ref())?;
        Ok(Wish { hook, active, warnings })
    }

    /// Opens the document that is kept. Errors: as [`Hook::read`], where the document is not one of ours.
    pub fn open(stored: Value) -> Result<Hook> {
        let object = stored.as_object().ok_or_else(|| wrong("the stored hook", "an object"))?;
        Hook::of(&mut Section::new("", object, &mut Vec::new()), None)
    }

    fn of(section: &mut Section, before: Option<&Hook>) -> Result<Hook> {
        let name = section.text("name", before.map(|hook| hook.name.as_str()), LONGEST_NAME)?;
        let events = read_events(section, before.map(|hook| hook.events.as_slice()))?;
        let concurrency = before.map(|hook| hook.concurrency);
        let on_failure = before.map(|hook| hook.on_failure);
        let stop_after = before.map(|hook| hook.stop_after_sec);
        Ok(Hook {
            name: section.required("name", name)?,
            db_id: section.take("db_id", before.map(|hook| hook.db_id), None, number, "the number of a base")?,
            events: section.required("events", events)?,
            filters: read_filters(section, before.map(|hook| &hook.filters))?,
            sending: read_sending(section, before.map(|hook| &hook.sending))?,
            profile_fields: read_fields(section, before.map(|hook| hook.profile_fields.as_slice()))?,
            custom_data: read_template(section, "custom_data", before.map(|hook| &hook.custom_data))?,
            custom_data_template: read_template(
                section,
                "custom_data_template",
                before.map(|hook| &hook.custom_data_template),
            )?,
            with_content: section.flag("with_content", before.map(|hook| hook.with_content), false)?,
            retry: read_retry(section, before.map(|hook| &hook.retry))?,
            on_failure: section.choice("on_failure", on_failure, OnFailure::Hold, &ON_FAILURE)?,
            per_sec: read_rate(section, before.and_then(|hook| hook.per_sec))?,
            concurrency: section.number("concurrency", concurrency, 1, 1..=MOST_CONCURRENT)?,
            breaker: read_breaker(section, before.map(|hook| hook.breaker))?,
            stop_after_sec: section.number("stop_after_sec", stop_after, None, 1..=YEAR_SEC)?,
        })
    }

    /// How many events make a batch at most. To a broker each goes as a message of its own, and of those no more leave
    /// together than may in a second.
    pub fn batch_size(&self) -> usize {
        let limit = self.per_sec.filter(|_| self.sending.transport.sends_singly());
        limit.map_or(self.sending.max_batch, |rate| rate.min(self.sending.max_batch)) as usize
    }

    /// By which rules its batches go.
    pub fn rules(&self) -> Rules {
        Rules {
            on_failure: self.on_failure,
            concurrency: self.concurrency as usize,
            breaker: self.breaker,
            per_sec: self.per_sec,
            sends_singly: self.sending.transport.sends_singly(),
        }
    }

    /// The pairs that it adds to `custom_data`.
    pub fn pairs(&self) -> Result<Object<'_>> {
        Ok(root(&self.custom_data)?.as_object().unwrap_or_default())
    }

    /// The template that stands in for a call's own `custom_data`.
    pub fn template(&self) -> Result<Object<'_>> {
        Ok(root(&self.custom_data_template)?.as_object().unwrap_or_default())
    }

    /// The document that the table keeps.
    pub fn stored(&self) -> Result<Node<'_>> {
        self.written(false)
    }

    /// The document that callers see: [`super::MASK`] stands for each secret.
    pub fn shown(&self) -> Result<Node<'_>> {
        self.written(true)
    }

    fn written(&self, masked: bool) -> Result<Node<'_>> {
        Ok(Node::object([
            ("name", Node::from(self.name.as_str())),
            ("db_id", Node::from(self.db_id)),
            ("events", Node::array(self.events.iter().map(|code| Node::from(code.as_str())))),
            ("filters", written_filters(&self.filters)),
            ("transport", self.sending.written(masked)),
            ("profile_fields", written_fields(&self.profile_fields)),
            ("custom_data", Node::from(root(&self.custom_data)?)),
            ("custom_data_template", Node::from(root(&self.custom_data_template)?)),
            ("with_content", Node::from(self.with_content)),
            ("retry", written_retry(&self.retry)),
            ("on_failure", name_of(self.on_failure, &ON_FAILURE)),
            ("rate_limit", written_rate(self.per_sec)),
            ("concurrency", whole(self.concurrency)),
            ("breaker", written_breaker(self.breaker)),
            ("stop_after_sec", self.stop_after_sec.map_or(Node::Null, whole)),
        ]))
    }
}

fn number(value: Value) -> Option<Option<i64>> {
    id(value).map(Some)
}

fn read_sending(section: &mut Section, before: Option<&Sending>) -> Result<Sending> {
    match section.open("transport")? {
        Some(mut transport) => Sending::read(&mut transport, before),
        None => section.required("transport", before.cloned()),
    }
}

/// A list of datakeys, which go out under their own names, or an object of them by other names.
fn read_fields(section: &Section, before: Option<&[ProfileField]>) -> Result<Vec<ProfileField>> {
    const FORM: &str = "a list of at most 500 datakeys, or an object of them";
    let own = |value: Value| value.as_str().map(|text| ProfileField { key: text.into(), datakey: text.into() });
    let fields = |value: Value| match value {
        Value::Object(object) if object.len() <= MOST_ITEMS => {
            let field = |pair: Result<(&str, Value)>| {
                let (key, value) = pair.ok()?;
                Some(ProfileField { key: key.into(), datakey: value.as_str()?.into() })
            };
            object.iter().map(field).collect()
        }
        other => list(other, own),
    };
    let fields = section.take("profile_fields", before.map(<[_]>::to_vec), Vec::new(), fields, FORM)?;
    fields.iter().try_for_each(|field| Path::parse(&field.datakey, &Limits::default()).map(drop))?;
    Ok(fields)
}

fn written_fields(fields: &[ProfileField]) -> Node<'_> {
    match fields.iter().all(|field| field.key == field.datakey) {
        true => Node::array(fields.iter().map(|field| Node::from(field.datakey.as_str()))),
        false => Node::object(fields.iter().map(|field| (field.key.as_str(), Node::from(field.datakey.as_str())))),
    }
}

/// The bytes of a template that can be rendered.
fn read_template(section: &Section, key: &str, before: Option<&Vec<u8>>) -> Result<Vec<u8>> {
    let bytes = |value: Value| {
        value.as_object()?;
        encoded(&Node::from(value)).ok().filter(|bytes| bytes.len() <= LARGEST_TEMPLATE)
    };
    let bytes = section.take(key, before.cloned(), EMPTY_OBJECT.to_vec(), bytes, "an object of at most 64 kB")?;
    // What cannot be rendered is refused now.
    custom_data::needs(root(&bytes)?)?;
    Ok(bytes)
}

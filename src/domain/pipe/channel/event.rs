//! The events of a channel (pipelines-and-hooks.md 6.3).

use super::{Channel, LONGEST_NAME};
use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::Section;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::field::is_shortname;
use crate::domain::pipe::pipes::EventCode;

/// The most events of a channel.
const MOST_EVENTS: usize = 500;
/// The least number of an event.
const FIRST_EVENT: i64 = 100_001;

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

/// The events: all of them when they are given. One that has no number keeps that of its string_id, or gets a new one.
pub fn read(section: &Section, before: Option<&Channel>, mut next: impl FnMut() -> i64) -> Result<Vec<Event>> {
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

    /// As it is kept and shown.
    pub fn document(&self) -> Data {
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

fn wrong_event(explain: impl Into<String>) -> Error {
    Error::new(Id::ChannelEvent, explain)
}

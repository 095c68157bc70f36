//! Which events somebody wants, as requests state it: the codes, and what narrows them down.

use super::Section;
use crate::domain::error::Result;
use crate::domain::hook::Filters;
use crate::domain::json::{Node, Value};

/// The longest name of an event, and of who wants it, in bytes.
pub const LONGEST_NAME: usize = 200;
/// Events, profile fields and values of a filter that one can list: each is compared with every event.
pub const MOST_ITEMS: usize = 500;

/// An identifier of a row: a whole number, also one written as a text.
pub fn id(value: Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}

/// A list of at most [`MOST_ITEMS`], each read and kept once, in the order given.
pub fn list<T: PartialEq>(value: Value, read: impl Fn(Value) -> Option<T>) -> Option<Vec<T>> {
    let list = value.as_array().filter(|list| list.len() <= MOST_ITEMS)?;
    let mut items = Vec::with_capacity(list.len());
    for item in list.iter() {
        let item = read(item.ok()?)?;
        if !items.contains(&item) {
            items.push(item);
        }
    }
    Some(items)
}

/// `events`: codes, at least one. Errors: `error/param/wrong`.
pub fn read_events(section: &Section, before: Option<&[String]>) -> Result<Option<Vec<String>>> {
    let code = |value: Value| {
        let code = value.as_str()?;
        let is_code = !code.is_empty() && code.len() <= LONGEST_NAME && !code.contains(char::is_control);
        is_code.then(|| code.to_owned())
    };
    let codes = |value: Value| list(value, code).filter(|codes| !codes.is_empty()).map(Some);
    let kept = before.map(|events| Some(events.to_vec()));
    section.take("events", kept, None, codes, "a list of 1 to 500 codes of events")
}

/// `filters`: lists of numbers by what they narrow down. Errors: `error/param/wrong`.
pub fn read_filters(section: &mut Section, before: Option<&Filters>) -> Result<Filters> {
    const KEYS: &[&str] = &["resources", "campaigns", "messages", "segments", "pixels"];
    let Some(inner) = section.inner("filters", KEYS)? else { return Ok(before.cloned().unwrap_or_default()) };
    let ids = |key: &str, kept: fn(&Filters) -> &Vec<i64>| {
        let kept = before.map(|filters| kept(filters).clone());
        inner.take(key, kept, Vec::new(), |value| list(value, id), "a list of at most 500 numbers")
    };
    Ok(Filters {
        resources: ids("resources", |filters| &filters.resources)?,
        campaigns: ids("campaigns", |filters| &filters.campaigns)?,
        messages: ids("messages", |filters| &filters.messages)?,
        segments: ids("segments", |filters| &filters.segments)?,
        pixels: ids("pixels", |filters| &filters.pixels)?,
    })
}

/// The same as it is kept and shown.
pub fn written_filters<'a>(filters: &Filters) -> Node<'a> {
    let ids = |ids: &[i64]| Node::array(ids.iter().map(|id| Node::from(*id)));
    Node::object([
        ("resources", ids(&filters.resources)),
        ("campaigns", ids(&filters.campaigns)),
        ("messages", ids(&filters.messages)),
        ("segments", ids(&filters.segments)),
        ("pixels", ids(&filters.pixels)),
    ])
}

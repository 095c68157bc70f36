//! `event`, the Eventer (pipelines-and-hooks.md 3.11).

use super::Around;
use super::params::Params;
use crate::domain::error::Id;
use crate::domain::pipe::channel::Event as Defined;
use crate::domain::pipe::pipes::{Event, EventCode, Work};
use crate::domain::pipe::template::{Form, Text};
use std::collections::BTreeMap;

/// What the event says, and of which channel.
struct Said {
    code: EventCode,
    channel: Option<i64>,
    action: Option<i64>,
}

/// Reads the parameters. `name` is an older spelling of `event_type`; it may also be the string_id of an event of the
/// channel, whose numbers then need not be given.
pub fn read(params: &mut Params, around: &Around) -> Option<Work> {
    params.check_keys(&["event_type", "name", "channel_id", "action_type", "event"]);
    let said = said(params, around);
    let event = params.need("event", |params, key| event(&mut params.inner(key)?));
    let (Said { code, channel, action }, (send_message_id, rest)) = said.zip(event)?;
    Some(Work::Event(Event { code, channel, action, send_message_id, rest }))
}

fn event(event: &mut Params) -> Option<(Text, BTreeMap<String, Form>)> {
    let id = event.need("send_message_id", Params::text);
    let rest = event.pairs().iter().filter(|(key, _)| *key != "send_message_id");
    let rest: Vec<Option<(String, Form)>> =
        rest.map(|(key, value)| Some((key.clone(), event.form_of(key, value)?))).collect();
    id.zip(rest.into_iter().collect())
}

fn said(params: &mut Params, around: &Around) -> Option<Said> {
    let key =
        if params.value("event_type").is_none() && params.value("name").is_some() { "name" } else { "event_type" };
    let name = params.need(key, Params::plain)?;
    match EventCode::parse(name) {
        Some(code) => by_code(params, around, code),
        None if key == "name" => by_name(params, around, name),
        None => {
            let codes = EventCode::ALL.map(|(name, _)| name).join(", ");
            params.wrong(key, &format!("one of {codes}"))
        }
    }
}

/// An event by its code, with the numbers of channel and event.
fn by_code(params: &mut Params, around: &Around, code: EventCode) -> Option<Said> {
    let whole = |params: &mut Params, key: &str| params.whole(key, 1..=i64::MAX);
    if code.is_answer() {
        let (channel, action) = (params.optional("channel_id", whole), params.optional("action_type", whole));
        return Some(Said { code, channel: channel?, action: action? });
    }
    let (channel, action) = (params.need("channel_id", whole), params.need("action_type", whole));
    let (channel, action) = channel.zip(action)?;
    match around.channel {
        Some((id, _)) if id != channel => wrong(params, format!("params.channel_id is {channel}, the channel is {id}")),
        Some((_, events)) => match events.iter().find(|event| event.id == action) {
            None => wrong(params, format!("params.action_type: the channel has no event {action}")),
            Some(event) if event.base != code => {
                wrong(params, format!("params.event_type must be {}, the base of event {action}", event.base.name()))
            }
            Some(_) => Some(Said { code, channel: Some(channel), action: Some(action) }),
        },
        None => Some(Said { code, channel: Some(channel), action: Some(action) }),
    }
}

/// An event by its string_id.
fn by_name(params: &mut Params, around: &Around, name: &str) -> Option<Said> {
    let Some((channel, events)) = around.channel else {
        let explain = "params.name is no code: whether it is an event of the channel is not known here";
        params.warn(Id::PipelineEvent, explain.to_owned());
        return Some(Said { code: EventCode::Custom, channel: None, action: None });
    };
    let named = |event: &&Defined| event.string_id == name;
    match events.iter().find(named) {
        Some(event) => Some(Said { code: event.base, channel: Some(channel), action: Some(event.id) }),
        None => wrong(params, "params.name is neither a code nor an event of the channel".to_owned()),
    }
}

fn wrong<T>(params: &mut Params, explain: String) -> Option<T> {
    params.refuse(Id::PipelineEvent, explain)
}

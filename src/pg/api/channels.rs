//! `channel_*`, `pipeline_*`, `entity_*`, `connector_*`, `subscription_*` (shapes.md 11).

use crate::domain::error::Result;
use crate::domain::json::{self, Value};
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{channel, connector, entity, pipeline, subscription};
use crate::pg::spi::{Access, Session};

macro_rules! requests {
    ($($name:ident, $access:ident, $work:path;)*) => {
        $(sql_function! { $name => |call: &Call| with_request(call, Access::$access, $work) })*
    };
}

requests! {
    channel_set, Write, channel::set;
    channel_get, Read, channel::get;
    channel_list, Read, channel::list;
    channel_delete, Write, channel::delete;
    entity_set, Write, entity::set;
    entity_get, Read, entity::get;
    entity_list, Read, entity::list;
    entity_delete, Write, entity::delete;
    connector_set, Write, connector::set;
    connector_get, Read, connector::get;
    connector_list, Read, connector::list;
    connector_delete, Write, connector::delete;
    subscription_set, Write, subscription::set;
    subscription_get, Read, subscription::get;
    pipeline_check, Read, pipeline::check;
}

sql_function! { pipeline_set => set }
sql_function! { pipeline_get => get }
sql_function! { pipeline_delete => delete }
sql_function! { pipeline_graph => graph }

fn with_request(call: &Call, access: Access, work: fn(&Session, Value) -> Result<Encoded>) -> Result<Answer> {
    let Some(bytes) = call.jsonb(0) else { return Ok(Answer::Null) };
    let request = json::root(bytes)?;
    answer(access, |session| work(session, request))
}

/// `pipeline_set(channel, kind, pipes)`.
fn set(call: &Call) -> Result<Answer> {
    let (Some(channel), Some(kind), Some(pipes)) = (call.text(0), call.text(1), call.jsonb(2)) else {
        return Ok(Answer::Null);
    };
    let pipes = json::root(pipes)?;
    answer(Access::Write, |session| pipeline::set(session, channel, kind, pipes))
}

/// `pipeline_get(channel, kind, version)`.
fn get(call: &Call) -> Result<Answer> {
    let (Some(channel), Some(kind)) = (call.text(0), call.text(1)) else { return Ok(Answer::Null) };
    let version = call.datum(2).map(|version| version.value() as i32);
    answer(Access::Read, |session| pipeline::get(session, channel, kind, version))
}

/// `pipeline_delete(channel, kind)`.
fn delete(call: &Call) -> Result<Answer> {
    let (Some(channel), Some(kind)) = (call.text(0), call.text(1)) else { return Ok(Answer::Null) };
    answer(Access::Write, |session| pipeline::delete(session, channel, kind))
}

/// `pipeline_graph(channel, kind, format)`.
fn graph(call: &Call) -> Result<Answer> {
    let (Some(channel), Some(kind), Some(format)) = (call.text(0), call.text(1), call.text(2)) else {
        return Ok(Answer::Null);
    };
    let session = Session::open(Access::Read);
    let text = pipeline::picture(&session, channel, kind, format)?;
    drop(session);
    Ok(Answer::text(&text))
}

fn answer(access: Access, work: impl FnOnce(&Session) -> Result<Encoded>) -> Result<Answer> {
    let session = Session::open(access);
    let encoded = work(&session)?;
    drop(session);
    Ok(Answer::encoded(encoded))
}

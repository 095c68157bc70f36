//! `channel_*`, `pipeline_*`, `entity_*`, `connector_*`, `subscription_*` (shapes.md 11).

use crate::domain::error::Result;
use crate::domain::json;
use crate::pg::api::request::{answer, reading, writing};
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::{channel, connector, entity, pipeline, subscription};
use crate::pg::spi::{Access, Session};

sql_function! { channel_set => |call: &Call| writing(call, channel::set) }
sql_function! { channel_get => |call: &Call| reading(call, channel::get) }
sql_function! { channel_list => |call: &Call| reading(call, channel::list) }
sql_function! { channel_delete => |call: &Call| writing(call, channel::delete) }
sql_function! { entity_set => |call: &Call| writing(call, entity::set) }
sql_function! { entity_get => |call: &Call| reading(call, entity::get) }
sql_function! { entity_list => |call: &Call| reading(call, entity::list) }
sql_function! { entity_delete => |call: &Call| writing(call, entity::delete) }
sql_function! { connector_set => |call: &Call| writing(call, connector::set) }
sql_function! { connector_get => |call: &Call| reading(call, connector::get) }
sql_function! { connector_list => |call: &Call| reading(call, connector::list) }
sql_function! { connector_delete => |call: &Call| writing(call, connector::delete) }
sql_function! { subscription_set => |call: &Call| writing(call, subscription::set) }
sql_function! { subscription_get => |call: &Call| reading(call, subscription::get) }
sql_function! { pipeline_check => |call: &Call| reading(call, pipeline::check) }
sql_function! { pipeline_set => set }
sql_function! { pipeline_get => get }
sql_function! { pipeline_delete => delete }
sql_function! { pipeline_graph => graph }

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

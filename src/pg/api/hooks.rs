//! `hook_*` and the dictionaries that hooks name (shapes.md 8).

use crate::domain::error::Result;
use crate::domain::json::{self, Node, Value};
use crate::pg::api::request::{answer, writing};
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{dictionary, hook, hook_resend, hook_test, hook_trace, metrics};
use crate::pg::rows::RowSink;
use crate::pg::spi::{Access, Session};
use crate::pg::store::dictionary::{CAMPAIGN, Dictionary, PIXEL, RESOURCE, SENDER, TEMPLATE};
use crate::pg::worker::trial;

sql_function! { hook_set => |call: &Call| writing(call, hook::set) }
sql_function! { hook_list => |_: &Call| answer(Access::Write, hook::list) }
sql_function! { hook_get => |call: &Call| with_id(call, hook::get) }
sql_function! { hook_resend => |call: &Call| writing(call, hook_resend::resend) }
sql_function! { hook_pause => |call: &Call| with_id(call, hook::pause) }
sql_function! { hook_resume => |call: &Call| with_id(call, hook::resume) }
sql_function! { hook_clone => |call: &Call| with_id(call, hook::clone) }
sql_function! { hook_delete => |call: &Call| with_id(call, hook::delete) }

sql_function! { hook_test => test }
sql_function! { hook_preview => preview }
sql_function! { hook_trace => trace }
sql_function! { member_metrics => metrics }

macro_rules! dictionary_calls {
    ($($dictionary:ident: $set:ident, $get:ident, $list:ident, $delete:ident;)*) => {
        $(
            sql_function! { $set => |call: &Call| of(call, &$dictionary, dictionary::set) }
            sql_function! { $get => |call: &Call| of(call, &$dictionary, dictionary::get) }
            sql_function! { $list => |call: &Call| of(call, &$dictionary, dictionary::list) }
            sql_function! { $delete => |call: &Call| of(call, &$dictionary, dictionary::delete) }
        )*
    };
}

dictionary_calls! {
    CAMPAIGN: campaign_set, campaign_get, campaign_list, campaign_delete;
    RESOURCE: resource_set, resource_get, resource_list, resource_delete;
    SENDER: sender_set, sender_get, sender_list, sender_delete;
    TEMPLATE: template_set, template_get, template_list, template_delete;
    PIXEL: pixel_set, pixel_get, pixel_list, pixel_delete;
}

fn with_id(call: &Call, work: fn(&Session, i64) -> Result<Encoded>) -> Result<Answer> {
    let Some(id) = call.datum(0) else { return Ok(Answer::Null) };
    answer(Access::Write, |session| work(session, id.value() as i64))
}

/// Without `dry_run` no session is open while it waits: the dispatcher reads what is committed.
fn test(call: &Call) -> Result<Answer> {
    let (Some(id), Some(event_type)) = (call.datum(0), call.text(1)) else { return Ok(Answer::Null) };
    let (id, is_dry) = (id.value() as i64, call.datum(2).is_some_and(|flag| flag.value() as u8 != 0));
    if is_dry {
        return answer(Access::Write, |session| hook_test::dry_run(session, id, event_type));
    }
    let reply = trial::ask(id, event_type)?;
    Answer::jsonb(&Node::from(json::root(&reply)?))
}

fn preview(call: &Call) -> Result<Answer> {
    let (Some(id), Some(event)) = (call.datum(0), call.datum(1)) else { return Ok(Answer::Null) };
    answer(Access::Write, |session| hook_test::preview(session, id.value() as i64, event.value() as i64))
}

fn trace(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::open(call);
    let Some(address) = call.text(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Write);
    for row in hook_trace::trace(&session, address, call.text(1))? {
        rows.push(row);
    }
    Ok(Answer::Null)
}

fn metrics(_: &Call) -> Result<Answer> {
    let session = Session::open(Access::Write);
    let text = metrics::metrics(&session)?;
    drop(session);
    Ok(Answer::text(&text))
}

fn of(
    call: &Call,
    dictionary: &'static Dictionary,
    work: fn(&Session, Value, &'static Dictionary) -> Result<Encoded>,
) -> Result<Answer> {
    let Some(bytes) = call.jsonb(0) else { return Ok(Answer::Null) };
    let request = json::root(bytes)?;
    answer(Access::Write, |session| work(session, request, dictionary))
}

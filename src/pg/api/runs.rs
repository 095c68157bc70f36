//! Runs of pipelines: started, tried, shown (pipelines-and-hooks.md 13.7).

use crate::domain::error::Result;
use crate::domain::json::{Node, root};
use crate::pg::api::request::answer;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::{listen, pipeline_trace, run_now};
use crate::pg::spi::Access;
use crate::pg::worker::entity_calls;

sql_function! { pipeline_run_now => run_now }
sql_function! { pipeline_listen => listen }
sql_function! { pipeline_trace => trace }
sql_function! { entity_call => call_entity }

fn run_now(call: &Call) -> Result<Answer> {
    let (Some(channel), Some(kind), Some(input)) = (call.text(0), call.text(1), call.jsonb(2)) else {
        return Ok(Answer::Null);
    };
    let mocks = call.jsonb(3).map(root).transpose()?;
    answer(Access::Write, |session| run_now::run_now(session, channel, kind, root(input)?, mocks))
}

fn listen(call: &Call) -> Result<Answer> {
    let (Some(channel), Some(request)) = (call.text(0), call.jsonb(1)) else { return Ok(Answer::Null) };
    answer(Access::Write, |session| listen::listen(session, channel, root(request)?))
}

fn trace(call: &Call) -> Result<Answer> {
    let Some(run) = call.datum(0) else { return Ok(Answer::Null) };
    answer(Access::Write, |session| pipeline_trace::trace(session, run.value() as i64))
}

/// No session is open while it waits: the dispatcher reads what is committed.
fn call_entity(call: &Call) -> Result<Answer> {
    let (Some(channel), Some(entity), Some(operation), Some(input)) =
        (call.text(0), call.text(1), call.text(2), call.jsonb(3))
    else {
        return Ok(Answer::Null);
    };
    let answer = entity_calls::call(channel, entity, operation, root(input)?)?;
    Answer::jsonb(&Node::from(root(&answer)?))
}

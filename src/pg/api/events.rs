//! `event_emit` (shapes.md 7).

use crate::domain::error::Result;
use crate::domain::json;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::event_emit;
use crate::pg::spi::{Access, Session};

sql_function! { event_emit => emit }

fn emit(call: &Call) -> Result<Answer> {
    let Some(bytes) = call.jsonb(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Write);
    event_emit::emit(&session, json::root(bytes)?).map(Answer::bigint)
}

//! `message_send`, `member_sendconfirm`, `letter_*`, `sequence_*`, `pipeline_start`, `pipeline_stop` (shapes.md 11).

use crate::domain::error::Result;
use crate::pg::api::request::writing;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::{launch, letter, message, sendconfirm, sequence, sequence_member};
use crate::pg::spi::{Access, Session};

sql_function! { message_send => |call: &Call| writing(call, message::send) }
sql_function! { member_sendconfirm => |call: &Call| writing(call, sendconfirm::send) }
sql_function! { letter_set => |call: &Call| writing(call, letter::set) }
sql_function! { letter_get => |call: &Call| writing(call, letter::get) }
sql_function! { letter_list => |call: &Call| writing(call, letter::list) }
sql_function! { letter_delete => |call: &Call| writing(call, letter::delete) }
sql_function! { sequence_set => |call: &Call| writing(call, sequence::set) }
sql_function! { sequence_get => |call: &Call| writing(call, sequence::get) }
sql_function! { sequence_list => |call: &Call| writing(call, sequence::list) }
sql_function! { sequence_delete => |call: &Call| writing(call, sequence::delete) }
sql_function! { sequence_member_start => |call: &Call| writing(call, sequence_member::start) }
sql_function! { sequence_member_stop => |call: &Call| writing(call, sequence_member::stop) }
sql_function! { pipeline_stop => |call: &Call| writing(call, launch::stop) }
sql_function! { pipeline_start => start }

fn start(call: &Call) -> Result<Answer> {
    let (Some(channel), Some(kind), Some(input)) = (call.text(0), call.text(1), call.jsonb(2)) else {
        return Ok(Answer::Null);
    };
    let session = Session::open(Access::Write);
    let run = launch::start(&session, channel, kind, input)?;
    drop(session);
    Ok(Answer::bigint(run))
}

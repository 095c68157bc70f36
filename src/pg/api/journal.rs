//! `member_unmerge` and `member_history`: the journal and the way back (shapes.md 6).

use crate::domain::error::Result;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::{history, unmerge};
use crate::pg::rows::RowSink;
use crate::pg::spi::{Access, Session};

sql_function! { member_unmerge => take_back }
sql_function! { member_history => show }

fn take_back(call: &Call) -> Result<Answer> {
    let (Some(id), Some(force)) = (call.datum(0), call.datum(1)) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Write);
    let encoded = unmerge::unmerge(&session, id.value() as i64, force.value() as u8 != 0)?;
    drop(session);
    Ok(Answer::encoded(encoded))
}

fn show(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::open(call);
    let Some(address) = call.text(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Read);
    for row in history::history(&session, address, call.text(1))? {
        rows.push(row);
    }
    Ok(Answer::Null)
}

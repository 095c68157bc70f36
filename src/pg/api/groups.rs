//! `group_members`: a group as rows.

use crate::domain::error::Result;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::{group, members};
use crate::pg::rows::RowSink;
use crate::pg::spi::{Access, Session};

sql_function! { group_members => show }

fn show(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::open(call);
    let Some(gid) = call.text(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Read);
    let group = group::find(&session, gid)?;
    members::each(&session, &group, &mut |row| rows.push(row))?;
    Ok(Answer::Null)
}

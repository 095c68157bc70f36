//! `group_members`, `group_explain`, `group_index`: groups for people who write SQL.

use crate::domain::error::Result;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::{group, group_index, members};
use crate::pg::rows::RowSink;
use crate::pg::spi::{Access, Session};

sql_function! { group_members => show }
sql_function! { group_explain => explain }
sql_function! { group_index => index }
sql_function! { group_index_drop => drop_index }

/// `group_members(gid)`.
fn show(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::open(call);
    let Some(gid) = call.text(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Read);
    let group = group::find(&session, gid)?;
    rows.fill(&session, &members::all(&session, &group)?);
    Ok(Answer::Null)
}

/// `group_explain(gid)`.
fn explain(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::of_values(call);
    let Some(gid) = call.text(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Write);
    let group = group::find(&session, gid)?;
    for line in members::explain(&session, &group)? {
        rows.push([line.as_str().into()]);
    }
    Ok(Answer::Null)
}

/// `group_index(path, sync)`.
fn index(call: &Call) -> Result<Answer> {
    let (Some(path), Some(sync)) = (call.text(0), call.datum(1)) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Write);
    let encoded = group_index::index(&session, path, sync.value() as u8 != 0)?;
    drop(session);
    Ok(Answer::encoded(encoded))
}

/// `group_index_drop(path)`.
fn drop_index(call: &Call) -> Result<Answer> {
    let Some(path) = call.text(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Write);
    group_index::drop_index(&session, path).map(Answer::truth)
}

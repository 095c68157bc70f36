//! The administrator's functions: checks, rights, the numbering plan, the list of errors.

use crate::domain::address::plan;
use crate::domain::error::{Id, Result};
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::rows::RowSink;
use crate::pg::spi::{Access, Arg, Session};
use crate::pg::store::{check, grant, numbering};

sql_function! { member_check => check_all }
sql_function! { member_errors => errors }
sql_function! { member_grant => |call: &Call| change_rights(call, true) }
sql_function! { member_revoke => |call: &Call| change_rights(call, false) }
sql_function! { numbering_range_load => load_plan }

fn check_all(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::open(call);
    let session = Session::open(Access::Read);
    for row in check::check(&session).iter() {
        rows.push([row.arg(), row.arg(), row.arg(), row.arg()]);
    }
    Ok(Answer::Null)
}

fn errors(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::open(call);
    for id in Id::ALL {
        rows.push([Arg::from(id.as_str()), id.sqlstate().into(), id.hint().into()]);
    }
    Ok(Answer::Null)
}

fn change_rights(call: &Call, give: bool) -> Result<Answer> {
    let (Some(role), Some(level)) = (call.datum(0), call.text(1)) else { return Ok(Answer::Null) };
    let levels = if give { grant::levels_up_to(level)? } else { grant::levels_from(level)? };
    grant::change(&Session::open(Access::Write), role, give, levels);
    Ok(Answer::Null)
}

fn load_plan(call: &Call) -> Result<Answer> {
    let Some(text) = call.text(0) else { return Ok(Answer::Null) };
    let ranges = plan::parse(text)?;
    numbering::replace(&Session::open(Access::Write), &ranges);
    Ok(Answer::bigint(i64::try_from(ranges.len()).unwrap_or(i64::MAX)))
}

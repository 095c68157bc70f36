//! `member_import_probe`, `member_import_upload`, and the triggers of `member_import_rows`.

use crate::domain::error::Result;
use crate::pg::api::request::writing;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::jsonb;
use crate::pg::perform::{import_probe, import_rows};
use crate::pg::spi::{Access, Session};
use crate::pg::trigger::Firing;
use pgrx::pg_sys;

sql_function! { member_import_probe => |call: &Call| writing(call, import_probe::probe) }
sql_function! { member_import_upload => |_: &Call| Ok(Answer::Datum(import_rows::create(&Session::open(Access::Write))?)) }
sql_function! { member_import_rows_begin => |_: &Call| { import_rows::begin(); Ok(nothing()) } }
sql_function! { member_import_rows_row => row }
sql_function! { member_import_rows_end => |_: &Call| import_rows::end().map(|()| nothing()) }

/// A row that is inserted into the view: `(upload uuid, row jsonb)`.
fn row(call: &Call) -> Result<Answer> {
    let firing = Firing::of(call)?;
    // SAFETY: the columns of the view are a uuid, which is sixteen octets by reference, and a jsonb.
    let (uid, row) = unsafe {
        let uid = firing.column(1).map(|uid| *uid.cast_mut_ptr::<[u8; 16]>());
        (uid, firing.column(2).map(|row| jsonb::bytes_of(row)))
    };
    import_rows::add(uid, row)?;
    Ok(Answer::Datum(firing.outcome()))
}

/// What a trigger of a statement returns.
fn nothing() -> Answer {
    Answer::Datum(pg_sys::Datum::null())
}

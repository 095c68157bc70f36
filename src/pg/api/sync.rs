//! `member_sync()`: the trigger function for existing databases.

use crate::domain::error::Result;
use crate::domain::sync::Mapping;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::sync;
use crate::pg::spi::{Access, Session};
use crate::pg::store::row;
use crate::pg::trigger::Firing;
use pgrx::pg_sys;

sql_function! { member_sync => fire }

fn fire(call: &Call) -> Result<Answer> {
    let firing = Firing::of(call)?;
    let mapping = Mapping::read(firing.arguments())?;
    // The caller's own types may have casts to json: they run with the caller's rights.
    let session = Session::open_as_caller(Access::Read);
    let read = |row: Option<pg_sys::Datum>| {
        row.and_then(|row| row::to_jsonb(&session, firing.row_type(), row)).map(<[u8]>::to_vec)
    };
    let (old, new) = (read(firing.old_row()), read(firing.new_row()));
    drop(session);
    let told = sync::sync(&mapping, old.as_deref(), new.as_deref())?;
    let what = if told.row { "the row" } else { "an identifier" };
    for refusal in told.refusals {
        pgrx::warning!("{}: {what} was left out", refusal.id.as_str());
    }
    for warning in told.warnings {
        pgrx::warning!("{warning}");
    }
    Ok(Answer::Datum(firing.outcome()))
}

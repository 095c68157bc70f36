//! `track_*` and `report_*` (shapes.md 10).

use crate::domain::error::Result;
use crate::pg::api::request::writing;
use crate::pg::api::workers::limit_of;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::{report, track};
use crate::pg::rows::RowSink;
use crate::pg::snapshot::Latest;
use crate::pg::spi::{Access, Session};
use crate::pg::worker::process::pause;
use std::time::{Duration, Instant};

sql_function! { track_get => |call: &Call| writing(call, track::get) }
sql_function! { track_list => |call: &Call| writing(call, track::list) }
sql_function! { track_set => |call: &Call| writing(call, track::set) }
sql_function! { track_wait => wait }
sql_function! { report_get => |call: &Call| writing(call, report::get) }
sql_function! { report_delete => |call: &Call| writing(call, report::delete) }
sql_function! { report_rows => rows }

/// How often a waiting call looks.
const GLANCE: Duration = Duration::from_millis(10);

/// Looks with a new snapshot each time, also in a transaction that keeps its own.
fn wait(call: &Call) -> Result<Answer> {
    let (Some(id), Some(limit)) = (call.datum(0), call.datum(1)) else { return Ok(Answer::Null) };
    let id = id.value() as i64;
    let deadline = Instant::now() + limit_of(limit);
    loop {
        let latest = Latest::take();
        let session = Session::open(Access::Read);
        if track::is_over(&session, id)? || Instant::now() >= deadline {
            let encoded = track::shown_alone(&session, id, &[])?;
            drop(session);
            drop(latest);
            return Ok(Answer::encoded(encoded));
        }
        drop(session);
        drop(latest);
        pause(GLANCE, None);
    }
}

/// `report_rows(id)`.
fn rows(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::open(call);
    let Some(id) = call.datum(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Read);
    rows.fill(&session, &report::rows(&session, id.value() as i64)?);
    Ok(Answer::Null)
}

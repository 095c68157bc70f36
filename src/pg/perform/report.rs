//! `report_*`: answers in rows are shown and deleted (members.md 4.3).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::reply::reply;
use crate::domain::report::shown;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::{Query, Session};
use crate::pg::store::report;

/// `report.get {id}`: `{"obj"}`. Errors: `error/param/…`, `error/report/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let id = request.required("id", request.number("id")?)?;
    let report = report::find(session, id).ok_or_else(not_exists)?;
    Encoded::new(&reply(vec![("obj", shown(&report, &guc::time_zone()?))], &request.warnings))
}

/// `report.delete {id}`: `{"id"}`. Errors: `error/param/…`, `error/report/notexists`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let id = request.required("id", request.number("id")?)?;
    if !report::delete(session, id) {
        return Err(not_exists());
    }
    Encoded::new(&reply(vec![("id", Node::from(id))], &request.warnings))
}

/// The query for the rows of a report. Errors: `error/report/notexists`.
pub fn rows(session: &Session, id: i64) -> Result<Query> {
    report::find(session, id).map(|_| report::all(id)).ok_or_else(not_exists)
}

/// The refusal of a report that is not there.
#[cold]
pub fn not_exists() -> Error {
    Error::new(Id::ReportNotexists, "there is no such report")
}

//! `track_*`: asynchronous calls are shown, listed, stopped (shapes.md 10).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::domain::track::{LISTING, LONGEST_INFO, TrackList, has_ended, shown};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::launch;
use crate::pg::perform::selection::bind;
use crate::pg::spi::{Arg, Query, Session};
use crate::pg::store::track::{self, New};
use crate::pg::worker::wake;
use pgrx::pg_sys::{INT4ARRAYOID, INT8OID, TEXTOID};

/// Makes a track of work that workers do after the commit; gives its number. Errors: `error/param/wrong`.
pub fn begin(new: &New) -> Result<i64> {
    if new.info.is_some_and(|info| info.len() > LONGEST_INFO) {
        return Err(wrong("track.info", "at most 1024 bytes"));
    }
    wake::jobs_at_commit();
    track::create(new, guc::statement_micros())
}

/// One track: `{"obj"}`. Errors: `error/track/notexists`, those of the request.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let id = request.required("id", request.number("id")?)?;
    shown_alone(session, id, &request.warnings)
}

/// The same by its number.
pub fn shown_alone(session: &Session, id: i64, warnings: &[Error]) -> Result<Encoded> {
    let track = track::find(session, id).ok_or_else(not_exists)?;
    Encoded::new(&reply(vec![("obj", shown(&track, &guc::time_zone()?))], warnings))
}

/// Tracks, the newest first unless `order` says otherwise: `{"list", "last_page"}`. Errors: those of the request.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &LISTING, &[])?;
    let list = TrackList::read(&request, &guc::filter_limits())?;
    let tracks = track::list(session, &query_of(&list)?);
    let (zone, first) = (guc::time_zone()?, usize::try_from(list.first).unwrap_or_default());
    let page = tracks.iter().take(first).map(|track| shown(track, &zone));
    let mut keys = vec![("list", Node::array(page))];
    if tracks.len() <= first {
        keys.push(("last_page", Node::from(1)));
    }
    Encoded::new(&reply(keys, &request.warnings))
}

/// The query for a list: what stands behind [`track::LISTED`]. One track more than is shown tells whether this is the last page.
fn query_of(list: &TrackList) -> Result<Query> {
    let mut query = Query::default();
    let statuses = query.bind(INT4ARRAYOID, Arg::integers(&list.statuses));
    let action = query.bind(TEXTOID, list.action);
    let (first, skip) = (query.bind(INT8OID, list.first + 1), query.bind(INT8OID, list.skip));
    let condition = list.condition(&guc::now()?, &guc::time_zone_name(), query.bound() + 1)?;
    condition.params.iter().for_each(|param| _ = bind(&mut query, param));
    query.push(track::LISTED);
    query.push(&format!(
        " WHERE (pg_catalog.cardinality({statuses}) OPERATOR(pg_catalog.=) 0 OR t.status OPERATOR(pg_catalog.=) ANY ({statuses}))
            AND ({action} IS NULL OR t.action OPERATOR(pg_catalog.=) {action}) AND ({})
          ORDER BY {} LIMIT {first} OFFSET {skip}",
        condition.sql,
        list.order(),
    ));
    Ok(query)
}

/// `{"id", "set": "stop"}`: stops a track; the answer is how it is now. Errors: `error/track/notexists`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "set"], &[])?;
    let id = request.required("id", request.number("id")?)?;
    if request.required("set", request.text("set")?)? != "stop" {
        return Err(wrong("set", "stop"));
    }
    track::stop(session, id, guc::statement_micros());
    launch::track_stopped(session, id);
    wake::jobs_at_commit();
    shown_alone(session, id, &request.warnings)
}

/// Whether a track has ended. Errors: `error/track/notexists`, `error/track/uncommitted`.
pub fn is_over(session: &Session, id: i64) -> Result<bool> {
    match track::state(session, id).ok_or_else(not_exists)? {
        (status, _) if has_ended(status) => Ok(true),
        (_, true) => Err(Error::new(Id::TrackUncommitted, "this transaction made the track")),
        _ => Ok(false),
    }
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::TrackNotexists, "there is no such track")
}

//! `track_*`: asynchronous calls are shown, listed, stopped (shapes.md 10).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::domain::track::{LONGEST_INFO, has_ended, shown};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::launch;
use crate::pg::spi::Session;
use crate::pg::store::track::{self, Listing, New};
use crate::pg::worker::wake;

/// How many tracks a list shows at most (members.md, limits).
const MOST_LISTED: i64 = 50;

/// Makes a track of work that workers do after the commit; gives its number. Errors: `error/param/wrong`.
pub fn begin(new: &New) -> Result<i64> {
    if new.info.is_some_and(|info| info.len() > LONGEST_INFO) {
        return Err(wrong("track.info", "at most 1024 bytes"));
    }
    wake::jobs_at_commit();
    Ok(track::create(new, guc::statement_micros()))
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

/// Tracks, the newest first: `{"list", "last_page"}`. Errors: those of the request.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["status", "action.name", "first", "skip", "order"], &["filter"])?;
    let first = request.number("first")?.unwrap_or(MOST_LISTED);
    let skip = request.number("skip")?.unwrap_or_default();
    if !(1..=MOST_LISTED).contains(&first) || skip < 0 {
        return Err(wrong("first", "from 1 to 50, and skip not below 0"));
    }
    let listing = Listing {
        statuses: &statuses(&request)?,
        action: request.text("action.name")?,
        skip,
        // One more tells whether this is the last page.
        first: first + 1,
        is_ascending: is_ascending(&request)?,
    };
    let tracks = track::list(session, &listing);
    let zone = guc::time_zone()?;
    let page = tracks.iter().take(first as usize).map(|track| shown(track, &zone));
    let mut keys = vec![("list", Node::array(page))];
    if tracks.len() <= first as usize {
        keys.push(("last_page", Node::from(1)));
    }
    Encoded::new(&reply(keys, &request.warnings))
}

fn is_ascending(request: &Request) -> Result<bool> {
    match request.text("order")? {
        None | Some("desc") => Ok(false),
        Some("asc") => Ok(true),
        Some(_) => Err(wrong("order", "asc or desc")),
    }
}

/// `status`: one number or a list of them.
fn statuses(request: &Request) -> Result<Vec<Option<i32>>> {
    let code = |value: Value| value.as_i64().and_then(|code| i32::try_from(code).ok());
    let form = || wrong("status", "a number or a list of numbers");
    match request.value("status")? {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(|item| code(item?).map(Some).ok_or_else(form)).collect(),
        Some(one) => Ok(vec![Some(code(one).ok_or_else(form)?)]),
    }
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

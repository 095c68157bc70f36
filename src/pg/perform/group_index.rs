//! `group_index`: the values of a datakey are kept beside the bodies, so that filters find them without reading these.
//!
//! As with live groups: registered first, filled after; in the caller's transaction only where nobody changes anybody
//! meanwhile.

use crate::domain::datakey::{self, Path};
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::attr_of;
use crate::domain::json::{Node, encoded, root};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::job::{self, Kind, Part, Progress};
use crate::pg::perform::live::{stop_changes, wait_for_writers};
use crate::pg::perform::{kept, track};
use crate::pg::spi::Session;
use crate::pg::store::track::New;
use crate::pg::store::{attribute, body};

/// The track that fills a registered datakey.
pub const KIND: Kind = Kind { action: "group.index", is_alone: false, chunk: part };

/// How many bodies a part takes.
const CHUNK: i64 = 1000;

/// Registers a datakey: `{"path", "track.id"}`; with `sync` `{"path", "count"}`, and nobody changes anybody until the caller's
/// transaction ends. One that is registered already is `{"path"}`.
///
/// Errors: `error/datakey/syntax`, `error/param/wrong` for a key of the system or with wildcards.
pub fn index(session: &Session, key: &str, sync: bool) -> Result<Encoded> {
    let path = checked(key)?.to_string();
    if sync {
        stop_changes(session)?;
    }
    let mut keys = vec![("path", Node::from(path.clone()))];
    // One that a failed or stopped track left half filled is filled again.
    if !attribute::register(session, &path, guc::statement_micros()) && attribute::ready(session).contains(&path) {
        return Encoded::new(&reply(keys, &[]));
    }
    kept::changed();
    let flag = Node::from(i64::from(sync));
    let work = encoded(&Node::object([("path", Node::from(path)), ("sync", flag)]))?;
    if sync {
        let result = job::run(session, &KIND, &work)?;
        let answer = keys.into_iter().chain(job::keys_of(&result)?).collect();
        return Encoded::new(&reply(answer, &[]));
    }
    let track = track::begin(&New { action: KIND.action, info: None, request: &work, total: None })?;
    keys.push(("track.id", Node::from(track)));
    Encoded::new(&reply(keys, &[]))
}

/// Forgets a datakey; whether it was registered. Waits for calls that changed somebody: they may have written values of it
/// that are not to be seen yet.
///
/// Errors: `error/datakey/syntax`, `error/param/wrong`, `error/member/concurrent`.
pub fn drop_index(session: &Session, key: &str) -> Result<bool> {
    let path = checked(key)?.to_string();
    stop_changes(session)?;
    let was = attribute::forget(session, &path);
    kept::changed();
    Ok(was)
}

/// A datakey of the data that names one place. Errors: `error/datakey/syntax`, `error/param/wrong`.
fn checked(key: &str) -> Result<Path<'_>> {
    let path = Path::parse(key, &guc::limits())?;
    if path.special().is_some() || path.has_wildcard() {
        return Err(wrong("path", "a datakey of the data without wildcards"));
    }
    Ok(path)
}

/// Writes what stands at the datakey in the next bodies.
fn part(session: &Session, part: &Part) -> Result<Progress> {
    let request = Request::open(part.request, &["path", "sync"], &[])?;
    let text = request.required("path", request.text("path")?)?;
    let behind = match part.state {
        None if request.flag("sync")? => 0,
        None => {
            wait_for_writers(session)?;
            0
        }
        Some(state) => state.as_i64().unwrap_or_default(),
    };
    let path = checked(text)?;
    let datasets = body::lock_next(session, behind, CHUNK);
    for dataset in &datasets {
        let Some((_, data)) = body::state(session, *dataset)? else { continue };
        let data = root(data)?;
        if let Some(row) = attr_of(datakey::read(data, &path)?)? {
            attribute::put(session, *dataset, &[(text, row)]);
        }
    }
    let done = part.done + i64::try_from(datasets.len()).unwrap_or(i64::MAX);
    if let Some(last) = datasets.last() {
        return Ok(Progress::More { done, state: encoded(&Node::from(*last))? });
    }
    if !attribute::is_ready_now(session, text) {
        return Err(Error::new(Id::ParamWrong, "path: it was dropped meanwhile"));
    }
    Ok(Progress::Done { done, result: encoded(&Node::object([("count", Node::from(done))]))? })
}

//! `hook_resend`: what a hook has sent, or failed to send, goes out again (shapes.md 8).
//!
//! A dead batch goes as it is, with its id. A range of positions is a track: what the hook takes of it, by its settings
//! of now, is put into new batches, chunk by chunk.

use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::Hook;
use crate::domain::json::{Node, Value, encoded};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::hook::find;
use crate::pg::perform::job::{Kind, Part, Progress};
use crate::pg::perform::outgoing::{Base, Outgoing, batch_of, take};
use crate::pg::perform::track;
use crate::pg::spi::Session;
use crate::pg::store::hook_batch::{self, Batch, BatchId};
use crate::pg::store::track::New;
use crate::pg::store::{erased, event_log, event_slot, hook, sequence};
use crate::pg::worker::wake;

/// The track of a range.
pub const KIND: Kind = Kind { action: "hook.resend", is_alone: false, chunk };

/// How many positions a chunk reads: one row of the order.
const CHUNK: i64 = 1000;

/// `{id, batch | from, to | dead: 1, track.info?}`: `{"batches"}`, for a range `{"track.id"}`.
///
/// Errors: those of the request, `error/hook/notexists`, `error/hook/expired`.
pub fn resend(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "batch", "from", "to", "dead", "track.info"], &[])?;
    let id = request.required("id", request.number("id")?)?;
    find(session, id)?;
    let range = request.number("from")?.zip(request.number("to")?);
    match (request.text("batch")?, range, request.flag("dead")?) {
        (Some(batch), None, false) => revive(session, id, Some(batch_id(batch)?), &request),
        (None, None, true) => revive(session, id, None, &request),
        (None, Some((from, to)), false) => resend_range(session, id, from, to, &request),
        _ => Err(wrong("batch", "given alone, or from and to, or dead")),
    }
}

fn batch_id(text: &str) -> Result<BatchId> {
    BatchId::parse(text).ok_or_else(|| wrong("batch", "the id of a batch"))
}

/// Has dead batches sent again: one, or all whose events the log still holds.
fn revive(session: &Session, id: i64, batch: Option<BatchId>, request: &Request) -> Result<Encoded> {
    let at = guc::statement_micros();
    let oldest = event_slot::first_pos(session);
    let batches = hook_batch::revive(session, id, batch, oldest, at);
    if batches == 0 && hook_batch::has_dead(session, id, batch) {
        return Err(expired());
    }
    changed(session, id);
    let batches = i64::try_from(batches).unwrap_or(i64::MAX);
    Encoded::new(&reply(vec![("batches", Node::from(batches))], &request.warnings))
}

/// Has the dispatcher read the hook's batches anew.
fn changed(session: &Session, id: i64) {
    hook::touch(session, id, sequence::next_hook_revision());
    wake::at_commit();
}

fn resend_range(session: &Session, id: i64, from: i64, to: i64, request: &Request) -> Result<Encoded> {
    if from < 1 || to < from || to >= event_log::next_pos(session) {
        return Err(wrong("from", "a position of the log, and to one that is not before it"));
    }
    if from < event_slot::first_pos(session) {
        return Err(expired());
    }
    let work = encoded(&Node::object([("id", Node::from(id)), ("from", Node::from(from)), ("to", Node::from(to))]))?;
    let info = request.text("track.info")?;
    let track = track::begin(&New { action: KIND.action, info, request: &work, total: Some(to - from + 1) })?;
    Encoded::new(&reply(vec![("track.id", Node::from(track))], &request.warnings))
}

/// Puts the next positions of the range into batches.
fn chunk(session: &Session, part: &Part) -> Result<Progress> {
    let request = Request::open(part.request, &["id", "from", "to"], &[])?;
    let number = |name| request.required(name, request.number(name)?);
    let (id, from, to) = (number("id")?, number("from")?, number("to")?);
    let before = part.state.and_then(|state| state.as_i64()).unwrap_or_default();
    let behind = from - 1 + part.done;
    let up_to = (behind + CHUNK).min(to);
    erased::wait_and_keep_away();
    let (_, settings) = find(session, id)?;
    let events = event_log::read(session, behind, up_to, None)?;
    let taken = take(session, id, &settings, &events, &Base::here());
    let batches = before + write(session, id, &settings, taken, part.at)?;
    changed(session, id);
    let done = up_to - from + 1;
    if up_to < to {
        return Ok(Progress::More { done, state: encoded(&Node::from(batches))? });
    }
    Ok(Progress::Done { done, result: encoded(&Node::object([("batches", Node::from(batches))]))? })
}

/// Writes batches of these events; how many.
fn write(session: &Session, id: i64, hook: &Hook, taken: Vec<Outgoing>, at: i64) -> Result<i64> {
    let mut batches = 0;
    for events in taken.chunks(hook.batch_size()) {
        let Some((first, last)) = events.first().zip(events.last()) else { continue };
        let batch = Batch { is_resent: true, ..batch_of(events, first.pos, last.pos)? };
        hook_batch::write(session, id, &batch, at);
        batches += 1;
    }
    Ok(batches)
}

#[cold]
fn expired() -> Error {
    Error::new(Id::HookExpired, "the slots of these positions are emptied")
}

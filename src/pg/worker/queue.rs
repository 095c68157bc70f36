//! Calls that wait for a worker: a bounded queue in shared memory (shapes.md 9).
//!
//! A request and the room for its answer lie in a segment of their own, which the caller makes and whose handle stands
//! in the queue. Nothing of it is a row: what the caller has not committed, the worker does not see.

use super::process::pause;
use super::segment::Segment;
use super::shared::{Shared, Slot, State, shared};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, encoded, root};
use pgrx::pg_sys;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub use super::segment::Asked;

/// How many calls can wait in one database: more would only wait for one another.
const PLACES: usize = 16;
/// The room for an answer, in octets.
const ROOM: usize = 256 * 1024;
/// How often a waiting call looks whether its worker is still there.
const GLANCE: Duration = Duration::from_millis(100);
/// How long a call waits for the launcher to find its database and to start a dispatcher: a probe and a start take less than
/// a second, and where there is nothing to find the caller shall not wait for long.
const FOUND_WITHIN: Duration = Duration::from_secs(5);

/// The calls that nobody has taken yet: handles of segments, 0 for a free place.
#[repr(C)]
pub struct Queue([AtomicU32; PLACES]);

/// A place in the queue; taken back if nobody came.
struct Place<'q> {
    place: &'q AtomicU32,
    handle: u32,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // Whoever took it has set it to free already, and another call may stand there.
        _ = self.place.compare_exchange(self.handle, 0, Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// Hands a request to the dispatcher of this database and waits for the answer. In a database that the launcher has not looked
/// at yet it is asked to do so now.
///
/// Errors: `error/worker/absent`, `error/worker/busy`, `error/worker/timeout`.
pub fn ask(request: &[u8], limit: Duration) -> Result<Vec<u8>> {
    let (slot, worker) = dispatcher(shared().ok_or_else(absent)?, limit.min(FOUND_WITHIN))?;
    let segment = Segment::create(request, ROOM).ok_or_else(busy)?;
    let _place = slot.queue.put(segment.handle()).ok_or_else(busy)?;
    slot.dispatcher.ask();
    let begun = Instant::now();
    loop {
        if let Some(answer) = segment.answer() {
            return Ok(answer);
        }
        if slot.dispatcher.pid.load(Ordering::Acquire) != worker {
            return Err(absent());
        }
        if begun.elapsed() >= limit {
            segment.leave();
            let late = || Error::new(Id::WorkerTimeout, format!("no answer within {} s", limit.as_secs()));
            return segment.answer().ok_or_else(late);
        }
        pause(GLANCE, None);
    }
}

/// The slot of this database and the process of its dispatcher; waited for so long at most. Errors: `error/worker/absent`.
fn dispatcher(shared: &'static Shared, limit: Duration) -> Result<(&'static Slot, i32)> {
    let (begun, mut has_asked) = (Instant::now(), false);
    loop {
        // SAFETY: reads a variable of the server's.
        let slot = shared.slot_of(unsafe { pg_sys::MyDatabaseId });
        let worker = slot.map(|slot| slot.dispatcher.pid.load(Ordering::Acquire)).filter(|worker| *worker != 0);
        if let Some(found) = slot.zip(worker) {
            return Ok(found);
        }
        // Nobody would start one: no launcher runs, there is no place for it, or a command on the database keeps it away.
        let is_hopeless = |slot: &Slot| {
            let state = slot.dispatcher.state.load(Ordering::Acquire);
            [State::NoSlot, State::Held].iter().any(|hopeless| *hopeless as u32 == state)
        };
        if !shared.has_launcher() || slot.is_some_and(is_hopeless) || begun.elapsed() >= limit {
            return Err(absent());
        }
        // Once: each time it probes all databases anew that are known to be without the extension.
        if !has_asked && slot.is_none_or(|slot| !slot.has_extension()) {
            has_asked = true;
            shared.wake_launcher();
        }
        pause(GLANCE, None);
    }
}

impl Queue {
    fn put(&self, handle: u32) -> Option<Place<'_>> {
        let free = |place: &&AtomicU32| place.compare_exchange(0, handle, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        self.0.iter().find(free).map(|place| Place { place, handle })
    }
}

/// Takes the calls that wait; only in the main thread of the dispatcher, outside transactions, whose end would detach
/// the segments.
pub fn taken(slot: &Slot) -> Vec<Asked> {
    let handles = slot.queue.0.iter().map(|place| place.swap(0, Ordering::AcqRel)).filter(|handle| *handle != 0);
    handles.filter_map(Asked::take).collect()
}

/// What the dispatcher refused with, if it did.
pub fn refusal_in(answer: &[u8]) -> Result<Option<Error>> {
    let Some(answer) = root(answer)?.as_object() else { return Ok(None) };
    let id = answer.get("error")?.and_then(|id| id.as_str()).and_then(Id::parse);
    let explain = answer.get("explain")?.and_then(|text| text.as_str()).unwrap_or_default();
    Ok(id.map(|id| Error::new(id, explain)))
}

/// What tells a caller that it was refused.
pub fn refused(error: &Error) -> Vec<u8> {
    let answer =
        Node::object([("error", Node::from(error.id.as_str())), ("explain", Node::from(error.explain.as_str()))]);
    encoded(&answer).unwrap_or_default()
}

#[cold]
fn absent() -> Error {
    Error::new(Id::WorkerAbsent, "no dispatcher serves this database")
}

#[cold]
fn busy() -> Error {
    Error::new(Id::WorkerBusy, "the queue of the dispatcher is full")
}

//! Calls that wait for a worker: a bounded queue in shared memory (shapes.md 9).
//!
//! A request and the room for its answer lie in a segment of their own, which the caller makes and whose handle stands
//! in the queue. Nothing of it is a row: what the caller has not committed, the worker does not see.

use super::process::pause;
use super::segment::Segment;
use super::shared::{Slot, shared};
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

/// Hands a request to the dispatcher of this database and waits for the answer.
///
/// Errors: `error/worker/absent`, `error/worker/busy`, `error/worker/timeout`.
pub fn ask(request: &[u8], limit: Duration) -> Result<Vec<u8>> {
    // SAFETY: reads a variable of the server's.
    let slot = shared().and_then(|shared| shared.slot_of(unsafe { pg_sys::MyDatabaseId })).ok_or_else(absent)?;
    let worker = slot.dispatcher.pid.load(Ordering::Acquire);
    if worker == 0 {
        return Err(absent());
    }
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
            return Err(Error::new(Id::WorkerTimeout, format!("no answer within {} s", limit.as_secs())));
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

//! Calls that wait for a worker: a bounded queue in shared memory (shapes.md 9).
//!
//! A request and the room for its answer lie in a segment of their own, which the caller makes and whose handle stands
//! in the queue. Nothing of it is a row: what the caller has not committed, the worker does not see.

use super::process::pause;
use super::shared::{Slot, set_latch, shared};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, encoded, root};
use pgrx::pg_sys;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many calls can wait in one database: more would only wait for one another.
const PLACES: usize = 16;
/// The room for an answer, in octets.
const ROOM: usize = 256 * 1024;
/// How often a waiting call looks whether its worker is still there.
const GLANCE: Duration = Duration::from_millis(100);

/// The calls that nobody has taken yet: handles of segments, 0 for a free place.
#[repr(C)]
pub struct Queue([AtomicU32; PLACES]);

/// What stands at the beginning of a segment; the request follows, then the room for the answer.
#[repr(C)]
struct Head {
    caller: *mut pg_sys::Latch,
    request: usize,
    answer: AtomicUsize,
    is_answered: AtomicBool,
}

/// A segment, attached.
struct Segment {
    segment: *mut pg_sys::dsm_segment,
    head: NonNull<Head>,
}

impl Segment {
    /// A new one that holds a request. Errors: `error/worker/busy` where the server has no room for more.
    fn create(request: &[u8]) -> Result<Segment> {
        // SAFETY: the server's own routine; a segment begins with zeroes and is aligned for anything.
        unsafe {
            let size = size_of::<Head>() + request.len() + ROOM;
            let segment = pg_sys::dsm_create(size, pg_sys::DSM_CREATE_NULL_IF_MAXSEGMENTS as i32);
            let made = Segment::of(segment).ok_or_else(busy)?;
            made.head.as_ptr().write(Head {
                caller: pg_sys::MyLatch,
                request: request.len(),
                answer: AtomicUsize::new(0),
                is_answered: AtomicBool::new(false),
            });
            ptr::copy_nonoverlapping(request.as_ptr(), made.bytes(), request.len());
            Ok(made)
        }
    }

    /// That of another process; none if it is gone.
    fn attach(handle: u32) -> Option<Segment> {
        // SAFETY: the server's own routine.
        unsafe { Segment::of(pg_sys::dsm_attach(handle)) }
    }

    /// # Safety
    /// The segment is null or was made by [`Segment::create`].
    unsafe fn of(segment: *mut pg_sys::dsm_segment) -> Option<Segment> {
        if segment.is_null() {
            return None;
        }
        // SAFETY: attached, so mapped.
        let head = unsafe { NonNull::new(pg_sys::dsm_segment_address(segment).cast())? };
        Some(Segment { segment, head })
    }

    fn handle(&self) -> u32 {
        // SAFETY: attached.
        unsafe { pg_sys::dsm_segment_handle(self.segment) }
    }

    fn head(&self) -> &Head {
        // SAFETY: mapped as long as this value lives; what changes is atomic.
        unsafe { self.head.as_ref() }
    }

    /// Where the request begins.
    fn bytes(&self) -> *mut u8 {
        // SAFETY: the segment is longer than its head.
        unsafe { self.head.as_ptr().add(1).cast() }
    }

    fn request(&self) -> &[u8] {
        // SAFETY: written before the handle was given away.
        unsafe { slice::from_raw_parts(self.bytes(), self.head().request) }
    }

    /// Where the answer begins.
    fn room(&self) -> *mut u8 {
        // SAFETY: the room follows the request.
        unsafe { self.bytes().add(self.head().request) }
    }

    fn answer(&self) -> Option<Vec<u8>> {
        let is_there = self.head().is_answered.load(Ordering::Acquire);
        let length = self.head().answer.load(Ordering::Acquire).min(ROOM);
        // SAFETY: written before the flag was set.
        is_there.then(|| unsafe { slice::from_raw_parts(self.room(), length) }.to_vec())
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // SAFETY: attached by this value alone.
        unsafe { pg_sys::dsm_detach(self.segment) };
    }
}

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
    let segment = Segment::create(request)?;
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

/// A call that was taken from the queue.
pub struct Asked(Segment);

impl Asked {
    /// What is asked.
    pub fn request(&self) -> &[u8] {
        self.0.request()
    }

    /// Answers; the caller goes on.
    pub fn answer(self, answer: &[u8]) {
        let head = self.0.head();
        let length = answer.len().min(ROOM);
        // SAFETY: the room is that long, and nobody reads it before the flag is set.
        unsafe { ptr::copy_nonoverlapping(answer.as_ptr(), self.0.room(), length) };
        head.answer.store(length, Ordering::Release);
        head.is_answered.store(true, Ordering::Release);
        set_latch(head.caller);
    }
}

/// Takes the calls that wait; only in the main thread of the dispatcher, outside transactions, whose end would detach
/// the segments.
pub fn taken(slot: &Slot) -> Vec<Asked> {
    let handles = slot.queue.0.iter().map(|place| place.swap(0, Ordering::AcqRel)).filter(|handle| *handle != 0);
    handles.filter_map(Segment::attach).map(Asked).collect()
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

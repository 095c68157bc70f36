//! A request and the room for its answer, in a segment of shared memory: how one process asks another.

use super::shared::set_latch;
use pgrx::pg_sys;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What stands at the beginning of a segment; the request follows, then the room for the answer.
#[repr(C)]
struct Head {
    caller: *mut pg_sys::Latch,
    request: usize,
    room: usize,
    answer: AtomicUsize,
    is_answered: AtomicBool,
    /// Whether nobody waits for the answer any more.
    is_left: AtomicBool,
}

/// A segment, attached.
pub struct Segment {
    segment: *mut pg_sys::dsm_segment,
    head: NonNull<Head>,
}

impl Segment {
    /// A new one that holds a request and has room for so many octets of an answer; none where the server has no room for
    /// more segments. It is this process that is told of the answer.
    pub fn create(request: &[u8], room: usize) -> Option<Segment> {
        // SAFETY: the server's own routine; a segment begins with zeroes and is aligned for anything.
        unsafe {
            let size = size_of::<Head>() + request.len() + room;
            let segment = pg_sys::dsm_create(size, pg_sys::DSM_CREATE_NULL_IF_MAXSEGMENTS as i32);
            let made = Segment::of(segment)?;
            made.head.as_ptr().write(Head {
                caller: pg_sys::MyLatch,
                request: request.len(),
                room,
                answer: AtomicUsize::new(0),
                is_answered: AtomicBool::new(false),
                is_left: AtomicBool::new(false),
            });
            ptr::copy_nonoverlapping(request.as_ptr(), made.bytes(), request.len());
            Some(made)
        }
    }

    /// Keeps it attached beyond the end of the transaction.
    pub fn keep(&self) {
        // SAFETY: attached.
        unsafe { pg_sys::dsm_pin_mapping(self.segment) };
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

    /// What another process attaches it by.
    pub fn handle(&self) -> u32 {
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

    /// Says that nobody waits for the answer any more; one that has come by now is there.
    pub fn leave(&self) {
        self.head().is_left.store(true, Ordering::SeqCst);
    }

    /// The answer, when it is there.
    pub fn answer(&self) -> Option<Vec<u8>> {
        let is_there = self.head().is_answered.load(Ordering::SeqCst);
        let length = self.head().answer.load(Ordering::Acquire).min(self.head().room);
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

/// A request of another process.
pub struct Asked(Segment);

impl Asked {
    /// That with this handle, if its process is still there. Outside transactions, whose end would detach it.
    pub fn take(handle: u32) -> Option<Asked> {
        Segment::attach(handle).map(Asked)
    }

    /// How many octets an answer may have.
    pub fn room(&self) -> usize {
        self.0.head().room
    }

    /// What is asked.
    pub fn request(&self) -> &[u8] {
        self.0.request()
    }

    /// Answers; the caller goes on.
    pub fn answer(self, answer: &[u8]) {
        self.try_answer(answer);
    }

    /// The same; whether the caller was still there. Where it was not, nobody may have read the answer.
    pub fn try_answer(self, answer: &[u8]) -> bool {
        let head = self.0.head();
        let length = answer.len().min(head.room);
        // SAFETY: the room is that long, and nobody reads it before the flag is set.
        unsafe { ptr::copy_nonoverlapping(answer.as_ptr(), self.0.room(), length) };
        head.answer.store(length, Ordering::Release);
        // One of the two sees what the other did: the caller this answer, or we that it had gone before.
        head.is_answered.store(true, Ordering::SeqCst);
        let is_awaited = !head.is_left.load(Ordering::SeqCst);
        set_latch(head.caller);
        is_awaited
    }
}

//! Waking the workers when a transaction commits that wrote something for them.
//!
//! The callback runs where an error would stop the whole cluster: it reads one flag, looks for one slot and sets a latch.

use super::shared::{Shared, shared};
use pgrx::pg_sys;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the present transaction wrote something that workers wait for.
static WROTE: AtomicBool = AtomicBool::new(false);
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// Notes that this transaction wrote an event or changed a hook: its commit wakes the dispatcher.
pub fn at_commit() {
    if shared().is_none() {
        return;
    }
    WROTE.store(true, Ordering::Relaxed);
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        // SAFETY: the server keeps the callback for the life of the process.
        unsafe { pg_sys::RegisterXactCallback(Some(on_end), std::ptr::null_mut()) };
    }
}

unsafe extern "C-unwind" fn on_end(event: pg_sys::XactEvent::Type, _: *mut c_void) {
    use pg_sys::XactEvent::*;
    match event {
        XACT_EVENT_COMMIT | XACT_EVENT_PARALLEL_COMMIT => {
            if WROTE.swap(false, Ordering::Relaxed)
                && let Some(shared) = shared()
            {
                wake(shared);
            }
        }
        XACT_EVENT_ABORT | XACT_EVENT_PARALLEL_ABORT | XACT_EVENT_PREPARE => WROTE.store(false, Ordering::Relaxed),
        _ => {}
    }
}

/// Wakes the dispatcher of this database; the launcher where none is known.
fn wake(shared: &Shared) {
    // SAFETY: reads a variable of the server's.
    match shared.slot_of(unsafe { pg_sys::MyDatabaseId }) {
        Some(slot) if slot.dispatcher.pid.load(Ordering::Acquire) != 0 => _ = slot.dispatcher.ask(),
        _ => shared.wake_launcher(),
    }
}

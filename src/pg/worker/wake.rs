//! Waking the workers when a transaction commits that wrote something for them.
//!
//! The callback runs where an error would stop the whole cluster: it reads one flag, looks for one slot and sets a latch.

use super::shared::{Shared, shared};
use pgrx::pg_sys;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Whom the commit of the present transaction wakes: bits.
static WAKE: AtomicU8 = AtomicU8::new(0);
const DISPATCHER: u8 = 1;
const JOBS: u8 = 2;
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// Notes that this transaction wrote an event or changed a hook: its commit wakes the dispatcher.
pub fn at_commit() {
    note(DISPATCHER);
}

/// Notes that this transaction made or stopped a track: its commit wakes the job workers.
pub fn jobs_at_commit() {
    note(JOBS);
}

fn note(whom: u8) {
    if shared().is_none() {
        return;
    }
    WAKE.fetch_or(whom, Ordering::Relaxed);
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        // SAFETY: the server keeps the callback for the life of the process.
        unsafe { pg_sys::RegisterXactCallback(Some(on_end), std::ptr::null_mut()) };
    }
}

unsafe extern "C-unwind" fn on_end(event: pg_sys::XactEvent::Type, _: *mut c_void) {
    use pg_sys::XactEvent::*;
    match event {
        XACT_EVENT_COMMIT | XACT_EVENT_PARALLEL_COMMIT => {
            let whom = WAKE.swap(0, Ordering::Relaxed);
            if whom != 0
                && let Some(shared) = shared()
            {
                wake(shared, whom);
            }
        }
        XACT_EVENT_ABORT | XACT_EVENT_PARALLEL_ABORT | XACT_EVENT_PREPARE => WAKE.store(0, Ordering::Relaxed),
        _ => {}
    }
}

/// Wakes the workers of this database; the launcher where no dispatcher is known.
fn wake(shared: &Shared, whom: u8) {
    // SAFETY: reads a variable of the server's.
    let Some(slot) = shared.slot_of(unsafe { pg_sys::MyDatabaseId }).filter(|slot| slot.dispatcher.is_up()) else {
        return shared.wake_launcher();
    };
    if whom & DISPATCHER != 0 {
        slot.dispatcher.ask();
    }
    if whom & JOBS != 0 {
        slot.jobs.iter().filter(|worker| worker.is_up()).for_each(|worker| _ = worker.ask());
    }
}

//! The background workers: who runs where, how they are woken, and what each does (DESIGN 6).
//!
//! One launcher in the cluster starts, for every database that has the extension, a dispatcher, which puts the log into
//! order and carries events out. Nothing of this runs unless the library is in shared_preload_libraries; all calls
//! work without it, and only this work waits.

mod calls;
mod delivery;
mod dispatcher;
pub mod email_tests;
pub mod entity_calls;
mod errand;
pub mod fetches;
mod jobs;
mod lanes;
mod launcher;
mod line;
mod notices;
mod pace;
mod pipelines;
mod probe;
pub mod process;
pub mod queue;
mod ring;
mod runner;
mod runners;
mod runtime;
mod segment;
mod sequences;
pub mod shared;
pub mod text_query;
pub mod trial;
mod user_query;
mod utility;
mod waiting;
pub mod wake;

use pgrx::pg_sys;

/// Called once, when the library is loaded: takes shared memory and registers the launcher where there is still time.
pub fn start() {
    // SAFETY: reads a variable of the server's.
    if !unsafe { pg_sys::process_shared_preload_libraries_in_progress } || unsafe { pg_sys::IsBinaryUpgrade } {
        return;
    }
    shared::request();
    utility::hook();
    launcher::register();
}

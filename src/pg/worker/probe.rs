//! The probe: a short process that finds out whether a database has the extension.

use super::process;
use super::shared::{Knowledge, State, Worker, shared};
use crate::pg::spi::Session;
use crate::pg::store::extension;
use pgrx::pg_sys;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a worker looks whether the one before it has ended.
const TAKEN: Duration = Duration::from_millis(200);
/// How often a worker of another version than the extension's looks whether that is still so.
const SKEWED: Duration = Duration::from_secs(10);

/// The entry point; its argument is the database.
#[pgrx::pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_member_probe(argument: pg_sys::Datum) {
    let database = pg_sys::Oid::from(argument.value() as u32);
    process::listen_to_signals();
    process::connect(database);
    let there = process::bare_transaction(c"looking for the extension", is_installed);
    if let Some(slot) = shared().and_then(|shared| shared.slot_of(database)) {
        let known = if there { Knowledge::With } else { Knowledge::Without };
        slot.knowledge.store(known as u32, Ordering::Release);
    }
}

/// Whether this database has the extension; inside a transaction.
pub fn is_installed() -> bool {
    // SAFETY: looks it up in the catalog.
    unsafe { pg_sys::get_extension_oid(c"pg_member".as_ptr(), true) != pg_sys::InvalidOid }
}

/// Begins to be a worker of the database: 0 for the dispatcher, from 1 on for job workers. Waits while another process is
/// that worker, which a launcher that died may have left, and while the extension is of another version than this library:
/// tables and code would not agree.
pub fn begin(worker: &Worker, number: i32) {
    while !process::transaction(c"starting", |session| extension::lock_worker(session, number)) {
        process::wait(TAKEN, None);
    }
    worker.enter();
    while process::transaction(c"starting", is_of_another_version) {
        worker.set(State::VersionSkew);
        process::wait(SKEWED, None);
    }
}

fn is_of_another_version(session: &Session) -> bool {
    extension::version(session).is_some_and(|version| version != env!("CARGO_PKG_VERSION"))
}

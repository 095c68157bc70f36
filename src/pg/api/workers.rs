//! `member_workers`, `member_wait_idle` (shapes.md 9, 10).

use crate::domain::error::{Error, Id, Result};
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::jsonb;
use crate::pg::rows::RowSink;
use crate::pg::snapshot::Latest;
use crate::pg::spi::{Access, Arg, Session};
use crate::pg::store::track;
use crate::pg::worker::process::pause;
use crate::pg::worker::shared::{Slot, State, shared};
use pgrx::pg_sys;
use std::ffi::CStr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

sql_function! { member_workers => workers }
sql_function! { member_wait_idle => wait_idle }

/// How often a waiting call looks.
const GLANCE: Duration = Duration::from_millis(5);

/// A row for each worker of every database, and the launcher's.
fn workers(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::open(call);
    let Some(shared) = shared() else { return Ok(Answer::Null) };
    let launcher = shared.launcher_pid.load(Ordering::Acquire);
    let state = if launcher == 0 { State::Stopped } else { State::Idle };
    rows.push([Arg::NULL, "launcher".into(), process(launcher), State::name(state as u32).into(), Arg::NULL]);
    for slot in &shared.slots {
        let database = pg_sys::Oid::from(slot.database.load(Ordering::Acquire));
        if database == pg_sys::InvalidOid || !(slot.has_extension() || slot.has_no_place()) {
            continue;
        }
        for (name, worker) in slot.workers() {
            rows.push([
                database_name(database),
                name.into(),
                process(worker.pid.load(Ordering::Acquire)),
                State::name(worker.state.load(Ordering::Acquire)).into(),
                Arg::instant(worker.started_at.load(Ordering::Acquire)),
            ]);
        }
    }
    Ok(Answer::Null)
}

fn process(pid: i32) -> Arg {
    if pid == 0 { Arg::NULL } else { pid.into() }
}

fn database_name(database: pg_sys::Oid) -> Arg {
    // SAFETY: looks it up in the catalog; the name is the server's own copy.
    unsafe {
        let name = pg_sys::get_database_name(database);
        if name.is_null() { Arg::NULL } else { Arg::datum(jsonb::text_datum(&CStr::from_ptr(name).to_string_lossy())) }
    }
}

/// Waits until the workers of this database have nothing left to do; false when time is up.
fn wait_idle(call: &Call) -> Result<Answer> {
    let Some(limit) = call.datum(0) else { return Ok(Answer::Null) };
    let deadline = Instant::now() + limit_of(limit);
    let slot = own_slot().ok_or_else(absent)?;
    // Tracks first: what they write is the dispatcher's work.
    let are_idle = until(deadline, || !are_tracks_open()) && {
        let asked = slot.dispatcher.ask();
        until(deadline, || slot.dispatcher.done.load(Ordering::Acquire) >= asked)
    };
    Ok(Answer::truth(are_idle))
}

/// Whether others than this transaction have made tracks that are not at their end.
fn are_tracks_open() -> bool {
    let _latest = Latest::take();
    track::are_open(&Session::open(Access::Read))
}

/// Waits until something holds; false when time is up.
fn until(deadline: Instant, mut holds: impl FnMut() -> bool) -> bool {
    while !holds() {
        if Instant::now() >= deadline {
            return false;
        }
        pause(GLANCE, None);
    }
    true
}

/// The slot of this database, if a launcher runs that will serve it.
fn own_slot() -> Option<&'static Slot> {
    let shared = shared().filter(|shared| shared.launcher_pid.load(Ordering::Acquire) != 0)?;
    // SAFETY: reads a variable of the server's.
    let database = unsafe { pg_sys::MyDatabaseId };
    // A database that was made a moment ago gets its slot when the launcher has looked.
    let begun = Instant::now();
    loop {
        match shared.slot_of(database) {
            Some(slot) => return Some(slot),
            None if begun.elapsed() > Duration::from_secs(5) => return None,
            None => {
                shared.wake_launcher();
                pause(GLANCE, None);
            }
        }
    }
}

/// An interval as a duration; months count as 30 days.
pub fn limit_of(interval: pg_sys::Datum) -> Duration {
    // SAFETY: the SQL declaration says interval.
    let interval = unsafe { &*interval.cast_mut_ptr::<pg_sys::Interval>() };
    let days = i64::from(interval.month) * 30 + i64::from(interval.day);
    let micros = days.saturating_mul(86_400_000_000).saturating_add(interval.time);
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

#[cold]
fn absent() -> Error {
    Error::new(Id::WorkerAbsent, "no launcher runs in this server")
}

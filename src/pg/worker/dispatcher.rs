//! The dispatcher: one for each database. It puts the log into order and carries events out.
//!
//! Its main thread speaks with Postgres, in our own constant statements only, and never waits for the network; sockets
//! live in the runtime's threads.

use super::probe::is_installed;
use super::process;
use super::shared::{Slot, State, shared};
use crate::pg::spi::Session;
use crate::pg::store::event_log::{self, Home, Seen};
use crate::pg::store::sequence;
use pgrx::pg_sys;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long the dispatcher sleeps at most: a lost wake-up costs this much and nothing else.
const POLL: Duration = Duration::from_secs(1);
/// How many rows of what the sequencer saw are kept.
const SEEN_KEPT: i64 = 100;
/// How often old rows are deleted, in turns that gave positions.
const TIDY_EVERY: u64 = 100;

unsafe extern "C-unwind" {
    fn Async_Listen(channel: *const std::ffi::c_char);
    fn ProcessNotifyInterrupt(flush: bool);
    static mut notifyInterruptPending: std::ffi::c_int;
}

/// The entry point; its argument is the database.
#[pgrx::pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_member_dispatcher(argument: pg_sys::Datum) {
    let database = pg_sys::Oid::from(argument.value() as u32);
    process::listen_to_signals();
    process::connect(database);
    process::settle(c"pg_member dispatcher");
    let Some(slot) = shared().and_then(|shared| shared.slot_of(database)) else { return };
    slot.dispatcher.enter();
    // SAFETY: called with the argument given here, while this process ends.
    unsafe { pg_sys::before_shmem_exit(Some(on_exit), argument) };
    let Some(mut dispatcher) = process::transaction(c"starting", Dispatcher::open) else { return };
    loop {
        let asked = slot.dispatcher.asked.load(Ordering::Acquire);
        slot.dispatcher.set(State::Working);
        match dispatcher.turn() {
            Turn::Gone => return,
            Turn::More => continue,
            Turn::Idle => rest(slot, asked),
        }
    }
}

/// Says that all asked for up to here is done, and sleeps.
fn rest(slot: &Slot, asked: u64) {
    slot.dispatcher.done.store(asked, Ordering::Release);
    slot.dispatcher.set(State::Idle);
    process::wait(POLL, None);
    // A listener pins the queue of all databases: what came is taken at once, outside transactions.
    // SAFETY: the server's own flag and routine, in the main thread.
    unsafe {
        if notifyInterruptPending != 0 {
            ProcessNotifyInterrupt(false);
        }
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_exit(_code: std::ffi::c_int, argument: pg_sys::Datum) {
    let database = pg_sys::Oid::from(argument.value() as u32);
    if let Some(slot) = shared().and_then(|shared| shared.slot_of(database)) {
        slot.dispatcher.leave();
    }
}

/// What a turn came to.
enum Turn {
    /// The extension is not there any more.
    Gone,
    /// There is more to do at once.
    More,
    /// There is nothing to do now.
    Idle,
}

struct Dispatcher {
    home: Home,
    seen: Seen,
    turns: u64,
}

impl Dispatcher {
    /// Takes up where the last one stopped; nothing where the extension is gone.
    fn open(session: &Session) -> Option<Dispatcher> {
        if !is_installed() {
            return None;
        }
        // SAFETY: inside a transaction; it takes effect at commit.
        unsafe { Async_Listen(c"pg_member".as_ptr()) };
        let home = Home::here();
        Some(Dispatcher { home, seen: settle_in(session, home), turns: 0 })
    }

    fn turn(&mut self) -> Turn {
        process::transaction(c"ordering events", |session| {
            if !is_installed() {
                return Turn::Gone;
            }
            match event_log::sequence(session, &self.seen, process::now(), self.home) {
                None => Turn::Idle,
                Some(seen) => {
                    self.seen = seen;
                    self.turns += 1;
                    if self.turns.is_multiple_of(TIDY_EVERY) {
                        event_log::forget_seen(session, SEEN_KEPT);
                    }
                    Turn::More
                }
            }
        })
    }
}

/// What has been seen of the log here. In a copy of a database, or after a restore, the numbers of transactions mean
/// nothing: a new life begins, and what older lives left without a position gets one.
fn settle_in(session: &Session, home: Home) -> Seen {
    let now = process::now();
    match event_log::last_seen(session) {
        Some((seen, place)) if place == home => seen,
        Some((seen, _)) => {
            let before = sequence::event_life();
            let life = sequence::next_event_life();
            let next_pos = event_log::sequence_left_over(session, before, seen.next_pos);
            event_log::begin(session, now, next_pos, life, home)
        }
        None => event_log::begin(session, now, 1, sequence::event_life(), home),
    }
}

//! The dispatcher: one for each database. It puts the log into order and carries events out.
//!
//! Its main thread speaks with Postgres, in our own constant statements only, and never waits for the network; sockets
//! live in the runtime's threads.

use super::delivery::Delivery;
use super::probe::is_installed;
use super::process;
use super::runtime;
use super::shared::{Slot, State, shared};
use crate::domain::time::DAY_MICROS;
use crate::pg::guc;
use crate::pg::spi::{Access, Session};
use crate::pg::store::event_log::{self, Home, Seen};
use crate::pg::store::{extension, hook, hook_batch, sequence};
use pgrx::pg_sys;
use std::ffi::CStr;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long the dispatcher sleeps at most: a lost wake-up costs this much and nothing else.
const POLL: Duration = Duration::from_secs(1);
/// How often a dispatcher of another version than the extension's looks whether that is still so.
const SKEWED: Duration = Duration::from_secs(10);
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
    while process::transaction(c"starting", is_of_another_version) {
        slot.dispatcher.set(State::VersionSkew);
        process::wait(SKEWED, None);
    }
    let Some(mut dispatcher) = process::transaction(c"starting", Dispatcher::open) else { return };
    loop {
        let asked = slot.dispatcher.asked.load(Ordering::Acquire);
        slot.dispatcher.set(State::Working);
        match dispatcher.turn() {
            Turn::Gone => return,
            Turn::More => continue,
            Turn::Idle => rest(slot, asked, &dispatcher.delivery),
        }
    }
}

/// Whether the extension of this database is of another version than this library: tables and code would not agree.
fn is_of_another_version(session: &Session) -> bool {
    extension::version(session).is_some_and(|version| version != env!("CARGO_PKG_VERSION"))
}

/// Says that all asked for up to here is done, if it is, and sleeps.
fn rest(slot: &Slot, asked: u64, delivery: &Delivery) {
    if delivery.is_idle() {
        slot.dispatcher.done.store(asked, Ordering::Release);
    }
    slot.dispatcher.set(State::Idle);
    let limit = delivery.next_due(process::now()).unwrap_or(POLL).min(POLL);
    process::wait(limit, Some(delivery.bell()));
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
    runtime::stop();
    let database = pg_sys::Oid::from(argument.value() as u32);
    if let Some(slot) = shared().and_then(|shared| shared.slot_of(database)) {
        slot.dispatcher.leave();
    }
}

/// The name of the database, in a transaction.
fn database_name() -> String {
    // SAFETY: looks it up in the catalog; the process is connected, so it is there.
    unsafe {
        let name = pg_sys::get_database_name(pg_sys::MyDatabaseId);
        if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into_owned() }
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
    delivery: Delivery,
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
        let delivery = match Delivery::start(database_name()) {
            Ok(delivery) => delivery,
            Err(error) => {
                pgrx::error!("pg_member: the dispatcher cannot start its runtime: {error}")
            }
        };
        Some(Dispatcher { home, seen: settle_in(session, home), turns: 0, delivery })
    }

    /// One transaction: outcomes of the last round, the order of the log, batches of all hooks. Then they are sent.
    fn turn(&mut self) -> Turn {
        let at = process::now();
        let turn = process::bare_transaction(c"carrying events out", || {
            if !is_installed() {
                return Turn::Gone;
            }
            let session = &Session::open(Access::Write);
            self.carry(session, at);
            let fresh = event_log::sequence(session, &self.seen, at, self.home);
            let is_fresh = fresh.is_some();
            if let Some(seen) = fresh {
                self.seen = seen;
                self.turns += 1;
                if self.turns.is_multiple_of(TIDY_EVERY) {
                    event_log::forget_seen(session, SEEN_KEPT);
                    hook_batch::forget(session, at - i64::from(guc::hook_attempt_days()) * DAY_MICROS);
                }
            }
            let more = self.delivery.turn(session, self.seen.next_pos, at);
            if more || is_fresh { Turn::More } else { Turn::Idle }
        });
        self.delivery.send(at);
        turn
    }
}

impl Dispatcher {
    /// Takes up what transactions wrote into the life before this one that were running when this one began.
    fn carry(&mut self, session: &Session, at: i64) {
        let Some(carried) = self.seen.carried.take() else { return };
        let have_ended = event_log::have_ended(session, &carried);
        let next_pos = event_log::sequence_left_over(session, self.seen.life, self.seen.next_pos);
        let is_news = have_ended || next_pos > self.seen.next_pos;
        self.seen.next_pos = next_pos;
        self.seen.carried = Some(carried).filter(|_| !have_ended);
        if is_news {
            event_log::note(session, &self.seen, at, self.home);
        }
    }
}

/// What has been seen of the log here. In a copy of a database, or after a restore, the numbers of transactions mean
/// nothing: a new life begins, and what older lives left without a position gets one.
fn settle_in(session: &Session, home: Home) -> Seen {
    let seen = match event_log::last_seen(session) {
        Some((seen, place)) if place == home => return seen,
        Some((seen, _)) => {
            // Two copies that send would tell the world everything twice.
            hook::stop_copies(session, home, "copied");
            event_log::new_life(seen.next_pos, sequence::next_event_life())
        }
        None => event_log::new_life(1, sequence::event_life()),
    };
    let next_pos = event_log::sequence_left_over(session, seen.life, seen.next_pos);
    let seen = Seen { next_pos, ..seen };
    event_log::note(session, &seen, process::now(), home);
    seen
}

//! A runner: a process connected as the role of a channel. It runs queries that users wrote, each in a transaction of its
//! own (shapes.md 9).
//!
//! The role is the user of the session. So there is nothing behind it to get back to: RESET ROLE, SET SESSION
//! AUTHORIZATION and whatever runs at the commit give no rights that the role does not have.

use super::process;
use super::segment::Asked;
use super::shared::{MAX_RUNNERS, Seat, Slot, shared};
use super::text_query::TextQuery;
use super::user_query::UserQuery;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::Failure;
use crate::domain::pipe::sql;
use crate::pg::perform::passage;
use pgrx::pg_sys;
use std::any::Any;
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long a runner waits for another query: connecting costs some milliseconds, a process that waits a few megabytes.
const IDLE: Duration = Duration::from_secs(10);
/// How long it sleeps at most: a lost wake-up costs this much and nothing else.
const POLL: Duration = Duration::from_secs(1);
/// The shortest limit of a query, in milliseconds: 0 would be none.
const SHORTEST: i32 = 1;

unsafe extern "C-unwind" {
    // Not bound by pgrx.
    fn DiscardCommand(statement: *mut pg_sys::DiscardStmt, is_top_level: bool);
}

/// The argument of a runner: the database, the place and the number that it was given away with.
pub fn argument(database: u32, place: usize, number: u32) -> u64 {
    u64::from(database) | (place as u64 % MAX_RUNNERS as u64) << 32 | u64::from(number & NUMBERS) << 40
}

/// The numbers that an argument has room for; others begin anew.
const NUMBERS: u32 = 0xff_ffff;

/// The task of a place: the number above the handle.
pub fn task(number: u32, handle: u32) -> u64 {
    u64::from(number) << 32 | u64::from(handle)
}

/// The place that an argument names.
fn place_of(argument: pg_sys::Datum) -> Option<(&'static Slot, &'static Seat)> {
    let slot = shared()?.slot_of(pg_sys::Oid::from(argument.value() as u32))?;
    Some((slot, slot.runners.get(argument.value() >> 32 & 0xff)?))
}

/// What an argument names.
#[derive(Clone, Copy)]
struct Post {
    database: pg_sys::Oid,
    slot: &'static Slot,
    seat: &'static Seat,
    number: u32,
}

impl Post {
    /// None if the place was given to another since.
    fn of(argument: pg_sys::Datum) -> Option<Post> {
        let (slot, seat) = place_of(argument)?;
        let number = seat.number.load(Ordering::Acquire);
        let database = pg_sys::Oid::from(argument.value() as u32);
        (number & NUMBERS == (argument.value() >> 40) as u32).then_some(Post { database, slot, seat, number })
    }

    /// Whether the place was given to another.
    fn is_lost(&self) -> bool {
        self.seat.number.load(Ordering::Acquire) != self.number
    }

    /// A query to run, if there is one.
    fn take(&self) -> Option<Asked> {
        let waiting = self.seat.task.load(Ordering::Acquire);
        let is_mine = waiting != 0 && (waiting >> 32) as u32 == self.number;
        let is_taken =
            is_mine && self.seat.task.compare_exchange(waiting, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        is_taken.then(|| Asked::take(waiting as u32)).flatten()
    }
}

/// The entry point; see [`argument`].
#[pgrx::pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_member_runner(argument: pg_sys::Datum) {
    process::listen_to_signals();
    let Some(post) = Post::of(argument) else { return };
    let role = pg_sys::Oid::from(post.seat.role.load(Ordering::Acquire));
    if post.is_lost() {
        return;
    }
    // SAFETY: called with the argument given here, while this process ends.
    unsafe { pg_sys::before_shmem_exit(Some(on_exit), argument) };
    // SAFETY: this process's own latch and number.
    unsafe {
        post.seat.latch.store(pg_sys::MyLatch, Ordering::Release);
        post.seat.pid.store(pg_sys::MyProcPid, Ordering::Release);
    }
    process::connect_as(post.database, role);
    let mut used = Instant::now();
    while !post.is_lost() && post.slot.dispatcher.is_up() && used.elapsed() < IDLE {
        match post.take() {
            Some(asked) => {
                let answer = answer(&asked);
                asked.answer(&answer);
                clean(role);
                used = Instant::now();
                process::breathe();
            }
            None => process::wait(POLL, None),
        }
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_exit(_code: std::ffi::c_int, argument: pg_sys::Datum) {
    // Also of a place that was given away: another process may get this number.
    let Some((_, seat)) = place_of(argument) else { return };
    // SAFETY: reads a variable of the server's.
    if seat.pid.load(Ordering::Acquire) == unsafe { pg_sys::MyProcPid } {
        seat.latch.store(ptr::null_mut(), Ordering::Release);
        seat.pid.store(0, Ordering::Release);
    }
}

/// What a request comes to, in a form that fits into its room.
fn answer(asked: &Asked) -> Vec<u8> {
    let answered = |result: Result<Data, Failure>| match result {
        Ok(rows) => Data::object([("rows", rows)]),
        Err(Failure { code, message }) => Data::object([("code", Data::from(code)), ("message", Data::from(message))]),
    };
    let written = |answer: Data| answer.into_json().to_string().into_bytes();
    let answer = written(answered(run(asked)));
    if answer.len() <= asked.room() { answer } else { written(answered(Err(sql::too_large()))) }
}

/// Runs a query in a transaction of its own.
fn run(asked: &Asked) -> Result<Data, Failure> {
    let request = serde_json::from_slice(asked.request()).map(Data::from_json).unwrap_or_default();
    let text = |key| match request.get(key) {
        Some(Data::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let number = |key| match request.get(key) {
        Some(Data::Number(number)) => number.as_i64(),
        _ => None,
    };
    let values = match request.get("values") {
        Some(Data::List(values)) => values.clone(),
        _ => Vec::new(),
    };
    let limit = number("limit_ms").map_or(SHORTEST, |limit| i32::try_from(limit).unwrap_or(i32::MAX));
    let of_texts = request.get("file").map(|_| TextQuery {
        text: text("query"),
        search_path: text("search_path"),
        file: text("file").into(),
        room: number("most").unwrap_or_default().unsigned_abs(),
    });
    let query = UserQuery { text: text("query"), values, map: request.get("map") == Some(&Data::Bool(true)) };
    let _during = passage::during(number("passage").unwrap_or_default());
    let activity = CString::new(query.text.as_str()).unwrap_or_default();
    let tried = catch_unwind(AssertUnwindSafe(|| {
        process::limited_transaction(&activity, limit.max(SHORTEST), || {
            let done = match &of_texts {
                Some(query) => query.run(),
                None => query.run(asked.room()),
            };
            // A failure leaves by the same way as an error: what was written must not be committed.
            done.unwrap_or_else(|failure| resume_unwind(Box::new(failure)))
        })
    }));
    tried.map_err(|payload| {
        process::abort();
        failure_of(payload)
    })
}

fn failure_of(payload: Box<dyn Any + Send>) -> Failure {
    match payload.downcast::<Failure>() {
        Ok(failure) => *failure,
        Err(payload) => {
            let error = process::failure_of(payload);
            sql::refused(&error.id, &error.explain)
        }
    }
}

/// Leaves nothing of a query to the next: settings, temporary tables, advisory locks, another role. A session that does not
/// become clean ends.
fn clean(role: pg_sys::Oid) {
    process::bare_transaction(c"DISCARD ALL", || {
        let mut all =
            pg_sys::DiscardStmt { type_: pg_sys::NodeTag::T_DiscardStmt, target: pg_sys::DiscardMode::DISCARD_ALL };
        // SAFETY: a transaction of its own and no block, as the command wants it.
        unsafe {
            pg_sys::SPI_connect();
            pg_sys::SPI_execute(c"RESET ROLE".as_ptr(), false, 0);
            pg_sys::SPI_finish();
            DiscardCommand(&mut all, true);
        }
    });
    // SAFETY: reads variables of the server's.
    if unsafe { pg_sys::GetUserId() != role || pg_sys::GetSessionUserId() != role } {
        pgrx::error!("pg_member: a runner is not the role any more that it began as");
    }
}

//! A job worker: it takes tracks one after the other and does them, part by part, each part a transaction of its own.

use super::probe::{self, is_installed};
use super::process::{self, Failure};
use super::runtime::{self, Courier};
use super::shared::{State, Worker, shared};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::root;
use crate::domain::pipe::failure::{Code, Failure as Refused};
use crate::domain::request::wrong;
use crate::domain::time::DAY_MICROS;
use crate::domain::track::Status;
use crate::pg::guc;
use crate::pg::perform::job::{Answered, KINDS, Part, Progress, Question, ask_dispatcher, kind_of};
use crate::pg::perform::{express, live};
use crate::pg::spi::{Access, Session};
use crate::pg::store::track::{self, End};
use crate::pg::store::{count_cache, group_count, report, sequence, track_address, upload};
use crate::sink::request::{Answer, Request};
use pgrx::pg_sys;
use std::cell::{Cell, OnceCell};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long it sleeps at most: a lost wake-up costs this much and nothing else.
const POLL: Duration = Duration::from_secs(1);
/// How many workers may end at one part of a track before it is given up.
const CRASHES: i16 = 5;
/// How many changes of counts may wait: reading a count reads them all.
const FOLDED_AT: i64 = 1000;
/// How often the first worker of a database forgets what is old.
const TIDY: Duration = Duration::from_secs(60 * 60);
/// How often a part is tried that another transaction was in the way of.
const TRIES: u32 = 5;
/// How long a track is left alone that waits for the world outside.
const LATER: i64 = 1_000_000;
/// How often a dispatcher is asked that is not there, once in [`POLL`].
const ASKED: u32 = 30;

/// The argument of a job worker: the database, and its number among those of the database.
pub fn argument(database: u32, number: usize) -> u64 {
    u64::from(database) | (number as u64) << 32
}

/// The worker that an argument names.
fn worker_of(argument: pg_sys::Datum) -> Option<(&'static Worker, i16)> {
    let number = argument.value() >> 32;
    let slot = shared()?.slot_of(pg_sys::Oid::from(argument.value() as u32))?;
    Some((slot.jobs.get(number)?, i16::try_from(number).ok()?))
}

/// The entry point; see [`argument`].
#[pgrx::pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_member_jobs(argument: pg_sys::Datum) {
    process::listen_to_signals();
    process::connect(pg_sys::Oid::from(argument.value() as u32));
    process::settle(c"pg_member jobs");
    let Some((worker, number)) = worker_of(argument) else { return };
    // SAFETY: called with the argument given here, while this process ends.
    unsafe { pg_sys::before_shmem_exit(Some(on_exit), argument) };
    probe::begin(worker, i32::from(number) + 1);
    if !process::bare_transaction(c"starting", is_installed) {
        return;
    }
    let job = process::transaction(c"starting", |session| Job::begin(session, number));
    loop {
        let asked = worker.asked.load(Ordering::Acquire);
        worker.set(State::Working);
        match job.turn() {
            Turn::Gone => return,
            // Short tracks have no parts between which it would listen.
            Turn::More => process::breathe(),
            Turn::Idle => {
                worker.done.store(asked, Ordering::Release);
                worker.set(State::Idle);
                process::wait(POLL, None);
            }
        }
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_exit(_code: std::ffi::c_int, argument: pg_sys::Datum) {
    runtime::stop();
    if let Some((worker, _)) = worker_of(argument) {
        worker.leave_if_mine();
    }
}

/// What a turn came to.
enum Turn {
    /// The extension is not there any more.
    Gone,
    /// A track was done; there may be another.
    More,
    /// No track waits.
    Idle,
}

/// What a part came to.
enum Step {
    /// There is more to do.
    More,
    /// The world outside is to be asked first.
    Ask(Question),
    /// The track is at its end, or somebody else's.
    Over,
}

struct Job {
    number: i16,
    /// The life whose tracks it does.
    life: i32,
    /// When it last forgot what is old.
    tidied: Cell<Instant>,
    /// What requests go out by, once there was one.
    courier: OnceCell<Courier<(u64, Received)>>,
    /// The number of the next request.
    tickets: Cell<u64>,
}

/// What came of a request.
type Received = std::result::Result<Answer, Refused>;

impl Job {
    /// Gives back what a worker of this number left, and forgets what is old.
    fn begin(session: &Session, number: i16) -> Job {
        let now = process::now();
        let workers = i16::try_from(guc::job_workers()).unwrap_or(i16::MAX);
        track::release(session, number, workers.max(number + 1), now);
        forget(session, now);
        Job {
            number,
            life: sequence::event_life(),
            tidied: Cell::new(Instant::now()),
            courier: OnceCell::new(),
            tickets: Cell::new(0),
        }
    }

    /// Does one track from beginning to end.
    fn turn(&self) -> Turn {
        let claimed = process::bare_transaction(c"looking for tracks", || {
            (is_installed() && sequence::event_life() == self.life).then(|| {
                let alone: Vec<&str> = KINDS.iter().filter(|kind| kind.is_alone).map(|kind| kind.action).collect();
                let session = Session::open(Access::Write);
                track::claim(&session, self.number, &alone, process::now())
            })
        });
        match claimed {
            None => Turn::Gone,
            Some(None) => {
                self.keep_order();
                Turn::Idle
            }
            Some(Some((id, tries))) if tries > CRASHES => {
                let failure = Failure::of(&Error::new(Id::TrackCrashed, format!("{CRASHES} workers ended at it")));
                process::transaction(c"ending a track", |session| fail(session, id, &failure));
                Turn::More
            }
            Some(Some((id, _))) => {
                self.parts(id);
                Turn::More
            }
        }
    }

    /// The first worker of a database keeps order: it folds what calls appended to the counts of groups, has groups that
    /// depend on the clock worked out anew, and forgets what is old.
    fn keep_order(&self) {
        if self.number != 0 {
            return;
        }
        process::transaction(c"keeping order", |session| {
            if group_count::has_more_than(session, FOLDED_AT) {
                group_count::fold(session, FOLDED_AT * 10);
            }
            let refresh = i64::try_from(guc::live_refresh().as_micros()).unwrap_or(i64::MAX);
            if self.tidied.get().elapsed() > TIDY {
                self.tidied.set(Instant::now());
                forget(session, process::now());
            }
            if let Err(error) = live::refresh(session, process::now().saturating_sub(refresh)) {
                pgrx::warning!("pg_member: live groups were not worked out: {error}");
            }
        });
    }

    /// Does all parts of a track, and asks between them what they want to know.
    fn parts(&self, id: i64) {
        let mut answer = None;
        loop {
            answer = match self.part(id, answer.as_ref()) {
                Step::Over => return,
                Step::More => None,
                Step::Ask(question) => match self.ask(id, question) {
                    Ok(answer) => answer,
                    Err(error) => {
                        process::transaction(c"ending a track", |session| fail(session, id, &Failure::of(&error)));
                        return;
                    }
                },
            };
            // Between the parts: settings and signals.
            process::breathe();
        }
    }

    /// Asks outside of any transaction; nothing where somebody stops the track meanwhile. Errors: `error/worker/…`, and what
    /// the dispatcher refuses with.
    fn ask(&self, id: i64, question: Question) -> Result<Option<Answered>> {
        match question {
            Question::Dispatcher { request, limit } => asked(&request, limit).map(Some),
            Question::Http(request) => Ok(self.send(id, *request).map(Answered::Http)),
        }
    }

    /// Makes a request; nothing where somebody stops the track meanwhile.
    fn send(&self, id: i64, request: Request) -> Option<Received> {
        if self.courier.get().is_none() {
            match Courier::start() {
                Ok(courier) => _ = self.courier.set(courier),
                Err(error) => return Some(Err(Refused::new(Code::Transport, format!("connect: {error}")))),
            }
        }
        let courier = self.courier.get()?;
        let ticket = self.tickets.replace(self.tickets.get() + 1);
        let (requests, reach) = (courier.requests(), guc::reach());
        courier.run(async move { (ticket, requests.send(&request, &reach).await) });
        loop {
            if let Some((_, answer)) = courier.done().into_iter().find(|(of, _)| *of == ticket) {
                return Some(answer);
            }
            process::wait(POLL, Some(courier.bell()));
            if process::transaction(c"looking at a track", |session| track::is_stopping(session, id)) {
                return None;
            }
        }
    }

    /// Does the next part of a track; a part that a passing trouble ended is tried again.
    fn part(&self, id: i64, answer: Option<&Answered>) -> Step {
        let mut tries = 1;
        loop {
            match process::try_transaction(c"doing a track", |session| self.work(session, id, answer)) {
                Ok(step) => return step,
                Err(failure) if failure.is_passing() && tries < TRIES => tries += 1,
                Err(failure) => {
                    process::transaction(c"ending a track", |session| fail(session, id, &failure));
                    return Step::Over;
                }
            }
        }
    }

    fn work(&self, session: &Session, id: i64, answer: Option<&Answered>) -> Result<Step> {
        let now = process::now();
        // In a copy of a database the dispatcher, which may wait for this row, ends the tracks of the original.
        if sequence::event_life() != self.life {
            return Ok(Step::Over);
        }
        let Some(held) = track::hold(session, id, self.number) else { return Ok(Step::Over) };
        if held.is_stopping {
            let end = End { status: Status::Stopped, done: None, result: None, error: None };
            end_track(session, id, &end, now);
            return Ok(Step::Over);
        }
        track::settle(session, id);
        let kind = kind_of(held.action).ok_or_else(|| wrong("action", "a call that this version knows"))?;
        let state = held.state.map(root).transpose()?;
        let part = Part { track: Some(id), request: root(held.request)?, state, answer, done: held.done, at: now };
        Ok(match (kind.chunk)(session, &part)? {
            Progress::More { done, state } => {
                track::advance(session, id, done, None, &state);
                Step::More
            }
            Progress::Later { state } => {
                track::give_back(session, id, &state, now + LATER);
                Step::Over
            }
            Progress::Ask { state, question } => {
                if let Some(state) = state {
                    track::advance(session, id, held.done, None, &state);
                }
                Step::Ask(question)
            }
            Progress::Done { done, result } => {
                let end = End { status: Status::Done, done: Some(done), result: Some(&result), error: None };
                end_track(session, id, &end, now);
                Step::Over
            }
        })
    }
}

/// Asks the dispatcher, outside transactions; one that is not there or has no place is asked again for a while: the launcher
/// starts another. Errors: `error/worker/…`, and what the dispatcher refuses with.
fn asked(request: &[u8], limit: Duration) -> Result<Answered> {
    let mut tries = 1;
    loop {
        match ask_dispatcher(request, limit) {
            Err(error) if matches!(error.id, Id::WorkerAbsent | Id::WorkerBusy) && tries < ASKED => tries += 1,
            other => return other,
        }
        process::wait(POLL, None);
    }
}

/// How many days the rows of an express import are kept after their last use (members.md 10.7).
const EXPRESS_DAYS: i64 = 30;

/// Deletes tracks that ended long ago, their reports, what was uploaded more than a day ago, the rows of express imports
/// that nobody used for long, and answers that are too old to be given again.
fn forget(session: &Session, now: i64) {
    count_cache::forget(session, now);
    upload::forget(session, now - DAY_MICROS);
    express::forget_unused(session, now - EXPRESS_DAYS * DAY_MICROS);
    let before = now - guc::track_days() * DAY_MICROS;
    track::forget(session, before);
    report::forget(session, before);
    track_address::forget_ended(session);
}

fn fail(session: &Session, id: i64, failure: &Failure) {
    let error = Some((failure.id.as_str(), failure.explain.as_str()));
    end_track(session, id, &End { status: Status::Error, done: None, result: None, error }, process::now());
}

/// Notes the end of a track; nothing is done with its identifiers any more.
fn end_track(session: &Session, id: i64, end: &End, at: i64) {
    track_address::forget(session, id);
    track::end(session, id, end, at);
}

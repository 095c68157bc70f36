//! The dispatcher: one for each database. It puts the log into order and carries events out.
//!
//! Its main thread speaks with Postgres, in our own constant statements only, and never waits for the network; sockets
//! live in the runtime's threads.

use super::calls::Call;
use super::delivery::Delivery;
use super::email_tests::{self, EmailTests};
use super::entity_calls;
use super::errand::{self, Prepared};
use super::fetches::{self, Fetches};
use super::notices::{Notice, Notices};
use super::pipelines::Pipelines;
use super::probe::{self, is_installed};
use super::process;
use super::queue::{self, Asked};
use super::ring::Ring;
use super::runners::{self, Runners, Ticket};
use super::runtime::{self, Courier};
use super::sequences::Sequences;
use super::shared::{Slot, State, shared};
use super::trial::Trials;
use crate::domain::email_test::{Finding, Mailbox};
use crate::domain::error::{Error, Result as Answered};
use crate::domain::pipe::demand::Effect;
use crate::domain::pipe::failure::Failure;
use crate::domain::time::DAY_MICROS;
use crate::pg::guc;
use crate::pg::perform::hook_test::Trial;
use crate::pg::perform::outgoing::Base;
use crate::pg::spi::{Access, Session};
use crate::pg::store::event_log::{self, Home, Seen};
use crate::pg::store::hook_batch::BatchId;
use crate::pg::store::{hook, hook_batch, message, sequence, track};
use crate::sink::Outcome;
use crate::sink::download::Fetched;
use crate::sink::probe::Extent;
use pgrx::pg_sys;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long the dispatcher sleeps at most: a lost wake-up costs this much and nothing else.
const POLL: Duration = Duration::from_secs(1);
/// How many rows of what the sequencer saw are kept.
const SEEN_KEPT: i64 = 100;
/// How often the rows of what it saw are thinned, in turns that gave positions: each of them adds one.
const THIN_EVERY: u64 = 100;
/// How often what is old is forgotten, in microseconds; and when a dispatcher begins.
const TIDY: i64 = 60 * 60 * 1_000_000;

/// The name by which any client wakes the workers.
const WAKE: &str = "pg_member";

/// The entry point; its argument is the database.
#[pgrx::pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_member_dispatcher(argument: pg_sys::Datum) {
    let database = pg_sys::Oid::from(argument.value() as u32);
    process::listen_to_signals();
    process::connect(database);
    process::settle(c"pg_member dispatcher");
    let Some(slot) = shared().and_then(|shared| shared.slot_of(database)) else { return };
    // SAFETY: called with the argument given here, while this process ends.
    unsafe { pg_sys::before_shmem_exit(Some(on_exit), argument) };
    probe::begin(&slot.dispatcher, 0);
    let Some(mut dispatcher) = process::transaction(c"starting", |session| Dispatcher::open(session, slot)) else {
        return;
    };
    loop {
        let asked = slot.dispatcher.asked.load(Ordering::Acquire);
        slot.dispatcher.set(State::Working);
        match dispatcher.turn(slot) {
            Turn::Gone => return,
            // Where others write without a pause it never rests.
            Turn::More => process::breathe(),
            Turn::Idle => dispatcher.rest(slot, asked),
        }
        dispatcher.take_notices();
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_exit(_code: std::ffi::c_int, argument: pg_sys::Datum) {
    runtime::stop();
    let database = pg_sys::Oid::from(argument.value() as u32);
    let slot = shared().and_then(|shared| shared.slot_of(database));
    if let Some(slot) = slot.filter(|slot| slot.dispatcher.is_mine()) {
        runners::stop_all(slot);
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

/// What comes back from the threads.
pub enum Done {
    /// What became of a batch of a hook.
    Batch {
        /// The hook.
        hook: i64,
        /// The batch.
        batch: BatchId,
        /// What became of it.
        outcome: Outcome,
    },
    /// What became of a trial, by its number.
    Trial(u64, Outcome),
    /// What mail servers said, by the number of the question.
    Tested(u64, Vec<Finding>),
    /// What became of data that are fetched, by their number.
    Fetched(i64, Answered<Fetched>),
    /// What came for a run, by its ticket.
    Run(u64, Result<Effect, Failure>),
}

struct Dispatcher {
    home: Home,
    seen: Seen,
    turns: u64,
    /// When it last forgot what is old; not yet, when it begins.
    tidied_at: Option<i64>,
    base: Base,
    courier: Courier<Done>,
    delivery: Delivery,
    sequences: Sequences,
    pipelines: Pipelines,
    runners: Runners,
    notices: Notices,
    /// What came by NOTIFY and was not taken up yet.
    heard: Vec<Notice>,
    trials: Trials,
    email_tests: EmailTests,
    fetches: Fetches,
    ring: Ring,
}

impl Dispatcher {
    /// Takes up where the last one stopped; nothing where the extension is gone.
    fn open(session: &Session, slot: &'static Slot) -> Option<Dispatcher> {
        if !is_installed() {
            return None;
        }
        let home = Home::here();
        let courier = match Courier::start() {
            Ok(courier) => courier,
            Err(error) => {
                pgrx::error!("pg_member: the dispatcher cannot start its runtime: {error}")
            }
        };
        let seen = settle_in(session, home)?;
        let at = process::now();
        let ring = Ring::open(session, seen.next_pos, at);
        let sequences = Sequences::open(session, at);
        let pipelines = Pipelines::open(session, seen.life, at);
        Some(Dispatcher {
            home,
            seen,
            turns: 0,
            tidied_at: None,
            base: Base::here(),
            courier,
            delivery: Delivery::default(),
            sequences,
            pipelines,
            runners: Runners::new(slot),
            notices: Notices::default(),
            heard: Vec::new(),
            trials: Trials::default(),
            email_tests: EmailTests::default(),
            fetches: Fetches::open(),
            ring,
        })
    }

    /// One transaction: outcomes of the last round, the order of the log, batches of all hooks. Then they are sent.
    fn turn(&mut self, slot: &Slot) -> Turn {
        let at = process::now();
        let asked = queue::taken(slot);
        let is_due = self.ring.is_due(at);
        let (mut trials, mut outgoing) = (Vec::new(), Vec::new());
        for (ticket, answer) in self.runners.done() {
            match ticket {
                Ticket::Run(ticket) => self.pipelines.arrive(ticket, answer.map(Effect::Rows)),
                Ticket::Fetch(number) => self.fetches.end_query(number, answer),
            }
        }
        let turn = process::bare_transaction(c"carrying events out", || {
            // A dump that is being restored here brings another life: the next dispatcher finds out what that means.
            if !is_installed() || sequence::event_life() != self.seen.life {
                return Turn::Gone;
            }
            let session = &Session::open(Access::Write);
            self.base = std::mem::take(&mut self.base).refreshed();
            self.record(session, at);
            for asked in asked {
                trials.extend(self.begin(session, asked, at));
            }
            self.carry(session, at);
            let ended = if is_due { self.ring.ended(session) } else { Vec::new() };
            let fresh = event_log::sequence(session, &self.seen, &self.ring.written(), at, self.home);
            let is_fresh = fresh.is_some();
            if let Some(seen) = fresh {
                self.seen = seen;
                self.turns += 1;
                if self.turns.is_multiple_of(THIN_EVERY) {
                    event_log::forget_seen(session, SEEN_KEPT);
                }
            }
            if is_due {
                self.ring.turn(session, &ended, self.seen.next_pos, at);
            }
            let more = self.delivery.turn(session, &self.courier, self.seen.next_pos, &self.base, at);
            // Before the runs are looked for: what starts now is found now.
            let starts = self.sequences.turn(session, self.seen.next_pos, &self.base, at);
            for notice in std::mem::take(&mut self.heard) {
                self.pipelines.hear(session, &notice);
            }
            let runs = self.pipelines.turn(session, at);
            outgoing.extend(self.pipelines.errands().into_iter().map(|errand| errand::prepare(session, errand)));
            self.notices.listen_to(self.pipelines.names().chain([WAKE]).map(str::to_owned).collect());
            if more || starts || runs || is_fresh { Turn::More } else { Turn::Idle }
        });
        self.delivery.send(&self.courier, &self.base, at);
        self.send(&trials);
        outgoing.into_iter().for_each(|(ticket, prepared)| self.run(ticket, prepared));
        for (number, query) in self.fetches.queries() {
            self.runners.send(Ticket::Fetch(number), query);
        }
        for number in self.fetches.forlorn() {
            self.runners.cancel(Ticket::Fetch(number));
        }
        if matches!(turn, Turn::Gone) {
            return turn;
        }
        self.tidy(at);
        if is_due {
            self.empty_slots(at);
            self.courier.tidy();
            self.fetches.tidy();
        }
        turn
    }

    /// Forgets what is old, by the clock: also where nothing happens. In a transaction of its own, behind what was sent.
    fn tidy(&mut self, at: i64) {
        if self.tidied_at.is_some_and(|tidied_at| at - tidied_at < TIDY) {
            return;
        }
        self.tidied_at = Some(at);
        process::transaction(c"forgetting what is old", |session| {
            message::forget(session, at);
            hook_batch::forget(session, at - i64::from(guc::hook_attempt_days()) * DAY_MICROS);
        });
    }

    /// Empties old slots of the ring, in a transaction of its own: it takes locks that others must not wait for long.
    fn empty_slots(&mut self, at: i64) {
        if !self.ring.is_old(at) {
            return;
        }
        let (losers, has_lost) = process::transaction(c"emptying old slots of the log", |session| {
            let held = hook_batch::held(session).into_iter().chain(self.sequences.need()).min();
            let Some(gone) = self.ring.empty(session, held, at) else { return (Vec::new(), false) };
            let losers = hook_batch::lose(session, gone, at);
            hook_batch::forget_dead(session, gone);
            (losers, self.sequences.lose(session, gone, at))
        });
        for hook in losers {
            pgrx::warning!("pg_member: hook {hook} lost events that the log keeps no longer: see member.hook_status");
            self.delivery.reopen(hook);
        }
        if has_lost {
            pgrx::warning!("pg_member: sequences lost events that the log keeps no longer: see member.sequence_loss");
        }
    }

    /// Writes what became of what was sent.
    fn record(&mut self, session: &Session, at: i64) {
        for done in self.courier.done() {
            match done {
                Done::Batch { hook, batch, outcome } => self.delivery.record(session, hook, batch, &outcome, at),
                Done::Trial(number, outcome) => self.trials.end(number, &outcome),
                Done::Tested(number, findings) => self.email_tests.end(number, &findings),
                Done::Fetched(number, fetched) => self.fetches.end(number, fetched),
                Done::Run(ticket, effect) => self.pipelines.arrive(ticket, effect),
            }
        }
    }

    /// Takes what came by NOTIFY, outside transactions.
    fn take_notices(&mut self) {
        let heard = self.notices.taken();
        self.heard.extend(heard.into_iter().filter(|notice| notice.name != WAKE));
    }

    /// Takes up what a call waits for; the number of a trial, if it is one.
    fn begin(&mut self, session: &Session, asked: Asked, at: i64) -> Option<u64> {
        if let Some(question) = email_tests::asked(&asked).map(email_tests::read) {
            self.test(asked, question);
            return None;
        }
        if let Some(request) = fetches::asked(&asked) {
            self.fetches.answer(session, request, asked, &self.courier);
            return None;
        }
        let Some(machine) = entity_calls::asked(&asked).map(|request| entity_calls::machine(session, request)) else {
            return self.trials.begin(session, asked, &self.base, at);
        };
        match machine {
            Ok((asker, machine, answers)) => {
                self.pipelines.begin_call(session, asker, machine, Call { asked, answers }, at);
            }
            Err(error) => asked.answer(&queue::refused(&error)),
        }
        None
    }

    /// Has mail servers asked.
    fn test(&mut self, asked: Asked, question: Result<(Vec<Mailbox>, Extent), Error>) {
        let (mailboxes, extent) = match question {
            Ok(question) => question,
            Err(error) => return asked.answer(&queue::refused(&error)),
        };
        let number = self.email_tests.begin(asked);
        let (prober, manner, reach) = (self.courier.prober(), guc::smtp_manner(), guc::reach());
        self.courier
            .run(async move { Done::Tested(number, prober.probe_all(&mailboxes, extent, &manner, &reach).await) });
    }

    fn send(&self, trials: &[u64]) {
        for number in trials {
            if let Some(Trial { endpoint, parcel }) = self.trials.get(*number) {
                let (number, endpoint, parcel) = (*number, endpoint.clone(), parcel.clone());
                let (sinks, reach) = (self.courier.sinks(), guc::reach());
                self.courier.run(async move { Done::Trial(number, sinks.send(&endpoint, &parcel, &reach).await) });
            }
        }
    }

    /// Sends what a run asks for.
    fn run(&mut self, ticket: u64, prepared: Result<Prepared, Failure>) {
        match prepared {
            Ok(Prepared::Http(request)) => {
                let (requests, reach) = (self.courier.requests(), guc::reach());
                self.courier.run(async move {
                    let answer = requests.send(&request, &reach).await;
                    Done::Run(ticket, answer.map(|answer| Effect::Answer(errand::answer(answer))))
                });
            }
            Ok(Prepared::Here(query)) => self.runners.send(Ticket::Run(ticket), query),
            Ok(Prepared::There(asked)) => {
                let (databases, reach) = (self.courier.databases(), guc::reach());
                self.courier.run(async move {
                    let rows = databases.ask(&asked.0, &asked.1, &reach).await;
                    Done::Run(ticket, rows.map(Effect::Rows))
                });
            }
            Err(failure) => self.courier.run(async move { Done::Run(ticket, Err(failure)) }),
        }
    }

    /// Says that all asked for up to here is done, if it is, and sleeps.
    fn rest(&self, slot: &Slot, asked: u64) {
        if self.delivery.is_idle() && self.sequences.is_idle() && self.pipelines.is_idle() {
            slot.dispatcher.done.store(asked, Ordering::Release);
        }
        slot.dispatcher.set(State::Idle);
        let at = process::now();
        let due = self.delivery.next_due(at).into_iter().chain(self.pipelines.next_due(at));
        let limit = due.chain([POLL]).min().unwrap_or(POLL);
        process::wait(limit, Some(self.courier.bell()));
    }

    /// Takes up what transactions wrote into the life before this one that were running when this one began.
    fn carry(&mut self, session: &Session, at: i64) {
        let Some(carried) = self.seen.carried.take() else { return };
        let have_ended = event_log::have_ended(session, &carried);
        let next_pos = event_log::sequence_left_over(session, self.seen.life, self.seen.next_pos);
        let is_news = have_ended || next_pos > self.seen.next_pos;
        self.seen.next_pos = next_pos;
        self.seen.carried = Some(carried).filter(|_| !have_ended);
        if have_ended {
            self.pipelines.reload(session, at);
        }
        if is_news {
            event_log::note(session, &self.seen, at, self.home);
        }
    }
}

/// What has been seen of the log here. In a copy of a database, or after a restore, the numbers of transactions mean
/// nothing: a new life begins, and what older lives left without a position gets one.
fn settle_in(session: &Session, home: Home) -> Option<Seen> {
    let (seen, place) = event_log::last_seen(session)?;
    if place == home && seen.life == sequence::event_life() {
        return Some(seen);
    }
    // Two copies that send would tell the world everything twice.
    hook::stop_copies(session, home);
    let seen = event_log::new_life(seen.next_pos, sequence::next_event_life());
    track::end_copies(session, seen.life, process::now());
    let next_pos = event_log::sequence_left_over(session, seen.life, seen.next_pos);
    let seen = Seen { next_pos, ..seen };
    event_log::note(session, &seen, process::now(), home);
    Some(seen)
}

//! The dispatcher's end of the runners: who runs which query, and what came of it. Nothing here waits.

use super::process::{self, Handle};
use super::runner::{argument, task};
use super::segment::Segment;
use super::shared::{MAX_RUNNERS, Seat, Slot, set_latch};
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::sql;
use pgrx::pg_sys;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The most runners of one role: others shall find a place too.
const OF_ONE_ROLE: usize = 4;
/// How long a query may wait for a runner.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much longer than its limit a query may take before its process is ended: starting one takes a moment, and a query
/// can catch its own cancellation.
const GRACE: Duration = Duration::from_secs(10);
/// Why a query was not run at all.
pub const UNCONNECTED: &str = "connect: the role can have no session: the server's log says why";
/// How often a query is given to a new runner if runners end before they take it: the role may not connect.
const TRIES: u32 = 2;

/// Who waits for a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticket {
    /// The run of a pipeline.
    Run(u64),
    /// Identifiers that are gathered for a track.
    Fetch(i64),
}

/// A query as the engine asks for it.
pub struct Query {
    /// Whose rights count.
    pub role: pg_sys::Oid,
    /// The text, with `$1`, `$2`, … where it has values.
    pub text: String,
    /// How long it may take.
    pub limit: Duration,
    /// What becomes of its rows.
    pub form: Form,
}

/// What becomes of the rows of a query.
pub enum Form {
    /// They are the answer.
    Rows {
        /// The values of the query.
        values: Vec<Data>,
        /// Whether the first row is wanted, as an object, rather than all, as a list.
        map: bool,
        /// The passage of a sequence whose run asks; 0 for none.
        passage: i64,
        /// The most octets of the answer.
        room: usize,
    },
    /// They are texts that go into a file; the answer is how many there are.
    Texts {
        /// Where names without a schema are looked for.
        search_path: String,
        /// The file.
        file: PathBuf,
        /// The most octets of it.
        most: u64,
    },
}

/// The room for an answer that is a number or a refusal.
const SMALL: usize = 16 * 1024;

/// A query on its way.
struct Job {
    ticket: Ticket,
    role: pg_sys::Oid,
    request: Vec<u8>,
    room: usize,
    limit: Duration,
    since: Instant,
    tries: u32,
}

/// A query that a runner has.
struct Task {
    job: Job,
    segment: Segment,
    until: Instant,
}

/// A runner.
struct Running {
    role: pg_sys::Oid,
    number: u32,
    handle: Handle,
    task: Option<Task>,
    used: Instant,
    is_leaving: bool,
}

impl Running {
    fn is_free(&self) -> bool {
        self.task.is_none() && !self.is_leaving
    }
}

/// The runners of a database.
pub struct Runners {
    slot: &'static Slot,
    running: [Option<Running>; MAX_RUNNERS],
    waiting: VecDeque<Job>,
    done: Vec<(Ticket, Result<Data, Failure>)>,
}

/// Has all runners of a database end, while its dispatcher ends: what they do is done again from its row.
pub fn stop_all(slot: &Slot) {
    for seat in &slot.runners {
        seat.number.fetch_add(1, Ordering::AcqRel);
        let pid = seat.pid.load(Ordering::Acquire);
        if pid != 0 {
            // SAFETY: the process is a runner of ours: its number is taken back when it ends.
            unsafe { libc::kill(pid, libc::SIGTERM) };
        }
    }
}

impl Runners {
    /// None at first. Those of a dispatcher that was killed end.
    pub fn new(slot: &'static Slot) -> Runners {
        stop_all(slot);
        Runners { slot, running: Default::default(), waiting: VecDeque::new(), done: Vec::new() }
    }

    /// Has a query run; what comes of it comes with [`Runners::done`].
    pub fn send(&mut self, ticket: Ticket, query: Query) {
        let limit = i64::try_from(query.limit.as_millis()).unwrap_or(i64::MAX);
        let mut keys = vec![("query", Data::from(query.text)), ("limit_ms", Data::from(limit))];
        let room = match query.form {
            Form::Rows { values, map, passage, room } => {
                keys.extend([("values", Data::List(values)), ("map", Data::Bool(map)), ("passage", passage.into())]);
                room
            }
            Form::Texts { search_path, file, most } => {
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                let file = file.to_string_lossy().into_owned();
                keys.extend([("search_path", search_path.into()), ("file", file.into()), ("most", most.into())]);
                SMALL
            }
        };
        self.waiting.push_back(Job {
            ticket,
            role: query.role,
            request: Data::object(keys).into_json().to_string().into_bytes(),
            room,
            limit: query.limit,
            since: Instant::now(),
            tries: 0,
        });
        self.give_out();
    }

    /// Has a query end that nobody waits for any more; nothing comes of it.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.waiting.retain(|job| job.ticket != ticket);
        for running in self.running.iter_mut().flatten() {
            if running.task.take_if(|task| task.job.ticket == ticket).is_some() {
                running.handle.stop();
                running.is_leaving = true;
            }
        }
    }

    /// What came of queries since the last time: the rows, or why there are none. It also gives free runners what waits;
    /// to be called whenever the latch was set, and now and then.
    ///
    /// Failures: `query` with the server's SQLSTATE and words, `limit`, `transport` where no process could be had.
    pub fn done(&mut self) -> Vec<(Ticket, Result<Data, Failure>)> {
        for place in 0..MAX_RUNNERS {
            self.look_after(place);
        }
        self.give_out();
        std::mem::take(&mut self.done)
    }

    fn look_after(&mut self, place: usize) {
        let (Some(slot), Some(seat)) = (self.running.get_mut(place), self.slot.runners.get(place)) else { return };
        let Some(running) = slot else { return };
        if let Some(answer) = running.task.as_ref().and_then(|task| task.segment.answer()) {
            running.used = Instant::now();
            self.done.extend(running.task.take().map(|task| (task.job.ticket, read(&answer))));
        }
        if running.handle.has_ended() {
            if let Some(task) = slot.take().and_then(|running| running.task) {
                self.after_end(task, seat);
            }
            return;
        }
        if running.task.as_ref().is_some_and(|task| task.until < Instant::now()) {
            running.handle.stop();
            running.is_leaving = true;
            let failure = sql::refused("57014", "the query took too long, and its process was ended");
            self.done.extend(running.task.take().map(|task| (task.job.ticket, Err(failure))));
        }
    }

    /// A runner ended. A query that it had not taken waits again; of one that it had, nobody knows how far it came.
    fn after_end(&mut self, Task { job, .. }: Task, seat: &Seat) {
        let was_taken = seat.task.swap(0, Ordering::AcqRel) == 0;
        if !was_taken && job.tries < TRIES {
            return self.waiting.push_front(job);
        }
        let words = match was_taken {
            true => "read: the process that ran the query ended",
            false => UNCONNECTED,
        };
        self.done.push((job.ticket, Err(Failure::new(Code::Transport, words))));
    }

    /// Gives what waits to runners that are free, in its order; has new ones start where there is a place.
    fn give_out(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        while let Some(job) = waiting.pop_front() {
            if let Some(job) = self.give(job) {
                self.waiting.push_back(job);
            }
        }
        while let Some(job) = self.waiting.pop_front_if(|job| job.since.elapsed() > PATIENCE) {
            let words = format!("no process was free for {} s: see max_worker_processes", PATIENCE.as_secs());
            self.done.push((job.ticket, Err(Failure::new(Code::Limit, words))));
        }
    }

    /// Finds a runner for a query; gives it back if there is none now.
    fn give(&mut self, job: Job) -> Option<Job> {
        let is_fit = |running: &Running| running.is_free() && running.role == job.role;
        if let Some(place) = self.running.iter().position(|place| place.as_ref().is_some_and(is_fit)) {
            return self.put(place, job);
        }
        let of_role = self.running.iter().flatten().filter(|running| running.role == job.role).count();
        if of_role >= OF_ONE_ROLE {
            return Some(job);
        }
        match self.running.iter().position(Option::is_none) {
            Some(place) if self.launch(place, job.role) => self.put(place, job),
            _ => {
                self.make_room();
                Some(job)
            }
        }
    }

    /// Puts a query before a runner that is free.
    fn put(&mut self, place: usize, mut job: Job) -> Option<Job> {
        let (Some(Some(running)), Some(seat)) = (self.running.get_mut(place), self.slot.runners.get(place)) else {
            return Some(job);
        };
        let Some(segment) = Segment::create(&job.request, job.room) else { return Some(job) };
        segment.keep();
        seat.task.store(task(running.number, segment.handle()), Ordering::Release);
        set_latch(seat.latch.load(Ordering::Acquire));
        job.tries += 1;
        let until = Instant::now() + job.limit.min(LONGEST) + GRACE;
        running.task = Some(Task { job, segment, until });
        None
    }

    /// Has a runner start as a role in a free place; whether the server has a process for it.
    fn launch(&mut self, place: usize, role: pg_sys::Oid) -> bool {
        let (Some(slot), Some(seat)) = (self.running.get_mut(place), self.slot.runners.get(place)) else {
            return false;
        };
        // Who held the place before sees first that it is lost.
        let number = seat.number.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
        seat.task.store(0, Ordering::Release);
        seat.role.store(role.to_u32(), Ordering::Release);
        let argument = argument(self.slot.database.load(Ordering::Acquire), place, number);
        let Some(handle) = process::launch(c"pg_member runner", c"pg_member_runner", argument) else { return false };
        *slot = Some(Running { role, number, handle, task: None, used: Instant::now(), is_leaving: false });
        true
    }

    /// Has the runner end that has had nothing to do for longest, unless one is ending already.
    fn make_room(&mut self) {
        if self.running.iter().flatten().any(|running| running.is_leaving) {
            return;
        }
        let free = self.running.iter_mut().flatten().filter(|running| running.is_free());
        if let Some(oldest) = free.min_by_key(|running| running.used) {
            oldest.handle.stop();
            oldest.is_leaving = true;
        }
    }
}

/// The longest limit that instants are reckoned with.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a runner answered.
fn read(answer: &[u8]) -> Result<Data, Failure> {
    let failed = || Failure::new(Code::Query, "the answer cannot be read");
    let Ok(Data::Object(mut answer)) = serde_json::from_slice(answer).map(Data::from_json) else {
        return Err(failed());
    };
    if let Some(rows) = answer.remove("rows") {
        return Ok(rows);
    }
    match (answer.remove("code"), answer.remove("message")) {
        (Some(Data::Number(code)), Some(Data::Text(message))) => {
            Err(Failure { code: code.as_i64().unwrap_or(Code::Query as i64), message })
        }
        _ => Err(failed()),
    }
}

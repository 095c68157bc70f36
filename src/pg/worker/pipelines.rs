//! Runs of pipelines, as the dispatcher carries them out (pipelines-and-hooks.md 13.3, DESIGN 6).
//!
//! In each turn's one transaction new runs are found and begun, what came for those under way is taken, and what ended is
//! noted. A run's claim is committed before its first byte leaves; requests and queries go out between the turns.

use super::calls::Call;
use super::lanes::Lanes;
use super::notices::Notice;
use super::pace::Pace;
use super::process::{self, micros};
use crate::domain::error::Error;
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::demand::{Demand, Effect};
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::kind::Kind;
use crate::domain::pipe::machine::{Ending, Machine, Move};
use crate::domain::pipe::pipes::Level;
use crate::domain::pipe::trace::Secrets;
use crate::pg::guc::{self, Traced};
use crate::pg::perform::pipe_effect::{self, Asker};
use crate::pg::perform::run;
use crate::pg::perform::{channel, kept_back, listen, message_event, sealed};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::passage::{self, Standing};
use crate::pg::store::pipeline_run::{self, Kept, Waiting};
use crate::pg::store::run_outcome::{self, Outcome};
use crate::pg::store::{erased, launch, pipe_store, run_personal, sequence};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How often a run is begun whose worker dies each time: it may be what kills it.
const TRIES: u32 = 5;
/// How long a step waits that found its row locked; each time twice as long, up to [`LONGEST_PAUSE`].
const SHORTEST_PAUSE: i64 = 20_000;
/// A second, in the server's microseconds.
const LONGEST_PAUSE: i64 = 1_000_000;
/// Rows that one sweep deletes.
const SWEPT: i64 = 10_000;

/// A run under way.
struct Open {
    asker: Asker,
    machine: Machine,
    begun: i64,
    /// The call that waits for it, if it is an operation of an entity.
    call: Option<Call>,
}

/// A step whose row somebody else had locked.
struct PutOff {
    demand: Demand,
    pause: i64,
}

/// What leaves the database for a run.
pub struct Errand {
    /// By which its answer finds the way back.
    pub ticket: u64,
    /// Whose pool, limit and role it uses.
    pub channel: i64,
    /// The pipeline.
    pub pipeline: String,
    /// The passage of a sequence that it is a run of; 0 for none.
    pub passage: i64,
    /// What is asked.
    pub demand: Demand,
}

/// How a run ended.
struct Ended {
    run: i64,
    /// The passage of a sequence; 0 for none.
    passage: i64,
    ending: Ending,
    steps: Option<Vec<u8>>,
    took_ms: f64,
}

impl Ended {
    fn outcome(&self, at: i64) -> Outcome<'_> {
        let (state, failure) = match &self.ending {
            Ending::Stopped => ("stopped", None),
            Ending::Done(_) => ("done", None),
            Ending::Refused { code, message } => ("failed", Some((*code, message.as_str()))),
            Ending::Failed { failure, .. } => ("failed", Some((failure.code, failure.message.as_str()))),
        };
        Outcome { run: self.run, at, state, failure, took_ms: self.took_ms, steps: self.steps.as_deref() }
    }
}

/// A run that may begin, and why what it sends is to be kept back.
type Prepared = (Machine, Option<&'static str>);

/// All runs.
pub struct Pipelines {
    lanes: Lanes,
    open: HashMap<u64, Open>,
    tickets: u64,
    arrived: Vec<(u64, Result<Effect, Failure>)>,
    put_off: BinaryHeap<Reverse<(i64, u64)>>,
    put_off_steps: HashMap<u64, PutOff>,
    errands: Vec<Errand>,
    ended: Vec<Ended>,
    /// Whether this turn left everything as it was.
    is_held: bool,
    /// How often somebody had been erased when this was looked at last.
    erasures: i64,
    swept: Pace,
}

impl Pipelines {
    /// Takes up what has not ended.
    pub fn open(session: &Session, life: i32, at: i64) -> Pipelines {
        Pipelines {
            lanes: Lanes::open(session, life, at),
            open: HashMap::new(),
            tickets: 0,
            arrived: Vec::new(),
            put_off: BinaryHeap::new(),
            put_off_steps: HashMap::new(),
            errands: Vec::new(),
            ended: Vec::new(),
            is_held: false,
            erasures: sequence::erasures(),
            swept: Pace::new(at),
        }
    }

    /// Looks at the whole table for runs that it does not know.
    pub fn reload(&mut self, session: &Session, at: i64) {
        self.lanes.reload(session, at);
    }

    /// Takes what came for a run.
    pub fn arrive(&mut self, ticket: u64, effect: Result<Effect, Failure>) {
        self.arrived.push((ticket, effect));
    }

    /// One turn; whether there is more to do at once.
    pub fn turn(&mut self, session: &Session, at: i64) -> bool {
        // While somebody is being erased nothing is written down of anybody.
        self.is_held = !erased::keep_away();
        if self.is_held {
            return false;
        }
        self.forget_erased(session);
        self.expire(at);
        self.lanes.find(session, at);
        self.lanes.follow_channels(session);
        for (ticket, effect) in std::mem::take(&mut self.arrived) {
            self.go_on(session, ticket, at, |machine| machine.take(effect, at));
        }
        self.try_again(session, at);
        let more = self.begin(session, at);
        self.note(session, at);
        self.sweep(session, at);
        more
    }

    /// What is to be sent, once the turn has committed.
    pub fn errands(&mut self) -> Vec<Errand> {
        std::mem::take(&mut self.errands)
    }

    /// Whether nothing is left to do now; what is for later does not count.
    pub fn is_idle(&self) -> bool {
        !self.is_held && self.open.is_empty() && self.arrived.is_empty() && self.lanes.is_idle()
    }

    /// How long until something is due by the clock.
    pub fn next_due(&self, at: i64) -> Option<Duration> {
        let put_off = self.put_off.peek().map(|Reverse((due, _))| *due);
        let calls =
            self.open.values().filter(|run| run.call.is_some()).map(|run| run.begun + micros(guc::entity_timeout()));
        let due = self.lanes.next_due().into_iter().chain(put_off).chain(calls).min()?;
        Some(Duration::from_micros((due - at).max(0).unsigned_abs()))
    }

    /// The names for NOTIFY that Listeners are bound to.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lanes.names()
    }

    /// Starts the Listener pipeline that a notice is for. What it carries is a request, or the body of one.
    pub fn hear(&self, session: &Session, notice: &Notice) {
        let Some(id) = self.lanes.bound_to(&notice.name) else { return };
        let request = match serde_json::from_str(&notice.payload).map(Data::from_json) {
            Ok(Data::Object(request)) => request,
            _ => Object::from([("body".to_owned(), Data::from(notice.payload.as_str()))]),
        };
        let begun = channel::open_by_id(session, id).and_then(|channel| listen::begin(session, &channel, request));
        if let Err(error) = begun {
            pgrx::warning!("pg_member: a notice for channel {id} is not taken: {}", error.id.as_str());
        }
    }

    /// Begins an operation of an entity for a call.
    pub fn begin_call(&mut self, session: &Session, asker: Asker, machine: Machine, call: Call, at: i64) {
        let run = Open { asker, machine, begun: at, call: Some(call) };
        self.start(session, run, at, |machine| machine.go(at));
    }

    /// Lets go of runs whose person was erased: what they have in hand is written down nowhere.
    fn forget_erased(&mut self, session: &Session) {
        let erasures = sequence::erasures();
        if std::mem::replace(&mut self.erasures, erasures) == erasures {
            return;
        }
        let runs: Vec<i64> = self.open.values().map(|run| run.asker.run).filter(|run| *run != 0).collect();
        let there: HashSet<i64> = run_personal::still_there(session, &runs).into_iter().collect();
        let gone = self.open.extract_if(|_, run| run.asker.run != 0 && !there.contains(&run.asker.run));
        for (_, run) in gone.collect::<Vec<_>>() {
            self.lanes.leave(run.asker.channel, run.asker.run);
        }
    }

    /// Answers calls whose time is up. What still comes for them is nobody's.
    fn expire(&mut self, at: i64) {
        let limit = guc::entity_timeout();
        let oldest = at - micros(limit);
        let late = self.open.extract_if(|_, run| run.call.is_some() && run.begun <= oldest);
        for call in late.filter_map(|(_, run)| run.call).collect::<Vec<_>>() {
            call.refuse(&format!("no result within {} s", limit.as_secs()));
        }
    }

    /// Begins runs while their channels have room; whether there are more than one turn takes.
    fn begin(&mut self, session: &Session, at: i64) -> bool {
        let (chosen, is_full) = self.lanes.next();
        if chosen.is_empty() {
            return false;
        }
        let tried: HashMap<i64, Waiting> = chosen.iter().map(|run| (run.id, *run)).collect();
        let ids: Vec<i64> = chosen.iter().map(|run| run.id).collect();
        run_outcome::claim(&ids, at);
        let mut gone: HashSet<i64> = ids.iter().copied().collect();
        let kept = pipeline_run::read(session, &ids);
        let launches: BTreeSet<i64> = kept.iter().map(|kept| kept.run.launch).filter(|launch| *launch != 0).collect();
        let halted = launch::halted(session, &Vec::from_iter(launches), at);
        let passages = standing(session, &kept, at);
        for kept in kept {
            gone.remove(&kept.id);
            let tried = tried.get(&kept.id).map_or(0, |run| run.tried);
            let is_halted = kept.run.kind == Kind::Message.name() && halted.contains(&kept.run.launch);
            let has_ended = passages.get(&kept.run.passage).is_some_and(|passage| *passage != Standing::Open);
            if is_halted || has_ended {
                self.skip(&kept);
            } else {
                self.begin_one(session, &kept, tried, at);
            }
        }
        // A person was erased, and her runs with her.
        for run in gone.iter().filter_map(|id| tried.get(id)) {
            self.lanes.leave(run.channel, run.id);
        }
        is_full
    }

    /// Leaves out a message of a launch that was stopped, or a step of a passage that has ended.
    fn skip(&mut self, kept: &Kept) {
        self.lanes.leave(kept.run.channel, kept.id);
        self.ended.push(Ended {
            run: kept.id,
            passage: kept.run.passage,
            ending: Ending::Stopped,
            steps: None,
            took_ms: 0.0,
        });
    }

    fn begin_one(&mut self, session: &Session, kept: &Kept, tried: u32, at: i64) {
        let mut asker = run::asker(kept);
        let opened = if tried < TRIES {
            self.machine_of(session, kept, &mut asker)
        } else {
            Err(Failure::new(Code::Limit, format!("its worker ended {tried} times while it ran")))
        };
        match opened {
            Ok((machine, kept_back)) => {
                let run = Open { asker, machine, begun: at, call: None };
                self.start(session, run, at, |machine| match kept_back {
                    Some(reason) => Move::Ask(Demand::KeepBack(reason)),
                    None => machine.go(at),
                });
            }
            Err(failure) => self.close(asker, Ending::Failed { failure, pipe: 0 }, Data::Null, at, at),
        }
    }

    /// The machine of a run, and why what it sends is to be kept back, if it is.
    fn machine_of(&mut self, session: &Session, kept: &Kept, asker: &mut Asker) -> Result<Prepared, Failure> {
        let failure = |error: Error| Failure::new(Code::Params, told(&error));
        let hidden = match kept.run.sealed {
            None => None,
            Some(sealed) => {
                let lost = || message_event::lost_address(session, kept.run.send_message_id.unwrap_or_default());
                Some(sealed::open(sealed).ok_or_else(|| failure(lost()))?)
            }
        };
        hidden.iter().for_each(|address| asker.hidden.add(&address.value));
        let ready = self.lanes.ready(session, kept.run.channel).map_err(failure)?;
        let machine = run::open(session, ready, kept, hidden.as_ref()).map_err(failure)?;
        Ok((machine, kept_back::reason(session, &kept.run).map_err(failure)?))
    }

    fn start(&mut self, session: &Session, run: Open, at: i64, begin: impl FnOnce(&mut Machine) -> Move) {
        self.tickets += 1;
        self.open.insert(self.tickets, run);
        self.go_on(session, self.tickets, at, begin);
    }

    /// Has a run go on until it waits or has ended.
    fn go_on(&mut self, session: &Session, ticket: u64, at: i64, begin: impl FnOnce(&mut Machine) -> Move) {
        let Some(mut run) = self.open.remove(&ticket) else { return };
        let mut next = begin(&mut run.machine);
        loop {
            match next {
                Move::End(ending) => return self.end(run, ending, at),
                Move::Ask(demand @ (Demand::Http(_) | Demand::Sql(_))) => {
                    let (channel, passage, pipeline) = (run.asker.channel, run.asker.passage, run.asker.kind.clone());
                    self.errands.push(Errand { ticket, channel, pipeline, passage, demand });
                    break;
                }
                Move::Ask(demand) => {
                    run.asker.pipe = run.machine.place();
                    match guarded(session, &run, demand.clone(), at) {
                        Some(effect) => next = run.machine.take(effect, at),
                        None => {
                            self.put_off(ticket, demand, SHORTEST_PAUSE, at);
                            break;
                        }
                    }
                }
            }
        }
        self.open.insert(ticket, run);
    }

    fn put_off(&mut self, ticket: u64, demand: Demand, pause: i64, at: i64) {
        self.put_off.push(Reverse((at + pause, ticket)));
        self.put_off_steps.insert(ticket, PutOff { demand, pause });
    }

    /// Tries steps again whose rows were locked.
    fn try_again(&mut self, session: &Session, at: i64) {
        while let Some(Reverse((due, ticket))) = self.put_off.peek().copied()
            && due <= at
        {
            self.put_off.pop();
            let Some(PutOff { demand, pause }) = self.put_off_steps.remove(&ticket) else { continue };
            let Some(run) = self.open.get(&ticket) else { continue };
            match guarded(session, run, demand.clone(), at) {
                Some(effect) => self.go_on(session, ticket, at, |machine| machine.take(effect, at)),
                None => self.put_off(ticket, demand, (pause * 2).min(LONGEST_PAUSE), at),
            }
        }
    }

    fn end(&mut self, mut run: Open, ending: Ending, at: i64) {
        match run.call.take() {
            Some(call) => call.answer(ending),
            None => {
                let steps = run.machine.take_trace();
                let ending = hidden(ending, run.machine.secrets());
                self.close(run.asker, ending, steps, run.begun, at);
            }
        }
    }

    fn close(&mut self, asker: Asker, ending: Ending, steps: Data, begun: i64, at: i64) {
        if let Ending::Failed { failure, pipe } = &ending {
            let prefix = format!("{}|{pipe}", asker.channel);
            let message = format!("{} {}", failure.code, failure.message);
            pipe_effect::log(&Asker { pipe: *pipe, ..asker.clone() }, Level::Error, &prefix, &message, at);
        }
        let is_kept = match guc::pipe_trace() {
            Traced::off => false,
            Traced::failed => matches!(ending, Ending::Failed { .. }),
            Traced::all => true,
        };
        let steps = is_kept.then(|| steps.stored().ok()).flatten();
        self.lanes.leave(asker.channel, asker.run);
        let took_ms = (at - begun) as f64 / 1000.0;
        self.ended.push(Ended { run: asker.run, passage: asker.passage, ending, steps, took_ms });
    }

    /// Notes what ended, and the passages that ended with it.
    fn note(&mut self, session: &Session, at: i64) {
        let ended = std::mem::take(&mut self.ended);
        if ended.is_empty() {
            return;
        }
        run_outcome::note(ended.iter().map(|ended| ended.outcome(at)));
        // Of several runs of one passage the last counts.
        let passages: BTreeMap<i64, &str> =
            ended.iter().map(|ended| (ended.passage, ended.outcome(at).state)).collect();
        let passages: Vec<(i64, &str)> = passages.into_iter().filter(|(passage, _)| *passage != 0).collect();
        if !passages.is_empty() {
            passage::finish(session, &passages, at);
        }
    }

    /// Deletes what is old.
    fn sweep(&mut self, session: &Session, at: i64) {
        /// Often enough that little waits, seldom enough that nobody notices.
        const EVERY: Duration = Duration::from_secs(10);
        /// Longer than any run takes.
        const CLAIMS_KEPT: i64 = 86_400_000_000;
        if self.swept.is_due(at, EVERY).is_some() {
            pipe_store::sweep(session, at, SWEPT);
            let oldest = at - i64::from(guc::pipe_run_days()) * CLAIMS_KEPT;
            pipeline_run::forget(session, oldest, SWEPT);
            passage::forget(session, oldest, SWEPT);
            run_outcome::forget_claims(session, at - CLAIMS_KEPT);
        }
    }
}

/// Where the passages of these runs are; those whose head or sequence is gone end now.
fn standing(session: &Session, runs: &[Kept], at: i64) -> HashMap<i64, Standing> {
    let ids: BTreeSet<i64> = runs.iter().map(|kept| kept.run.passage).filter(|passage| *passage != 0).collect();
    if ids.is_empty() {
        return HashMap::new();
    }
    let standing = passage::standing(session, &Vec::from_iter(ids));
    let ends = standing.iter().filter_map(|(id, standing)| match standing {
        Standing::Ends(reason) => Some((*id, *reason)),
        Standing::Open | Standing::Ended => None,
    });
    passage::end(&ends.collect::<Vec<_>>(), at);
    standing.into_iter().collect()
}

/// Does what a run asks of the database, by itself: an error of the server is the run's own. Nothing where somebody else
/// has locked what it needs.
fn guarded(session: &Session, run: &Open, demand: Demand, at: i64) -> Option<Result<Effect, Failure>> {
    let carry_out = || pipe_effect::carry_out(session, &run.asker, demand.clone(), run.machine.secrets(), at);
    if matches!(demand, Demand::Log { .. } | Demand::Schedule { .. }) {
        return Some(carry_out());
    }
    let savepoint = Savepoint::begin();
    let _brief = process::BriefLocks::begin();
    match catch_unwind(AssertUnwindSafe(carry_out)) {
        Ok(Ok(effect)) => {
            savepoint.release();
            Some(Ok(effect))
        }
        Ok(Err(failure)) => Some(Err(failure)),
        Err(payload) => {
            drop(savepoint);
            let failure = process::failure_of(payload);
            (!failure.is_passing())
                .then(|| Err(Failure::new(Code::Store, format!("{} {}", failure.id, failure.explain))))
        }
    }
}

/// The ending with what is secret hidden; the server has no text with a zero byte.
fn hidden(ending: Ending, secrets: &Secrets) -> Ending {
    let shown = |text: &str| secrets.hide(&text.replace('\0', ""));
    match ending {
        Ending::Refused { code, message } => Ending::Refused { code, message: shown(&message) },
        Ending::Failed { failure: Failure { code, message }, pipe } => {
            Ending::Failed { failure: Failure { code, message: shown(&message) }, pipe }
        }
        done => done,
    }
}

fn told(error: &Error) -> String {
    format!("{}: {}", error.id.as_str(), error.explain)
}

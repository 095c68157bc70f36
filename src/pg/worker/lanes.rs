//! Runs that wait to be begun: found in the table, kept by their channels, let through while a channel has room.

use super::pace::Pace;
use super::process::micros;
use crate::domain::error::Result;
use crate::pg::guc;
use crate::pg::perform::run::Ready;
use crate::pg::spi::Session;
use crate::pg::store::channel::states;
use crate::pg::store::pipeline_run::{self, Waiting};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};

/// The most runs that are begun in one turn: a turn's transaction is short.
const BEGUN_AT_ONCE: usize = 256;

/// A channel with what waits for it and how much it has under way.
#[derive(Default)]
struct Lane {
    revision: i64,
    is_active: bool,
    ready: Option<Ready>,
    waiting: VecDeque<Waiting>,
    under_way: usize,
}

/// All channels with their runs.
pub struct Lanes {
    life: i32,
    seen: String,
    /// Runs that were found and have not ended.
    known: HashSet<i64>,
    later: BinaryHeap<Reverse<(i64, i64, i64, u32)>>,
    lanes: HashMap<i64, Lane>,
    /// The channels that a Listener is bound to, by the name for NOTIFY.
    bound: BTreeMap<String, i64>,
    looked: Pace,
}

impl Lanes {
    /// Takes up what has not ended.
    pub fn open(session: &Session, life: i32, at: i64) -> Lanes {
        let mut lanes = Lanes {
            life,
            // Before the look at the table: what commits in between is seen twice and known by then.
            seen: pipeline_run::snapshot(),
            known: HashSet::new(),
            later: BinaryHeap::new(),
            lanes: HashMap::new(),
            bound: BTreeMap::new(),
            looked: Pace::new(at),
        };
        lanes.reload(session, at);
        lanes
    }

    /// Looks at the whole table for runs that it does not know.
    pub fn reload(&mut self, session: &Session, at: i64) {
        for run in pipeline_run::unfinished(session) {
            self.admit(run, at);
        }
    }

    /// Finds new runs, and those whose time has come.
    pub fn find(&mut self, session: &Session, at: i64) {
        if let Some((found, seen)) = pipeline_run::fresh(self.life, &self.seen) {
            self.seen = seen;
            found.into_iter().for_each(|run| self.admit(run, at));
        }
        let period = guc::scheduler_pipe_router_period();
        if let Some(before) = self.looked.is_due(at, period) {
            let missed = pipeline_run::due(session, before - micros(period), at);
            missed.into_iter().for_each(|run| self.admit(run, at));
        }
        while let Some(Reverse((due, id, channel, tried))) = self.later.peek().copied()
            && due <= at
        {
            self.later.pop();
            self.lane(channel).waiting.push_back(Waiting { id, channel, run_at: Some(due), tried });
        }
    }

    fn admit(&mut self, run: Waiting, at: i64) {
        if !self.known.insert(run.id) {
            return;
        }
        match run.run_at {
            Some(due) if due > at => self.later.push(Reverse((due, run.id, run.channel, run.tried))),
            _ => self.lane(run.channel).waiting.push_back(run),
        }
    }

    fn lane(&mut self, channel: i64) -> &mut Lane {
        self.lanes.entry(channel).or_default()
    }

    /// Notices channels that were changed, switched off, deleted.
    pub fn follow_channels(&mut self, session: &Session) {
        self.lanes.retain(|_, lane| lane.under_way > 0 || !lane.waiting.is_empty() || lane.ready.is_some());
        let states = states(session);
        for (id, lane) in &mut self.lanes {
            // The runs of one that is gone begin, and fail by that.
            let state = states.get(id);
            let revision = state.map_or(0, |state| state.revision);
            if revision != lane.revision || revision == 0 {
                lane.ready = None;
            }
            (lane.revision, lane.is_active) = (revision, state.is_none_or(|state| state.is_active));
        }
        self.bound = states.into_iter().filter_map(|(id, state)| Some((state.notify?, id))).collect();
    }

    /// Takes the runs that begin now: those that their channels have room for. Whether there are more than one turn takes.
    pub fn next(&mut self) -> (Vec<Waiting>, bool) {
        let room = guc::pipe_worker_size();
        let mut chosen: Vec<Waiting> = Vec::new();
        let mut is_full = false;
        for lane in self.lanes.values_mut().filter(|lane| lane.is_active) {
            let free = room.saturating_sub(lane.under_way).min(lane.waiting.len());
            let taken = free.min(BEGUN_AT_ONCE.saturating_sub(chosen.len()));
            is_full |= taken < free;
            lane.under_way += taken;
            chosen.extend(lane.waiting.drain(..taken));
        }
        (chosen, is_full)
    }

    /// A run that was taken is over: its channel has room for another one.
    pub fn leave(&mut self, channel: i64, run: i64) {
        self.known.remove(&run);
        let lane = self.lane(channel);
        lane.under_way = lane.under_way.saturating_sub(1);
    }

    /// A channel with its pipelines as its runs use them. Errors: `error/channel/notexists`.
    pub fn ready(&mut self, session: &Session, channel: i64) -> Result<&mut Ready> {
        let lane = self.lane(channel);
        let ready = match lane.ready.take() {
            Some(ready) => ready,
            None => Ready::read(session, channel)?,
        };
        Ok(lane.ready.insert(ready))
    }

    /// Whether no run waits that could begin; what is for later does not count.
    pub fn is_idle(&self) -> bool {
        self.lanes.values().all(|lane| lane.waiting.is_empty() || !lane.is_active)
    }

    /// When the next run is due that is for later.
    pub fn next_due(&self) -> Option<i64> {
        self.later.peek().map(|Reverse((due, ..))| *due)
    }

    /// The names for NOTIFY that Listeners are bound to.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bound.keys().map(String::as_str)
    }

    /// The channel whose Listener is bound to a name.
    pub fn bound_to(&self, name: &str) -> Option<i64> {
        self.bound.get(name).copied()
    }
}

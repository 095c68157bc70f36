//! One hook, as the dispatcher carries it out: what it has taken, has under way, and tries again.

use super::process;
use super::waiting::{Waiting, items_of};
use crate::domain::error::Result;
use crate::domain::hook::{Gate, Hook, State, Streak};
use crate::domain::json::root;
use crate::pg::guc;
use crate::pg::perform::outgoing::{self, Base, Outgoing};
use crate::pg::spi::Session;
use crate::pg::store::event_log::{self, Reader};
use crate::pg::store::hook::{self, Change};
use crate::pg::store::hook_attempt::{self, Attempt};
use crate::pg::store::hook_batch::{self, Batch, BatchId};
use crate::pg::store::sequence;
use crate::sink::{Endpoint, Outcome, Parcel, Verdict};
use std::collections::VecDeque;

/// How many batches that wait in the table are taken up at once.
const TAKEN_UP: usize = 100;
/// How many positions are read at once: one row of the order.
const CHUNK: i64 = 1000;
/// After how many positions without an event of its own a hook's place is noted.
const PASSED: i64 = 1000;
/// A second in the server's microseconds.
const SECOND: i64 = 1_000_000;

/// One hook.
pub struct Line {
    id: i64,
    /// The revision of what is known of it.
    pub revision: i64,
    /// Whether it sends.
    pub active: bool,
    /// Since when.
    begun_at: i64,
    hook: Hook,
    /// Everything up to here is in a batch or done with.
    place: i64,
    /// Everything up to here was looked at.
    read_to: i64,
    /// The place that the tables show.
    noted: i64,
    noted_at: i64,
    /// Events of the hook that are in no batch yet.
    collected: VecDeque<Outgoing>,
    /// When the first of them was collected.
    collecting_since: i64,
    batches: Vec<Waiting>,
    /// Whether the table may have batches that are not among them.
    has_more: bool,
    gate: Gate,
    /// When the last attempt was noted.
    attempted_at: i64,
}

impl Line {
    /// A hook as the tables have it; what is under way already goes on. Errors: `error/json/corrupt` and those of
    /// [`Hook::open`].
    pub fn open(session: &Session, id: i64, before: Option<Line>, base: &Base, at: i64) -> Result<Option<Line>> {
        let Some(kept) = hook::find(session, id) else { return Ok(None) };
        let hook = Hook::open(root(kept.settings)?)?;
        let place = hook_batch::place(session, id).unwrap_or(kept.since).max(kept.since);
        let active = kept.held_by().is_none();
        let rules = hook.rules();
        let (batches, gate, attempted_at) = match before {
            Some(line) if active && line.active && line.begun_at == kept.begun_at => {
                (line.batches, line.gate.under(rules, at), line.attempted_at)
            }
            before => {
                let streak = if active { hook_attempt::streak(session, id) } else { Streak::default() };
                let (batches, attempted_at) = before.map(|line| (line.batches, line.attempted_at)).unwrap_or_default();
                (batches, Gate::after(streak, rules, at), attempted_at)
            }
        };
        let mut line = Line {
            id,
            revision: kept.revision,
            active,
            begun_at: kept.begun_at,
            hook,
            place,
            read_to: place,
            noted: place,
            noted_at: at,
            collected: VecDeque::new(),
            collecting_since: at,
            batches,
            has_more: true,
            gate,
            attempted_at,
        };
        line.take_up(session, base, at);
        Ok(Some(line))
    }

    /// Takes up batches that the table has and nobody sends: of a dispatcher that ended, and those to be sent again. Some
    /// at a time: of the latter there may be very many. One that cannot be sent is dead.
    pub fn take_up(&mut self, session: &Session, base: &Base, at: i64) {
        if !self.has_more || self.batches.len() >= TAKEN_UP {
            return;
        }
        let known: Vec<BatchId> = self.batches.iter().map(|waiting| waiting.batch.id).collect();
        let found = hook_batch::waiting(session, self.id, &known, TAKEN_UP);
        self.has_more = found.len() == TAKEN_UP;
        for kept in found {
            match items_of(session, &kept.batch, base, self.hook.with_content) {
                Ok(items) => self.batches.push(Waiting::again(kept, items, at)),
                Err(error) => {
                    let batch = kept.batch;
                    pgrx::warning!("pg_member: hook {}: batch {} is dead: {}", self.id, batch.id, error.id.as_str());
                    self.bury(session, &batch, at);
                }
            }
        }
    }

    /// Reads anew what is kept in memory of events: somebody was erased. What is under way may still arrive; another
    /// attempt goes without.
    pub fn reread(&mut self, session: &Session, base: &Base) {
        self.collected.clear();
        self.read_to = self.place;
        self.batches.retain_mut(|waiting| waiting.reread(session, self.id, base, self.hook.with_content).is_some());
        // One that could not be read anew is taken up, or buried, by what the tables say.
        self.has_more = true;
    }

    /// Reads on in the log until there is enough for its batches; whether there is more to read at once.
    pub fn collect(&mut self, session: &Session, head: i64, base: &Base, at: i64) -> bool {
        let enough = self.hook.batch_size() * self.hook.concurrency as usize;
        if self.collected.len() >= enough || self.read_to + 1 >= head {
            return false;
        }
        let up_to = (self.read_to + CHUNK).min(head - 1);
        let types: Vec<&str> = self.hook.events.iter().map(String::as_str).collect();
        let reader = Reader { hook: self.id, types: &types };
        match event_log::read(session, self.read_to, up_to, Some(&reader)) {
            Ok(events) => {
                if self.collected.is_empty() {
                    self.collecting_since = at;
                }
                self.collected.extend(outgoing::take(session, self.id, &self.hook, &events, base));
            }
            Err(error) => pgrx::warning!("pg_member: hook {} skips damaged events: {}", self.id, error.id.as_str()),
        }
        self.read_to = up_to;
        self.collected.len() < enough && self.read_to + 1 < head
    }

    /// Makes batches of what is collected: full ones at once, others when their first event has waited long enough.
    pub fn make_batches(&mut self, session: &Session, at: i64) {
        while self.may_make_batch(at) {
            let mut size = self.hook.batch_size().min(self.collected.len());
            // What is too large for one row goes in halves.
            let made = loop {
                match self.make_batch(session, size, at) {
                    Err(_) if size > 1 => size /= 2,
                    made => break made,
                }
            };
            match made {
                Ok(waiting) => self.batches.push(waiting),
                Err(error) => {
                    pgrx::warning!(
                        "pg_member: hook {} skips an event that is too large: {}",
                        self.id,
                        error.id.as_str()
                    );
                    self.collected.pop_front();
                }
            }
            self.collecting_since = at;
        }
    }

    fn may_make_batch(&self, at: i64) -> bool {
        let is_full = self.collected.len() >= self.hook.batch_size();
        self.is_collecting() && (is_full || self.ripe_at() <= at)
    }

    /// Whether what is collected waits for nothing but time.
    fn is_collecting(&self) -> bool {
        !self.collected.is_empty() && self.gate.may_begin(&self.batches)
    }

    /// When what is collected has waited long enough.
    fn ripe_at(&self) -> i64 {
        self.collecting_since + i64::from(self.hook.sending.collect_sec) * SECOND
    }

    /// Makes a batch of the first events collected.
    fn make_batch(&mut self, session: &Session, size: usize, at: i64) -> Result<Waiting> {
        let is_all = size == self.collected.len();
        let taken = self.collected.make_contiguous().get(..size).unwrap_or_default();
        let last = taken.last().filter(|_| !is_all).map_or(self.read_to, |outgoing| outgoing.pos);
        let batch = outgoing::batch_of(taken, self.place + 1, last)?;
        hook_batch::write(session, self.id, &batch, at);
        (self.place, self.noted, self.noted_at) = (last, last, at);
        let items = self.collected.drain(..size).map(|outgoing| outgoing.item).collect();
        Ok(Waiting::new(batch, items, at))
    }

    /// Notes how far the hook is where nothing of it was on the way.
    pub fn note_place(&mut self, session: &Session, at: i64) {
        let is_passed = self.read_to - self.noted >= PASSED || at - self.noted_at >= SECOND;
        if self.is_idle() && self.read_to > self.noted && is_passed {
            hook_batch::note_outcome(session, self.id, self.read_to, at, "passed", 0);
            (self.place, self.noted, self.noted_at) = (self.read_to, self.read_to, at);
        }
    }

    /// The batches that go now: they count as sent.
    pub fn next_parcels(&mut self, base: &Base, at: i64) -> Vec<(Endpoint, Parcel, BatchId)> {
        let places = self.gate.let_through(&self.batches, at);
        let parcels = places.into_iter().filter_map(|place| {
            let waiting = self.batches.get_mut(place)?;
            waiting.is_out = true;
            let transport = self.hook.sending.transport.clone();
            let endpoint = Endpoint { hook: self.id, revision: self.revision, transport };
            let batch = waiting.batch.id;
            let parcel = Parcel { batch: batch.to_string(), db_id: base.list, items: waiting.items.clone() };
            Some((endpoint, parcel, batch))
        });
        parcels.collect()
    }

    /// Writes what became of an attempt, and decides what follows.
    pub fn record(&mut self, session: &Session, batch: BatchId, outcome: &Outcome, at: i64) {
        let Some(place) = self.batches.iter().position(|waiting| waiting.batch.id == batch) else { return };
        // Of attempts that end together each has an instant of its own: which was the last is asked of the table.
        let at = at.max(self.attempted_at + 1);
        self.attempted_at = at;
        let mut waiting = self.batches.remove(place);
        waiting.is_out = false;
        waiting.attempts += 1;
        match outcome.verdict {
            Verdict::Delivered => self.gate.breaker.on_success(),
            Verdict::Again { .. } | Verdict::Stop => self.gate.breaker.on_failure(at),
        }
        let next_at = self.next_at(&waiting, outcome, at);
        self.note_attempt(&waiting, outcome, next_at, at);
        match (outcome.verdict, next_at) {
            (Verdict::Delivered, _) => {
                hook_batch::remove(session, self.id, batch);
                self.note_end(session, &waiting.batch, "delivered", at);
            }
            (Verdict::Again { .. }, Some(due)) => {
                waiting.drop_arrived(outcome.arrived);
                waiting.due = due;
                self.batches.insert(place, waiting);
            }
            (Verdict::Again { .. }, None) => self.bury(session, &waiting.batch, at),
            (Verdict::Stop, _) => {
                self.batches.insert(place, waiting);
                self.stop(session, outcome.state, at);
            }
        }
        if self.active && self.gate.breaker.must_stop(at, self.hook.stop_after_sec) {
            self.stop(session, "failing", at);
        }
    }

    /// When a batch goes again; none where it does not go by itself.
    fn next_at(&self, waiting: &Waiting, outcome: &Outcome, at: i64) -> Option<i64> {
        let Verdict::Again { after } = outcome.verdict else { return None };
        let pause = self.hook.retry.pause(waiting.attempts, guc::retry_defaults(), waiting.chance(), after)?;
        Some(at.saturating_add(process::micros(pause)))
    }

    fn stop(&mut self, session: &Session, reason: &str, at: i64) {
        let change = Change { revision: sequence::next_hook_revision(), reason: Some(reason), at };
        hook::change(session, self.id, None, &change);
        self.active = false;
    }

    /// Notes that a batch is sent no more.
    fn bury(&self, session: &Session, batch: &Batch, at: i64) {
        hook_batch::bury(session, self.id, batch.id);
        self.note_end(session, batch, "dead", at);
    }

    fn note_end(&self, session: &Session, batch: &Batch, state: &str, at: i64) {
        if !batch.is_resent {
            hook_batch::note_outcome(session, self.id, batch.last, at, state, batch.events.len());
        }
    }

    fn note_attempt(&self, waiting: &Waiting, outcome: &Outcome, next_at: Option<i64>, at: i64) {
        hook_attempt::note(&Attempt {
            hook: self.id,
            at,
            batch: waiting.batch.id,
            number: waiting.attempts,
            state: outcome.state,
            status: outcome.status,
            answer: &outcome.answer,
            took_ms: outcome.took.as_secs_f64() * 1000.0,
            events: waiting.batch.events.len(),
            first: waiting.batch.first,
            last: waiting.batch.last,
            open_since: match self.gate.breaker.state() {
                State::Closed { .. } => None,
                State::Open { since } | State::HalfOpen { since } => Some(since),
            },
            next_at,
        });
    }

    /// Whether nothing of it is under way or collected.
    pub fn is_idle(&self) -> bool {
        self.batches.is_empty() && self.collected.is_empty()
    }

    /// When something is due of itself.
    pub fn next_due(&self, at: i64) -> Option<i64> {
        let ripe = self.is_collecting().then(|| self.ripe_at());
        self.gate.next_due(&self.batches, at).into_iter().chain(ripe).min()
    }
}

//! Carrying events out: what each hook has taken, has under way, and tries again.
//!
//! What is here is a copy of what the tables say; a dispatcher that starts makes it anew from them. A batch is a row,
//! committed, before its first byte leaves (DESIGN 5.6).

use super::dispatcher::Done;
use super::runtime::Courier;
use crate::domain::error::{Error, Result};
use crate::domain::hook::{Breaker, Bucket, Hook, OnFailure, State};
use crate::domain::json::{Node, encoded, root};
use crate::pg::guc;
use crate::pg::perform::outgoing::{self, Base, Outgoing};
use crate::pg::spi::Session;
use crate::pg::store::event_log::{self, Reader};
use crate::pg::store::hook::{self, Change};
use crate::pg::store::hook_batch::{self, Attempt, Batch, BatchId};
use crate::pg::store::{erased, hook_personal, sequence};
use crate::sink::{Endpoint, Item, Outcome, Parcel, Verdict};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How many batches that wait in the table are taken up at once.
const TAKEN_UP: usize = 100;
/// How many positions are read at once: one row of the order.
const CHUNK: i64 = 1000;
/// After how many positions without an event of its own a hook's place is noted.
const PASSED: i64 = 1000;
/// A second in the server's microseconds.
const SECOND: i64 = 1_000_000;

/// All hooks of the database; they come with the first turn.
#[derive(Default)]
pub struct Delivery {
    lines: BTreeMap<i64, Line>,
    /// How many erasures what is kept here knows of.
    erasures: i64,
    /// Whether an erasure is at work: nothing is read and nothing sent until it ends.
    is_held: bool,
}

impl Delivery {
    /// Records what became of a batch.
    pub fn record(&mut self, session: &Session, hook: i64, batch: BatchId, outcome: &Outcome, at: i64) {
        if let Some(line) = self.lines.get_mut(&hook) {
            line.record(session, batch, outcome, at);
        }
    }

    /// Forgets what is known of a hook: the next turn reads it from the tables.
    pub fn reopen(&mut self, hook: i64) {
        self.lines.remove(&hook);
    }

    /// Notices changed hooks, reads the log up to `head`, and makes batches. Whether there is more to read at once. What
    /// it writes counts when the transaction commits; then comes [`Delivery::send`].
    pub fn turn(&mut self, session: &Session, courier: &Courier<Done>, head: i64, base: &Base, at: i64) -> bool {
        self.is_held = !erased::keep_away();
        if self.is_held {
            return false;
        }
        self.forget_erased(session, base);
        self.refresh(session, courier, base, at);
        let mut more = false;
        for line in self.lines.values_mut().filter(|line| line.active) {
            if let Err(error) = line.take_up(session, base, at) {
                pgrx::warning!("pg_member: hook {} has a damaged batch: {}", line.id, error.id.as_str());
            }
            more |= line.collect(session, head, base, at);
            line.make_batches(session, at);
            line.note_place(session, at);
        }
        more
    }

    /// Reads what is kept of persons anew if one was erased since.
    fn forget_erased(&mut self, session: &Session, base: &Base) {
        let erasures = sequence::erasures();
        if std::mem::replace(&mut self.erasures, erasures) != erasures {
            self.lines.values_mut().for_each(|line| line.reread(session, base));
        }
    }

    /// Sends what is due; only after the commit of its turn.
    pub fn send(&mut self, courier: &Courier<Done>, base: &Base, at: i64) {
        if self.is_held {
            return;
        }
        let reach = guc::reach();
        for line in self.lines.values_mut().filter(|line| line.active) {
            for (endpoint, parcel, batch) in line.next_parcels(base, at) {
                let (sinks, reach, hook) = (courier.sinks(), reach.clone(), line.id);
                courier.run(async move {
                    let outcome = sinks.send(&endpoint, &parcel, &reach).await;
                    Done::Batch { hook, batch, outcome }
                });
            }
        }
    }

    /// How long until something is due of itself.
    pub fn next_due(&self, at: i64) -> Option<Duration> {
        let due = self.lines.values().filter(|line| line.active).filter_map(Line::next_due).min()?;
        Some(Duration::from_micros(u64::try_from(due - at).unwrap_or_default()))
    }

    /// Whether no hook that is active has anything under way or collected.
    pub fn is_idle(&self) -> bool {
        !self.is_held
            && self
                .lines
                .values()
                .filter(|line| line.active)
                .all(|line| line.batches.is_empty() && line.collected.is_empty())
    }

    /// Takes over what is new of the hooks.
    fn refresh(&mut self, session: &Session, courier: &Courier<Done>, base: &Base, at: i64) {
        let now: BTreeMap<i64, i64> = hook::revisions(session).into_iter().collect();
        for id in self.lines.keys().filter(|id| !now.contains_key(id)) {
            courier.close(*id);
        }
        self.lines.retain(|id, _| now.contains_key(id));
        for (id, revision) in now {
            if self.lines.get(&id).is_some_and(|line| line.revision == revision) {
                continue;
            }
            let before = self.lines.remove(&id);
            match Line::open(session, id, before, base, at) {
                Ok(Some(line)) => _ = self.lines.insert(id, line),
                Ok(None) => {}
                // Settings that an older version cannot read: the hook waits, the others do not.
                Err(error) => pgrx::warning!("pg_member: hook {id} cannot be read: {}", error.id.as_str()),
            }
        }
    }
}

/// One hook.
struct Line {
    id: i64,
    revision: i64,
    active: bool,
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
    breaker: Breaker,
    bucket: Option<Bucket>,
}

/// A batch on its way.
struct Waiting {
    batch: Batch,
    items: Arc<[Item]>,
    attempts: u32,
    due: i64,
    is_out: bool,
}

impl Waiting {
    /// Reads what it carries anew, but for what has arrived; nothing if the tables do not have all of it.
    fn reread(&mut self, session: &Session, hook: i64, base: &Base, with_content: bool) -> Option<()> {
        let arrived = self.batch.events.len().saturating_sub(self.items.len());
        self.batch.resolved = hook_personal::resolved(session, hook, self.batch.id)?;
        let mut items = items_of(session, &self.batch, base, with_content).ok()?;
        (items.len() == self.batch.events.len()).then(|| items.drain(..arrived))?;
        self.items = items.into();
        Some(())
    }
}

impl Line {
    /// A hook as the tables have it; what is under way already goes on.
    fn open(session: &Session, id: i64, before: Option<Line>, base: &Base, at: i64) -> Result<Option<Line>> {
        let Some(kept) = hook::find(session, id) else { return Ok(None) };
        let hook = Hook::open(root(kept.settings)?)?;
        let place = hook_batch::place(session, id).unwrap_or(kept.since).max(kept.since);
        let (batches, breaker) = match before {
            Some(line) => (line.batches, line.breaker),
            None => (Vec::new(), Breaker::new(hook.breaker)),
        };
        let active = kept.held_by().is_none();
        let breaker = if active { breaker } else { Breaker::new(hook.breaker) };
        let mut line = Line {
            id,
            revision: kept.revision,
            active,
            place,
            read_to: place,
            noted: place,
            noted_at: at,
            collected: VecDeque::new(),
            collecting_since: at,
            batches,
            has_more: true,
            breaker,
            bucket: hook.per_sec.map(|rate| Bucket::new(rate, at)),
            hook,
        };
        line.take_up(session, base, at)?;
        Ok(Some(line))
    }

    /// Takes up batches that the table has and nobody sends: of a dispatcher that ended, and those to be sent again. Some
    /// at a time: of the latter there may be very many.
    fn take_up(&mut self, session: &Session, base: &Base, at: i64) -> Result<()> {
        if !self.has_more || self.batches.len() >= TAKEN_UP {
            return Ok(());
        }
        let known: Vec<BatchId> = self.batches.iter().map(|waiting| waiting.batch.id).collect();
        let found = hook_batch::waiting(session, self.id, &known, TAKEN_UP);
        self.has_more = found.len() == TAKEN_UP;
        for (batch, attempts) in found {
            let items = items_of(session, &batch, base, self.hook.with_content)?;
            if items.len() < batch.events.len() {
                pgrx::warning!("pg_member: hook {}: the log holds the events of a batch no more, it is dead", self.id);
                hook_batch::bury(session, self.id, batch.id);
                continue;
            }
            self.batches.push(Waiting { batch, items: items.into(), attempts, due: at, is_out: false });
        }
        Ok(())
    }

    /// Reads anew what is kept in memory of events: somebody was erased. What is under way may still arrive; another
    /// attempt goes without.
    fn reread(&mut self, session: &Session, base: &Base) {
        self.collected.clear();
        self.read_to = self.place;
        self.batches.retain_mut(|waiting| waiting.reread(session, self.id, base, self.hook.with_content).is_some());
        // One that could not be read anew is taken up, or buried, by what the tables say.
        self.has_more = true;
    }

    /// Reads on in the log until there is enough for its batches; whether there is more to read at once.
    fn collect(&mut self, session: &Session, head: i64, base: &Base, at: i64) -> bool {
        let enough = (self.hook.sending.max_batch * self.hook.concurrency) as usize;
        if self.collected.len() >= enough || self.read_to + 1 >= head {
            return false;
        }
        let up_to = (self.read_to + CHUNK).min(head - 1);
        match self.take(session, up_to, base) {
            Ok(taken) => {
                if self.collected.is_empty() {
                    self.collecting_since = at;
                }
                self.collected.extend(taken);
            }
            Err(error) => pgrx::warning!("pg_member: hook {} skips damaged events: {}", self.id, error.id.as_str()),
        }
        self.read_to = up_to;
        self.collected.len() < enough && self.read_to + 1 < head
    }

    fn take(&self, session: &Session, up_to: i64, base: &Base) -> Result<Vec<Outgoing>> {
        let mut taken = Vec::new();
        let types: Vec<&str> = self.hook.events.iter().map(String::as_str).collect();
        let reader = Reader { hook: self.id, types: &types };
        for event in event_log::read(session, self.read_to, up_to, Some(&reader))? {
            if outgoing::is_taken(session, &self.hook, &event, base)? {
                taken.push(outgoing::resolve(session, &self.hook, &event, base)?);
            }
        }
        Ok(taken)
    }

    /// Makes batches of what is collected: full ones at once, others when their first event has waited long enough.
    fn make_batches(&mut self, session: &Session, at: i64) {
        while self.may_make_batch(at) {
            let mut size = (self.hook.sending.max_batch as usize).min(self.collected.len());
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
        let is_held = self.hook.on_failure == OnFailure::Hold && self.batches.iter().any(|batch| batch.attempts > 0);
        let is_full = self.collected.len() >= self.hook.sending.max_batch as usize;
        let is_ripe = at - self.collecting_since >= i64::from(self.hook.sending.collect_sec) * SECOND;
        let is_free = self.batches.len() < self.hook.concurrency as usize;
        !self.collected.is_empty() && is_free && !is_held && (is_full || is_ripe)
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
        Ok(Waiting { batch, items, attempts: 0, due: at, is_out: false })
    }

    /// Notes how far the hook is where nothing of it was on the way.
    fn note_place(&mut self, session: &Session, at: i64) {
        let is_passed = self.read_to - self.noted >= PASSED || at - self.noted_at >= SECOND;
        if self.collected.is_empty() && self.batches.is_empty() && self.read_to > self.noted && is_passed {
            hook_batch::note_outcome(session, self.id, self.read_to, at, "passed", 0);
            (self.place, self.noted, self.noted_at) = (self.read_to, self.read_to, at);
        }
    }

    /// The batches that go now, if the breaker and the rate let them through.
    fn next_parcels(&mut self, base: &Base, at: i64) -> Vec<(Endpoint, Parcel, BatchId)> {
        let mut parcels = Vec::new();
        for place in self.sendable(at) {
            let Some(waiting) = self.batches.get_mut(place) else { continue };
            if !self.breaker.may_send(at) {
                waiting.due = until(&self.breaker).unwrap_or(at + SECOND);
                break;
            }
            if let Some(bucket) = &mut self.bucket
                && let Err(pause) = bucket.take(at)
            {
                waiting.due = at + pause;
                break;
            }
            waiting.is_out = true;
            let transport = self.hook.sending.transport.clone();
            let endpoint = Endpoint { hook: self.id, revision: self.revision, transport };
            let batch = waiting.batch.id;
            let parcel = Parcel { batch: batch.to_string(), db_id: base.list, items: waiting.items.clone() };
            parcels.push((endpoint, parcel, batch));
        }
        parcels
    }

    /// The places of the batches that are due and need not wait for another. A hook that holds keeps the order of each
    /// person: nothing passes a batch that failed, nor one under way with an event of the same person.
    fn sendable(&self, at: i64) -> Vec<usize> {
        let is_due = |waiting: &Waiting| !waiting.is_out && waiting.due <= at;
        let all = self.batches.iter().enumerate();
        if self.hook.on_failure == OnFailure::GoOn {
            return all.filter(|(_, waiting)| is_due(waiting)).map(|(place, _)| place).collect();
        }
        let mut sendable = Vec::new();
        let mut under_way = HashSet::new();
        for (place, waiting) in all {
            let persons = waiting.items.iter().filter_map(|item| item.profile_id.as_deref());
            if is_due(waiting) && persons.clone().all(|person| !under_way.contains(person)) {
                sendable.push(place);
            }
            if waiting.attempts > 0 || self.hook.concurrency == 1 {
                break;
            }
            under_way.extend(persons);
        }
        sendable
    }

    /// Writes what became of an attempt, and decides what follows.
    fn record(&mut self, session: &Session, batch: BatchId, outcome: &Outcome, at: i64) {
        let Some(place) = self.batches.iter().position(|waiting| waiting.batch.id == batch) else { return };
        let mut waiting = self.batches.remove(place);
        waiting.is_out = false;
        waiting.attempts += 1;
        match outcome.verdict {
            Verdict::Delivered => self.breaker.on_success(),
            Verdict::Again { .. } | Verdict::Stop => self.breaker.on_failure(at),
        }
        self.note_attempt(&waiting, outcome, at);
        match outcome.verdict {
            Verdict::Delivered => {
                hook_batch::remove(session, self.id, batch);
                self.note_end(session, &waiting, "delivered", at);
            }
            Verdict::Again { after } => {
                waiting.items = waiting.items.iter().skip(outcome.arrived).cloned().collect();
                let pause = self.hook.retry.pause(waiting.attempts, guc::retry_defaults(), chance(&waiting), after);
                match pause {
                    Some(pause) => {
                        waiting.due = at + i64::try_from(pause.as_micros()).unwrap_or(i64::MAX / 2);
                        self.batches.insert(place, waiting);
                    }
                    None => {
                        hook_batch::bury(session, self.id, batch);
                        self.note_end(session, &waiting, "dead", at);
                    }
                }
                if self.breaker.must_stop(at, self.hook.stop_after_sec) {
                    self.stop(session, "failing", at);
                }
            }
            Verdict::Stop => {
                self.batches.insert(place, waiting);
                self.stop(session, outcome.state, at);
            }
        }
    }

    fn stop(&mut self, session: &Session, reason: &str, at: i64) {
        let change = Change { revision: sequence::next_hook_revision(), reason: Some(reason), at };
        hook::change(session, self.id, None, &change);
        self.active = false;
    }

    fn note_end(&self, session: &Session, waiting: &Waiting, state: &str, at: i64) {
        if !waiting.batch.is_resent {
            hook_batch::note_outcome(session, self.id, waiting.batch.last, at, state, waiting.batch.events.len());
        }
    }

    fn note_attempt(&self, waiting: &Waiting, outcome: &Outcome, at: i64) {
        hook_batch::note_attempt(&Attempt {
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
            breaker: match self.breaker.state() {
                State::Closed { .. } => "closed",
                State::Open { .. } => "open",
                State::HalfOpen { .. } => "half-open",
            },
        });
    }

    fn next_due(&self) -> Option<i64> {
        let retries = self.batches.iter().filter(|waiting| !waiting.is_out).map(|waiting| waiting.due);
        let ripe = self.collecting_since + i64::from(self.hook.sending.collect_sec) * SECOND;
        let is_collecting = !self.collected.is_empty() && self.batches.len() < self.hook.concurrency as usize;
        retries.chain(is_collecting.then_some(ripe)).min()
    }
}

/// When an open breaker may be tried again.
fn until(breaker: &Breaker) -> Option<i64> {
    match breaker.state() {
        State::Closed { .. } => None,
        State::Open { until } | State::HalfOpen { until } => Some(until),
    }
}

/// A number from 0 to 1 for the jitter: of the batch's id, which is random already, and the attempt.
fn chance(waiting: &Waiting) -> f64 {
    let place = waiting.attempts as usize % waiting.batch.id.0.len();
    f64::from(waiting.batch.id.0.get(place).copied().unwrap_or_default()) / f64::from(u8::MAX)
}

/// What a batch of the table sends: its events anew, with the custom_data that was resolved before.
fn items_of(session: &Session, batch: &Batch, base: &Base, with_content: bool) -> Result<Vec<Item>> {
    let resolved = root(&batch.resolved)?.as_array();
    let mut items = Vec::with_capacity(batch.events.len());
    let Some((first, last)) = batch.events.first().zip(batch.events.last()) else { return Ok(items) };
    for event in event_log::read(session, first - 1, *last, None)? {
        let Ok(place) = batch.events.binary_search(&event.pos) else { continue };
        let custom = resolved.map(|list| list.iter().nth(place).transpose()).transpose()?.flatten();
        let custom = encoded(&custom.map_or(Node::Null, Node::from))?;
        items.push(outgoing::item(session, &event, base, &custom, with_content)?);
    }
    Ok::<_, Error>(items)
}

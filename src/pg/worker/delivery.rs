//! Carrying events out: all hooks of the database.
//!
//! What is here is a copy of what the tables say; a dispatcher that starts makes it anew from them. A batch is a row,
//! committed, before its first byte leaves (DESIGN 5.6).

use super::dispatcher::Done;
use super::line::Line;
use super::runtime::Courier;
use crate::pg::guc;
use crate::pg::perform::outgoing::Base;
use crate::pg::spi::Session;
use crate::pg::store::hook_batch::BatchId;
use crate::pg::store::{erased, hook, sequence};
use crate::sink::Outcome;
use std::collections::BTreeMap;
use std::time::Duration;

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
            line.take_up(session, base, at);
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
                let (sinks, reach, hook) = (courier.sinks(), reach.clone(), endpoint.hook);
                courier.run(async move {
                    let outcome = sinks.send(&endpoint, &parcel, &reach).await;
                    Done::Batch { hook, batch, outcome }
                });
            }
        }
    }

    /// How long until something is due of itself. While an erasure is at work nothing is.
    pub fn next_due(&self, at: i64) -> Option<Duration> {
        let active = self.lines.values().filter(|line| line.active && !self.is_held);
        let due = active.filter_map(|line| line.next_due(at)).min()?;
        Some(Duration::from_micros(u64::try_from(due - at).unwrap_or_default()))
    }

    /// Whether no hook that is active has anything under way or collected.
    pub fn is_idle(&self) -> bool {
        !self.is_held && self.lines.values().filter(|line| line.active).all(Line::is_idle)
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

//! Sequences, as the dispatcher carries them out: events of the log start passages (members.md 15).
//!
//! All sequences have one place in the log. What the events behind it start, and the place that follows, are written in the
//! turn's one transaction: each event starts its passages once, whatever dies.

use crate::domain::error::Result;
use crate::domain::event::snapshot::Snapshot;
use crate::domain::json::{Node, encoded, root};
use crate::domain::pipe::data::Data;
use crate::domain::sequence::Sequence;
use crate::pg::perform::channel;
use crate::pg::perform::outgoing::{self, Base};
use crate::pg::perform::sequence::{self, Start};
use crate::pg::spi::Session;
use crate::pg::store::event_log::{self, Logged, Reader};
use crate::pg::store::sequences::{self, Kept};
use crate::pg::store::{address, erased};
use std::collections::BTreeMap;

/// How many positions are read at once: one row of the order.
const CHUNK: i64 = 1000;
/// After how many positions that started nothing the place is noted.
const PASSED: i64 = 1000;
/// A second in the server's microseconds.
const SECOND: i64 = 1_000_000;

/// All sequences of the database.
pub struct Sequences {
    lines: BTreeMap<i64, Line>,
    /// Up to here every event has started what it starts.
    place: i64,
    /// The place that the table shows.
    noted: i64,
    noted_at: i64,
    /// Whether an erasure is at work: nothing is read until it ends.
    is_held: bool,
}

/// One sequence.
struct Line {
    revision: i64,
    since: i64,
    born: Snapshot,
    life: i32,
    settings: Sequence,
}

impl Line {
    fn open(kept: &Kept) -> Result<Line> {
        Ok(Line {
            revision: kept.revision,
            since: kept.since,
            born: Snapshot::parse(kept.born).unwrap_or_default(),
            life: kept.life,
            settings: Sequence::open(root(kept.settings)?)?,
        })
    }

    /// Whether an event was committed after the sequence began: an older one may have waited for its position.
    fn is_new(&self, event: &Logged) -> bool {
        let was_there = event.life < self.life || (event.life == self.life && self.born.shows(event.transaction));
        event.pos > self.since && !was_there
    }
}

impl Sequences {
    /// Takes up where the last dispatcher stopped.
    pub fn open(session: &Session, at: i64) -> Sequences {
        let place = sequences::place(session).unwrap_or_default();
        let mut open = Sequences { lines: BTreeMap::new(), place, noted: place, noted_at: at, is_held: false };
        open.refresh(session);
        open
    }

    /// The first position that some sequence still needs; none where none takes events.
    pub fn need(&self) -> Option<i64> {
        let since = self.active().map(|(_, line)| line.since).min()?;
        Some(self.place.max(since) + 1)
    }

    /// Passes over what the log keeps no longer, up to a position; whether anything was lost by it.
    pub fn lose(&mut self, session: &Session, last: i64, at: i64) -> bool {
        let Some(first) = self.need().filter(|first| *first <= last) else { return false };
        sequences::note_loss(first, last, at);
        self.place = last;
        self.note(session, at);
        true
    }

    /// Reads the log on, up to `head`, and starts passages; whether there is more to read at once.
    pub fn turn(&mut self, session: &Session, head: i64, base: &Base, at: i64) -> bool {
        self.is_held = !erased::keep_away();
        if self.is_held {
            return false;
        }
        self.refresh(session);
        let Some(since) = self.active().map(|(_, line)| line.since).min() else {
            self.place = self.place.max(head - 1);
            return false;
        };
        self.place = self.place.max(since);
        if self.place + 1 >= head {
            return false;
        }
        let up_to = (self.place + CHUNK).min(head - 1);
        let has_started = self.read(session, up_to, base, at);
        self.place = up_to;
        if has_started || up_to - self.noted >= PASSED || at - self.noted_at >= SECOND {
            self.note(session, at);
        }
        up_to + 1 < head
    }

    /// Writes the place down.
    fn note(&mut self, session: &Session, at: i64) {
        sequences::forget_places(session, self.noted);
        sequences::note_place(self.place, at);
        (self.noted, self.noted_at) = (self.place, at);
    }

    /// Whether nothing keeps it from reading.
    pub fn is_idle(&self) -> bool {
        !self.is_held
    }

    fn active(&self) -> impl Iterator<Item = (&i64, &Line)> {
        self.lines.iter().filter(|(_, line)| line.settings.active)
    }

    /// Takes over what is new of the sequences.
    fn refresh(&mut self, session: &Session) {
        let now: BTreeMap<i64, i64> = sequences::revisions(session).into_iter().collect();
        self.lines.retain(|id, line| now.get(id) == Some(&line.revision));
        for id in now.keys().filter(|id| !self.lines.contains_key(id)).copied().collect::<Vec<_>>() {
            match sequences::find(session, id).map(|kept| Line::open(&kept)) {
                Some(Ok(line)) => _ = self.lines.insert(id, line),
                // Settings that an older version cannot read: the sequence waits, the others do not.
                Some(Err(error)) => pgrx::warning!("pg_member: sequence {id} cannot be read: {}", error.id.as_str()),
                None => {}
            }
        }
    }

    /// Starts what the events up to a position start; whether any did.
    fn read(&self, session: &Session, up_to: i64, base: &Base, at: i64) -> bool {
        let types: Vec<&str> =
            self.active().flat_map(|(_, line)| line.settings.events.iter().map(String::as_str)).collect();
        let events = match event_log::read(session, self.place, up_to, Some(&Reader { hook: 0, types: &types })) {
            Ok(events) => events,
            Err(error) => {
                pgrx::warning!("pg_member: sequences skip damaged events: {}", error.id.as_str());
                return false;
            }
        };
        let mut has_started = false;
        for event in &events {
            for (id, line) in self.active().filter(|(_, line)| line.is_new(event)) {
                match line.start(session, *id, event, base, at) {
                    Ok(started) => has_started |= started,
                    Err(error) => {
                        pgrx::warning!("pg_member: sequence {id} leaves out event {}: {error}", event.id);
                    }
                }
            }
        }
        has_started
    }
}

impl Line {
    /// Starts a passage if the sequence takes the event and there is a head for it; whether it did.
    fn start(&self, session: &Session, id: i64, event: &Logged, base: &Base, at: i64) -> Result<bool> {
        let Sequence { events, filters, channel, .. } = &self.settings;
        if !outgoing::is_wanted(session, events, filters, event, base)? {
            return Ok(false);
        }
        let Some(head) = head_of(session, *channel, event)? else { return Ok(false) };
        let told = outgoing::item(session, event, base, &encoded(&Node::Null)?, false)?.json;
        let told = serde_json::from_str(&told).map(Data::from_json).unwrap_or_default();
        sequence::begin(vec![Start { sequence: id, settings: &self.settings, head, event: event.id, told }], at)?;
        Ok(true)
    }
}

/// The head that takes the way for an event: its own, if the channel sends to its type, or the first of that type that the
/// person has; nothing where the event is about nobody who is still there.
fn head_of(session: &Session, channel: i64, event: &Logged) -> Result<Option<(i64, i64)>> {
    let Some(addr_type) = channel::open_by_id(session, channel)?.settings.addr_type else { return Ok(None) };
    let Some(address) = &event.address else { return sequence::first_of_type(session, event.dataset, addr_type) };
    let Some((id, owner)) = address::by_address(session, address).and_then(|known| Some((known.id, known.owner?)))
    else {
        return Ok(None);
    };
    match address.addr_type == addr_type {
        true => Ok(Some((owner.dataset, id))),
        false => sequence::first_of_type(session, owner.dataset, addr_type),
    }
}

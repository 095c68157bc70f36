//! Turning the ring of the log: the next slot is taken in time, old ones are emptied (DESIGN 4 and 6).

use crate::domain::event::ring::{self, Retention, Slot};
use crate::pg::guc;
use crate::pg::spi::Session;
use crate::pg::store::{event_log, event_slot, sequence};

/// How often in the time that events are kept the ring is looked at.
const LOOKS: i64 = 300;
/// At most and at least so often, in microseconds.
const LOOK: (i64, i64) = (10_000, 60_000_000);

/// The ring, as the table has it.
pub struct Ring {
    slots: Vec<Slot>,
    looked_at: i64,
}

impl Ring {
    /// Takes the ring up. In a new life, transactions have other numbers: what was closed waits for those of now.
    pub fn open(session: &Session, next_pos: i64, at: i64) -> Ring {
        // Nothing is written before there is an event: a dump may be about to fill the tables.
        if next_pos > 1 {
            note_present(session, next_pos, at);
        }
        Ring { slots: event_slot::list(session), looked_at: at }
    }

    /// Whether it is time to look.
    pub fn is_due(&self, at: i64) -> bool {
        at - self.looked_at >= (guc::event_retention().least / LOOKS).clamp(LOOK.0, LOOK.1)
    }

    /// The closed slots whose writers have all ended. To be asked before positions are given.
    pub fn ended(&self, session: &Session) -> Vec<i16> {
        let waiting = self.slots.iter().filter(|slot| slot.last_pos.is_none());
        let ended =
            |slot: &&Slot| slot.closed_before.is_some_and(|before| event_log::have_ended(session, &before.to_string()));
        waiting.filter(ended).map(|slot| slot.number).collect()
    }

    /// The slots that somebody may still write to.
    pub fn written(&self) -> Vec<i16> {
        let present = sequence::event_slot();
        let unsealed = self.slots.iter().filter(|slot| slot.last_pos.is_none()).map(|slot| slot.number);
        unsealed.filter(|number| *number != present).chain([present]).collect()
    }

    /// Notes the last position of slots whose events all have one, and takes the next slot if it is time.
    pub fn turn(&mut self, session: &Session, ended: &[i16], next_pos: i64, at: i64) {
        self.looked_at = at;
        for slot in ended {
            event_slot::seal(session, *slot, next_pos - 1);
        }
        if next_pos > 1 && self.slots.is_empty() {
            note_present(session, 1, at);
        }
        if let Some(next) = ring::next(&self.slots, at, guc::event_retention()) {
            sequence::set_event_slot(next);
            event_slot::open(session, next, at, next_pos);
            event_slot::close_others(session, next, at);
        }
        self.slots = event_slot::list(session);
    }

    /// Empties what is old, in a transaction of its own; the last position that is gone with it. `held` is the first one
    /// that somebody still needs.
    pub fn empty(&mut self, session: &Session, held: Option<i64>, at: i64) -> Option<i64> {
        let mut gone = None;
        for slot in ring::expired(&self.slots, at, guc::event_retention(), held) {
            if !event_slot::empty(session, slot.number) {
                break;
            }
            gone = slot.last_pos;
        }
        self.slots = event_slot::list(session);
        gone
    }

    /// Whether something may be there to empty.
    pub fn is_old(&self, at: i64) -> bool {
        let Retention { least, .. } = guc::event_retention();
        self.slots
            .iter()
            .any(|slot| slot.last_pos.is_some() && slot.closed_at.is_some_and(|closed| at - closed >= least))
    }
}

/// Notes since when the present slot is written to, if nobody has, and that the others are not. A dispatcher that ended
/// may have taken a slot and not noted it.
fn note_present(session: &Session, next_pos: i64, at: i64) {
    let present = sequence::event_slot();
    let slots = event_slot::list(session);
    if slots.iter().all(|slot| slot.number != present) {
        // The very first holds whatever was written before anybody looked.
        event_slot::open(session, present, at, if slots.is_empty() { 1 } else { next_pos });
    }
    event_slot::close_others(session, present, at);
}

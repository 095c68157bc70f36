//! The ring of slots that the log lives in: when the next slot is taken, and when an old one may be emptied (DESIGN 4).
//!
//! Slots are written to one after the other, each for its share of the time that events are kept. One that is full of
//! old events is emptied as a whole; if none is empty when the next is due, the present one goes on growing.

/// How many slots there are.
pub const SLOTS: i16 = 32;

/// Into how many slots the time of retention is cut. Of the others one is written to and one is spare.
const SHARES: i64 = 30;

/// A slot that holds events, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its number.
    pub number: i16,
    /// Since when it is written to, in the server's microseconds.
    pub opened_at: i64,
    /// No event in it has a position before this one.
    pub first_pos: i64,
    /// Since when it is written to no more.
    pub closed_at: Option<i64>,
    /// Transactions before this one may still commit what they wrote there.
    pub closed_before: Option<u64>,
    /// No event in it has a position behind this one; known once all its writers have ended.
    pub last_pos: Option<i64>,
}

/// How long events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Microseconds for which all events are kept.
    pub least: i64,
    /// Microseconds after which nobody who is behind keeps them any longer.
    pub most: i64,
}

/// The slot that is to be written to from now on; none while the present one goes on.
pub fn next(slots: &[Slot], now: i64, retention: Retention) -> Option<i16> {
    let present = slots.iter().find(|slot| slot.closed_at.is_none())?;
    let next = (present.number + 1) % SLOTS;
    let is_full = now - present.opened_at >= retention.least / SHARES;
    let is_free = slots.iter().all(|slot| slot.number != next);
    (is_full && is_free).then_some(next)
}

/// The slots that are to be emptied, oldest first. `held` is the first position that a hook or a sequence
/// still needs.
pub fn expired(slots: &[Slot], now: i64, retention: Retention, held: Option<i64>) -> Vec<&Slot> {
    let is_expired = |slot: &Slot| {
        let (Some(closed_at), Some(last_pos)) = (slot.closed_at, slot.last_pos) else { return false };
        let is_held = held.is_some_and(|held| held <= last_pos) && now - closed_at < retention.most;
        now - closed_at >= retention.least && !is_held
    };
    let mut closed: Vec<&Slot> = slots.iter().filter(|slot| slot.closed_at.is_some()).collect();
    closed.sort_by_key(|slot| slot.opened_at);
    // Positions grow from slot to slot: behind one that stays, all stay.
    closed.into_iter().take_while(|slot| is_expired(slot)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const RETENTION: Retention = Retention { least: 300, most: 900 };

    fn open(number: i16, opened_at: i64) -> Slot {
        Slot { number, opened_at, first_pos: 1, closed_at: None, closed_before: None, last_pos: None }
    }

    fn closed(number: i16, opened_at: i64, closed_at: i64, last_pos: i64) -> Slot {
        Slot { closed_at: Some(closed_at), closed_before: Some(1), last_pos: Some(last_pos), ..open(number, opened_at) }
    }

    #[test]
    fn the_next_slot_is_taken_after_its_share_if_it_is_empty() {
        assert_eq!(next(&[open(3, 0)], 9, RETENTION), None);
        assert_eq!(next(&[open(3, 0)], 10, RETENTION), Some(4));
        assert_eq!(next(&[open(31, 0)], 10, RETENTION), Some(0));
        assert_eq!(next(&[open(3, 0), closed(4, -500, -400, 9)], 1000, RETENTION), None, "the ring is full");
        assert_eq!(next(&[], 1000, RETENTION), None);
    }

    #[test]
    fn a_slot_is_emptied_when_it_is_old_and_nobody_needs_it() {
        let slots = [closed(0, 0, 10, 100), closed(1, 10, 20, 200), open(2, 20)];
        let numbers = |now, held| expired(&slots, now, RETENTION, held).iter().map(|s| s.number).collect::<Vec<_>>();
        assert!(numbers(309, None).is_empty());
        assert_eq!(numbers(310, None), [0]);
        assert_eq!(numbers(320, None), [0, 1]);
        assert!(numbers(320, Some(100)).is_empty(), "a hook needs its last event");
        assert_eq!(numbers(320, Some(101)), [0]);
        assert_eq!(numbers(910, Some(1)), [0], "no longer than that");
        let unknown = [Slot { last_pos: None, ..closed(0, 0, 10, 0) }];
        assert!(expired(&unknown, 10_000, RETENTION, None).is_empty(), "writers may still commit");
    }

    proptest! {
        /// Events are written, given positions, and forgotten, at random; a model keeps each.
        #[test]
        fn no_event_is_forgotten_too_early_and_no_slot_is_used_twice(steps in prop::collection::vec((0..40_i64, 0..4_u8, any::<u8>()), 1..400)) {
            let mut slots = vec![open(0, 0)];
            let mut events: BTreeMap<i16, Vec<(i64, i64)>> = BTreeMap::new();
            let (mut now, mut pos, mut hook) = (0, 0, 0);
            for (pause, kind, amount) in steps {
                now += pause;
                let present = slots.iter().find(|slot| slot.closed_at.is_none()).unwrap().number;
                match kind {
                    0 => {
                        pos += 1;
                        events.entry(present).or_default().push((pos, now));
                    }
                    1 => hook = pos.min(hook + i64::from(amount)),
                    2 => if let Some(number) = next(&slots, now, RETENTION) {
                        prop_assert!(events.get(&number).is_none_or(Vec::is_empty));
                        for slot in slots.iter_mut().filter(|slot| slot.closed_at.is_none()) {
                            (slot.closed_at, slot.last_pos) = (Some(now), Some(pos));
                        }
                        slots.push(Slot { first_pos: pos + 1, ..open(number, now) });
                    },
                    _ => {
                        let gone: Vec<i16> = expired(&slots, now, RETENTION, Some(hook + 1)).iter().map(|s| s.number).collect();
                        for number in &gone {
                            for (pos, at) in events.remove(number).unwrap_or_default() {
                                prop_assert!(now - at >= RETENTION.least);
                                prop_assert!(pos <= hook || now - at >= RETENTION.most);
                            }
                        }
                        slots.retain(|slot| !gone.contains(&slot.number));
                    }
                }
                prop_assert_eq!(slots.iter().filter(|slot| slot.closed_at.is_none()).count(), 1);
            }
        }
    }
}

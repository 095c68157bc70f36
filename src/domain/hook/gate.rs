//! Which batches of a hook go now, and when to look again (pipelines-and-hooks.md 13.5, shapes.md 8): order, concurrency,
//! breaker and rate in one place. Instants are the server's microseconds.

use super::{Breaker, Bucket, OnFailure, Rule, Streak};
use std::collections::HashSet;

/// A batch that has not arrived yet, as far as its turn is concerned.
pub trait Queued {
    /// How many attempts were made.
    fn attempts(&self) -> u32;

    /// From when on it may go.
    fn due(&self) -> i64;

    /// Whether an attempt is under way.
    fn is_out(&self) -> bool;

    /// How many events it carries.
    fn events(&self) -> usize;

    /// The persons whom its events are about.
    fn persons(&self) -> impl Iterator<Item = &str>;
}

/// What a hook's settings say of the way its batches go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What the next batch does while one has not arrived.
    pub on_failure: OnFailure,
    /// Batches that may be under way at once.
    pub concurrency: usize,
    /// When the receiver is spared.
    pub breaker: Rule,
    /// Requests or messages that may go in a second.
    pub per_sec: Option<u32>,
    /// Whether each event is a message, or each batch a request.
    pub sends_singly: bool,
}

/// What lets the batches of one hook through.
#[derive(Clone, Debug)]
pub struct Gate {
    rules: Rules,
    /// What spares the receiver; whoever learns of an outcome tells it.
    pub breaker: Breaker,
    bucket: Option<Bucket>,
}

impl Gate {
    /// One by these rules, which goes on where another process left it.
    pub fn after(streak: Streak, rules: Rules, at: i64) -> Gate {
        let bucket = rules.per_sec.map(|rate| Bucket::new(rate, at));
        Gate { rules, breaker: Breaker::after(streak, rules.breaker), bucket }
    }

    /// The same by other rules: what has failed has failed, and what was sent counts.
    pub fn under(self, rules: Rules, at: i64) -> Gate {
        let bucket = rules.per_sec.map(|rate| match self.bucket {
            Some(bucket) => bucket.under(rate, at),
            None => Bucket::new(rate, at),
        });
        Gate { rules, breaker: self.breaker.under(rules.breaker), bucket }
    }

    /// Whether a new batch may be made: there is room, and none that failed is waited for.
    pub fn may_begin<B: Queued>(&self, batches: &[B]) -> bool {
        let is_held = self.rules.on_failure == OnFailure::Hold && batches.iter().any(|batch| batch.attempts() > 0);
        batches.len() < self.rules.concurrency && !is_held
    }

    /// The places of the batches that go now, in order. They count as sent.
    pub fn let_through<B: Queued>(&mut self, batches: &[B], at: i64) -> Vec<usize> {
        let free = self.free(batches).into_iter().filter(|(_, batch)| batch.due() <= at);
        let room = self.room(batches);
        free.take(room).take_while(|(_, batch)| self.pass(batch.events(), at)).map(|(place, _)| place).collect()
    }

    /// When [`Gate::let_through`] may let something through, if nothing else happens before: never an instant that it
    /// would let pass by, so nobody who waits for it looks twice for nothing. None where only an outcome helps.
    pub fn next_due<B: Queued>(&self, batches: &[B], at: i64) -> Option<i64> {
        let free = self.free(batches);
        let earliest = free.iter().map(|(_, batch)| batch.due()).min()?;
        let from = earliest.max(at).max(self.breaker.ready_at().unwrap_or(at));
        let (_, first) = free.iter().find(|(_, batch)| batch.due() <= from)?;
        Some(self.bucket.map_or(from, |bucket| bucket.ready_at(self.cost(first.events())).max(from)))
    }

    /// How many more may be under way.
    fn room<B: Queued>(&self, batches: &[B]) -> usize {
        let out = batches.iter().filter(|batch| batch.is_out()).count();
        self.rules.concurrency.saturating_sub(out)
    }

    /// The batches that wait for nothing but time, with their places; none where there is no room. A hook that holds
    /// keeps the order of each person: nothing passes a batch that failed, nor an earlier one with an event of the same
    /// person.
    fn free<'b, B: Queued>(&self, batches: &'b [B]) -> Vec<(usize, &'b B)> {
        let room = self.room(batches);
        if room == 0 {
            return Vec::new();
        }
        let all = batches.iter().enumerate();
        if self.rules.on_failure == OnFailure::GoOn {
            return all.filter(|(_, batch)| !batch.is_out()).collect();
        }
        let (mut free, mut before) = (Vec::new(), HashSet::new());
        for (place, batch) in all {
            if !batch.is_out() && batch.persons().all(|person| !before.contains(person)) {
                free.push((place, batch));
            }
            if batch.attempts() > 0 || self.rules.concurrency == 1 || free.len() == room {
                break;
            }
            before.extend(batch.persons());
        }
        free
    }

    /// Takes what an attempt costs, if there is nothing in its way. The breaker last: what it allows has to be sent.
    fn pass(&mut self, events: usize, at: i64) -> bool {
        let cost = self.cost(events);
        self.breaker.ready_at().is_none_or(|ready| ready <= at)
            && self.bucket.as_mut().is_none_or(|bucket| bucket.take(at, cost))
            && self.breaker.may_send(at)
    }

    fn cost(&self, events: usize) -> u32 {
        if self.rules.sends_singly { u32::try_from(events).unwrap_or(u32::MAX) } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000;
    const RULES: Rules = Rules {
        on_failure: OnFailure::Hold,
        concurrency: 1,
        breaker: Rule { failures: 0, pause_sec: 60 },
        per_sec: None,
        sends_singly: false,
    };

    #[derive(Clone, Debug)]
    struct Batch {
        attempts: u32,
        due: i64,
        is_out: bool,
        persons: Vec<String>,
    }

    impl Queued for Batch {
        fn attempts(&self) -> u32 {
            self.attempts
        }
        fn due(&self) -> i64 {
            self.due
        }
        fn is_out(&self) -> bool {
            self.is_out
        }
        fn events(&self) -> usize {
            self.persons.len()
        }
        fn persons(&self) -> impl Iterator<Item = &str> {
            self.persons.iter().map(String::as_str)
        }
    }

    fn of(persons: &str) -> Batch {
        let persons = persons.chars().map(String::from).collect();
        Batch { attempts: 0, due: 0, is_out: false, persons }
    }

    fn gate(rules: Rules) -> Gate {
        Gate::after(Streak::default(), rules, 0)
    }

    fn failed(batch: Batch, due: i64) -> Batch {
        Batch { attempts: 1, due, ..batch }
    }

    /// Has everything go that may, and says which.
    fn send(gate: &mut Gate, batches: &mut [Batch], at: i64) -> Vec<usize> {
        let places = gate.let_through(batches, at);
        places.iter().for_each(|place| batches[*place].is_out = true);
        places
    }

    #[test]
    fn what_waits_behind_another_one_is_not_due() {
        let mut batches = vec![failed(of("a"), 60 * SECOND), of("b"), of("c")];
        let mut held = gate(RULES);
        assert!(send(&mut held, &mut batches, SECOND).is_empty());
        assert_eq!(held.next_due(&batches, SECOND), Some(60 * SECOND));
        assert_eq!(send(&mut held, &mut batches, 60 * SECOND), [0]);
        assert_eq!(held.next_due(&batches, 60 * SECOND), None, "one is under way");
        let mut batches = vec![of("ab"), of("bc"), of("d"), failed(of("e"), 60 * SECOND), of("f")];
        let mut several = gate(Rules { concurrency: 4, ..RULES });
        assert_eq!(send(&mut several, &mut batches, SECOND), [0, 2]);
        assert_eq!(several.next_due(&batches, SECOND), Some(60 * SECOND));
        assert!(!several.may_begin(&batches));
    }

    #[test]
    fn no_more_go_than_there_is_room_for() {
        for on_failure in [OnFailure::Hold, OnFailure::GoOn] {
            let mut batches = vec![of("a"), of("b"), of("c"), of("d")];
            let mut gate = gate(Rules { on_failure, concurrency: 2, ..RULES });
            assert_eq!(send(&mut gate, &mut batches, 0), [0, 1]);
            assert_eq!((gate.next_due(&batches, 0), gate.may_begin(&batches)), (None, false));
            batches.remove(1);
            assert_eq!(send(&mut gate, &mut batches, 0), [1]);
        }
    }

    #[test]
    fn an_open_breaker_and_an_empty_bucket_say_when_to_look_again() {
        let mut batches = vec![of("a"), of("b")];
        let breaker = Rule { failures: 1, pause_sec: 60 };
        let mut broken = gate(Rules { on_failure: OnFailure::GoOn, concurrency: 2, breaker, ..RULES });
        broken.breaker.on_failure(0);
        assert!(send(&mut broken, &mut batches, SECOND).is_empty());
        assert_eq!(broken.next_due(&batches, SECOND), Some(60 * SECOND));
        assert_eq!(send(&mut broken, &mut batches, 60 * SECOND), [0], "one is on trial");
        assert_eq!(broken.next_due(&batches, 60 * SECOND), Some(120 * SECOND));

        let mut batches = vec![of("aaa"), of("bb"), of("c")];
        let rules = Rules { concurrency: 3, per_sec: Some(4), sends_singly: true, ..RULES };
        let mut slow = gate(rules);
        assert_eq!(send(&mut slow, &mut batches, 0), [0]);
        assert_eq!(slow.next_due(&batches, 0), Some(SECOND / 4));
        assert_eq!(send(&mut slow, &mut batches, SECOND / 4), [1]);
        assert_eq!(slow.next_due(&batches, SECOND / 4), Some(SECOND / 2));
        // Requests count one each.
        let mut batches = vec![of("aaa"), of("bb"), of("c")];
        assert_eq!(send(&mut gate(Rules { sends_singly: false, ..rules }), &mut batches, 0), [0, 1, 2]);
    }

    #[test]
    fn a_trial_that_the_rate_holds_back_is_not_lost() {
        let mut batches = vec![of("a")];
        let breaker = Rule { failures: 1, pause_sec: 1 };
        let mut gate = gate(Rules { breaker, per_sec: Some(1), ..RULES });
        gate.breaker.on_failure(0);
        assert!(gate.bucket.as_mut().unwrap().take(SECOND, 1));
        assert!(send(&mut gate, &mut batches, SECOND).is_empty());
        assert_eq!(gate.next_due(&batches, SECOND), Some(2 * SECOND));
        assert_eq!(send(&mut gate, &mut batches, 2 * SECOND), [0]);
    }

    #[test]
    fn other_rules_hold_for_what_is_on_its_way() {
        let mut batches = vec![of("a"), of("b"), of("c")];
        let narrow = Rules { per_sec: Some(1), breaker: Rule { failures: 1, pause_sec: 60 }, ..RULES };
        let mut gate = gate(narrow);
        assert_eq!(send(&mut gate, &mut batches, 0), [0]);
        gate.breaker.on_failure(0);
        batches.remove(0);
        let mut gate = gate.under(Rules { breaker: Rule { failures: 2, pause_sec: 2 }, ..narrow }, SECOND);
        assert_eq!(gate.next_due(&batches, SECOND), Some(2 * SECOND));
        assert_eq!(send(&mut gate, &mut batches, 2 * SECOND), [0]);
        let mut gate = gate.under(Rules { concurrency: 2, ..RULES }, 2 * SECOND);
        assert_eq!(send(&mut gate, &mut batches, 2 * SECOND), [1], "neither breaker nor rate, and room for one more");
    }

    fn rules() -> impl Strategy<Value = Rules> {
        let on_failure = prop_oneof![Just(OnFailure::Hold), Just(OnFailure::GoOn)];
        let breaker = (0..4u32, 1..20u32).prop_map(|(failures, pause_sec)| Rule { failures, pause_sec });
        (on_failure, 1..5usize, breaker, prop::option::of(1..9u32), any::<bool>()).prop_map(
            |(on_failure, concurrency, breaker, per_sec, sends_singly)| Rules {
                on_failure,
                concurrency,
                breaker,
                per_sec,
                sends_singly,
            },
        )
    }

    proptest! {
        /// Batches fail and arrive at random; whoever waits until what is next due, or until an outcome, never waits for
        /// nothing, and everything arrives in the end.
        #[test]
        fn everything_goes_in_its_turn(
            rules in rules(),
            persons in prop::collection::vec("[a-d]{1,4}", 1..20),
            luck in prop::collection::vec((0..60usize, 0..3u8, 0..9i64), 200),
        ) {
            let mut batches: Vec<Batch> = persons.iter().map(|persons| of(persons)).collect();
            let (mut gate, mut at, mut luck) = (gate(rules), 0, luck.into_iter());
            while !batches.is_empty() {
                send(&mut gate, &mut batches, at);
                let out: Vec<usize> = (0..batches.len()).filter(|place| batches[*place].is_out).collect();
                prop_assert!(out.len() <= rules.concurrency);
                if rules.on_failure == OnFailure::Hold {
                    let under_way: Vec<&str> = out.iter().flat_map(|place| batches[*place].persons()).collect();
                    let each: usize = out.iter().map(|place| {
                        batches[*place].persons().collect::<HashSet<_>>().len()
                    }).sum();
                    prop_assert_eq!(under_way.into_iter().collect::<HashSet<_>>().len(), each);
                }
                let next = gate.next_due(&batches, at);
                prop_assert!(next.is_none_or(|next| next > at), "{:?} is not behind {}", next, at);
                let (which, outcome, pause) = luck.next().unwrap_or_default();
                if out.is_empty() {
                    prop_assert!(next.is_some(), "nothing is under way, and nothing would wake it");
                    at = next.unwrap();
                } else if outcome == 2 && next.is_some() {
                    at = next.unwrap();
                } else {
                    let place = out[which % out.len()];
                    if outcome == 0 {
                        gate.breaker.on_success();
                        batches.remove(place);
                    } else {
                        gate.breaker.on_failure(at);
                        let failed = &mut batches[place];
                        (failed.is_out, failed.attempts, failed.due) = (false, failed.attempts + 1, at + pause * SECOND);
                    }
                }
            }
        }
    }
}

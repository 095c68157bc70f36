//! What keeps a hook from knocking at a door that stays shut: a circuit breaker, and the automatic stop
//! (pipelines-and-hooks.md 13.5). Instants are the server's microseconds.

/// A second in microseconds.
const SECOND: i64 = 1_000_000;

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Failures in a row that open it; 0 for never.
    pub failures: u32,
    /// Seconds for which it stays open.
    pub pause_sec: u32,
}

/// More failures than a batch has attempts as a rule, so that a breaker acts on a receiver that is down and not on one
/// bad batch; a minute is long enough to spare the receiver and short enough to notice that it is back.
impl Default for Rule {
    fn default() -> Rule {
        Rule { failures: 10, pause_sec: 60 }
    }
}

/// What a breaker lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Everything; so many attempts failed in a row.
    Closed {
        /// Failures since the last success.
        failures: u32,
    },
    /// Nothing, until its pause is over.
    Open {
        /// When it opened.
        since: i64,
    },
    /// One attempt is under way, whose outcome decides; after another pause it counts as lost.
    HalfOpen {
        /// When that attempt was allowed.
        since: i64,
    },
}

/// The failures since the last success, as they are written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streak {
    /// How many.
    pub failures: u32,
    /// The first of them.
    pub since: Option<i64>,
    /// When they opened a breaker last.
    pub open_since: Option<i64>,
}

/// A circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    rule: Rule,
    state: State,
    /// The first failure since the last success.
    failing_since: Option<i64>,
}

impl Breaker {
    /// A closed one.
    pub fn new(rule: Rule) -> Breaker {
        Breaker { rule, state: State::Closed { failures: 0 }, failing_since: None }
    }

    /// One that goes on where another process left it.
    pub fn after(streak: Streak, rule: Rule) -> Breaker {
        let Streak { failures, since, open_since } = streak;
        let closed = State::Closed { failures };
        let state = open_since.map_or(closed, |since| State::Open { since });
        Breaker { rule, state, failing_since: since }.under(rule)
    }

    /// The same by another rule, which holds from now on: also for the pause that it is in.
    pub fn under(self, rule: Rule) -> Breaker {
        let state = match self.state {
            State::Open { .. } | State::HalfOpen { .. } if rule.failures == 0 => State::Closed { failures: 0 },
            state => state,
        };
        Breaker { rule, state, ..self }
    }

    /// What it lets through.
    pub fn state(&self) -> State {
        self.state
    }

    /// When the row of failures began that still lasts; None after a success.
    pub fn failing_since(&self) -> Option<i64> {
        self.failing_since
    }

    /// From when on an attempt may be made; None where nothing is in its way.
    pub fn ready_at(&self) -> Option<i64> {
        match self.state {
            State::Closed { .. } => None,
            State::Open { since } | State::HalfOpen { since } => {
                Some(since.saturating_add(i64::from(self.rule.pause_sec) * SECOND))
            }
        }
    }

    /// Whether an attempt may be made now. The one that is allowed after a pause is on trial: until its outcome is
    /// told, or a pause has gone by without one, no other is allowed.
    pub fn may_send(&mut self, at: i64) -> bool {
        match self.ready_at() {
            None => true,
            Some(ready) if at < ready => false,
            Some(_) => {
                self.state = State::HalfOpen { since: at };
                true
            }
        }
    }

    /// An attempt arrived: it closes.
    pub fn on_success(&mut self) {
        *self = Breaker::new(self.rule);
    }

    /// An attempt failed.
    pub fn on_failure(&mut self, at: i64) {
        self.failing_since.get_or_insert(at);
        self.state = match self.state {
            State::Closed { failures } => {
                let failures = failures.saturating_add(1);
                let opens = self.rule.failures > 0 && failures >= self.rule.failures;
                if opens { State::Open { since: at } } else { State::Closed { failures } }
            }
            // A late word of an attempt that was made before it opened.
            open @ State::Open { .. } => open,
            State::HalfOpen { .. } => State::Open { since: at },
        };
    }

    /// Whether the hook is to be stopped: nothing but failures for so many seconds.
    pub fn must_stop(&self, at: i64, stop_after_sec: Option<u32>) -> bool {
        let (Some(since), Some(seconds)) = (self.failing_since, stop_after_sec) else { return false };
        at.saturating_sub(since) >= i64::from(seconds) * SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: Rule = Rule { failures: 3, pause_sec: 60 };

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(RULE);
        (0..3).for_each(|second| breaker.on_failure(second * SECOND));
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row() {
        let mut breaker = Breaker::new(RULE);
        breaker.on_failure(0);
        breaker.on_failure(1);
        breaker.on_success();
        breaker.on_failure(2);
        breaker.on_failure(3);
        assert!(breaker.may_send(4));
        assert_eq!(breaker.state(), State::Closed { failures: 2 });
        assert_eq!(opened().state(), State::Open { since: 2 * SECOND });
        assert_eq!(opened().ready_at(), Some(62 * SECOND));
    }

    #[test]
    fn one_attempt_after_the_pause_decides() {
        let mut breaker = opened();
        assert!(!breaker.may_send(62 * SECOND - 1));
        assert!(breaker.may_send(62 * SECOND));
        assert!(!breaker.may_send(62 * SECOND + 1));
        let mut closed = breaker;
        closed.on_success();
        assert!(closed.may_send(62 * SECOND + 2) && closed.may_send(62 * SECOND + 2));
        breaker.on_failure(63 * SECOND);
        assert_eq!(breaker.state(), State::Open { since: 63 * SECOND });
    }

    #[test]
    fn an_attempt_on_trial_that_is_never_heard_of_again_does_not_lock_it() {
        let mut breaker = opened();
        assert!(breaker.may_send(100 * SECOND));
        assert!(!breaker.may_send(159 * SECOND));
        assert!(breaker.may_send(160 * SECOND));
    }

    #[test]
    fn late_failures_do_not_prolong_the_pause() {
        let mut breaker = opened();
        breaker.on_failure(50 * SECOND);
        assert_eq!(breaker.state(), State::Open { since: 2 * SECOND });
    }

    #[test]
    fn another_rule_holds_from_now_on() {
        let shorter = opened().under(Rule { pause_sec: 5, ..RULE });
        assert_eq!(shorter.ready_at(), Some(7 * SECOND));
        let mut never = opened().under(Rule { failures: 0, ..RULE });
        assert!(never.may_send(3 * SECOND) && never.failing_since() == Some(0));
        let mut counted = Breaker::new(RULE);
        (0..2).for_each(|second| counted.on_failure(second));
        let mut stricter = counted.under(Rule { failures: 1, ..RULE });
        assert!(stricter.may_send(2), "what has failed already does not open it");
        stricter.on_failure(2);
        assert_eq!(stricter.state(), State::Open { since: 2 });
    }

    #[test]
    fn one_goes_on_where_another_process_left_it() {
        let mut before = Breaker::new(RULE);
        before.on_failure(SECOND);
        let told = Streak { failures: 1, since: Some(SECOND), open_since: None };
        assert_eq!(Breaker::after(told, RULE), before);
        let told = Streak { failures: 3, since: Some(0), open_since: Some(2 * SECOND) };
        assert_eq!(Breaker::after(told, RULE), opened());
        assert_eq!(Breaker::after(Streak::default(), RULE), Breaker::new(RULE));
        let never = Breaker::after(told, Rule { failures: 0, ..RULE });
        assert_eq!((never.ready_at(), never.failing_since()), (None, Some(0)));
    }

    #[test]
    fn a_hook_stops_after_nothing_but_failures() {
        let mut breaker = Breaker::new(RULE);
        assert!(!breaker.must_stop(i64::MAX, Some(0)));
        breaker.on_failure(SECOND);
        breaker.on_failure(9 * SECOND);
        assert!(!breaker.must_stop(11 * SECOND - 1, Some(10)) && breaker.must_stop(11 * SECOND, Some(10)));
        assert!(!breaker.must_stop(i64::MAX, None));
        breaker.on_success();
        assert!(!breaker.must_stop(i64::MAX, Some(10)));
    }

    proptest! {
        /// Whatever happens: once it has opened, attempts are let through a pause apart until one arrives; and it never
        /// locks for good.
        #[test]
        fn it_lets_through_what_it_may(
            failures in 1..5u32,
            pause_sec in 1..100u32,
            steps in prop::collection::vec((0..50 * SECOND, 0..4u8), 1..200),
        ) {
            let pause = i64::from(pause_sec) * SECOND;
            let mut breaker = Breaker::new(Rule { failures, pause_sec });
            let (mut at, mut in_a_row, mut last) = (0, 0, i64::MIN);
            for (gap, step) in steps {
                at += gap;
                let is_sent = step != 3 && breaker.may_send(at);
                if is_sent && in_a_row >= failures {
                    prop_assert!(at >= last + pause);
                }
                if is_sent {
                    last = at;
                }
                match step {
                    0 if is_sent => {
                        breaker.on_success();
                        in_a_row = 0;
                        prop_assert!(breaker.may_send(at));
                    }
                    1 if is_sent => {
                        breaker.on_failure(at);
                        in_a_row += 1;
                        prop_assert_eq!(breaker.may_send(at), in_a_row < failures);
                    }
                    // The word of an attempt from long ago.
                    3 => {
                        breaker.on_failure(at);
                        in_a_row += 1;
                    }
                    // Nothing is heard of the attempt.
                    _ => {}
                }
                let mut later = breaker;
                prop_assert!(later.may_send(at + pause));
            }
        }

        #[test]
        fn one_that_never_opens_lets_everything_through(instants in prop::collection::vec(any::<i64>(), 1..50)) {
            let mut breaker = Breaker::new(Rule { failures: 0, pause_sec: 60 });
            for at in instants {
                breaker.on_failure(at);
                prop_assert!(breaker.may_send(at));
            }
        }
    }
}

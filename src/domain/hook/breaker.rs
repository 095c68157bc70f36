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
    /// Nothing, until this instant.
    Open {
        /// When it may be tried again.
        until: i64,
    },
    /// One attempt is under way, whose outcome decides; after this instant it counts as lost.
    HalfOpen {
        /// When another attempt may be made.
        until: i64,
    },
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

    /// What it lets through.
    pub fn state(&self) -> State {
        self.state
    }

    /// When the row of failures began that still lasts; None after a success.
    pub fn failing_since(&self) -> Option<i64> {
        self.failing_since
    }

    /// Whether an attempt may be made now. The one that is allowed after a pause is on trial: until its outcome is
    /// told, or a pause has gone by without one, no other is allowed.
    pub fn may_send(&mut self, at: i64) -> bool {
        match self.state {
            State::Closed { .. } => true,
            State::Open { until } | State::HalfOpen { until } if at < until => false,
            State::Open { .. } | State::HalfOpen { .. } => {
                self.state = State::HalfOpen { until: self.pause_from(at) };
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
                if opens { State::Open { until: self.pause_from(at) } } else { State::Closed { failures } }
            }
            // A late word of an attempt that was made before it opened.
            open @ State::Open { .. } => open,
            State::HalfOpen { .. } => State::Open { until: self.pause_from(at) },
        };
    }

    /// Whether the hook is to be stopped: nothing but failures for so many seconds.
    pub fn must_stop(&self, at: i64, stop_after_sec: Option<u32>) -> bool {
        let (Some(since), Some(seconds)) = (self.failing_since, stop_after_sec) else { return false };
        at.saturating_sub(since) >= i64::from(seconds) * SECOND
    }

    fn pause_from(&self, at: i64) -> i64 {
        at.saturating_add(i64::from(self.rule.pause_sec) * SECOND)
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
        assert_eq!(opened().state(), State::Open { until: 62 * SECOND });
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
        assert_eq!(breaker.state(), State::Open { until: 123 * SECOND });
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
        assert_eq!(breaker.state(), State::Open { until: 62 * SECOND });
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

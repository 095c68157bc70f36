//! The cap on the requests of a pipe: a sliding window (pipelines-and-hooks.md 3.6).
//!
//! Instants are passed in. Whoever waits keeps the limiter to itself meanwhile, so that those behind it start after it.

use super::pipes::Limit;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The longest window: what is longer is a slip, and instants must not overflow.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// In no window `[t, t + period)` there are more than `count` starts.
#[derive(Clone, Debug)]
pub struct Limiter {
    count: usize,
    period: Duration,
    /// The starts that a window can still reach, in their order.
    starts: VecDeque<Instant>,
    /// Nothing starts before: what the process before this one started is not known.
    closed_until: Option<Instant>,
}

impl Limiter {
    /// A limiter of a process that began then: within a period of that, nobody knows what its predecessor started, and
    /// it counts as much as is allowed.
    pub fn new(limit: Limit, began: Instant) -> Limiter {
        let mut limiter = Limiter { count: 0, period: Duration::ZERO, starts: VecDeque::new(), closed_until: None };
        limiter.change(limit);
        limiter.closed_until = Some(limiter.after(began));
        limiter
    }

    /// Keeps to another limit from now on; starts that the old one had forgotten already are not counted.
    pub fn change(&mut self, limit: Limit) {
        self.count = usize::try_from(limit.count).unwrap_or(usize::MAX).max(1);
        self.period = limit.period.min(LONGEST);
    }

    /// When something may start; at once where it is none or past.
    pub fn next(&self) -> Option<Instant> {
        // The oldest of the last `count`: with one more, a window from there would hold too many.
        let oldest = self.starts.len().checked_sub(self.count).and_then(|place| self.starts.get(place));
        oldest.map(|oldest| self.after(*oldest)).max(self.closed_until)
    }

    /// Starts something now, or says when it may be tried again. Instants of later calls are not before those of earlier
    /// ones.
    pub fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(next) = self.next().filter(|next| *next > now) {
            return Err(next);
        }
        while self.starts.front().is_some_and(|start| self.after(*start) <= now) {
            self.starts.pop_front();
        }
        self.starts.push_back(now);
        Ok(())
    }

    /// Whether a new one would do as well: no window that is still to come reaches any of its starts.
    pub fn is_clear(&self, now: Instant) -> bool {
        let last = self.starts.back().map(|last| self.after(*last)).max(self.closed_until);
        last.is_none_or(|last| last <= now)
    }

    /// When a window that begins with this start is over.
    fn after(&self, start: Instant) -> Instant {
        start.checked_add(self.period).unwrap_or(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn limit(count: u32, period: u64) -> Limit {
        Limit { count, period: Duration::from_millis(period) }
    }

    /// A limiter whose process began long ago.
    fn old(count: u32, period: u64, base: Instant) -> Limiter {
        let mut limiter = Limiter::new(limit(count, period), base);
        limiter.closed_until = None;
        limiter
    }

    #[test]
    fn a_window_is_half_open() {
        let base = Instant::now();
        let at = |millis| base + Duration::from_millis(millis);
        let mut limiter = old(2, 1000, base);
        assert_eq!(limiter.take(at(0)), Ok(()));
        assert_eq!(limiter.take(at(400)), Ok(()));
        assert_eq!(limiter.take(at(400)), Err(at(1000)));
        assert_eq!(limiter.take(at(999)), Err(at(1000)));
        assert_eq!(limiter.take(at(1000)), Ok(()), "the first is in another window");
        assert_eq!(limiter.take(at(1000)), Err(at(1400)));
    }

    #[test]
    fn a_new_process_waits_a_period() {
        let base = Instant::now();
        let at = |millis| base + Duration::from_millis(millis);
        let mut limiter = Limiter::new(limit(2, 1000), base);
        assert_eq!(limiter.next(), Some(at(1000)));
        assert_eq!(limiter.take(at(10)), Err(at(1000)));
        assert_eq!(limiter.take(at(1000)), Ok(()));
        assert_eq!(limiter.take(at(1000)), Ok(()));
        assert_eq!(limiter.take(at(1000)), Err(at(2000)));
    }

    #[test]
    fn it_is_clear_when_its_last_window_is_over() {
        let base = Instant::now();
        let at = |millis| base + Duration::from_millis(millis);
        let mut limiter = Limiter::new(limit(2, 1000), base);
        assert_eq!((limiter.is_clear(at(999)), limiter.is_clear(at(1000))), (false, true));
        limiter.take(at(1500)).unwrap();
        assert_eq!((limiter.is_clear(at(2499)), limiter.is_clear(at(2500))), (false, true));
    }

    #[test]
    fn another_limit_counts_what_was_started_before() {
        let base = Instant::now();
        let at = |millis| base + Duration::from_millis(millis);
        let mut limiter = old(3, 1000, base);
        (0..3).for_each(|n| limiter.take(at(n * 100)).unwrap());
        limiter.change(limit(1, 1000));
        assert_eq!(limiter.take(at(1100)), Err(at(1200)), "after the last one");
        limiter.change(limit(4, 1000));
        assert_eq!(limiter.take(at(1100)), Ok(()));
    }

    #[test]
    fn odd_limits_do_no_harm() {
        let base = Instant::now();
        let mut limiter = Limiter::new(Limit { count: 0, period: Duration::MAX }, base);
        assert!(limiter.take(base).is_err());
        let mut limiter = old(0, 0, base);
        assert_eq!((limiter.take(base), limiter.take(base)), (Ok(()), Ok(())), "windows of no length hold nothing");
    }

    proptest! {
        /// The oracle looks at all starts: a start is refused if and only if the window that ends with it were too full.
        #[test]
        fn no_window_holds_too_many(count in 1u32..6, period in 1u64..50, pauses in vec(0u64..20, 0..200)) {
            let base = Instant::now();
            let mut limiter = old(count, period, base);
            let (mut now, mut starts) = (0u64, Vec::<u64>::new());
            for pause in pauses {
                now += pause;
                let inside = starts.iter().filter(|start| **start + period > now).count();
                match limiter.take(base + Duration::from_millis(now)) {
                    Ok(()) => {
                        prop_assert!(inside < count as usize);
                        starts.push(now);
                    }
                    Err(until) => {
                        prop_assert!(inside >= count as usize);
                        let oldest = starts[starts.len() - count as usize];
                        prop_assert_eq!(until, base + Duration::from_millis(oldest + period));
                    }
                }
            }
            for start in &starts {
                let window = starts.iter().filter(|other| (*start..*start + period).contains(other)).count();
                prop_assert!(window <= count as usize);
            }
            prop_assert!(limiter.starts.len() <= count as usize, "what no window reaches is forgotten");
        }

        /// Whoever comes again when it was told to is let through.
        #[test]
        fn the_instant_that_is_given_is_right(count in 1u32..6, period in 1u64..50, pauses in vec(0u64..20, 0..100)) {
            let base = Instant::now();
            let mut limiter = Limiter::new(limit(count, period), base);
            let mut now = base;
            for pause in pauses {
                now += Duration::from_millis(pause);
                if let Err(until) = limiter.take(now) {
                    prop_assert!(until > now);
                    prop_assert_eq!(limiter.take(until), Ok(()));
                    now = until;
                }
            }
        }
    }
}

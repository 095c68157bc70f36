//! When a batch that did not arrive goes out again, and when it is dead (pipelines-and-hooks.md 7, 10.1).

use std::time::Duration;

/// The longest pause that a receiver may ask for with `Retry-After`: with more it could hold a hook up for days.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// What the settings say where a hook says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// `pg_member.hook_retry_times`: attempts in all.
    pub times: u32,
    /// `pg_member.hook_retry_period_sec`: seconds between them.
    pub period_sec: u32,
}

impl Default for Defaults {
    fn default() -> Defaults {
        Defaults { times: 4, period_sec: 15 }
    }
}

/// How often a hook tries, and how long it waits in between. What is None comes from the settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retry {
    /// Attempts in all, the first among them.
    pub times: Option<u32>,
    /// Seconds between two attempts.
    pub period_sec: Option<u32>,
    /// Seconds before the second attempt, the third and so on, in place of the period; the last ones count on.
    pub ladder: Vec<u32>,
    /// By which part of itself a pause is drawn out at most, from 0 to 1: so that hooks that failed together do not
    /// come back together.
    pub jitter: f64,
}

impl Retry {
    /// Attempts in all: without a number, one for each rung of the ladder beside the first.
    pub fn times(&self, defaults: Defaults) -> u32 {
        let rungs = u32::try_from(self.ladder.len()).unwrap_or(u32::MAX);
        let unsaid = if rungs == 0 { defaults.times } else { rungs.saturating_add(1) };
        self.times.unwrap_or(unsaid).max(1)
    }

    /// How long to wait after so many attempts failed, counted from the end of the last; None when the batch is dead.
    ///
    /// `random` is a number from 0 to 1. `asked` is what the receiver asked for: never less, and never more than
    /// [`LONGEST_PAUSE`] on its account.
    pub fn pause(&self, failed: u32, defaults: Defaults, random: f64, asked: Option<Duration>) -> Option<Duration> {
        if failed >= self.times(defaults) {
            return None;
        }
        let rung = usize::try_from(failed.saturating_sub(1)).unwrap_or(usize::MAX);
        let seconds = self.ladder.get(rung).or(self.ladder.last());
        let seconds = seconds.copied().or(self.period_sec).unwrap_or(defaults.period_sec);
        let drawn_out = f64::from(seconds) * (1.0 + self.jitter.clamp(0.0, 1.0) * random.clamp(0.0, 1.0));
        let own = Duration::try_from_secs_f64(drawn_out).unwrap_or(LONGEST_PAUSE);
        Some(own.max(asked.unwrap_or_default().min(LONGEST_PAUSE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pauses(retry: &Retry) -> Vec<Option<u64>> {
        (1..8).map(|failed| retry.pause(failed, Defaults::default(), 0.5, None).map(|pause| pause.as_secs())).collect()
    }

    #[test]
    fn four_attempts_fifteen_seconds_apart_by_default() {
        assert_eq!(pauses(&Retry::default()), [Some(15), Some(15), Some(15), None, None, None, None]);
    }

    #[test]
    fn a_ladder_says_each_pause_and_how_many_there_are() {
        let retry = Retry { ladder: vec![1, 10, 60], ..Retry::default() };
        assert_eq!(pauses(&retry), [Some(1), Some(10), Some(60), None, None, None, None]);
        let more = Retry { times: Some(6), ..retry };
        assert_eq!(pauses(&more), [Some(1), Some(10), Some(60), Some(60), Some(60), None, None]);
        let once = Retry { times: Some(1), ..Retry::default() };
        assert_eq!(once.pause(1, Defaults::default(), 0.0, None), None);
    }

    #[test]
    fn the_receivers_wish_is_honoured_within_bounds() {
        let asked = |seconds| Retry::default().pause(1, Defaults::default(), 0.0, Some(Duration::from_secs(seconds)));
        assert_eq!(asked(3), Some(Duration::from_secs(15)));
        assert_eq!(asked(120), Some(Duration::from_secs(120)));
        assert_eq!(asked(1_000_000), Some(LONGEST_PAUSE));
    }

    proptest! {
        #[test]
        fn jitter_only_draws_out_and_never_beyond_its_part(period in 0..100_000u32, jitter in 0.0..=1.0, random in 0.0..=1.0) {
            let retry = Retry { period_sec: Some(period), jitter, ..Retry::default() };
            let pause = retry.pause(1, Defaults::default(), random, None).unwrap().as_secs_f64();
            let shortest = f64::from(period);
            prop_assert!(pause >= shortest && pause <= shortest * (1.0 + jitter) + 1e-6);
        }

        #[test]
        fn no_number_is_too_odd(failed in any::<u32>(), jitter in any::<f64>(), random in any::<f64>(), asked in prop::option::of(any::<u64>())) {
            let retry = Retry { jitter, ladder: vec![u32::MAX], ..Retry::default() };
            let pause = retry.pause(failed, Defaults::default(), random, asked.map(Duration::from_secs));
            prop_assert_eq!(pause.is_none(), failed >= 2);
        }
    }
}

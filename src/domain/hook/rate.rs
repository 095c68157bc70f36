//! How fast a hook may send: a token bucket. Instants are the server's microseconds.

/// A token, in the units in which the bucket counts: each microsecond adds as many units as there are tokens a second,
/// so that nothing is ever rounded.
const TOKEN: i64 = 1_000_000;

/// A bucket that holds what may be sent within a second, and fills at that rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Tokens that are added in a second.
    per_sec: u32,
    /// How full it was.
    level: i64,
    /// When it was that full.
    at: i64,
}

impl Bucket {
    /// A full one. At least one token a second is added.
    pub fn new(per_sec: u32, at: i64) -> Bucket {
        let per_sec = per_sec.max(1);
        Bucket { per_sec, level: i64::from(per_sec) * TOKEN, at }
    }

    /// The same for another rate; what was taken is not given back.
    pub fn under(mut self, per_sec: u32, at: i64) -> Bucket {
        self.fill(at);
        let full = Bucket::new(per_sec, at);
        Bucket { level: self.level.min(full.level), ..full }
    }

    /// Takes so many tokens if they are there. Of more than it can hold it has to be full, and the rest is owed.
    pub fn take(&mut self, at: i64, count: u32) -> bool {
        self.fill(at);
        if self.ready_at(count) > at {
            return false;
        }
        self.level -= i64::from(count) * TOKEN;
        true
    }

    /// From when on there are so many tokens, or it is full.
    pub fn ready_at(&self, count: u32) -> i64 {
        let rate = i64::from(self.per_sec);
        let lacking = (i64::from(count.min(self.per_sec)) * TOKEN - self.level).max(0);
        self.at.saturating_add((lacking + rate - 1) / rate)
    }

    /// A clock that goes back adds nothing.
    fn fill(&mut self, at: i64) {
        let rate = i64::from(self.per_sec);
        let gained = at.saturating_sub(self.at).max(0).saturating_mul(rate);
        self.level = self.level.saturating_add(gained).min(rate * TOKEN);
        self.at = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_second_of_it_goes_at_once_and_the_rest_in_turn() {
        let mut bucket = Bucket::new(4, 0);
        assert!((0..4).all(|_| bucket.take(0, 1)));
        assert!(!bucket.take(0, 1) && bucket.ready_at(1) == 250_000);
        assert!(!bucket.take(249_999, 1) && bucket.ready_at(1) == 250_000);
        assert!(bucket.take(250_000, 1));
        assert!(!bucket.take(250_000, 1) && bucket.ready_at(3) == 1_000_000);
    }

    #[test]
    fn what_is_more_than_it_holds_is_owed() {
        let mut bucket = Bucket::new(4, 0);
        assert!(bucket.take(0, 10), "it is full");
        assert_eq!((bucket.ready_at(1), bucket.ready_at(10)), (1_750_000, 2_500_000));
        assert!(!bucket.take(1_700_000, 1) && bucket.take(1_750_000, 1));
    }

    #[test]
    fn another_rate_gives_nothing_back() {
        let mut bucket = Bucket::new(4, 0);
        assert!(bucket.take(0, 4));
        assert_eq!(bucket.under(8, 0).ready_at(1), 125_000);
        assert_eq!(Bucket::new(8, 0).under(4, 0), Bucket::new(4, 0));
    }

    #[test]
    fn any_clock_will_do() {
        let mut bucket = Bucket::new(u32::MAX, i64::MIN);
        assert!(bucket.take(i64::MAX, u32::MAX));
        assert!(!bucket.take(i64::MIN, 1));
        assert!(bucket.take(i64::MAX, 1));
        assert_eq!(Bucket::new(0, 0), Bucket::new(1, 0));
    }

    proptest! {
        /// In no stretch of time more goes than it allows beside one full bucket; and who waits as told gets the tokens.
        #[test]
        fn no_stretch_of_time_has_too_many(
            per_sec in 1..2000u32,
            wishes in prop::collection::vec((0..5_000i64, 1..20u32), 1..300),
        ) {
            let mut bucket = Bucket::new(per_sec, 0);
            let (mut at, mut taken) = (0, vec![]);
            for (gap, count) in wishes {
                at += gap;
                let count = count.min(per_sec);
                if bucket.take(at, count) {
                    taken.push((at, i64::from(count)));
                } else {
                    let ready = bucket.ready_at(count);
                    prop_assert!(ready > at);
                    let mut early = bucket;
                    prop_assert!(!early.take(ready - 1, count));
                    let mut in_time = bucket;
                    prop_assert!(in_time.take(ready, count));
                }
            }
            let rate = i64::from(per_sec);
            for (first, (from, _)) in taken.iter().enumerate() {
                let mut sum = 0;
                for (to, count) in taken.iter().skip(first) {
                    sum += count;
                    prop_assert!(sum * TOKEN <= rate * TOKEN + rate * (to - from));
                }
            }
        }
    }
}
